// SPDX-License-Identifier: Apache-2.0
#include "geo/distance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

namespace fleet::geo {
namespace {

/// The textbook formula in extended precision.
long double exact_m(Point a, Point b) {
    const long double unit = std::numbers::pi_v<long double> / 180.0L / 1e6L;
    const long double s = std::sin((static_cast<long double>(b.lat) - a.lat) * unit / 2);
    const long double t = std::sin((static_cast<long double>(b.lon) - a.lon) * unit / 2);
    const long double h = s * s + std::cos(a.lat * unit) * std::cos(b.lat * unit) * t * t;
    return 2 * static_cast<long double>(kEarthRadiusM) * std::atan2(std::sqrt(h), std::sqrt(1 - h));
}

TEST(Distance, IsThatOfKnownPairs) {
    // One degree of a great circle is R·π/180.
    const double degree = kEarthRadiusM * std::numbers::pi / 180;
    EXPECT_NEAR(distance_m({0, 0}, {1'000'000, 0}), degree, 1e-6);
    EXPECT_NEAR(distance_m({0, 0}, {0, 1'000'000}), degree, 1e-6);
    EXPECT_NEAR(distance_m({60'000'000, 10'000'000}, {61'000'000, 10'000'000}), degree, 1e-6);
    // Pole to pole, and a quarter of the equator.
    EXPECT_NEAR(distance_m({90'000'000, 0}, {-90'000'000, 0}), degree * 180, 1e-3);
    EXPECT_NEAR(distance_m({0, 0}, {0, 90'000'000}), degree * 90, 1e-3);
    // At the pole the longitude does not matter.
    EXPECT_NEAR(distance_m({90'000'000, -170'000'000}, {90'000'000, 20'000'000}), 0, 1e-6);
    // Notre-Dame de Paris to the Tour Eiffel, 4.1 km.
    EXPECT_NEAR(distance_m({48'852'968, 2'349'902}, {48'858'370, 2'294'481}), 4'098.5, 0.5);
}

TEST(Distance, GoesTheShortWayRoundTheAntimeridian) {
    EXPECT_EQ(leg_mm({10'000'000, 179'999'990}, {10'000'000, -179'999'990}),
              leg_mm({10'000'000, -10}, {10'000'000, 10}));
    EXPECT_EQ(leg_mm({0, 180'000'000}, {0, -180'000'000}), 0);
}

TEST(Distance, OfOneStoredUnitIsElevenCentimetres) {
    EXPECT_EQ(leg_mm({0, 0}, {1, 0}), 111);
    EXPECT_EQ(leg_mm({60'000'000, 0}, {60'000'000, 1}), 56);
    EXPECT_EQ(leg_mm({48'000'000, 2'000'000}, {48'000'000, 2'000'000}), 0);
}

TEST(Distance, IsWithinAMillimetreOfTheExactFormulaAndSymmetric) {
    std::mt19937_64 random(20'260'101);
    std::uniform_int_distribution<std::int32_t> lat(-90'000'000, 90'000'000);
    std::uniform_int_distribution<std::int32_t> lon(-180'000'000, 180'000'000);
    for (const std::int32_t reach : {10, 1'000, 100'000, 2'000'000, 40'000'000, 180'000'000}) {
        std::uniform_int_distribution<std::int32_t> step(-reach, reach);
        for (int i = 0; i < 20'000; ++i) {
            const Point a{lat(random), lon(random)};
            const Point b{std::clamp(a.lat + step(random), -90'000'000, 90'000'000),
                          std::clamp(a.lon + step(random), -180'000'000, 180'000'000)};
            const double d = distance_m(a, b);
            ASSERT_NEAR(d, static_cast<double>(exact_m(a, b)), 0.001)
                << a.lat << ' ' << a.lon << ' ' << b.lat << ' ' << b.lon;
            ASSERT_EQ(d, distance_m(b, a));
            ASSERT_EQ(leg_mm(a, b), static_cast<std::int64_t>(std::floor(d * 1000 + 0.5)));
        }
    }
}

TEST(Distance, OfShortLegsKeepsNineDigits) {
    std::mt19937_64 random(7);
    std::uniform_int_distribution<std::int32_t> lat(-89'000'000, 89'000'000);
    std::uniform_int_distribution<std::int32_t> step(-500, 500);
    for (int i = 0; i < 50'000; ++i) {
        const Point a{lat(random), 2'000'000};
        const Point b{a.lat + step(random), a.lon + step(random)};
        const auto want = static_cast<double>(exact_m(a, b));
        ASSERT_NEAR(distance_m(a, b), want, want * 1e-9);
    }
}

TEST(Distance, DoesNotFailAtTheAntipode) {
    EXPECT_NEAR(distance_m({12'345'678, 45'000'000}, {-12'345'678, -135'000'000}),
                kEarthRadiusM * std::numbers::pi, 0.2);
}

}  // namespace
}  // namespace fleet::geo
