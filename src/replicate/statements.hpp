// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "cql/session.hpp"
#include "replicate/tables.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::replicate {

/// Everything that is asked of the cluster.
enum class Ask : std::uint8_t {
    telemetry,
    latest,
    hours,
    days,
    trips,
    stops,
    alerts,
    alert_by_id,
    alert_states,
    devices,
    fleet_by_device,
    fleets,
    zones,
    rules,
    delete_telemetry_of_day,
    delete_telemetry_of_period,
    delete_day,
    delete_days_of_device,
    delete_trips_of_day,
    delete_trip,
    delete_stops_of_day,
    delete_stop,
    delete_alerts_at,
    delete_place_of_alert,
    delete_alert_states_of_device,
    delete_alert_states_of_period,
    delete_device,
    delete_fleets_of_device,
    delete_latest,
    delete_versions_of_zone,
    delete_versions_of_rule,
    read_days,         ///< device → day
    read_fleets,       ///< device → fleet_id
    read_alert_times,  ///< partition, day, severity, device → ts, alert_id
};
inline constexpr std::size_t kAsks = 34;

struct AskInfo {
    Ask ask{};
    std::string cql;
    std::string_view table;
    std::vector<std::string_view> binds;    ///< types of the markers
    std::vector<std::string_view> columns;  ///< types of what is read
};
/// In the order of Ask.
[[nodiscard]] std::vector<AskInfo> asks_of(std::string_view keyspace);

/// Prepared for one session.
class Statements {
  public:
    /// Prepares all and compares their types. Dispatches the session meanwhile.
    /// Errors: invalid_argument (a table or column is missing or of another type;
    /// says what to do), unavailable, deadline_exceeded.
    [[nodiscard]] static Result<Statements> prepare(cql::Session& session,
                                                    std::string_view keyspace,
                                                    std::chrono::milliseconds timeout);
    [[nodiscard]] const cql::Statement& at(Ask ask) const noexcept {
        return prepared_[static_cast<std::size_t>(ask)];
    }

  private:
    std::array<cql::Statement, kAsks> prepared_;
};

}  // namespace fleet::replicate
