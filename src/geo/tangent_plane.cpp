// SPDX-License-Identifier: Apache-2.0
#include "geo/tangent_plane.hpp"

#include "geo/distance.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

// What follows from these distances is stored and verified by recomputing: a compiler may not fuse
// or reorder the arithmetic of this file.
#if defined(__FAST_MATH__)
#error "tangent_plane.cpp must not be compiled with -ffast-math"
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

namespace fleet::geo {

namespace {

constexpr double kRadians = std::numbers::pi / 180.0 / 1e6;  ///< of one stored unit

double metres(std::int64_t units) noexcept {
    return kEarthRadiusM * (static_cast<double>(units) * kRadians);
}

}  // namespace

TangentPlane::TangentPlane(model::GeoPoint at) noexcept
    : at_(at), cos_lat_(std::cos(static_cast<double>(at.lat) * kRadians)) {}

double TangentPlane::nearest_m(std::span<const model::GeoPoint> line) const noexcept {
    double ax = metres(std::int64_t{line[0].lon} - at_.lon) * cos_lat_;
    double ay = metres(std::int64_t{line[0].lat} - at_.lat);
    double best = ax * ax + ay * ay;
    for (const model::GeoPoint p : line.subspan(1)) {
        const double bx = metres(std::int64_t{p.lon} - at_.lon) * cos_lat_;
        const double by = metres(std::int64_t{p.lat} - at_.lat);
        const double dx = bx - ax;
        const double dy = by - ay;
        const double q = dx * dx + dy * dy;
        const double t = q > 0 ? std::clamp(-(ax * dx + ay * dy) / q, 0.0, 1.0) : 0.0;
        const double x = ax + t * dx;
        const double y = ay + t * dy;
        best = std::min(best, x * x + y * y);
        ax = bx;
        ay = by;
    }
    return std::sqrt(best);
}

double TangentPlane::lower_bound_m(const Box& box) const noexcept {
    const auto outside = [](std::int64_t at, std::int64_t low, std::int64_t high) {
        return std::max({low - at, at - high, std::int64_t{0}});
    };
    const double x = metres(outside(at_.lon, box.lon_min, box.lon_max)) * cos_lat_;
    const double y = metres(outside(at_.lat, box.lat_min, box.lat_max));
    // A hair less than the true distance to the box, so that rounding never makes it more.
    return std::sqrt(x * x + y * y) * (1.0 - 1e-12);
}

}  // namespace fleet::geo
