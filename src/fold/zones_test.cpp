// SPDX-License-Identifier: Apache-2.0
// Each sentence of docs/fold.md, Zones, that is about crossings.
#include "fold/zones.hpp"

#include "fold/fold_testing.hpp"

#include <gtest/gtest.h>

#include <random>

namespace fleet::fold::testing {
namespace {

using model::AlertRun;

/// 1 km about home; north of it lies what is outside.
model::Circle circle(std::int64_t radius_m = 1'000) { return {kHome, radius_m * 1'000}; }
const GeoPoint kInside = north(kHome, 500);
const GeoPoint kOutside = north(kHome, 2'000);

Rule enter() { return model::default_rule(RuleType::zone_enter); }
Rule leave() { return model::default_rule(RuleType::zone_exit); }

/// Points each minute from noon on.
History path(const std::vector<GeoPoint>& places) {
    History h;
    for (std::size_t i = 0; i < places.size(); ++i)
        h.point(kNoon + static_cast<std::int64_t>(i) * kMinute, places[i]);
    return h;
}

/// "rule minute" of each alert, by time.
std::string crossings(const Outcome& out) {
    std::string text;
    for (const AlertRun& a : out.alerts()) {
        EXPECT_EQ(a.end_ms, a.start_ms);
        text += std::to_string(a.rule) + "@" + std::to_string((a.start_ms - kNoon) / kMinute) + " ";
    }
    return text;
}

TEST(Zones, TheFirstPointSetsTheSideSilently) {
    const RuleSet rules = rule_set({enter(), leave()}, {zone(1, circle())});
    EXPECT_EQ(crossings(fold_all(path({kInside}), rules)), "");
    EXPECT_EQ(crossings(fold_all(path({kInside, kOutside}), rules)), "2@1 ");
    EXPECT_EQ(crossings(fold_all(path({kOutside, kOutside}), rules)), "");
    EXPECT_EQ(crossings(fold_all(path({kOutside, kInside}), rules)), "1@1 ");
    EXPECT_EQ(crossings(fold_all(path({kOutside, kInside, kInside, kOutside, kInside}), rules)),
              "1@1 2@3 1@4 ");
}

TEST(Zones, ACrossingIsAnAlertOfItsFirstPoint) {
    const RuleSet rules = rule_set({enter()}, {zone(7, circle())});
    const AlertRun alert = fold_all(path({kOutside, kInside}), rules).alerts().at(0);
    EXPECT_EQ(alert.zone, 7U);
    EXPECT_EQ(alert.start_ms, kNoon + kMinute);
    EXPECT_EQ(alert.end_ms, alert.start_ms);
    EXPECT_EQ(alert.at, kInside);
    EXPECT_EQ(alert.severity, Severity::low);
    EXPECT_FALSE(alert.peak);
    EXPECT_FALSE(alert.limit);
}

TEST(Zones, TheEdgeIsInside) {
    const model::Polygons square{{{{kHome.lat, kHome.lon},
                                   {kHome.lat, kHome.lon + 9'000},
                                   {kHome.lat + 9'000, kHome.lon + 9'000},
                                   {kHome.lat + 9'000, kHome.lon}}}};
    const RuleSet rules = rule_set({enter(), leave()}, {zone(1, square)});
    const GeoPoint edge{kHome.lat + 9'000, kHome.lon + 1};
    const GeoPoint beyond{kHome.lat + 9'001, kHome.lon + 1};
    EXPECT_EQ(crossings(fold_all(path({kOutside, edge, beyond, edge}), rules)), "1@1 2@2 1@3 ");
}

TEST(Zones, ConfirmTimeIsReachedByConsecutivePointsOnTheOtherSide) {
    Rule rule = enter();
    rule.min_duration_ms = 2 * kMinute;
    ZoneVersion z = zone(1, circle());
    const auto fold = [&](const std::vector<GeoPoint>& places) {
        return crossings(fold_all(path(places), rule_set({rule}, {z})));
    };
    EXPECT_EQ(fold({kOutside, kInside, kInside}), "");
    EXPECT_EQ(fold({kOutside, kInside, kInside, kInside}), "1@1 ");  // exactly 2 min
    EXPECT_EQ(fold({kOutside, kInside, kInside, kOutside, kInside, kInside, kInside}), "1@4 ");
    z.zone.confirm_ms = 3 * kMinute;  // the larger one
    EXPECT_EQ(fold({kOutside, kInside, kInside, kInside}), "");
    EXPECT_EQ(fold({kOutside, kInside, kInside, kInside, kInside}), "1@1 ");
    z.zone.confirm_ms = kMinute;
    EXPECT_EQ(fold({kOutside, kInside, kInside}), "");
}

TEST(Zones, ConfirmedCrossingsCountFromTheirFirstPointAlsoOverMidnight) {
    Rule rule = enter();
    rule.min_duration_ms = 10 * kMinute;
    History h;
    h.point(kMidnight - 20 * kMinute, kOutside).point(kMidnight - 5 * kMinute, kInside);
    h.point(kMidnight + 5 * kMinute, north(kHome, 600));
    const Outcome out = fold_all(h, rule_set({rule}, {zone(1, circle())}));
    ASSERT_EQ(out.days.at(kDay).alerts.size(), 1U);
    EXPECT_EQ(out.days.at(kDay).alerts[0].start_ms, kMidnight - 5 * kMinute);
    EXPECT_EQ(out.days.at(kDay).alerts[0].at, kInside);
}

TEST(Zones, AnExitBeginsBeyondTheMargin) {
    const GeoPoint near = north(kHome, 1'040);
    const GeoPoint far = north(kHome, 1'060);
    Rule rule = leave();
    ZoneVersion z = zone(1, circle());
    const auto fold = [&](const std::vector<GeoPoint>& places) {
        return crossings(fold_all(path(places), rule_set({rule, enter()}, {z})));
    };
    EXPECT_EQ(fold({kInside, near}), "1@1 ");
    z.zone.exit_margin_mm = 50'000;
    EXPECT_EQ(fold({kInside, near, near}), "");
    EXPECT_EQ(fold({kInside, near, far}), "1@2 ");
    // It is inside until then, so coming back is no entry; nor does a margin hold for an entry.
    EXPECT_EQ(fold({kInside, near, kInside}), "");
    EXPECT_EQ(fold({kInside, far, near, kInside}), "1@1 2@3 ");
    rule.hysteresis = 70'000;  // the larger one
    EXPECT_EQ(fold({kInside, far}), "");
    rule.hysteresis = 30'000;
    EXPECT_EQ(fold({kInside, north(kHome, 1'040), far}), "1@2 ");
}

TEST(Zones, AMarginBreaksTheSeriesOfAnExit) {
    Rule rule = leave();
    rule.hysteresis = 50'000;
    rule.min_duration_ms = 2 * kMinute;
    const GeoPoint near = north(kHome, 1'040);
    EXPECT_EQ(crossings(fold_all(path({kInside, kOutside, near, kOutside, kOutside, kOutside}),
                                 rule_set({rule}, {zone(1, circle())}))),
              "1@3 ");
}

TEST(Zones, NoiseAtTheEdgeMakesAtMostOneAlert) {
    std::mt19937_64 random(7);
    std::normal_distribution<double> noise(0, 8);
    History h;
    h.point(kNoon - kMinute, kOutside);
    for (int i = 0; i < 600; ++i)  // ten minutes at the edge
        h.point(kNoon + i * kSecond, north(kHome, 1'000 + noise(random)));
    Rule in = enter();
    Rule out = leave();
    EXPECT_GT(fold_all(h, rule_set({in, out}, {zone(1, circle())})).alerts().size(), 100U);
    ZoneVersion z = zone(1, circle());
    z.zone.confirm_ms = 2 * kSecond;
    z.zone.exit_margin_mm = 50'000;
    EXPECT_EQ(fold_all(h, rule_set({in, out}, {z})).alerts().size(), 1U);
}

TEST(Zones, RulesWatchTheZonesThatTheyName) {
    Rule rule = enter();
    rule.zones = {"z2", "no-such-zone"};
    const GeoPoint second = north(kHome, 10'000);
    const RuleSet rules =
        rule_set({rule}, {zone(1, circle()), zone(2, model::Circle{second, 500'000})});
    const auto alerts = fold_all(path({kOutside, kInside, second, kInside}), rules).alerts();
    ASSERT_EQ(alerts.size(), 1U);
    EXPECT_EQ(alerts[0].zone, 2U);
}

TEST(Zones, ThatOverlapAreCrossedEach) {
    const RuleSet rules =
        rule_set({enter()}, {zone(1, circle()), zone(2, circle(900)), zone(3, circle(400))});
    const auto alerts = fold_all(path({kOutside, kInside, kHome}), rules).alerts();
    ASSERT_EQ(alerts.size(), 3U);
    EXPECT_EQ(alerts[0].zone, 1U);
    EXPECT_EQ(alerts[1].zone, 2U);
    EXPECT_EQ(alerts[2].zone, 3U);
}

TEST(Zones, RowsWithoutPositionSayNothing) {
    Rule rule = enter();
    rule.min_duration_ms = 2 * kMinute;
    History h = path({kOutside, kInside});
    h.speed(kNoon + 10 * kMinute, 0);
    EXPECT_EQ(crossings(fold_all(h, rule_set({rule}, {zone(1, circle())}))), "");
    h.point(kNoon + 11 * kMinute, kInside);
    EXPECT_EQ(crossings(fold_all(h, rule_set({rule}, {zone(1, circle())}))), "1@1 ");
}

TEST(Zones, CoolDownsAreByZone) {
    Rule rule = enter();
    rule.cool_down_ms = 3 * kMinute;
    const GeoPoint second = north(kHome, 10'000);
    const RuleSet rules =
        rule_set({rule}, {zone(1, circle()), zone(2, model::Circle{second, 500'000})});
    // In at 1, out, in at 3 (2 min later: barred), zone 2 at 4, out, zone 1 at 6.
    EXPECT_EQ(crossings(fold_all(
                  path({kOutside, kInside, kOutside, kInside, second, kOutside, kInside}), rules)),
              "1@1 1@4 1@6 ");
    // 3 min later is not less.
    EXPECT_EQ(crossings(fold_all(path({kOutside, kInside, kOutside, kOutside, kInside}), rules)),
              "1@1 1@4 ");
}

TEST(Zones, HoursJudgeTheFirstPointAndTheSideGoesOn) {
    Rule rule = enter();
    rule.hours.emplace();
    rule.hours->time_zone = "UTC";
    rule.hours->minutes.set(4 * 24 * 60 + 12 * 60 + 3);  // Friday 12:03
    const RuleSet rules = rule_set({rule}, {zone(1, circle())});
    EXPECT_EQ(crossings(fold_all(path({kOutside, kInside, kInside, kInside}), rules)), "");
    EXPECT_EQ(crossings(fold_all(path({kOutside, kInside, kOutside, kInside}), rules)), "1@3 ");
    // p₀ counts, not the point that confirms it.
    rule.min_duration_ms = kMinute;
    const RuleSet slow = rule_set({rule}, {zone(1, circle())});
    EXPECT_EQ(crossings(fold_all(path({kOutside, kOutside, kInside, kInside}), slow)), "");
    EXPECT_EQ(crossings(fold_all(path({kOutside, kOutside, kOutside, kInside, kInside}), slow)),
              "1@3 ");
}

TEST(Zones, AnUnmovedPointConfirmsWhatIsPending) {
    Rule rule = leave();
    rule.min_duration_ms = 3 * kMinute;
    EXPECT_EQ(crossings(fold_all(path({kInside, kOutside, kOutside, kOutside, kOutside, kOutside}),
                                 rule_set({rule}, {zone(1, circle())}))),
              "1@1 ");
}

TEST(ZoneValidity, AZoneThatBecomesValidSetsItsSideSilently) {
    const std::int64_t moment = kNoon + 90 * kSecond;
    const RuleSet rules = rule_set({enter(), leave()}, {zone(1, circle(), moment)});
    EXPECT_EQ(crossings(fold_all(path({kOutside, kInside, kInside, kOutside}), rules)), "2@3 ");
    EXPECT_EQ(crossings(fold_all(path({kOutside, kOutside, kOutside, kInside}), rules)), "1@3 ");
}

TEST(ZoneValidity, ARemovedZoneForgetsItsSide) {
    const RuleSet rules =
        rule_set({enter(), leave()}, {zone(1, circle(), kAlways, kNoon + 90 * kSecond),
                                      zone(1, circle(), kNoon + 150 * kSecond)});
    // Point 2 finds it removed; point 3 sets the side anew.
    EXPECT_EQ(crossings(fold_all(path({kInside, kInside, kOutside, kOutside, kInside}), rules)),
              "1@4 ");
    EXPECT_EQ(crossings(fold_all(path({kOutside, kOutside, kInside, kInside}), rules)), "");
}

TEST(ZoneValidity, ANewShapeKeepsTheSide) {
    const std::int64_t moment = kNoon + 90 * kSecond;
    const RuleSet rules = rule_set(
        {enter(), leave()}, {zone(1, circle(), kAlways, moment), zone(1, circle(300), moment)});
    // Inside the old one, outside the new one, without moving.
    EXPECT_EQ(crossings(fold_all(path({kInside, kInside, kInside}), rules)), "2@2 ");
}

TEST(ZoneValidity, ARuleThatStopsAndStartsSetsTheSideAnew) {
    const auto rules = [](const Rule& rule) {
        return RuleSet({version(1, rule, kAlways, kNoon + 90 * kSecond),
                        version(1, rule, kNoon + 150 * kSecond)},
                       {zone(1, circle())});
    };
    EXPECT_EQ(crossings(fold_all(path({kOutside, kOutside, kInside, kInside}), rules(enter()))),
              "");
    EXPECT_EQ(crossings(fold_all(path({kOutside, kOutside, kOutside, kInside}), rules(enter()))),
              "");
    EXPECT_EQ(
        crossings(fold_all(path({kInside, kInside, kInside, kInside, kOutside}), rules(leave()))),
        "1@4 ");
}

TEST(ZoneValidity, AZoneThatLeavesTheRuleIsForgotten) {
    Rule all = leave();
    Rule other = leave();
    other.zones = {"z2"};
    const RuleSet rules({version(1, all, kAlways, kNoon + 90 * kSecond),
                         version(1, other, kNoon + 90 * kSecond, kNoon + 150 * kSecond),
                         version(1, all, kNoon + 150 * kSecond)},
                        {zone(1, circle()), zone(2, circle())});
    const auto alerts =
        fold_all(path({kInside, kInside, kInside, kOutside, kOutside}), rules).alerts();
    ASSERT_EQ(alerts.size(), 1U);  // zone 1 was outside when the rule came back to it
    EXPECT_EQ(alerts[0].zone, 2U);
    EXPECT_EQ(alerts[0].start_ms, kNoon + 3 * kMinute);
}

TEST(ZoneValidity, ADayOutOfScopeForgetsTheSides) {
    Rule rule = enter();
    rule.fleets = {"north"};
    History h;
    h.point(kMidnight - kHour, kOutside).point(kMidnight + kHour, kOutside);
    h.point(kMidnight + 25 * kHour, kInside).point(kMidnight + 26 * kHour, kOutside);
    h.point(kMidnight + 27 * kHour, kInside);
    const auto alerts = fold_all(h, rule_set({rule}, {zone(1, circle())}), [](Day day) {
                            return std::string(day == kDay ? "south" : "north");
                        }).alerts();
    ASSERT_EQ(alerts.size(), 1U);
    EXPECT_EQ(alerts[0].start_ms, kMidnight + 27 * kHour);
}

TEST(ZoneValidity, APendingCrossingIsJudgedByTheRuleThatConfirmsIt) {
    Rule before = enter();
    before.min_duration_ms = kHour;
    Rule after = enter();
    after.min_duration_ms = 2 * kMinute;
    after.severity = Severity::high;
    const RuleSet rules({version(1, before, kAlways, kNoon + 150 * kSecond),
                         version(1, after, kNoon + 150 * kSecond)},
                        {zone(1, circle())});
    const auto alerts = fold_all(path({kOutside, kInside, kInside, kInside}), rules).alerts();
    ASSERT_EQ(alerts.size(), 1U);
    EXPECT_EQ(alerts[0].start_ms, kNoon + kMinute);
    EXPECT_EQ(alerts[0].severity, Severity::high);
}

}  // namespace
}  // namespace fleet::fold::testing
