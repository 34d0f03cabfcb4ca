// SPDX-License-Identifier: Apache-2.0
#include "server/render.hpp"

#include "codec/record_csv.hpp"
#include "codec/record_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

namespace fleet::server {

namespace {

using codec::JsonWriter;
using model::Field;

constexpr std::int32_t kMovingAbove = 500;  // 0.01 km/h
constexpr std::array kLatestFields{Field::lat,     Field::lon,  Field::speed,   Field::heading,
                                   Field::battery, Field::temp, Field::humidity};

void member_time(JsonWriter& json, std::string_view name, std::optional<Timestamp> t) {
    if (t) {
        json.member_time(name, *t);
    } else {
        json.member_null(name);
    }
}

std::optional<Timestamp> stored_time(std::int64_t ms) {
    return ms < 0 ? std::nullopt : std::optional(Timestamp{ms});
}

void member_said(JsonWriter& json, std::string_view name, const std::string& text) {
    if (text.empty()) {
        json.member_null(name);
    } else {
        json.member(name, text);
    }
}

void member_real(JsonWriter& json, std::string_view name, std::optional<double> value) {
    if (value) {
        json.member_real(name, *value);
    } else {
        json.member_null(name);
    }
}

/// Mean in the unit of the name; all metrics with a mean are kept in hundredths.
std::optional<double> mean_of(const model::MetricStats& stats) {
    const auto mean = stats.mean();
    return mean ? std::optional(*mean / 100.0) : std::nullopt;
}

void member_extreme(JsonWriter& json, std::string_view name, const model::MetricStats& stats,
                    std::int32_t value) {
    if (stats.count == 0) {
        json.member_null(name);
    } else {
        json.member_fixed(name, value, 2);
    }
}

void member_count(JsonWriter& json, std::string_view name, std::uint64_t count) {
    json.key(name);
    json.unsigned_integer(count);
}

void cell(std::string& out, std::optional<Timestamp> t) {
    if (t) append_rfc3339(out, *t);
}
void cell(std::string& out, std::optional<double> value) {
    if (value) codec::append_real(out, *value);
}
void cell_extreme(std::string& out, const model::MetricStats& stats, std::int32_t value) {
    if (stats.count != 0) codec::append_fixed(out, value, 2);
}
void cell(std::string& out, std::uint64_t value) {
    fmt::format_to(std::back_inserter(out), "{}", value);
}

}  // namespace

std::string_view state_of(const model::Latest& latest, Timestamp at,
                          const AgeLimits& limits) noexcept {
    switch (model::age_of(latest.ts_ms, at.ms, limits)) {
        case model::Age::offline: return "offline";
        case model::Age::stale: return "stale";
        case model::Age::fresh: break;
    }
    return latest.has(Field::speed) && latest.value(Field::speed) > kMovingAbove ? "moving"
                                                                                 : "stopped";
}

void end_list(JsonWriter& json, std::string_view next, std::optional<Timestamp> retention_from) {
    json.end_array();
    if (next.empty()) {
        json.member_null("next");
    } else {
        json.member("next", next);
    }
    if (retention_from) json.member_time("retention_from", *retention_from);
    json.end_object();
}

void write_fleet(JsonWriter& json, const store::FleetInfo& fleet) {
    json.begin_object();
    json.member("fleet_id", fleet.id);
    json.key("devices");
    json.unsigned_integer(fleet.devices);
    member_time(json, "last_ts", fleet.last_ts);
    if (fleet.retention_days) {
        json.member_integer("retention_days", *fleet.retention_days);
    } else {
        json.member_null("retention_days");
    }
    json.end_object();
}

void write_device(JsonWriter& json, const store::DeviceInfo& device) {
    json.begin_object();
    json.member("device_id", device.id);
    json.member("fleet_id", device.fleet);
    member_time(json, "first_seen", device.first_seen);
    member_time(json, "last_seen", device.last_seen);
    json.key("records");
    json.unsigned_integer(device.records);
    const model::DeviceDetails& details = device.details;
    member_said(json, "name", details.name);
    member_said(json, "plate", details.plate);
    member_said(json, "model", details.model);
    member_said(json, "driver", details.driver);
    json.member_boolean("enabled", details.enabled);
    json.key("fleets");
    json.begin_array();
    for (const store::FleetSince& since : device.fleets) {
        json.begin_object();
        json.member("fleet", since.fleet);
        if (since.from == Day{}) {
            json.member_null("from");
        } else {
            json.member("from", format_day(since.from));
        }
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

void write_latest(JsonWriter& json, const store::LatestOfDevice& device, Timestamp at,
                  const AgeLimits& limits) {
    const model::Latest& latest = device.latest;
    json.begin_object();
    json.member("device_id", device.device);
    json.member("fleet_id", device.fleet);
    member_time(json, "ts", stored_time(latest.ts_ms));
    member_time(json, "pos_ts", stored_time(latest.ts_of(model::Group::position)));
    for (const Field field : kLatestFields) {
        const model::FieldInfo& f = model::info(field);
        if (latest.has(field)) {
            json.member_fixed(f.name, latest.value(field), f.decimals);
        } else {
            json.member_null(f.name);
        }
    }
    member_said(json, "zone", latest.zone);
    json.member("state", state_of(latest, at, limits));
    if (latest.ts_ms < 0) {
        json.member_null("age_s");
    } else {
        json.member_fixed("age_s", at.ms - latest.ts_ms, 3);
    }
    json.end_object();
}

void write_kpis(JsonWriter& json, std::string_view fleet, Timestamp as_of,
                const store::Kpis& kpis) {
    json.begin_object();
    json.member("fleet", fleet);
    json.member_time("as_of", as_of);
    json.key("devices");
    json.unsigned_integer(kpis.devices);
    json.key("active_devices");
    json.unsigned_integer(kpis.active_devices);
    member_real(json, "avg_speed_kmh", kpis.avg_speed_kmh);
    member_real(json, "avg_battery_pct", kpis.avg_battery_pct);
    json.key("critical_alerts");
    if (kpis.critical_alerts) {
        json.unsigned_integer(*kpis.critical_alerts);
    } else {
        json.null();
    }
    if (kpis.retention_from) json.member_time("retention_from", *kpis.retention_from);
    json.end_object();
}

void write_analytics(JsonWriter& json, std::string_view fleet, Day day,
                     const store::FleetDay& content) {
    json.begin_object();
    json.member("fleet", fleet);
    json.member("day", format_day(day));
    json.key("hours");
    json.begin_array();
    for (std::size_t h = 0; h < content.hours.size(); ++h) {
        const model::HourStats& hour = content.hours[h];
        if (hour.records == 0) continue;
        json.begin_object();
        json.member_integer("hour", static_cast<std::int64_t>(h));
        json.key("records");
        json.unsigned_integer(hour.records);
        json.key("active_devices");
        json.unsigned_integer(hour.active_devices);
        member_real(json, "avg_speed_kmh", mean_of(hour.speed));
        member_extreme(json, "max_speed_kmh", hour.speed, hour.speed.max);
        member_real(json, "avg_battery_pct", mean_of(hour.battery));
        member_extreme(json, "min_battery_pct", hour.battery, hour.battery.min);
        member_real(json, "avg_temp_c", mean_of(hour.temp));
        member_extreme(json, "min_temp_c", hour.temp, hour.temp.min);
        member_extreme(json, "max_temp_c", hour.temp, hour.temp.max);
        member_real(json, "avg_humidity_pct", mean_of(hour.humidity));
        json.member_fixed("distance_m", hour.legs.distance_mm, 3);
        const store::SeverityCounts& alerts = content.alerts[h];
        json.key("alerts");
        json.begin_object();
        member_count(json, "HIGH", alerts.high);
        member_count(json, "MEDIUM", alerts.medium);
        member_count(json, "LOW", alerts.low);
        json.end_object();
        json.end_object();
    }
    json.end_array();
    if (content.retention_from) json.member_time("retention_from", *content.retention_from);
    json.end_object();
}

void write_summary(JsonWriter& json, std::string_view device, Day day,
                   const store::DaySummary& summary) {
    json.begin_object();
    json.member("device_id", device);
    json.member("day", format_day(day));
    json.key("records");
    json.unsigned_integer(summary.records);
    member_real(json, "avg_speed_kmh", mean_of(summary.speed));
    member_extreme(json, "max_speed_kmh", summary.speed, summary.speed.max);
    json.member_fixed("distance_m", summary.legs.distance_mm, 3);
    json.member_fixed("driven_m", summary.legs.driven_mm(), 3);
    json.member_fixed("gap_distance_m", summary.legs.gap_mm, 3);
    member_count(json, "trips", summary.trips);
    member_count(json, "stops", summary.stops);
    json.member_integer("moving_s", summary.moving_s);
    if (summary.retention_from) json.member_time("retention_from", *summary.retention_from);
    json.end_object();
}

void write_history(JsonWriter& json, std::string_view device, const store::HistoryPage& page,
                   std::uint32_t fields) {
    json.begin_object();
    json.key("items");
    json.begin_array();
    for (const model::Sample& sample : page.rows.samples)
        codec::append_sample(json, device, {}, sample, page.rows.texts, fields);
    end_list(json, page.next, page.retention_from);
}

void write_fleets_csv(std::string& out, std::span<const store::FleetInfo> fleets) {
    out += "fleet_id,devices,last_ts,retention_days\n";
    for (const store::FleetInfo& fleet : fleets) {
        codec::append_csv_text(out, fleet.id);
        out += ',';
        cell(out, fleet.devices);
        out += ',';
        cell(out, fleet.last_ts);
        out += ',';
        if (fleet.retention_days)
            fmt::format_to(std::back_inserter(out), "{}", *fleet.retention_days);
        out += '\n';
    }
}

void write_devices_csv(std::string& out, std::span<const store::DeviceInfo> devices) {
    out += "device_id,fleet_id,first_seen,last_seen,records,name,plate,model,driver,enabled\n";
    for (const store::DeviceInfo& device : devices) {
        codec::append_csv_text(out, device.id);
        out += ',';
        codec::append_csv_text(out, device.fleet);
        out += ',';
        cell(out, device.first_seen);
        out += ',';
        cell(out, device.last_seen);
        out += ',';
        cell(out, device.records);
        const model::DeviceDetails& details = device.details;
        for (const auto* text : {&details.name, &details.plate, &details.model, &details.driver}) {
            out += ',';
            codec::append_csv_text(out, *text);
        }
        out += details.enabled ? ",true\n" : ",false\n";
    }
}

void write_latest_csv(std::string& out, std::span<const store::LatestOfDevice> devices,
                      Timestamp at, const AgeLimits& limits) {
    out +=
        "device_id,fleet_id,ts,pos_ts,lat,lon,speed_kmh,heading_deg,battery_pct,temp_c,humidity_"
        "pct,zone,state,age_s\n";
    for (const store::LatestOfDevice& device : devices) {
        const model::Latest& latest = device.latest;
        codec::append_csv_text(out, device.device);
        out += ',';
        codec::append_csv_text(out, device.fleet);
        out += ',';
        cell(out, stored_time(latest.ts_ms));
        out += ',';
        cell(out, stored_time(latest.ts_of(model::Group::position)));
        for (const Field field : kLatestFields) {
            out += ',';
            if (latest.has(field))
                codec::append_fixed(out, latest.value(field), model::info(field).decimals);
        }
        out += ',';
        codec::append_csv_text(out, latest.zone);
        out += ',';
        out += state_of(latest, at, limits);
        out += ',';
        if (latest.ts_ms >= 0) codec::append_fixed(out, at.ms - latest.ts_ms, 3);
        out += '\n';
    }
}

void write_analytics_csv(std::string& out, std::string_view fleet, Day day,
                         const store::FleetDay& content) {
    out +=
        "fleet,day,hour,records,active_devices,avg_speed_kmh,max_speed_kmh,avg_battery_pct,min_"
        "battery_pct,"
        "avg_temp_c,min_temp_c,max_temp_c,avg_humidity_pct,distance_m,alerts_high,alerts_medium,"
        "alerts_low\n";
    for (std::size_t h = 0; h < content.hours.size(); ++h) {
        const model::HourStats& hour = content.hours[h];
        if (hour.records == 0) continue;
        codec::append_csv_text(out, fleet);
        fmt::format_to(std::back_inserter(out), ",{},{},{},{},", format_day(day), h, hour.records,
                       hour.active_devices);
        cell(out, mean_of(hour.speed));
        out += ',';
        cell_extreme(out, hour.speed, hour.speed.max);
        out += ',';
        cell(out, mean_of(hour.battery));
        out += ',';
        cell_extreme(out, hour.battery, hour.battery.min);
        out += ',';
        cell(out, mean_of(hour.temp));
        out += ',';
        cell_extreme(out, hour.temp, hour.temp.min);
        out += ',';
        cell_extreme(out, hour.temp, hour.temp.max);
        out += ',';
        cell(out, mean_of(hour.humidity));
        out += ',';
        codec::append_fixed(out, hour.legs.distance_mm, 3);
        const store::SeverityCounts& alerts = content.alerts[h];
        fmt::format_to(std::back_inserter(out), ",{},{},{}\n", alerts.high, alerts.medium,
                       alerts.low);
    }
}

void write_history_csv(std::string& out, std::string_view device, const store::HistoryPage& page,
                       std::uint32_t fields) {
    codec::CsvColumns columns;
    columns.fleet = false;
    columns.fields = fields;
    std::vector<model::Attribute> scratch;
    if ((fields & model::kAttributesBit) != 0) {
        std::set<std::string, std::less<>> names;
        for (const model::Sample& sample : page.rows.samples)
            if (model::decode_attributes(page.rows.texts.text(sample.attributes), scratch))
                for (const model::Attribute& attribute : scratch) names.emplace(attribute.name);
        columns.attributes.assign(names.begin(), names.end());
    }
    codec::append_csv_header(out, columns);
    for (const model::Sample& sample : page.rows.samples)
        codec::append_csv_row(out, device, {}, sample, page.rows.texts, columns, scratch);
}

}  // namespace fleet::server
