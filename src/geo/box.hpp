// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/geometry.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace fleet::geo {

/// Places between two latitudes and two longitudes, bounds included, in stored units. Does not
/// reach over the antimeridian. A new one is empty.
struct Box {
    std::int32_t lat_min = std::numeric_limits<std::int32_t>::max();
    std::int32_t lat_max = std::numeric_limits<std::int32_t>::min();
    std::int32_t lon_min = std::numeric_limits<std::int32_t>::max();
    std::int32_t lon_max = std::numeric_limits<std::int32_t>::min();
    bool operator==(const Box&) const = default;

    [[nodiscard]] bool holds(model::GeoPoint p) const noexcept {
        return p.lat >= lat_min && p.lat <= lat_max && p.lon >= lon_min && p.lon <= lon_max;
    }
    void add(model::GeoPoint p) noexcept {
        lat_min = std::min(lat_min, p.lat);
        lat_max = std::max(lat_max, p.lat);
        lon_min = std::min(lon_min, p.lon);
        lon_max = std::max(lon_max, p.lon);
    }
    void add(const Box& other) noexcept {
        lat_min = std::min(lat_min, other.lat_min);
        lat_max = std::max(lat_max, other.lat_max);
        lon_min = std::min(lon_min, other.lon_min);
        lon_max = std::max(lon_max, other.lon_max);
    }
};

}  // namespace fleet::geo
