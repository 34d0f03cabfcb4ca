// SPDX-License-Identifier: Apache-2.0
#include "replicate/fold_tables.hpp"

#include "base/check.hpp"
#include "model/value_text.hpp"

#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace fleet::replicate {

using cql::PackedRows;
using model::Field;

namespace {

constexpr std::array<Column, 3> kDayColumns{
    {{"device_id", "text"}, {"day", "date"}, {"records", "int"}}};

constexpr std::array<Column, 13> kTripColumns{{{"device_id", "text"},
                                               {"day", "date"},
                                               {"start_ts", "timestamp"},
                                               {"end_ts", "timestamp"},
                                               {"distance_mm", "bigint"},
                                               {"gap_mm", "bigint"},
                                               {"max_speed_kmh", "float"},
                                               {"from_lat", "double"},
                                               {"from_lon", "double"},
                                               {"to_lat", "double"},
                                               {"to_lon", "double"},
                                               {"start_reason", "text"},
                                               {"end_reason", "text"}}};

constexpr std::array<Column, 7> kStopColumns{{{"device_id", "text"},
                                              {"day", "date"},
                                              {"start_ts", "timestamp"},
                                              {"end_ts", "timestamp"},
                                              {"lat", "double"},
                                              {"lon", "double"},
                                              {"open", "boolean"}}};

// The key first, in its order, with the device right behind the time: kAlertsAt.
constexpr std::array<Column, 25> kAlertColumns{{{"fleet_id", "text"},
                                                {"day", "date"},
                                                {"severity", "text"},
                                                {"ts", "timestamp"},
                                                {"device_id", "text"},
                                                {"alert_type", "text"},
                                                {"rule", "text"},
                                                {"alert_id", "text"},
                                                {"state", "text"},
                                                {"end_ts", "timestamp"},
                                                {"peak", "double"},
                                                {"limit_value", "double"},
                                                {"decimals", "tinyint"},
                                                {"lat", "double"},
                                                {"lon", "double"},
                                                {"zone", "text"},
                                                {"alarm", "text"},
                                                {"late", "boolean"},
                                                {"retracted", "boolean"},
                                                {"acked_by", "text"},
                                                {"acked_at", "timestamp"},
                                                {"resolved_by", "text"},
                                                {"resolved_at", "timestamp"},
                                                {"comment", "text"},
                                                {"actions", "list<text>"}}};

constexpr std::array<Column, 8> kPlaceColumns{{{"alert_id", "text"},
                                               {"fleet_id", "text"},
                                               {"day", "date"},
                                               {"severity", "text"},
                                               {"ts", "timestamp"},
                                               {"device_id", "text"},
                                               {"alert_type", "text"},
                                               {"rule", "text"}}};

constexpr std::array<Column, 12> kStateColumns{{{"device_id", "text"},
                                                {"start_ts", "timestamp"},
                                                {"rule", "text"},
                                                {"zone", "text"},
                                                {"alert_id", "text"},
                                                {"end_ts", "timestamp"},
                                                {"state", "text"},
                                                {"acked_by", "text"},
                                                {"acked_at", "timestamp"},
                                                {"resolved_by", "text"},
                                                {"resolved_at", "timestamp"},
                                                {"comment", "text"}}};

void pack_absent(PackedRows& out, Absent absent) {
    if (absent == Absent::clear) {
        out.null();
    } else {
        out.unset();
    }
}

void pack_place(PackedRows& out, const model::GeoPoint& at) {
    out.real64(model::to_real(Field::lat, at.lat)).real64(model::to_real(Field::lon, at.lon));
}

std::int32_t day_number(std::int64_t ts_ms) { return day_of({ts_ms}).value; }

/// The last action of each kind, as columns.
void pack_actions(PackedRows& out, const engine::AlertRow& alert, Absent absent) {
    using Kind = engine::AlertAction::Kind;
    const auto last = [&](Kind kind) {
        const engine::AlertAction* found = nullptr;
        for (const engine::AlertAction& action : alert.actions)
            if (action.kind == kind) found = &action;
        return found;
    };
    for (const Kind kind : {Kind::acknowledge, Kind::resolve}) {
        if (const engine::AlertAction* action = last(kind)) {
            out.text(action->who).timestamp(action->at.ms);
        } else {
            pack_absent(out, absent);
            pack_absent(out, absent);
        }
    }
    if (const engine::AlertAction* action = last(Kind::comment)) {
        out.text(action->text);
    } else {
        pack_absent(out, absent);
    }
}

std::string_view action_name(engine::AlertAction::Kind kind) noexcept {
    switch (kind) {
        case engine::AlertAction::Kind::acknowledge: return "acknowledge";
        case engine::AlertAction::Kind::resolve: return "resolve";
        case engine::AlertAction::Kind::comment: break;
    }
    return "comment";
}

}  // namespace

