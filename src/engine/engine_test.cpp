// SPDX-License-Identifier: Apache-2.0
#include "codec/bytes.hpp"
#include "engine/engine_testing.hpp"
#include "engine/tables.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <future>
#include <numeric>
#include <thread>

namespace fleet::engine::test {
namespace {

namespace fs = std::filesystem;

TEST(Engine, AnyOrderRepetitionAndSplitGivesTheSameTables) {  // I4, I5
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        const auto records = random_records(seed, 400);
        const std::string expected = expected_tables(records, records.size());
        std::mt19937_64 rng(seed * 77);
        std::vector<TestRecord> shuffled = records;
        std::shuffle(shuffled.begin(), shuffled.end(), rng);
        for (int i = 0; i < 100; ++i) shuffled.push_back(shuffled[rng() % shuffled.size()]);
        const TemporaryDirectory dir;
        {
            const auto engine = open_engine(dir.path());
            std::uint64_t stored = 0;
            std::uint64_t others = 0;
            for (std::size_t at = 0; at < shuffled.size();) {
                const std::size_t end = std::min(shuffled.size(), at + 1 + rng() % 40);
                const auto result = engine->submit_and_wait(batch_of(shuffled, at, end));
                ASSERT_TRUE(result) << result.error().message;
                stored += result->stored;
                others += result->duplicates + result->conflicts;
                if (rng() % 5 == 0) {
                    ASSERT_TRUE(engine->checkpoint());
                }
                if (rng() % 5 == 0) (void)tables_of(*engine);
                at = end;
            }
            ASSERT_EQ(tables_of(*engine), expected) << "seed " << seed;
            EXPECT_EQ(stored + others, shuffled.size());
            const Accounting a = engine->stats().accounting;
            EXPECT_EQ(a.received,
                      a.stored + a.duplicates + a.conflicts + a.quarantined + a.refused);
            const auto verified = engine->verify(false);
            ASSERT_TRUE(verified) << verified.error().message;
            EXPECT_EQ(verified->differences, std::vector<std::string>{});
            EXPECT_EQ(verified->rows, stored);
        }
        const auto reopened = open_engine(dir.path());
        ASSERT_EQ(tables_of(*reopened), expected) << "seed " << seed << " after reopening";
    }
}

TEST(Engine, BulkLoadGivesTheSameTablesAndCountsAsTheJournal) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const auto records = random_records(seed, 600);
        const TemporaryDirectory journal_dir;
        const TemporaryDirectory bulk_dir;
        const auto engine = open_engine(journal_dir.path());
        BatchResult sum;
        for (std::size_t at = 0; at < records.size(); at += 50) {
            const auto result = engine->submit_and_wait(batch_of(records, at, at + 50));
            ASSERT_TRUE(result);
            sum.stored += result->stored;
            sum.duplicates += result->duplicates;
            sum.conflicts += result->conflicts;
            sum.late += result->late;
        }
        const auto bulk_engine = open_engine(bulk_dir.path());
        auto load = bulk_engine->bulk_load();
        ASSERT_TRUE(load);
        for (std::size_t at = 0; at < records.size(); at += 100) {
            Batch first = batch_of(records, at, at + 50);
            Batch second = batch_of(records, at + 50, at + 100);
            Batch* halves[] = {&first, &second};
            ASSERT_TRUE((*load)->add(halves));
        }
        ASSERT_TRUE((*load)->finish());
        const BatchResult& totals = (*load)->totals();
        EXPECT_EQ(totals.stored, sum.stored);
        EXPECT_EQ(totals.duplicates, sum.duplicates);
        EXPECT_EQ(totals.conflicts, sum.conflicts);
        EXPECT_EQ(totals.late, sum.late);
        EXPECT_EQ(tables_of(*bulk_engine), tables_of(*engine));
        EXPECT_EQ(tables_of(*bulk_engine), expected_tables(records, records.size()));
    }
}

