// SPDX-License-Identifier: Apache-2.0
#include "engine/membership.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace fleet::engine {
namespace {

TEST(Membership, ADayBelongsToTheNewestEntryThatIsNotAfterIt) {
    const Memberships list{{Day{0}, 7}, {Day{100}, 8}, {Day{200}, 7}};
    EXPECT_EQ(fleet_at(list, Day{0}), 7U);
    EXPECT_EQ(fleet_at(list, Day{99}), 7U);
    EXPECT_EQ(fleet_at(list, Day{100}), 8U);
    EXPECT_EQ(fleet_at(list, Day{199}), 8U);
    EXPECT_EQ(fleet_at(list, Day{60'000}), 7U);
}

TEST(Membership, AMoveSaysWhichDaysChangeTheirFleet) {
    const Memberships list{{Day{0}, 7}, {Day{100}, 8}};
    const auto between = moved(list, Day{50}, 9);
    ASSERT_TRUE(between);
    EXPECT_EQ(between->list, (Memberships{{Day{0}, 7}, {Day{50}, 9}, {Day{100}, 8}}));
    EXPECT_EQ(between->before, 7U);
    EXPECT_TRUE(between->holds(Day{50}) && between->holds(Day{99}));
    EXPECT_FALSE(between->holds(Day{49}) || between->holds(Day{100}));
    const auto again = moved(list, Day{100}, 7);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->list, (Memberships{{Day{0}, 7}, {Day{100}, 7}}));
    EXPECT_TRUE(again->holds(Day{60'000}));
    EXPECT_FALSE(moved(list, Day{100}, 8));
    EXPECT_TRUE(moved(list, Day{101}, 8));  // it outlasts a later change of day 100
}

TEST(Membership, EqualsAMapOfDaysForRandomMovesInAnyOrderOfDays) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        std::mt19937_64 rng(seed);
        Memberships list{{Day{0}, 0}};
        std::map<int, std::uint32_t> told{{0, 0}};
        for (int i = 0; i < 12; ++i) {
            const auto from = static_cast<std::uint16_t>(rng() % 20);
            const auto fleet = static_cast<std::uint32_t>(rng() % 4);
            const Memberships before = list;
            const auto change = moved(list, Day{from}, fleet);
            if (change) list = change->list;
            told[from] = fleet;
            for (std::uint16_t day = 0; day < 25; ++day) {
                ASSERT_EQ(fleet_at(list, Day{day}), std::prev(told.upper_bound(day))->second)
                    << "seed " << seed;
                const bool differs = fleet_at(list, Day{day}) != fleet_at(before, Day{day});
                ASSERT_TRUE(!differs || (change && change->holds(Day{day}))) << "seed " << seed;
            }
        }
    }
}

}  // namespace
}  // namespace fleet::engine
