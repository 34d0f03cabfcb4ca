// SPDX-License-Identifier: Apache-2.0
#include "app/commands.hpp"
#include "app/read_list.hpp"
#include "app/read_source.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <map>

namespace fleet::app {

namespace {

constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();

constexpr Column kLatestColumns[] = {{"device_id", "device"}, {"fleet_id", "fleet"},
                                     {"ts", "time"},          {"lat", "lat"},
                                     {"lon", "lon"},          {"speed_kmh", "km/h"},
                                     {"heading_deg", "°"},    {"battery_pct", "battery %"},
                                     {"temp_c", "°C"},        {"humidity_pct", "hum. %"},
                                     {"zone", "zone"},        {"state", "state"},
                                     {"age_s", "age s"}};

}  // namespace

Result<ExitCode> run_devices(const CommandContext& context) {
    const ReadOptions& options = context.invocation.read;
    const Output output = context.invocation.common.output;
    FLEET_TRY(const auto source, open_read_source(context.config, options));
    FLEET_TRY(Json devices, of_fleets(*source, options.fleet, "devices", "", kAll));
    if (output != Output::json) {
        // How long records are kept is the fleet's, and worth a column.
        FLEET_TRY(const Json fleets, get_json(*source, "fleets"));
        std::map<std::string, std::string> kept;
        for (const Json& fleet : fleets["items"])
            kept[fleet["fleet_id"].get<std::string>()] =
                fleet["retention_days"].is_null()
                    ? "unlimited"
                    : fmt::format("{} days", fleet["retention_days"].get<int>());
        for (Json& device : devices["items"])
            device["retention"] = kept[device["fleet_id"].get<std::string>()];
    }
    constexpr Column kColumns[] = {
        {"device_id", "device"},      {"fleet_id", "fleet"},  {"name", "name"},
        {"plate", "plate"},           {"model", "model"},     {"driver", "driver"},
        {"enabled", "enabled"},       {"records", "records"}, {"first_seen", "first record"},
        {"last_seen", "last record"}, {"retention", "kept"}};
    print_items(devices, kColumns, output);
    explain_empty(devices, "devices");
    return ExitCode::ok;
}

Result<ExitCode> run_latest(const CommandContext& context) {
    const ReadOptions& options = context.invocation.read;
    const Output output = context.invocation.common.output;
    FLEET_TRY(const auto source, open_read_source(context.config, options));
    if (!options.device.empty()) {
        FLEET_TRY(const Json latest,
                  get_json(*source, fmt::format("devices/{}/latest", options.device)));
        if (output == Output::json) {
            print(latest.dump() + "\n");
        } else {
            print_items({{"items", Json::array({latest})}}, kLatestColumns, output);
        }
        return ExitCode::ok;
    }
    const std::string query = range_query(options);
    FLEET_TRY(const Json latest, of_fleets(*source, options.fleet, "latest", query, kAll));
    print_items(latest, kLatestColumns, output);
    explain_empty(latest, "devices");
    return ExitCode::ok;
}

Result<ExitCode> run_history(const CommandContext& context) {
    const ReadOptions& options = context.invocation.read;
    const Output output = context.invocation.common.output;
    const std::string query = fmt::format("order={}&", options.order) + range_query(options);
    FLEET_TRY(const auto source, open_read_source(context.config, options));
    FLEET_TRY(
        const Json records,
        get_list(*source, fmt::format("devices/{}/history", options.device), query, options.limit));
    FLEET_TRY(const std::string traces, source->traces());
    if (!traces.empty()) say(traces);
    if (output == Output::json) {
        print(records.dump() + "\n");
        return ExitCode::ok;
    }
    print_records(records, {{"ts", "time"}}, output);
    explain_empty(records, "records in that time");
    return ExitCode::ok;
}

Result<ExitCode> run_analytics(const CommandContext& context) {
    const ReadOptions& options = context.invocation.read;
    const Output output = context.invocation.common.output;
    FLEET_TRY(const auto source, open_read_source(context.config, options));
    FLEET_TRY(const auto fleets, fleet_ids(*source, options.fleet));
    if (fleets.size() != 1)
        return fail(Code::invalid_argument,
                    fleets.empty() ? std::string("there is no fleet yet; load something first")
                                   : fmt::format("there are {} fleets; name one with --fleet: {}",
                                                 fleets.size(), fmt::join(fleets, ", ")));
    const std::string query =
        options.day.empty() ? std::string() : fmt::format("?day={}", options.day);
    FLEET_TRY(const Json day,
              get_json(*source, fmt::format("fleets/{}/analytics{}", fleets.front(), query)));
    if (output == Output::json) {
        print(day.dump() + "\n");
        return ExitCode::ok;
    }
    constexpr Column kColumns[] = {{"hour", "hour"},
                                   {"records", "records"},
                                   {"active_devices", "devices"},
                                   {"avg_speed_kmh", "avg km/h"},
                                   {"max_speed_kmh", "max km/h"},
                                   {"avg_battery_pct", "avg batt. %"},
                                   {"min_battery_pct", "min batt. %"},
                                   {"avg_temp_c", "avg °C"},
                                   {"min_temp_c", "min °C"},
                                   {"max_temp_c", "max °C"},
                                   {"avg_humidity_pct", "avg hum. %"},
                                   {"distance_m", "distance m"},
                                   {"alerts_high", "HIGH"},
                                   {"alerts_medium", "MEDIUM"},
                                   {"alerts_low", "LOW"}};
    Json items = {{"items", day["hours"]}};
    for (Json& hour : items["items"]) {
        const Json alerts = hour["alerts"];
        hour["alerts_high"] = alerts["HIGH"];
        hour["alerts_medium"] = alerts["MEDIUM"];
        hour["alerts_low"] = alerts["LOW"];
    }
    if (day.contains("retention_from")) items["retention_from"] = day["retention_from"];
    print_items(items, kColumns, output);
    explain_empty(items, fmt::format("records on {}", day["day"].get<std::string>()));
    return ExitCode::ok;
}

}  // namespace fleet::app
