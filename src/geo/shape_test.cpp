// SPDX-License-Identifier: Apache-2.0
#include "geo/shape.hpp"

#include "geo/ring_crossing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace fleet::geo {
namespace {

using model::Circle;
using model::Corridor;
using model::GeoPoint;
using model::Polygons;
using model::Ring;
using model::Shape;
using testing::AllOf;
using testing::HasSubstr;

/// "" for a good shape.
std::string problem(const Shape& shape) {
    const auto checked = check_shape(shape);
    return checked ? "" : checked.error().message;
}

/// In whole degrees: latitude, longitude.
GeoPoint deg(int lat, int lon) { return {lat * 1'000'000, lon * 1'000'000}; }

TEST(Shape, OfOrdinaryZonesIsGood) {
    EXPECT_EQ(problem(Polygons{{{deg(0, 0), deg(0, 1), deg(1, 0)}}}), "");
    EXPECT_EQ(problem(Polygons{{{deg(0, 0), deg(1, 0), deg(0, 1)}}}), "");  // the other way round
    EXPECT_EQ(problem(Circle{deg(90, 180), 1}), "");
    EXPECT_EQ(problem(Corridor{{deg(0, 0), deg(0, 1), deg(0, 0)}, 500}), "");
    const Ring outer{deg(0, 0), deg(0, 10), deg(10, 10), deg(10, 0)};
    EXPECT_EQ(problem(Polygons{{outer, {deg(2, 2), deg(4, 2), deg(4, 4)}}}), "");
    // A hole that touches its outer ring with a vertex, two parts that touch.
    EXPECT_EQ(problem(Polygons{{outer, {deg(0, 5), deg(4, 2), deg(4, 7)}}}), "");
    EXPECT_EQ(problem(Polygons{{outer, {deg(10, 10), deg(12, 10), deg(12, 12)}}}), "");
}

TEST(Shape, MayRepeatPointsAndHaveSpikes) {
    EXPECT_EQ(
        problem(Polygons{{{deg(0, 0), deg(0, 0), deg(0, 1), deg(0, 1), deg(1, 0), deg(0, 0)}}}),
        "");
    EXPECT_EQ(problem(Polygons{{{deg(0, 0), deg(0, 2), deg(0, 9), deg(0, 2), deg(2, 0)}}}), "");
    // The spike at the first point.
    EXPECT_EQ(problem(Polygons{{{deg(5, 5), deg(0, 0), deg(0, 2), deg(2, 0), deg(0, 0)}}}), "");
}

TEST(Shape, WithARingTooShortOrFlatIsRefused) {
    EXPECT_THAT(problem(Polygons{}), HasSubstr("no ring"));
    EXPECT_THAT(problem(Polygons{{{}}}), HasSubstr("ring 0: the ring has 0 different points"));
    EXPECT_THAT(problem(Polygons{{{deg(0, 0), deg(0, 0), deg(0, 0)}}}),
                HasSubstr("1 different point;"));
    EXPECT_THAT(problem(Polygons{{{deg(0, 0), deg(0, 1), deg(0, 0), deg(0, 1)}}}),
                HasSubstr("2 different points"));
    EXPECT_THAT(problem(Polygons{{{deg(0, 0), deg(1, 1), deg(2, 2), deg(3, 3)}}}),
                HasSubstr("no area"));
    EXPECT_THAT(problem(Polygons{{{deg(0, 0), deg(1, 1), deg(2, 3), deg(1, 1)}}}),
                HasSubstr("no area"));
}

TEST(Shape, OffTheEarthIsRefusedWithTheVertex) {
    EXPECT_THAT(problem(Polygons{{{deg(0, 0), deg(0, 1), {90'000'001, 0}}}}),
                AllOf(HasSubstr("vertex 2: [0.000000,90.000001] is not on the Earth"),
                      HasSubstr("is the latitude first?")));
    EXPECT_THAT(problem(Circle{{0, 180'000'001}, 1}), HasSubstr("not on the Earth"));
    EXPECT_THAT(problem(Corridor{{deg(0, 0), {-90'000'001, 0}}, 1}), HasSubstr("vertex 1"));
}

TEST(Shape, OverTheAntimeridianOrHalfTheGlobeIsRefused) {
    EXPECT_THAT(problem(Polygons{{{deg(0, 179), deg(0, -179), deg(1, -179)}}}),
                AllOf(HasSubstr("edge 0 ([179.000000,0.000000] to [-179.000000,0.000000])"),
                      HasSubstr("cut a zone that crosses the antimeridian")));
    EXPECT_THAT(problem(Polygons{{{deg(0, 179), deg(1, 0), deg(2, -179)}}}), HasSubstr("edge 2"));
    EXPECT_THAT(problem(Corridor{{deg(0, 179), deg(0, -179)}, 1}), HasSubstr("edge 0"));
    const auto belt = [](int south, int north) {
        return Polygons{{{deg(south, -180), deg(south, 0), deg(south, 180), deg(north, 180),
                          deg(north, 0), deg(north, -180)}}};
    };
    EXPECT_EQ(problem(belt(0, 90)), "");
    EXPECT_EQ(problem(belt(-30, 30)), "");
    EXPECT_THAT(problem(belt(-1, 90)), HasSubstr("more than half of the globe"));
    EXPECT_THAT(problem(belt(-31, 30)), HasSubstr("more than half of the globe"));
}

TEST(Shape, WithABadRadiusOrWidthIsRefused) {
    EXPECT_THAT(problem(Circle{deg(0, 0), 0}), HasSubstr("a radius of 0 m; it must be above 0"));
    EXPECT_THAT(problem(Circle{deg(0, 0), -5}), HasSubstr("-0.005 m"));
    EXPECT_EQ(problem(Circle{deg(0, 0), kMaxRadiusMm}), "");
    EXPECT_THAT(problem(Circle{deg(0, 0), kMaxRadiusMm + 1}), HasSubstr("at most 10000000 m"));
    EXPECT_THAT(problem(Corridor{{deg(0, 0), deg(0, 1)}, 0}), HasSubstr("a width of 0 m"));
    EXPECT_THAT(problem(Corridor{{deg(0, 0), deg(0, 1)}, kMaxHalfWidthMm + 1}),
                HasSubstr("at most 200000 m"));
    EXPECT_THAT(problem(Corridor{{}, 1}), HasSubstr("fewer than 2 different points"));
    EXPECT_THAT(problem(Corridor{{deg(0, 0), deg(0, 0)}, 1}), HasSubstr("fewer than 2 different"));
}

TEST(Shape, ThatCrossesItselfNamesTheEdges) {
    EXPECT_EQ(problem(Polygons{{{deg(0, 0), deg(2, 2), deg(2, 0), deg(0, 2)}}}),
              "ring 0: the ring crosses itself between edge 0 ([0.000000,0.000000] to "
              "[2.000000,2.000000]) and edge 2 ([0.000000,2.000000] to [2.000000,0.000000])");
    // Edges keep their numbers when points repeat.
    EXPECT_THAT(
        problem(Polygons{{{deg(0, 0), deg(0, 0), deg(2, 2), deg(2, 2), deg(2, 0), deg(0, 2)}}}),
        HasSubstr("between edge 1 ([0.000000,0.000000] to [2.000000,2.000000]) and edge 4"));
    // Through a vertex: the bow tie whose middle is a vertex of both wings.
    EXPECT_THAT(
        problem(Polygons{{{deg(0, 0), deg(1, 1), deg(2, 2), deg(2, 0), deg(1, 1), deg(0, 2)}}}),
        HasSubstr("crosses itself between edge 1"));
    // Wings that touch and do not cross.
    EXPECT_EQ(
        problem(Polygons{{{deg(0, 0), deg(1, 1), deg(0, 2), deg(2, 2), deg(1, 1), deg(2, 0)}}}),
        "");
    // A vertex on an edge that goes through it, and one that turns back there.
    EXPECT_THAT(problem(Polygons{{{deg(0, 0), deg(0, 4), deg(4, 4), deg(0, 2), deg(-4, 0)}}}),
                HasSubstr("crosses itself"));
    EXPECT_EQ(problem(Polygons{{{deg(0, 0), deg(0, 4), deg(4, 4), deg(0, 2), deg(4, 0)}}}), "");
    EXPECT_THAT(problem(Polygons{{{deg(0, 0), deg(0, 4), deg(0, 2), deg(4, 2)}}}),
                HasSubstr("runs over itself between edge 0"));
}

TEST(Shape, WithRingsThatCrossOrCoverEachOtherNamesBoth) {
    const Ring square{deg(0, 0), deg(0, 4), deg(4, 4), deg(4, 0)};
    EXPECT_THAT(problem(Polygons{{square, {deg(2, 2), deg(2, 6), deg(6, 6), deg(6, 2)}}}),
                AllOf(HasSubstr("ring 1: the ring crosses ring 0"),
                      HasSubstr("edge 1 ([4.000000,0.000000] to [4.000000,4.000000]) of that")));
    EXPECT_THAT(problem(Polygons{{square, square}}),
                HasSubstr("ring 1: the ring runs along ring 0"));
    // Over the corner of the square, by vertices only.
    EXPECT_THAT(problem(Polygons{{square, {deg(4, 4), deg(3, 1), deg(2, 2)}}}), "");
    EXPECT_THAT(problem(Polygons{{square, {deg(3, 3), deg(4, 4), deg(6, 7), deg(6, 8)}}}),
                HasSubstr("crosses ring 0"));
}

TEST(Shape, ListsTheProblemsOfAllRings) {
    const auto problems =
        shape_problems(Polygons{{{deg(0, 0)}, {deg(0, 0), deg(0, 1), deg(1, 0)}, {deg(0, 0)}}});
    ASSERT_EQ(problems.size(), 2U);
    EXPECT_EQ(problems[0].ring, 0U);
    EXPECT_EQ(problems[1].ring, 2U);
}

TEST(Shape, OfTooManyVerticesIsRefused) {
    Ring ring;
    for (std::int32_t i = 0; i <= static_cast<std::int32_t>(kMaxVertices); ++i)
        ring.push_back({i % 2, i});
    EXPECT_THAT(problem(Polygons{{ring}}), HasSubstr("1000001 vertices are more than the 1000000"));
    EXPECT_THAT(problem(Corridor{ring, 1}), HasSubstr("1000001 vertices"));
}

TEST(Shape, TooIntricateToCheckIsRefused) {
    // A comb with long, slanted, narrow teeth.
    Ring ring;
    for (std::int32_t i = 0; i < 50'000; ++i) {
        ring.push_back({0, 10 * i});
        ring.push_back({90'000'000, 90'000'000 + 10 * i + 5});
    }
    ring.push_back({-1'000'000, 250'000});
    EXPECT_THAT(problem(Polygons{{ring}}), HasSubstr("divide the zone or simplify it"));
}

// --- find_crossing against a naive program ---

using Rings = std::vector<std::vector<Vertex>>;

struct NaiveEdge {
    GeoPoint before, a, b;
};

double angle(GeoPoint from, GeoPoint to) {
    return std::atan2(to.lat - from.lat, to.lon - from.lon);
}

/// Whether going from a1 over p to a2 separates b1 from b2; small numbers, so angles are exact
/// enough. False when two directions are equal.
bool separates(GeoPoint p, GeoPoint a1, GeoPoint a2, GeoPoint b1, GeoPoint b2) {
    const auto turn = [&](GeoPoint to) {
        double t = angle(p, to) - angle(p, a1);
        while (t < -1e-9) t += 2 * std::numbers::pi;
        return t;
    };
    const double end = turn(a2);
    for (const GeoPoint b : {b1, b2})
        if (turn(b) < 1e-9 || std::abs(turn(b) - end) < 1e-9 ||
            turn(b) > 2 * std::numbers::pi - 1e-9)
            return false;
    return (turn(b1) < end) != (turn(b2) < end);
}

bool naive_meeting(const NaiveEdge& e, const NaiveEdge& f) {
    // Points e.a + s·(e.b − e.a) = f.a + t·(f.b − f.a), solved in doubles that hold these numbers.
    const double ex = e.b.lon - e.a.lon;
    const double ey = e.b.lat - e.a.lat;
    const double fx = f.b.lon - f.a.lon;
    const double fy = f.b.lat - f.a.lat;
    const double gx = f.a.lon - e.a.lon;
    const double gy = f.a.lat - e.a.lat;
    const double det = ex * fy - ey * fx;
    if (det == 0) {
        if (gx * ey != gy * ex) return false;
        const double length = ex * ex + ey * ey;
        double from = (gx * ex + gy * ey) / length;
        double to = from + (fx * ex + fy * ey) / length;
        if (from > to) std::swap(from, to);
        if (std::min(to, 1.0) - std::max(from, 0.0) > 1e-9) return true;
        return e.a == f.a && separates(e.a, e.before, e.b, f.before, f.b);
    }
    const double s = (gx * fy - gy * fx) / det;
    const double t = (gx * ey - gy * ex) / det;
    constexpr double kTiny = 1e-9;
    if (s < -kTiny || s > 1 + kTiny || t < -kTiny || t > 1 + kTiny) return false;
    const bool e_start = s < kTiny;
    const bool e_end = s > 1 - kTiny;
    const bool f_start = t < kTiny;
    const bool f_end = t > 1 - kTiny;
    if (!e_start && !e_end && !f_start && !f_end) return true;
    if (e_end || f_end) return false;  // seen with the next edge
    const GeoPoint p = e_start ? e.a : f.a;
    return separates(p, e_start ? e.before : e.a, e.b, f_start ? f.before : f.a, f.b);
}

TEST(RingCrossing, IsFoundWhereANaiveProgramFindsIt) {
    std::mt19937_64 rng(11);
    const auto below = [&](int n) { return static_cast<int>(rng() % static_cast<unsigned>(n)); };
    int crossing = 0;
    constexpr int kRounds = 20'000;
    for (int round = 0; round < kRounds; ++round) {
        SCOPED_TRACE("round " + std::to_string(round));
        Rings rings;
        const int size = 3 + below(6);
        for (int r = below(2); r >= 0; --r) {
            Ring ring;
            const int points = 3 + below(4);
            for (int i = 0; i < points; ++i) ring.push_back({below(size), below(size)});
            const auto clean = clean_ring(ring);
            if (clean.size() >= 3) rings.push_back(clean);
        }
        std::vector<NaiveEdge> edges;
        for (const auto& ring : rings)
            for (std::size_t i = 0; i < ring.size(); ++i)
                edges.push_back({ring[(i + ring.size() - 1) % ring.size()].at, ring[i].at,
                                 ring[(i + 1) % ring.size()].at});
        bool expected = false;
        for (std::size_t i = 0; i < edges.size(); ++i)
            for (std::size_t j = i + 1; j < edges.size(); ++j)
                expected = expected || naive_meeting(edges[i], edges[j]);
        crossing += expected ? 1 : 0;
        std::string shown;
        for (const auto& ring : rings) {
            shown += " |";
            for (const Vertex& v : ring)
                shown += ' ' + std::to_string(v.at.lat) + ',' + std::to_string(v.at.lon);
        }
        ASSERT_EQ(find_crossing(rings).has_value(), expected) << shown;
    }
    EXPECT_GT(crossing, kRounds / 10);
    EXPECT_LT(crossing, kRounds * 9 / 10);
}

/// A star-shaped ring of many vertices around a place: it does not cross itself.
Ring round_ring(GeoPoint centre, int vertices, std::mt19937_64& rng) {
    std::uniform_real_distribution<double> radius(800'000, 1'000'000);
    Ring ring;
    for (int i = 0; i < vertices; ++i) {
        const double a = 2 * std::numbers::pi * i / vertices;
        const double r = radius(rng);
        ring.push_back({centre.lat + static_cast<std::int32_t>(r * std::sin(a)),
                        centre.lon + static_cast<std::int32_t>(r * std::cos(a))});
    }
    return ring;
}

TEST(RingCrossing, IsFoundAmongManyEdgesOnlyWhenThereIsOne) {
    std::mt19937_64 rng(3);
    for (int round = 0; round < 20; ++round) {
        const Ring first = round_ring({0, 0}, 2'000, rng);
        Ring second = round_ring({3'000'000, 3'000'000}, 2'000, rng);
        ASSERT_FALSE(find_crossing({clean_ring(first), clean_ring(second)})) << round;
        // One vertex of the second goes to the middle of the first.
        const std::size_t moved = rng() % second.size();
        second[moved] = {0, 0};
        const auto found = find_crossing({clean_ring(first), clean_ring(second)});
        ASSERT_TRUE(found) << round;
        EXPECT_NE(found->second.ring, 0U);
    }
}

TEST(RingCrossing, IsTheFirstOfSeveral) {
    // Two crossings: edge 0 with 2, and edge 4 with 6.
    const Ring ring{{0, 0},   {20, 20}, {20, 0}, {0, 20}, {0, 40},
                    {20, 60}, {20, 40}, {0, 60}, {-9, 30}};
    const auto found = find_crossing({clean_ring(ring)});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->first.edge, 0U);
    EXPECT_EQ(found->second.edge, 2U);
}

}  // namespace
}  // namespace fleet::geo
