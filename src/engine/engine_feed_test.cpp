// SPDX-License-Identifier: Apache-2.0
// A copy that is made through the change feed ends up equal to the store, whatever happens on the
// way.
#include "engine/change_feed.hpp"
#include "engine/engine_testing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace fleet::engine::test {
namespace {

std::unique_ptr<Engine> open_with_feed(const std::filesystem::path& dir,
                                       std::uint64_t backlog_bytes = 1ULL << 30) {
    EngineOptions options;
    options.dir = dir;
    options.retention_days = 0;
    options.journal_segment_bytes = 16ULL << 10;
    options.tail_budget_bytes = 1;  // the smallest tails: many chunks, many merges
    options.checkpoint_interval_ms = 3'600'000;
    options.disk_reserve_bytes = 0;
    options.feed = true;
    options.feed_backlog_bytes = backlog_bytes;
    auto engine = Engine::open(options, std::make_shared<SystemClock>());
    EXPECT_TRUE(engine) << (engine ? "" : engine.error().message);
    return engine ? std::move(*engine) : nullptr;
}

/// A store that, like Cassandra, keeps what an insert leaves out: a value goes only when it is
/// cleared.
class Copy {
  public:
    using Row = std::map<int, std::string>;  ///< field or attribute → value

    /// Writes the store's present row. What is absent is left out, or cleared if the feed says so.
    void write(const Engine& engine, DeviceHandle device, const model::Sample& sample,
               const model::TextPool& texts, bool clear) {
        Row& row = rows_[{engine.device(device).id, sample.ts_ms}];
        if (clear) row.clear();
        for (auto& [field, value] : values_of(sample, texts)) row[field] = value;
        if (clear) ++cleared;
    }

    void follow(Engine& engine, std::uint64_t max_bytes, std::size_t max_entries) {
        ChangeFeed& feed = *engine.feed();
        std::vector<FeedEntry> entries;
        while (entries.size() < max_entries) {
            auto some = feed.next(max_bytes);
            ASSERT_TRUE(some) << some.error().message;
            if (some->empty()) break;
            std::move(some->begin(), some->end(), std::back_inserter(entries));
        }
        for (const FeedEntry& entry : entries) {
            for (const FeedEntry::Row& row : entry.rows) {
                const auto now = engine.rows(row.device, {row.ts_ms}, {row.ts_ms + 1}, 1, false);
                ASSERT_TRUE(now);
                ASSERT_EQ(now->size(), 1U);
                write(engine, row.device, now->samples[0], now->texts,
                      feed.lost_values(row.device, row.ts_ms).value());
            }
            feed.copied(entry.sequence);
            rows_told += entry.rows.size();
        }
        const auto days = feed.days(1'000);
        ASSERT_TRUE(days);
        for (const FeedDay& day : *days) {
            const auto rows =
                engine.rows(day.device, day.day.begin(), day.day.end(), 1'000'000, false);
            ASSERT_TRUE(rows);
            for (const model::Sample& sample : rows->samples)
                write(engine, day.device, sample, rows->texts,
                      feed.lost_values(day.device, sample.ts_ms).value());
            ASSERT_TRUE(feed.day_copied(day));
            ++days_told;
        }
    }

    /// Until nothing is left. An entry counts as applied a moment after it was acknowledged.
    void follow_to_the_end(Engine& engine) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (std::chrono::steady_clock::now() < deadline) {
            follow(engine, UINT64_MAX, SIZE_MAX);
            if (engine.feed()->lag() == 0 && engine.feed()->days(1)->empty()) return;
            std::this_thread::yield();
        }
        FAIL() << engine.feed()->lag() << " entries never came";
    }

    [[nodiscard]] std::string text() const {
        std::string out;
        for (const auto& [key, row] : rows_) {
            out += fmt::format("{} {}", key.first, key.second);
            for (const auto& [field, value] : row) out += fmt::format(" {}={}", field, value);
            out += '\n';
        }
        return out;
    }

    static Row values_of(const model::Sample& sample, const model::TextPool& texts) {
        Row out;
        for (std::size_t f = 0; f < model::kFieldCount; ++f) {
            const auto field = static_cast<model::Field>(f);
            if (sample.has(field))
                out[static_cast<int>(f)] = fmt::format("{}", sample.value(field));
        }
        (void)texts;
        return out;
    }

