// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geo/box.hpp"
#include "model/geometry.hpp"

#include <span>

namespace fleet::geo {

/// The plane that touches the sphere at a place, for distances to lines near it (docs/fold.md,
/// Zones). With k = π/180/1e6 and c = cos(lat·k) of the place, a vertex has
///   x = (R·(Δlon·k))·c,  y = R·(Δlat·k)      Δ = vertex − place, an integer
/// and the distance to the segment from a to b is
///   dx = bx − ax, dy = by − ay, q = dx·dx + dy·dy
///   t = −(ax·dx + ay·dy)/q, brought into [0, 1]; 0 when q = 0
///   x = ax + t·dx, y = ay + t·dy, √(x·x + y·y)
/// in doubles, each operation rounded by itself, in this order. A program that does the same gets
/// the same bits. Δlon does not go round the antimeridian.
class TangentPlane {
  public:
    explicit TangentPlane(model::GeoPoint at) noexcept;

    /// Metres to the nearest of the segments that join consecutive points; at least 1 point.
    [[nodiscard]] double nearest_m(std::span<const model::GeoPoint> line) const noexcept;
    /// At most the distance to any segment inside `box`.
    [[nodiscard]] double lower_bound_m(const Box& box) const noexcept;

  private:
    model::GeoPoint at_;
    double cos_lat_;
};

}  // namespace fleet::geo
