// SPDX-License-Identifier: Apache-2.0
#include "codec/geojson.hpp"

#include "codec/json_reader.hpp"
#include "codec/number.hpp"
#include "codec/problem_list.hpp"
#include "geo/shape.hpp"
#include "model/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <utility>

namespace fleet::codec {

namespace {

using model::GeoPoint;

std::string_view kind_of(JsonToken token) noexcept {
    switch (token) {
        case JsonToken::begin_object: return "an object";
        case JsonToken::begin_array: return "an array";
        case JsonToken::string: return "a text";
        case JsonToken::number: return "a number";
        case JsonToken::boolean: return "true or false";
        default: return "null";
    }
}

/// Coordinates of any geometry, before it is known which.
struct Coordinates {
    /// Arrays around a position: 0 for a Point, 1 LineString, 2 Polygon, 3 MultiPolygon. Nothing
    /// for an empty array.
    std::optional<int> depth;
    std::vector<GeoPoint> points;
    std::vector<std::size_t> ring_ends;                           ///< in points
    std::vector<std::pair<std::size_t, std::size_t>> ring_names;  ///< polygon and ring in the file
    bool good = true;
};

/// What is read of `properties`. Texts of numbers, as they may be needed in other units.
struct Properties {
    std::optional<std::string> id, code, name, nom;
    std::optional<std::string> confirm_s, exit_margin_m, radius_m, width_m;
    bool bad_id = false;
};

struct Feature {
    std::optional<std::string> type, geometry_type;
    Coordinates coordinates;
    Properties properties;
    bool has_geometry = false;
    bool has_coordinates = false;
    bool has_properties = false;
};

class ZoneReader {
  public:
    explicit ZoneReader(std::string_view text)
        : text_(text), reader_(text, JsonReader::kMaxDepth) {}

    Result<std::vector<model::Zone>> read() {
        if (!document() && !stopped_) syntax_problem();
        if (!problems_.empty()) return fail(problems_.error());
        return std::move(zones_);
    }

  private:
    // Every function that reads returns false when reading cannot go on: the text is no JSON, or
    // `stopped_`.

    void syntax_problem() {
        const std::string_view before = text_.substr(0, reader_.offset());
        const auto line = 1 + std::count(before.begin(), before.end(), '\n');
        const std::size_t begin = before.rfind('\n') + 1;  // npos + 1 = 0
        problems_.add({}, fmt::format("line {}, column {}: {}; it is no JSON from there on", line,
                                      before.size() - begin + 1, reader_.problem()));
    }

    /// Passes over a value whose first token was read.
    bool pass(JsonToken token) {
        if (token == JsonToken::error) return false;
        return (token != JsonToken::begin_object && token != JsonToken::begin_array) ||
               reader_.skip();
    }

    bool wrong(std::string_view path, JsonToken token, std::string_view wanted) {
        if (token == JsonToken::error) return false;
        problems_.add(path, fmt::format("{} where {} belongs", kind_of(token), wanted));
        return pass(token);
    }

    /// Notes a member; false, after a problem, when it was there before.
    bool once(bool& seen, const std::string& path) {
        if (seen) problems_.add(path, "the member comes twice");
        return !std::exchange(seen, true);
    }

    bool document() {
        const JsonToken token = reader_.next();
        if (token == JsonToken::error) return false;
        if (token != JsonToken::begin_object) {
            problems_.add({}, fmt::format("the file is {}; a FeatureCollection belongs here",
                                          kind_of(token)));
            return pass(token);
        }
        Feature top;
        bool has_features = false;
        if (!members("", top, &has_features)) return false;
        if (reader_.next() != JsonToken::end) return false;
        if (!top.type) {
            problems_.add("type", "missing; a zone file is a FeatureCollection");
        } else if (*top.type == "FeatureCollection") {
            if (!has_features) problems_.add("features", "missing");
        } else if (*top.type == "Feature") {
            if (has_features) {
                problems_.add("features",
                              "a Feature has none; its type would be FeatureCollection");
            } else {
                finish(top, "");
            }
        } else {
            problems_.add("type",
                          fmt::format("\"{}\" is not read; a zone file is a FeatureCollection or a "
                                      "Feature, which carries the zone's id",
                                      *top.type));
        }
        return true;
    }