TEST(Engine, BulkLoadCountsRowsThatAReadHasMerged) {
    const auto records = random_records(5, 600);
    const TemporaryDirectory quiet_dir;
    const TemporaryDirectory read_dir;
    const auto quiet = open_engine(quiet_dir.path());
    const auto read = open_engine(read_dir.path());
    auto quiet_load = quiet->bulk_load();
    auto read_load = read->bulk_load();
    ASSERT_TRUE(quiet_load && read_load);
    for (std::size_t at = 0; at < records.size(); at += 50) {
        Batch one = batch_of(records, at, at + 50);
        Batch other = batch_of(records, at, at + 50);
        ASSERT_TRUE((*quiet_load)->add(one));
        ASSERT_TRUE((*read_load)->add(other));
        (void)tables_of(*read);
    }
    ASSERT_TRUE((*quiet_load)->finish());
    ASSERT_TRUE((*read_load)->finish());
    const BatchResult& wanted = (*quiet_load)->totals();
    const BatchResult& found = (*read_load)->totals();
    EXPECT_EQ(found.stored, wanted.stored);
    EXPECT_EQ(found.duplicates, wanted.duplicates);
    EXPECT_EQ(found.conflicts, wanted.conflicts);
    EXPECT_EQ(found.late, wanted.late);
    EXPECT_GT(wanted.late, 0U);
}

TEST(Engine, CrashAfterEveryAppendLosesNothingAndInventsNothing) {  // I1, I2, I7
    const auto records = random_records(3, 60);
    const TemporaryDirectory dir;
    const TemporaryDirectory copy;
    const auto engine = open_engine(dir.path());
    for (std::size_t i = 0; i < records.size(); ++i) {
        ASSERT_TRUE(engine->submit_and_wait(batch_of(records, i, i + 1)));
        if (i % 13 == 12) {
            ASSERT_TRUE(engine->checkpoint());
        }
        dir.copy_to(copy.path());
        const auto crashed = open_engine(copy.path());
        ASSERT_NE(crashed, nullptr);
        ASSERT_EQ(tables_of(*crashed), expected_tables(records, i + 1)) << "after append " << i;
        const Accounting a = crashed->stats().accounting;
        EXPECT_EQ(a.received, i + 1);
        EXPECT_EQ(a.received, a.stored + a.duplicates + a.conflicts + a.quarantined + a.refused);
    }
}

TEST(Engine, ReplayFromEveryEarlierCheckpointChangesNothing) {  // I7
    const auto records = random_records(5, 120);
    const TemporaryDirectory dir;
    const TemporaryDirectory work;
    std::uint64_t last = 0;
    std::string expected;
    Accounting before;
    {
        const auto engine = open_engine(dir.path());
        for (std::size_t i = 0; i < records.size(); i += 20) {
            Batch batch = batch_of(records, i, i + 20);
            batch.rows.reject(model::Reason::bad_speed, 20, "raw", "");
            const auto result = engine->submit_and_wait(std::move(batch));
            ASSERT_TRUE(result);
            last = result->sequence;
            ASSERT_TRUE(engine->checkpoint());
        }
        expected = tables_of(*engine);
        before = engine->stats().accounting;
    }
    // One segment holds all entries still. The tables know them all, but their checkpoint row says
    // `through`.
    for (std::uint64_t through = 0; through <= last; ++through) {
        dir.copy_to(work.path());
        {
            auto tables = Tables::open(work.path() / "tables");
            ASSERT_TRUE(tables);
            Tables::WriteSet set;
            std::string value;
            codec::ByteWriter(value).varint(through);
            set.put_meta("checkpoint", value);
            ASSERT_TRUE((*tables)->write(set));
            ASSERT_TRUE((*tables)->flush());
        }
        const auto engine = open_engine(work.path());
        ASSERT_NE(engine, nullptr);
        ASSERT_EQ(tables_of(*engine), expected) << "from " << through;
        const Accounting a = engine->stats().accounting;
        EXPECT_EQ(a.received, before.received);
        EXPECT_EQ(a.stored, before.stored);
        EXPECT_EQ(a.duplicates, before.duplicates);
        EXPECT_EQ(a.conflicts, before.conflicts);
        EXPECT_EQ(a.late, before.late);
        EXPECT_EQ(a.quarantined, before.quarantined);
        EXPECT_EQ(engine->quarantine(0, 100)->size(), before.quarantined);
    }
}

