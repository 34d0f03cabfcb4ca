// SPDX-License-Identifier: Apache-2.0
// Erasures: afterwards everything is as if the rows had never come, over crashes and restarts, and
// their bytes are gone from the files.
#include "engine/embedded_engine.hpp"
#include "engine/engine_testing.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

namespace fleet::engine::test {
namespace {

namespace stdfs = std::filesystem;

/// The machine's files, on a disk that can be said to be full: then nothing goes to the tables.
class Disk final : public FileSystem {
  public:
    std::atomic<bool> full{false};

    Result<std::unique_ptr<File>> open(const stdfs::path& path, OpenMode mode) override {
        return files_->open(path, mode);
    }
    Result<void> create_directories(const stdfs::path& dir) override {
        return files_->create_directories(dir);
    }
    Result<void> sync_directory(const stdfs::path& dir) override {
        return files_->sync_directory(dir);
    }
    Result<void> rename(const stdfs::path& from, const stdfs::path& to) override {
        return files_->rename(from, to);
    }
    Result<void> remove(const stdfs::path& path) override { return files_->remove(path); }
    Result<std::vector<std::string>> list(const stdfs::path& dir) override {
        return files_->list(dir);
    }
    Result<std::uint64_t> free_bytes(const stdfs::path& dir) override {
        if (full) return std::uint64_t{0};
        return files_->free_bytes(dir);
    }
    Result<std::unique_ptr<DirectoryLock>> lock(const stdfs::path& dir) override {
        return files_->lock(dir);
    }

  private:
    std::shared_ptr<FileSystem> files_ = posix_file_system();
};

EngineOptions options_of(const stdfs::path& dir) {
    EngineOptions options;
    options.dir = dir;
    options.retention_days = 0;
    options.checkpoint_interval_ms = 3'600'000;
    options.disk_reserve_bytes = 0;
    options.tail_budget_bytes = 1;
    return options;
}

std::unique_ptr<Engine> open_on(const stdfs::path& dir, const std::shared_ptr<Disk>& disk) {
    auto engine =
        std::make_unique<EmbeddedEngine>(options_of(dir), std::make_shared<SystemClock>(), disk);
    const auto started = engine->start();
    EXPECT_TRUE(started) << started.error().message;
    return engine;
}

TestRecord at(const std::string& device, std::int64_t ts_ms) {
    TestRecord r;
    r.device = device;
    r.fleet = "north";
    r.record.ts.ms = ts_ms;
    r.record.set(model::Field::lat, 48'850'000);
    r.record.set(model::Field::lon, 2'350'000);
    return r;
}

/// Files of a directory that hold a text.
std::set<std::string> files_with(const stdfs::path& dir, const std::string& text) {
    std::set<std::string> out;
    for (const auto& entry : stdfs::recursive_directory_iterator(dir)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        std::ostringstream bytes;
        bytes << in.rdbuf();
        if (bytes.str().find(text) != std::string::npos)
            out.insert(stdfs::relative(entry.path(), dir).string());
    }
    return out;
}

std::uint64_t seeds() {
    const char* text = std::getenv("FLEET_PROPERTY_SEEDS");  // NOLINT(concurrency-mt-unsafe)
    return text == nullptr ? 6 : std::stoull(text);
}

/// The model: what was sent and not erased since. Several records of one device and time are one
/// row.
class Model {
  public:
    void send(const TestRecord& record) { kept_.push_back(record); }
    /// The number of rows that go.
    std::uint64_t erase(const std::string& device, const std::optional<ErasePeriod>& period) {
        std::set<std::int64_t> rows;
        std::erase_if(kept_, [&](const TestRecord& r) {
            const bool gone =
                r.device == device &&
                (!period || (r.record.ts >= period->from && r.record.ts < period->to));
            if (gone) rows.insert(r.record.ts.ms);
            return gone;
        });
        return rows.size();
    }
    [[nodiscard]] bool has(const std::string& device) const {
        return std::any_of(kept_.begin(), kept_.end(),
                           [&](const TestRecord& r) { return r.device == device; });
    }
    [[nodiscard]] std::string tables() const { return expected_tables(kept_, kept_.size()); }

