// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/geometry.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace fleet::geo {

/// A vertex that keeps its number when its ring is cleaned.
struct Vertex {
    model::GeoPoint at;
    std::size_t number = 0;
};

/// The ring without repeated points and without spikes: from A to B and straight back to A. Fewer
/// than 3 vertices are left of a ring that goes nowhere.
[[nodiscard]] std::vector<Vertex> clean_ring(const model::Ring& ring);

/// From a vertex of a ring to the next.
struct EdgeName {
    std::size_t ring = 0;
    std::size_t edge = 0;  ///< number of its first vertex
    model::GeoPoint from;
    model::GeoPoint to;
};

struct Crossing {
    enum class Kind : std::uint8_t {
        cross,          ///< the two edges cross, or the rings do where they touch
        overlap,        ///< the two edges have more than a point in common
        too_intricate,  ///< not found out: too many edges lie close to each other
    } kind = Kind::cross;
    EdgeName first;
    EdgeName second;
};

/// The first pair of edges, by ring and edge, that cross or overlap, of rings cleaned by
/// clean_ring with 3 vertices at least. Exact. Divides space until few edges are left in each part;
/// takes at most about a second.
[[nodiscard]] std::optional<Crossing> find_crossing(const std::vector<std::vector<Vertex>>& rings);

}  // namespace fleet::geo