TEST(Engine, SaysForEachRowWhatBecameOfIt) {
    const TemporaryDirectory dir;
    const auto engine = open_engine(dir.path());
    std::vector<TestRecord> rows(4);
    for (auto& r : rows) {
        r.device = "V-1";
        r.record.ts.ms = kStart;
        r.record.set(model::Field::speed, 100);
    }
    rows[2].record.set(model::Field::speed, 200);
    rows[3].record.ts.ms = kStart - 1;
    const auto result = engine->submit_and_wait(batch_of(rows, 0, rows.size()));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->statuses, (std::vector<RowStatus>{RowStatus::stored, RowStatus::duplicate,
                                                        RowStatus::conflict, RowStatus::stored}));
    EXPECT_EQ(result->late, 1U);
    // The larger tuple stays, whatever came first.
    const auto stored =
        engine->rows(*engine->find_device("V-1"), {kStart}, {kStart + 1}, 10, false);
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->samples.at(0).value(model::Field::speed), 200);
}

TEST(Engine, UnknownDevicesGoToTheQuarantineWhenTheSourceMayNotRegister) {
    const TemporaryDirectory dir;
    const auto engine = open_engine(dir.path());
    ASSERT_TRUE(engine->register_device("known", "north"));
    EXPECT_EQ(engine->register_device("known", "north").error().code, Code::already_exists);
    std::vector<TestRecord> rows(3);
    for (std::size_t i = 0; i < 3; ++i) {
        rows[i].device = i == 1 ? "known" : "stranger";
        rows[i].record.ts.ms = kStart + static_cast<std::int64_t>(i);
    }
    Batch batch = batch_of(rows, 0, 3);
    batch.auto_register = false;
    const auto result = engine->submit_and_wait(std::move(batch));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->statuses, (std::vector<RowStatus>{RowStatus::rejected, RowStatus::stored,
                                                        RowStatus::rejected}));
    EXPECT_FALSE(engine->find_device("stranger"));
    const auto entries = engine->quarantine(0, 10);
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 2U);
    EXPECT_EQ(entries->at(0).reason, "unknown_device");
    EXPECT_EQ(entries->at(1).index, 2U);
    EXPECT_NE(entries->at(0).raw.find("stranger"), std::string::npos);
    const std::uint64_t ids[] = {entries->at(0).id};
    ASSERT_TRUE(engine->quarantine_remove(ids));
    EXPECT_EQ(engine->quarantine(0, 10)->size(), 1U);
    const Accounting a = engine->stats().accounting;
    EXPECT_EQ(a.quarantined, 2U);
    EXPECT_EQ(a.received, a.stored + a.duplicates + a.conflicts + a.quarantined);
}

TEST(Engine, QuarantineAndRegistrySurviveAKill) {
    const TemporaryDirectory dir;
    const TemporaryDirectory copy;
    const auto engine = open_engine(dir.path());
    Batch batch;
    batch.source = "test";
    batch.rows.reject(model::Reason::bad_latitude, 4, "the raw line", "lat 91");
    ASSERT_TRUE(engine->submit_and_wait(std::move(batch)));
    ASSERT_TRUE(engine->set_retention("north", 7));
    ASSERT_TRUE(engine->register_device("V-9", "north"));
    for (const bool checkpoint : {false, true}) {
        if (checkpoint) {
            ASSERT_TRUE(engine->checkpoint());
        }
        dir.copy_to(copy.path());
        const auto crashed = open_engine(copy.path());
        ASSERT_NE(crashed, nullptr);
        const auto entries = crashed->quarantine(0, 10);
        ASSERT_TRUE(entries);
        ASSERT_EQ(entries->size(), 1U);
        EXPECT_EQ(entries->at(0).raw, "the raw line");
        EXPECT_EQ(entries->at(0).reason, "bad_latitude");
        EXPECT_EQ(crashed->fleets(), (std::vector<std::pair<std::string, int>>{{"north", 7}}));
        EXPECT_TRUE(crashed->find_device("V-9"));
        EXPECT_EQ(crashed->stats().accounting.quarantined, 1U);
    }
}

TEST(Engine, ADirectoryInUseOrOfANewerVersionIsRefused) {
    const TemporaryDirectory dir;
    {
        const auto engine = open_engine(dir.path());
        EngineOptions options;
        options.dir = dir.path();
        const auto second = Engine::open(options, std::make_shared<SystemClock>());
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, Code::busy);
    }
    std::ofstream(dir.path() / "FORMAT") << "999\n";
    EngineOptions options;
    options.dir = dir.path();
    const auto newer = Engine::open(options, std::make_shared<SystemClock>());
    ASSERT_FALSE(newer);
    EXPECT_EQ(newer.error().code, Code::unsupported);
}