  private:
    std::vector<TestRecord> kept_;
};

TEST(EngineErase, TablesAreThoseOfAStoreThatNeverHadTheRows) {
    std::uint64_t erased_rows = 0;
    std::uint64_t replayed = 0;
    for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
        std::mt19937_64 rng(seed);
        const auto records = random_records(seed, 600);
        auto dir = std::make_unique<TemporaryDirectory>();
        const auto disk = std::make_shared<Disk>();
        auto engine = open_on(dir->path(), disk);
        Model model;
        std::uint64_t erased = 0;
        for (std::size_t from = 0; from < records.size();) {
            const std::size_t to = std::min(records.size(), from + 1 + rng() % 30);
            ASSERT_TRUE(engine->submit_and_wait(batch_of(records, from, to)));
            for (std::size_t i = from; i < to; ++i) model.send(records[i]);
            from = to;
            if (rng() % 3 == 0) disk->full = rng() % 2 == 0;
            if (rng() % 4 == 0) {
                const std::string device = fmt::format("V-{}", rng() % 5);
                std::optional<ErasePeriod> period;
                if (rng() % 4 != 0) {
                    const auto edge = [&] {
                        return kStart - kMsPerHour +
                               static_cast<std::int64_t>(rng() % 60) * kMsPerHour / 2;
                    };
                    const std::int64_t a = edge();
                    const std::int64_t b = edge();
                    period = ErasePeriod{{std::min(a, b)}, {std::max(a, b) + 1}};
                }
                if (model.has(device)) {
                    Model after = model;
                    const std::uint64_t rows = after.erase(device, period);
                    if (period && !after.has(device)) {  // the model knows no device without rows
                        period.reset();
                    }
                    model = after;
                    const auto done = engine->erase(device, period);
                    ASSERT_TRUE(done) << done.error().message;
                    ASSERT_EQ(done->rows, rows) << "seed " << seed;
                    EXPECT_EQ(done->scrubbed, !disk->full);
                    erased += rows;
                }
            }
            if (rng() % 6 == 0 && !disk->full) {
                ASSERT_TRUE(engine->checkpoint());
            }
            if (rng() % 5 == 0) {
                ASSERT_EQ(tables_of(*engine), model.tables()) << "seed " << seed;
            }
            if (rng() % 6 == 0) {
                replayed += disk->full ? 1 : 0;
                if (rng() % 2 == 0) {  // what kill -9 would leave
                    auto left = std::make_unique<TemporaryDirectory>();
                    dir->copy_to(left->path());
                    engine.reset();
                    dir = std::move(left);
                }
                engine.reset();
                disk->full = false;
                engine = open_on(dir->path(), disk);
                ASSERT_EQ(tables_of(*engine), model.tables()) << "seed " << seed;
            }
        }
        disk->full = false;
        engine.reset();
        engine = open_on(dir->path(), disk);
        ASSERT_EQ(tables_of(*engine), model.tables()) << "seed " << seed;
        const auto verified = engine->verify(false);
        ASSERT_TRUE(verified);
        EXPECT_EQ(verified->differences, std::vector<std::string>{}) << "seed " << seed;
        const Accounting a = engine->stats().accounting;
        EXPECT_EQ(a.received, a.stored + a.duplicates + a.conflicts) << "seed " << seed;
        EXPECT_EQ(a.received, records.size());
        EXPECT_EQ(a.erased, erased);
        EXPECT_EQ(a.stored - a.erased, verified->rows);
        erased_rows += erased;
    }
    EXPECT_GT(erased_rows, seeds() * 50);
    EXPECT_GT(replayed, seeds() / 2);
}

TEST(EngineErase, RowsThatArriveAfterwardsAreStoredAgain) {
    const TemporaryDirectory dir;
    const auto engine = open_engine(dir.path());
    std::vector<TestRecord> records;
    for (int i = 0; i < 40; ++i) records.push_back(at("V-1", kStart + i * kMsPerHour));
    ASSERT_TRUE(engine->submit_and_wait(batch_of(records, 0, 40)));
    const std::string before = tables_of(*engine);
    for (const bool whole : {false, true}) {
        const auto done =
            engine->erase("V-1", whole ? std::nullopt
                                       : std::optional(ErasePeriod{{kStart + 5 * kMsPerHour},
                                                                   {kStart + 30 * kMsPerHour}}));
        ASSERT_TRUE(done);
        EXPECT_EQ(done->rows, whole ? 40U : 25U);
        EXPECT_EQ(done->device_days, 2U);
        EXPECT_EQ(engine->find_device("V-1").has_value(), !whole);
        EXPECT_EQ(engine->stats().devices, whole ? 0U : 1U);
        const auto again = engine->submit_and_wait(batch_of(records, 0, 40));
        ASSERT_TRUE(again);
        EXPECT_EQ(again->stored, done->rows);
        EXPECT_EQ(again->duplicates, 40 - done->rows);
        EXPECT_EQ(tables_of(*engine), before);
    }
    EXPECT_EQ(engine->erasures().size(), 2U);
    const Accounting a = engine->stats().accounting;
    EXPECT_EQ(a.erased, 65U);
    EXPECT_EQ(a.stored, 105U);
}

TEST(EngineErase, SaysWhatIsUnknownAndWhichPeriodIsNone) {
    const TemporaryDirectory dir;
    const auto engine = open_engine(dir.path());
    ASSERT_TRUE(engine->submit_and_wait(batch_of({at("V-1", kStart)}, 0, 1)));
    EXPECT_EQ(engine->erase("V-2", std::nullopt).error().code, Code::not_found);
    EXPECT_EQ(engine->erase("V-1", ErasePeriod{{5}, {5}}).error().code, Code::invalid_argument);
    const auto nothing = engine->erase("V-1", ErasePeriod{{5}, {6}});
    ASSERT_TRUE(nothing);
    EXPECT_EQ(nothing->rows, 0U);
    EXPECT_EQ(engine->device(*engine->find_device("V-1")).records, 1U);
    {
        const auto bulk = engine->bulk_load();
        EXPECT_EQ(engine->erase("V-1", std::nullopt).error().code, Code::busy);
    }
    EXPECT_TRUE(engine->erase("V-1", std::nullopt));
    EXPECT_EQ(engine->erase("V-1", std::nullopt).error().code, Code::not_found);
}

/// Of all that names a device: rows, an alert with a note, a rejected record, the registry.
class Traces : public ::testing::Test {
  protected:
    static constexpr const char* kDevice = "Zq7-unmistakable-0815";
    static constexpr const char* kMarker = "marker.text.of.the.erased.rows";
    static constexpr const char* kNote = "a note that names nobody else";
    static constexpr const char* kOther = "V-other";