const Table kDays{"days_by_device", kDayColumns, true};
const Table kTrips{"trips_by_device_day", kTripColumns, true};
const Table kStops{"stops_by_device_day", kStopColumns, true};
const Table kAlerts{"alerts_by_fleet_day", kAlertColumns, true};
const Table kAlertById{"alert_by_id", kPlaceColumns, true};
const Table kAlertStates{"alert_states_by_device", kStateColumns, false};

const Deletion kTelemetryOfDay{kTelemetry, 2};
const Deletion kTelemetryOfPeriod{kTelemetry, 2, true};
const Deletion kDay{kDays, 2};
const Deletion kDaysOfDevice{kDays, 1};
const Deletion kTripsOfDay{kTrips, 2};
const Deletion kTrip{kTrips, 3};
const Deletion kStopsOfDay{kStops, 2};
const Deletion kStop{kStops, 3};
const Deletion kAlertsAt{kAlerts, 5};
const Deletion kPlaceOfAlert{kAlertById, 1};
const Deletion kAlertStatesOfDevice{kAlertStates, 1};
const Deletion kAlertStatesOfPeriod{kAlertStates, 1, true};

void pack_day(PackedRows& out, std::string_view device, Day day, std::uint64_t records,
              std::int32_t ttl_s) {
    FLEET_CHECK(ttl_s > 0);  // 0 means for ever
    out.text(device).date(day.value).integer(static_cast<std::int32_t>(records)).integer(ttl_s);
    out.end_row();
}

void pack_trip(PackedRows& out, std::string_view device, const model::Trip& trip, Absent absent,
               std::int32_t ttl_s) {
    FLEET_CHECK(ttl_s > 0);
    out.text(device).date(day_number(trip.start_ms));
    out.timestamp(trip.start_ms).timestamp(trip.end_ms);
    out.bigint(trip.distance_mm).bigint(trip.gap_mm);
    if (trip.max_speed) {
        out.real(static_cast<float>(model::to_real(Field::speed, *trip.max_speed)));
    } else {
        pack_absent(out, absent);
    }
    pack_place(out, trip.from);
    pack_place(out, trip.to);
    out.text(model::name_of(trip.start_reason)).text(model::name_of(trip.end_reason));
    out.integer(ttl_s);
    out.end_row();
}

void pack_stop(PackedRows& out, std::string_view device, const model::Stop& stop,
               std::int32_t ttl_s) {
    FLEET_CHECK(ttl_s > 0);
    out.text(device).date(day_number(stop.start_ms));
    out.timestamp(stop.start_ms).timestamp(stop.end_ms);
    pack_place(out, stop.at);
    out.boolean(stop.open).integer(ttl_s);
    out.end_row();
}

std::string_view state_name(engine::AlertState state) noexcept {
    switch (state) {
        case engine::AlertState::acknowledged: return "ACKNOWLEDGED";
        case engine::AlertState::resolved: return "RESOLVED";
        case engine::AlertState::open: break;
    }
    return "OPEN";
}

