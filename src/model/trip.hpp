// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/geometry.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace fleet::model {

enum class TripStart : std::uint8_t { distance, speed, midnight };
enum class TripEnd : std::uint8_t { open, stop, silence, midnight };

[[nodiscard]] std::string_view name_of(TripStart reason) noexcept;
[[nodiscard]] std::string_view name_of(TripEnd reason) noexcept;

/// Definitions: docs/fold.md, Trips and stops.
struct Trip {
    std::int64_t start_ms = 0;
    std::int64_t end_ms = 0;
    std::int64_t distance_mm = 0;
    std::int64_t gap_mm = 0;                ///< driven = distance − gap
    std::optional<std::int32_t> max_speed;  ///< 0.01 km/h
    GeoPoint from;
    GeoPoint to;
    TripStart start_reason = TripStart::distance;
    TripEnd end_reason = TripEnd::open;
    bool operator==(const Trip&) const = default;
};

struct Stop {
    std::int64_t start_ms = 0;
    std::int64_t end_ms = 0;
    GeoPoint at;
    bool open = false;  ///< it may go on
    bool operator==(const Stop&) const = default;
};

}  // namespace fleet::model
