// SPDX-License-Identifier: Apache-2.0
#include "replicate/tables.hpp"

#include "base/check.hpp"
#include "model/rule.hpp"
#include "model/value_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace fleet::replicate {

using cql::PackedRows;
using model::Field;

namespace {

/// The measured columns that history and latest share, with their fields.
struct Measure {
    Column column;
    Field field;
};
constexpr std::array<Measure, model::kFieldCount> kMeasures{{
    {{"lat", "double"}, Field::lat},
    {{"lon", "double"}, Field::lon},
    {{"speed_kmh", "float"}, Field::speed},
    {{"battery_pct", "float"}, Field::battery},
    {{"temp_c", "float"}, Field::temp},
    {{"heading_deg", "float"}, Field::heading},
    {{"altitude_m", "double"}, Field::altitude},
    {{"humidity_pct", "float"}, Field::humidity},
    {{"ignition", "boolean"}, Field::ignition},
    {{"odometer_km", "double"}, Field::odometer},
    {{"accuracy_m", "double"}, Field::accuracy},
    {{"satellites", "int"}, Field::satellites},
    {{"charging", "boolean"}, Field::charging},
    {{"fuel_pct", "float"}, Field::fuel},
}};

template <std::size_t N, std::size_t M>
constexpr auto with_measures(const std::array<Column, N>& before,
                             const std::array<Column, M>& behind) {
    std::array<Column, N + kMeasures.size() + M> out{};
    std::size_t at = 0;
    for (const Column& column : before) out[at++] = column;
    for (const Measure& measure : kMeasures) out[at++] = measure.column;
    for (const Column& column : behind) out[at++] = column;
    return out;
}

constexpr auto kTelemetryColumns = with_measures(
    std::array<Column, 4>{
        {{"device_id", "text"}, {"day", "date"}, {"ts", "timestamp"}, {"fleet_id", "text"}}},
    std::array<Column, 3>{{{"zone", "text"}, {"alarm", "text"}, {"extra", "map<text, text>"}}});

constexpr auto kLatestColumns = with_measures(
    std::array<Column, 3>{{{"device_id", "text"}, {"fleet_id", "text"}, {"last_ts", "timestamp"}}},
    std::array<Column, 9>{{{"zone", "text"},
                           {"alarm", "text"},
                           {"pos_ts", "timestamp"},
                           {"motion_ts", "timestamp"},
                           {"energy_ts", "timestamp"},
                           {"climate_ts", "timestamp"},
                           {"vehicle_ts", "timestamp"},
                           {"first_ts", "timestamp"},
                           {"records", "bigint"}}});

constexpr std::array<Column, 27> kHourColumns{
    {{"fleet_id", "text"},       {"day", "date"},
     {"hour", "tinyint"},        {"shard", "tinyint"},
     {"records", "bigint"},      {"active_devices", "int"},
     {"speed_sum", "bigint"},    {"speed_min", "int"},
     {"speed_max", "int"},       {"speed_count", "bigint"},
     {"battery_sum", "bigint"},  {"battery_min", "int"},
     {"battery_max", "int"},     {"battery_count", "bigint"},
     {"temp_sum", "bigint"},     {"temp_min", "int"},
     {"temp_max", "int"},        {"temp_count", "bigint"},
     {"humidity_sum", "bigint"}, {"humidity_min", "int"},
     {"humidity_max", "int"},    {"humidity_count", "bigint"},
     {"distance_mm", "bigint"},  {"gap_mm", "bigint"},
     {"alerts_high", "int"},     {"alerts_medium", "int"},
     {"alerts_low", "int"}}};

void pack_absent(PackedRows& out, Absent absent) {
    if (absent == Absent::clear) {
        out.null();
    } else {
        out.unset();
    }
}

void pack_value(PackedRows& out, const Measure& measure, std::int32_t stored) {
    const std::string_view type = measure.column.type;
    if (type == "boolean") {
        out.boolean(stored != 0);
    } else if (type == "int") {
        out.integer(stored);
    } else if (type == "float") {
        out.real(static_cast<float>(model::to_real(measure.field, stored)));
    } else {
        out.real64(model::to_real(measure.field, stored));
    }
}

void pack_attributes(PackedRows& out, std::string_view bytes, Absent absent) {
    if (bytes.empty()) return pack_absent(out, absent);
    std::vector<model::Attribute> attributes;
    FLEET_CHECK(model::decode_attributes(bytes, attributes));
    std::vector<std::string> values;
    values.reserve(attributes.size());
    std::vector<std::pair<std::string_view, std::string_view>> map;
    for (const model::Attribute& attribute : attributes) {
        values.push_back(model::value_text(attribute));
        map.emplace_back(attribute.name, values.back());
    }
    out.text_map(map);
}

/// FNV-1a, 32 bit. Where a device's row lies depends on it: never change it.
std::uint32_t hash_of(std::string_view text) noexcept {
    std::uint32_t hash = 2'166'136'261U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
    return hash;
}

}  // namespace

const Table kTelemetry{"telemetry_by_device_day", kTelemetryColumns, true};
const Table kLatest{"latest_telemetry_by_device", kLatestColumns, false};
const Table kHours{"fleet_analytics_by_day", kHourColumns, false};

std::string insert_cql(std::string_view keyspace, const Table& table) {
    std::string names;
    std::string markers;
    for (const Column& column : table.columns) {
        names += fmt::format("{}{}", names.empty() ? "" : ", ", column.name);
        markers += markers.empty() ? "?" : ", ?";
    }
    return fmt::format("INSERT INTO {}.{} ({}) VALUES ({}){}", keyspace, table.name, names, markers,
                       table.expires ? " USING TTL ?" : "");
}

