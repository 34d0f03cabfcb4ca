// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/http.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::server {

/// Every route has a number: metrics, the table of permissions and tests count by it.
enum class RouteId : std::uint8_t {
    fleets,
    fleet_devices,
    fleet_latest,
    fleet_kpis,
    fleet_analytics,
    fleet_alerts,
    fleet_incidents,
    fleet_scan,
    device,
    device_latest,
    device_history,
    device_series,
    device_summary,
    device_trips,
    device_stops,
    alert,
    search,
    ingest,
    zones,
    zones_import,
    zone,
    zone_put,
    zone_remove,
    rules,
    rules_import,
    rule,
    rule_put,
    rule_remove,
    alert_ack,
    alert_resolve,
    alert_comment,
    device_add,
    device_change,
    device_move,
    device_erase,
    backups,
    backup_make,
    quarantine,
    health,
    ready,
    config,
    openapi,
    live,
    metrics,
    page,  ///< compiled-in files and pages
    none,  ///< no route matched, or the request was broken
};
inline constexpr std::size_t kRouteCount = static_cast<std::size_t>(RouteId::none) + 1;

struct Route {
    RouteId id;
    std::string_view name;     ///< label in metrics
    std::string_view pattern;  ///< `{}` stands for one segment
    Method method;             ///< GET includes HEAD
    std::string_view query;    ///< allowed parameters, separated by blanks
    bool data;                 ///< 503 until the store is open
};

/// All routes but the pages.
[[nodiscard]] std::span<const Route> routes() noexcept;
[[nodiscard]] std::string_view name_of(RouteId id) noexcept;

struct Match {
    const Route* route = nullptr;        ///< null: no path like this
    std::vector<std::string> arguments;  ///< decoded segments of `{}`
    std::string
        allow;  ///< methods of the path, for 405 and OPTIONS; empty when there is no such path
};
/// The route of a path and a method; routes of one path differ in their methods. A path that exists
/// with another method gives no route but `allow`.
[[nodiscard]] Match match(Method method, const Target& target);

/// Unknown or repeated query parameters: the answer 400 that names the nearest known one.
[[nodiscard]] std::optional<Response> check_query(const Route& route, const Target& target);

}  // namespace fleet::server
