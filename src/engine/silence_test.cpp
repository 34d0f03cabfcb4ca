// SPDX-License-Identifier: Apache-2.0
#include "engine/silence.hpp"

#include "engine/silence_rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>

namespace fleet::engine {
namespace {

using Parts = std::vector<std::pair<std::int64_t, std::int64_t>>;  // start and end of the alerts

constexpr std::int64_t kMinute = kMsPerMinute;
constexpr Silence kHalfAnHour{100 * kMinute, 130 * kMinute, kSilent, 15, 30 * 60};

Parts parts(const Silence& silence, std::vector<std::int64_t> minutes, std::int64_t now_minute) {
    for (std::int64_t& m : minutes) m *= kMinute;
    Parts out;
    for (const Silence& s : split(silence, minutes, now_minute * kMinute))
        out.emplace_back(s.start_ms / kMinute, s.open() ? -1 : s.end_ms / kMinute);
    return out;
}

TEST(Silence, EndsWithARecordAfterTheStart) {
    EXPECT_EQ(parts(kHalfAnHour, {140}, 140), (Parts{{130, 140}}));
    EXPECT_EQ(parts(kHalfAnHour, {130}, 140), (Parts{{130, 130}}));
}

TEST(Silence, HasNeverBeenWithARecordBeforeTheStart) {
    EXPECT_EQ(parts(kHalfAnHour, {129}, 140), Parts{});
    EXPECT_EQ(parts(kHalfAnHour, {101}, 130), Parts{});
}

TEST(Silence, BeginsLaterWhereItWentOn) {
    EXPECT_EQ(parts(kHalfAnHour, {110}, 140), (Parts{{140, -1}}));
    EXPECT_EQ(parts(kHalfAnHour, {110}, 139), Parts{});
    EXPECT_EQ(parts(kHalfAnHour, {110, 150}, 170), (Parts{{140, 150}}));
    EXPECT_EQ(parts(kHalfAnHour, {140, 175}, 300), (Parts{{130, 140}, {170, 175}, {205, -1}}));
    EXPECT_EQ(parts(kHalfAnHour, {110}, 140 + 24 * 60 + 1), Parts{});  // history
    EXPECT_EQ(parts(kHalfAnHour, {110}, -1), Parts{});
}

TEST(Silence, IsLeftAloneByRecordsOutsideOfIt) {
    EXPECT_EQ(parts(kHalfAnHour, {90, 100}, 200), (Parts{{130, -1}}));
    Silence ended = kHalfAnHour;
    ended.end_ms = 150 * kMinute;
    EXPECT_EQ(parts(ended, {150, 160}, 200), (Parts{{130, 150}}));
    EXPECT_EQ(parts(ended, {120}, 200), (Parts{{150, 150}}));
    EXPECT_EQ(parts(ended, {121}, 200), Parts{});
}

TEST(Silence, ListIsCopiedAsAValue) {
    Silences a;
    EXPECT_TRUE(a.empty());
    a.set({kHalfAnHour});
    const Silences b = a;
    a.set({});
    EXPECT_TRUE(a.empty());
    ASSERT_EQ(b.all().size(), 1U);
    EXPECT_EQ(b.all()[0], kHalfAnHour);
}

TEST(SilenceQueue, GivesDevicesByTheirTime) {
    constexpr std::int64_t kNow = 1'767'225'600'000;
    std::mt19937_64 rng(7);
    SilenceQueue queue;
    queue.clear(kNow);
    std::vector<std::pair<std::int64_t, std::uint32_t>> expected;
    for (std::uint32_t device = 0; device < 500; ++device) {
        const std::int64_t due = kNow + static_cast<std::int64_t>(rng() % 10'000);
        expected.emplace_back(due, device * 131'071 % (1U << 26));
        queue.push(due, {expected.back().second});
    }
    std::sort(expected.begin(), expected.end());
    for (const auto& [due, device] : expected) {
        EXPECT_FALSE(queue.pop(due - 1));
        const auto found = queue.pop(due);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->value, device);
    }
    EXPECT_FALSE(queue.pop(kNow + 20'000));
}

TEST(SilenceQueue, TakesAnyTime) {
    constexpr std::int64_t kNow = 1'767'225'600'000;
    SilenceQueue queue;
    queue.clear(kNow);
    queue.push(0, {1});
    queue.push(kNow + 100 * 365 * kMsPerDay, {2});
    EXPECT_EQ(queue.pop(kNow)->value, 1U);
    EXPECT_FALSE(queue.pop(kNow + 365 * kMsPerDay));
    queue.clear(0);  // what came before stays the beginning
    EXPECT_EQ(queue.size(), 0U);
    queue.push(kNow + 5, {3});
    EXPECT_FALSE(queue.pop(kNow + 4));
    EXPECT_TRUE(queue.pop(kNow + 5));
}

fold::RuleVersion version(std::uint32_t number, std::int32_t limit_s, bool built_in) {
    fold::RuleVersion v;
    v.number = number;
    v.rule = model::default_rule(model::RuleType::offline);
    v.rule.limit = limit_s;
    v.rule.built_in = built_in;
    return v;
}

std::vector<std::uint32_t> numbers(const SilenceRules& rules, std::string_view device,
                                   std::string_view fleet) {
    std::vector<const fold::RuleVersion*> found;
    rules.of(device, fleet, found);
    std::vector<std::uint32_t> out;
    for (const fold::RuleVersion* v : found) out.push_back(v->number);
    return out;
}

TEST(SilenceRules, HoldWhereTheirScopeSaysSo) {
    fold::RuleVersion north = version(16, 60, false);
    north.rule.fleets = {"north", "east"};
    fold::RuleVersion one = version(17, 30, false);
    one.rule.devices = {"V-2", "V-1"};
    fold::RuleVersion both = version(18, 90, false);
    both.rule.fleets = {"north"};
    both.rule.devices = {"V-9"};
    fold::RuleVersion fold_rule;
    fold_rule.number = 1;
    const SilenceRules rules({fold_rule, north, one, both});
    using Numbers = std::vector<std::uint32_t>;
    EXPECT_EQ(numbers(rules, "V-1", "north"), (Numbers{16, 17}));
    EXPECT_EQ(numbers(rules, "V-9", "north"), (Numbers{16, 18}));
    EXPECT_EQ(numbers(rules, "V-9", "south"), Numbers{});
    EXPECT_EQ(rules.shortest_ms(), 30'000);
}

TEST(SilenceRules, TheBuiltInOneStepsBackForGood) {
    EXPECT_EQ(SilenceRules({version(15, 1'800, true)}).shortest_ms(), 1'800'000);
    fold::RuleVersion gone = version(16, 60, false);
    gone.to_ms = 5;
    const SilenceRules none({version(15, 1'800, true), gone});
    EXPECT_EQ(none.shortest_ms(), fold::kForEver);
    EXPECT_EQ(numbers(none, "V-1", "north"), std::vector<std::uint32_t>{});
    EXPECT_TRUE(none == SilenceRules({}));
    EXPECT_FALSE(none == SilenceRules({version(16, 60, false)}));
}

}  // namespace
}  // namespace fleet::engine
