// SPDX-License-Identifier: Apache-2.0
#include "geo/zone_index.hpp"

#include "geo/box_tree.hpp"
#include "geo/distance.hpp"
#include "geo/polygon_table.hpp"
#include "geo/tangent_plane.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

namespace fleet::geo {

namespace {

constexpr double kUnitsPerRadian = 180.0 / std::numbers::pi * 1e6;
constexpr std::int64_t kPole = 90'000'000;
constexpr std::int64_t kHalfTurn = 180'000'000;
constexpr std::int64_t kTurn = 360'000'000;
/// Segments that are looked at together, with one box.
constexpr std::size_t kRunSegments = 32;

/// Boxes from a latitude and longitude range that may reach over the poles and the antimeridian.
struct Range {
    std::int64_t lat_min, lat_max, lon_min, lon_max;

    [[nodiscard]] Box box(std::int64_t from, std::int64_t to) const noexcept {
        return {static_cast<std::int32_t>(std::max(lat_min, -kPole)),
                static_cast<std::int32_t>(std::min(lat_max, kPole)),
                static_cast<std::int32_t>(std::max(from, -kHalfTurn)),
                static_cast<std::int32_t>(std::min(to, kHalfTurn))};
    }
    /// Up to two boxes, with what lies beyond ±180° on the other side.
    void round_the_globe(std::vector<Box>& out) const {
        if (lon_max - lon_min >= kTurn) {
            out.push_back(box(-kHalfTurn, kHalfTurn));
            return;
        }
        out.push_back(box(lon_min, lon_max));
        if (lon_min <= -kHalfTurn) out.push_back(box(lon_min + kTurn, kHalfTurn));
        if (lon_max >= kHalfTurn) out.push_back(box(-kHalfTurn, lon_max - kTurn));
    }
};

/// Latitudes and longitudes within `reach_m` of a box: a little more than it takes, all longitudes
/// where the reach comes to a pole. `plane`: by the formula of the tangent plane, else on the
/// sphere.
Range around(const Box& box, double reach_m, bool plane) {
    constexpr std::int64_t kSlack = 2;
    const double angle = (reach_m + 0.001) / kEarthRadiusM;
    const auto lat = static_cast<std::int64_t>(std::ceil(angle * kUnitsPerRadian)) + kSlack;
    Range range{box.lat_min - lat, box.lat_max + lat, -kHalfTurn, kHalfTurn};
    // On the plane the latitude that counts is that of the place, which may be the farthest; on the
    // sphere that of the centre.
    const std::int64_t highest =
        plane ? std::max(-range.lat_min, range.lat_max)
              : std::max(-std::int64_t{box.lat_min}, std::int64_t{box.lat_max});
    const double cos_lat =
        highest >= kPole ? 0.0 : std::cos(static_cast<double>(highest) / kUnitsPerRadian);
    const double sine =
        plane ? angle / std::max(cos_lat, 1e-12) : std::sin(angle) / std::max(cos_lat, 1e-12);
    const bool everywhere = plane
                                ? sine >= std::numbers::pi * 2
                                : sine >= 1.0 || range.lat_min <= -kPole || range.lat_max >= kPole;
    if (everywhere) {
        range.lon_min -= kTurn;
        range.lon_max += kTurn;
        return range;
    }
    const double lon_angle = plane ? sine : std::asin(sine);
    const auto lon =
        static_cast<std::int64_t>(std::ceil(lon_angle * kUnitsPerRadian * (1 + 1e-9))) + kSlack;
    range.lon_min = box.lon_min - lon;
    range.lon_max = box.lon_max + lon;
    return range;
}

double as_metres(std::int64_t mm) { return static_cast<double>(mm) / 1'000.0; }

/// Consecutive points of a line, with the box of their segments.
struct Run {
    Box box;
    std::size_t first = 0;  ///< in Impl::points
    std::size_t count = 0;
};

enum class Kind : std::uint8_t { polygons, circle, corridor };

struct Outline {
    Kind kind = Kind::polygons;
    model::GeoPoint centre;
    std::int64_t reach_mm = 0;  ///< radius or half-width
    std::size_t first_run = 0;  ///< of the rings or of the line
    std::size_t end_run = 0;
    std::size_t first_piece = 0;
    std::size_t end_piece = 0;
};

/// A part of a zone with a box of its own: all polygons, one side of a circle, a run of a corridor.
/// Says what a lookup needs first, so that it reads one cache line less.
struct Piece {
    Box box;
    std::uint32_t zone = 0;
    Kind kind = Kind::polygons;
    std::uint32_t part = 0;  ///< in Impl::polygons, or in Impl::runs of a corridor
};

/// A place, and the plane that touches the sphere there when something needs it.
class Probe {
  public:
    explicit Probe(model::GeoPoint place) noexcept : at(place) {}
    const TangentPlane& plane() noexcept {
        if (!plane_) plane_.emplace(at);
        return *plane_;
    }
    const model::GeoPoint at;

  private:
    std::optional<TangentPlane> plane_;
};

}  // namespace

struct ZoneIndex::Impl {
    std::vector<Outline> zones;
    std::vector<Piece> pieces;
    std::vector<Run> runs;
    std::vector<model::GeoPoint> points;
    PolygonTable polygons;
    BoxTree tree;

