// SPDX-License-Identifier: Apache-2.0
#include "geo/zone_index.hpp"

#include "geo/distance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <string>

namespace fleet::geo {
namespace {

using model::Circle;
using model::Corridor;
using model::GeoPoint;
using model::Polygons;
using model::Ring;
using model::Shape;

ZoneIndex index_of(const std::vector<Shape>& shapes) {
    std::vector<const Shape*> pointers;
    for (const Shape& shape : shapes) pointers.push_back(&shape);
    return ZoneIndex(pointers);
}

std::vector<std::uint32_t> containing(const ZoneIndex& index, GeoPoint at) {
    std::vector<std::uint32_t> zones{7};
    index.containing(at, zones);
    return zones;
}

// --- the simplest possible program for the same definitions ---

bool on_segment(GeoPoint a, GeoPoint b, GeoPoint p) {
    const long long cross = (static_cast<long long>(b.lon) - a.lon) * (p.lat - a.lat) -
                            (static_cast<long long>(b.lat) - a.lat) * (p.lon - a.lon);
    return cross == 0 && p.lon >= std::min(a.lon, b.lon) && p.lon <= std::max(a.lon, b.lon) &&
           p.lat >= std::min(a.lat, b.lat) && p.lat <= std::max(a.lat, b.lat);
}

bool plainly_inside(const Polygons& polygons, GeoPoint p) {
    int east = 0;
    for (const Ring& ring : polygons.rings)
        for (std::size_t i = 0; i < ring.size(); ++i) {
            GeoPoint low = ring[i];
            GeoPoint high = ring[(i + 1) % ring.size()];
            if (on_segment(low, high, p)) return true;
            if (low.lat > high.lat) std::swap(low, high);
            if (p.lat < low.lat || p.lat >= high.lat) continue;
            // Longitude of the edge at this latitude, times its height: beyond that of the place?
            const long long height = static_cast<long long>(high.lat) - low.lat;
            const long long there =
                (static_cast<long long>(high.lon) - low.lon) * (p.lat - low.lat);
            if (there > (static_cast<long long>(p.lon) - low.lon) * height) ++east;
        }
    return east % 2 == 1;
}

double plain_segment_m(GeoPoint a, GeoPoint b, GeoPoint p) {
    const double k = std::numbers::pi / 180.0 / 1e6;
    const double c = std::cos(p.lat * k);
    const double ax = kEarthRadiusM * ((a.lon - static_cast<double>(p.lon)) * k) * c;
    const double ay = kEarthRadiusM * ((a.lat - static_cast<double>(p.lat)) * k);
    const double bx = kEarthRadiusM * ((b.lon - static_cast<double>(p.lon)) * k) * c;
    const double by = kEarthRadiusM * ((b.lat - static_cast<double>(p.lat)) * k);
    const double dx = bx - ax;
    const double dy = by - ay;
    const double q = dx * dx + dy * dy;
    double t = q > 0 ? -(ax * dx + ay * dy) / q : 0;
    if (t < 0) t = 0;
    if (t > 1) t = 1;
    const double x = ax + t * dx;
    const double y = ay + t * dy;
    return std::sqrt(x * x + y * y);
}

double plain_line_m(const std::vector<GeoPoint>& line, bool closed, GeoPoint p) {
    double best = plain_segment_m(line.front(), line.front(), p);
    for (std::size_t i = 1; i < line.size(); ++i)
        best = std::min(best, plain_segment_m(line[i - 1], line[i], p));
    return closed ? std::min(best, plain_segment_m(line.back(), line.front(), p)) : best;
}

bool plainly_inside(const Shape& shape, GeoPoint p) {
    if (const auto* polygons = std::get_if<Polygons>(&shape)) return plainly_inside(*polygons, p);
    if (const auto* circle = std::get_if<Circle>(&shape))
        return leg_mm(circle->centre, p) <= circle->radius_mm;
    const auto& corridor = std::get<Corridor>(shape);
    return plain_line_m(corridor.line, false, p) <=
           static_cast<double>(corridor.half_width_mm) / 1000;
}

double plain_distance_m(const Shape& shape, GeoPoint p) {
    if (plainly_inside(shape, p)) return 0;
    if (const auto* circle = std::get_if<Circle>(&shape))
        return static_cast<double>(leg_mm(circle->centre, p) - circle->radius_mm) / 1000;
    if (const auto* corridor = std::get_if<Corridor>(&shape))
        return plain_line_m(corridor->line, false, p) -
               static_cast<double>(corridor->half_width_mm) / 1000;
    double best = std::numeric_limits<double>::infinity();
    for (const Ring& ring : std::get<Polygons>(shape).rings)
        best = std::min(best, plain_line_m(ring, true, p));
    return best;
}

// --- random shapes ---

struct Dice {
    std::mt19937_64 rng;
    std::int32_t between(std::int32_t low, std::int32_t high) {
        return std::uniform_int_distribution<std::int32_t>(low, high)(rng);
    }
    GeoPoint near(GeoPoint middle, std::int32_t reach) {
        return {std::clamp(middle.lat + between(-reach, reach), -90'000'000, 90'000'000),
                std::clamp(middle.lon + between(-reach, reach), -180'000'000, 180'000'000)};
    }
    Shape shape(GeoPoint middle, std::int32_t reach) {
        const std::int64_t metre_mm = 1 + std::int64_t{reach} * 60;  // half of the reach, roughly
        switch (between(0, 3)) {
            case 0: return Circle{near(middle, reach), 1 + between(0, 1) * metre_mm};
            case 1: {
                Corridor corridor{{}, 1 + metre_mm / between(1, 20)};
                const int points = between(2, between(0, 4) == 0 ? 150 : 5);
                for (int i = 0; i < points; ++i) corridor.line.push_back(near(middle, reach));
                return corridor;
            }
            default: {
                // Any rings, crossing ones too: even-odd is defined for all of them.
                Polygons polygons;
                for (int r = between(1, 3); r > 0; --r) {
                    Ring ring;
                    const int points = between(3, between(0, 4) == 0 ? 200 : 12);
                    for (int i = 0; i < points; ++i) ring.push_back(near(middle, reach));
                    polygons.rings.push_back(ring);
                }
                return polygons;
            }
        }
    }
    /// A vertex, a point of an edge (exact if there is one) or any place.
    GeoPoint probe(const Shape& shape, GeoPoint middle, std::int32_t reach) {
        const auto* polygons = std::get_if<Polygons>(&shape);
        if (polygons == nullptr || between(0, 2) == 0) return near(middle, reach + reach / 2 + 1);
        const Ring& ring = polygons->rings[static_cast<std::size_t>(
            between(0, static_cast<int>(polygons->rings.size()) - 1))];
        const auto i = static_cast<std::size_t>(between(0, static_cast<int>(ring.size()) - 1));
        if (between(0, 1) == 0) return ring[i];
        const GeoPoint a = ring[i];
        const GeoPoint b = ring[(i + 1) % ring.size()];
        return {static_cast<std::int32_t>((std::int64_t{a.lat} + b.lat) / 2),
                static_cast<std::int32_t>((std::int64_t{a.lon} + b.lon) / 2)};
    }
};

std::string shown(GeoPoint p) { return std::to_string(p.lat) + ' ' + std::to_string(p.lon); }

TEST(ZoneIndex, AgreesWithThePlainDefinitionOnRandomShapes) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Dice dice{std::mt19937_64(seed)};
        // Small numbers make vertices, edges and places meet; large ones reach the limits.
        const std::int32_t reach =
            std::vector<std::int32_t>{6, 40, 2'000, 300'000, 4'000'000}[seed % 5];
        const std::int32_t lat =
            std::vector<std::int32_t>{0, 48'000'000, -89'990'000, 60'000'000}[seed % 4];
        const std::int32_t lon =
            std::vector<std::int32_t>{2'000'000, 179'999'990, -179'000'000}[seed % 3];
        const GeoPoint middle{lat, lon};
        std::vector<Shape> shapes;
        for (int i = dice.between(1, 120); i > 0; --i) shapes.push_back(dice.shape(middle, reach));
        const ZoneIndex index = index_of(shapes);
        ASSERT_EQ(index.size(), shapes.size());
        for (int i = 0; i < 400; ++i) {
            GeoPoint at = dice.probe(shapes[static_cast<std::size_t>(
                                         dice.between(0, static_cast<int>(shapes.size()) - 1))],
                                     middle, reach);
            if (dice.between(0, 9) == 0) at.lon = -at.lon;
            std::vector<std::uint32_t> expected;
            for (std::uint32_t z = 0; z < shapes.size(); ++z) {
                const bool inside = plainly_inside(shapes[z], at);
                if (inside) expected.push_back(z);
                ASSERT_EQ(index.contains(z, at), inside) << "zone " << z << " at " << shown(at);
                ASSERT_EQ(index.distance_m(z, at), plain_distance_m(shapes[z], at))
                    << "zone " << z << " at " << shown(at);
            }
            ASSERT_EQ(containing(index, at), expected) << shown(at);
        }
    }
}

