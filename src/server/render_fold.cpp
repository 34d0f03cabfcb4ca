// SPDX-License-Identifier: Apache-2.0
#include "server/render_fold.hpp"

#include "codec/record_csv.hpp"
#include "model/field.hpp"

namespace fleet::server {

namespace {

using codec::JsonWriter;

constexpr int kDegrees = model::info(model::Field::lat).decimals;
constexpr int kSpeed = model::info(model::Field::speed).decimals;

void write_members(JsonWriter& json, const store::Alert& alert) {
    json.member("id", alert.id.text());
    json.member("fleet_id", alert.fleet);
    json.member("device_id", alert.device);
    json.member("rule", alert.rule);
    json.member("type", name_of(alert.type));
    json.member("severity", name_of(alert.severity));
    json.member("state", name_of(alert.state));
    json.member_time("start", alert.start);
    if (alert.end) {
        json.member_time("end", *alert.end);
    } else {
        json.member_null("end");
    }
    json.member_fixed_or_null("peak", alert.peak, alert.decimals);
    json.member_fixed_or_null("limit", alert.limit, alert.decimals);
    const auto coordinate = [&](std::int32_t model::GeoPoint::* of) {
        return alert.at ? std::optional((*alert.at).*of) : std::nullopt;
    };
    json.member_fixed_or_null("lat", coordinate(&model::GeoPoint::lat), kDegrees);
    json.member_fixed_or_null("lon", coordinate(&model::GeoPoint::lon), kDegrees);
    json.member_or_null("zone", alert.zone);
    json.member_or_null("alarm", alert.alarm);
    json.member_boolean("late", alert.late);
    json.member_boolean("retracted", alert.retracted);
}

/// One row of CSV, cell by cell.
class CsvRow {
  public:
    explicit CsvRow(std::string& out) : out_(out) {}
    ~CsvRow() { out_ += '\n'; }
    CsvRow(const CsvRow&) = delete;
    CsvRow& operator=(const CsvRow&) = delete;

    void text(std::string_view text) {
        next();
        codec::append_csv_text(out_, text);
    }
    void time(std::optional<Timestamp> t) {
        next();
        if (t) append_rfc3339(out_, *t);
    }
    template <class Units>
    void units(const std::optional<Units>& units, int decimals) {
        next();
        if (units) codec::append_fixed(out_, *units, decimals);
    }
    void point(const std::optional<model::GeoPoint>& at) {
        units(at ? std::optional(at->lat) : std::nullopt, kDegrees);
        units(at ? std::optional(at->lon) : std::nullopt, kDegrees);
    }

