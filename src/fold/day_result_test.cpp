// SPDX-License-Identifier: Apache-2.0
#include "fold/day_result.hpp"

#include "fold/fold_testing.hpp"

#include <gtest/gtest.h>

#include <random>

namespace fleet::fold::testing {
namespace {

using model::AlertRun;
using model::Stop;
using model::Trip;

std::vector<Trip> some_trips() {
    Trip first;
    first.start_ms = kNoon;
    first.end_ms = kNoon + kHour;
    first.distance_mm = 12'345'678;
    first.gap_mm = 5;
    first.max_speed = 9'876;
    first.from = kHome;
    first.to = {-90'000'000, 180'000'000};
    first.start_reason = model::TripStart::speed;
    first.end_reason = model::TripEnd::silence;
    Trip second = first;
    second.start_ms = kNoon - kHour;  // any order reads back
    second.max_speed.reset();
    second.from = {90'000'000, -180'000'000};
    second.start_reason = model::TripStart::midnight;
    second.end_reason = model::TripEnd::midnight;
    return {first, second};
}

std::vector<Stop> some_stops() {
    return {{kNoon, kNoon + kHour, kHome, false}, {kNoon + 2 * kHour, kNoon + 3 * kHour, {}, true}};
}

std::vector<AlertRun> some_alerts() {
    AlertRun speed;
    speed.rule = 1;
    speed.start_ms = kNoon;
    speed.end_ms = kNoon + kMinute;
    speed.peak = 15'000;
    speed.limit = 11'000;
    speed.at = kHome;
    speed.severity = Severity::high;
    AlertRun crossing;
    crossing.rule = 4'000'000'000;
    crossing.zone = 75;
    crossing.start_ms = kNoon + kMinute;
    crossing.end_ms = crossing.start_ms;
    crossing.at = north(kHome, 300);
    AlertRun alarm;
    alarm.rule = 6;
    alarm.start_ms = kNoon + kHour;
    alarm.alarm = std::string("s\0s", 3);
    alarm.severity = Severity::medium;
    return {speed, crossing, alarm};
}

template <class Item, class Encode, class Decode>
void check(const std::vector<Item>& items, Encode encode, Decode decode) {
    for (std::size_t count = 0; count <= items.size(); ++count) {
        const std::vector<Item> some(items.begin(),
                                     items.begin() + static_cast<std::ptrdiff_t>(count));
        std::string bytes;
        encode(some, bytes);
        const auto read = decode(bytes);
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(*read, some);
        for (std::size_t size = 2; size < bytes.size(); ++size)
            ASSERT_FALSE(decode(std::string_view(bytes).substr(0, size))) << size;
        EXPECT_EQ(decode(bytes + '\0').error().code, Code::corrupt);
        EXPECT_EQ(bytes.size() == 1, count == 0);
    }
    EXPECT_TRUE(decode("")->empty());
    EXPECT_EQ(decode("\x02").error().code, Code::unsupported);
    EXPECT_EQ(decode(std::string_view("\0", 1)).error().code, Code::corrupt);
    // A count that the bytes cannot hold reserves nothing.
    EXPECT_EQ(decode("\x01\xff\xff\xff\xff\x7f").error().code, Code::corrupt);
    std::string good;
    encode(items, good);
    std::mt19937_64 random(5);
    for (int i = 0; i < 20'000; ++i) {
        std::string bad = good;
        bad[random() % bad.size()] = static_cast<char>(random());
        bad[random() % bad.size()] = static_cast<char>(random());
        if (const auto read = decode(bad)) {
            std::string again;
            encode(*read, again);
            EXPECT_EQ(*decode(again), *read);
        }
    }
}

TEST(DayResult, TripsReadBack) { check(some_trips(), encode_trips, decode_trips); }
TEST(DayResult, StopsReadBack) { check(some_stops(), encode_stops, decode_stops); }
TEST(DayResult, AlertsReadBack) { check(some_alerts(), encode_alerts, decode_alerts); }

}  // namespace
}  // namespace fleet::fold::testing