TEST(ZoneIndex, FindsOneOfTenThousandZones) {
    std::vector<Shape> shapes;
    for (std::int32_t row = 0; row < 100; ++row)
        for (std::int32_t column = 0; column < 100; ++column) {
            const std::int32_t lat = row * 10'000;
            const std::int32_t lon = column * 10'000;
            shapes.emplace_back(Polygons{{{{lat, lon},
                                           {lat, lon + 9'999},
                                           {lat + 9'999, lon + 9'999},
                                           {lat + 9'999, lon}}}});
        }
    const ZoneIndex index = index_of(shapes);
    Dice dice{std::mt19937_64(5)};
    for (int i = 0; i < 20'000; ++i) {
        const GeoPoint at{dice.between(0, 999'999), dice.between(0, 999'999)};
        const auto expected = static_cast<std::uint32_t>(at.lat / 10'000 * 100 + at.lon / 10'000);
        ASSERT_EQ(containing(index, at), std::vector{expected}) << shown(at);
    }
    EXPECT_TRUE(containing(index, {-1, 0}).empty());
    EXPECT_TRUE(containing(index, {1'000'000, 0}).empty());
}

TEST(ZoneIndex, OfNoZonesHoldsNothing) {
    const ZoneIndex index(std::span<const Shape* const>{});
    EXPECT_EQ(index.size(), 0U);
    EXPECT_TRUE(containing(index, {0, 0}).empty());
}

TEST(ZoneIndex, CountsHolesOutAndTheirEdgesIn) {
    const Shape square_with_hole = Polygons{
        {{{0, 0}, {0, 100}, {100, 100}, {100, 0}}, {{40, 40}, {60, 40}, {60, 60}, {40, 60}}}};
    const ZoneIndex index = index_of({square_with_hole});
    EXPECT_TRUE(index.contains(0, {0, 0}));
    EXPECT_TRUE(index.contains(0, {100, 50}));
    EXPECT_TRUE(index.contains(0, {50, 39}));
    EXPECT_TRUE(index.contains(0, {50, 40}));
    EXPECT_TRUE(index.contains(0, {60, 60}));
    EXPECT_FALSE(index.contains(0, {50, 41}));
    EXPECT_FALSE(index.contains(0, {50, 50}));
    EXPECT_FALSE(index.contains(0, {101, 50}));
    EXPECT_FALSE(index.contains(0, {50, -1}));
    // 10 units from the middle of the hole to its edge.
    EXPECT_NEAR(index.distance_m(0, {50, 50}), 10 * 0.11119, 1e-3);
}

TEST(ZoneIndex, LetsCirclesReachOverTheAntimeridianAndThePoles) {
    const ZoneIndex index = index_of({Circle{{10'000'000, 179'990'000}, 5'000'000},
                                      Circle{{-10'000'000, -179'999'999}, 5'000'000},
                                      Circle{{89'990'000, 0}, 5'000'000}});
    EXPECT_EQ(containing(index, {10'000'000, -179'980'000}), std::vector<std::uint32_t>{0});
    EXPECT_EQ(containing(index, {10'000'000, 180'000'000}), std::vector<std::uint32_t>{0});
    EXPECT_EQ(containing(index, {10'000'000, -180'000'000}), std::vector<std::uint32_t>{0});
    EXPECT_EQ(containing(index, {-10'000'000, 179'970'000}), std::vector<std::uint32_t>{1});
    EXPECT_EQ(containing(index, {89'980'000, 180'000'000}), std::vector<std::uint32_t>{2});
    EXPECT_EQ(containing(index, {89'990'000, 90'000'000}), std::vector<std::uint32_t>{2});
    EXPECT_TRUE(containing(index, {10'000'000, -179'900'000}).empty());
}

TEST(ZoneIndex, EndsPolygonsAtTheAntimeridian) {
    const ZoneIndex index =
        index_of({Polygons{{{{0, 179'000'000}, {0, 180'000'000}, {1'000'000, 180'000'000}}}}});
    EXPECT_TRUE(index.contains(0, {500'000, 180'000'000}));
    EXPECT_FALSE(index.contains(0, {500'000, -180'000'000}));
}

TEST(ZoneIndex, MeasuresCirclesInWholeMillimetres) {
    const GeoPoint centre{48'000'000, 2'000'000};
    const GeoPoint at{48'000'900, 2'000'000};  // 100.08 m north
    const std::int64_t mm = leg_mm(centre, at);
    const ZoneIndex index = index_of({Circle{centre, mm}, Circle{centre, mm - 1}});
    EXPECT_EQ(containing(index, at), std::vector<std::uint32_t>{0});
    EXPECT_EQ(index.distance_m(0, at), 0);
    EXPECT_EQ(index.distance_m(1, at), 0.001);
}

TEST(ZoneIndex, KeepsItsOwnCopyAndMoves) {
    ZoneIndex index = index_of({Circle{{0, 0}, 1'000}});
    ZoneIndex other = index_of({});
    other = std::move(index);
    EXPECT_TRUE(other.contains(0, {0, 0}));
}

}  // namespace
}  // namespace fleet::geo
