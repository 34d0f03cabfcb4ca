// SPDX-License-Identifier: Apache-2.0
#include "server/read_routes.hpp"

#include "codec/track_text.hpp"
#include "server/params.hpp"
#include "server/problem.hpp"
#include "server/render.hpp"
#include "server/render_fold.hpp"
#include "server/render_series.hpp"
#include "server/responses.hpp"
#include "server/scan_route.hpp"
#include "store/cursor.hpp"
#include "store/incidents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace fleet::server {

namespace {

using codec::JsonWriter;

constexpr std::size_t kSearchLimit = 20;
/// Of a track in one answer: more than one a second for a day, some 25 MB.
constexpr std::size_t kMaxTrackRecords = 100'000;
constexpr std::size_t kSearchMaxLimit = 1'000;

template <class Write>
Response json_object(Write write) {
    std::string body;
    JsonWriter json(body);
    write(json);
    return json_response(std::move(body));
}

template <class T, class Write>
Response json_list(const std::vector<T>& items, const std::string& next,
                   std::optional<Timestamp> retention_from, Write write) {
    return json_object([&](JsonWriter& json) {
        json.begin_object();
        json.key("items");
        json.begin_array();
        for (const T& item : items) write(json, item);
        end_list(json, next, retention_from);
    });
}

template <class Page, class WriteJson, class WriteCsv>
Response list_response(const Page& page, ListFormat format, WriteJson json, WriteCsv csv) {
    if (format == ListFormat::json)
        return json_list(page.items, page.next, page.retention_from, json);
    std::string body;
    csv(body, page.items);
    return csv_response(std::move(body), page.next);
}

/// One page of a whole list that is sorted by id.
Result<store::Page<store::FleetInfo>> page_of(std::vector<store::FleetInfo> fleets,
                                              const store::PageRequest& page) {
    std::size_t from = 0;
    if (!page.cursor.empty()) {
        FLEET_TRY(const std::string last,
                  store::decode_cursor(store::CursorKind::fleets, {}, page.cursor));
        from = static_cast<std::size_t>(
            std::upper_bound(
                fleets.begin(), fleets.end(), last,
                [](const std::string& id, const store::FleetInfo& f) { return id < f.id; }) -
            fleets.begin());
    }
    const std::size_t limit =
        page.limit == 0 ? store::kDefaultLimit : std::min(page.limit, store::kMaxLimit);
    const std::size_t end = std::min(fleets.size(), from + limit);
    std::string next;
    if (end < fleets.size())
        next = store::encode_cursor(store::CursorKind::fleets, {}, fleets[end - 1].id);
    fleets.erase(fleets.begin() + static_cast<std::ptrdiff_t>(end), fleets.end());
    fleets.erase(fleets.begin(), fleets.begin() + static_cast<std::ptrdiff_t>(from));
    return store::Page<store::FleetInfo>{std::move(fleets), std::move(next), {}};
}

Result<ReadTask> plan_fleets(const Target& target, const model::FleetScope& scope) {
    FLEET_TRY(const store::PageRequest page, page_parameter(target));
    FLEET_TRY(const ListFormat format, format_parameter(target));
    return ReadTask([=](store::FleetReader& reader) {
        auto fleets = reader.fleets(scope);
        if (!fleets) return problem(fleets.error());
        const auto items = page_of(std::move(fleets).value(), page);
        if (!items) return problem(items.error());
        return list_response(*items, format, write_fleet, [](std::string& out, const auto& rows) {
            write_fleets_csv(out, rows);
        });
    });
}

Result<ReadTask> plan_devices(const std::string& fleet, const Target& target,
                              const model::FleetScope& scope) {
    FLEET_TRY(const store::PageRequest page, page_parameter(target));
    FLEET_TRY(const ListFormat format, format_parameter(target));
    return ReadTask([=](store::FleetReader& reader) {
        const auto devices = reader.devices(scope, fleet, page);
        if (!devices) return problem(devices.error());
        return list_response(
            *devices, format, write_device,
            [](std::string& out, const auto& items) { write_devices_csv(out, items); });
    });
}

Result<ReadTask> plan_fleet_latest(const std::string& fleet, const Target& target,
                                   const model::FleetScope& scope, const AgeLimits& limits,
                                   Timestamp now) {
    FLEET_TRY(std::optional<Timestamp> at, instant_parameter(target, now));
    FLEET_TRY(const store::PageRequest page, page_parameter(target));
    FLEET_TRY(const ListFormat format, format_parameter(target));
    return ReadTask([=](store::FleetReader& reader) {
        const auto latest = reader.fleet_latest(scope, fleet, at, page);
        if (!latest) return problem(latest.error());
        const Timestamp instant = at.value_or(now);
        return list_response(
            *latest, format,
            [&](JsonWriter& json, const store::LatestOfDevice& device) {
                write_latest(json, device, instant, limits);
            },
            [&](std::string& out, const auto& items) {
                write_latest_csv(out, items, instant, limits);
            });
    });
}

Result<ReadTask> plan_kpis(const std::string& fleet, const Target& target,
                           const model::FleetScope& scope, std::int64_t window_ms, Timestamp now) {
    FLEET_TRY(const std::optional<Day> day, day_parameter(target));
    const bool live = !day || (day->begin() <= now && now < day->end());
    return ReadTask([=](store::FleetReader& reader) {
        const auto kpis = live ? reader.kpis(scope, fleet, now, window_ms)
                               : reader.kpis_of_day(scope, fleet, *day);
        if (!kpis) return problem(kpis.error());
        const Timestamp as_of = live ? now : std::min(day->end(), now);
        return json_object([&](JsonWriter& json) { write_kpis(json, fleet, as_of, *kpis); });
    });
}

Result<ReadTask> plan_analytics(const std::string& fleet, const Target& target,
                                const model::FleetScope& scope, Timestamp now) {
    FLEET_TRY(const std::optional<Day> asked, day_parameter(target));
    FLEET_TRY(const ListFormat format, format_parameter(target));
    const Day day = asked.value_or(day_of(now));
    return ReadTask([=](store::FleetReader& reader) {
        const auto content = reader.analytics(scope, fleet, day);
        if (!content) return problem(content.error());
        if (format == ListFormat::json)
            return json_object(
                [&](JsonWriter& json) { write_analytics(json, fleet, day, *content); });
        std::string body;
        write_analytics_csv(body, fleet, day, *content);
        return csv_response(std::move(body), {});
    });
}

/// A track is one file: the whole range, oldest first.
Result<ReadTask> plan_track(const std::string& device, const Target& target,
                            const model::FleetScope& scope, codec::TrackFormat format,
                            std::string_view version) {
    for (const char* name : {"limit", "cursor", "order", "fields"})
        if (target.parameter(name) != nullptr)
            return fail(Code::invalid_argument,
                        fmt::format("'{}' does not go with gpx and geojson: such a file holds the "
                                    "whole range, oldest first",
                                    name));
    FLEET_TRY(const store::TimeRange range, range_parameter(target));
    return ReadTask([=, creator =
                            fmt::format("Fleet Tracing {}", version)](store::FleetReader& reader) {
        codec::TrackText track(format, device, creator);
        Response response;
        response.content_type = codec::media_type(format);
        // Without a name: a page that links here knows a better one than this route.
        response.with("Content-Disposition", "attachment");
        track.begin(response.body);
        store::PageRequest page{store::kMaxLimit, {}};
        std::size_t records = 0;
        do {
            auto history = reader.history(scope, device, range, store::Order::oldest_first, page);
            if (!history) return problem(history.error());
            records += history->rows.size();
            if (records > kMaxTrackRecords)
                return problem(Error{Code::invalid_argument,
                                     fmt::format("more than {} records lie in the range: ask for "
                                                 "a shorter one",
                                                 kMaxTrackRecords)});
            track.add(response.body, history->rows.samples, history->rows.texts);
            page.cursor = std::move(history->next);
        } while (!page.cursor.empty());
        track.end(response.body);
        return response;
    });
}

Result<ReadTask> plan_history(const std::string& device, const Target& target,
                              const model::FleetScope& scope, std::string_view version) {
    if (const std::string* name = target.parameter("format"))
        if (const auto track = codec::track_format(*name))
            return plan_track(device, target, scope, *track, version);
    FLEET_TRY(const store::TimeRange range, range_parameter(target));
    FLEET_TRY(const store::Order order, order_parameter(target));
    FLEET_TRY(const store::PageRequest page, page_parameter(target));
    FLEET_TRY(const std::uint32_t fields, fields_parameter(target));
    FLEET_TRY(const ListFormat format, format_parameter(target));
    return ReadTask([=](store::FleetReader& reader) {
        const auto history = reader.history(scope, device, range, order, page);
        if (!history) return problem(history.error());
        if (format == ListFormat::json)
            return json_object(
                [&](JsonWriter& json) { write_history(json, device, *history, fields); });
        std::string body;
        write_history_csv(body, device, *history, fields);
        return csv_response(std::move(body), history->next);
    });
}

Result<ReadTask> plan_series(const std::string& device, const Target& target,
                             const model::FleetScope& scope) {
    store::SeriesRequest request;
    FLEET_TRY(request.metric, metric_parameter(target));
    FLEET_TRY(request.range, range_parameter(target));
    FLEET_TRY(request.points, points_parameter(target));
    FLEET_TRY(const ListFormat format, format_parameter(target));
    return ReadTask([=](store::FleetReader& reader) {
        const auto series = reader.series(scope, device, request);
        if (!series) return problem(series.error());
        if (format == ListFormat::json)
            return json_object([&](JsonWriter& json) { write_series(json, *series); });
        std::string body;
        write_series_csv(body, *series);
        return csv_response(std::move(body), {});
    });
}

Result<ReadTask> plan_summary(const std::string& device, const Target& target,
                              const model::FleetScope& scope, Timestamp now) {
    FLEET_TRY(const std::optional<Day> asked, day_parameter(target));
    const Day day = asked.value_or(day_of(now));
    return ReadTask([=](store::FleetReader& reader) {
        const auto summary = reader.summary(scope, device, day);
        if (!summary) return problem(summary.error());
        return json_object([&](JsonWriter& json) { write_summary(json, device, day, *summary); });
    });
}

Result<ReadTask> plan_trips(const std::string& device, const Target& target,
                            const model::FleetScope& scope) {
    FLEET_TRY(const store::TimeRange range, range_parameter(target));
    FLEET_TRY(const store::PageRequest page, page_parameter(target));
    FLEET_TRY(const ListFormat format, format_parameter(target));
    return ReadTask([=](store::FleetReader& reader) {
        const auto trips = reader.trips(scope, device, range, page);
        if (!trips) return problem(trips.error());
        return list_response(
            *trips, format,
            [&](JsonWriter& json, const model::Trip& trip) { write_trip(json, device, trip); },
            [&](std::string& out, const auto& items) { write_trips_csv(out, device, items); });
    });
}

Result<ReadTask> plan_stops(const std::string& device, const Target& target,
                            const model::FleetScope& scope) {
    FLEET_TRY(const store::TimeRange range, range_parameter(target));
    FLEET_TRY(const store::PageRequest page, page_parameter(target));
    FLEET_TRY(const ListFormat format, format_parameter(target));
    return ReadTask([=](store::FleetReader& reader) {
        const auto stops = reader.stops(scope, device, range, page);
        if (!stops) return problem(stops.error());
        return list_response(
            *stops, format,
            [&](JsonWriter& json, const model::Stop& stop) { write_stop(json, device, stop); },
            [&](std::string& out, const auto& items) { write_stops_csv(out, device, items); });
    });
}

Result<ReadTask> plan_alerts(const std::string& fleet, const Target& target,
                             const model::FleetScope& scope) {
    FLEET_TRY(const store::TimeRange range, range_parameter(target));
    FLEET_TRY(const store::AlertFilter filter, alert_filter(target));
    FLEET_TRY(const store::PageRequest page, page_parameter(target));
    FLEET_TRY(const ListFormat format, format_parameter(target));
    return ReadTask([=](store::FleetReader& reader) {
        const auto alerts = reader.alerts(scope, fleet, filter, range, page);
        if (!alerts) return problem(alerts.error());
        return list_response(*alerts, format, write_alert, [](std::string& out, const auto& items) {
            write_alerts_csv(out, items);
        });
    });
}

Result<ReadTask> plan_incidents(const std::string& fleet, const Target& target,
                                const model::FleetScope& scope) {
    FLEET_TRY(const store::TimeRange range, range_parameter(target));
    FLEET_TRY(const store::PageRequest page, page_parameter(target));
    FLEET_TRY(const ListFormat format, format_parameter(target));
    return ReadTask([=](store::FleetReader& reader) {
        const auto incidents = store::incidents(reader, scope, fleet, range, page);
        if (!incidents) return problem(incidents.error());
        return list_response(
            *incidents, format,
            [&](JsonWriter& json, const model::Incident& incident) {
                write_incident(json, fleet, incident);
            },
            [&](std::string& out, const auto& items) { write_incidents_csv(out, fleet, items); });
    });
}

Result<ReadTask> plan_alert(const std::string& id, const model::FleetScope& scope) {
    const auto parsed = model::AlertId::parse(id);
    if (!parsed)
        return fail(Code::invalid_argument, "the id of an alert is 32 lower-case hex digits");
    return ReadTask([scope, id = *parsed](store::FleetReader& reader) {
        const auto alert = reader.alert(scope, id);
        if (!alert) return problem(alert.error());
        return json_object([&](JsonWriter& json) { write_alert_detail(json, *alert); });
    });
}

Result<ReadTask> plan_search(const Target& target, const model::FleetScope& scope) {
    const std::string* text = target.parameter("q");
    if (text == nullptr || text->empty() || text->size() > model::kMaxDeviceIdLength)
        return fail(Code::invalid_argument,
                    fmt::format("'q' must be 1 to {} characters of a device id",
                                model::kMaxDeviceIdLength));
    FLEET_TRY(const store::PageRequest page, page_parameter(target));
    FLEET_TRY(const ListFormat format, format_parameter(target));
    const std::size_t limit =
        target.parameter("limit") == nullptr ? kSearchLimit : std::min(page.limit, kSearchMaxLimit);
    return ReadTask([scope, format, limit, q = *text](store::FleetReader& reader) {
        auto devices = reader.search(scope, q, limit);
        if (!devices) return problem(devices.error());
        const store::Page<store::DeviceInfo> found{std::move(devices).value(), {}, {}};
        return list_response(found, format, write_device, [](std::string& out, const auto& items) {
            write_devices_csv(out, items);
        });
    });
}

}  // namespace

