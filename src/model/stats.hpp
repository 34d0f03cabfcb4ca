// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/record.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace fleet::model {

/// Sum, extremes and count of one metric over stored records that carry it, in stored units. Exact
/// (I6).
struct MetricStats {
    std::int64_t sum = 0;
    std::int32_t min = 0;
    std::int32_t max = 0;
    std::uint32_t count = 0;

    void add(std::int32_t value) noexcept {
        min = count == 0 ? value : std::min(min, value);
        max = count == 0 ? value : std::max(max, value);
        sum += value;
        ++count;
    }
    void add(const MetricStats& other) noexcept {
        if (other.count == 0) return;
        min = count == 0 ? other.min : std::min(min, other.min);
        max = count == 0 ? other.max : std::max(max, other.max);
        sum += other.sum;
        count += other.count;
    }
    /// Mean in stored units, or nothing when no record carries the value.
    [[nodiscard]] std::optional<double> mean() const noexcept {
        if (count == 0) return std::nullopt;
        return static_cast<double>(sum) / count;
    }
    bool operator==(const MetricStats&) const = default;
};

/// Distances of legs in whole millimetres (design.md §5). distance = driven + gap.
struct LegStats {
    std::int64_t distance_mm = 0;
    std::int64_t gap_mm = 0;

    [[nodiscard]] std::int64_t driven_mm() const noexcept { return distance_mm - gap_mm; }
    void add(const LegStats& other) noexcept {
        distance_mm += other.distance_mm;
        gap_mm += other.gap_mm;
    }
    bool operator==(const LegStats&) const = default;
};

/// One device or one fleet in one UTC hour. Speed in 0.01 km/h, battery and humidity in 0.01 %,
/// temperature in 0.01 °C.
struct HourStats {
    std::uint64_t records = 0;
    std::uint32_t active_devices = 0;  ///< 0 or 1 for a device
    MetricStats speed;
    MetricStats battery;
    MetricStats temp;
    MetricStats humidity;
    LegStats legs;

    void add(const HourStats& other) noexcept {
        records += other.records;
        active_devices += other.active_devices;
        speed.add(other.speed);
        battery.add(other.battery);
        temp.add(other.temp);
        humidity.add(other.humidity);
        legs.add(other.legs);
    }
    bool operator==(const HourStats&) const = default;
};

/// Hours of one UTC day.
using DayHours = std::array<HourStats, 24>;

/// Newest value of each column group with its own event time (I8). Text lies in the strings beside
/// it.
struct Latest {
    std::int64_t ts_ms = -1;  ///< newest record, −1: none
    std::array<std::int64_t, kGroupCount> group_ts{-1, -1, -1, -1, -1};
    std::uint32_t mask = 0;  ///< fields present in the groups' newest tuples
    std::array<std::int32_t, kFieldCount> values{};
    std::string zone;
    std::string alarm;

    [[nodiscard]] bool has(Field f) const noexcept { return (mask & bit(f)) != 0; }
    [[nodiscard]] std::int32_t value(Field f) const noexcept {
        return values[static_cast<std::size_t>(f)];
    }
    [[nodiscard]] std::int64_t ts_of(Group g) const noexcept {
        return group_ts[static_cast<std::size_t>(g)];
    }
    bool operator==(const Latest&) const = default;

    /// Takes a stored (merged) row into account. Any order of rows gives the same result, provided
    /// that a row is offered again after each merge that changes it.
    void offer(const Sample& row, const TextPool& texts);
};

}  // namespace fleet::model
