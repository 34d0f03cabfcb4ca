// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/geometry.hpp"

#include <cstdint>

namespace fleet::geo {

/// Mean radius of the Earth (IUGG R1), in metres. Part of the definition of every distance figure.
inline constexpr double kEarthRadiusM = 6'371'008.8;

/// A position in stored units: 1e-6 degree, |lat| ≤ 90e6, |lon| ≤ 180e6.
using Point = model::GeoPoint;

/// Great-circle distance in metres on a sphere of kEarthRadiusM, by the haversine formula
///   a = sin²(Δlat/2) + cos(lat1)·cos(lat2)·sin²(Δlon/2),  d = 2R·asin(√a)
/// (R. W. Sinnott, "Virtues of the Haversine", Sky & Telescope 68, 1984). Symmetric, 0 for equal
/// points, the short way round the antimeridian. Within 1 mm of the exact formula, save within 20 m
/// of the antipode, where the formula itself is ill-conditioned. Compiled once and never inlined,
/// so two points give the same bits everywhere in the program.
[[nodiscard]] double distance_m(Point a, Point b) noexcept;

/// distance_m() in whole millimetres, half away from zero: the unit in which legs are added
/// (design: exact sums).
[[nodiscard]] std::int64_t leg_mm(Point a, Point b) noexcept;

}  // namespace fleet::geo
