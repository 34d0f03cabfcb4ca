// SPDX-License-Identifier: Apache-2.0
#include "store/cassandra/statements.hpp"

#include "store/series.hpp"

#include <fmt/format.h>

#include <utility>

namespace fleet::store::cassandra {

namespace {

using Columns = std::vector<cql::ColumnInfo>;
using Types = std::vector<std::string_view>;

std::string names_of(const Columns& columns) {
    std::string out;
    for (const cql::ColumnInfo& column : columns) out += (out.empty() ? "" : ", ") + column.name;
    return out;
}

Columns with_measures(Columns columns) {
    for (const model::FieldInfo& f : model::kFields)
        columns.push_back({std::string(f.name), std::string(measure_type(f.field))});
    return columns;
}

/// Types of device, day and the two ends of a time.
const Types kPartOfDay{"text", "date", "timestamp", "timestamp"};
constexpr std::string_view kInPartOfDay = "device_id = ? AND day = ? AND ts >= ? AND ts < ?";
constexpr std::string_view kStartsInPartOfDay =
    "device_id = ? AND day = ? AND start_ts >= ? AND start_ts < ?";

Columns hour_columns() {
    Columns out{{"hour", "tinyint"}, {"records", "bigint"}, {"active_devices", "int"}};
    for (const char* metric : {"speed", "battery", "temp", "humidity"}) {
        out.push_back({fmt::format("{}_sum", metric), "bigint"});
        out.push_back({fmt::format("{}_min", metric), "int"});
        out.push_back({fmt::format("{}_max", metric), "int"});
        out.push_back({fmt::format("{}_count", metric), "bigint"});
    }
    for (const char* name : {"distance_mm", "gap_mm"}) out.push_back({name, "bigint"});
    for (const char* name : {"alerts_high", "alerts_medium", "alerts_low"})
        out.push_back({name, "int"});
    return out;
}

Columns alert_columns() {
    return {{"ts", "timestamp"},       {"device_id", "text"},     {"alert_type", "text"},
            {"rule", "text"},          {"alert_id", "text"},      {"state", "text"},
            {"end_ts", "timestamp"},   {"peak", "double"},        {"limit_value", "double"},
            {"decimals", "tinyint"},   {"lat", "double"},         {"lon", "double"},
            {"zone", "text"},          {"alarm", "text"},         {"late", "boolean"},
            {"retracted", "boolean"},  {"actions", "list<text>"}, {"acked_by", "text"},
            {"acked_at", "timestamp"}, {"resolved_by", "text"},   {"resolved_at", "timestamp"},
            {"comment", "text"}};
}

}  // namespace

std::string_view measure_type(model::Field field) noexcept {
    using model::Field;
    switch (field) {
        case Field::lat:
        case Field::lon:
        case Field::altitude:
        case Field::accuracy:
        case Field::odometer: return "double";
        case Field::satellites: return "int";
        case Field::charging:
        case Field::ignition: return "boolean";
        case Field::speed:
        case Field::heading:
        case Field::battery:
        case Field::fuel:
        case Field::temp:
        case Field::humidity: return "float";
    }
    return "float";
}

std::vector<QuerySpec> query_specs(std::string_view keyspace) {
    std::vector<QuerySpec> specs(kQueries);
    const auto set = [&](Query query, std::string_view name, std::string_view table, Types params,
                         Columns columns, std::string_view where, std::string_view behind = "") {
        QuerySpec& spec = specs[index_of(query)];
        spec.name = name;
        spec.cql = fmt::format("SELECT {} FROM {}.{} WHERE {}{}", names_of(columns), keyspace,
                               table, where, behind);
        spec.params = std::move(params);
        spec.columns = std::move(columns);
    };
    const Columns fleet{{"fleet_id", "text"}, {"retention_days", "int"}, {"buckets", "int"}};
    set(Query::fleets, "fleets", "fleets", {"text"}, fleet, "registry = ?");
    set(Query::device_fleet, "device_fleet", "fleet_by_device", {"text"}, {{"fleet_id", "text"}},
        "device_id = ?", " LIMIT 1");
    set(Query::devices, "devices", "devices_by_fleet", {"text", "text"}, {{"device_id", "text"}},
        "fleet_id = ? AND device_id > ?");
    Columns latest{{"last_ts", "timestamp"},
                   {"first_ts", "timestamp"},
                   {"records", "bigint"},
                   {"zone", "text"},
                   {"alarm", "text"}};
    for (const char* group : {"pos_ts", "motion_ts", "energy_ts", "climate_ts", "vehicle_ts"})
        latest.push_back({group, "timestamp"});
    set(Query::latest, "latest", "latest_telemetry_by_device", {"text"},
        with_measures(std::move(latest)), "device_id = ?");
    set(Query::days, "days", "days_by_device", {"text", "date", "date"}, {{"day", "date"}},
        "device_id = ? AND day >= ? AND day <= ?");
    set(Query::day, "day", "days_by_device", {"text", "date"}, {{"records", "int"}},
        "device_id = ? AND day = ?");
    const Columns row = with_measures(
        {{"ts", "timestamp"}, {"zone", "text"}, {"alarm", "text"}, {"extra", "map<text, text>"}});
    constexpr std::string_view kHistory = "telemetry_by_device_day";
    constexpr std::string_view kOldestFirst = " ORDER BY ts ASC";
    set(Query::rows_newest, "rows_newest", kHistory, kPartOfDay, row, kInPartOfDay);
    set(Query::rows_oldest, "rows_oldest", kHistory, kPartOfDay, row, kInPartOfDay, kOldestFirst);
    set(Query::motion, "motion", kHistory, kPartOfDay,
        {{"ts", "timestamp"}, {"lat", "double"}, {"lon", "double"}, {"speed_kmh", "float"}},
        kInPartOfDay, kOldestFirst);
    set(Query::trips, "trips", "trips_by_device_day", kPartOfDay,
        {{"start_ts", "timestamp"},
         {"end_ts", "timestamp"},
         {"distance_mm", "bigint"},
         {"gap_mm", "bigint"},
         {"max_speed_kmh", "float"},
         {"from_lat", "double"},
         {"from_lon", "double"},
         {"to_lat", "double"},
         {"to_lon", "double"},
         {"start_reason", "text"},
         {"end_reason", "text"}},
        kStartsInPartOfDay);
    set(Query::stops, "stops", "stops_by_device_day", kPartOfDay,
        {{"start_ts", "timestamp"},
         {"end_ts", "timestamp"},
         {"lat", "double"},
         {"lon", "double"},
         {"open", "boolean"}},
        kStartsInPartOfDay);
    set(Query::hours, "hours", "fleet_analytics_by_day", {"text", "date"}, hour_columns(),
        "fleet_id = ? AND day = ?");
    const Types slice{"text", "date", "text", "timestamp", "timestamp"};
    constexpr std::string_view kSlice =
        "fleet_id = ? AND day = ? AND severity = ? AND ts >= ? AND ts < ?";
    constexpr std::string_view kAlerts = "alerts_by_fleet_day";
    set(Query::alerts, "alerts", kAlerts, slice, alert_columns(), kSlice);
    set(Query::alert_states, "alert_states", kAlerts, slice,
        {{"ts", "timestamp"}, {"state", "text"}, {"retracted", "boolean"}}, kSlice);
    set(Query::alert_key, "alert_key", "alert_by_id", {"text"},
        {{"fleet_id", "text"},
         {"day", "date"},
         {"severity", "text"},
         {"ts", "timestamp"},
         {"device_id", "text"},
         {"alert_type", "text"},
         {"rule", "text"}},
        "alert_id = ?");
    set(Query::alert, "alert", kAlerts,
        {"text", "date", "text", "timestamp", "text", "text", "text", "text"}, alert_columns(),
        "fleet_id = ? AND day = ? AND severity = ? AND ts = ? AND device_id = ? AND alert_type = ? "
        "AND rule = ? AND alert_id = ?");
    set(Query::zones, "zones", "zones", {"text"},
        {{"zone_id", "text"}, {"valid_from", "timestamp"}, {"definition", "text"}}, "registry = ?");
    set(Query::rules, "rules", "rules", {"text"},
        {{"rule", "text"}, {"valid_from", "timestamp"}, {"definition", "text"}}, "registry = ?");
    for (const model::FieldInfo& f : model::kFields)
        if (is_series_metric(f.field))
            set(series_query(f.field), "series", kHistory, kPartOfDay,
                {{"ts", "timestamp"}, {std::string(f.name), std::string(measure_type(f.field))}},
                kInPartOfDay, kOldestFirst);
    return specs;
}

}  // namespace fleet::store::cassandra
