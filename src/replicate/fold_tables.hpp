// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "engine/rule_book.hpp"
#include "replicate/tables.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace fleet::replicate {

// What follows from a device's records, as rows of the cluster: the days that have any, trips,
// stops, alerts.

extern const Table kDays;
extern const Table kTrips;
extern const Table kStops;
extern const Table kAlerts;
extern const Table kAlertById;    ///< where in kAlerts the alert of an id is
extern const Table kAlertStates;  ///< what operators did, by device

// Deletions.
extern const Deletion kTelemetryOfDay;     ///< device, day
extern const Deletion kTelemetryOfPeriod;  ///< device, day, from, to
extern const Deletion kDay;                ///< device, day
extern const Deletion kDaysOfDevice;       ///< device
extern const Deletion kTripsOfDay;         ///< device, day
extern const Deletion kTrip;               ///< device, day, start
extern const Deletion kStopsOfDay;         ///< device, day
extern const Deletion kStop;               ///< device, day, start
/// Partition, day, severity, start, device: all alerts of a device that begin in one millisecond
/// with one severity. What is left of them is written anew, with a later stamp.
extern const Deletion kAlertsAt;
extern const Deletion kPlaceOfAlert;         ///< alert id
extern const Deletion kAlertStatesOfDevice;  ///< device
extern const Deletion kAlertStatesOfPeriod;  ///< device, from, to

void pack_day(cql::PackedRows& out, std::string_view device, Day day, std::uint64_t records,
              std::int32_t ttl_s);
void pack_trip(cql::PackedRows& out, std::string_view device, const model::Trip& trip,
               Absent absent, std::int32_t ttl_s);
void pack_stop(cql::PackedRows& out, std::string_view device, const model::Stop& stop,
               std::int32_t ttl_s);

/// An alert with the names that its row bears.
struct AlertNames {
    std::string partition;  ///< fleet and bucket: partition_of()
    std::string device;
    std::string rule;
    model::RuleType type = model::RuleType::overspeed;
    std::string zone;  ///< empty: none
    int decimals = 2;  ///< of peak and limit
};
/// `buckets`: of the alert's fleet.
[[nodiscard]] AlertNames names_of(const engine::AlertRow& alert, const engine::DeviceRow& device,
                                  const engine::RuleSnapshot& rules, std::uint32_t buckets);

/// "OPEN", "ACKNOWLEDGED", "RESOLVED".
[[nodiscard]] std::string_view state_name(engine::AlertState state) noexcept;

/// `actions` has four texts for each action, oldest first: what (acknowledge, resolve, comment),
/// when (RFC 3339), who, text. The columns acked_…, resolved_… and comment say the last of each.
void pack_alert(cql::PackedRows& out, const AlertNames& names, const engine::AlertRow& alert,
                Absent absent, std::int32_t ttl_s);
void pack_alert_by_id(cql::PackedRows& out, const AlertNames& names, const engine::AlertRow& alert,
                      std::int32_t ttl_s);
/// What was done to an alert; there is something.
void pack_alert_state(cql::PackedRows& out, const AlertNames& names, const engine::AlertRow& alert,
                      Absent absent);

}  // namespace fleet::replicate
