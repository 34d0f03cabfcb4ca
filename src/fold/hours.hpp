// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"
#include "model/record.hpp"
#include "model/stats.hpp"

#include <cstdint>

namespace fleet::fold {

/// A leg counts as a gap when its points lie further apart in time than this …
inline constexpr std::int64_t kGapMs = 10 * kMsPerMinute;
/// … or when its implied speed is above this.
inline constexpr std::int64_t kGapKmh = 300;

/// Whether a leg of `mm` in `dt_ms` > 0 is a gap (docs/fold.md, Legs). Exact: no division.
[[nodiscard]] constexpr bool is_gap(std::int64_t mm, std::int64_t dt_ms) noexcept {
    // mm / ms = m/s, times 3.6 = km/h
    return dt_ms > kGapMs || mm * 36 > kGapKmh * 10 * dt_ms;
}

/// Counts a row and its metrics in its hour; its leg is the caller's.
inline void add_row(model::HourStats& hour, const model::Sample& row) noexcept {
    using model::Field;
    ++hour.records;
    hour.active_devices = 1;
    if (row.has(Field::speed)) hour.speed.add(row.value(Field::speed));
    if (row.has(Field::battery)) hour.battery.add(row.value(Field::battery));
    if (row.has(Field::temp)) hour.temp.add(row.value(Field::temp));
    if (row.has(Field::humidity)) hour.humidity.add(row.value(Field::humidity));
}

}  // namespace fleet::fold