    /// Members of a Feature, and of the whole file when `has_features` is given.
    bool members(const std::string& path, Feature& feature, bool* has_features) {
        bool has_type = false;
        for (;;) {
            const JsonToken token = reader_.next();
            if (token == JsonToken::end_object) return true;
            if (token != JsonToken::key) return false;
            const std::string_view name = reader_.text();
            bool good = true;
            if (name == "type") {
                const std::string where = path + "type";
                good = once(has_type, where) ? text(where, feature.type) : pass(reader_.next());
            } else if (name == "geometry") {
                const std::string where = path + "geometry";
                good = once(feature.has_geometry, where) ? geometry(where, feature)
                                                         : pass(reader_.next());
            } else if (name == "properties") {
                const std::string where = path + "properties";
                good = once(feature.has_properties, where) ? properties(where, feature.properties)
                                                           : pass(reader_.next());
            } else if (name == "features" && has_features != nullptr) {
                good = once(*has_features, "features") ? features() : pass(reader_.next());
            } else {
                good = pass(reader_.next());
            }
            if (!good) return false;
        }
    }

    bool features() {
        const JsonToken token = reader_.next();
        if (token != JsonToken::begin_array) return wrong("features", token, "an array");
        for (std::size_t i = 0;; ++i) {
            const JsonToken item = reader_.next();
            if (item == JsonToken::end_array) return true;
            if (item == JsonToken::error) return false;
            const std::string path = fmt::format("features[{}]", i);
            if (i >= kMaxZones) {
                problems_.add(path, fmt::format("a file has at most {} zones", kMaxZones));
                stopped_ = true;
                return false;
            }
            if (item != JsonToken::begin_object) {
                if (!wrong(path, item, "a Feature")) return false;
                continue;
            }
            Feature feature;
            if (!members(path + ".", feature, nullptr)) return false;
            if (!feature.type) {
                problems_.add(path + ".type", "missing; \"Feature\" belongs here");
            } else if (*feature.type != "Feature") {
                problems_.add(path + ".type",
                              fmt::format("\"{}\" where \"Feature\" belongs", *feature.type));
            } else {
                finish(feature, path + ".");
            }
        }
    }

    bool text(const std::string& path, std::optional<std::string>& out) {
        const JsonToken token = reader_.next();
        if (token != JsonToken::string) return wrong(path, token, "a text");
        out = reader_.text();
        return true;
    }

    bool geometry(const std::string& path, Feature& feature) {
        const JsonToken token = reader_.next();
        if (token == JsonToken::null) {
            feature.has_geometry = false;
            return true;
        }
        if (token != JsonToken::begin_object) return wrong(path, token, "a geometry");
        bool has_type = false;
        for (;;) {
            const JsonToken member = reader_.next();
            if (member == JsonToken::end_object) return true;
            if (member != JsonToken::key) return false;
            const std::string_view name = reader_.text();
            bool good = true;
            if (name == "type") {
                const std::string where = path + ".type";
                good = once(has_type, where) ? text(where, feature.geometry_type)
                                             : pass(reader_.next());
            } else if (name == "coordinates") {
                std::string where = path + ".coordinates";
                if (!once(feature.has_coordinates, where)) {
                    good = pass(reader_.next());
                } else if (const JsonToken first = reader_.next();
                           first != JsonToken::begin_array) {
                    feature.coordinates.good = false;
                    good = wrong(where, first, "an array");
                } else {
                    good = coordinates(where, 0, {}, feature.coordinates);
                }
            } else {
                good = pass(reader_.next());
            }
            if (!good) return false;
        }
    }

