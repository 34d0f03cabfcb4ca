// SPDX-License-Identifier: Apache-2.0
#include "ingest/engine_port.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>

namespace fleet::ingest {
namespace {

constexpr Timestamp kNow{1'795'608'000'000};  // 2026-11-25T12:00:00Z

class EnginePortTest : public ::testing::Test {
  public:
    EnginePortTest() {
        std::string name = (std::filesystem::temp_directory_path() / "engine-port-XXXXXX").string();
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        dir = name;
        engine::EngineOptions options;
        options.dir = dir / "data";
        options.disk_reserve_bytes = 0;
        auto opened = engine::Engine::open(std::move(options), std::make_shared<ManualClock>(kNow));
        EXPECT_TRUE(opened) << opened.error().message;
        store = std::move(opened).value();
    }
    ~EnginePortTest() override {
        EXPECT_TRUE(store->stop());
        store.reset();
        std::filesystem::remove_all(dir);
    }

  protected:
    std::filesystem::path dir;
    std::unique_ptr<engine::Engine> store;
};

TEST_F(EnginePortTest, RetentionDecidesHowOldARecordMayBe) {
    const EnginePort port(*store, 30);
    const Timestamp month{kNow.ms - 30 * kMsPerDay};
    EXPECT_EQ(port.earliest("", kNow), month);
    ASSERT_TRUE(store->set_retention("short", 7));
    EXPECT_EQ(port.earliest("short", kNow), Timestamp{kNow.ms - 7 * kMsPerDay});
    EXPECT_EQ(port.earliest("new", kNow), month);
    EXPECT_EQ(port.earliest("", kNow), month) << "of any fleet: the oldest that one accepts";
    ASSERT_TRUE(store->set_retention("archive", 0));
    EXPECT_EQ(port.earliest("archive", kNow), Timestamp{0});
    EXPECT_EQ(port.earliest("", kNow), Timestamp{0});
    EXPECT_EQ(EnginePort(*store, 0).earliest("new", kNow), Timestamp{0});
}

TEST_F(EnginePortTest, BatchesAndRefusalsReachTheEngine) {
    EnginePort port(*store, 30);
    Batch batch;
    model::Record record;
    record.device = "V-1";
    record.ts = kNow;
    batch.rows.records.push_back(record);
    batch.rows.indexes.push_back(0);
    batch.source = "test";
    std::promise<Result<BatchResult>> done;
    port.submit(std::move(batch),
                [&](Result<BatchResult> result) { done.set_value(std::move(result)); });
    const Result<BatchResult> result = done.get_future().get();
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->stored, 1U);
    port.count_refused(3);
    EXPECT_EQ(port.stats().accounting.stored, 1U);
    EXPECT_EQ(port.stats().accounting.refused, 3U);
}

TEST_F(EnginePortTest, TheNewestRejectsComeFirstAlsoWhenSomeWereTakenOut) {
    EnginePort port(*store, 30);
    EXPECT_TRUE(port.newest_quarantined(5)->empty());
    for (int i = 1; i <= 40; ++i) {
        Batch batch;
        batch.source = "test";
        batch.rows.reject(model::Reason::bad_latitude, 0, std::to_string(i), "lat 91");
        ASSERT_TRUE(store->submit_and_wait(std::move(batch)));
    }
    const auto raws = [&](std::size_t limit) {
        const auto entries = port.newest_quarantined(limit);
        EXPECT_TRUE(entries);
        std::string out;
        for (const QuarantineEntry& entry : *entries) out += entry.raw + " ";
        return out;
    };
    EXPECT_EQ(raws(3), "40 39 38 ");
    const auto all = store->quarantine(0, 100);
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 40U);
    // The gap is wider than what is asked for: the search goes further back.
    std::vector<std::uint64_t> taken;
    for (std::size_t i = 30; i < 39; ++i) taken.push_back(all->at(i).id);
    ASSERT_TRUE(store->quarantine_remove(taken));
    EXPECT_EQ(raws(3), "40 30 29 ");
    EXPECT_EQ(port.newest_quarantined(100)->size(), 31U);
    EXPECT_TRUE(port.newest_quarantined(0)->empty());
}

}  // namespace
}  // namespace fleet::ingest
