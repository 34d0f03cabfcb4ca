// SPDX-License-Identifier: Apache-2.0
#include "geo/shape.hpp"

#include "geo/ring_crossing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <variant>

namespace fleet::geo {

namespace {

using model::GeoPoint;

constexpr std::int32_t kPole = 90'000'000;
constexpr std::int32_t kHalfTurn = 180'000'000;

/// As in GeoJSON.
std::string shown(GeoPoint p) {
    return fmt::format("[{:.6f},{:.6f}]", static_cast<double>(p.lon) / 1e6,
                       static_cast<double>(p.lat) / 1e6);
}

std::string shown(const EdgeName& e) {
    return fmt::format("edge {} ({} to {})", e.edge, shown(e.from), shown(e.to));
}

bool on_earth(GeoPoint p) noexcept {
    return p.lat >= -kPole && p.lat <= kPole && p.lon >= -kHalfTurn && p.lon <= kHalfTurn;
}

std::string off_earth(GeoPoint p) {
    const bool swapped = on_earth({p.lon, p.lat});
    return fmt::format("{} is not on the Earth: longitude is -180 to 180, latitude -90 to 90{}",
                       shown(p), swapped ? "; is the latitude first?" : "");
}

/// The first vertex out of range, or the first edge over half a turn long.
std::optional<std::string> bad_line(std::span<const GeoPoint> line, bool closed) {
    for (std::size_t i = 0; i < line.size(); ++i)
        if (!on_earth(line[i])) return fmt::format("vertex {}: {}", i, off_earth(line[i]));
    for (std::size_t i = 0; i + (closed ? 0 : 1) < line.size(); ++i) {
        const std::size_t next = i + 1 < line.size() ? i + 1 : 0;
        if (std::abs(std::int64_t{line[i].lon} - line[next].lon) <= kHalfTurn) continue;
        return fmt::format(
            "{} is more than 180 degrees long; cut a zone that crosses the "
            "antimeridian in two there",
            shown(EdgeName{0, i, line[i], line[next]}));
    }
    return std::nullopt;
}

/// Of a ring on a sphere of radius 1, with edges straight on the map: the sum of ∫ λ cos φ dφ.
double sphere_area(const std::vector<Vertex>& ring) {
    constexpr double kUnit = std::numbers::pi / 180.0 / 1e6;
    double area = 0;
    for (std::size_t i = 0; i < ring.size(); ++i) {
        const GeoPoint a = ring[i].at;
        const GeoPoint b = ring[i + 1 < ring.size() ? i + 1 : 0].at;
        if (a.lat == b.lat) continue;
        const double lat_a = a.lat * kUnit;
        const double lat_b = b.lat * kUnit;
        const double lon_a = a.lon * kUnit;
        const double lon_b = b.lon * kUnit;
        area += lon_b * std::sin(lat_b) - lon_a * std::sin(lat_a) +
                (lon_b - lon_a) / (lat_b - lat_a) * (std::cos(lat_b) - std::cos(lat_a));
    }
    return std::abs(area);
}

/// Whether all vertices lie on one line. Rings that cross themselves are found elsewhere.
bool is_flat(const std::vector<Vertex>& ring) {
    const GeoPoint a = ring[0].at;
    const GeoPoint b = ring[1].at;
    for (const Vertex& v : ring)
        if ((std::int64_t{b.lon} - a.lon) * (std::int64_t{v.at.lat} - a.lat) !=
            (std::int64_t{v.at.lon} - a.lon) * (std::int64_t{b.lat} - a.lat))
            return false;
    return true;
}

/// 0, 1, 2, or 3 for more.
std::size_t different_points(const model::Ring& ring) {
    std::vector<GeoPoint> seen;
    for (const GeoPoint p : ring) {
        if (std::find(seen.begin(), seen.end(), p) == seen.end()) seen.push_back(p);
        if (seen.size() == 3) break;
    }
    return seen.size();
}

std::optional<std::string> bad_ring(const model::Ring& ring, std::vector<Vertex>& clean) {
    if (auto problem = bad_line(ring, true)) return problem;
    if (const std::size_t points = different_points(ring); points < 3)
        return fmt::format("the ring has {} different point{}; an area needs at least 3", points,
                           points == 1 ? "" : "s");
    clean = clean_ring(ring);
    if (clean.size() < 3 || is_flat(clean))
        return "the ring has no area: all its points lie on a line, or it goes back the way it "
               "came";
    // A hair more than half, so that the box round exactly one half of the Earth is good.
    if (sphere_area(clean) > 2 * std::numbers::pi * (1 + 1e-9))
        return "the ring holds more than half of the globe; are its coordinates degrees of "
               "longitude, "
               "latitude?";
    return std::nullopt;
}

void check_crossings(const std::vector<std::vector<Vertex>>& rings, const RingName& name,
                     std::vector<ShapeProblem>& problems) {
    const auto found = find_crossing(rings);
    if (!found) return;
    if (found->kind == Crossing::Kind::too_intricate) {
        problems.push_back({std::nullopt,
                            "too many long edges lie close to each other to check that none cross; "
                            "divide the zone or simplify it"});
        return;
    }
    const EdgeName& first = found->first;
    const EdgeName& second = found->second;
    const bool cross = found->kind == Crossing::Kind::cross;
    if (first.ring == second.ring) {
        problems.push_back({first.ring, fmt::format("the ring {} between {} and {}",
                                                    cross ? "crosses itself" : "runs over itself",
                                                    shown(first), shown(second))});
    } else {
        problems.push_back({second.ring, fmt::format("the ring {} {}: its {} and {} of that{}",
                                                     cross ? "crosses" : "runs along",
                                                     name(first.ring), shown(second), shown(first),
                                                     cross ? "" : "; join the areas")});
    }
}

void check(const model::Polygons& polygons, const RingName& name,
           std::vector<ShapeProblem>& problems) {
    if (polygons.rings.empty()) problems.push_back({std::nullopt, "there is no ring"});
    std::size_t vertices = 0;
    for (const model::Ring& ring : polygons.rings) vertices += ring.size();
    if (vertices > kMaxVertices) {
        problems.push_back({std::nullopt, fmt::format("{} vertices are more than the {} of a zone; "
                                                      "simplify it or divide it",
                                                      vertices, kMaxVertices)});
        return;
    }
    std::vector<std::vector<Vertex>> clean(polygons.rings.size());
    for (std::size_t i = 0; i < polygons.rings.size(); ++i)
        if (auto problem = bad_ring(polygons.rings[i], clean[i]))
            problems.push_back({i, std::move(*problem)});
    if (problems.empty()) check_crossings(clean, name, problems);
}

void check(const model::Circle& circle, const RingName& /*name*/,
           std::vector<ShapeProblem>& problems) {
    if (!on_earth(circle.centre)) problems.push_back({std::nullopt, off_earth(circle.centre)});
    if (circle.radius_mm <= 0 || circle.radius_mm > kMaxRadiusMm)
        problems.push_back(
            {std::nullopt,
             fmt::format("a radius of {} m; it must be above 0 and at most {} m",
                         static_cast<double>(circle.radius_mm) / 1e3, kMaxRadiusMm / 1'000)});
}

void check(const model::Corridor& corridor, const RingName& /*name*/,
           std::vector<ShapeProblem>& problems) {
    if (corridor.line.size() > kMaxVertices) {
        problems.push_back({std::nullopt, fmt::format("{} vertices are more than the {} of a zone; "
                                                      "simplify it or divide it",
                                                      corridor.line.size(), kMaxVertices)});
    } else if (auto problem = bad_line(corridor.line, false)) {
        problems.push_back({std::nullopt, std::move(*problem)});
    } else {
        bool moves = false;
        for (const GeoPoint p : corridor.line) moves = moves || p != corridor.line.front();
        if (!moves)
            problems.push_back({std::nullopt,
                                "the line has fewer than 2 different points; for the surroundings "
                                "of one place use a circle"});
    }
    if (corridor.half_width_mm <= 0 || corridor.half_width_mm > kMaxHalfWidthMm)
        problems.push_back(
            {std::nullopt, fmt::format("a width of {} m; it must be above 0 and at most {} m",
                                       static_cast<double>(corridor.half_width_mm) / 500,
                                       kMaxHalfWidthMm / 500)});
}

}  // namespace

std::vector<ShapeProblem> shape_problems(const model::Shape& shape, const RingName& name) {
    const RingName plain = [](std::size_t ring) { return fmt::format("ring {}", ring); };
    std::vector<ShapeProblem> problems;
    std::visit([&](const auto& s) { check(s, name ? name : plain, problems); }, shape);
    return problems;
}

Result<void> check_shape(const model::Shape& shape) {
    const auto problems = shape_problems(shape);
    if (problems.empty()) return {};
    const ShapeProblem& first = problems.front();
    return fail(Code::invalid_argument,
                first.ring ? fmt::format("ring {}: {}", *first.ring, first.what) : first.what);
}

}  // namespace fleet::geo
