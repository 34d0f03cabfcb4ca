// SPDX-License-Identifier: Apache-2.0
// Each sentence of docs/fold.md, Rules and alerts, that is not about zones.
#include "fold/runs.hpp"

#include "fold/fold_testing.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace fleet::fold::testing {
namespace {

using model::AlertRun;

constexpr std::int64_t kT = kNoon;

/// What matters of most alerts.
struct Brief {
    std::int64_t start_s = 0;
    std::int64_t end_s = 0;  ///< −1: open
    std::int32_t peak = 0;
    bool operator==(const Brief&) const = default;
    friend std::ostream& operator<<(std::ostream& out, const Brief& b) {
        return out << b.start_s << '-' << b.end_s << " peak " << b.peak;
    }
};

std::vector<Brief> brief(const std::vector<AlertRun>& alerts) {
    std::vector<Brief> all;
    for (const AlertRun& a : alerts)
        all.push_back({(a.start_ms - kT) / kSecond, a.end_ms ? (*a.end_ms - kT) / kSecond : -1,
                       a.peak.value_or(-1)});
    return all;
}

/// A row each 10 s with these speeds.
History speeds(const std::vector<double>& kmh) {
    History h;
    for (std::size_t i = 0; i < kmh.size(); ++i)
        h.speed(kT + static_cast<std::int64_t>(i) * 10 * kSecond, kmh[i]);
    return h;
}

std::vector<Brief> alerts_of(const History& h, const Rule& rule) {
    return brief(fold_all(h, rule_set({rule})).alerts());
}

TEST(Runs, ArePlainRunsOfRowsWithoutDurationHysteresisAndCoolDown) {
    const History h = speeds({100, 110, 110.01, 120, 110, 111, 90});
    EXPECT_EQ(alerts_of(h, plain(RuleType::overspeed, 110'00)),
              (std::vector<Brief>{{20, 30, 12'000}, {50, 50, 11'100}}));
}

TEST(Runs, BelowALimitIsStrictToo) {
    History h;
    const int battery[] = {2'000, 1'999, 1'000, 1'998, 2'000, 2'500};
    for (int i = 0; i < 6; ++i) h.row(kT + i * 10 * kSecond).set(Field::battery, battery[i]);
    EXPECT_EQ(alerts_of(h, plain(RuleType::low_battery, 20'00)),
              (std::vector<Brief>{{10, 30, 1'000}}));
}

TEST(Runs, HysteresisKeepsARunGoing) {
    Rule rule = plain(RuleType::overspeed, 110'00);
    rule.hysteresis = 5'00;
    EXPECT_EQ(alerts_of(speeds({111, 105.01, 109, 105, 108}), rule),
              (std::vector<Brief>{{0, 20, 11'100}}));

    Rule battery = plain(RuleType::low_battery, 20'00);
    battery.hysteresis = 5'00;
    History h;
    const int values[] = {1'900, 2'499, 2'500, 2'100};
    for (int i = 0; i < 4; ++i) h.row(kT + i * 10 * kSecond).set(Field::battery, values[i]);
    EXPECT_EQ(alerts_of(h, battery), (std::vector<Brief>{{0, 10, 1'900}}));
}

TEST(Runs, OfShorterThanTheMinimumDurationAreNoAlerts) {
    Rule rule = plain(RuleType::overspeed, 110'00);
    rule.min_duration_ms = 20 * kSecond;
    EXPECT_EQ(alerts_of(speeds({120, 121, 100}), rule), (std::vector<Brief>{}));
    EXPECT_EQ(alerts_of(speeds({120, 121, 122, 100}), rule), (std::vector<Brief>{{0, 20, 12'200}}));
    // Open ones show as soon as they have lasted.
    EXPECT_EQ(alerts_of(speeds({120, 121}), rule), (std::vector<Brief>{}));
    EXPECT_EQ(alerts_of(speeds({120, 121, 119}), rule), (std::vector<Brief>{{0, -1, 12'100}}));
    // The row that ends a run is not of it.
    History h = speeds({120, 121});
    h.speed(kT + kHour, 20);
    EXPECT_EQ(alerts_of(h, rule), (std::vector<Brief>{}));
}

TEST(Runs, AreBarredForGoodByACoolDownThatTheyBeginIn) {
    Rule rule = plain(RuleType::overspeed, 110'00);
    rule.cool_down_ms = 60 * kSecond;
    // The alert ends at 0 s; 50 s is in the cool-down, and stays no alert beyond it.
    const History barred = speeds({120, 90, 90, 90, 90, 120, 120, 120, 90});
    EXPECT_EQ(alerts_of(barred, rule), (std::vector<Brief>{{0, 0, 12'000}}));
    // 60 s is not less than the cool-down.
    const History later = speeds({120, 90, 90, 90, 90, 90, 120, 90});
    EXPECT_EQ(alerts_of(later, rule), (std::vector<Brief>{{0, 0, 12'000}, {60, 60, 12'000}}));
    History last;  // 59.999 s is less
    last.speed(kT, 120).speed(kT + 1, 90).speed(kT + 59'999, 120).speed(kT + 60'000, 90);
    EXPECT_EQ(alerts_of(last, rule), (std::vector<Brief>{{0, 0, 12'000}}));
    // A run that was no alert has no cool-down.
    const History chain = speeds({120, 90, 90, 90, 90, 120, 90, 120, 90});
    EXPECT_EQ(alerts_of(chain, rule), (std::vector<Brief>{{0, 0, 12'000}, {70, 70, 12'000}}));
}

TEST(Runs, IgnoreRowsWithoutTheValueGapsAndMidnight) {
    History h;
    h.speed(kMidnight - kHour, 120).row(kMidnight - kMinute).set(Field::battery, 9'000);
    h.point(kMidnight, kHome).speed(kMidnight + 23 * kHour, 130);
    h.row(kMidnight + kMsPerDay + kHour).set(Field::battery, 5'000);
    const Outcome open = fold_all(h, rule_set({plain(RuleType::overspeed, 110'00)}));
    ASSERT_EQ(open.alerts().size(), 1U);
    EXPECT_FALSE(open.alerts()[0].end_ms);
    h.speed(kMidnight + 2 * kMsPerDay, 50);
    const Outcome out = fold_all(h, rule_set({plain(RuleType::overspeed, 110'00)}));
    ASSERT_EQ(out.alerts().size(), 1U);
    EXPECT_EQ(out.alerts()[0].start_ms, kMidnight - kHour);
    EXPECT_EQ(out.alerts()[0].end_ms, kMidnight + 23 * kHour);
    EXPECT_EQ(out.alerts()[0].peak, 13'000);
    EXPECT_EQ(out.days.at(Day{20'002}).alerts, out.alerts());  // where it ended
    EXPECT_TRUE(out.days.at(kDay).alerts.empty());
}

TEST(Runs, HavePositionAndLimitOfTheirFirstRowAndSeverityOfTheirPeak) {
    History h;
    h.point(kT - kHour, kHome, 0);
    h.speed(kT, 115);  // the last point is an hour old, and counts
    h.point(kT + 10 * kSecond, north(kHome, 50), 140);
    const RuleSet rules = rule_set({plain(RuleType::overspeed, 110'00)});
    AlertRun alert = fold_all(h, rules).alerts().at(0);
    EXPECT_EQ(alert.at, kHome);
    EXPECT_EQ(alert.limit, 11'000);
    EXPECT_EQ(alert.severity, Severity::medium);
    h.speed(kT + 20 * kSecond, 140.01);
    h.speed(kT + 30 * kSecond, 112);
    alert = fold_all(h, rules).alerts().at(0);
    EXPECT_EQ(alert.severity, Severity::high);
    EXPECT_EQ(alert.peak, 14'001);

    History nowhere;
    nowhere.speed(kT, 115);
    EXPECT_FALSE(fold_all(nowhere, rules).alerts().at(0).at);
    History here;
    here.point(kT, kHome, 115);
    EXPECT_EQ(fold_all(here, rules).alerts().at(0).at, kHome);
}

TEST(Runs, OfThresholdsCompareAnyMetricInEitherDirection) {
    Rule fuel = plain(RuleType::threshold, 1'000);
    fuel.metric = Field::fuel;
    fuel.above = false;
    Rule humid = plain(RuleType::threshold, 9'000);
    humid.metric = Field::humidity;
    History h;
    h.row(kT).set(Field::fuel, 999).set(Field::humidity, 9'000);
    h.row(kT + 10 * kSecond).set(Field::fuel, 1'000).set(Field::humidity, 9'001);
    const auto alerts = fold_all(h, rule_set({fuel, humid})).alerts();
    ASSERT_EQ(alerts.size(), 2U);
    EXPECT_EQ(alerts[0].rule, 1U);
    EXPECT_EQ(alerts[0].end_ms, kT);
    EXPECT_EQ(alerts[0].severity, Severity::medium);
    EXPECT_EQ(alerts[1].rule, 2U);
    EXPECT_EQ(alerts[1].peak, 9'001);
}

TEST(Runs, OfGpsJumpsCompareTheImpliedSpeedOfALeg) {
    const Rule rule = plain(RuleType::gps_jump, 300'00);
    // 83.333 m/s is 299.9988 km/h; 1 mm more in one second is 300.0024.
    for (const std::int64_t mm : {83'334, 83'335}) {
        History h;
        h.point(kT, kHome).point(kT + kSecond, exactly(kHome, mm));
        const auto alerts = fold_all(h, rule_set({rule})).alerts();
        ASSERT_EQ(alerts.size(), mm == 83'334 ? 0U : 1U) << mm;  // 30000.24 rounds to the limit
        if (alerts.empty()) continue;
        EXPECT_EQ(alerts[0].peak, 30'001);  // 30000.6, half up
        EXPECT_EQ(alerts[0].severity, Severity::low);
        EXPECT_EQ(alerts[0].start_ms, kT + kSecond);
    }
    // A leg over midnight is none; a row without leg does not end a run.
    History h;
    h.point(kMidnight - kSecond, kHome).point(kMidnight, north(kHome, 5'000));
    EXPECT_TRUE(fold_all(h, rule_set({rule})).alerts().empty());
    h.point(kMidnight + kSecond, kHome).speed(kMidnight + 2 * kSecond, 0);
    h.point(kMidnight + kMsPerDay, kHome);
    EXPECT_FALSE(fold_all(h, rule_set({rule})).alerts().at(0).end_ms);
    h.point(kMidnight + kMsPerDay + kSecond, kHome);
    EXPECT_EQ(fold_all(h, rule_set({rule})).alerts().at(0).end_ms, kMidnight + kSecond);
}

TEST(Runs, OfGpsJumpsHaveAPeakThatFits) {
    History h;
    h.point(kT, {0, 0}).point(kT + 1, {0, 180'000'000});
    const auto alerts = fold_all(h, rule_set({plain(RuleType::gps_jump, 300'00)})).alerts();
    EXPECT_EQ(alerts.at(0).peak, 2'147'483'647);
}

TEST(Runs, OfDeviceAlarmsEndWhenTheTextChangesOrIsAbsent) {
    const Rule rule = plain(RuleType::device_alarm, 0);
    History h;
    h.row(kT).alarm("sos").row(kT + 10 * kSecond).alarm("sos");
    h.row(kT + 20 * kSecond).alarm("tow").row(kT + 30 * kSecond);
    h.row(kT + 40 * kSecond).alarm("tow");
    const auto alerts = fold_all(h, rule_set({rule})).alerts();
    EXPECT_EQ(brief(alerts), (std::vector<Brief>{{0, 10, -1}, {20, 20, -1}, {40, -1, -1}}));
    EXPECT_EQ(alerts[0].alarm, "sos");
    EXPECT_EQ(alerts[1].alarm, "tow");
    EXPECT_EQ(alerts[0].severity, Severity::high);
    EXPECT_FALSE(alerts[0].limit);
    EXPECT_FALSE(alerts[0].peak);
    // The default cool-down bars the second text too: it is the same rule.
    const auto built_in = fold_all(h, rule_set({model::default_rule(RuleType::device_alarm)}));
    EXPECT_EQ(brief(built_in.alerts()), (std::vector<Brief>{{0, 10, -1}}));
}

TEST(Rules, BuiltInDefaultsHoldTogether) {
    History h;
    for (int i = 0; i <= 7; ++i)
        h.row(kT + i * 10 * kSecond)
            .set(Field::speed, 12'000)
            .set(Field::battery, 900)
            .set(Field::temp, i < 7 ? 4'600 : 2'000);
    const auto alerts = fold_all(h, rule_set(model::built_in_rules())).alerts();
    ASSERT_EQ(alerts.size(), 3U);  // by rule: overspeed, low-battery, temp-high
    EXPECT_EQ(brief(alerts), (std::vector<Brief>{{0, -1, 12'000}, {0, -1, 900}, {0, 60, 4'600}}));
    EXPECT_EQ(alerts[1].severity, Severity::high);
    EXPECT_EQ(alerts[2].severity, Severity::medium);
}

TEST(Rules, TwoOfOneMetricRunOnTheirOwn) {
    std::vector<Rule> rules;
    for (const std::int32_t limit : {130'00, 90'00, 110'00})
        rules.push_back(plain(RuleType::overspeed, limit));
    const auto alerts = fold_all(speeds({100, 120, 140, 100, 80}), rule_set(rules)).alerts();
    EXPECT_EQ(brief(alerts),
              (std::vector<Brief>{{0, 30, 14'000}, {10, 20, 14'000}, {20, 20, 14'000}}));
    EXPECT_EQ(alerts[0].rule, 2U);
    EXPECT_EQ(alerts[1].rule, 3U);
    EXPECT_EQ(alerts[2].rule, 1U);
}

TEST(Rules, HoursOfTheWeekEndRunsAndKeepThemFromBeginning) {
    Rule rule = plain(RuleType::overspeed, 110'00);
    rule.hours.emplace();
    rule.hours->time_zone = "UTC";
    const std::size_t friday = 4 * 24 * 60;
    for (std::size_t m = 12 * 60 + 1; m < 12 * 60 + 2; ++m) rule.hours->minutes.set(friday + m);
    // Rows from 12:00:00 each 10 s; the rule is awake from 60 s up to 120 s.
    std::vector<double> kmh(18, 120);
    EXPECT_EQ(alerts_of(speeds(kmh), rule), (std::vector<Brief>{{60, 110, 12'000}}));
    // A row outside that does not carry the value says nothing.
    History h = speeds(std::vector<double>(12, 120));
    h.row(kT + 121 * kSecond).set(Field::battery, 100);
    EXPECT_EQ(alerts_of(h, rule), (std::vector<Brief>{{60, -1, 12'000}}));
}

TEST(Rules, HoursFollowTheClocksOfTheirZone) {
    // Awake 02:30–03:30 on Sundays in Paris; on 2024-10-27 the clocks go from 03:00 back to 02:00
    // at 01:00 UTC.
    Rule rule = plain(RuleType::overspeed, 110'00);
    rule.hours.emplace();
    rule.hours->time_zone = "Europe/Paris";
    const auto minute = [](const char* time) {
        return static_cast<std::int32_t>(parse_rfc3339(time).value().ms / kMsPerMinute);
    };
    rule.hours->offsets = {
        {0, 60}, {minute("2024-03-31T01:00:00Z"), 120}, {minute("2024-10-27T01:00:00Z"), 60}};
    for (std::size_t m = 2 * 60 + 30; m < 3 * 60 + 30; ++m)
        rule.hours->minutes.set(6 * 24 * 60 + m);
    const std::int64_t begin = parse_rfc3339("2024-10-27T00:00:00Z").value().ms;
    History h;
    for (int i = 0; i < 240; ++i) h.speed(begin + i * kMinute, 120);
    const auto alerts = fold_all(h, rule_set({rule})).alerts();
    ASSERT_EQ(alerts.size(), 2U);
    EXPECT_EQ(alerts[0].start_ms, begin + 30 * kMinute);  // 02:30 CEST
    EXPECT_EQ(alerts[0].end_ms, begin + 59 * kMinute);    // 02:59, then 02:00 once more
    EXPECT_EQ(alerts[1].start_ms, begin + 90 * kMinute);  // 02:30 CET
    EXPECT_EQ(alerts[1].end_ms, begin + 149 * kMinute);
}

TEST(Rules, ScopeByFleetIsThatOfTheDay) {
    Rule rule = plain(RuleType::overspeed, 110'00);
    rule.fleets = {"north"};
    History h;
    h.speed(kMidnight - kMinute, 120);
    h.row(kMidnight + kMinute).set(Field::battery, 5'000);  // finds that the rule is out of scope
    h.speed(kMidnight + 2 * kMinute, 130);
    h.speed(kMidnight + kMsPerDay, 140);
    const Outcome out = fold_all(
        h, rule_set({rule}), [](Day day) { return std::string(day == kDay ? "south" : "north"); });
    const auto alerts = out.alerts();
    ASSERT_EQ(alerts.size(), 2U);
    EXPECT_EQ(alerts[0].end_ms, kMidnight - kMinute);
    EXPECT_EQ(alerts[0].peak, 12'000);
    EXPECT_EQ(out.days.at(kDay).alerts, (std::vector{alerts[0]}));
    EXPECT_EQ(alerts[1].start_ms, kMidnight + kMsPerDay);
}

TEST(Rules, ScopeByDeviceAndFleetNeedsBoth) {
    const auto count = [](std::vector<std::string> fleets, std::vector<std::string> devices) {
        Rule rule = plain(RuleType::overspeed, 110'00);
        rule.fleets = std::move(fleets);
        rule.devices = std::move(devices);
        return alerts_of(speeds({120}), rule).size();  // V-1 of fleet north
    };
    EXPECT_EQ(count({}, {}), 1U);
    EXPECT_EQ(count({}, {"V-0", "V-1"}), 1U);
    EXPECT_EQ(count({}, {"V-0"}), 0U);
    EXPECT_EQ(count({"north"}, {"V-1"}), 1U);
    EXPECT_EQ(count({"north"}, {"V-0"}), 0U);
    EXPECT_EQ(count({"south"}, {"V-1"}), 0U);
}

RuleSet changed(const Rule& before, const Rule& after, std::int64_t moment) {
    return RuleSet({version(1, before, kAlways, moment), version(1, after, moment)}, {});
}

TEST(Validity, AnOpenRunGoesOnUnderTheNewValues) {
    Rule before = plain(RuleType::overspeed, 110'00);
    Rule after = before;
    after.limit = 90'00;
    const std::int64_t moment = kT + 20 * kSecond;
    auto alerts =
        fold_all(speeds({120, 115, 95, 100, 90}), changed(before, after, moment)).alerts();
    EXPECT_EQ(brief(alerts), (std::vector<Brief>{{0, 30, 12'000}}));
    EXPECT_EQ(alerts[0].limit, 11'000);

    after.limit = 118'00;
    alerts = fold_all(speeds({120, 115, 117, 125}), changed(before, after, moment)).alerts();
    EXPECT_EQ(brief(alerts), (std::vector<Brief>{{0, 10, 12'000}, {30, -1, 12'500}}));
    EXPECT_EQ(alerts[1].limit, 11'800);
}

TEST(Validity, DurationAndSeverityAreThoseOfTheRunsRows) {
    Rule before = plain(RuleType::overspeed, 110'00);
    before.min_duration_ms = kHour;
    Rule after = before;
    after.min_duration_ms = 30 * kSecond;
    after.severity = Severity::low;
    const RuleSet rules = changed(before, after, kT + 20 * kSecond);
    EXPECT_TRUE(alerts_of(speeds({120, 120}), before).empty());
    EXPECT_TRUE(fold_all(speeds({120, 120, 120}), rules).alerts().empty());
    const auto alerts = fold_all(speeds({120, 120, 120, 150}), rules).alerts();
    ASSERT_EQ(alerts.size(), 1U);
    EXPECT_EQ(alerts[0].severity, Severity::low);
    // What is an alert stays one, and keeps the severity of its last row.
    const RuleSet back = changed(plain(RuleType::overspeed, 110'00), before, kT + 20 * kSecond);
    EXPECT_EQ(brief(fold_all(speeds({120, 120, 120}), back).alerts()),
              (std::vector<Brief>{{0, -1, 12'000}}));
    History ended = speeds({120, 120, 20});
    EXPECT_EQ(fold_all(ended, changed(plain(RuleType::overspeed, 110'00), after, kT + 20 * kSecond))
                  .alerts()
                  .at(0)
                  .severity,
              Severity::medium);
}

TEST(Validity, ARemovedRuleEndsItsRunAtItsLastRow) {
    const RuleSet rules(
        {version(1, plain(RuleType::overspeed, 110'00), kAlways, kT + 15 * kSecond)}, {});
    EXPECT_EQ(brief(fold_all(speeds({120, 120}), rules).alerts()),
              (std::vector<Brief>{{0, -1, 12'000}}));  // no row has found it
    EXPECT_EQ(brief(fold_all(speeds({120, 120, 130}), rules).alerts()),
              (std::vector<Brief>{{0, 10, 12'000}}));
    History h = speeds({120, 120});
    h.row(kT + 20 * kSecond).set(Field::battery, 1);
    EXPECT_EQ(brief(fold_all(h, rules).alerts()), (std::vector<Brief>{{0, 10, 12'000}}));
}

TEST(Validity, IsFromTheMomentOnUpToTheMomentBefore) {
    const RuleSet rules(
        {version(1, plain(RuleType::overspeed, 110'00), kT + 10 * kSecond, kT + 30 * kSecond)}, {});
    EXPECT_EQ(brief(fold_all(speeds({120, 120, 120, 120, 120}), rules).alerts()),
              (std::vector<Brief>{{10, 20, 12'000}}));
}

TEST(Validity, ARuleThatComparesSomethingElseIsANewOne) {
    const Rule before = plain(RuleType::overspeed, 110'00);
    const Rule after = plain(RuleType::low_battery, 20'00);
    History h = speeds({120, 120});
    h.row(kT + 20 * kSecond).set(Field::speed, 12'000).set(Field::battery, 1'500);
    const auto alerts = fold_all(h, changed(before, after, kT + 15 * kSecond)).alerts();
    EXPECT_EQ(brief(alerts), (std::vector<Brief>{{0, 10, 12'000}, {20, -1, 1'500}}));
}

TEST(Validity, TheLengthOfACoolDownIsThatOfTheAlertsLastRow) {
    Rule before = plain(RuleType::overspeed, 110'00);
    before.cool_down_ms = 60 * kSecond;
    Rule after = before;
    after.cool_down_ms = 0;
    // Changed at 10 s, when the alert has ended, yet its cool-down runs on; also without the rule.
    const History h = speeds({120, 90, 120, 90, 90, 90, 90, 120});
    EXPECT_EQ(brief(fold_all(h, changed(before, after, kT + 10 * kSecond)).alerts()),
              (std::vector<Brief>{{0, 0, 12'000}, {70, -1, 12'000}}));
    const RuleSet gap(
        {version(1, before, kAlways, kT + 5 * kSecond), version(1, before, kT + 15 * kSecond)}, {});
    EXPECT_EQ(brief(fold_all(h, gap).alerts()),
              (std::vector<Brief>{{0, 0, 12'000}, {70, -1, 12'000}}));
}

TEST(Rules, ManyThatBeginTogetherStayInOrder) {
    std::vector<RuleVersion> versions;
    for (std::uint32_t i = 0; i < 200; ++i)
        versions.push_back(version(1 + (i * 37) % 200,
                                   plain(RuleType::overspeed, static_cast<std::int32_t>(i * 100))));
    const RuleSet rules(std::move(versions), {});
    const Outcome out = fold_all(speeds({50, 100.5, 150.5, 20.5}), rules);
    EXPECT_EQ(out.alerts().size(), 151U);
    EXPECT_TRUE(
        std::is_sorted(out.state.runs.begin(), out.state.runs.end(),
                       [](const fold::Run& a, const fold::Run& b) { return a.rule < b.rule; }));
    EXPECT_EQ(out.state.runs.size(), 21U);
}

}  // namespace
}  // namespace fleet::fold::testing