    /// An array of coordinates whose begin was read: a position, or an array of such.
    bool coordinates(std::string& path, int level, std::array<std::size_t, 4> at,
                     Coordinates& out) {
        const auto bad = [&](std::string_view what) {
            problems_.add(path, what);
            out.good = false;
        };
        const std::size_t length = path.size();
        std::size_t items = 0;
        std::array<std::string, 2> position;
        for (;; ++items) {
            const JsonToken token = reader_.next();
            if (token == JsonToken::end_array) break;
            if (token == JsonToken::error) return false;
            if (token == JsonToken::number && (items == 0 || !position[0].empty())) {
                if (items < 2) position[items] = reader_.text();
                continue;
            }
            path += fmt::format("[{}]", items);
            if (token != JsonToken::begin_array || !position[0].empty()) {
                out.good = false;
                if (!wrong(path, token,
                           items == 0            ? "a number or an array"
                           : position[0].empty() ? "an array"
                                                 : "a number"))
                    return false;
            } else if (level == 3) {
                bad("nested too deeply for a geometry");
                if (!reader_.skip()) return false;
            } else {
                at[static_cast<std::size_t>(level)] = items;
                if (!coordinates(path, level + 1, at, out)) return false;
            }
            path.resize(length);
        }
        if (!position[0].empty()) {
            add_position(path, position, level, out);
        } else if (items == 0) {
            bad("empty");
        } else if (out.good && out.depth && level == *out.depth - 1 && level > 0) {
            // The array around a ring's positions.
            out.ring_ends.push_back(out.points.size());
            out.ring_names.emplace_back(at[0], level == 2 ? at[1] : 0);
        }
        return true;
    }

    void add_position(const std::string& path, const std::array<std::string, 2>& numbers, int level,
                      Coordinates& out) {
        const auto bad = [&](std::string_view what) {
            problems_.add(path, what);
            out.good = false;
        };
        if (numbers[1].empty()) return bad("a position needs longitude and latitude");
        if (out.depth && *out.depth != level) return bad("positions stand at different depths");
        out.depth = level;
        const auto lon = parse_scaled(numbers[0], 6);
        const auto lat = parse_scaled(numbers[1], 6);
        constexpr std::int64_t kPole = 90'000'000;
        constexpr std::int64_t kHalfTurn = 180'000'000;
        if (lon->exceeds(kHalfTurn) || lon->below(-kHalfTurn))
            return bad(
                fmt::format("longitude {} is outside -180 to 180; coordinates are degrees of "
                            "WGS 84, longitude first",
                            shortened(numbers[0])));
        if (lat->exceeds(kPole) || lat->below(-kPole))
            return bad(
                fmt::format("latitude {} is outside -90 to 90; coordinates are degrees of WGS "
                            "84, longitude first",
                            shortened(numbers[1])));
        out.points.push_back(
            {static_cast<std::int32_t>(lat->rounded), static_cast<std::int32_t>(lon->rounded)});
    }

    static std::string shortened(std::string_view text) {
        return text.size() <= 40 ? std::string(text) : std::string(text.substr(0, 40)) + "…";
    }

    bool properties(const std::string& path, Properties& out) {
        const JsonToken token = reader_.next();
        if (token == JsonToken::null) return true;
        if (token != JsonToken::begin_object) return wrong(path, token, "an object");
        struct Known {
            std::string_view name;
            std::optional<std::string>& value;
            bool text;
            bool number;
        };
        const std::array<Known, 8> known{{{"id", out.id, true, true},
                                          {"code", out.code, true, true},
                                          {"name", out.name, true, false},
                                          {"nom", out.nom, true, false},
                                          {"confirm_s", out.confirm_s, false, true},
                                          {"exit_margin_m", out.exit_margin_m, false, true},
                                          {"radius_m", out.radius_m, false, true},
                                          {"width_m", out.width_m, false, true}}};
        std::array<bool, 8> seen{};
        for (;;) {
            const JsonToken member = reader_.next();
            if (member == JsonToken::end_object) return true;
            if (member != JsonToken::key) return false;
            std::size_t i = 0;
            while (i < known.size() && known[i].name != reader_.text()) ++i;
            const JsonToken value = reader_.next();
            if (i == known.size()) {
                if (!pass(value)) return false;
                continue;
            }
            const Known& k = known[i];
            const std::string where = fmt::format("{}.{}", path, k.name);
            if (!once(seen[i], where)) {
                if (!pass(value)) return false;
            } else if ((value == JsonToken::string && k.text) ||
                       (value == JsonToken::number && k.number)) {
                k.value = reader_.text();
            } else if (value != JsonToken::null) {
                if (i < 2) out.bad_id = true;
                if (!wrong(where, value,
                           !k.number ? "a text"
                           : k.text  ? "a text or a number"
                                     : "a number"))
                    return false;
            }
        }
    }