    std::size_t rows_told = 0;
    std::size_t days_told = 0;
    std::size_t cleared = 0;

  private:
    std::map<std::pair<std::string, std::int64_t>, Row> rows_;
};

/// The store's rows, in the form of Copy::text().
std::string rows_of(Engine& engine) {
    std::map<std::string, std::string> by_device;
    for (const auto& [fleet, retention] : engine.fleets()) {
        const auto members = engine.devices_of(*engine.fleet_number(fleet));
        for (const DeviceHandle device : *members) {
            const auto rows = engine.rows(device, {0}, {4'000'000'000'000}, 1'000'000, false);
            EXPECT_TRUE(rows);
            const std::string id = engine.device(device).id;
            for (const model::Sample& sample : rows->samples) {
                by_device[id] += fmt::format("{} {}", id, sample.ts_ms);
                for (const auto& [field, value] : Copy::values_of(sample, rows->texts))
                    by_device[id] += fmt::format(" {}={}", field, value);
                by_device[id] += '\n';
            }
        }
    }
    std::string out;
    for (const auto& [id, text] : by_device) out += text;
    return out;
}

TEST(EngineFeed, NamesEveryRowOnceInTheOrderOfTheJournal) {
    const TemporaryDirectory dir;
    const auto records = random_records(7, 200);
    const auto engine = open_with_feed(dir.path());
    for (std::size_t at = 0; at < 200; at += 20)
        ASSERT_TRUE(engine->submit_and_wait(batch_of(records, at, at + 20)));
    ASSERT_TRUE(engine->register_device("new", "north"));
    ChangeFeed& feed = *engine->feed();
    EXPECT_EQ(feed.lag(), 11U);
    std::size_t index = 0;
    std::uint64_t sequence = 0;
    bool registered = false;
    for (int tries = 0; feed.lag() > 0 && tries < 1'000'000; ++tries) {
        const auto entries = feed.next(1);
        ASSERT_TRUE(entries);
        if (entries->empty()) continue;  // not applied yet
        ASSERT_EQ(entries->size(), 1U);
        const FeedEntry& entry = entries->front();
        EXPECT_EQ(entry.sequence, ++sequence);
        for (const FeedEntry::Row& row : entry.rows) {
            EXPECT_EQ(engine->device(row.device).id, records[index].device);
            EXPECT_EQ(row.ts_ms, records[index].record.ts.ms);
            ++index;
        }
        for (const DeviceHandle device : entry.devices)
            registered = engine->device(device).id == "new";
        feed.copied(entry.sequence);
    }
    EXPECT_EQ(index, 200U);
    EXPECT_TRUE(registered);
    EXPECT_EQ(feed.lag(), 0U);
    EXPECT_EQ(feed.days(10)->size(), 0U);
}

TEST(EngineFeed, GivesAgainWhatWasNotCopiedWhenItsCallerBeginsAgain) {
    const TemporaryDirectory dir;
    const auto records = random_records(9, 100);
    const auto engine = open_with_feed(dir.path());
    for (std::size_t at = 0; at < 100; at += 10)
        ASSERT_TRUE(engine->submit_and_wait(batch_of(records, at, at + 10)));
    ASSERT_TRUE(engine->checkpoint());  // all are applied
    ChangeFeed& feed = *engine->feed();
    ASSERT_EQ(feed.next(UINT64_MAX)->size(), 10U);
    feed.copied(3);
    EXPECT_EQ(feed.next(UINT64_MAX)->size(), 0U);
    feed.begin_again();
    const auto entries = feed.next(UINT64_MAX);
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 7U);
    EXPECT_EQ(entries->front().sequence, 4U);
}

TEST(EngineFeed, GoesOnBehindWhatWasCopiedAfterACheckpointAndARestart) {
    const TemporaryDirectory dir;
    const auto records = random_records(8, 100);
    {
        const auto engine = open_with_feed(dir.path());
        for (std::size_t at = 0; at < 100; at += 10)
            ASSERT_TRUE(engine->submit_and_wait(batch_of(records, at, at + 10)));
        engine->feed()->copied(4);
        ASSERT_TRUE(engine->checkpoint());  // the tables have all; the journal must stay
    }
    const auto engine = open_with_feed(dir.path());
    EXPECT_EQ(engine->feed()->position(), 4U);
    const auto entries = engine->feed()->next(UINT64_MAX);  // all are applied after opening
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 6U);
    EXPECT_EQ(entries->front().sequence, 5U);
    EXPECT_EQ(engine->feed()->days(10)->size(), 0U);
}

