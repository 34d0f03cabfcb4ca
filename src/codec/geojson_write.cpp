// SPDX-License-Identifier: Apache-2.0
// The writing half of geojson.hpp.
#include "codec/geojson.hpp"
#include "codec/json_writer.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

namespace fleet::codec {

namespace {

using model::GeoPoint;
using model::Ring;

/// A place in half units, so that the middle of an edge is one.
struct HalfPoint {
    std::int64_t lat = 0;
    std::int64_t lon = 0;
};

enum class Place : std::uint8_t { outside, edge, inside };

Place place_in(const Ring& ring, HalfPoint p) {
    bool inside = false;
    for (std::size_t i = 0; i < ring.size(); ++i) {
        const GeoPoint next = ring[i + 1 < ring.size() ? i + 1 : 0];
        const HalfPoint a{2 * std::int64_t{ring[i].lat}, 2 * std::int64_t{ring[i].lon}};
        const HalfPoint b{2 * std::int64_t{next.lat}, 2 * std::int64_t{next.lon}};
        // Below 2^61: differences of half units of at most one turn.
        const std::int64_t side =
            (b.lon - a.lon) * (p.lat - a.lat) - (p.lon - a.lon) * (b.lat - a.lat);
        if (side == 0 && p.lat >= std::min(a.lat, b.lat) && p.lat <= std::max(a.lat, b.lat) &&
            p.lon >= std::min(a.lon, b.lon) && p.lon <= std::max(a.lon, b.lon))
            return Place::edge;
        const bool up = b.lat > p.lat;
        if ((a.lat > p.lat) != up && (side > 0) == up) inside = !inside;
    }
    return inside ? Place::inside : Place::outside;
}

/// Whether a ring lies in another, of rings that do not cross: the first of its vertices and
/// middles of edges that is not on the other's edge says it.
bool lies_in(const Ring& inner, const Ring& outer) {
    for (std::size_t i = 0; i < inner.size(); ++i) {
        const GeoPoint a = inner[i];
        const GeoPoint b = inner[i + 1 < inner.size() ? i + 1 : 0];
        for (const HalfPoint p :
             {HalfPoint{2 * std::int64_t{a.lat}, 2 * std::int64_t{a.lon}},
              HalfPoint{std::int64_t{a.lat} + b.lat, std::int64_t{a.lon} + b.lon}}) {
            const Place place = place_in(outer, p);
            if (place != Place::edge) return place == Place::inside;
        }
    }
    return false;
}

struct Extent {
    GeoPoint low{std::numeric_limits<std::int32_t>::max(),
                 std::numeric_limits<std::int32_t>::max()};
    GeoPoint high{std::numeric_limits<std::int32_t>::min(),
                  std::numeric_limits<std::int32_t>::min()};

    explicit Extent(const Ring& ring) {
        for (const GeoPoint p : ring) {
            low = {std::min(low.lat, p.lat), std::min(low.lon, p.lon)};
            high = {std::max(high.lat, p.lat), std::max(high.lon, p.lon)};
        }
    }
    [[nodiscard]] bool holds(const Extent& other) const {
        return low.lat <= other.low.lat && low.lon <= other.low.lon && high.lat >= other.high.lat &&
               high.lon >= other.high.lon;
    }
};

/// Per ring, the rings of its polygon when it is an outer one: itself and its holes, in order. An
/// outer ring lies in an even number of others, a hole in an odd one, innermost of which is its
/// polygon.
std::vector<std::vector<std::size_t>> grouped(const std::vector<Ring>& rings) {
    const std::size_t n = rings.size();
    std::vector<Extent> extents;
    for (const Ring& ring : rings) extents.emplace_back(ring);
    std::vector<std::vector<std::size_t>> around(n);  // the rings that each lies in
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            if (i != j && extents[j].holds(extents[i]) && lies_in(rings[i], rings[j]))
                around[i].push_back(j);
    std::vector<std::vector<std::size_t>> polygons(n);
    for (std::size_t i = 0; i < n; ++i)
        if (around[i].size() % 2 == 0) polygons[i].push_back(i);
    for (std::size_t i = 0; i < n; ++i) {
        if (around[i].size() % 2 == 0) continue;
        const auto parent = std::find_if(around[i].begin(), around[i].end(), [&](std::size_t j) {
            return around[j].size() + 1 == around[i].size();
        });
        // Even-odd counts rings, so that a ring keeps its meaning in any polygon.
        polygons[parent == around[i].end() ? i : *parent].push_back(i);
    }
    std::erase_if(polygons, [](const auto& polygon) { return polygon.empty(); });
    return polygons;
}

void write_position(JsonWriter& json, GeoPoint p) {
    json.begin_array();
    json.fixed(p.lon, 6);
    json.fixed(p.lat, 6);
    json.end_array();
}

void write_line(JsonWriter& json, const std::vector<GeoPoint>& line, bool closed) {
    json.begin_array();
    for (const GeoPoint p : line) write_position(json, p);
    if (closed) write_position(json, line.front());
    json.end_array();
}

void write_geometry(JsonWriter& json, const model::Polygons& shape) {
    const auto polygons = grouped(shape.rings);
    const bool one = polygons.size() == 1;
    json.member("type", one ? "Polygon" : "MultiPolygon");
    json.key("coordinates");
    if (!one) json.begin_array();
    for (const auto& polygon : polygons) {
        json.begin_array();
        for (const std::size_t ring : polygon) write_line(json, shape.rings[ring], true);
        json.end_array();
    }
    if (!one) json.end_array();
}

void write_geometry(JsonWriter& json, const model::Circle& circle) {
    json.member("type", "Point");
    json.key("coordinates");
    write_position(json, circle.centre);
}

void write_geometry(JsonWriter& json, const model::Corridor& corridor) {
    json.member("type", "LineString");
    json.key("coordinates");
    write_line(json, corridor.line, false);
}

}  // namespace

void append_zone(std::string& out, const model::Zone& zone) {
    JsonWriter json(out);
    json.begin_object();
    json.member("type", "Feature");
    json.key("properties");
    json.begin_object();
    json.member("id", zone.id);
    if (!zone.name.empty()) json.member("name", zone.name);
    if (zone.confirm_ms != 0) json.member_fixed("confirm_s", zone.confirm_ms, 3);
    if (zone.exit_margin_mm != 0) json.member_fixed("exit_margin_m", zone.exit_margin_mm, 3);
    if (const auto* circle = std::get_if<model::Circle>(&zone.shape))
        json.member_fixed("radius_m", circle->radius_mm, 3);
    if (const auto* corridor = std::get_if<model::Corridor>(&zone.shape))
        json.member_fixed("width_m", 2 * corridor->half_width_mm, 3);
    json.end_object();
    json.key("geometry");
    json.begin_object();
    std::visit([&](const auto& shape) { write_geometry(json, shape); }, zone.shape);
    json.end_object();
    json.end_object();
}

std::string encode_zones(std::span<const model::Zone> zones) {
    std::string out = R"({"type":"FeatureCollection","features":[)";
    for (const model::Zone& zone : zones) {
        if (out.back() != '[') out.push_back(',');
        append_zone(out, zone);
    }
    out += "]}";
    return out;
}

}  // namespace fleet::codec
