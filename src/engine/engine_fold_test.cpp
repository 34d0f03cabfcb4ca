// SPDX-License-Identifier: Apache-2.0
// Trips, stops and alerts of the engine: the same whatever the order of arrival (I5), and what
// people did to them stays (I14).
#include "engine/engine_fold_testing.hpp"
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
