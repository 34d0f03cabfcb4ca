// SPDX-License-Identifier: Apache-2.0
#include "app/commands.hpp"
#include "app/output.hpp"
#include "app/read_source.hpp"
#include "base/check.hpp"
#include "model/field.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <span>

namespace fleet::app {

namespace {

using Json = nlohmann::ordered_json;

Result<Json> get_json(ReadSource& source, const std::string& target) {
    FLEET_TRY(const std::string body, source.get(target));
    Json document = Json::parse(body, nullptr, false);
    if (document.is_discarded())
        return fail(Code::corrupt, "the server's answer is no JSON; is the address right?");
    return document;
}

/// Percent-encodes what a query value may not hold: the ':' and '+' of times stay readable or safe.
std::string encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                           (c >= 'a' && c <= 'z') ||
                           std::string_view("-._~:").find(c) != std::string_view::npos;
        if (plain) {
            out.push_back(c);
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

/// All pages of a list, up to `limit` items. The result keeps the other members of the last page.
Result<Json> get_list(ReadSource& source, const std::string& path, std::string query,
                      std::int64_t limit) {
    Json all = Json::array();
    std::string cursor;
    Json page;
    while (true) {
        const auto left = limit - static_cast<std::int64_t>(all.size());
        const auto size = std::min(left, static_cast<std::int64_t>(store::kMaxLimit));
        std::string target = fmt::format("{}?{}limit={}", path, query, size);
        if (!cursor.empty()) target += "&cursor=" + cursor;
        FLEET_TRY(page, get_json(source, target));
        if (!page.is_object() || !page.contains("items"))
            return fail(Code::corrupt, "the server's answer is no list");
        for (Json& item : page["items"]) all.push_back(std::move(item));
        cursor = page["next"].is_string() ? page["next"].get<std::string>() : std::string();
        if (cursor.empty() || static_cast<std::int64_t>(all.size()) >= limit) break;
    }
    page["items"] = std::move(all);
    return page;
}

std::string cell_of(const Json& value) {
    if (value.is_null()) return {};
    if (value.is_string()) return value.get<std::string>();
    return value.dump();
}

/// Columns of a table: the members of its rows by name, and what their heads are called.
struct Column {
    std::string_view member;
    std::string_view title;
};

Table table_of(const Json& items, std::span<const Column> columns, bool titles) {
    std::vector<std::string> heads;
    for (const Column& c : columns) heads.emplace_back(titles ? c.title : c.member);
    Table table(std::move(heads));
    for (const Json& item : items) {
        std::vector<std::string> cells;
        for (const Column& c : columns) {
            const auto found = item.find(c.member);
            cells.push_back(found == item.end() ? std::string() : cell_of(*found));
        }
        table.add(std::move(cells));
    }
    return table;
}

void print_items(const Json& document, std::span<const Column> columns, Output output) {
    if (output == Output::json) {
        print(document.dump() + "\n");
    } else if (output == Output::csv) {
        print(table_of(document["items"], columns, false).csv());
    } else {
        print(table_of(document["items"], columns, true).text());
    }
}

/// People are told what an empty table means.
void explain_empty(const Json& document, std::string_view what) {
    if (!document["items"].empty()) return;
    say(fmt::format("no {}", what));
    if (document.contains("retention_from") && document["retention_from"].is_string())
        say(fmt::format("records before {} are no longer kept",
                        document["retention_from"].get<std::string>()));
}

Result<std::vector<std::string>> fleet_ids(ReadSource& source, const std::string& wanted) {
    if (!wanted.empty()) return std::vector<std::string>{wanted};
    FLEET_TRY(const Json fleets, get_json(source, "fleets"));
    std::vector<std::string> ids;
    for (const Json& fleet : fleets["items"]) ids.push_back(fleet["fleet_id"].get<std::string>());
    return ids;
}

/// One list of every fleet that is asked for, joined.
Result<Json> of_fleets(ReadSource& source, const std::string& wanted, std::string_view what,
                       const std::string& query) {
    constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();
    FLEET_TRY(const auto ids, fleet_ids(source, wanted));
    Json joined = {{"items", Json::array()}, {"next", nullptr}};
    for (const std::string& id : ids) {
        FLEET_TRY(const Json list,
                  get_list(source, fmt::format("fleets/{}/{}", id, what), query, kAll));
        for (const Json& item : list["items"]) joined["items"].push_back(item);
    }
    return joined;
}

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
    FLEET_TRY(const auto source, open_read_source(context.config, options.url));
    FLEET_TRY(Json devices, of_fleets(*source, options.fleet, "devices", ""));
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
    constexpr Column kColumns[] = {{"device_id", "device"},      {"fleet_id", "fleet"},
                                   {"records", "records"},       {"first_seen", "first record"},
                                   {"last_seen", "last record"}, {"retention", "kept"}};
    print_items(devices, kColumns, output);
    explain_empty(devices, "devices");
    return ExitCode::ok;
}

Result<ExitCode> run_latest(const CommandContext& context) {
    const ReadOptions& options = context.invocation.read;
    const Output output = context.invocation.common.output;
    FLEET_TRY(const auto source, open_read_source(context.config, options.url));
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
    const std::string query =
        options.day.empty() ? std::string() : fmt::format("day={}&", options.day);
    FLEET_TRY(const Json latest, of_fleets(*source, options.fleet, "latest", query));
    print_items(latest, kLatestColumns, output);
    explain_empty(latest, "devices");
    return ExitCode::ok;
}

Result<ExitCode> run_history(const CommandContext& context) {
    const ReadOptions& options = context.invocation.read;
    const Output output = context.invocation.common.output;
    const Timestamp now = SystemClock().now();
    std::string query = fmt::format("order={}&", options.order);
    if (!options.day.empty()) query += fmt::format("day={}&", options.day);
    for (const auto& [name, text] :
         {std::pair{"from", options.from}, std::pair{"to", options.to}}) {
        if (text.empty()) continue;
        const auto time = parse_time_argument(text, now);
        FLEET_CHECK(time.has_value());  // the command line was checked
        query += fmt::format("{}={}&", name, encoded(format_rfc3339(*time)));
    }
    FLEET_TRY(const auto source, open_read_source(context.config, options.url));
    FLEET_TRY(
        const Json records,
        get_list(*source, fmt::format("devices/{}/history", options.device), query, options.limit));
    if (output == Output::json) {
        print(records.dump() + "\n");
        return ExitCode::ok;
    }
    // Columns that no record has would only take room; CSV keeps the order of the API.
    std::vector<Column> columns{{"ts", "time"}};
    for (const model::FieldInfo& f : model::kFields) columns.push_back({f.name, f.name});
    columns.push_back({"zone", "zone"});
    columns.push_back({"alarm", "alarm"});
    std::erase_if(columns, [&](const Column& c) {
        return std::none_of(records["items"].begin(), records["items"].end(),
                            [&](const Json& item) { return item.contains(c.member); });
    });
    if (columns.empty()) columns.push_back({"ts", "time"});
    print_items(records, columns, output);
    explain_empty(records, "records in that time");
    return ExitCode::ok;
}

Result<ExitCode> run_analytics(const CommandContext& context) {
    const ReadOptions& options = context.invocation.read;
    const Output output = context.invocation.common.output;
    FLEET_TRY(const auto source, open_read_source(context.config, options.url));
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
                                   {"distance_m", "distance m"}};
    Json items = {{"items", day["hours"]}};
    if (day.contains("retention_from")) items["retention_from"] = day["retention_from"];
    print_items(items, kColumns, output);
    explain_empty(items, fmt::format("records on {}", day["day"].get<std::string>()));
    return ExitCode::ok;
}

}  // namespace fleet::app