std::vector<std::string_view> insert_types(const Table& table) {
    std::vector<std::string_view> out;
    for (const Column& column : table.columns) out.push_back(column.type);
    if (table.expires) out.emplace_back("int");
    return out;
}

std::string delete_cql(std::string_view keyspace, const Deletion& deletion) {
    FLEET_CHECK(deletion.keys + (deletion.range ? 1 : 0) <= deletion.table.columns.size());
    std::string where;
    for (std::size_t i = 0; i < deletion.keys; ++i)
        where += fmt::format("{}{} = ?", i == 0 ? "" : " AND ", deletion.table.columns[i].name);
    if (deletion.range) {
        const std::string_view name = deletion.table.columns[deletion.keys].name;
        where += fmt::format(" AND {0} >= ? AND {0} < ?", name);
    }
    return fmt::format("DELETE FROM {}.{} WHERE {}", keyspace, deletion.table.name, where);
}

std::vector<std::string_view> delete_types(const Deletion& deletion) {
    std::vector<std::string_view> out;
    for (std::size_t i = 0; i < deletion.keys; ++i) out.push_back(deletion.table.columns[i].type);
    if (deletion.range) out.insert(out.end(), 2, deletion.table.columns[deletion.keys].type);
    return out;
}

std::string partition_of(std::string_view fleet, std::uint32_t bucket) {
    return bucket == 0 ? std::string(fleet) : fmt::format("{}#{}", fleet, bucket);
}

std::uint32_t bucket_of(std::string_view device, std::uint32_t buckets) noexcept {
    return buckets <= 1 ? 0 : hash_of(device) % buckets;
}

std::optional<std::int32_t> ttl_seconds(std::int64_t ts_ms, int retention_days,
                                        std::int64_t now_ms) noexcept {
    if (retention_days == 0) return kForEverSeconds;
    const std::int64_t left_ms = ts_ms + retention_days * kMsPerDay - now_ms;
    if (left_ms < kMsPerSecond) return std::nullopt;
    return static_cast<std::int32_t>(
        std::min<std::int64_t>(left_ms / kMsPerSecond, kForEverSeconds));
}

void pack_telemetry(PackedRows& out, std::string_view device, std::string_view fleet,
                    const model::Sample& sample, const model::TextPool& texts, Absent absent,
                    std::int32_t ttl_s) {
    FLEET_CHECK(ttl_s > 0);  // 0 means for ever
    out.text(device).date(day_of({sample.ts_ms}).value).timestamp(sample.ts_ms).text(fleet);
    for (const Measure& measure : kMeasures) {
        if (sample.has(measure.field)) {
            pack_value(out, measure, sample.value(measure.field));
        } else {
            pack_absent(out, absent);
        }
    }
    const auto text = [&](std::uint32_t bit, std::uint32_t id) {
        if ((sample.mask & bit) != 0) {
            out.text(texts.text(id));
        } else {
            pack_absent(out, absent);
        }
    };
    text(model::kZoneBit, sample.zone);
    text(model::kAlarmBit, sample.alarm);
    const bool attributes = (sample.mask & model::kAttributesBit) != 0;
    pack_attributes(out, attributes ? texts.text(sample.attributes) : std::string_view(), absent);
    out.integer(ttl_s);
    out.end_row();
}

void pack_latest(PackedRows& out, std::string_view device, std::string_view fleet,
                 const model::Latest& latest, const DeviceCounts& counts, Absent absent) {
    const auto absent_in = [&](model::Group group) {
        return latest.ts_of(group) < 0 ? absent : Absent::clear;
    };
    const auto time = [&](std::int64_t ts) {
        if (ts < 0) {
            pack_absent(out, absent);
        } else {
            out.timestamp(ts);
        }
    };
    out.text(device).text(fleet);
    time(latest.ts_ms);
    for (const Measure& measure : kMeasures) {
        if (latest.has(measure.field)) {
            pack_value(out, measure, latest.value(measure.field));
        } else {
            pack_absent(out, absent_in(model::info(measure.field).group));
        }
    }
    for (const auto& [bit, text] : {std::pair{model::kZoneBit, std::string_view(latest.zone)},
                                    std::pair{model::kAlarmBit, std::string_view(latest.alarm)}}) {
        if ((latest.mask & bit) != 0) {
            out.text(text);
        } else {
            pack_absent(out, absent_in(model::Group::vehicle));
        }
    }
    for (const std::int64_t ts : latest.group_ts) time(ts);
    time(counts.first_ms);
    out.bigint(static_cast<std::int64_t>(counts.records));
    out.end_row();
}

void pack_hour(PackedRows& out, std::string_view fleet, Day day, int hour, int shard,
               const model::HourStats& stats, const AlertCounts& alerts) {
    out.text(fleet).date(day.value);
    out.tinyint(static_cast<std::int8_t>(hour)).tinyint(static_cast<std::int8_t>(shard));
    out.bigint(static_cast<std::int64_t>(stats.records));
    out.integer(static_cast<std::int32_t>(stats.active_devices));
    for (const model::MetricStats& metric :
         {stats.speed, stats.battery, stats.temp, stats.humidity})
        out.bigint(metric.sum).integer(metric.min).integer(metric.max).bigint(metric.count);
    out.bigint(stats.legs.distance_mm).bigint(stats.legs.gap_mm);
    for (const model::Severity severity :
         {model::Severity::high, model::Severity::medium, model::Severity::low})
        out.integer(static_cast<std::int32_t>(alerts[static_cast<std::size_t>(severity)]));
    out.end_row();
}

}  // namespace fleet::replicate