    void add(const model::Shape& shape);
    void add_runs(std::span<const model::GeoPoint> line, bool closed);
    /// Whether a piece whose box holds the place holds it.
    [[nodiscard]] bool hit(const Piece& piece, Probe& probe) const noexcept;
    [[nodiscard]] bool contains(const Outline& zone, Probe& probe) const noexcept;
    [[nodiscard]] double nearest_m(const Outline& zone, const TangentPlane& plane) const noexcept;
    [[nodiscard]] std::span<const model::GeoPoint> line(const Run& run) const noexcept {
        return std::span(points).subspan(run.first, run.count);
    }
};

void ZoneIndex::Impl::add(const model::Shape& shape) {
    const auto number = static_cast<std::uint32_t>(zones.size());
    Outline zone;
    zone.first_run = runs.size();
    zone.first_piece = pieces.size();
    if (const auto* areas = std::get_if<model::Polygons>(&shape)) {
        const std::uint32_t polygon = polygons.add(*areas);
        for (const model::Ring& ring : areas->rings) add_runs(ring, true);
        pieces.push_back({polygons.box(polygon), number, zone.kind, polygon});
    } else if (const auto* circle = std::get_if<model::Circle>(&shape)) {
        zone.kind = Kind::circle;
        zone.centre = circle->centre;
        zone.reach_mm = circle->radius_mm;
        Box centre;
        centre.add(circle->centre);
        std::vector<Box> sides;
        around(centre, as_metres(circle->radius_mm), false).round_the_globe(sides);
        for (const Box& box : sides) pieces.push_back({box, number, zone.kind, 0});
    } else {
        const auto& corridor = std::get<model::Corridor>(shape);
        zone.kind = Kind::corridor;
        zone.reach_mm = corridor.half_width_mm;
        add_runs(corridor.line, false);
        for (std::size_t i = zone.first_run; i < runs.size(); ++i) {
            const Range range = around(runs[i].box, as_metres(zone.reach_mm), true);
            pieces.push_back({range.box(range.lon_min, range.lon_max), number, zone.kind,
                              static_cast<std::uint32_t>(i)});
        }
    }
    zone.end_run = runs.size();
    zone.end_piece = pieces.size();
    zones.push_back(zone);
}

void ZoneIndex::Impl::add_runs(std::span<const model::GeoPoint> line, bool closed) {
    const std::size_t first = points.size();
    points.insert(points.end(), line.begin(), line.end());
    if (closed) points.push_back(line.front());
    const std::size_t segments = points.size() - first - 1;
    for (std::size_t i = 0; i < segments; i += kRunSegments) {
        Run run{{}, first + i, std::min(kRunSegments, segments - i) + 1};
        for (std::size_t p = run.first; p < run.first + run.count; ++p) run.box.add(points[p]);
        runs.push_back(run);
    }
}

bool ZoneIndex::Impl::hit(const Piece& piece, Probe& probe) const noexcept {
    if (piece.kind == Kind::polygons) return polygons.contains(piece.part, probe.at);
    const Outline& zone = zones[piece.zone];
    return zone.kind == Kind::circle
               ? leg_mm(zone.centre, probe.at) <= zone.reach_mm
               : probe.plane().nearest_m(line(runs[piece.part])) <= as_metres(zone.reach_mm);
}

bool ZoneIndex::Impl::contains(const Outline& zone, Probe& probe) const noexcept {
    for (std::size_t i = zone.first_piece; i < zone.end_piece; ++i)
        if (pieces[i].box.holds(probe.at) && hit(pieces[i], probe)) return true;
    return false;
}

double ZoneIndex::Impl::nearest_m(const Outline& zone, const TangentPlane& plane) const noexcept {
    // The run whose box is nearest first: it mostly leaves nothing to do in the others.
    std::size_t start = zone.first_run;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = zone.first_run; i < zone.end_run; ++i) {
        const double bound = plane.lower_bound_m(runs[i].box);
        if (bound < least) {
            least = bound;
            start = i;
        }
    }
    double best = plane.nearest_m(line(runs[start]));
    for (std::size_t i = zone.first_run; i < zone.end_run; ++i)
        if (i != start && plane.lower_bound_m(runs[i].box) < best)
            best = std::min(best, plane.nearest_m(line(runs[i])));
    return best;
}

ZoneIndex::ZoneIndex(std::span<const model::Shape* const> shapes)
    : impl_(std::make_unique<Impl>()) {
    for (const model::Shape* shape : shapes) impl_->add(*shape);
    std::vector<Box> boxes;
    boxes.reserve(impl_->pieces.size());
    for (const Piece& piece : impl_->pieces) boxes.push_back(piece.box);
    impl_->tree = BoxTree(boxes);
}

ZoneIndex::ZoneIndex(ZoneIndex&&) noexcept = default;
ZoneIndex& ZoneIndex::operator=(ZoneIndex&&) noexcept = default;
ZoneIndex::~ZoneIndex() = default;

std::size_t ZoneIndex::size() const noexcept { return impl_->zones.size(); }

void ZoneIndex::containing(model::GeoPoint at, std::vector<std::uint32_t>& out) const {
    out.clear();
    Probe probe(at);
    impl_->tree.visit(at, [&](std::uint32_t i) {
        if (impl_->hit(impl_->pieces[i], probe)) out.push_back(impl_->pieces[i].zone);
    });
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
}

bool ZoneIndex::contains(std::uint32_t zone, model::GeoPoint at) const noexcept {
    Probe probe(at);
    return impl_->contains(impl_->zones[zone], probe);
}

double ZoneIndex::distance_m(std::uint32_t zone, model::GeoPoint at) const noexcept {
    const Outline& outline = impl_->zones[zone];
    Probe probe(at);
    if (impl_->contains(outline, probe)) return 0;
    if (outline.kind == Kind::circle)
        return as_metres(leg_mm(outline.centre, at) - outline.reach_mm);
    const double edge = impl_->nearest_m(outline, probe.plane());
    return outline.kind == Kind::corridor ? edge - as_metres(outline.reach_mm) : edge;
}

}  // namespace fleet::geo
