// SPDX-License-Identifier: Apache-2.0
#include "fold/rule_set.hpp"

#include "fold/day_rules.hpp"
#include "fold/fold_testing.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace fleet::fold::testing {
namespace {

Rule speed_rule(std::string name, std::vector<std::string> fleets = {},
                std::vector<std::string> devices = {}) {
    Rule rule = plain(RuleType::threshold, 100'00);
    rule.name = std::move(name);
    rule.fleets = std::move(fleets);
    rule.devices = std::move(devices);
    return rule;
}

std::vector<std::uint32_t> numbers(const DayRules& rules, std::int64_t ts_ms) {
    std::vector<std::uint32_t> found;
    for (const ActiveRule& rule : rules.at(ts_ms).rules) found.push_back(rule.number);
    return found;
}

using Numbers = std::vector<std::uint32_t>;

TEST(RuleSet, DevicesOfEqualScopeShareOneObject) {
    const RuleSet rules = rule_set({speed_rule("all"), speed_rule("n", {"north"}),
                                    speed_rule("d", {}, {"V-1", "V-2"}),
                                    speed_rule("nd", {"north"}, {"V-1", "V-2", "V-3"})});
    const auto at = [&](const char* device, const char* fleet, int day = 20'000) {
        return rules.for_day(device, fleet, Day{static_cast<std::uint16_t>(day)});
    };
    EXPECT_EQ(at("V-7", "east"), at("V-8", "west"));
    EXPECT_EQ(at("V-7", "north"), at("V-8", "north"));
    EXPECT_EQ(at("V-1", "north"), at("V-2", "north"));
    EXPECT_EQ(at("V-1", "north"), at("V-1", "north", 12'345));
    EXPECT_NE(at("V-1", "north"), at("V-3", "north"));
    EXPECT_EQ(numbers(*at("V-7", "east"), kNoon), (Numbers{1}));
    EXPECT_EQ(numbers(*at("V-7", "north"), kNoon), (Numbers{1, 2}));
    EXPECT_EQ(numbers(*at("V-1", "north"), kNoon), (Numbers{1, 2, 3, 4}));
    EXPECT_EQ(numbers(*at("V-3", "north"), kNoon), (Numbers{1, 2, 4}));
    EXPECT_EQ(numbers(*at("V-3", "east"), kNoon), (Numbers{1}));
}

TEST(RuleSet, DaysBetweenChangesShareOneObject) {
    const RuleSet rules(
        {version(1, speed_rule("a"), kAlways, kNoon), version(1, speed_rule("a"), kNoon + kHour),
         version(2, speed_rule("b"), kMidnight + kMsPerDay)},
        {});
    const auto at = [&](int day) {
        return rules.for_day("V-1", "north", Day{static_cast<std::uint16_t>(day)});
    };
    EXPECT_EQ(at(1), at(19'999));
    EXPECT_NE(at(19'999), at(20'000));
    EXPECT_NE(at(20'000), at(20'001));
    EXPECT_EQ(at(20'001), at(65'535));
    EXPECT_EQ(numbers(*at(19'999), kMidnight - 1), (Numbers{1}));
    EXPECT_EQ(numbers(*at(20'000), kMidnight), (Numbers{1}));
    EXPECT_EQ(numbers(*at(20'000), kNoon - 1), (Numbers{1}));
    EXPECT_EQ(numbers(*at(20'000), kNoon), Numbers{});
    EXPECT_EQ(numbers(*at(20'000), kNoon + kHour - 1), Numbers{});
    EXPECT_EQ(numbers(*at(20'000), kNoon + kHour), (Numbers{1}));
    EXPECT_EQ(numbers(*at(20'000), kMidnight + kMsPerDay - 1), (Numbers{1}));
    EXPECT_EQ(numbers(*at(20'001), kMidnight + kMsPerDay), (Numbers{1, 2}));
}

TEST(RuleSet, BuiltInsStepBackWhereARuleOfTheirTypeIsOrWas) {
    std::vector<RuleVersion> versions;
    for (const Rule& rule : model::built_in_rules())
        versions.push_back(version(static_cast<std::uint32_t>(versions.size() + 1), rule));
    const auto count = [](const RuleSet& rules) {
        return rules.for_day("V-1", "north", kDay)->at(kNoon).rules.size();
    };
    EXPECT_EQ(count(RuleSet(versions, {})), 8U);  // OFFLINE judges no rows
    auto more = versions;
    more.push_back(version(16, speed_rule("threshold")));
    EXPECT_EQ(count(RuleSet(more, {})), 9U);
    // One for another fleet, long ago.
    Rule own = plain(RuleType::overspeed, 50'00);
    own.fleets = {"south"};
    versions.push_back(version(17, own, kAlways, kMidnight - kMsPerDay));
    EXPECT_EQ(count(RuleSet(versions, {})), 7U);
}

TEST(RuleSet, SaysWhichZonesHoldAPlaceAtATime) {
    const RuleSet rules({}, {zone(9, model::Circle{kHome, 1'000'000}),
                             zone(4, model::Circle{kHome, 1'000'000}, kAlways, kNoon),
                             zone(4, model::Circle{kHome, 2'000'000}, kNoon),
                             zone(2, model::Circle{kHome, 9'000'000}, kNoon)});
    EXPECT_EQ(rules.zones_at(kHome, kNoon - 1), (Numbers{4, 9}));
    EXPECT_EQ(rules.zones_at(kHome, kNoon), (Numbers{2, 4, 9}));
    EXPECT_EQ(rules.zones_at(north(kHome, 1'500), kNoon), (Numbers{2, 4}));
    EXPECT_EQ(rules.zones_at(north(kHome, 1'500), kNoon - 1), Numbers{});
    EXPECT_EQ(RuleSet({}, {}).zones_at(kHome, kNoon), Numbers{});
}

TEST(RuleSet, AnswersManyThreadsAlike) {
    std::vector<Rule> all;
    for (int i = 0; i < 50; ++i)
        all.push_back(speed_rule(
            "r" + std::to_string(i), {"f" + std::to_string(i % 10)},
            i % 2 == 0 ? std::vector<std::string>{} : std::vector{"V-" + std::to_string(i)}));
    const RuleSet rules = rule_set(all);
    constexpr int kScopes = 400;
    std::vector<std::vector<const DayRules*>> seen(4);
    std::vector<std::thread> threads;
    for (auto& mine : seen)
        threads.emplace_back([&rules, &mine] {
            for (int i = 0; i < kScopes; ++i)
                mine.push_back(
                    rules.for_day("V-" + std::to_string(i % 40), "f" + std::to_string(i / 40), kDay)
                        .get());
        });
    for (std::thread& thread : threads) thread.join();
    for (const auto& mine : seen) EXPECT_EQ(mine, seen[0]);
    EXPECT_GT(std::set(seen[0].begin(), seen[0].end()).size(), 100U);
}

TEST(RuleSet, DayRulesOutliveTheirSet) {
    std::shared_ptr<const DayRules> kept;
    {
        const RuleSet rules = rule_set({speed_rule("a")});
        kept = rules.for_day("V-1", "north", kDay);
    }
    EXPECT_EQ(kept->at(kNoon).rules.at(0).rule->name, "a");
}

TEST(DayRules, PutTheLimitsFirstThatHoldFirst) {
    std::vector<Rule> all;
    for (const std::int32_t limit : {30, 10, 20}) {
        all.push_back(plain(RuleType::threshold, limit));
        all.push_back(plain(RuleType::threshold, limit));
        all.back().above = false;
    }
    const auto rules = rule_set(all).for_day("V-1", "north", kDay);
    const Watches& watches = rules->at(kNoon).metrics.at(0).watches;
    ASSERT_EQ(watches.above.size(), 3U);
    EXPECT_EQ(watches.above[0].limit, 10);
    EXPECT_EQ(watches.above[2].limit, 30);
    EXPECT_EQ(watches.below[0].limit, 30);
    EXPECT_EQ(watches.below[2].limit, 10);
    EXPECT_TRUE(watches.any_holds(11));
    EXPECT_TRUE(watches.any_holds(29));
    EXPECT_FALSE(Watches{}.any_holds(0));
}

}  // namespace
}  // namespace fleet::fold::testing
