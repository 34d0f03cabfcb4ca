// SPDX-License-Identifier: Apache-2.0
// Persisted form of rules and zones.
#include "codec/bytes.hpp"
#include "engine/rule_book.hpp"

namespace fleet::engine {

using codec::ByteReader;
using codec::ByteWriter;

namespace {

constexpr std::uint8_t kVersion = 1;
enum ShapeKind : std::uint8_t { kPolygons, kCircle, kCorridor };

void write_points(ByteWriter& w, const std::vector<model::GeoPoint>& points) {
    w.varint(points.size());
    model::GeoPoint previous;
    for (const model::GeoPoint p : points) {
        w.svarint(p.lat - previous.lat);
        w.svarint(static_cast<std::int64_t>(p.lon) - previous.lon);
        previous = p;
    }
}

std::vector<model::GeoPoint> read_points(ByteReader& r) {
    std::vector<model::GeoPoint> points;
    const std::uint64_t count = r.varint();
    if (count > r.left()) {
        while (r.ok()) (void)r.u64();  // damaged: make the reader say so
        return points;
    }
    points.reserve(count);
    model::GeoPoint previous;
    for (std::uint64_t i = 0; i < count && r.ok(); ++i) {
        previous.lat = static_cast<std::int32_t>(previous.lat + r.svarint());
        previous.lon = static_cast<std::int32_t>(previous.lon + r.svarint());
        points.push_back(previous);
    }
    return points;
}

void write_names(ByteWriter& w, const std::vector<std::string>& names) {
    w.varint(names.size());
    for (const std::string& name : names) w.text(name);
}

std::vector<std::string> read_names(ByteReader& r) {
    std::vector<std::string> names;
    const std::uint64_t count = r.varint();
    for (std::uint64_t i = 0; i < count && r.ok(); ++i) names.emplace_back(r.text());
    return names;
}

}  // namespace

std::string encode_rule(const model::Rule& rule) {
    std::string out;
    ByteWriter w(out);
    w.u8(kVersion);
    w.text(rule.name);
    w.u8(static_cast<std::uint8_t>(rule.type));
    w.u8(static_cast<std::uint8_t>(rule.metric));
    w.u8(rule.above ? 1 : 0);
    w.svarint(rule.limit);
    w.svarint(rule.min_duration_ms);
    w.svarint(rule.hysteresis);
    w.svarint(rule.cool_down_ms);
    w.u8(rule.severity ? static_cast<std::uint8_t>(*rule.severity) : std::uint8_t{255});
    write_names(w, rule.fleets);
    write_names(w, rule.devices);
    write_names(w, rule.zones);
    w.u8(rule.built_in ? 1 : 0);
    w.u8(rule.hours ? 1 : 0);
    if (rule.hours) {
        w.text(rule.hours->text);
        w.text(rule.hours->time_zone);
        w.varint(rule.hours->offsets.size());
        for (const model::ZoneOffset& o : rule.hours->offsets) {
            w.svarint(o.from_min);
            w.svarint(o.offset_min);
        }
        for (std::size_t i = 0; i < rule.hours->minutes.size(); i += 8) {
            std::uint8_t byte = 0;
            for (std::size_t b = 0; b < 8; ++b)
                if (rule.hours->minutes[i + b]) byte = static_cast<std::uint8_t>(byte | 1U << b);
            w.u8(byte);
        }
    }
    return out;
}

Result<model::Rule> decode_rule(std::string_view bytes) {
    ByteReader r(bytes);
    model::Rule rule;
    const bool known = r.u8() == kVersion;
    rule.name = std::string(r.text());
    const std::uint8_t type = r.u8();
    const std::uint8_t metric = r.u8();
    rule.above = r.u8() != 0;
    rule.limit = static_cast<std::int32_t>(r.svarint());
    rule.min_duration_ms = r.svarint();
    rule.hysteresis = static_cast<std::int32_t>(r.svarint());
    rule.cool_down_ms = r.svarint();
    const std::uint8_t severity = r.u8();
    rule.fleets = read_names(r);
    rule.devices = read_names(r);
    rule.zones = read_names(r);
    rule.built_in = r.u8() != 0;
    if (r.u8() != 0) {
        model::WeekHours hours;
        hours.text = std::string(r.text());
        hours.time_zone = std::string(r.text());
        const std::uint64_t offsets = r.varint();
        for (std::uint64_t i = 0; i < offsets && r.ok(); ++i) {
            const auto from = static_cast<std::int32_t>(r.svarint());
            hours.offsets.push_back({from, static_cast<std::int32_t>(r.svarint())});
        }
        for (std::size_t i = 0; i < hours.minutes.size() && r.ok(); i += 8) {
            const std::uint8_t byte = r.u8();
            for (std::size_t b = 0; b < 8; ++b) hours.minutes[i + b] = (byte >> b & 1U) != 0;
        }
        rule.hours = std::move(hours);
    }
    if (!known || !r.done() || type >= model::kRuleTypeCount || metric >= model::kFieldCount ||
        (severity > 2 && severity != 255))
        return fail(Code::corrupt, "a stored rule is damaged");
    rule.type = static_cast<model::RuleType>(type);
    rule.metric = static_cast<model::Field>(metric);
    if (severity != 255) rule.severity = static_cast<model::Severity>(severity);
    return rule;
}

std::string encode_zone(const model::Zone& zone) {
    std::string out;
    ByteWriter w(out);
    w.u8(kVersion);
    w.text(zone.id);
    w.text(zone.name);
    w.svarint(zone.confirm_ms);
    w.svarint(zone.exit_margin_mm);
    if (const auto* polygons = std::get_if<model::Polygons>(&zone.shape)) {
        w.u8(kPolygons);
        w.varint(polygons->rings.size());
        for (const model::Ring& ring : polygons->rings) write_points(w, ring);
    } else if (const auto* circle = std::get_if<model::Circle>(&zone.shape)) {
        w.u8(kCircle);
        write_points(w, {circle->centre});
        w.svarint(circle->radius_mm);
    } else {
        const auto& corridor = std::get<model::Corridor>(zone.shape);
        w.u8(kCorridor);
        write_points(w, corridor.line);
        w.svarint(corridor.half_width_mm);
    }
    return out;
}

Result<model::Zone> decode_zone(std::string_view bytes) {
    ByteReader r(bytes);
    model::Zone zone;
    bool known = r.u8() == kVersion;
    zone.id = std::string(r.text());
    zone.name = std::string(r.text());
    zone.confirm_ms = r.svarint();
    zone.exit_margin_mm = r.svarint();
    switch (r.u8()) {
        case kPolygons: {
            model::Polygons polygons;
            const std::uint64_t rings = r.varint();
            for (std::uint64_t i = 0; i < rings && r.ok(); ++i)
                polygons.rings.push_back(read_points(r));
            zone.shape = std::move(polygons);
            break;
        }
        case kCircle: {
            model::Circle circle;
            const auto centre = read_points(r);
            if (centre.size() == 1) circle.centre = centre.front();
            circle.radius_mm = r.svarint();
            zone.shape = circle;
            break;
        }
        case kCorridor: {
            model::Corridor corridor;
            corridor.line = read_points(r);
            corridor.half_width_mm = r.svarint();
            zone.shape = std::move(corridor);
            break;
        }
        default: known = false;
    }
    if (!known || !r.done()) return fail(Code::corrupt, "a stored zone is damaged");
    return zone;
}

}  // namespace fleet::engine
