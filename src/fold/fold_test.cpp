// SPDX-License-Identifier: Apache-2.0
// The hours of a day: each sentence of docs/fold.md, Legs and hours.
#include "fold/fold.hpp"

#include "fold/fold_naive_testing.hpp"
#include "fold/hours.hpp"

#include <gtest/gtest.h>

#include <random>

namespace fleet::fold::testing {
namespace {

Outcome fold(const History& history) { return fold_all(history, rule_set({})); }
model::DayHours hours_of(const History& history) { return fold(history).days.at(kDay).hours; }

/// Rows as vehicles send them: mostly in motion, with pauses, rows without position or without
/// metrics.
History random_day(std::mt19937_64& random) {
    History rows;
    const auto chance = [&](int percent) { return static_cast<int>(random() % 100) < percent; };
    std::int64_t ts = kMidnight;
    GeoPoint at = kHome;
    while (true) {
        ts += chance(5) ? 1 + static_cast<std::int64_t>(random() % (3 * kMsPerHour))
                        : 1 + static_cast<std::int64_t>(random() % kMsPerMinute);
        if (ts >= kMidnight + kMsPerDay) return rows;
        const int reach = chance(2) ? 900'000 : 2'000;
        at.lat += static_cast<std::int32_t>(random() % (2 * static_cast<unsigned>(reach))) - reach;
        at.lon += static_cast<std::int32_t>(random() % (2 * static_cast<unsigned>(reach))) - reach;
        rows.row(ts);
        if (chance(80)) rows.place(at);
        if (chance(90)) rows.set(Field::speed, static_cast<std::int32_t>(random() % 12'000));
        if (chance(50)) rows.set(Field::battery, static_cast<std::int32_t>(random() % 10'001));
        if (chance(50)) rows.set(Field::temp, static_cast<std::int32_t>(random() % 8'000) - 3'000);
        if (chance(30)) rows.set(Field::humidity, static_cast<std::int32_t>(random() % 10'001));
    }
}

TEST(DayFold, CountsLegsInTheHourOfTheirLaterPoint) {
    History h;
    h.point(kMidnight + kHour - kSecond, {0, 0}).point(kMidnight + kHour, {100, 0});
    h.point(kMidnight + kHour + 9 * kSecond, {200, 0});
    const model::DayHours hours = hours_of(h);
    EXPECT_EQ(hours[0].records, 1U);
    EXPECT_EQ(hours[0].legs.distance_mm, 0);
    EXPECT_EQ(hours[1].records, 2U);
    EXPECT_EQ(hours[1].active_devices, 1U);
    EXPECT_EQ(hours[1].legs.distance_mm, 2 * apart_mm({0, 0}, {100, 0}));
    EXPECT_EQ(hours[1].legs.gap_mm, 0);
    EXPECT_EQ(hours[2], model::HourStats{});
}

TEST(DayFold, SkipsRowsWithoutPositionButCountsThem) {
    History h;
    h.point(kMidnight, {0, 0}).row(kMidnight + 5 * kSecond).set(Field::battery, 0);
    h.point(kMidnight + 10 * kSecond, {0, 50});
    const model::HourStats hour = hours_of(h)[0];
    EXPECT_EQ(hour.records, 3U);
    EXPECT_EQ(hour.legs.distance_mm, apart_mm({0, 0}, {0, 50}));
    EXPECT_EQ(hour.battery.count, 1U);
    EXPECT_EQ(hour.battery.mean(), 0.0);  // zero is a value
    EXPECT_FALSE(hour.speed.mean());
}

TEST(DayFold, ALegAcrossMidnightIsInNoDay) {
    History h;
    h.point(kMidnight - kSecond, {0, 0}).point(kMidnight, {100, 0});
    h.point(kMidnight + kSecond, {200, 0});
    const Outcome out = fold(h);
    EXPECT_EQ(out.days.at(Day{19'999}).hours[23].legs.distance_mm, 0);
    EXPECT_EQ(out.days.at(kDay).hours[0].legs.distance_mm, apart_mm({100, 0}, {200, 0}));
}

TEST(DayFold, SeparatesGapsByTimeAndBySpeed) {
    // Exactly 10 min is no gap, one millisecond more is one.
    for (const std::int64_t over : {0, 1}) {
        History h;
        h.point(kMidnight, {0, 0}).point(kMidnight + kGapMs + over, {100, 0});
        const model::LegStats legs = hours_of(h)[0].legs;
        EXPECT_EQ(legs.distance_mm, apart_mm({0, 0}, {100, 0}));
        EXPECT_EQ(legs.gap_mm, over == 0 ? 0 : legs.distance_mm);
        EXPECT_EQ(legs.driven_mm(), over == 0 ? legs.distance_mm : 0);
    }
    // 300 km/h is 250 m in 3 s.
    EXPECT_FALSE(is_gap(250'000, 3'000));
    EXPECT_TRUE(is_gap(250'001, 3'000));
    EXPECT_FALSE(is_gap(0, 1));
}

TEST(DayFold, EqualsTheDefinitionsOnRandomDays) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        std::mt19937_64 random(seed);
        const History h = random_day(random);
        EXPECT_EQ(hours_of(h), naive_hours(h.rows().samples)) << "seed " << seed;
    }
}

TEST(DayFold, IncrementalEqualsRefoldWhereverItIsResumed) {
    const RuleSet rules = rule_set(model::built_in_rules());
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        std::mt19937_64 random(seed);
        const History h = random_day(random);
        const Outcome resumed =
            fold_all(h.rows(), rules, north_fleet, [&](DeviceState& state, DayResult&) {
                if (random() % 7 != 0) return false;
                std::string bytes;  // as after a restart
                state.encode(bytes);
                state = *DeviceState::decode(bytes);
                return true;
            });
        const Outcome whole = fold_all(h, rules);
        EXPECT_EQ(resumed.days, whole.days) << "seed " << seed;
        EXPECT_EQ(resumed.states, whole.states) << "seed " << seed;
    }
}

TEST(DayFoldDeath, RefusesAPointThatIsLate) {
    // Its own values are not enough, the legs around it change: the day must be folded anew.
    History h;
    h.point(kMidnight, kHome).point(kMidnight + 20 * kSecond, kHome);
    h.point(kMidnight + 10 * kSecond, north(kHome, 400));
    EXPECT_DEATH(static_cast<void>(fold(h)), "ts_ms");
}

}  // namespace
}  // namespace fleet::fold::testing
