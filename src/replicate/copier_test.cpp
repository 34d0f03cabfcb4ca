// SPDX-License-Identifier: Apache-2.0
// The copy ends up equal to the engine, whatever fails on the way.
#include "replicate/copier.hpp"

#include "replicate/copier_testing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <random>

namespace fleet::replicate::test {
namespace {

using cql::ErrorClass;
using model::Field;

constexpr std::int64_t kStart = 1'767'225'600'000;  // 2026-01-01T00:00:00Z
constexpr std::array<const char*, 5> kDevices{"V-1", "V-2", "V-3", "V-4", "V-5"};
constexpr std::array<const char*, 2> kFleets{"north", "south"};

model::Record record(std::size_t device, std::int64_t ts_ms) {
    model::Record out;
    out.device = kDevices.at(device);
    out.fleet = kFleets.at(device % 2);
    out.ts = {ts_ms};
    return out;
}

/// Few devices, times and values: late rows, merges and conflicts, trips, stops and alerts.
model::Record random_record(std::mt19937_64& rng) {
    model::Record out = record(rng() % kDevices.size(),
                               kStart + static_cast<std::int64_t>(rng() % 600) * 5 * kMsPerMinute);
    const auto maybe = [&](Field field, std::int32_t value) {
        if (rng() % 2 == 0) out.set(field, value);
    };
    if (rng() % 3 != 0) {
        out.set(Field::lat, 48'000'000 + static_cast<std::int32_t>(rng() % 4) * 20'000);
        out.set(Field::lon, 2'000'000);
    }
    maybe(Field::speed, static_cast<std::int32_t>(rng() % 3) * 7'000);
    maybe(Field::heading, 9'000);
    maybe(Field::battery, static_cast<std::int32_t>(rng() % 3) * 900);
    maybe(Field::temp, static_cast<std::int32_t>(rng() % 2'000));
    maybe(Field::humidity, 5'000);
    if (rng() % 4 == 0) {
        out.zone = "depot";
        out.mask |= model::kZoneBit;
    }
    return out;
}

class CopierTest : public ::testing::Test {
  protected:
    CopierTest() { open_engine(); }
    ~CopierTest() override {
        crash();
        engine_.reset();
    }

    void open_engine(int retention_days = 0) {
        crash();
        engine_.reset();
        engine::EngineOptions options;
        options.dir = dir_.path() / "data";
        options.retention_days = retention_days;
        options.checkpoint_interval_ms = 3'600'000;
        options.disk_reserve_bytes = 0;
        options.tail_budget_bytes = 1;
        options.feed = true;
        auto engine = engine::Engine::open(options, std::make_shared<SystemClock>());
        ASSERT_TRUE(engine) << engine.error().message;
        engine_ = std::move(*engine);
    }

    void submit(const std::vector<model::Record>& records) {
        engine::Batch batch;
        batch.rows.records = records;
        for (std::uint32_t i = 0; i < records.size(); ++i) batch.rows.indexes.push_back(i);
        const auto result = engine_->submit_and_wait(std::move(batch));
        ASSERT_TRUE(result) << result.error().message;
    }

    /// The built-in rule wants a run to last; this one makes an alert of one fast record.
    void judge_each_record() {
        engine::RuleChange change;
        change.kind = engine::RuleChange::Kind::put_rule;
        change.rule = model::default_rule(model::RuleType::overspeed);
        change.rule.name = "fast";
        change.rule.min_duration_ms = 0;
        change.rule.hysteresis = 0;
        change.rule.cool_down_ms = 0;
        ASSERT_TRUE(engine_->change_rules({change}));
    }

    /// A process that begins to copy.
    void start(CopyOptions options = {}) {
        crash();
        options.flush_interval_ms = 100;
        auto state = CopyState::open(dir_.path() / "copy", clock_);
        ASSERT_TRUE(state) << state.error().message;
        state_.emplace(std::move(*state));
        const auto open =
            [this](const cql::ConnectOptions&,
                   cql::Handler<cql::Done> connected) -> Result<std::unique_ptr<cql::Session>> {
            auto session = session_on(cluster_);
            session_ = session.get();
            connected({});
            return std::unique_ptr<cql::Session>(std::move(session));
        };
        auto target = connect_target(
            {.connect = {.contact_points = "test", .home_dc = "dc1", .remote_dc = "dc2"},
             .keyspace = std::string(kKeyspace)},
            open);
        ASSERT_TRUE(target) << target.error().message;
        target_.emplace(std::move(*target));
        if (answer_) session_->answer = answer_;
        copier_ = std::make_unique<Copier>(*engine_, *target_, *state_, options, clock_);
    }
    /// It is killed: what it had in RAM is gone.
    void crash() {
        copier_.reset();
        target_.reset();
        state_.reset();
        session_ = nullptr;
    }
    void step(int times = 1) {
        for (int i = 0; i < times; ++i) {
            const auto stepped = copier_->step();
            ASSERT_TRUE(stepped) << stepped.error().message;
            clock_->advance_ms(20);
        }
    }
    void drain() {
        for (int i = 0; i < 20'000; ++i) {
            step();
            if (HasFatalFailure()) return;
            const auto idle = copier_->idle();
            ASSERT_TRUE(idle) << idle.error().message;
            if (*idle) return;
        }
        FAIL() << "never done: " << copier_->sent().last_error;
    }
    void expect_equal() {
        // Line by line: the first difference says more than two long texts.
        const auto lines = [](const std::string& text) {
            std::vector<std::string> out;
            for (std::size_t at = 0; at < text.size();) {
                const std::size_t end = text.find('\n', at);
                out.push_back(text.substr(at, end - at));
                at = end + 1;
            }
            return out;
        };
        const auto found = lines(cluster_->text());
        const auto expected = lines(expected_text(*engine_));
        std::vector<std::string> more;
        std::vector<std::string> fewer;
        std::set_difference(found.begin(), found.end(), expected.begin(), expected.end(),
                            std::back_inserter(more));
        std::set_difference(expected.begin(), expected.end(), found.begin(), found.end(),
                            std::back_inserter(fewer));
        if (!more.empty()) ADD_FAILURE() << "only in the copy: " << more.front();
        if (!fewer.empty()) ADD_FAILURE() << "not in the copy: " << fewer.front();
        EXPECT_EQ(more.size() + fewer.size(), 0U);
    }

    TemporaryDirectory dir_;
    std::shared_ptr<ManualClock> clock_ =
        std::make_shared<ManualClock>(Timestamp{kStart + 5 * kMsPerDay});
    std::shared_ptr<FakeCluster> cluster_ = std::make_shared<FakeCluster>();
    std::function<cql::Answer<cql::Rows>(const cql::Asked&)> answer_;
    std::unique_ptr<engine::Engine> engine_;
    std::optional<CopyState> state_;
    std::optional<Target> target_;
    cql::FakeSession* session_ = nullptr;
    std::unique_ptr<Copier> copier_;
};

TEST_F(CopierTest, EverythingThatTheEngineHasIsInTheCopy) {
    judge_each_record();
    std::mt19937_64 rng(1);
    for (const WriteMode mode : {WriteMode::batch, WriteMode::async}) {
        start({.mode = mode});
        for (int batch = 0; batch < 10; ++batch) {
            std::vector<model::Record> records;
            for (int i = 0; i < 60; ++i) records.push_back(random_record(rng));
            submit(records);
            step(3);
        }
        ASSERT_TRUE(
            engine_->register_device(mode == WriteMode::batch ? "parked" : "sold", "south"));
        drain();
        expect_equal();
        EXPECT_EQ(engine_->feed()->lag(), 0U);
    }
    for (const cql::Asked& asked : session_->asked())
        if (asked.cql.find("telemetry_by_device_day") != std::string::npos) {
            EXPECT_EQ(asked.rows.row_count(), 1U);  // async
        }
}

TEST_F(CopierTest, RowsOfADayGoTogether) {
    start({.batch = {.rows = 100}});
    std::vector<model::Record> records;
    for (int i = 0; i < 250; ++i) records.push_back(record(0, kStart + i * 1'000));
    submit(records);
    drain();
    std::vector<std::size_t> sizes;
    for (const cql::Asked& asked : session_->asked())
        if (asked.cql.find("telemetry_by_device_day") != std::string::npos)
            sizes.push_back(asked.rows.row_count());
    EXPECT_EQ(sizes, (std::vector<std::size_t>{100, 100, 50}));
    expect_equal();
}

TEST_F(CopierTest, FailuresAndCrashesLeaveTheSameTables) {
    judge_each_record();
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        std::mt19937_64 rng(seed);
        std::mt19937_64 faults(seed * 77);
        bool broken = true;
        answer_ = [&](const cql::Asked& asked) {
            const auto chance = broken ? faults() % 10 : 9;
            if (chance > 2) return cluster_->run(asked);
            // Some of what failed was written nevertheless.
            if (chance == 0) cluster_->run(asked);
            constexpr std::array kErrors{ErrorClass::write_timeout, ErrorClass::client_timeout,
                                         ErrorClass::broken};
            cql::Answer<cql::Rows> answer;
            answer.error = cql::CqlError{.error = chance == 2 ? ErrorClass::unavailable
                                                              : kErrors.at(faults() % 3)};
            return answer;
        };
        broken = true;
        start();
        for (int round = 0; round < 12; ++round) {
            std::vector<model::Record> records;
            for (int i = 0; i < 30; ++i) records.push_back(random_record(rng));
            submit(records);
            step(static_cast<int>(rng() % 8));
            if (rng() % 3 == 0) {
                ASSERT_TRUE(engine_->checkpoint());
            }
            if (rng() % 4 == 0) start();
            if (rng() % 6 == 0) {
                open_engine();
                start();
            }
            if (HasFatalFailure()) return;
        }
        drain();
        broken = false;
        expect_equal();
        if (HasFailure()) return;
    }
}

TEST_F(CopierTest, WhatWasWrittenBeforeACrashIsWrittenAgainWithLaterStamps) {
    start();
    submit({record(0, kStart)});
    const auto stamp_of_row = [&]() -> std::int64_t {
        for (const cql::Asked& asked : session_->asked())
            if (asked.cql.starts_with("INSERT INTO k.telemetry"))
                return asked.options.timestamp_us.value_or(0);
        return -1;
    };
    step(1);
    const std::int64_t first = stamp_of_row();
    ASSERT_GT(first, 0);
    EXPECT_EQ(engine_->feed()->position(), 0U);  // its day, its newest state are not there yet
    start();
    drain();
    EXPECT_GT(stamp_of_row(), first);
    EXPECT_EQ(engine_->feed()->lag(), 0U);
    expect_equal();
}

TEST_F(CopierTest, ARowThatLostAValueLosesItInTheCopyAndOthersGetNoTombstones) {
    start();
    model::Record less = record(0, kStart);
    less.set(Field::speed, 100);
    less.set(Field::heading, 5);
    submit({less});
    drain();
    EXPECT_EQ(cluster_->tombstones, 0U);
    model::Record more = record(0, kStart);
    more.set(Field::speed, 200);  // the larger tuple is kept whole
    submit({more});
    drain();
    expect_equal();
    EXPECT_EQ(cluster_->text("telemetry_by_device_day").find("heading"), std::string::npos);
    EXPECT_GT(cluster_->tombstones, 0U);
}

TEST_F(CopierTest, AnAlertThatRisesEndsOrGoesMovesInTheCopy) {
    judge_each_record();
    start();
    const auto fast = [&](std::int64_t ts, std::int32_t speed) {
        model::Record out = record(0, kStart + ts);
        out.set(Field::speed, speed);
        return out;
    };
    const auto alerts = [&] { return cluster_->text("alerts_by_fleet_day"); };
    submit({fast(0, 12'000)});
    drain();
    EXPECT_NE(alerts().find("MEDIUM"), std::string::npos);
    submit({fast(1'000, 20'000)});
    drain();
    EXPECT_EQ(alerts().find("MEDIUM"), std::string::npos);  // its key has the severity
    EXPECT_NE(alerts().find("HIGH"), std::string::npos);
    submit({fast(5'000, 100)});
    drain();
    EXPECT_NE(alerts().find("end_ts"), std::string::npos);
    expect_equal();
    submit({fast(500, 100)});  // late: the run was two
    drain();
    expect_equal();
    engine::AlertQuery query;
    query.fleet = *engine_->fleet_number("north");
    query.to = {kMaxMs};
    const auto page = engine_->alerts(query);
    ASSERT_TRUE(page);
    ASSERT_FALSE(page->items.empty());
    ASSERT_TRUE(engine_->act_on_alert(page->items.front().id,
                                      {engine::AlertAction::Kind::comment, 0, {0}, "ada", "seen"}));
    drain();
    EXPECT_NE(alerts().find("seen"), std::string::npos);
    expect_equal();
}

TEST_F(CopierTest, ARowThatTheClusterRefusesGoesToTheQuarantineAndHoldsUpNothing) {
    answer_ = [&](const cql::Asked& asked) {
        cql::PackedRows marker(1);
        marker.text("poison");
        if (asked.rows.bytes().find("poison") != std::string_view::npos &&
            asked.cql.starts_with("INSERT INTO k.telemetry")) {
            cql::Answer<cql::Rows> answer;
            answer.error = cql::CqlError{.error = ErrorClass::invalid, .message = "too large"};
            return answer;
        }
        return cluster_->run(asked);
    };
    start();
    std::vector<model::Record> records;
    for (int i = 0; i < 10; ++i) records.push_back(record(0, kStart + i));
    records[4].zone = "poison";
    records[4].mask |= model::kZoneBit;
    submit(records);
    drain();
    const std::string rows = cluster_->text("telemetry_by_device_day");
    EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), 9);
    EXPECT_EQ(engine_->feed()->lag(), 0U);
    const auto kept = engine_->quarantine(0, 10);
    ASSERT_TRUE(kept);
    ASSERT_EQ(kept->size(), 1U);
    EXPECT_EQ(kept->front().source, "cassandra");
    EXPECT_NE(kept->front().detail.find("V-1, 2026-01-01T00:00:00.004Z"), std::string::npos);
    EXPECT_NE(kept->front().raw.find("poison"), std::string::npos);
}

TEST_F(CopierTest, RowsLiveOnForWhatIsLeftOfTheirRetentionAndThoseThatHaveNoneAreNotWritten) {
    // The engine keeps whole days; the copy keeps each row for its own time.
    const Timestamp now = SystemClock().now();
    clock_->set(now);
    ASSERT_TRUE(engine_->set_retention("north", 3));
    start();
    submit({record(0, day_of(now).begin().ms - 3 * kMsPerDay), record(0, now.ms - kMsPerDay)});
    drain();
    std::vector<std::uint64_t> lives;
    for (const cql::Asked& asked : session_->asked())
        if (asked.cql.starts_with("INSERT INTO k.telemetry")) {
            const auto rows = FakeCluster::cells_of(asked.rows);
            for (const auto& row : rows) {
                std::uint64_t ttl = 0;
                for (const char c : *row.back().value)
                    ttl = ttl << 8 | static_cast<unsigned char>(c);
                lives.push_back(ttl);
            }
        }
    ASSERT_EQ(lives.size(), 1U);
    EXPECT_NEAR(static_cast<double>(lives[0]), 2 * 86'400, 60);
    // Kept longer from now on: what is there is written again with the longer life.
    ASSERT_TRUE(engine_->set_retention("north", 0));
    const std::size_t before = session_->asked().size();
    drain();
    bool again = false;
    for (std::size_t i = before; i < session_->asked().size(); ++i)
        again = again || session_->asked()[i].cql.starts_with("INSERT INTO k.telemetry");
    EXPECT_TRUE(again);
    expect_equal();
}

TEST_F(CopierTest, WhatWasErasedIsErasedInTheCopy) {
    judge_each_record();
    std::mt19937_64 rng(5);
    std::vector<model::Record> records;
    for (int i = 0; i < 300; ++i) records.push_back(random_record(rng));
    start();
    submit(records);
    drain();
    const Timestamp from{kStart + 7 * kMsPerHour};
    ASSERT_TRUE(engine_->erase("V-1", engine::ErasePeriod{from, {from.ms + kMsPerDay}}));
    drain();
    expect_equal();
    ASSERT_TRUE(engine_->erase("V-2", std::nullopt));
    drain();
    EXPECT_EQ(cluster_->text().find("V-2"), std::string::npos);
    expect_equal();
    submit({record(1, kStart)});  // its id is free again
    drain();
    EXPECT_NE(cluster_->text("telemetry_by_device_day").find("V-2"), std::string::npos);
    expect_equal();
}

TEST_F(CopierTest, WhileTheClusterIsAwayTheEngineGoesOnAndLittleIsHeldInMemory) {
    start({.pending_rows = 100});
    session_->held = true;
    std::mt19937_64 rng(9);
    for (int batch = 0; batch < 20; ++batch) {
        std::vector<model::Record> records;
        for (int i = 0; i < 100; ++i)
            records.push_back(record(0, kStart + (batch * 100 + i) * 1'000));
        submit(records);
        step(5);
    }
    EXPECT_GT(engine_->feed()->lag(), 0U);
    EXPECT_LE(session_->asked().size(), 100U);
    session_->held = false;
    drain();
    expect_equal();
    EXPECT_EQ(engine_->feed()->lag(), 0U);
}

TEST_F(CopierTest, BulkLoadsAndAStoreThatWasUsedWithoutACopyAreCopiedWhole) {
    std::mt19937_64 rng(3);
    std::vector<model::Record> records;
    for (int i = 0; i < 300; ++i) records.push_back(random_record(rng));
    auto bulk = engine_->bulk_load();
    ASSERT_TRUE(bulk);
    engine::Batch batch;
    batch.rows.records = records;
    for (std::uint32_t i = 0; i < records.size(); ++i) batch.rows.indexes.push_back(i);
    ASSERT_TRUE((*bulk)->add(batch));
    ASSERT_TRUE((*bulk)->finish());
    bulk->reset();  // it must not outlive the engine
    start();
    drain();
    expect_equal();
    // A session without a feed: a row loses a value that nobody notes.
    crash();
    engine_.reset();
    engine::EngineOptions options;
    options.dir = dir_.path() / "data";
    options.retention_days = 0;
    options.disk_reserve_bytes = 0;
    auto plain = engine::Engine::open(options, std::make_shared<SystemClock>());
    ASSERT_TRUE(plain) << plain.error().message;
    engine_ = std::move(*plain);
    for (model::Record& one : records) {
        one.mask &= ~model::bit(Field::heading);
        if (one.has(Field::speed)) one.set(Field::speed, one.value(Field::speed) + 100);
    }
    submit(records);
    ASSERT_TRUE(engine_->checkpoint());
    open_engine();
    start();
    drain();
    expect_equal();
}

TEST_F(CopierTest, RulesAndZonesAreCopiedWithAllTheirForms) {
    start();
    drain();
    expect_equal();
    engine::RuleChange change;
    change.kind = engine::RuleChange::Kind::put_zone;
    change.zone.id = "depot";
    change.zone.shape = model::Circle{{48'000'000, 2'000'000}, 500'000};
    ASSERT_TRUE(engine_->change_rules({change}));
    drain();
    expect_equal();
    change.zone.shape = model::Circle{{48'000'000, 2'000'000}, 900'000};
    ASSERT_TRUE(engine_->change_rules({change}));
    start();  // a restart in between
    drain();
    expect_equal();
    engine::RuleChange remove;
    remove.kind = engine::RuleChange::Kind::remove_zone;
    remove.name = "depot";
    remove.recompute_from_ms = 0;  // it never was: its forms go
    ASSERT_TRUE(engine_->change_rules({remove}));
    drain();
    expect_equal();
}

}  // namespace
}  // namespace fleet::replicate::test
