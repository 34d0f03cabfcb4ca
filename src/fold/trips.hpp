// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"
#include "fold/day_result.hpp"
#include "fold/device_state.hpp"
#include "geo/distance.hpp"

#include <algorithm>
#include <cstdint>

namespace fleet::fold {

inline constexpr std::int64_t kSilenceMs = kMsPerHour;  ///< longer than this: a silence
inline constexpr std::int64_t kDepartureMm = 200'000;   ///< this far from the anchor: moving
inline constexpr std::int64_t kAtAnchorMm = 50'000;     ///< this near is at the anchor
inline constexpr std::int32_t kMovingSpeed = 5'00;      ///< above this, 0.01 km/h, …
inline constexpr std::int64_t kSpeedRunMs = 60'000;     ///< … for this long: moving
inline constexpr std::int64_t kStopMs = 180'000;        ///< this long at the anchor: a stop

[[nodiscard]] constexpr geo::Point geo_point(model::GeoPoint at) noexcept {
    return {at.lat, at.lon};
}

/// Haversine distance in whole millimetres; costs nothing where nothing has moved.
[[nodiscard]] inline std::int64_t distance_mm(const Fix& a, const Fix& b) noexcept {
    return a.at == b.at ? 0 : geo::leg_mm(geo_point(a.at), geo_point(b.at));
}

/// Whether the still period is long enough to be reported.
[[nodiscard]] inline bool is_stop(const DeviceState& state) noexcept {
    return state.at_anchor_ms - state.anchor.ts_ms >= kStopMs;
}
[[nodiscard]] model::Stop stop_of(const DeviceState& state) noexcept;
[[nodiscard]] model::Trip trip_of(const DeviceState& state, const Fix& end, const Travel& travel,
                                  model::TripEnd reason) noexcept;
[[nodiscard]] model::AlertRun alert_of(const Run& run);

/// A point on its way into the fold.
struct Arrival {
    Fix fix;
    std::int32_t speed = -1;   ///< −1: none
    bool new_day = false;      ///< on a later UTC day than the point before
    std::int64_t step_mm = 0;  ///< from the point before
    std::int64_t leg_mm = 0;   ///< the same, but 0 on a new day
    std::int64_t gap_mm = 0;
};

/// Trips and stops by one more point (docs/fold.md, Trips and stops). `state.last` is the point
/// before it on entry, and this one on return.
void follow(DeviceState& state, DayResult& result, const Arrival& p);

}  // namespace fleet::fold
