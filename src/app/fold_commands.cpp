// SPDX-License-Identifier: Apache-2.0
// What the fold found: trips, stops, alerts.
#include "app/commands.hpp"
#include "app/read_list.hpp"
#include "app/read_source.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <span>

namespace fleet::app {

namespace {

Result<ExitCode> list_of_device(const CommandContext& context, std::string_view what,
                                std::span<const Column> columns) {
    const ReadOptions& options = context.invocation.read;
    FLEET_TRY(const auto source, open_read_source(context.config, options));
    FLEET_TRY(const Json list, get_list(*source, fmt::format("devices/{}/{}", options.device, what),
                                        range_query(options), options.limit));
    print_items(list, columns, context.invocation.common.output);
    explain_empty(list, fmt::format("{} in that time", what));
    return ExitCode::ok;
}

}  // namespace

Result<ExitCode> run_trips(const CommandContext& context) {
    constexpr Column kTable[] = {{"start", "start"},
                                 {"end", "end"},
                                 {"distance_m", "distance m"},
                                 {"driven_m", "driven m"},
                                 {"max_speed_kmh", "max km/h"},
                                 {"from_lat", "from lat"},
                                 {"from_lon", "from lon"},
                                 {"to_lat", "to lat"},
                                 {"to_lon", "to lon"},
                                 {"start_reason", "began by"},
                                 {"end_reason", "ended by"}};
    constexpr Column kCsv[] = {
        {"id", ""},         {"device_id", ""}, {"start", ""},         {"end", ""},
        {"distance_m", ""}, {"driven_m", ""},  {"max_speed_kmh", ""}, {"from_lat", ""},
        {"from_lon", ""},   {"to_lat", ""},    {"to_lon", ""},        {"start_reason", ""},
        {"end_reason", ""}};
    if (context.invocation.common.output == Output::csv)
        return list_of_device(context, "trips", kCsv);
    return list_of_device(context, "trips", kTable);
}

Result<ExitCode> run_stops(const CommandContext& context) {
    constexpr Column kColumns[] = {{"device_id", "device"}, {"start", "start"},
                                   {"end", "end"},          {"lat", "lat"},
                                   {"lon", "lon"},          {"duration_s", "duration s"}};
    return list_of_device(context, "stops", kColumns);
}

Result<ExitCode> run_alerts(const CommandContext& context) {
    const ReadOptions& options = context.invocation.read;
    const Output output = context.invocation.common.output;
    std::string query = range_query(options);
    for (const auto& [name, value] : {std::pair{"severity", options.severity},
                                      {"type", options.type},
                                      {"state", options.state},
                                      {"device", options.device}})
        if (!value.empty()) query += fmt::format("{}={}&", name, value);
    if (options.retracted) query += "retracted=true&";
    FLEET_TRY(const auto source, open_read_source(context.config, options));
    Json alerts;
    if (!options.fleet.empty()) {
        FLEET_TRY(alerts, get_list(*source, fmt::format("fleets/{}/alerts", options.fleet), query,
                                   options.limit));
    } else {
        FLEET_TRY(alerts, of_fleets(*source, "", "alerts", query, options.limit));
        auto items = alerts["items"].get<std::vector<Json>>();
        // As the API orders each fleet's: newest first, those of one start by id.
        std::sort(items.begin(), items.end(), [](const Json& a, const Json& b) {
            const auto& a_start = a["start"].get_ref<const std::string&>();
            const auto& b_start = b["start"].get_ref<const std::string&>();
            if (a_start != b_start) return a_start > b_start;
            return a["id"].get_ref<const std::string&>() < b["id"].get_ref<const std::string&>();
        });
        if (items.size() > static_cast<std::size_t>(options.limit))
            items.resize(static_cast<std::size_t>(options.limit));
        alerts["items"] = std::move(items);
    }
    constexpr Column kTable[] = {
        {"start", "start"},      {"end", "end"},     {"fleet_id", "fleet"},
        {"device_id", "device"}, {"rule", "rule"},   {"severity", "severity"},
        {"peak", "peak"},        {"limit", "limit"}, {"zone", "zone"},
        {"alarm", "alarm"},      {"state", "state"}, {"lat", "lat"},
        {"lon", "lon"},          {"id", "id"}};
    constexpr Column kCsv[] = {{"id", ""},       {"fleet_id", ""}, {"device_id", ""}, {"rule", ""},
                               {"type", ""},     {"severity", ""}, {"state", ""},     {"start", ""},
                               {"end", ""},      {"peak", ""},     {"limit", ""},     {"lat", ""},
                               {"lon", ""},      {"zone", ""},     {"alarm", ""},     {"late", ""},
                               {"retracted", ""}};
    if (output == Output::csv) {
        print_items(alerts, kCsv, output);
    } else {
        print_items(alerts, kTable, output);
    }
    explain_empty(alerts, "alerts like that");
    return ExitCode::ok;
}

}  // namespace fleet::app