Result<ReadTask> plan_read(const Match& match, const Target& target, const model::FleetScope& scope,
                           const ServerOptions& options, Timestamp now) {
    const AgeLimits limits{options.stale_ms, options.offline_ms};
    const std::string subject = match.arguments.empty() ? std::string() : match.arguments.front();
    switch (match.route->id) {
        case RouteId::fleets: return plan_fleets(target, scope);
        case RouteId::fleet_devices: return plan_devices(subject, target, scope);
        case RouteId::fleet_latest: return plan_fleet_latest(subject, target, scope, limits, now);
        case RouteId::fleet_kpis: return plan_kpis(subject, target, scope, options.stale_ms, now);
        case RouteId::fleet_analytics: return plan_analytics(subject, target, scope, now);
        case RouteId::fleet_scan: return plan_scan(subject, target, scope);
        case RouteId::device_history: return plan_history(subject, target, scope, options.version);
        case RouteId::device_series: return plan_series(subject, target, scope);
        case RouteId::device_summary: return plan_summary(subject, target, scope, now);
        case RouteId::device_trips: return plan_trips(subject, target, scope);
        case RouteId::device_stops: return plan_stops(subject, target, scope);
        case RouteId::fleet_alerts: return plan_alerts(subject, target, scope);
        case RouteId::fleet_incidents: return plan_incidents(subject, target, scope);
        case RouteId::alert: return plan_alert(subject, scope);
        case RouteId::search: return plan_search(target, scope);
        case RouteId::device:
            return ReadTask([=](store::FleetReader& reader) {
                const auto device = reader.device(scope, subject);
                if (!device) return problem(device.error());
                return json_object([&](JsonWriter& json) { write_device(json, *device); });
            });
        case RouteId::device_latest:
            return ReadTask([=](store::FleetReader& reader) {
                const auto latest = reader.latest(scope, subject);
                if (!latest) return problem(latest.error());
                return json_object(
                    [&](JsonWriter& json) { write_latest(json, *latest, now, limits); });
            });
        default: return fail(Code::internal, "no read belongs to this route");
    }
}

void add_etag(Response& response, std::string_view if_none_match) {
    const std::string etag =
        fmt::format("W/\"{:016x}\"", std::hash<std::string_view>{}(response.content()));
    response.with("ETag", etag).with("Cache-Control", "no-cache");
    // Weak comparison (RFC 9110 §13.1.2): the opaque part alone counts. A tag cannot be part of
    // another one's quotes.
    const bool known =
        if_none_match == "*" || if_none_match.find(etag.substr(2)) != std::string_view::npos;
    if (!known) return;
    response.status = 304;
    response.body.clear();
    response.fixed_body = {};
}

}  // namespace fleet::server
