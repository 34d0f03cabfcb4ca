// SPDX-License-Identifier: Apache-2.0
#include "model/week_hours.hpp"

#include "base/check.hpp"
#include "base/time.hpp"

#include <algorithm>

namespace fleet::model {

namespace {

/// 1970-01-01 was a Thursday; weeks begin on Monday.
constexpr std::int64_t kEpochMinuteOfWeek = 3 * kMinutesPerDay;

}  // namespace

std::int32_t offset_min(const WeekHours& hours, std::int64_t ts_ms) noexcept {
    if (hours.offsets.empty()) {
        FLEET_CHECK(hours.time_zone.empty() || hours.time_zone == "UTC");
        return 0;
    }
    const std::int64_t minute = ts_ms / kMsPerMinute;
    auto later = std::upper_bound(
        hours.offsets.begin(), hours.offsets.end(), minute,
        [](std::int64_t at, const ZoneOffset& offset) { return at < offset.from_min; });
    if (later != hours.offsets.begin()) --later;
    return later->offset_min;
}

bool awake(const WeekHours& hours, std::int64_t ts_ms) noexcept {
    const std::int64_t local = ts_ms / kMsPerMinute + offset_min(hours, ts_ms);
    const std::int64_t minute = (local + kEpochMinuteOfWeek) % kMinutesPerWeek;
    return hours.minutes[static_cast<std::size_t>(minute)];
}

}  // namespace fleet::model
