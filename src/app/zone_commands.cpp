// SPDX-License-Identifier: Apache-2.0
#include "app/commands.hpp"
#include "app/control_report.hpp"
#include "app/control_source.hpp"
#include "app/output.hpp"
#include "app/points_file.hpp"
#include "app/text_file.hpp"
#include "codec/geojson.hpp"
#include "codec/json_writer.hpp"
#include "codec/number.hpp"
#include "codec/record_csv.hpp"
#include "geo/zone_index.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace fleet::app {

namespace {

Result<ExitCode> import(const CommandContext& context) {
    const ControlOptions& options = context.invocation.control;
    const Output output = context.invocation.common.output;
    FLEET_TRY(const std::string text, read_text_file(options.file, codec::kMaxZoneFileBytes));
    auto zones = codec::decode_zones(text);
    if (!zones) return refuse_file(zones.error(), options.file, output);
    FLEET_TRY(const auto source, open_control(context.config, options.url, Missing::create));
    const auto counts =
        source->control().put_zones(std::move(zones).value(), since_of(options.recompute));
    if (!counts) return refuse_file(counts.error(), options.file, output);
    FLEET_TRY_VOID(source->close());
    print_counts("zones", *counts, output);
    return ExitCode::ok;
}

std::string_view kind_of(const model::Shape& shape) {
    if (std::holds_alternative<model::Polygons>(shape)) return "area";
    return std::holds_alternative<model::Corridor>(shape) ? "corridor" : "circle";
}

std::string thousandths(std::int64_t value) {
    std::string out;
    codec::append_fixed(out, value, 3);
    return out;
}

Result<ExitCode> list(const CommandContext& context) {
    const Output output = context.invocation.common.output;
    FLEET_TRY(const auto source,
              open_control(context.config, context.invocation.control.url, Missing::refuse));
    FLEET_TRY(const auto zones, store::all_zones(source->control()));
    FLEET_TRY_VOID(source->close());
    if (output == Output::json) {
        print(codec::encode_zones(zones) + "\n");
        return ExitCode::ok;
    }
    Table table({"id", "name", "kind", "vertices", "confirm_s", "exit_margin_m"});
    for (const model::Zone& zone : zones) {
        table.add({zone.id, printable_name(zone.name, output), std::string(kind_of(zone.shape)),
                   fmt::format("{}", store::vertices_of(zone.shape)), thousandths(zone.confirm_ms),
                   thousandths(zone.exit_margin_mm)});
    }
    print(output == Output::csv ? table.csv() : table.text());
    if (zones.empty()) say("no zones; `fleet zone import FILE` takes them from GeoJSON");
    return ExitCode::ok;
}

/// The ids of the zones that hold a place; the zones lie in byte order of their ids.
class Locator {
  public:
    explicit Locator(const std::vector<model::Zone>& zones)
        : zones_(zones), index_(shapes(zones)) {}

    const std::vector<std::uint32_t>& at(model::GeoPoint place) {
        index_.containing(place, found_);
        return found_;
    }
    [[nodiscard]] const std::string& id(std::uint32_t number) const { return zones_[number].id; }

  private:
    static std::vector<const model::Shape*> shapes(const std::vector<model::Zone>& zones) {
        std::vector<const model::Shape*> out;
        for (const model::Zone& zone : zones) out.push_back(&zone.shape);
        return out;
    }

    const std::vector<model::Zone>& zones_;
    geo::ZoneIndex index_;
    std::vector<std::uint32_t> found_;
};

std::string located_json(const PointsFile& points, Locator& locator) {
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.key("items");
    json.begin_array();
    for (const PointRow& row : points.rows) {
        json.begin_object();
        json.member("id", row.id);
        json.member_fixed("lat", row.at.lat, 6);
        json.member_fixed("lon", row.at.lon, 6);
        json.key("zones");
        json.begin_array();
        for (const std::uint32_t zone : locator.at(row.at)) json.string(locator.id(zone));
        json.end_array();
        json.end_object();
    }
    json.end_array();
    json.end_object();
    return out + "\n";
}

std::string located_csv(const PointsFile& points, Locator& locator) {
    std::string out = "id,lat,lon,zones\n";
    for (const PointRow& row : points.rows) {
        if (codec::parse_scaled(row.id, 0)) {
            out += row.id;  // a negative number is no formula
        } else {
            codec::append_csv_text(out, row.id);
        }
        out += fmt::format(",{},{},", row.lat, row.lon);
        bool first = true;
        for (const std::uint32_t zone : locator.at(row.at)) {
            if (!first) out.push_back('|');
            first = false;
            out += locator.id(zone);
        }
        out.push_back('\n');
    }
    return out;
}

Result<ExitCode> locate(const CommandContext& context) {
    const ControlOptions& options = context.invocation.control;
    const Output output = context.invocation.common.output;
    FLEET_TRY(const std::string text, read_text_file(options.file, kMaxPointsBytes));
    const auto points = parse_points_file(text);
    if (!points) return refuse_file(points.error(), options.file, output);
    FLEET_TRY(const auto source, open_control(context.config, options.url, Missing::refuse));
    FLEET_TRY(const auto zones, store::all_zones(source->control()));
    FLEET_TRY_VOID(source->close());
    if (zones.empty())
        say("there are no zones yet: `fleet zone import FILE` takes them from GeoJSON");
    Locator locator(zones);
    print(output == Output::json ? located_json(*points, locator) : located_csv(*points, locator));
    return ExitCode::ok;
}

Result<ExitCode> remove(const CommandContext& context) {
    const ControlOptions& options = context.invocation.control;
    const Output output = context.invocation.common.output;
    FLEET_TRY(const auto source, open_control(context.config, options.url, Missing::refuse));
    if (auto done = source->control().remove_zone(options.name, since_of(options.recompute)); !done)
        return refuse(done.error(), output);
    FLEET_TRY_VOID(source->close());
    print_removed("zone", options.name, output);
    return ExitCode::ok;
}

}  // namespace

Result<ExitCode> run_zone(const CommandContext& context) {
    switch (context.invocation.command) {
        case Command::zone_import: return import(context);
        case Command::zone_list: return list(context);
        case Command::zone_locate: return locate(context);
        default: return remove(context);
    }
}

}  // namespace fleet::app
