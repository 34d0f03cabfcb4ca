// SPDX-License-Identifier: Apache-2.0
#include "app/rule_file.hpp"

#include "app/time_zones.hpp"
#include "base/time.hpp"
#include "codec/rule_json.hpp"
#include "model/week_hours.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fleet::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;

codec::ZoneDatabase no_zones() {
    return codec::ZoneDatabase([](const std::string&) -> Result<std::string> {
        return fail(Code::not_found, "no such file");
    });
}

std::vector<model::Rule> rules(std::string_view text) {
    codec::ZoneDatabase zones = no_zones();
    auto parsed = parse_rule_file(text, zones);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
    return parsed ? std::move(parsed).value() : std::vector<model::Rule>();
}

std::string problem(std::string_view text) {
    codec::ZoneDatabase zones = no_zones();
    const auto parsed = parse_rule_file(text, zones);
    return parsed ? "" : parsed.error().message;
}

constexpr std::string_view kExample = R"(
[[rule]]
name = "overspeed-90"
type = "OVERSPEED"
limit = 90
min_duration_s = 0.5
hysteresis = 0.285
cool_down_s = 0
severity = "HIGH"
fleets = ["north"]
hours = "Mo-Fr 06:00-20:00 +01:00"

[[rule]]
name = "leaves-paris"
type = "ZONE_EXIT"
zones = ["75"]
)";

TEST(RuleFile, ReadsTheRulesOfATomlFile) {
    const auto both = rules(kExample);
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(both[0].limit, 90'00);
    EXPECT_EQ(both[0].min_duration_ms, 500);
    EXPECT_EQ(both[0].hysteresis, 29);  // 0.285 as written, half away from zero
    EXPECT_EQ(both[0].fleets, std::vector<std::string>{"north"});
    EXPECT_TRUE(both[0].hours);
    EXPECT_EQ(both[1].zones, std::vector<std::string>{"75"});
}

TEST(RuleFile, GivesTheSameRulesAsJson) {
    codec::ZoneDatabase zones = no_zones();
    for (const model::Rule& rule : rules(kExample)) {
        std::string json;
        codec::append_rule(json, rule);
        const auto again = codec::decode_rule(json, zones);
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(*again, rule);
    }
}

TEST(RuleFile, NamesPathAndLineOfAllProblems) {
    EXPECT_EQ(problem("[[rule]]\nname = \"a\"\ntype = \"OVERSPEED\"\nhysterisis = 3\n"
                      "[[rule]]\nname = \"a\"\ntype = \"OVERSPEED\"\nlimit = \"9\"\n"
                      "fleets = [1, \"b\", [2]]\nseverity = 1979-05-27\nmin_duration_s = nan\n"),
              "7 problems, nothing was taken\n"
              "  rule[0].hysterisis (line 4): unknown; did you mean 'hysteresis'?\n"
              "  rule[1].severity (line 10): a date or time where a text belongs\n"
              "  rule[1].min_duration_s (line 11): nan or inf where a number of seconds belongs\n"
              "  rule[1].fleets[0] (line 9): a number where a text belongs\n"
              "  rule[1].fleets[2] (line 9): a list where a text belongs\n"
              "  rule[1].limit (line 8): a text where a number belongs\n"
              "  rule[1].name (line 6): \"a\" is the name of rule[0] too");
    EXPECT_THAT(problem("[[rule]]\ntype = \"OVERSPEED\"\n"),
                HasSubstr("rule[0].name (line 1): missing"));
}

TEST(RuleFile, RefusesOtherFiles) {
    EXPECT_EQ(problem(""), "there is no rule; each begins with [[rule]]");
    EXPECT_EQ(problem("[rule]\nname = \"a\"\n"),
              "rule (line 1): one table; write [[rule]] in double brackets");
    EXPECT_EQ(problem("[[rules]]\nname = \"a\"\n"),
              "rules (line 1): unknown; each rule begins with [[rule]]; did you mean 'rule'?");
    EXPECT_EQ(problem("rule = [1]\n"), "rule[0] (line 1): a number where a table belongs");
    EXPECT_THAT(problem("[[rule]]\nname = \"a\nlimit = 3\n"), HasSubstr("line 2, column "));
    EXPECT_THAT(problem("{\"type\":\"FeatureCollection\"}"), HasSubstr("line 1"));
    codec::ZoneDatabase zones = no_zones();
    EXPECT_EQ(parse_rule_file(std::string((16 << 20) + 1, ' '), zones).error().code,
              Code::too_large);
}

TEST(TimeZones, OfThisMachineAreFound) {
    codec::ZoneDatabase zones = machine_time_zones();
    const auto hours = codec::parse_week_hours("Mo 06:00-20:00 Europe/Paris", zones);
    if (!hours && hours.error().message.find("no file") != std::string::npos)
        GTEST_SKIP() << "no zone database: " << hours.error().message;
    ASSERT_TRUE(hours) << hours.error().message;
    EXPECT_EQ(model::offset_min(*hours, parse_rfc3339("2026-07-01T00:00:00Z").value().ms), 120);
    EXPECT_EQ(model::offset_min(*hours, parse_rfc3339("2100-01-01T00:00:00Z").value().ms), 60);
    EXPECT_THAT(codec::parse_week_hours("Mo 06:00-20:00 Europe/Nowhere", zones).error().message,
                AllOf(HasSubstr("Europe/Nowhere"), HasSubstr("there is no file")));
}

}  // namespace
}  // namespace fleet::app