TEST(Engine, BelowTheDiskReserveItRefusesAndReadsGoOn) {  // I10
    const TemporaryDirectory dir;
    {
        ASSERT_TRUE(open_engine(dir.path())->register_device("V-1", "north"));
    }
    EngineOptions options;
    options.dir = dir.path();
    options.disk_reserve_bytes = ~0ULL;
    auto engine = Engine::open(options, std::make_shared<SystemClock>());
    ASSERT_TRUE(engine);
    std::vector<TestRecord> rows(1);
    rows[0].device = "V-1";
    rows[0].record.ts.ms = kStart;
    const auto refused = (*engine)->submit_and_wait(batch_of(rows, 0, 1));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unavailable);
    EXPECT_TRUE((*engine)->find_device("V-1"));
    const EngineStats stats = (*engine)->stats();
    EXPECT_FALSE(stats.accepting);
    EXPECT_EQ(stats.accounting.refused, 1U);
    EXPECT_EQ(stats.accounting.received, 1U);
}

TEST(Engine, RetentionRemovesWholeDaysAndKeepsTheRest) {
    const TemporaryDirectory dir;
    const auto records = random_records(9, 300);
    auto clock = std::make_shared<ManualClock>(Timestamp{kStart + 2 * kMsPerDay});
    EngineOptions options;
    options.dir = dir.path();
    options.retention_days = 1;
    options.disk_reserve_bytes = 0;
    {
        auto engine = Engine::open(options, clock);
        ASSERT_TRUE(engine);
        ASSERT_TRUE((*engine)->submit_and_wait(batch_of(records, 0, records.size())));
    }
    // Expiry runs in the background soon after a start.
    auto engine = Engine::open(options, clock);
    ASSERT_TRUE(engine);
    const auto device = (*engine)->find_device("V-0");
    ASSERT_TRUE(device);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while ((*engine)->days_of(*device).size() > 1 && std::chrono::steady_clock::now() < deadline)
        // NOLINT(fleet-banned-call): polls a state, with a deadline
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ((*engine)->days_of(*device), std::vector<Day>{day_of({kStart + kMsPerDay})});
    const auto left = (*engine)->rows(*device, {0}, {kMaxMs}, 10'000, false);
    ASSERT_TRUE(left);
    EXPECT_EQ((*engine)->device(*device).records, left->size());
    EXPECT_EQ((*engine)->device(*device).first_ms, left->samples.front().ts_ms);
}

TEST(Engine, DrainsWhatWasTakenBeforeItStops) {  // I15
    const TemporaryDirectory dir;
    const auto records = random_records(2, 200);
    std::atomic<std::uint64_t> acknowledged{0};
    std::atomic<int> failed{0};
    {
        const auto engine = open_engine(dir.path());
        for (std::size_t i = 0; i < records.size(); ++i)
            engine->submit(batch_of(records, i, i + 1), [&](const Result<BatchResult>& result) {
                if (result) {
                    ++acknowledged;
                } else {
                    ++failed;
                }
            });
        ASSERT_TRUE(engine->stop());
    }
    EXPECT_EQ(acknowledged, records.size());
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(tables_of(*open_engine(dir.path())), expected_tables(records, records.size()));
}

TEST(Engine, ReadersAndWritersRunAtTheSameTime) {
    const TemporaryDirectory dir;
    const auto records = random_records(11, 2'000);
    const auto engine = open_engine(dir.path());
    std::atomic<bool> done{false};
    std::thread reader([&] {
        while (!done) (void)tables_of(*engine);
    });
    std::thread upkeep([&] {
        while (!done) EXPECT_TRUE(engine->checkpoint());
    });
    std::vector<std::thread> writers;
    for (std::size_t w = 0; w < 4; ++w)
        writers.emplace_back([&, w] {
            for (std::size_t at = w * 500; at < (w + 1) * 500; at += 10)
                EXPECT_TRUE(engine->submit_and_wait(batch_of(records, at, at + 10)));
        });
    for (std::thread& t : writers) t.join();
    done = true;
    reader.join();
    upkeep.join();
    EXPECT_EQ(tables_of(*engine), expected_tables(records, records.size()));
}

}  // namespace
}  // namespace fleet::engine::test