    void SetUp() override {
        engine_ = open_engine(dir_.path());
        std::vector<TestRecord> records;
        for (int i = 0; i < 200; ++i) {
            TestRecord r = at(kDevice, kStart + i * 600'000);
            r.record.set(model::Field::speed, 15'000);
            if (i >= 20 && i < 60) r.attributes.push_back({"driver", std::string_view(kMarker)});
            records.push_back(r);
            records.push_back(at(kOther, kStart + i * 600'000));
        }
        ASSERT_TRUE(engine_->submit_and_wait(batch_of(records, 0, records.size())));
        Batch rejected = batch_of({}, 0, 0);
        const std::string raw = fmt::format("{},not-a-time,1,2", kDevice);
        rejected.rows.reject(model::Reason::bad_timestamp, 0, raw, "bad time");
        rejected.rows.reject(model::Reason::bad_timestamp, 1, raw + "x,", "bad time");
        rejected.rows.reject(model::Reason::bad_timestamp, 2, fmt::format("{}9,x", kDevice), "");
        ASSERT_TRUE(engine_->submit_and_wait(std::move(rejected)));
        AlertQuery query;
        query.fleet = *engine_->fleet_number("north");
        query.to = {kStart + 10 * kMsPerDay};
        const auto page = engine_->alerts(query);
        ASSERT_TRUE(page);
        ASSERT_FALSE(page->items.empty());
        alert_ = page->items.front().id;
        AlertAction action;
        action.kind = AlertAction::Kind::comment;
        action.who = "ada";
        action.text = kNote;
        ASSERT_TRUE(engine_->act_on_alert(alert_, action));
        ASSERT_TRUE(engine_->checkpoint());
    }

    TemporaryDirectory dir_;
    std::unique_ptr<Engine> engine_;
    model::AlertId alert_;
};

TEST_F(Traces, OfAWholeDeviceAreInNoFile) {
    for (const char* text : {kDevice, kMarker, kNote}) {
        const auto before = files_with(dir_.path(), text);
        EXPECT_GE(before.size(), 2U) << text << " is not even there before";  // tables and journal
    }
    const auto done = engine_->erase(kDevice, std::nullopt);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(done->scrubbed);
    EXPECT_EQ(done->rows, 200U);
    EXPECT_GE(done->alerts, 1U);
    EXPECT_EQ(done->quarantined, 2U);
    EXPECT_EQ(engine_->alert(alert_).value(), std::nullopt);
    EXPECT_FALSE(engine_->find_device(kDevice));
    EXPECT_TRUE(engine_->find_device(kOther));
    // The id of another device begins with this one: that record is somebody else's.
    const auto rejected = engine_->quarantine(0, 10);
    ASSERT_TRUE(rejected);
    ASSERT_EQ(rejected->size(), 1U);
    EXPECT_EQ(rejected->front().raw, fmt::format("{}9,x", kDevice));
    EXPECT_EQ(files_with(dir_.path(), std::string(kDevice) + ","), std::set<std::string>{});
    const std::array<std::uint64_t, 1> ids{rejected->front().id};
    ASSERT_TRUE(engine_->quarantine_remove(ids));
    ASSERT_TRUE(engine_->compact());
    for (const char* text : {kMarker, kNote})
        EXPECT_EQ(files_with(dir_.path(), text), std::set<std::string>{}) << text;
    engine_.reset();
    for (const char* text : {kDevice, kMarker, kNote})
        EXPECT_EQ(files_with(dir_.path(), text), std::set<std::string>{}) << text;
    engine_ = open_engine(dir_.path());
    EXPECT_FALSE(engine_->find_device(kDevice));
    EXPECT_EQ(engine_->devices_of(*engine_->fleet_number("north"))->size(), 1U);
    EXPECT_EQ(engine_->stats().devices, 1U);
}

TEST_F(Traces, OfAPeriodAreInNoFile) {
    EXPECT_GE(files_with(dir_.path(), kMarker).size(), 2U);
    const auto done =
        engine_->erase(kDevice, ErasePeriod{{kStart + 20 * 600'000}, {kStart + 60 * 600'000}});
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->scrubbed);
    EXPECT_EQ(done->rows, 40U);
    EXPECT_EQ(files_with(dir_.path(), kMarker), std::set<std::string>{});
    EXPECT_GE(files_with(dir_.path(), kDevice).size(), 1U);  // the device itself stays
    engine_.reset();
    engine_ = open_engine(dir_.path());
    EXPECT_EQ(files_with(dir_.path(), kMarker), std::set<std::string>{});
    EXPECT_EQ(engine_->device(*engine_->find_device(kDevice)).records, 160U);
}

TEST(EngineErase, ACrashBeforeTheBytesAreGoneIsMadeUpForAfterTheStart) {
    const TemporaryDirectory dir;
    const TemporaryDirectory left;
    const auto disk = std::make_shared<Disk>();
    {
        const auto engine = open_on(dir.path(), disk);
        ASSERT_TRUE(engine->submit_and_wait(
            batch_of({at("Zq7-unmistakable", kStart), at("V-2", kStart)}, 0, 2)));
        ASSERT_TRUE(engine->checkpoint());
        disk->full = true;
        const auto done = engine->erase("Zq7-unmistakable", std::nullopt);
        ASSERT_TRUE(done);
        EXPECT_FALSE(done->scrubbed);
        EXPECT_FALSE(engine->find_device("Zq7-unmistakable"));
        dir.copy_to(left.path());
        disk->full = false;
    }
    EXPECT_FALSE(files_with(left.path(), "Zq7-unmistakable").empty());
    const auto engine = open_engine(left.path());
    EXPECT_FALSE(engine->find_device("Zq7-unmistakable"));
    // Nothing to do, so it waits for what the upkeep has begun, or does it.
    ASSERT_TRUE(engine->repeat_erasures({}));
    EXPECT_EQ(files_with(left.path(), "Zq7-unmistakable"), std::set<std::string>{});
    EXPECT_EQ(engine->device(*engine->find_device("V-2")).records, 1U);
}

TEST(EngineErase, WhatRetentionLeftOfThePeriodGoesToo) {
    const TemporaryDirectory dir;
    const auto clock =
        std::make_shared<ManualClock>(Timestamp{kStart + 2 * kMsPerDay + kMsPerHour});
    std::unique_ptr<Engine> engine;
    const auto reopen = [&] {
        engine.reset();
        EngineOptions options = options_of(dir.path());
        options.retention_days = 1;
        auto opened = Engine::open(options, clock);
        ASSERT_TRUE(opened) << opened.error().message;
        engine = std::move(opened).value();
    };
    reopen();
    std::vector<TestRecord> records;  // it stands from 20:00 to 04:00
    for (int i = 0; i < 96; ++i)
        records.push_back(at("V-1", kStart + 20 * kMsPerHour + i * 300'000));
    ASSERT_TRUE(engine->submit_and_wait(batch_of(records, 0, records.size())));
    reopen();  // soon after a start, retention is looked after
    const DeviceHandle device = engine->find_device("V-1").value();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (engine->days_of(device).size() > 1 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    ASSERT_EQ(engine->days_of(device).size(), 1U);
    const Timestamp end{kStart + 10 * kMsPerDay};
    const auto first_stop = [&] { return engine->stops(device, {0}, end)->front().start_ms; };
    EXPECT_EQ(first_stop(), kStart + 20 * kMsPerHour);  // from the state that was kept
    const auto done = engine->erase("V-1", ErasePeriod{{kStart}, {kStart + kMsPerDay}});
    ASSERT_TRUE(done);
    EXPECT_EQ(done->rows, 0U);
    for (const bool again : {false, true}) {
        if (again) reopen();
        EXPECT_EQ(first_stop(), kStart + kMsPerDay);
        EXPECT_EQ(engine->verify(false)->differences, std::vector<std::string>{});
    }
}

TEST(EngineErase, AreRepeatedOnAStoreThatComesFromAnOlderBackup) {
    const TemporaryDirectory place;
    const std::vector<TestRecord> records{at("V-1", kStart), at("V-1", kStart + 1'000),
                                          at("V-2", kStart), at("V-3", kStart)};
    std::vector<Erasure> done;
    {
        const auto engine = open_engine(place.path() / "store");
        ASSERT_TRUE(engine->submit_and_wait(batch_of(records, 0, 3)));
        ASSERT_TRUE(engine->backup(place.path() / "copy"));
        ASSERT_TRUE(engine->submit_and_wait(batch_of(records, 3, 4)));
        ASSERT_TRUE(engine->erase("V-1", ErasePeriod{{kStart}, {kStart + 1}}));
        ASSERT_TRUE(engine->erase("V-2", std::nullopt));
        ASSERT_TRUE(engine->erase("V-3", std::nullopt));
        done = engine->erasures();
    }
    ASSERT_EQ(done.size(), 3U);
    const auto engine = open_engine(place.path() / "copy");
    const auto again = engine->repeat_erasures(done);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->rows, 2U);
    EXPECT_TRUE(again->scrubbed);
    EXPECT_EQ(tables_of(*engine), expected_tables({records[1]}, 1));
    EXPECT_TRUE(files_with(place.path() / "copy", "V-2").empty());
}

}  // namespace
}  // namespace fleet::engine::test
