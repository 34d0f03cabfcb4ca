// SPDX-License-Identifier: Apache-2.0
#include "fold/day_fold.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <vector>

namespace fleet::fold {
namespace {

using model::DayHours;
using model::Field;
using model::Sample;

constexpr std::int64_t kDay = 20'000 * kMsPerDay;

Sample row_at(std::int64_t ts_ms) {
    Sample row;
    row.ts_ms = ts_ms;
    return row;
}

Sample point_at(std::int64_t ts_ms, std::int32_t lat, std::int32_t lon) {
    Sample row = row_at(ts_ms);
    row.set(Field::lat, lat);
    row.set(Field::lon, lon);
    return row;
}

/// Rows as vehicles send them: mostly in motion, with pauses, rows without position or without
/// metrics.
std::vector<Sample> random_day(std::mt19937_64& random) {
    std::vector<Sample> rows;
    const auto chance = [&](int percent) { return static_cast<int>(random() % 100) < percent; };
    std::int64_t ts = kDay;
    geo::Point at{48'000'000, 2'000'000};
    while (true) {
        ts += chance(5) ? 1 + static_cast<std::int64_t>(random() % (3 * kMsPerHour))
                        : 1 + static_cast<std::int64_t>(random() % kMsPerMinute);
        if (ts >= kDay + kMsPerDay) return rows;
        const int reach = chance(2) ? 900'000 : 2'000;
        at.lat += static_cast<std::int32_t>(random() % (2 * static_cast<unsigned>(reach))) - reach;
        at.lon += static_cast<std::int32_t>(random() % (2 * static_cast<unsigned>(reach))) - reach;
        Sample row = chance(80) ? point_at(ts, at.lat, at.lon) : row_at(ts);
        if (chance(90)) row.set(Field::speed, static_cast<std::int32_t>(random() % 12'000));
        if (chance(50)) row.set(Field::battery, static_cast<std::int32_t>(random() % 10'001));
        if (chance(50)) row.set(Field::temp, static_cast<std::int32_t>(random() % 8'000) - 3'000);
        if (chance(30)) row.set(Field::humidity, static_cast<std::int32_t>(random() % 10'001));
        rows.push_back(row);
    }
}

TEST(DayFold, CountsLegsInTheHourOfTheirLaterPoint) {
    const std::vector<Sample> rows{point_at(kDay + kMsPerHour - 1'000, 0, 0),
                                   point_at(kDay + kMsPerHour, 100, 0),
                                   point_at(kDay + kMsPerHour + 9'000, 200, 0)};
    const DayHours hours = refold(rows);
    EXPECT_EQ(hours[0].records, 1U);
    EXPECT_EQ(hours[0].legs.distance_mm, 0);
    EXPECT_EQ(hours[1].records, 2U);
    EXPECT_EQ(hours[1].active_devices, 1U);
    EXPECT_EQ(hours[1].legs.distance_mm, 2 * geo::leg_mm({0, 0}, {100, 0}));
    EXPECT_EQ(hours[1].legs.gap_mm, 0);
    EXPECT_EQ(hours[2], model::HourStats{});
}

TEST(DayFold, SkipsRowsWithoutPositionButCountsThem) {
    Sample battery = row_at(kDay + 5'000);
    battery.set(Field::battery, 0);
    const std::vector<Sample> rows{point_at(kDay, 0, 0), battery, point_at(kDay + 10'000, 0, 50)};
    const model::HourStats hour = refold(rows)[0];
    EXPECT_EQ(hour.records, 3U);
    EXPECT_EQ(hour.legs.distance_mm, geo::leg_mm({0, 0}, {0, 50}));
    EXPECT_EQ(hour.battery.count, 1U);
    EXPECT_EQ(hour.battery.mean(), 0.0);  // zero is a value
    EXPECT_FALSE(hour.speed.mean());
}

TEST(DayFold, ALegAcrossMidnightIsInNoDay) {
    FoldState state;
    const std::vector<Sample> before{point_at(kDay - 1'000, 0, 0)};
    const std::vector<Sample> after{point_at(kDay, 100, 0), point_at(kDay + 1'000, 200, 0)};
    EXPECT_EQ(total(refold(state, before)).legs.distance_mm, 0);
    EXPECT_EQ(total(refold(state, after)).legs.distance_mm, geo::leg_mm({100, 0}, {200, 0}));
    EXPECT_EQ(state, (FoldState{true, kDay + 1'000, {200, 0}}));
}

TEST(DayFold, SeparatesGapsByTimeAndBySpeed) {
    // Exactly 10 min is no gap, one millisecond more is one.
    for (const std::int64_t over : {0, 1}) {
        const std::vector<Sample> rows{point_at(kDay, 0, 0),
                                       point_at(kDay + kGapMs + over, 100, 0)};
        const model::LegStats legs = total(refold(rows)).legs;
        EXPECT_EQ(legs.distance_mm, geo::leg_mm({0, 0}, {100, 0}));
        EXPECT_EQ(legs.gap_mm, over == 0 ? 0 : legs.distance_mm);
        EXPECT_EQ(legs.driven_mm(), over == 0 ? legs.distance_mm : 0);
    }
    // 300 km/h is 250 m in 3 s.
    EXPECT_FALSE(is_gap(250'000, 3'000));
    EXPECT_TRUE(is_gap(250'001, 3'000));
    EXPECT_FALSE(is_gap(0, 1));
}

/// The definitions once more, in floating point and without running state.
DayHours naive(const std::vector<Sample>& rows) {
    DayHours hours{};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Sample& row = rows[i];
        model::HourStats& hour = hours[static_cast<std::size_t>((row.ts_ms - kDay) / kMsPerHour)];
        hour.records += 1;
        hour.active_devices = 1;
        for (const auto& [field, stats] :
             std::map<Field, model::MetricStats*>{{Field::speed, &hour.speed},
                                                  {Field::battery, &hour.battery},
                                                  {Field::temp, &hour.temp},
                                                  {Field::humidity, &hour.humidity}})
            if (row.has(field)) stats->add(row.value(field));
        if (!row.has(Field::lat)) continue;
        std::size_t before = i;
        while (before > 0 && !rows[before - 1].has(Field::lat)) --before;
        if (before == 0) continue;
        const Sample& from = rows[before - 1];
        const double m = geo::distance_m({from.value(Field::lat), from.value(Field::lon)},
                                         {row.value(Field::lat), row.value(Field::lon)});
        const std::int64_t mm = std::llround(m * 1000);
        const auto seconds = static_cast<double>(row.ts_ms - from.ts_ms) / 1000;
        hour.legs.distance_mm += mm;
        if (seconds > 600 || m / seconds * 3.6 > 300) hour.legs.gap_mm += mm;
    }
    return hours;
}

TEST(DayFold, EqualsTheDefinitionsOnRandomDays) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        std::mt19937_64 random(seed);
        const std::vector<Sample> rows = random_day(random);
        EXPECT_EQ(refold(rows), naive(rows)) << "seed " << seed;
    }
}

TEST(DayFold, IncrementalEqualsRefoldWhereverItIsResumed) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        std::mt19937_64 random(seed);
        const std::vector<Sample> rows = random_day(random);
        FoldState state;
        DayHours hours{};
        for (const Sample& row : rows) {
            if (random() % 7 == 0) {  // as after a restart
                std::string bytes;
                state.encode(bytes);
                auto restored = FoldState::decode(bytes);
                ASSERT_TRUE(restored);
                state = *restored;
            }
            step(state, hours, row);
        }
        FoldState fresh;
        EXPECT_EQ(hours, refold(fresh, rows)) << "seed " << seed;
        EXPECT_EQ(state, fresh) << "seed " << seed;
    }
}

TEST(DayFold, MissesTheTruthWhenALateRowIsOnlyAppended) {
    // Why a late row needs a refold: adding its own values is not enough, the legs around it
    // change.
    const std::vector<Sample> ordered{point_at(kDay, 0, 0), point_at(kDay + 10'000, 0, 4'000),
                                      point_at(kDay + 20'000, 0, 0)};
    FoldState state;
    DayHours appended{};
    for (const std::size_t i : {0U, 2U, 1U}) step(state, appended, ordered[i]);
    EXPECT_NE(appended, refold(ordered));
}

TEST(FoldState, RefusesBytesThatAreNotAState) {
    std::string bytes;
    FoldState{true, kDay, {-90'000'000, 180'000'000}}.encode(bytes);
    EXPECT_EQ(*FoldState::decode(bytes), (FoldState{true, kDay, {-90'000'000, 180'000'000}}));
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
        EXPECT_EQ(FoldState::decode(bytes.substr(0, cut)).error().code, Code::corrupt) << cut;
    EXPECT_EQ(FoldState::decode(bytes + '\0').error().code, Code::corrupt);
    std::string later = bytes;
    later[0] = 9;
    EXPECT_EQ(FoldState::decode(later).error().code, Code::unsupported);
    later = bytes;
    later[1] = 2;
    EXPECT_EQ(FoldState::decode(later).error().code, Code::corrupt);
}

}  // namespace
}  // namespace fleet::fold
