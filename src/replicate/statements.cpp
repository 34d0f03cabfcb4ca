// SPDX-License-Identifier: Apache-2.0
#include "replicate/statements.hpp"

#include "base/check.hpp"
#include "replicate/fold_tables.hpp"
#include "replicate/registry_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace fleet::replicate {

namespace {

struct Prepared {
    std::size_t answers = 0;
    std::array<cql::Statement, kAsks> statements;
    std::array<std::optional<cql::CqlError>, kAsks> errors;
};

Error other_schema(std::string_view keyspace, std::string_view table, std::string_view why) {
    return {Code::invalid_argument,
            fmt::format("table {}.{} is missing, or of another version than this "
                        "program writes: "
                        "apply the schema with `fleet cassandra schema`, or set "
                        "cassandra.keyspace ({})",
                        keyspace, table, why)};
}

}  // namespace

std::vector<AskInfo> asks_of(std::string_view keyspace) {
    std::vector<AskInfo> out;
    const auto insert = [&](Ask ask, const Table& table) {
        out.push_back({ask, insert_cql(keyspace, table), table.name, insert_types(table), {}});
    };
    const auto remove = [&](Ask ask, const Deletion& deletion) {
        out.push_back(
            {ask, delete_cql(keyspace, deletion), deletion.table.name, delete_types(deletion), {}});
    };
    insert(Ask::telemetry, kTelemetry);
    insert(Ask::latest, kLatest);
    insert(Ask::hours, kHours);
    insert(Ask::days, kDays);
    insert(Ask::trips, kTrips);
    insert(Ask::stops, kStops);
    insert(Ask::alerts, kAlerts);
    insert(Ask::alert_by_id, kAlertById);
    insert(Ask::alert_states, kAlertStates);
    insert(Ask::devices, kDevices);
    insert(Ask::fleet_by_device, kFleetByDevice);
    insert(Ask::fleets, kFleets);
    insert(Ask::zones, kZones);
    insert(Ask::rules, kRules);
    remove(Ask::delete_telemetry_of_day, kTelemetryOfDay);
    remove(Ask::delete_telemetry_of_period, kTelemetryOfPeriod);
    remove(Ask::delete_day, kDay);
    remove(Ask::delete_days_of_device, kDaysOfDevice);
    remove(Ask::delete_trips_of_day, kTripsOfDay);
    remove(Ask::delete_trip, kTrip);
    remove(Ask::delete_stops_of_day, kStopsOfDay);
    remove(Ask::delete_stop, kStop);
    remove(Ask::delete_alerts_at, kAlertsAt);
    remove(Ask::delete_place_of_alert, kPlaceOfAlert);
    remove(Ask::delete_alert_states_of_device, kAlertStatesOfDevice);
    remove(Ask::delete_alert_states_of_period, kAlertStatesOfPeriod);
    remove(Ask::delete_device, kDevice);
    remove(Ask::delete_fleets_of_device, kFleetsOfDevice);
    remove(Ask::delete_latest, kLatestOfDevice);
    remove(Ask::delete_versions_of_zone, kVersionsOfZone);
    remove(Ask::delete_versions_of_rule, kVersionsOfRule);
    out.push_back({Ask::read_days,
                   fmt::format("SELECT day FROM {}.{} WHERE device_id = ?", keyspace, kDays.name),
                   kDays.name,
                   {"text"},
                   {"date"}});
    out.push_back({Ask::read_fleets,
                   fmt::format("SELECT fleet_id FROM {}.{} WHERE device_id = ?", keyspace,
                               kFleetByDevice.name),
                   kFleetByDevice.name,
                   {"text"},
                   {"text"}});
    // Filters rows of one partition only.
    out.push_back({Ask::read_alert_times,
                   fmt::format("SELECT ts, alert_id FROM {}.{} WHERE fleet_id = ? AND day = ? AND "
                               "severity = ? AND device_id = ? ALLOW FILTERING",
                               keyspace, kAlerts.name),
                   kAlerts.name,
                   {"text", "date", "text", "text"},
                   {"timestamp", "text"}});
    FLEET_CHECK(out.size() == kAsks);
    for (std::size_t i = 0; i < kAsks; ++i) FLEET_CHECK(static_cast<std::size_t>(out[i].ask) == i);
    return out;
}

Result<Statements> Statements::prepare(cql::Session& session, std::string_view keyspace,
                                       std::chrono::milliseconds timeout) {
    const std::vector<AskInfo> asks = asks_of(keyspace);
    // Answers may come after we gave up.
    const auto prepared = std::make_shared<Prepared>();
    for (std::size_t i = 0; i < asks.size(); ++i)
        FLEET_TRY_VOID(session.prepare(asks[i].cql, timeout,
                                       [prepared, i](cql::Answer<cql::Statement> answer) {
                                           ++prepared->answers;
                                           prepared->errors[i] = std::move(answer.error);
                                           prepared->statements[i] = std::move(answer.value);
                                       }));
    if (!cql::dispatch_until(session, [&] { return prepared->answers == kAsks; }, timeout))
        return fail(
            Code::deadline_exceeded,
            fmt::format("Cassandra did not prepare the statements within {} ms", timeout.count()));
    Statements out;
    for (std::size_t i = 0; i < asks.size(); ++i) {
        if (const auto& error = prepared->errors[i]) {
            const bool ours =
                error->error == cql::ErrorClass::invalid || error->error == cql::ErrorClass::syntax;
            if (ours) return fail(other_schema(keyspace, asks[i].table, error->message));
            return fail(to_error(*error));
        }
        out.prepared_[i] = std::move(prepared->statements[i]);
        for (const auto& [found, expected] :
             {std::pair{&out.prepared_[i].params, &asks[i].binds},
              std::pair{&out.prepared_[i].columns, &asks[i].columns}}) {
            const auto same = cql::check_types(*found, *expected);
            if (!same) return fail(other_schema(keyspace, asks[i].table, same.error().message));
        }
    }
    return out;
}

}  // namespace fleet::replicate
