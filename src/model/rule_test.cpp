// SPDX-License-Identifier: Apache-2.0
#include "model/rule.hpp"

#include "model/alert.hpp"
#include "model/trip.hpp"

#include <gtest/gtest.h>

#include <set>

namespace fleet::model {
namespace {

TEST(Rule, NamesOfTypesAndSeveritiesReadBack) {
    for (std::size_t i = 0; i < kRuleTypeCount; ++i) {
        const auto type = static_cast<RuleType>(i);
        EXPECT_EQ(rule_type_of(name_of(type)), type);
    }
    EXPECT_EQ(name_of(RuleType::low_battery), "LOW_BATTERY");
    EXPECT_EQ(name_of(RuleType::threshold), "THRESHOLD");
    for (const Severity s : {Severity::low, Severity::medium, Severity::high})
        EXPECT_EQ(severity_of(name_of(s)), s);
    EXPECT_EQ(name_of(Severity::high), "HIGH");
    EXPECT_FALSE(rule_type_of("overspeed"));
    EXPECT_FALSE(rule_type_of(""));
    EXPECT_FALSE(severity_of("CRITICAL"));
}

TEST(Rule, NamesOfReasonsAreThoseOfTheDefinitions) {
    EXPECT_EQ(name_of(TripStart::distance), "distance");
    EXPECT_EQ(name_of(TripStart::speed), "speed");
    EXPECT_EQ(name_of(TripStart::midnight), "midnight");
    EXPECT_EQ(name_of(TripEnd::open), "open");
    EXPECT_EQ(name_of(TripEnd::stop), "stop");
    EXPECT_EQ(name_of(TripEnd::silence), "silence");
    EXPECT_EQ(name_of(TripEnd::midnight), "midnight");
}

TEST(Rule, BuiltInsAreOneOfEachTypeButThreshold) {
    const std::vector<Rule> rules = built_in_rules();
    ASSERT_EQ(rules.size(), 9U);
    std::set<RuleType> types;
    for (const Rule& rule : rules) {
        EXPECT_TRUE(rule.built_in);
        types.insert(rule.type);
        EXPECT_TRUE(rule.fleets.empty() && rule.devices.empty() && !rule.hours && !rule.severity);
    }
    EXPECT_EQ(types.size(), 9U);
    EXPECT_FALSE(types.contains(RuleType::threshold));
    EXPECT_EQ(rules[0].name, "overspeed");
    EXPECT_EQ(rules[1].name, "low-battery");
    EXPECT_EQ(rules[7].name, "zone-exit");
    EXPECT_EQ(rules[8].name, "offline");
}

TEST(Rule, DefaultsAreThoseOfTheTable) {
    struct Row {
        RuleType type;
        Field metric;
        bool above;
        std::int32_t limit;
        std::int64_t min_duration_ms;
        std::int32_t hysteresis;
        std::int64_t cool_down_ms;
    };
    const Row rows[] = {
        {RuleType::overspeed, Field::speed, true, 11'000, 10'000, 500, 60'000},
        {RuleType::low_battery, Field::battery, false, 2'000, 0, 500, 0},
        {RuleType::temp_high, Field::temp, true, 4'000, 60'000, 100, 0},
        {RuleType::temp_low, Field::temp, false, -1'000, 60'000, 100, 0},
        {RuleType::gps_jump, Field::speed, true, 30'000, 0, 0, 60'000},
        {RuleType::device_alarm, Field::speed, true, 0, 0, 0, 60'000},
        {RuleType::zone_enter, Field::speed, true, 0, 0, 0, 0},
        {RuleType::zone_exit, Field::speed, true, 0, 0, 0, 0},
        {RuleType::threshold, Field::speed, true, 0, 0, 0, 0},
        {RuleType::offline, Field::speed, true, 1'800, 0, 0, 0},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(name_of(row.type));
        const Rule rule = default_rule(row.type);
        EXPECT_EQ(rule.type, row.type);
        EXPECT_EQ(rule.metric, row.metric);
        EXPECT_EQ(rule.above, row.above);
        EXPECT_EQ(rule.limit, row.limit);
        EXPECT_EQ(rule.min_duration_ms, row.min_duration_ms);
        EXPECT_EQ(rule.hysteresis, row.hysteresis);
        EXPECT_EQ(rule.cool_down_ms, row.cool_down_ms);
        EXPECT_TRUE(rule.name.empty());
    }
}

TEST(Rule, SeverityIsHighBeyondTheStatedPeak) {
    const auto of = [](RuleType type, std::int32_t limit, std::int32_t peak) {
        return grade(default_rule(type), limit, peak);
    };
    EXPECT_EQ(of(RuleType::overspeed, 11'000, 14'000), Severity::medium);
    EXPECT_EQ(of(RuleType::overspeed, 11'000, 14'001), Severity::high);
    EXPECT_EQ(of(RuleType::low_battery, 2'000, 1'000), Severity::medium);
    EXPECT_EQ(of(RuleType::low_battery, 2'000, 999), Severity::high);
    EXPECT_EQ(of(RuleType::low_battery, 2'001, 1'000), Severity::high);  // half is 10.005 %
    EXPECT_EQ(of(RuleType::temp_high, 4'000, 5'000), Severity::medium);
    EXPECT_EQ(of(RuleType::temp_high, 4'000, 5'001), Severity::high);
    EXPECT_EQ(of(RuleType::temp_low, -1'000, -2'000), Severity::medium);
    EXPECT_EQ(of(RuleType::temp_low, -1'000, -2'001), Severity::high);
    EXPECT_EQ(of(RuleType::gps_jump, 30'000, 90'000), Severity::low);
    EXPECT_EQ(of(RuleType::device_alarm, 0, 0), Severity::high);
    EXPECT_EQ(of(RuleType::zone_enter, 0, 0), Severity::low);
    EXPECT_EQ(of(RuleType::zone_exit, 0, 0), Severity::low);
    EXPECT_EQ(of(RuleType::threshold, 0, 100), Severity::medium);
    EXPECT_EQ(of(RuleType::overspeed, 2'147'483'647, 2'147'483'647), Severity::medium);
}

TEST(Rule, ItsOwnSeverityReplacesTheGrading) {
    Rule rule = default_rule(RuleType::overspeed);
    rule.severity = Severity::low;
    EXPECT_EQ(grade(rule, 11'000, 20'000), Severity::low);
}

TEST(Alert, IdIsFnvOfTheDefinition) {
    // Computed by another program.
    EXPECT_EQ(alert_id("overspeed", "V-1", "", 1'700'000'000'000).text(),
              "33fccbf9e2c73aa8927d1f45235a4a06");
    EXPECT_EQ(alert_id("zone-enter", "V-1", "75", 0).text(), "ed5289a33044e382ff518a61c8b6cef4");
}

TEST(Alert, IdTellsRuleDeviceZoneAndStartApart) {
    const AlertId id = alert_id("r", "d", "z", 1);
    EXPECT_EQ(id, alert_id("r", "d", "z", 1));
    EXPECT_NE(id, alert_id("R", "d", "z", 1));
    EXPECT_NE(id, alert_id("r", "D", "z", 1));
    EXPECT_NE(id, alert_id("r", "d", "y", 1));
    EXPECT_NE(id, alert_id("r", "d", "", 1));
    EXPECT_NE(id, alert_id("r", "d", "z", 2));
    EXPECT_NE(alert_id("ab", "c", "", 1), alert_id("a", "bc", "", 1));
}

TEST(Alert, IdReadsBackFromItsTextOnly) {
    const AlertId id = alert_id("r", "d", "z", 1);
    EXPECT_EQ(AlertId::parse(id.text()), id);
    EXPECT_EQ(id.text().size(), 32U);
    EXPECT_EQ((AlertId{0, 1}).text(), "00000000000000000000000000000001");
    EXPECT_EQ(AlertId::parse("00000000000000010000000000000002"), (AlertId{1, 2}));
    EXPECT_FALSE(AlertId::parse(""));
    EXPECT_FALSE(AlertId::parse("0000000000000000000000000000000"));
    EXPECT_FALSE(AlertId::parse("000000000000000000000000000000001"));
    EXPECT_FALSE(AlertId::parse("0000000000000000000000000000000G"));
    EXPECT_FALSE(AlertId::parse("0000000000000000000000000000000A"));  // one spelling of an id
}

}  // namespace
}  // namespace fleet::model