    // --- what was read becomes a zone ---

    std::optional<std::int64_t> quantity(const std::string& path, std::string_view name,
                                         const std::optional<std::string>& text, std::int64_t max,
                                         std::string_view unit, Factor factor = {}) {
        if (!text) return std::nullopt;
        const auto value = parse_scaled(*text, 3, factor);
        if (!value->below(0) && !value->exceeds(max)) return value->rounded;
        const auto whole = static_cast<double>(max) / 1'000.0 / (factor == Factor{} ? 1.0 : 0.5);
        problems_.add(fmt::format("{}properties.{}", path, name),
                      fmt::format("{} is outside 0 to {} {}", shortened(*text), whole, unit));
        return std::nullopt;
    }

    void finish(Feature& feature, const std::string& path) {
        const std::size_t before = problems_.count();
        model::Zone zone;
        identify(feature.properties, path, zone);
        zone.confirm_ms =
            quantity(path, "confirm_s", feature.properties.confirm_s, kMaxDurationMs, "s")
                .value_or(0);
        zone.exit_margin_mm =
            quantity(path, "exit_margin_m", feature.properties.exit_margin_m, kMaxMarginMm, "m")
                .value_or(0);
        shape(feature, path, zone);
        if (problems_.count() == before) zones_.push_back(std::move(zone));
    }

    void identify(const Properties& properties, const std::string& path, model::Zone& zone) {
        const std::string name_path =
            path + (properties.name ? "properties.name" : "properties.nom");
        zone.name = properties.name.value_or(properties.nom.value_or(""));
        if (zone.name.size() > kMaxZoneName)
            problems_.add(name_path, fmt::format("longer than {} bytes", kMaxZoneName));
        const bool by_code = !properties.id && properties.code;
        const std::string id_path = path + (by_code ? "properties.code" : "properties.id");
        if (!properties.id && !properties.code) {
            if (!properties.bad_id)
                problems_.add(id_path,
                              "missing; each zone needs an id (or a code) in its properties");
            return;
        }
        zone.id = properties.id ? *properties.id : *properties.code;
        if (!model::is_valid_id(zone.id)) {
            problems_.add(id_path, fmt::format("\"{}\" is no id: 1 to 64 letters, digits or any of "
                                               "'._:-'",
                                               shortened(zone.id)));
            return;
        }
        const std::string where = path.empty() ? path : path.substr(0, path.size() - 1);
        const auto [first, added] = ids_.emplace(zone.id, where);
        if (!added)
            problems_.add(id_path,
                          fmt::format("\"{}\" is the id of {} too", zone.id, first->second));
    }

    void shape(Feature& feature, const std::string& path, model::Zone& zone) {
        const std::string where = path + "geometry";
        if (!feature.has_geometry) {
            problems_.add(where, "missing; a zone needs one");
            return;
        }
        if (!feature.geometry_type) {
            if (feature.coordinates.good || !feature.has_coordinates)
                problems_.add(where + ".type", "missing");
            return;
        }
        static constexpr std::array<std::string_view, 4> kTypes{"Point", "LineString", "Polygon",
                                                                "MultiPolygon"};
        const auto* type = std::find(kTypes.begin(), kTypes.end(), *feature.geometry_type);
        if (type == kTypes.end()) {
            problems_.add(where + ".type",
                          fmt::format("\"{}\" is no zone; use Polygon, MultiPolygon, Point with "
                                      "radius_m or LineString with width_m",
                                      shortened(*feature.geometry_type)));
            return;
        }
        Coordinates& coordinates = feature.coordinates;
        if (!feature.has_coordinates) {
            problems_.add(where + ".coordinates", "missing");
            return;
        }
        if (!coordinates.good) return;
        if (*coordinates.depth != type - kTypes.begin()) {
            problems_.add(where + ".coordinates",
                          fmt::format("nested like those of a {}, not of a {}",
                                      kTypes[static_cast<std::size_t>(*coordinates.depth)], *type));
            return;
        }
        switch (*coordinates.depth) {
            case 0: circle(feature, path, zone); break;
            case 1: corridor(feature, path, zone); break;
            default: polygons(coordinates, where, zone);
        }
    }

