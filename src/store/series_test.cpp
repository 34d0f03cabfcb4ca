// SPDX-License-Identifier: Apache-2.0
#include "store/series.hpp"

#include <gtest/gtest.h>

#include <random>

namespace fleet::store {
namespace {

constexpr std::int64_t kStart = 20'000 * kMsPerDay;

TEST(Series, TheBucketIsTheLeastThatFits) {
    const auto width = [](std::int64_t from, std::int64_t to, std::size_t points) {
        return bucket_ms({{kStart + from}, {kStart + to}}, points);
    };
    EXPECT_EQ(width(0, 500'000, 500), 1'000);
    EXPECT_EQ(width(0, 500'001, 500), 2'000);
    EXPECT_EQ(width(500, 500'500, 500), 2'000);           // touches 501 whole seconds
    EXPECT_EQ(width(0, kMsPerDay, 0), 5 * kMsPerMinute);  // 288; 720 at 2 min
    EXPECT_EQ(width(0, kMsPerDay, 24), kMsPerHour);
    EXPECT_EQ(width(0, kMsPerDay, 23), 2 * kMsPerHour);
    EXPECT_EQ(width(0, kMsPerDay, 1), kMsPerDay);
    EXPECT_EQ(width(1, kMsPerDay + 1, 1), 2 * kMsPerDay);
    EXPECT_EQ(width(0, 30 * kMsPerDay, 999'999), 10 * kMsPerMinute);  // of kMaxPoints
    EXPECT_EQ(bucket_ms({{0}, {kMaxMs + 1}}, 1), 100'000 * kMsPerDay);
    EXPECT_EQ(width(5, 5, 10), kMsPerSecond);
}

TEST(Series, NoRangeHasMoreBucketsThanPointsAndTheNextSmallerWidthWould) {
    std::mt19937_64 random(3);
    for (int round = 0; round < 20'000; ++round) {
        const auto from = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(kMaxMs));
        const auto length = static_cast<std::int64_t>(random() >> (20 + random() % 40));
        const TimeRange range{{from}, {std::min(kMaxMs + 1, from + 1 + length)}};
        const std::size_t points = 1 + random() % 600;
        const std::int64_t width = bucket_ms(range, points);
        const auto touched = [&](std::int64_t w) {
            return static_cast<std::size_t>((range.to.ms - 1) / w - range.from.ms / w + 1);
        };
        ASSERT_LE(touched(width), points);
        // The steps are at most 2.5 wide, so a width below 2/5 of it was too small.
        if (width > kMsPerSecond && points > 2) {
            ASSERT_GT(touched(width * 2 / 5) + 1, points);
        }
    }
}

TEST(Series, OpenSidesAreThoseOfTheRecords) {
    const TimeRange ever{{0}, {kMaxMs + 1}};
    const auto of = [&](TimeRange asked, TimeRange kept) {
        return series_range(asked, kept, Timestamp{kStart}, Timestamp{kStart + 99});
    };
    EXPECT_EQ(of(ever, ever).from.ms, kStart);
    EXPECT_EQ(of(ever, ever).to.ms, kStart + 100);
    EXPECT_EQ(of(ever, {{kStart + 50}, {kMaxMs + 1}}).from.ms, kStart + 50);
    EXPECT_EQ(of({{5}, {70}}, {{5}, {70}}).from.ms, 5);
    EXPECT_EQ(of({{5}, {70}}, {{5}, {70}}).to.ms, 70);
    const TimeRange none = series_range(ever, ever, {}, {});
    EXPECT_EQ(none.from, none.to);
}

TEST(Series, BucketsKeepSpikesAndGaps) {
    SeriesFold fold(10'000);
    fold.add(std::vector<std::int64_t>{0, 1, 9'999, 10'000},
             std::vector<std::int32_t>{5, 30'000, -7, 1});
    fold.add(std::vector<std::int64_t>{10'001, 50'000}, std::vector<std::int32_t>{2, 3});
    fold.add({}, {});
    const std::vector<SeriesPoint> want{
        {{0}, -7, 30'000, 29'998, 3}, {{10'000}, 1, 2, 3, 2}, {{50'000}, 3, 3, 3, 1}};
    EXPECT_EQ(std::move(fold).take(), want);
}

TEST(Series, WhatHasNoMeanIsNoMetric) {
    using model::Field;
    for (const Field field :
         {Field::lat, Field::lon, Field::heading, Field::charging, Field::ignition})
        EXPECT_FALSE(is_series_metric(field));
    for (const Field field :
         {Field::altitude, Field::accuracy, Field::satellites, Field::speed, Field::battery,
          Field::fuel, Field::temp, Field::humidity, Field::odometer})
        EXPECT_TRUE(is_series_metric(field));
}

}  // namespace
}  // namespace fleet::store