AlertNames names_of(const engine::AlertRow& alert, const engine::DeviceRow& device,
                    const engine::RuleSnapshot& rules, std::uint32_t buckets) {
    AlertNames names;
    names.partition = partition_of(device.fleet, bucket_of(device.id, buckets));
    names.device = device.id;
    names.rule = std::string(rules.rule_name(alert.run.rule));
    const model::Rule* rule = rules.rule_at(alert.run.rule, alert.run.start_ms);
    names.type = rule != nullptr ? rule->type : rules.rule_type(alert.run.rule);
    if (alert.run.zone != 0) names.zone = std::string(rules.zone_id(alert.run.zone));
    // The metric of a THRESHOLD that is gone is not known any more.
    const model::RuleType known =
        names.type == model::RuleType::threshold ? model::RuleType::overspeed : names.type;
    names.decimals = rule != nullptr ? rule->decimals() : model::default_rule(known).decimals();
    return names;
}

void pack_alert(PackedRows& out, const AlertNames& names, const engine::AlertRow& alert,
                Absent absent, std::int32_t ttl_s) {
    FLEET_CHECK(ttl_s > 0);
    const model::AlertRun& run = alert.run;
    out.text(names.partition).date(day_number(run.start_ms)).text(model::name_of(run.severity));
    out.timestamp(run.start_ms).text(names.device).text(model::name_of(names.type));
    out.text(names.rule).text(alert.id.text()).text(state_name(alert.state));
    if (run.end_ms) {
        out.timestamp(*run.end_ms);
    } else {
        pack_absent(out, absent);
    }
    const double unit = std::pow(10.0, names.decimals);
    for (const std::optional<std::int32_t>& value : {run.peak, run.limit}) {
        if (value) {
            out.real64(*value / unit);
        } else {
            pack_absent(out, absent);
        }
    }
    out.tinyint(static_cast<std::int8_t>(names.decimals));
    if (run.at) {
        pack_place(out, *run.at);
    } else {
        pack_absent(out, absent);
        pack_absent(out, absent);
    }
    for (const std::string& text : {names.zone, run.alarm}) {
        if (text.empty()) {
            pack_absent(out, absent);
        } else {
            out.text(text);
        }
    }
    out.boolean(alert.late).boolean(alert.retracted);
    pack_actions(out, alert, absent);
    if (alert.actions.empty()) {
        pack_absent(out, absent);
    } else {
        std::vector<std::string> times;
        times.reserve(alert.actions.size());
        std::vector<std::string_view> texts;
        for (const engine::AlertAction& action : alert.actions) {
            times.push_back(format_rfc3339(action.at));
            texts.insert(texts.end(),
                         {action_name(action.kind), times.back(), action.who, action.text});
        }
        out.texts(texts);
    }
    out.integer(ttl_s);
    out.end_row();
}

void pack_alert_by_id(PackedRows& out, const AlertNames& names, const engine::AlertRow& alert,
                      std::int32_t ttl_s) {
    FLEET_CHECK(ttl_s > 0);
    const model::AlertRun& run = alert.run;
    out.text(alert.id.text()).text(names.partition).date(day_number(run.start_ms));
    out.text(model::name_of(run.severity)).timestamp(run.start_ms).text(names.device);
    out.text(model::name_of(names.type)).text(names.rule).integer(ttl_s);
    out.end_row();
}

void pack_alert_state(PackedRows& out, const AlertNames& names, const engine::AlertRow& alert,
                      Absent absent) {
    out.text(names.device).timestamp(alert.run.start_ms).text(names.rule).text(names.zone);
    out.text(alert.id.text());
    if (alert.run.end_ms) {
        out.timestamp(*alert.run.end_ms);
    } else {
        pack_absent(out, absent);
    }
    out.text(state_name(alert.state));
    pack_actions(out, alert, absent);
    out.end_row();
}

}  // namespace fleet::replicate
