// SPDX-License-Identifier: Apache-2.0
#include "server/router.hpp"

#include "server/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace fleet::server {

namespace {

using enum RouteId;
constexpr std::array kRoutes{
    Route{fleets, "fleets", "api/v1/fleets", Method::get, "limit cursor format", true},
    Route{fleet_devices, "fleet_devices", "api/v1/fleets/{}/devices", Method::get,
          "limit cursor format", true},
    Route{fleet_latest, "fleet_latest", "api/v1/fleets/{}/latest", Method::get,
          "day at limit cursor format", true},
    Route{fleet_kpis, "fleet_kpis", "api/v1/fleets/{}/kpis", Method::get, "day", true},
    Route{fleet_analytics, "fleet_analytics", "api/v1/fleets/{}/analytics", Method::get,
          "day format", true},
    Route{fleet_alerts, "fleet_alerts", "api/v1/fleets/{}/alerts", Method::get,
          "day from to severity type state device retracted limit cursor format", true},
    Route{fleet_incidents, "fleet_incidents", "api/v1/fleets/{}/incidents", Method::get,
          "day from to limit cursor format", true},
    Route{fleet_scan, "fleet_scan", "api/v1/fleets/{}/scan", Method::get,
          "day from to where metric fields limit cursor format", true},
    Route{device, "device", "api/v1/devices/{}", Method::get, "", true},
    Route{device_latest, "device_latest", "api/v1/devices/{}/latest", Method::get, "", true},
    Route{device_history, "device_history", "api/v1/devices/{}/history", Method::get,
          "day from to limit cursor fields order format", true},
    Route{device_series, "device_series", "api/v1/devices/{}/series", Method::get,
          "metric day from to points format", true},
    Route{device_summary, "device_summary", "api/v1/devices/{}/summary", Method::get, "day", true},
    Route{device_trips, "device_trips", "api/v1/devices/{}/trips", Method::get,
          "day from to limit cursor format", true},
    Route{device_stops, "device_stops", "api/v1/devices/{}/stops", Method::get,
          "day from to limit cursor format", true},
    Route{alert, "alert", "api/v1/alerts/{}", Method::get, "", true},
    Route{search, "search", "api/v1/search", Method::get, "q limit format", true},
    Route{ingest, "ingest", "api/v1/ingest", Method::post, "fleet", true},
    Route{zones, "zones", "api/v1/zones", Method::get, "limit cursor", true},
    Route{zones_import, "zones_import", "api/v1/zones", Method::post, "recompute_from", true},
    Route{zone, "zone", "api/v1/zones/{}", Method::get, "", true},
    Route{zone_put, "zone_put", "api/v1/zones/{}", Method::put, "recompute_from", true},
    Route{zone_remove, "zone_remove", "api/v1/zones/{}", Method::del, "recompute_from", true},
    Route{rules, "rules", "api/v1/rules", Method::get, "", true},
    Route{rules_import, "rules_import", "api/v1/rules", Method::post, "recompute_from", true},
    Route{rule, "rule", "api/v1/rules/{}", Method::get, "", true},
    Route{rule_put, "rule_put", "api/v1/rules/{}", Method::put, "recompute_from", true},
    Route{rule_remove, "rule_remove", "api/v1/rules/{}", Method::del, "recompute_from", true},
    Route{alert_ack, "alert_ack", "api/v1/alerts/{}/ack", Method::post, "", true},
    Route{alert_resolve, "alert_resolve", "api/v1/alerts/{}/resolve", Method::post, "", true},
    Route{alert_comment, "alert_comment", "api/v1/alerts/{}/comment", Method::post, "", true},
    Route{device_add, "device_add", "api/v1/devices", Method::post, "", true},
    Route{device_change, "device_change", "api/v1/devices/{}", Method::patch, "", true},
    Route{device_move, "device_move", "api/v1/devices/{}/move", Method::post, "", true},
    Route{device_erase, "device_erase", "api/v1/devices/{}/erase", Method::post, "from to", true},
    Route{backups, "backups", "api/v1/backups", Method::get, "", true},
    Route{backup_make, "backup_make", "api/v1/backups", Method::post, "", true},
    Route{quarantine, "quarantine", "api/v1/quarantine", Method::get, "limit", true},
    Route{health, "health", "api/v1/health", Method::get, "", false},
    Route{ready, "ready", "api/v1/ready", Method::get, "", false},
    Route{config, "config", "api/v1/config", Method::get, "", false},
    Route{openapi, "openapi", "api/v1/openapi.yaml", Method::get, "", false},
    Route{live, "live", "api/v1/live", Method::get, "format", true},
    Route{metrics, "metrics", "metrics", Method::get, "", false},
};

/// Whether the segments fit the pattern; collects those at `{}`.
bool fits(std::string_view pattern, const std::vector<std::string>& segments,
          std::vector<std::string>& arguments) {
    arguments.clear();
    for (const std::string& segment : segments) {
        if (pattern.empty()) return false;
        const std::size_t end = std::min(pattern.find('/'), pattern.size());
        const std::string_view expected = pattern.substr(0, end);
        pattern.remove_prefix(std::min(end + 1, pattern.size()));
        if (expected == "{}") {
            if (segment.empty()) return false;
            arguments.push_back(segment);
        } else if (segment != expected) {
            return false;
        }
    }
    return pattern.empty();
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        out.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

}  // namespace

std::span<const Route> routes() noexcept { return kRoutes; }

std::string_view name_of(RouteId id) noexcept {
    for (const Route& route : kRoutes)
        if (route.id == id) return route.name;
    return id == RouteId::page ? "page" : "none";
}

Match match(Method method, const Target& target) {
    Match found;
    std::vector<std::string> arguments;
    for (const Route& route : kRoutes) {
        if (!fits(route.pattern, target.segments, arguments)) continue;
        found.arguments = arguments;
        const bool reads = route.method == Method::get;
        found.allow += reads ? "GET, HEAD, " : fmt::format("{}, ", to_string(route.method));
        if (method == route.method || (reads && method == Method::head)) found.route = &route;
    }
    if (!found.allow.empty()) found.allow += "OPTIONS";
    return found;
}

std::optional<Response> check_query(const Route& route, const Target& target) {
    const std::vector<std::string_view> known = words(route.query);
    for (std::size_t i = 0; i < target.query.size(); ++i) {
        const std::string& name = target.query[i].first;
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            const std::string_view near = nearest(name, known);
            std::string detail = fmt::format("unknown query parameter '{}'", name);
            if (!near.empty()) {
                detail += fmt::format("; did you mean '{}'?", near);
            } else if (known.empty()) {
                detail += "; this route takes none";
            } else {
                detail += fmt::format("; known are: {}", fmt::join(known, ", "));
            }
            return problem(400, "unknown_parameter", detail);
        }
        for (std::size_t k = 0; k < i; ++k)
            if (target.query[k].first == name)
                return problem(400, "repeated_parameter",
                               fmt::format("query parameter '{}' is given twice", name));
    }
    return std::nullopt;
}

}  // namespace fleet::server
