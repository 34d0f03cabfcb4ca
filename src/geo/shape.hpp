// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "model/geometry.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace fleet::geo {

/// Vertices of all rings, or of the line, of one shape.
inline constexpr std::size_t kMaxVertices = 1'000'000;
/// A quarter of the way round the Earth.
inline constexpr std::int64_t kMaxRadiusMm = 10'000'000'000;
/// Beyond that the plane on which the distance to a line is measured is no picture of the Earth.
inline constexpr std::int64_t kMaxHalfWidthMm = 100'000'000;

/// What is wrong with a shape, and in which of its rings; points are written as in GeoJSON,
/// [longitude, latitude] in degrees, vertices and edges counted from 0.
struct ShapeProblem {
    std::optional<std::size_t> ring;
    std::string what;
};

/// How a problem of one ring calls another: "ring 3" when not given.
using RingName = std::function<std::string(std::size_t)>;

/// All that keeps a shape from being a zone, in the order of its rings; empty when it is good.
/// Coordinates out of range, rings of fewer than 3 different points or without area, with an edge
/// over the antimeridian, or larger than half the globe; lines of no length; radius or half-width
/// not above 0 or over its limit. When the rings are good one by one: the first place where edges
/// cross or run over each other. Repeated points, spikes of no width (there and back between two
/// vertices) and rings that touch in a point are good. O(n log n) for shapes of the real world; one
/// that needs more than about a second is refused as too intricate.
[[nodiscard]] std::vector<ShapeProblem> shape_problems(const model::Shape& shape,
                                                       const RingName& name = {});

/// The first of shape_problems() as an `invalid_argument`, "ring 2: …".
[[nodiscard]] Result<void> check_shape(const model::Shape& shape);

}  // namespace fleet::geo
