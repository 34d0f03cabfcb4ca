// SPDX-License-Identifier: Apache-2.0
// Trips, stops and alerts of the engine: the same whatever the order of arrival (I5), and what
// people did to them stays (I14).
#include "engine/engine_testing.hpp"
#include "engine/rule_book.hpp"
#include "engine/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>

namespace fleet::engine::test {
namespace {

constexpr std::int64_t kBegin = 1'763'985'600'000;  // 2025-11-24T12:00:00Z
constexpr Timestamp kForEverTs{4'000'000'000'000};

/// Vehicles that drive, stop, fall silent and cross midnight, in and out of zones.
std::vector<TestRecord> drives(std::uint64_t seed, std::size_t count) {
    std::mt19937_64 rng(seed);
    std::vector<TestRecord> out;
    for (int device = 0; device < 3; ++device) {
        // From the last hour of a day on, so that midnight finds them on the way and in alerts.
        std::int64_t ts = kBegin + 11 * kMsPerHour + static_cast<std::int64_t>(rng() % 3'600'000);
        std::int32_t lat = 48'850'000;
        std::int32_t lon = 2'350'000;
        bool driving = false;
        for (std::size_t i = 0; i < count / 3; ++i) {
            if (rng() % 12 == 0) driving = !driving;
            ts += rng() % 40 == 0 ? 4'000'000 + static_cast<std::int64_t>(rng() % 40'000'000)
                                  : 20'000 + static_cast<std::int64_t>(rng() % 60'000);
            TestRecord r;
            r.device = fmt::format("V-{}", device);
            r.record.ts.ms = ts;
            if (driving) {
                lat += static_cast<std::int32_t>(rng() % 9'000) - 4'000;
                lon += static_cast<std::int32_t>(rng() % 9'000) - 4'000;
            }
            if (rng() % 10 != 0) {
                r.record.set(model::Field::lat, lat);
                r.record.set(model::Field::lon, lon);
            }
            if (rng() % 8 != 0)
                r.record.set(model::Field::speed,
                             driving ? static_cast<std::int32_t>(rng() % 15'000) : 0);
            if (rng() % 3 == 0)
                r.record.set(model::Field::battery, static_cast<std::int32_t>(rng() % 4'000));
            out.push_back(std::move(r));
        }
    }
    std::sort(out.begin(), out.end(), [](const TestRecord& a, const TestRecord& b) {
        return a.record.ts.ms < b.record.ts.ms;
    });
    return out;
}

model::Zone square(const std::string& id, std::int32_t lat, std::int32_t lon, std::int32_t half) {
    model::Zone zone;
    zone.id = id;
    zone.shape = model::Polygons{{{{lat - half, lon - half},
                                   {lat - half, lon + half},
                                   {lat + half, lon + half},
                                   {lat + half, lon - half}}}};
    return zone;
}

RuleChange put(model::Zone zone) {
    RuleChange change;
    change.kind = RuleChange::Kind::put_zone;
    change.zone = std::move(zone);
    return change;
}
RuleChange put(const std::string& name, model::RuleType type, std::int32_t limit,
               std::int64_t min_duration_ms = 0, std::int32_t hysteresis = 0) {
    RuleChange change;
    change.kind = RuleChange::Kind::put_rule;
    change.rule = model::default_rule(type);
    change.rule.name = name;
    change.rule.limit = limit;
    change.rule.min_duration_ms = min_duration_ms;
    change.rule.hysteresis = hysteresis;
    change.rule.cool_down_ms = 0;
    return change;
}
RuleChange removal(const std::string& name) {
    RuleChange change;
    change.kind = RuleChange::Kind::remove_rule;
    change.name = name;
    return change;
}

std::vector<RuleChange> rules() {
    return {put(square("centre", 48'850'000, 2'350'000, 3'000)),
            put(square("wide", 48'852'000, 2'351'000, 9'000)),
            put("fast", model::RuleType::overspeed, 9'000),
            put("fast-for-long", model::RuleType::overspeed, 5'000, 60'000, 1'000),
            put("low", model::RuleType::low_battery, 2'000),
            put("in", model::RuleType::zone_enter, 0),
            put("out", model::RuleType::zone_exit, 0, 90'000)};
}

/// Trips, stops and alerts as text, and the part of alerts that depends on arrival if wanted.
std::string found(Engine& engine, bool status = false) {
    std::string out;
    const auto snapshot = engine.rules();
    for (const auto& [fleet, days] : engine.fleets()) {
        const std::uint32_t number = *engine.fleet_number(fleet);
        const auto handles = engine.devices_of(number);
        for (const DeviceHandle device : *handles) {
            const auto trips = engine.trips(device, {0}, kForEverTs);
            const auto stops = engine.stops(device, {0}, kForEverTs);
            if (!trips || !stops) return "error";
            out += engine.device(device).id + '\n';
            for (const model::Trip& t : *trips)
                out +=
                    fmt::format("trip {} {} {} {} {} {}\n", t.start_ms, t.end_ms, t.distance_mm,
                                t.gap_mm, t.max_speed.value_or(-1), model::name_of(t.end_reason));
            for (const model::Stop& s : *stops)
                out += fmt::format("stop {} {} {}\n", s.start_ms, s.end_ms, s.open);
        }
        AlertQuery query;
        query.fleet = number;
        query.from = {0};
        query.to = kForEverTs;
        query.limit = 7;
        std::uint64_t critical = 0;
        std::uint64_t critical_later = 0;
        const Timestamp later{kBegin + 8 * kMsPerHour};
        const Day second_day = day_of({kBegin + kMsPerDay});
        AlertStarts starts{};
        for (int pages = 0; pages < 1'000; ++pages) {
            const auto page = engine.alerts(query);
            if (!page) return page.error().message;
            for (const AlertRow& a : page->items) {
                out +=
                    fmt::format("{} {} {} {} {} {} {} {}", a.id.text(), engine.device(a.device).id,
                                snapshot->rule_name(a.run.rule), snapshot->zone_id(a.run.zone),
                                a.run.start_ms, a.run.end_ms.value_or(-1), a.run.peak.value_or(-1),
                                model::name_of(a.run.severity));
                if (status) out += fmt::format(" late {} actions {}", a.late, a.actions.size());
                out += '\n';
                const Timestamp start{a.run.start_ms};
                if (day_of(start) == second_day)
                    ++starts[static_cast<std::size_t>(hour_of(start))]
                            [static_cast<std::size_t>(a.run.severity)];
                if (a.run.severity != model::Severity::high || a.state == AlertState::resolved)
                    continue;
                ++critical;
                critical_later += a.run.start_ms >= later.ms ? 1 : 0;
            }
            query.after = page->next;
            if (query.after.empty()) break;
        }
        EXPECT_EQ(engine.unresolved_high(number, {0}, kForEverTs).value(), critical);
        EXPECT_EQ(engine.unresolved_high(number, later, kForEverTs).value(), critical_later);
        EXPECT_EQ(engine.alert_starts(number, second_day).value(), starts);
    }
    return out;
}

void feed(Engine& engine, const std::vector<TestRecord>& records) {
    ASSERT_TRUE(engine.submit_and_wait(batch_of(records, 0, records.size())));
}

/// Histories that the property test tries: FLEET_PROPERTY_SEEDS, or a few. With
/// FLEET_PROPERTY_FIRST as the first seed.
std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread so far
    return text == nullptr ? otherwise : std::stoull(text);
}

TEST(EngineFold, AnyOrderGivesTheSameTripsStopsAndAlerts) {  // I5
    const std::uint64_t first = from_environment("FLEET_PROPERTY_FIRST", 1);
    const std::uint64_t seeds = from_environment("FLEET_PROPERTY_SEEDS", 12);
    std::size_t lines = 0;
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        const auto records = drives(seed, 240);
        std::string expected;
        {
            const TemporaryDirectory dir;
            const auto engine = open_engine(dir.path());
            ASSERT_TRUE(engine->change_rules(rules()));
            feed(*engine, records);
            expected = found(*engine);
            lines += static_cast<std::size_t>(std::count(expected.begin(), expected.end(), '\n'));
        }
        std::mt19937_64 rng(seed);
        auto shuffled = records;
        std::shuffle(shuffled.begin(), shuffled.end(), rng);
        if (seed % 2 == 0)  // newest first: what comes last changes the days before only
            std::sort(shuffled.begin(), shuffled.end(),
                      [](const auto& a, const auto& b) { return a.record.ts.ms > b.record.ts.ms; });
        for (int i = 0; i < 60; ++i) {
            const TestRecord again = shuffled[rng() % shuffled.size()];
            const auto at = static_cast<std::ptrdiff_t>(rng() % shuffled.size());
            shuffled.insert(shuffled.begin() + at, again);
        }
        auto dir = std::make_unique<TemporaryDirectory>();
        auto engine = open_engine(dir->path());
        const std::size_t when = rng() % shuffled.size();
        for (std::size_t at = 0; at < shuffled.size();) {
            const std::size_t end = std::min(shuffled.size(), at + 1 + rng() % 40);
            if (at <= when && when < end) {
                const auto done = engine->change_rules(rules());
                ASSERT_TRUE(done) << done.error().message;
            }
            ASSERT_TRUE(engine->submit_and_wait(batch_of(shuffled, at, end)));
            if (rng() % 6 == 0) {
                ASSERT_TRUE(engine->checkpoint());
            }
            if (rng() % 6 == 0) (void)found(*engine);
            if (rng() % 6 == 0) {
                if (rng() % 3 == 0) {  // a crash: what kill -9 would leave
                    auto left = std::make_unique<TemporaryDirectory>();
                    dir->copy_to(left->path());
                    engine.reset();
                    dir = std::move(left);
                }
                engine.reset();
                engine = open_engine(dir->path());
                ASSERT_NE(engine, nullptr);
            }
            at = end;
        }
        ASSERT_EQ(found(*engine), expected) << "seed " << seed;
        const auto verified = engine->verify(false);
        ASSERT_TRUE(verified);
        EXPECT_EQ(verified->differences, std::vector<std::string>{});
    }
    EXPECT_GT(lines, seeds * 40);  // the histories hold something
}

TEST(EngineFold, ARemovedRuleLeavesAsIfItHadNeverBeenFromThereOn) {
    const auto records = drives(5, 300);
    const TemporaryDirectory with;
    const TemporaryDirectory without;
    const auto one = open_engine(with.path());
    // The built-in rule of its type would come back if this were the only one.
    RuleChange other = put("elsewhere", model::RuleType::zone_enter, 0);
    other.rule.fleets = {"nobody"};
    auto all = rules();
    all.push_back(other);
    ASSERT_TRUE(one->change_rules(all));
    feed(*one, records);
    RuleChange gone = removal("in");
    gone.recompute_from_ms = fold::kAlways;
    ASSERT_TRUE(one->change_rules({gone}));
    const auto two = open_engine(without.path());
    auto fewer = all;
    std::erase_if(fewer, [](const RuleChange& c) { return c.rule.name == "in"; });
    ASSERT_TRUE(two->change_rules(fewer));
    feed(*two, records);
    const std::string text = found(*one);
    EXPECT_EQ(text.find(" in "), std::string::npos);
    EXPECT_EQ(text, found(*two));
}

TEST(EngineFold, ReportsOfTwoRangesAddUpToThatOfBoth) {
    const TemporaryDirectory dir;
    const auto engine = open_engine(dir.path());
    const auto records = drives(11, 900);
    feed(*engine, records);
    const std::int64_t begin = records.front().record.ts.ms;
    const std::int64_t end = records.back().record.ts.ms + 1;
    struct Report {
        std::vector<model::Trip> trips;
        std::vector<model::Stop> stops;
        std::int64_t distance_mm = 0;
    };
    const auto report = [&](DeviceHandle device, std::int64_t from, std::int64_t to) {
        Report out{engine->trips(device, {from}, {to}).value(),
                   engine->stops(device, {from}, {to}).value(), 0};
        for (const model::Trip& trip : out.trips) out.distance_mm += trip.distance_mm;
        return out;
    };
    std::mt19937_64 rng(1);
    std::size_t trips = 0;
    for (int cut = 0; cut < 1'000; ++cut) {
        const DeviceHandle device{static_cast<std::uint32_t>(rng() % 3)};
        std::array<std::int64_t, 3> at{};
        for (std::int64_t& t : at)
            t = begin + static_cast<std::int64_t>(rng() % static_cast<std::uint64_t>(end - begin));
        // Half of the cuts lie exactly at the start of a trip, where off by one shows.
        const auto all = report(device, begin, end);
        if (cut % 2 == 0 && !all.trips.empty())
            at[1] = all.trips[rng() % all.trips.size()].start_ms;
        std::sort(at.begin(), at.end());
        const Report both = report(device, at[0], at[2]);
        Report sum = report(device, at[0], at[1]);
        const Report second = report(device, at[1], at[2]);
        sum.trips.insert(sum.trips.end(), second.trips.begin(), second.trips.end());
        sum.stops.insert(sum.stops.end(), second.stops.begin(), second.stops.end());
        sum.distance_mm += second.distance_mm;
        EXPECT_EQ(sum.trips, both.trips);
        EXPECT_EQ(sum.stops, both.stops);
        EXPECT_EQ(sum.distance_mm, both.distance_mm);
        trips += both.trips.size();
    }
    EXPECT_GT(trips, 1'000U);
}

TEST(EngineFold, VerifyFindsAListOfAlertsThatIsNotThatOfTheDaysAndRebuildsIt) {
    const TemporaryDirectory dir;
    std::string expected;
    {
        const auto engine = open_engine(dir.path());
        ASSERT_TRUE(engine->change_rules(rules()));
        feed(*engine, drives(3, 240));
        expected = found(*engine);
    }
    {
        const auto tables = Tables::open(dir.path() / "tables");
        ASSERT_TRUE(tables);
        std::string key;
        ASSERT_TRUE((*tables)->scan(Space::alerts, "", "",
                                    [&](std::string_view first, std::string_view) -> Result<bool> {
                                        key = std::string(first);
                                        return false;
                                    }));
        ASSERT_FALSE(key.empty());
        Tables::WriteSet set;
        set.erase(Space::alerts, key);
        ASSERT_TRUE((*tables)->write(set));
        ASSERT_TRUE((*tables)->flush());
    }
    const auto engine = open_engine(dir.path());
    ASSERT_NE(found(*engine), expected);
    const auto damaged = engine->verify(true);
    ASSERT_TRUE(damaged);
    ASSERT_EQ(damaged->difference_count, 1U);
    EXPECT_NE(damaged->differences.front().find("the list of alerts"), std::string::npos);
    EXPECT_EQ(found(*engine), expected);
    const auto sound = engine->verify(false);
    ASSERT_TRUE(sound);
    EXPECT_EQ(sound->differences, std::vector<std::string>{});
}

TEST(EngineFold, RefusesWhatLeavesRulesWithoutTheirZones) {
    const TemporaryDirectory dir;
    const auto engine = open_engine(dir.path());
    auto changes = rules();
    changes.back().rule.zones = {"nowhere"};
    const auto unknown = engine->change_rules(changes);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().message,
              "rule out names the zone nowhere, which is not there: import it first");
    EXPECT_EQ(engine->rules()->zones.size(), 0U);  // nothing half-applied
    changes.back().rule.zones = {"wide"};
    ASSERT_TRUE(engine->change_rules(changes));
    RuleChange gone;
    gone.kind = RuleChange::Kind::remove_zone;
    gone.name = "wide";
    const auto in_use = engine->change_rules({gone});
    ASSERT_FALSE(in_use);
    EXPECT_EQ(in_use.error().message,
              "rule out names the zone wide, which would be gone: change or remove the rule first");
}

/// One vehicle that is fast from 10 min to 20 min after kBegin, a row a minute.
std::vector<TestRecord> one_fast_drive() {
    std::vector<TestRecord> out;
    for (int minute = 0; minute < 40; ++minute) {
        TestRecord r;
        r.device = "V-1";
        r.record.ts.ms = kBegin + minute * 60'000;
        r.record.set(model::Field::speed, minute >= 10 && minute <= 20 ? 12'000 : 3'000);
        out.push_back(std::move(r));
    }
    return out;
}

std::vector<AlertRow> all_alerts(Engine& engine, bool retracted = false) {
    AlertQuery query;
    query.fleet = *engine.fleet_number("default");
    query.from = {0};
    query.to = kForEverTs;
    query.retracted = retracted;
    auto page = engine.alerts(query);
    EXPECT_TRUE(page);
    return page ? std::move(page->items) : std::vector<AlertRow>();
}

TEST(EngineFold, WhatPeopleDidStaysWhenLateDataMoveTheAlert) {  // I14
    const auto records = one_fast_drive();
    const TemporaryDirectory dir;
    auto engine = open_engine(dir.path());
    ASSERT_TRUE(engine->change_rules({put("fast", model::RuleType::overspeed, 9'000)}));
    auto without_first = records;
    const TestRecord late = without_first[10];
    without_first.erase(without_first.begin() + 10);
    feed(*engine, without_first);
    auto alerts = all_alerts(*engine);
    ASSERT_EQ(alerts.size(), 1U);
    EXPECT_FALSE(alerts[0].late);
    const model::AlertId first = alerts[0].id;
    ASSERT_TRUE(engine->act_on_alert(
        first, {AlertAction::Kind::acknowledge, 0, {0}, "ada", "looking into it"}));
    feed(*engine, {late});
    alerts = all_alerts(*engine);
    ASSERT_EQ(alerts.size(), 1U);
    EXPECT_NE(alerts[0].id, first);
    EXPECT_EQ(alerts[0].run.start_ms, kBegin + 10 * 60'000);
    EXPECT_TRUE(alerts[0].late);
    EXPECT_EQ(alerts[0].state, AlertState::acknowledged);
    ASSERT_EQ(alerts[0].actions.size(), 1U);
    EXPECT_EQ(alerts[0].actions[0].who, "ada");
    const auto both = all_alerts(*engine, true);
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(both[0].id, first);
    EXPECT_TRUE(both[0].retracted);
    const auto again = engine->act_on_alert(first, {AlertAction::Kind::resolve, 0, {0}, "bob", ""});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::not_found);
    engine.reset();  // and over a restart, from the journal and from the tables
    engine = open_engine(dir.path());
    alerts = all_alerts(*engine);
    ASSERT_EQ(alerts.size(), 1U);
    EXPECT_EQ(alerts[0].actions.size(), 1U);
    EXPECT_EQ(alerts[0].state, AlertState::acknowledged);
}

TEST(EngineFold, ActionsSurviveACrashOnce) {
    const TemporaryDirectory dir;
    const TemporaryDirectory copy;
    const auto engine = open_engine(dir.path());
    ASSERT_TRUE(engine->change_rules({put("fast", model::RuleType::overspeed, 9'000)}));
    feed(*engine, one_fast_drive());
    const auto alerts = all_alerts(*engine);
    ASSERT_EQ(alerts.size(), 1U);
    for (const auto kind :
         {AlertAction::Kind::acknowledge, AlertAction::Kind::comment, AlertAction::Kind::resolve}) {
        ASSERT_TRUE(engine->act_on_alert(alerts[0].id, {kind, 0, {0}, "ada", "note"}));
        if (kind == AlertAction::Kind::comment) {
            ASSERT_TRUE(engine->checkpoint());
        }
        dir.copy_to(copy.path());
        const auto crashed = open_engine(copy.path());
        const auto seen = all_alerts(*crashed);
        ASSERT_EQ(seen.size(), 1U);
        EXPECT_EQ(seen[0].actions.size(), all_alerts(*engine)[0].actions.size());
        EXPECT_EQ(seen[0].state, all_alerts(*engine)[0].state);
    }
}

}  // namespace
}  // namespace fleet::engine::test
