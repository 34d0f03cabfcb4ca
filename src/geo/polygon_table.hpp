// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geo/box.hpp"
#include "geo/tangent_plane.hpp"
#include "model/geometry.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fleet::geo {

/// Polygons of many zones, each cut into horizontal slabs that list the edges which touch them, so
/// that a place is compared with a handful of edges. Grows by add(); after that it is thread-safe.
/// At most 72 bytes a vertex.
class PolygonTable {
  public:
    /// Returns the number to ask by: 0, 1, 2, …
    std::uint32_t add(const model::Polygons& polygons);

    [[nodiscard]] const Box& box(std::uint32_t polygon) const noexcept {
        return entries_[polygon].box;
    }
    /// Even-odd over all rings, edges and vertices inside; exact in integers.
    [[nodiscard]] bool contains(std::uint32_t polygon, model::GeoPoint at) const noexcept;

  private:
    struct Edge {
        model::GeoPoint a;
        model::GeoPoint b;
    };
    struct Entry {
        Box box;
        int shift = 0;  ///< slabs are 2^shift units high, the first begins at box.lat_min
        std::size_t first_slab = 0;
    };

    std::vector<Entry> entries_;
    std::vector<std::size_t> slabs_;  ///< first edge of each; one more at the end of a polygon
    std::vector<Edge> edges_;         ///< slab by slab; an edge stands in each slab that it touches
};

}  // namespace fleet::geo