    void circle(const Feature& feature, const std::string& path, model::Zone& zone) {
        const auto& text = feature.properties.radius_m;
        if (!text) {
            problems_.add(path + "properties.radius_m",
                          "missing; a Point needs the radius of its circle in metres");
            return;
        }
        const auto radius = quantity(path, "radius_m", text, geo::kMaxRadiusMm, "m");
        if (!radius) return;
        zone.shape = model::Circle{feature.coordinates.points.front(), *radius};
        check(zone, path + "properties.radius_m");
    }

    void corridor(Feature& feature, const std::string& path, model::Zone& zone) {
        const auto& text = feature.properties.width_m;
        if (!text) {
            problems_.add(path + "properties.width_m",
                          "missing; a LineString needs the whole width of its corridor in metres");
            return;
        }
        const auto half = quantity(path, "width_m", text, geo::kMaxHalfWidthMm, "m", Factor{5, -1});
        if (!half) return;
        const bool thin = *half == 0;
        zone.shape = model::Corridor{std::move(feature.coordinates.points), *half};
        check(zone, path + (thin ? "properties.width_m" : "geometry.coordinates"));
    }

    void check(const model::Zone& zone, const std::string& path) {
        for (const geo::ShapeProblem& problem : geo::shape_problems(zone.shape))
            problems_.add(path, problem.what);
    }

    void polygons(Coordinates& coordinates, const std::string& where, model::Zone& zone) {
        const auto ring_name = [&](std::size_t ring) {
            const auto [polygon, number] = coordinates.ring_names[ring];
            return *coordinates.depth == 2 ? fmt::format("coordinates[{}]", polygon)
                                           : fmt::format("coordinates[{}][{}]", polygon, number);
        };
        model::Polygons shape;
        shape.rings.reserve(coordinates.ring_ends.size());
        std::size_t begin = 0;
        bool closed = true;
        for (std::size_t r = 0; r < coordinates.ring_ends.size(); ++r) {
            const std::size_t end = coordinates.ring_ends[r];
            const auto at = [&](std::size_t i) {
                return coordinates.points.begin() + static_cast<std::ptrdiff_t>(i);
            };
            if (end - begin < 2 || *at(begin) != *at(end - 1)) {
                problems_.add(fmt::format("{}.{}", where, ring_name(r)),
                              "open ring: its last position must repeat the first");
                closed = false;
            }
            shape.rings.emplace_back(at(begin), at(end - 1));
            begin = end;
        }
        if (!closed) return;
        coordinates.points = {};
        zone.shape = std::move(shape);
        for (const geo::ShapeProblem& problem : geo::shape_problems(zone.shape, ring_name))
            problems_.add(
                problem.ring ? fmt::format("{}.{}", where, ring_name(*problem.ring)) : where,
                problem.what);
    }

    std::string_view text_;
    JsonReader reader_;
    ProblemList problems_;
    std::vector<model::Zone> zones_;
    std::unordered_map<std::string, std::string> ids_;  ///< and the feature that has it
    bool stopped_ = false;
};

}  // namespace

Result<std::vector<model::Zone>> decode_zones(std::string_view text, std::size_t max_bytes) {
    if (text.size() > max_bytes)
        return fail(Code::too_large, fmt::format("a zone file of {} bytes; at most {} are read",
                                                 text.size(), max_bytes));
    // A byte order mark is not JSON, and some editors write one.
    if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
    return ZoneReader(text).read();
}

}  // namespace fleet::codec