  private:
    void next() {
        if (!first_) out_ += ',';
        first_ = false;
    }
    std::string& out_;
    bool first_ = true;
};

}  // namespace

std::string trip_id(std::string_view device, const model::Trip& trip) {
    std::string id(device);
    id += '@';
    append_rfc3339(id, Timestamp{trip.start_ms});
    return id;
}

void write_trip(JsonWriter& json, std::string_view device, const model::Trip& trip) {
    json.begin_object();
    json.member("id", trip_id(device, trip));
    json.member("device_id", device);
    json.member_time("start", Timestamp{trip.start_ms});
    json.member_time("end", Timestamp{trip.end_ms});
    json.member_fixed("distance_m", trip.distance_mm, 3);
    json.member_fixed("driven_m", trip.distance_mm - trip.gap_mm, 3);
    json.member_fixed_or_null("max_speed_kmh", trip.max_speed, kSpeed);
    json.member_fixed("from_lat", trip.from.lat, kDegrees);
    json.member_fixed("from_lon", trip.from.lon, kDegrees);
    json.member_fixed("to_lat", trip.to.lat, kDegrees);
    json.member_fixed("to_lon", trip.to.lon, kDegrees);
    json.member("start_reason", name_of(trip.start_reason));
    json.member("end_reason", name_of(trip.end_reason));
    json.end_object();
}

void write_stop(JsonWriter& json, std::string_view device, const model::Stop& stop) {
    json.begin_object();
    json.member("device_id", device);
    json.member_time("start", Timestamp{stop.start_ms});
    json.member_time("end", Timestamp{stop.end_ms});
    json.member_fixed("lat", stop.at.lat, kDegrees);
    json.member_fixed("lon", stop.at.lon, kDegrees);
    json.member_fixed("duration_s", stop.end_ms - stop.start_ms, 3);
    json.end_object();
}

void write_alert(JsonWriter& json, const store::Alert& alert) {
    json.begin_object();
    write_members(json, alert);
    json.end_object();
}

void write_actions(JsonWriter& json, std::span<const store::AlertAction> actions) {
    json.key("actions");
    json.begin_array();
    for (const store::AlertAction& action : actions) {
        json.begin_object();
        json.member("action", name_of(action.kind));
        json.member_time("at", action.at);
        json.member("who", action.who);
        json.member("text", action.text);
        json.end_object();
    }
    json.end_array();
}

void write_alert_detail(JsonWriter& json, const store::Alert& alert) {
    json.begin_object();
    write_members(json, alert);
    write_actions(json, alert.actions);
    json.end_object();
}

void write_incident(JsonWriter& json, std::string_view fleet, const model::Incident& incident) {
    json.begin_object();
    json.member("id", incident.ids.front().text());
    json.member("fleet_id", fleet);
    json.member("type", name_of(incident.type));
    json.member_time("start", Timestamp{incident.start_ms});
    json.key("devices");
    json.unsigned_integer(incident.devices);
    json.key("alert_ids");
    json.begin_array();
    for (const model::AlertId& id : incident.ids) json.string(id.text());
    json.end_array();
    json.end_object();
}

void write_trips_csv(std::string& out, std::string_view device,
                     std::span<const model::Trip> trips) {
    out +=
        "id,device_id,start,end,distance_m,driven_m,max_speed_kmh,from_lat,from_lon,to_lat,to_lon,"
        "start_reason,end_reason\n";
    for (const model::Trip& trip : trips) {
        CsvRow row(out);
        row.text(trip_id(device, trip));
        row.text(device);
        row.time(Timestamp{trip.start_ms});
        row.time(Timestamp{trip.end_ms});
        row.units(std::optional(trip.distance_mm), 3);
        row.units(std::optional(trip.distance_mm - trip.gap_mm), 3);
        row.units(trip.max_speed, kSpeed);
        row.point(trip.from);
        row.point(trip.to);
        row.text(name_of(trip.start_reason));
        row.text(name_of(trip.end_reason));
    }
}

void write_stops_csv(std::string& out, std::string_view device,
                     std::span<const model::Stop> stops) {
    out += "device_id,start,end,lat,lon,duration_s\n";
    for (const model::Stop& stop : stops) {
        CsvRow row(out);
        row.text(device);
        row.time(Timestamp{stop.start_ms});
        row.time(Timestamp{stop.end_ms});
        row.point(stop.at);
        row.units(std::optional(stop.end_ms - stop.start_ms), 3);
    }
}

void write_alerts_csv(std::string& out, std::span<const store::Alert> alerts) {
    out +=
        "id,fleet_id,device_id,rule,type,severity,state,start,end,peak,limit,lat,lon,zone,alarm,"
        "late,retracted\n";
    for (const store::Alert& alert : alerts) {
        CsvRow row(out);
        row.text(alert.id.text());
        row.text(alert.fleet);
        row.text(alert.device);
        row.text(alert.rule);
        row.text(name_of(alert.type));
        row.text(name_of(alert.severity));
        row.text(name_of(alert.state));
        row.time(alert.start);
        row.time(alert.end);
        row.units(alert.peak, alert.decimals);
        row.units(alert.limit, alert.decimals);
        row.point(alert.at);
        row.text(alert.zone);
        row.text(alert.alarm);
        row.text(alert.late ? "true" : "false");
        row.text(alert.retracted ? "true" : "false");
    }
}

void write_incidents_csv(std::string& out, std::string_view fleet,
                         std::span<const model::Incident> incidents) {
    out += "id,fleet_id,type,start,devices,alert_ids\n";
    for (const model::Incident& incident : incidents) {
        std::string ids;
        for (const model::AlertId& id : incident.ids) ids += (ids.empty() ? "" : "|") + id.text();
        CsvRow row(out);
        row.text(incident.ids.front().text());
        row.text(fleet);
        row.text(name_of(incident.type));
        row.time(Timestamp{incident.start_ms});
        row.text(std::to_string(incident.devices));
        row.text(ids);
    }
}

}  // namespace fleet::server
