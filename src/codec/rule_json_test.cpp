// SPDX-License-Identifier: Apache-2.0
#include "codec/rule_json.hpp"

#include "codec/rule_members.hpp"
#include "codec/week_hours_testing.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace fleet::codec {
namespace {

using model::Field;
using model::Rule;
using model::RuleType;
using model::Severity;
using testing::AllOf;
using testing::HasSubstr;

Rule rule(const std::string& json) {
    ZoneDatabase zones = two_zones();
    auto decoded = decode_rule(json, zones);
    EXPECT_TRUE(decoded) << json << ": " << (decoded ? "" : decoded.error().message);
    return decoded ? std::move(decoded).value() : Rule();
}
std::string problem(const std::string& json) {
    ZoneDatabase zones = two_zones();
    const auto decoded = decode_rule(json, zones);
    return decoded ? "" : decoded.error().message;
}
std::string problem_of_list(const std::string& json) {
    ZoneDatabase zones = two_zones();
    const auto decoded = decode_rules(json, zones);
    return decoded ? "" : decoded.error().message;
}
/// A rule named "r" of a type with more members.
std::string with(const std::string& type, const std::string& more = "") {
    return fmt::format(R"({{"name":"r","type":"{}"{}}})", type, more.empty() ? "" : "," + more);
}

TEST(RuleJson, FillsInTheDefaultsOfTheType) {
    for (std::size_t i = 0; i < model::kRuleTypeCount; ++i) {
        const auto type = static_cast<RuleType>(i);
        if (type == RuleType::threshold) continue;
        Rule expected = model::default_rule(type);
        expected.name = "r";
        EXPECT_EQ(rule(with(std::string(name_of(type)))), expected) << name_of(type);
    }
}

TEST(RuleJson, ReadsEveryMember) {
    const Rule r = rule(R"({"hours":"Mo-Fr 06:00-20:00 Europe/Paris","devices":["d1","d2"],
        "cool_down_s":0,"hysteresis":2.5,"min_duration_s":0.25,"limit":90,"severity":"HIGH",
        "type":"OVERSPEED","name":"overspeed-90","fleets":["north"]})");
    EXPECT_EQ(r.name, "overspeed-90");
    EXPECT_EQ(r.type, RuleType::overspeed);
    EXPECT_EQ(r.limit, 90'00);
    EXPECT_EQ(r.min_duration_ms, 250);
    EXPECT_EQ(r.hysteresis, 2'50);
    EXPECT_EQ(r.cool_down_ms, 0);
    EXPECT_EQ(r.severity, Severity::high);
    EXPECT_EQ(r.fleets, std::vector<std::string>{"north"});
    EXPECT_EQ(r.devices, (std::vector<std::string>{"d1", "d2"}));
    ASSERT_TRUE(r.hours);
    EXPECT_EQ(r.hours->time_zone, "Europe/Paris");
    EXPECT_FALSE(r.built_in);
}

TEST(RuleJson, ReadsThresholdsInTheUnitOfTheirMetric) {
    const Rule fuel =
        rule(with("THRESHOLD", R"("metric":"fuel_pct","condition":"below","limit":12.345)"));
    EXPECT_EQ(fuel.metric, Field::fuel);
    EXPECT_FALSE(fuel.above);
    EXPECT_EQ(fuel.limit, 12'35);  // half away from zero
    const Rule altitude =
        rule(with("THRESHOLD", R"("metric":"altitude_m","condition":"above","limit":-5.2)"));
    EXPECT_EQ(altitude.limit, -52);
    EXPECT_TRUE(altitude.above);
    const Rule ignition =
        rule(with("THRESHOLD", R"("metric":"ignition","condition":"above","limit":0)"));
    EXPECT_EQ(ignition.limit, 0);
    EXPECT_EQ(rule(with("ZONE_EXIT", R"("zones":["75"],"hysteresis":25.5)")).hysteresis, 25'500);
    EXPECT_EQ(rule(with("GPS_JUMP", R"("limit":1000)")).limit, 1'000'00);
}

TEST(RuleJson, TakesNullForAbsent) {
    EXPECT_EQ(rule(with("OVERSPEED", R"("hours":null,"limit":null)")), rule(with("OVERSPEED")));
}

TEST(RuleJson, NamesWhatIsMisspelt) {
    EXPECT_EQ(problem(with("OVERSPEED", R"("hysterisis":3)")),
              "hysterisis: unknown; did you mean 'hysteresis'?");
    EXPECT_THAT(problem(with("OVERSPEED", R"("colour":3)")),
                HasSubstr("colour: unknown; a rule has name, type, metric"));
    EXPECT_EQ(problem(with("OVERSPED")),
              "type: \"OVERSPED\" is no type; did you mean 'OVERSPEED'?");
    EXPECT_EQ(problem(with("temp_high")),
              "type: \"temp_high\" is no type; did you mean 'TEMP_HIGH'?");
    EXPECT_THAT(problem(with("SPEED")), HasSubstr("it is one of OVERSPEED, LOW_BATTERY"));
    EXPECT_EQ(problem(with("OVERSPEED", R"("severity":"high")")),
              "severity: \"high\" is no severity; did you mean 'HIGH'?");
    EXPECT_EQ(problem(with("THRESHOLD", R"("metric":"speed_kph","condition":"above","limit":3)")),
              "metric: \"speed_kph\" is no metric; did you mean 'speed_kmh'?");
    EXPECT_THAT(problem(with("THRESHOLD", R"("metric":"zone","condition":"above","limit":3)")),
                HasSubstr("it is one of lat, lon"));
    EXPECT_EQ(problem(with("THRESHOLD", R"("metric":"fuel_pct","condition":"over","limit":3)")),
              "condition: \"over\" is neither above nor below");
}

TEST(RuleJson, NamesWhatIsMissing) {
    EXPECT_THAT(problem("{}"), AllOf(HasSubstr("type: missing; it is one of OVERSPEED"),
                                     HasSubstr("name: missing; each rule has a name of its own")));
    EXPECT_THAT(
        problem(with("THRESHOLD")),
        AllOf(HasSubstr("metric: missing; a THRESHOLD compares"), HasSubstr("condition: missing")));
    EXPECT_THAT(
        problem(with("THRESHOLD", R"("metric":"temp_c","condition":"below")")),
        HasSubstr("limit: missing; a THRESHOLD has no default (temp_c is from -60 to 100)"));
}

TEST(RuleJson, RefusesWrongKindsOfValues) {
    EXPECT_EQ(problem(R"({"name":5,"type":"OVERSPEED"})"), "name: a number where a text belongs");
    EXPECT_THAT(problem(R"({"name":"a b","type":"OVERSPEED"})"), HasSubstr("\"a b\" is no name"));
    EXPECT_EQ(problem(with("OVERSPEED", R"("limit":"90")")),
              "limit: a text where a number belongs");
    EXPECT_EQ(problem(with("OVERSPEED", R"("limit":[90])")),
              "limit: a list where a number belongs");
    EXPECT_EQ(problem(with("OVERSPEED", R"("limit":{"x":1})")),
              "limit: an object where a number belongs");
    EXPECT_EQ(problem(with("OVERSPEED", R"("fleets":"north")")),
              "fleets: a text where a list such as [\"north\"] belongs");
    EXPECT_EQ(problem(with("OVERSPEED", R"("fleets":["a",5,"b c","a"])")),
              "3 problems, nothing was taken\n  fleets[1]: a number where a text belongs\n  "
              "fleets[2]: \"b c\" is no id: 1 to 64 letters, digits or any of '._:-'\n  "
              "fleets[3]: \"a\" comes twice");
    EXPECT_THAT(problem(with("OVERSPEED", R"("devices":[])")),
                HasSubstr("an empty list; leave it out when the rule is for all"));
    EXPECT_EQ(problem(with("OVERSPEED", R"("severity":true)")),
              "severity: true or false where a text belongs");
    EXPECT_EQ(problem(with("OVERSPEED", R"("limit":90,"limit":91)")),
              "limit: the member comes twice");
    EXPECT_THAT(problem(with("OVERSPEED", R"("hours":"Lu 06:00-07:00")")),
                HasSubstr("hours: \"Lu\" is no day"));
}

TEST(RuleJson, RefusesDurationsThatCannotBe) {
    EXPECT_EQ(problem(with("OVERSPEED", R"("min_duration_s":-1)")),
              "min_duration_s: -1 is not from 0 to 2592000 s");
    EXPECT_EQ(problem(with("OVERSPEED", R"("cool_down_s":1e99)")),
              "cool_down_s: 1e99 is not from 0 to 2592000 s");
    EXPECT_EQ(rule(with("OVERSPEED", R"("min_duration_s":2592000)")).min_duration_ms,
              2'592'000'000);
}

TEST(RuleJson, RefusesMembersThatItsTypeDoesNotHave) {
    EXPECT_THAT(problem(with("OVERSPEED", R"("zones":["75"])")),
                HasSubstr("zones: OVERSPEED looks at no zones; only ZONE_ENTER and ZONE_EXIT do"));
    EXPECT_THAT(problem(with("OVERSPEED", R"("metric":"temp_c")")),
                HasSubstr("metric: only a THRESHOLD has one"));
    EXPECT_THAT(problem(with("OVERSPEED", R"("condition":"below")")),
                HasSubstr("condition: only a THRESHOLD has one"));
    EXPECT_EQ(problem(with("ZONE_ENTER", R"("limit":3)")), "limit: ZONE_ENTER has none");
    EXPECT_EQ(problem(with("DEVICE_ALARM", R"("limit":3)")), "limit: DEVICE_ALARM has none");
    EXPECT_THAT(problem(with("DEVICE_ALARM", R"("hysteresis":3)")),
                HasSubstr("hysteresis: DEVICE_ALARM has no value that could come back"));
    EXPECT_EQ(rule(with("DEVICE_ALARM", R"("hysteresis":0)")), rule(with("DEVICE_ALARM")));
    EXPECT_EQ(problem(with("ZONE_EXIT", R"("hysteresis":100001)")),
              "hysteresis: 100001 is not from 0 to 100000 m");
}

TEST(RuleJson, TakesWholeSecondsOfSilence) {
    EXPECT_EQ(rule(with("OFFLINE")).limit, 1'800);
    EXPECT_EQ(rule(with("OFFLINE", R"("limit":1)")).limit, 1);
    EXPECT_EQ(rule(with("OFFLINE", R"("limit":2592000)")).limit, 2'592'000);
    for (const std::string limit : {"0", "-5", "2592001", "1e20"})
        EXPECT_THAT(problem(with("OFFLINE", R"("limit":)" + limit)),
                    HasSubstr("is not from 1 to 2592000: the seconds without a record"))
            << limit;
    for (const std::string name : {"min_duration_s", "hysteresis", "cool_down_s"})
        EXPECT_THAT(problem(with("OFFLINE", R"(")" + name + R"(":5)")),
                    HasSubstr(name + ": OFFLINE has none"));
    std::string text;
    append_rule(text, rule(with("OFFLINE")));
    EXPECT_EQ(text, R"({"name":"r","type":"OFFLINE","limit":1800})");
}

TEST(RuleJson, RefusesRulesThatNeverHoldOrNeverEnd) {
    EXPECT_EQ(problem(with("OVERSPEED", R"("limit":300)")),
              "limit: no value is ever above 300: speed_kmh is from 0 to 300");
    EXPECT_EQ(rule(with("OVERSPEED", R"("limit":299.99)")).limit, 299'99);
    EXPECT_EQ(problem(with("LOW_BATTERY", R"("limit":0)")),
              "limit: no value is ever below 0: battery_pct is from 0 to 100");
    EXPECT_EQ(problem(with("OVERSPEED", R"("limit":-1)")),
              "limit: every value is above -1: speed_kmh is from 0 to 300");
    EXPECT_EQ(problem(with("LOW_BATTERY", R"("limit":101)")),
              "limit: every value is below 101: battery_pct is from 0 to 100");
    EXPECT_EQ(problem(with("OVERSPEED", R"("limit":3)")),
              "hysteresis: 5 (the default) with the limit 3 lets a run end only at -2 or less, and "
              "speed_kmh is from 0 to 300; give at most 3");
    EXPECT_EQ(rule(with("OVERSPEED", R"("limit":3,"hysteresis":3)")).hysteresis, 3'00);
    EXPECT_EQ(problem(with("LOW_BATTERY", R"("limit":98,"hysteresis":2.5)")),
              "hysteresis: 2.5 with the limit 98 lets a run end only at 100.5 or more, and "
              "battery_pct is from 0 to 100; give at most 2");
    EXPECT_THAT(problem(with("OVERSPEED", R"("hysteresis":-0.5)")),
                HasSubstr("hysteresis: negative"));
    EXPECT_THAT(problem(with("OVERSPEED", R"("limit":1e30)")),
                HasSubstr("limit: 1e30 is far out of range"));
    EXPECT_EQ(problem(with("THRESHOLD", R"("metric":"ignition","condition":"above","limit":1)")),
              "limit: no value is ever above 1: ignition is from 0 to 1");
}

TEST(RuleJson, TakesAListAsAWholeOrNotAtAll) {
    ZoneDatabase zones = two_zones();
    const auto two =
        decode_rules("[" + with("OVERSPEED") + R"(,{"type":"GPS_JUMP","name":"j"}])", zones);
    ASSERT_TRUE(two);
    EXPECT_EQ(two->size(), 2U);
    EXPECT_TRUE(decode_rules("[]", zones));
    EXPECT_EQ(problem_of_list("[" + with("OVERSPEED") + "," + with("GPS_JUMP") + "]"),
              "rule[1].name: \"r\" is the name of rule[0] too");
    EXPECT_EQ(
        problem_of_list("[" + with("OVERSPEED", R"("limit":400)") + ",7,[1],{}]"),
        "5 problems, nothing was taken\n  rule[0].limit: no value is ever above 400: "
        "speed_kmh is from 0 to 300\n  rule[1]: a number where a rule's object belongs\n  "
        "rule[2]: a list where a rule's object belongs\n  rule[3].type: missing; it is one of "
        "OVERSPEED, LOW_BATTERY, TEMP_HIGH, TEMP_LOW, GPS_JUMP, DEVICE_ALARM, ZONE_ENTER, "
        "ZONE_EXIT, THRESHOLD, OFFLINE\n  rule[3].name: missing; each rule has a name of its own");
    EXPECT_EQ(problem_of_list("{}"), "an object where a list of rules belongs");
    EXPECT_EQ(problem("[]"), "a list where a rule's object belongs");
    EXPECT_EQ(problem("{\"name\":}"), "byte 8: expected a value; it is no JSON from there on");
    EXPECT_THAT(problem(with("OVERSPEED") + "x"), HasSubstr("text after the end of the value"));
}

TEST(RuleJson, RefusesMoreThanTenThousandRulesAndLargeTexts) {
    std::string json = "[";
    for (std::size_t i = 0; i <= kMaxRules; ++i)
        json += fmt::format(R"({}{{"name":"r{}","type":"OVERSPEED"}})", i == 0 ? "" : ",", i);
    EXPECT_EQ(problem_of_list(json + "]"), "rule[10000]: there are at most 10000 rules");
    ZoneDatabase zones = two_zones();
    EXPECT_EQ(decode_rule(std::string(kMaxRuleFileBytes + 1, ' '), zones).error().code,
              Code::too_large);
}

TEST(RuleJson, ReadsWhatItWroteAsTheSameRule) {
    const std::vector<std::string> samples{
        with("OVERSPEED",
             R"("limit":90.55,"severity":"LOW","fleets":["a","b"],"hours":"22:00-06:00 +02:00")"),
        with("LOW_BATTERY", R"("devices":["x"],"min_duration_s":1.001)"),
        with("TEMP_LOW", R"("limit":-20.5)"),
        with("GPS_JUMP"),
        with("DEVICE_ALARM"),
        with("ZONE_ENTER", R"("zones":["75","92"],"hysteresis":12.345,"cool_down_s":5)"),
        with("ZONE_EXIT"),
        with("OFFLINE", R"("limit":600,"severity":"HIGH","fleets":["a"])"),
        with(
            "THRESHOLD",
            R"("metric":"odometer_km","condition":"above","limit":150000.01,"hours":"Mo-Fr 06:00-20:00 Europe/Paris")"),
        with("THRESHOLD", R"("metric":"satellites","condition":"below","limit":4)")};
    for (const std::string& sample : samples) {
        const Rule once = rule(sample);
        std::string text;
        append_rule(text, once);
        ASSERT_TRUE(nlohmann::json::accept(text)) << text;
        EXPECT_EQ(rule(text), once) << text;
    }
    std::string text;
    append_rule(text, rule(with("OVERSPEED")));
    EXPECT_EQ(text, R"({"name":"r","type":"OVERSPEED","limit":110,"min_duration_s":10,)"
                    R"("hysteresis":5,"cool_down_s":60})");
}

}  // namespace
}  // namespace fleet::codec
