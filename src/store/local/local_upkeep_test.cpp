// SPDX-License-Identifier: Apache-2.0
#include "store/local/local_upkeep.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace fleet::store {
namespace {

namespace stdfs = std::filesystem;

constexpr std::int64_t kNow = 1'795'608'000'000;  // 2026-11-25T12:00:00Z

class LocalUpkeepTest : public ::testing::Test {
  public:
    LocalUpkeepTest() {
        std::string path = (stdfs::temp_directory_path() / "fleet-upkeep-XXXXXX");
        if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make " + path);
        path_ = path;
        engine = open(path_ / "data");
        upkeep = std::make_unique<LocalUpkeep>(engine, clock, path_ / "backups",
                                               engine::EngineOptions());
    }
    ~LocalUpkeepTest() override {
        upkeep.reset();
        engine.reset();
        std::error_code ignored;  // what is left in the temporary folder harms nobody
        stdfs::remove_all(path_, ignored);
    }

  protected:
    std::shared_ptr<engine::Engine> open(const stdfs::path& dir) {
        engine::EngineOptions options;
        options.dir = dir;
        auto opened = engine::Engine::open(options, clock);
        if (!opened) throw std::runtime_error(opened.error().message);
        return std::shared_ptr<engine::Engine>(std::move(opened).value());
    }
    /// One record, acknowledged.
    bool send(const std::string& device, std::int64_t ts_ms, const std::string& fleet = "north") {
        engine::Batch batch;
        batch.source = "test";
        model::Record record;
        record.device = device;
        record.fleet = fleet;
        record.ts.ms = ts_ms;
        record.set(model::Field::speed, 1'000);
        batch.rows.records.push_back(record);
        batch.rows.indexes.push_back(0);
        return engine->submit_and_wait(std::move(batch)).has_value();
    }
    static model::FleetScope everything() { return model::ScopeForTests::everything(); }

    stdfs::path path_;
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(Timestamp{kNow});
    std::shared_ptr<engine::Engine> engine;
    std::unique_ptr<LocalUpkeep> upkeep;
};

TEST_F(LocalUpkeepTest, ABackupHoldsWhatWasAcknowledgedBeforeWhileWritesGoOn) {
    std::atomic<std::int64_t> acknowledged{0};
    std::atomic<bool> enough{false};
    std::thread writer([&] {
        while (!enough) {
            if (!send("V-1", kNow - 1'000'000 + acknowledged)) return;
            ++acknowledged;
        }
    });
    std::vector<std::pair<std::string, std::int64_t>> ledger;
    for (const char* name : {"one", "two", "three"}) {
        const std::int64_t target = acknowledged + 20;
        while (acknowledged < target) std::this_thread::yield();
        ledger.emplace_back(name, acknowledged);
        const auto made = upkeep->backup(name, true);
        ASSERT_TRUE(made) << made.error().message;
        ASSERT_TRUE(made->check);
        EXPECT_EQ(made->check->differences, 0U);
        EXPECT_GE(made->check->rows, static_cast<std::uint64_t>(ledger.back().second));
    }
    enough = true;
    writer.join();
    EXPECT_EQ(upkeep->backups()->size(), 3U);
    for (const auto& [name, before] : ledger) {
        const auto copy = open(path_ / "backups" / name);
        const auto device = copy->find_device("V-1");
        ASSERT_TRUE(device);
        const auto rows = copy->rows(*device, {0}, {kNow}, 1'000'000, false);
        ASSERT_TRUE(rows);
        EXPECT_GE(static_cast<std::int64_t>(rows->size()), before);
        // A prefix of what was sent: nothing is left out, and nothing was made up.
        for (std::size_t i = 0; i < rows->size(); ++i)
            ASSERT_EQ(rows->samples[i].ts_ms, kNow - 1'000'000 + static_cast<std::int64_t>(i));
    }
}

TEST_F(LocalUpkeepTest, BackupsAreRefusedWithAReason) {
    ASSERT_TRUE(send("V-1", kNow));
    ASSERT_TRUE(upkeep->backup("monday", false));
    EXPECT_FALSE(upkeep->backup("tuesday", false)->check);
    EXPECT_EQ(upkeep->backup("monday", false).error().code, Code::already_exists);
    for (const char* name : {"", "..", "../x", "a/b", ".hidden"})
        EXPECT_EQ(upkeep->backup(name, false).error().code, Code::invalid_argument) << name;
    const LocalUpkeep none(engine, clock, {}, {});
    EXPECT_EQ(none.backups().error().code, Code::forbidden);
    // What is no backup is not listed.
    stdfs::create_directories(path_ / "backups" / "other");
    std::ofstream(path_ / "backups" / "file") << "x";
    const auto list = upkeep->backups();
    ASSERT_TRUE(list);
    ASSERT_EQ(list->size(), 2U);
    EXPECT_EQ(list->at(0).name, "monday");
    EXPECT_GT(list->at(0).made.ms, 1'700'000'000'000);
}

TEST_F(LocalUpkeepTest, OneBackupIsMadeAtATime) {
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(send("V-" + std::to_string(i), kNow));
    std::atomic<int> made{0};
    std::atomic<int> busy{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i)
        threads.emplace_back([&, i] {
            const auto done = upkeep->backup("copy-" + std::to_string(i), false);
            if (done) {
                ++made;
            } else if (done.error().code == Code::busy) {
                ++busy;
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(made + busy, 6);
    EXPECT_GE(made, 1);
    EXPECT_EQ(upkeep->backups()->size(), static_cast<std::size_t>(made));
    EXPECT_TRUE(upkeep->backup("after", false));
}

TEST_F(LocalUpkeepTest, ErasingNeedsADeviceOfTheScopeAndNamesTheNearest) {
    ASSERT_TRUE(send("truck-17", kNow));
    ASSERT_TRUE(send("truck-17", kNow - 1'000));
    ASSERT_TRUE(send("hidden-9", kNow, "south"));
    const auto north = model::ScopeForTests::only({"north"});
    EXPECT_EQ(upkeep->erase(everything(), "truck-71", std::nullopt).error().message,
              "there is no device truck-71; did you mean 'truck-17'?");
    // A device of another fleet reads like one that is not there at all (I12).
    const auto hidden = upkeep->erase(north, "hidden-9", std::nullopt);
    ASSERT_FALSE(hidden);
    EXPECT_EQ(hidden.error().code, Code::not_found);
    EXPECT_EQ(hidden.error().message, "there is no device hidden-9");
    EXPECT_TRUE(engine->find_device("hidden-9"));
    const auto part = upkeep->erase(north, "truck-17", ErasePeriod{{kNow}, {kNow + 1}});
    ASSERT_TRUE(part);
    EXPECT_EQ(part->rows, 1U);
    EXPECT_TRUE(part->scrubbed);
    EXPECT_EQ(upkeep->erase(north, "truck-17", ErasePeriod{{5}, {5}}).error().code,
              Code::invalid_argument);
    EXPECT_EQ(upkeep->erase(north, "truck-17", std::nullopt)->rows, 1U);
    EXPECT_FALSE(engine->find_device("truck-17"));
}

}  // namespace
}  // namespace fleet::store
