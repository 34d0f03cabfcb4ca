// SPDX-License-Identifier: Apache-2.0
#include "geo/distance.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>

// The result is stored, and verified by recomputing: a compiler may not fuse or reorder the
// arithmetic of this file.
#if defined(__FAST_MATH__)
#error "distance.cpp must not be compiled with -ffast-math"
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

namespace fleet::geo {

namespace {

constexpr std::int64_t kQuarterTurn = 90'000'000;
constexpr std::int64_t kHalfTurn = 180'000'000;
constexpr std::int64_t kTurn = 360'000'000;
/// Radians of half a stored unit: angles enter the formula halved.
constexpr double kHalfUnit = std::numbers::pi / 180.0 / 2e6;

/// sin x for |x| ≤ π/4: its power series, whose first omitted term is below 5e-17. About 3 ns, and
/// the same on every machine, which the C library (one routine per processor generation) does not
/// promise.
double sin_eighth(double x) {
    const double y = x * x;
    const double low = 1.0 - y * (1.0 / 6.0 - y * (1.0 / 120.0 - y * (1.0 / 5'040.0)));
    const double high =
        1.0 / 362'880.0 -
        y * (1.0 / 39'916'800.0 - y * (1.0 / 6'227'020'800.0 - y / 1'307'674'368'000.0));
    const double y2 = y * y;
    return x * (low + y2 * y2 * high);
}

/// asin x for 0 ≤ x ≤ 0.01: the power series, next term below 1e-21 x.
double asin_small(double x) {
    const double y = x * x;
    return x *
           (1.0 + y * (1.0 / 6.0 + y * (3.0 / 40.0 + y * (15.0 / 336.0 + y * (105.0 / 3'456.0)))));
}

}  // namespace

#if defined(__clang__)
__attribute__((noinline))
#elif defined(__GNUC__)
__attribute__((noinline, noclone))
#endif
double
distance_m(Point a, Point b) noexcept {
    const std::int64_t dlat = std::abs(std::int64_t{a.lat} - b.lat);
    std::int64_t dlon = std::abs(std::int64_t{a.lon} - b.lon);
    dlon = std::min(dlon, kTurn - dlon);
    const double half_dlat = static_cast<double>(dlat) * kHalfUnit;
    const double half_dlon = static_cast<double>(dlon) * kHalfUnit;
    const bool near = dlat <= kQuarterTurn && dlon <= kQuarterTurn;
    const double s = near ? sin_eighth(half_dlat) : std::sin(half_dlat);
    const double t = near ? sin_eighth(half_dlon) : std::sin(half_dlon);

    // cos(lat1)·cos(lat2) = cos²m − sin²(Δlat/2) with m the middle latitude: one cosine instead of
    // two. It is the sine of the colatitude, by the double angle, so that it keeps its relative
    // precision at the poles.
    const std::int64_t colatitude =
        kHalfTurn - std::abs(std::int64_t{a.lat} + b.lat);  // half units
    const double q = sin_eighth(static_cast<double>(colatitude) * (kHalfUnit / 2.0));
    const double cos2 = 4.0 * (q * q) * (1.0 - q * q);
    const double h = s * s + (cos2 - s * s) * (t * t);
    const double root = std::sqrt(std::clamp(h, 0.0, 1.0));
    return 2.0 * kEarthRadiusM * (root <= 0.01 ? asin_small(root) : std::asin(root));
}

std::int64_t leg_mm(Point a, Point b) noexcept {
    return static_cast<std::int64_t>(distance_m(a, b) * 1000.0 + 0.5);
}

}  // namespace fleet::geo