TEST(EngineFeed, ASessionWithoutItIsMadeUpForByWholeDays) {
    const TemporaryDirectory dir;
    const auto records = random_records(9, 300);
    Copy copy;
    {
        const auto engine = open_with_feed(dir.path());
        ASSERT_TRUE(engine->submit_and_wait(batch_of(records, 0, 100)));
        copy.follow_to_the_end(*engine);
    }
    {
        const auto engine = open_engine(dir.path());
        ASSERT_TRUE(engine->submit_and_wait(batch_of(records, 100, 200)));
        ASSERT_TRUE(engine->checkpoint());
        EXPECT_EQ(engine->feed(), nullptr);
    }
    const auto engine = open_with_feed(dir.path());
    EXPECT_GT(engine->feed()->days(1'000)->size(), 0U);
    ASSERT_TRUE(engine->submit_and_wait(batch_of(records, 200, 300)));
    copy.follow_to_the_end(*engine);
    EXPECT_GT(copy.days_told, 0U);
    EXPECT_EQ(engine->feed()->days(1'000)->size(), 0U);
}

TEST(EngineFeed, ACopyEndsUpEqualThroughCrashesBulkLoadsAndAnOverflowingBacklog) {
    std::size_t days = 0;
    std::size_t cleared = 0;
    std::size_t again = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        std::mt19937_64 rng(seed);
        auto records = random_records(seed, 400);
        std::shuffle(records.begin(), records.end(), rng);
        const std::uint64_t backlog = seed % 3 == 0 ? 20'000 : 1ULL << 30;
        auto dir = std::make_unique<TemporaryDirectory>();
        auto engine = open_with_feed(dir->path(), backlog);
        Copy copy;
        std::size_t sent = 0;
        for (std::size_t at = 0; at < records.size();) {
            const std::size_t end = std::min(records.size(), at + 1 + rng() % 30);
            if (rng() % 10 == 0) {
                auto load = engine->bulk_load();
                ASSERT_TRUE(load);
                Batch batch = batch_of(records, at, end);
                ASSERT_TRUE((*load)->add(batch));
                ASSERT_TRUE((*load)->finish());
            } else {
                ASSERT_TRUE(engine->submit_and_wait(batch_of(records, at, end)));
                sent += end - at;
            }
            at = end;
            if (rng() % 4 == 0) {
                ASSERT_TRUE(engine->checkpoint());
            }
            if (rng() % 2 == 0) copy.follow(*engine, 1 + rng() % 2'000, 1 + rng() % 4);
            if (rng() % 6 != 0) continue;
            if (rng() % 2 == 0) {  // what kill -9 would leave
                auto left = std::make_unique<TemporaryDirectory>();
                dir->copy_to(left->path());
                engine.reset();
                dir = std::move(left);
            }
            engine.reset();
            engine = open_with_feed(dir->path(), backlog);
            ASSERT_NE(engine, nullptr);
        }
        copy.follow_to_the_end(*engine);
        ASSERT_TRUE(copy.text() == rows_of(*engine)) << "seed " << seed;
        EXPECT_EQ(engine->feed()->lag(), 0U);
        EXPECT_EQ(engine->feed()->days(10)->size(), 0U);
        days += copy.days_told;
        cleared += copy.cleared;
        again += copy.rows_told > sent ? 1 : 0;
    }
    EXPECT_GT(days, 0U);
    EXPECT_GT(cleared, 0U);
    EXPECT_GT(again, 0U);  // crashes made entries come again
}

TEST(EngineFeed, TheJournalStaysUntilItIsCopied) {
    const TemporaryDirectory dir;
    const auto engine = open_with_feed(dir.path());
    const auto records = random_records(3, 4'000);
    for (std::size_t at = 0; at < 4'000; at += 50)
        ASSERT_TRUE(engine->submit_and_wait(batch_of(records, at, at + 50)));
    const std::uint64_t all = engine->stats().journal_bytes;
    ASSERT_GT(all, 80'000U);
    ASSERT_TRUE(engine->checkpoint());
    EXPECT_EQ(engine->stats().journal_bytes, all);
    Copy copy;
    copy.follow_to_the_end(*engine);
    EXPECT_EQ(copy.rows_told, 4'000U);
    EXPECT_EQ(copy.days_told, 0U);
    EXPECT_EQ(copy.text(), rows_of(*engine));
    ASSERT_TRUE(engine->checkpoint());
    EXPECT_LT(engine->stats().journal_bytes, 20'000U);
}

TEST(EngineFeed, ABacklogThatIsTooLargeGoesAndItsDaysAreCopiedWhole) {
    const TemporaryDirectory dir;
    const auto engine = open_with_feed(dir.path(), 50'000);
    const auto records = random_records(3, 4'000);
    for (std::size_t at = 0; at < 4'000; at += 50)
        ASSERT_TRUE(engine->submit_and_wait(batch_of(records, at, at + 50)));
    ASSERT_GT(engine->stats().journal_bytes, 80'000U);
    ASSERT_TRUE(engine->checkpoint());
    EXPECT_LT(engine->stats().journal_bytes, 50'000U);
    Copy copy;
    copy.follow_to_the_end(*engine);
    EXPECT_LT(copy.rows_told, 4'000U);
    EXPECT_GT(copy.days_told, 0U);
    EXPECT_EQ(copy.text(), rows_of(*engine));
}

TEST(EngineFeed, AnErasureIsToldAndItsBytesStayUntilThen) {
    const TemporaryDirectory dir;
    const auto engine = open_with_feed(dir.path(), 1);  // any backlog is too large
    const auto records = random_records(5, 200);
    ASSERT_TRUE(engine->submit_and_wait(batch_of(records, 0, 200)));
    const ErasePeriod period{records[0].record.ts, {records[0].record.ts.ms + 1}};
    const auto part = engine->erase(records[0].device, period);
    ASSERT_TRUE(part) << part.error().message;
    EXPECT_EQ(part->rows, 1U);
    EXPECT_FALSE(part->scrubbed);  // the copy would never hear of it
    const auto whole = engine->erase("V-1", std::nullopt);
    ASSERT_TRUE(whole) << whole.error().message;
    ASSERT_TRUE(engine->checkpoint());

    ChangeFeed& feed = *engine->feed();
    std::vector<FeedEntry::Erased> told;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (feed.lag() > 0 && std::chrono::steady_clock::now() < deadline) {
        const auto entries = feed.next(UINT64_MAX);
        ASSERT_TRUE(entries) << entries.error().message;
        for (const FeedEntry& entry : *entries) {
            told.insert(told.end(), entry.erased.begin(), entry.erased.end());
            feed.copied(entry.sequence);
        }
    }
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].device, records[0].device);
    EXPECT_EQ(told[0].period, period);
    EXPECT_EQ(told[1].device, "V-1");
    EXPECT_EQ(told[1].period, std::nullopt);
    const auto days = feed.days(1'000);
    ASSERT_TRUE(days);
    for (const FeedDay& day : *days) {  // what is left is copied as days
        ASSERT_TRUE(feed.day_copied(day));
    }
    EXPECT_TRUE(feed.days(1)->empty());
    // Nothing holds the bytes any more.
    const auto again = engine->erase("V-2", std::nullopt);
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->scrubbed);
    while (feed.lag() > 0 && std::chrono::steady_clock::now() < deadline) {
        const auto entries = feed.next(UINT64_MAX);
        ASSERT_TRUE(entries) << entries.error().message;
        for (const FeedEntry& entry : *entries) feed.copied(entry.sequence);
    }
    const auto repeated = engine->repeat_erasures({});  // removes bytes that are due
    ASSERT_TRUE(repeated) << repeated.error().message;
    EXPECT_TRUE(repeated->scrubbed);
}

/// A copy of the alerts that, like Cassandra, has the severity in the key.
class AlertCopy {
  public:
    void follow(Engine& engine) {
        ChangeFeed& feed = *engine.feed();
        const auto marked = feed.alerts(1'000);
        ASSERT_TRUE(marked);
        for (const FeedAlert& mark : *marked) {
            for (int severity = 0; severity < 3; ++severity)
                if ((mark.severities >> severity & 1) != 0) rows_.erase({mark.id, severity});
            const auto row = feed.alert(mark);
            ASSERT_TRUE(row);
            if (*row) rows_[{mark.id, static_cast<int>((*row)->run.severity)}] = line_of(**row);
            ASSERT_TRUE(feed.alert_copied(mark));
            ++told;
        }
    }
    [[nodiscard]] std::string text() const {
        std::vector<std::string> lines;
        for (const auto& [key, line] : rows_) lines.push_back(line);
        std::sort(lines.begin(), lines.end());
        return fmt::format("{}", fmt::join(lines, "\n"));
    }
    static std::string line_of(const AlertRow& row) {
        return fmt::format("{} {} {} {} {} {} {} {}", row.device.value, row.id.text(),
                           row.run.start_ms, row.run.end_ms.value_or(-1),
                           static_cast<int>(row.run.severity), row.late, row.retracted,
                           row.actions.size());
    }
    std::size_t told = 0;

  private:
    std::map<std::pair<model::AlertId, int>, std::string> rows_;
};

std::string alerts_of(Engine& engine) {
    std::vector<std::string> lines;
    for (const auto& [fleet, retention] : engine.fleets()) {
        AlertQuery query;
        query.fleet = *engine.fleet_number(fleet);
        query.to = {4'000'000'000'000};
        query.retracted = true;
        query.limit = 1'000'000;
        const auto page = engine.alerts(query);
        EXPECT_TRUE(page);
        for (const AlertRow& row : page->items) lines.push_back(AlertCopy::line_of(row));
    }
    std::sort(lines.begin(), lines.end());
    return fmt::format("{}", fmt::join(lines, "\n"));
}

Batch speeds(std::vector<std::pair<std::int64_t, std::int32_t>> rows) {
    Batch batch;
    for (const auto& [ts, speed] : rows) {
        model::Record record;
        record.device = "V-1";
        record.fleet = "north";
        record.ts = {kStart + ts};
        record.set(model::Field::speed, speed);
        batch.rows.records.push_back(record);
        batch.rows.indexes.push_back(static_cast<std::uint32_t>(batch.rows.indexes.size()));
    }
    return batch;
}

/// The built-in rule wants a run to last; this one makes an alert of one fast record.
void judge_each_record(Engine& engine) {
    RuleChange change;
    change.kind = RuleChange::Kind::put_rule;
    change.rule = model::default_rule(model::RuleType::overspeed);
    change.rule.name = "fast";
    change.rule.min_duration_ms = 0;
    change.rule.hysteresis = 0;
    change.rule.cool_down_ms = 0;
    ASSERT_TRUE(engine.change_rules({change}));
}

TEST(EngineFeed, AnAlertThatRisesIsToldWithTheSeverityThatTheCopyHas) {
    const TemporaryDirectory dir;
    const auto engine = open_with_feed(dir.path());
    judge_each_record(*engine);
    AlertCopy copy;
    ASSERT_TRUE(engine->submit_and_wait(speeds({{0, 12'000}})));
    ASSERT_EQ(alerts_of(*engine).empty(), false);
    copy.follow(*engine);
    EXPECT_EQ(copy.told, 1U);
    EXPECT_EQ(copy.text(), alerts_of(*engine));
    copy.follow(*engine);
    EXPECT_EQ(copy.told, 1U);                                         // nothing changed
    ASSERT_TRUE(engine->submit_and_wait(speeds({{1'000, 20'000}})));  // MEDIUM rises to HIGH
    const auto marks = engine->feed()->alerts(10);
    ASSERT_TRUE(marks);
    ASSERT_EQ(marks->size(), 1U);
    EXPECT_EQ(marks->front().severities, 1U << static_cast<unsigned>(model::Severity::medium));
    ASSERT_TRUE(engine->submit_and_wait(speeds({{2'000, 1'000}})));  // it ends
    copy.follow(*engine);
    EXPECT_EQ(copy.text(), alerts_of(*engine));
    // A row that comes late takes the run apart: one alert stays, one is new.
    ASSERT_TRUE(engine->submit_and_wait(speeds({{500, 1'000}})));
    const std::string now = alerts_of(*engine);
    copy.follow(*engine);
    EXPECT_EQ(copy.text(), now);
    // What an operator does is told too.
    const std::size_t told = copy.told;
    AlertQuery query;
    query.fleet = *engine->fleet_number("north");
    query.to = {4'000'000'000'000};
    const auto page = engine->alerts(query);
    ASSERT_TRUE(page);
    ASSERT_TRUE(engine->act_on_alert(page->items.front().id,
                                     {AlertAction::Kind::acknowledge, 0, {0}, "ada", ""}));
    copy.follow(*engine);
    EXPECT_EQ(copy.told, told + 1);
    EXPECT_EQ(copy.text(), alerts_of(*engine));
}

TEST(EngineFeed, MarksOfAlertsOutliveACrashAndAnEraseTellsOfThoseThatItTook) {
    const TemporaryDirectory dir;
    AlertCopy copy;
    {
        const auto engine = open_with_feed(dir.path());
        judge_each_record(*engine);
        ASSERT_TRUE(engine->submit_and_wait(speeds({{0, 12'000}, {1'000, 100}})));
        ASSERT_TRUE(engine->submit_and_wait(speeds({{60'000, 20'000}, {61'000, 100}})));
        ASSERT_TRUE(engine->checkpoint());
    }
    const auto engine = open_with_feed(dir.path());
    copy.follow(*engine);
    EXPECT_EQ(copy.told, 2U);
    EXPECT_EQ(copy.text(), alerts_of(*engine));
    ASSERT_TRUE(engine->erase("V-1", ErasePeriod{{kStart}, {kStart + 500}}));
    copy.follow(*engine);
    EXPECT_EQ(copy.text(), alerts_of(*engine));
    ASSERT_TRUE(engine->erase("V-1", std::nullopt));
    EXPECT_EQ(engine->feed()->alerts(10)->size(), 0U);  // the entry of the erasure tells it
}

TEST(EngineFeed, AStoreThatWasUsedWithoutAFeedTellsAllItsAlerts) {
    const TemporaryDirectory dir;
    {
        const auto engine = open_engine(dir.path());
        judge_each_record(*engine);
        ASSERT_TRUE(engine->submit_and_wait(speeds({{0, 12'000}, {1'000, 100}})));
        ASSERT_TRUE(engine->checkpoint());
    }
    const auto engine = open_with_feed(dir.path());
    AlertCopy copy;
    copy.follow(*engine);
    EXPECT_EQ(copy.told, 1U);
    EXPECT_EQ(copy.text(), alerts_of(*engine));
    // Nobody noted what rows lost meanwhile, so their day takes the place of what the copy has.
    ASSERT_EQ(engine->feed()->days(10)->size(), 1U);
    EXPECT_TRUE(engine->feed()->days(10)->front().replace);
    const auto bulk = engine->bulk_load();
    ASSERT_TRUE(bulk);
    Batch more = speeds({{5'000, 100}, {kMsPerDay, 100}});
    ASSERT_TRUE((*bulk)->add(more));
    ASSERT_TRUE((*bulk)->finish());
    const auto days = engine->feed()->days(10);
    ASSERT_EQ(days->size(), 2U);
    EXPECT_TRUE(days->at(0).replace);
    EXPECT_FALSE(days->at(1).replace);
}

TEST(EngineFeed, HoursOfTheShardsAddUpToThoseOfTheFleet) {
    const TemporaryDirectory dir;
    const auto engine = open_with_feed(dir.path());
    ASSERT_TRUE(engine->submit_and_wait(batch_of(random_records(11, 300), 0, 300)));
    for (const auto& [id, retention] : engine->fleets()) {
        const std::uint32_t fleet = *engine->fleet_number(id);
        for (std::uint16_t d = 0; d < 3; ++d) {
            const Day day{static_cast<std::uint16_t>(day_of({kStart}).value + d)};
            model::DayHours sum{};
            for (std::uint8_t shard = 0; shard < 16; ++shard) {
                const auto part = engine->feed()->hours(fleet, day, shard);
                ASSERT_TRUE(part);
                for (std::size_t h = 0; h < 24; ++h)
                    if ((*part)[h].records != 0) sum[h].add((*part)[h]);
            }
            EXPECT_EQ(sum, engine->fleet_day(fleet, day).value());
        }
    }
}

}  // namespace
}  // namespace fleet::engine::test
