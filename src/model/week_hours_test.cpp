// SPDX-License-Identifier: Apache-2.0
#include "model/week_hours.hpp"

#include "base/time.hpp"

#include <gtest/gtest.h>

namespace fleet::model {
namespace {

std::int64_t ms(const char* text) { return parse_rfc3339(text).value().ms; }

/// Awake on Monday from 06:00 up to 20:00.
WeekHours monday_by_day() {
    WeekHours hours;
    hours.time_zone = "UTC";
    for (std::size_t m = 6 * 60; m < 20 * 60; ++m) hours.minutes.set(m);
    return hours;
}

TEST(WeekHours, HoldFromTheFirstMinuteUpToTheLast) {
    const WeekHours hours = monday_by_day();
    EXPECT_FALSE(awake(hours, ms("2026-11-23T05:59:59.999Z")));
    EXPECT_TRUE(awake(hours, ms("2026-11-23T06:00:00Z")));
    EXPECT_TRUE(awake(hours, ms("2026-11-23T19:59:59.999Z")));
    EXPECT_FALSE(awake(hours, ms("2026-11-23T20:00:00Z")));
    EXPECT_FALSE(awake(hours, ms("2026-11-24T12:00:00Z")));
    EXPECT_FALSE(awake(hours, ms("2026-11-22T12:00:00Z")));
}

TEST(WeekHours, BeginTheWeekOnMondayFromTheEpochOn) {
    WeekHours hours;
    hours.minutes.set(3 * 1'440);  // Thursday 00:00
    EXPECT_TRUE(awake(hours, 0));
    EXPECT_FALSE(awake(hours, 60'000));
    EXPECT_TRUE(awake(hours, 7 * kMsPerDay));
    EXPECT_FALSE(awake(hours, 6 * kMsPerDay));
}

TEST(WeekHours, FollowTheOffsetsOfTheirZone) {
    WeekHours hours = monday_by_day();
    hours.time_zone = "Europe/Paris";
    // CET; summer time from 2026-03-29T01:00Z to 2026-10-25T01:00Z.
    hours.offsets = {{0, 60},
                     {static_cast<std::int32_t>(ms("2026-03-29T01:00:00Z") / kMsPerMinute), 120},
                     {static_cast<std::int32_t>(ms("2026-10-25T01:00:00Z") / kMsPerMinute), 60}};
    EXPECT_EQ(offset_min(hours, 0), 60);
    EXPECT_EQ(offset_min(hours, ms("2026-03-29T00:59:59.999Z")), 60);
    EXPECT_EQ(offset_min(hours, ms("2026-03-29T01:00:00Z")), 120);
    EXPECT_FALSE(awake(hours, ms("2026-07-20T03:59:59Z")));
    EXPECT_TRUE(awake(hours, ms("2026-07-20T04:00:00Z")));
    EXPECT_FALSE(awake(hours, ms("2026-11-23T04:59:59Z")));
    EXPECT_TRUE(awake(hours, ms("2026-11-23T05:00:00Z")));
}

TEST(WeekHours, WrapRoundTheEndsOfTheWeek) {
    WeekHours hours;
    hours.time_zone = "Pacific/Auckland";
    hours.offsets = {{0, 13 * 60}};
    hours.minutes.set(0);  // Monday 00:00 there is Sunday 11:00 in UTC
    EXPECT_TRUE(awake(hours, ms("2026-11-22T11:00:00Z")));
    hours.offsets = {{0, -10 * 60}};
    hours.minutes.reset();
    hours.minutes.set(kMinutesPerWeek - 1);  // Sunday 23:59 there is Monday 09:59 in UTC
    EXPECT_TRUE(awake(hours, ms("2026-11-23T09:59:30Z")));
    hours.offsets = {{0, -24 * 60}};
    EXPECT_FALSE(awake(hours, 0));
}

TEST(WeekHoursDeathTest, OfAZoneWithoutItsOffsetsAreAProgrammerError) {
    WeekHours hours = monday_by_day();
    hours.time_zone = "Europe/Paris";
    EXPECT_DEATH((void)awake(hours, 0), "time_zone");
}

}  // namespace
}  // namespace fleet::model
