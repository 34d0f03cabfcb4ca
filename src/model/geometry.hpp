// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

namespace fleet::model {

/// A place in stored units: 1e-6 degree.
struct GeoPoint {
    std::int32_t lat = 0;
    std::int32_t lon = 0;
    auto operator<=>(const GeoPoint&) const = default;
};

/// Closed line: the last point joins the first, which is not repeated. At least 3 points.
using Ring = std::vector<GeoPoint>;

/// Outer rings and holes alike; inside is even-odd over all of them, a boundary is inside.
struct Polygons {
    std::vector<Ring> rings;
    bool operator==(const Polygons&) const = default;
};

struct Circle {
    GeoPoint centre;
    std::int64_t radius_mm = 0;
    bool operator==(const Circle&) const = default;
};

/// All places within `half_width_mm` of a line of at least 2 points.
struct Corridor {
    std::vector<GeoPoint> line;
    std::int64_t half_width_mm = 0;
    bool operator==(const Corridor&) const = default;
};

using Shape = std::variant<Polygons, Circle, Corridor>;

}  // namespace fleet::model
