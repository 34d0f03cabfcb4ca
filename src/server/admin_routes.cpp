// SPDX-License-Identifier: Apache-2.0
// Zones and rules: show, import, put and remove.
#include "codec/geojson.hpp"
#include "codec/json_writer.hpp"
#include "codec/rule_json.hpp"
#include "server/control_route.hpp"
#include "server/params.hpp"
#include "server/problem.hpp"
#include "store/cursor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace fleet::server {

namespace {

using store::FleetControl;

Response with_body(std::string_view type, std::string body, bool created = false) {
    Response response;
    response.status = created ? 201 : 200;
    response.content_type = type;
    response.body = std::move(body);
    return response;
}

Response no_content() {
    Response response;
    response.status = 204;
    return response;
}

constexpr std::string_view kGeoJson = "application/geo+json";

Response list_zones(const ControlRequest& request, const FleetControl& control) {
    const auto page = page_parameter(request.target);
    if (!page) return problem(page.error());
    std::string after;
    if (!page->cursor.empty()) {
        auto last = store::decode_cursor(store::CursorKind::zones, {}, page->cursor);
        if (!last) return problem(last.error());
        after = std::move(last).value();
    }
    const auto found = control.zones(after, page->limit);
    if (!found) return problem(found.error());
    std::string next = "null";
    if (found->more && !found->zones.empty())
        next = "\"" + store::encode_cursor(store::CursorKind::zones, {}, found->zones.back().id) +
               "\"";
    std::string body = codec::encode_zones(found->zones);
    body.pop_back();  // a member of ours beside those of the format, as RFC 7946 allows
    body += ",\"next\":" + next + "}";
    return with_body(kGeoJson, std::move(body));
}

Response zone_response(const model::Zone& zone, bool created) {
    std::string body;
    codec::append_zone(body, zone);
    return with_body(kGeoJson, std::move(body), created);
}

Response put_zone(const ControlRequest& request, FleetControl& control, FleetControl::Since since) {
    auto zones = codec::decode_zones(*request.body);
    if (!zones) return problem(zones.error());
    if (zones->size() != 1)
        return problem(
            400, "invalid_argument",
            fmt::format("{} zones where one belongs; POST takes several", zones->size()));
    const model::Zone zone = zones->front();
    if (zone.id != request.subject)
        return problem(400, "invalid_argument",
                       fmt::format("properties.id: \"{}\" where the path says \"{}\"", zone.id,
                                   request.subject));
    const auto counts = control.put_zones(std::move(zones).value(), since);
    if (!counts) return problem(counts.error());
    return zone_response(zone, counts->created > 0);
}

Response remove_zone(const ControlRequest& request, FleetControl& control,
                     FleetControl::Since since) {
    const auto rules = control.rules();
    if (!rules) return problem(rules.error());
    if (const auto names = store::rules_naming(*rules, request.subject); !names.empty())
        return problem(409, "zone_in_use", store::zone_in_use(request.subject, names));
    const auto done = control.remove_zone(request.subject, since);
    return done ? no_content() : problem(done.error());
}

Response rule_response(const model::Rule& rule, bool created) {
    std::string body;
    codec::append_rule(body, rule);
    return with_body("application/json", std::move(body), created);
}

Response put_rule(const ControlRequest& request, FleetControl& control, FleetControl::Since since) {
    codec::ZoneDatabase time_zones = request.time_zones();
    const auto rule = codec::decode_rule(*request.body, time_zones);
    if (!rule) return problem(rule.error());
    if (rule->name != request.subject)
        return problem(
            400, "invalid_argument",
            fmt::format("name: \"{}\" where the path says \"{}\"", rule->name, request.subject));
    const auto counts = control.put_rules({*rule}, since);
    if (!counts) return problem(counts.error());
    return rule_response(*rule, counts->created > 0);
}

}  // namespace

Response counts_response(const Result<store::ChangeCounts>& counts) {
    if (!counts) return problem(counts.error());
    std::string body;
    codec::JsonWriter json(body);
    json.begin_object();
    json.key("created"), json.unsigned_integer(counts->created);
    json.key("changed"), json.unsigned_integer(counts->changed);
    json.key("unchanged"), json.unsigned_integer(counts->unchanged);
    json.end_object();
    return with_body("application/json", std::move(body));
}

Response answer_zones(const ControlRequest& request, FleetControl& control) {
    const auto since = time_parameter(request.target, "recompute_from");
    if (!since) return problem(since.error());
    switch (request.route) {
        case RouteId::zones: return list_zones(request, control);
        case RouteId::zones_import: {
            auto zones = codec::decode_zones(*request.body);
            if (!zones) return problem(zones.error());
            return counts_response(control.put_zones(std::move(zones).value(), *since));
        }
        case RouteId::zone_put: return put_zone(request, control, *since);
        case RouteId::zone_remove: return remove_zone(request, control, *since);
        default: {
            const auto zone = control.zone(request.subject);
            if (!zone) return problem(zone.error());
            if (!*zone)
                return problem(404, "not_found",
                               fmt::format("there is no zone {}", request.subject));
            return zone_response(**zone, false);
        }
    }
}

Response answer_rules(const ControlRequest& request, FleetControl& control) {
    const auto since = time_parameter(request.target, "recompute_from");
    if (!since) return problem(since.error());
    switch (request.route) {
        case RouteId::rules: {
            const auto rules = control.rules();
            if (!rules) return problem(rules.error());
            return with_body("application/json", codec::encode_rule_list(*rules));
        }
        case RouteId::rules_import: {
            codec::ZoneDatabase time_zones = request.time_zones();
            auto rules = codec::decode_rules(*request.body, time_zones);
            if (!rules) return problem(rules.error());
            return counts_response(control.put_rules(std::move(rules).value(), *since));
        }
        case RouteId::rule_put: return put_rule(request, control, *since);
        case RouteId::rule_remove: {
            const auto done = control.remove_rule(request.subject, *since);
            return done ? no_content() : problem(done.error());
        }
        default: {
            const auto rule = control.rule(request.subject);
            if (!rule) return problem(rule.error());
            if (!*rule)
                return problem(404, "not_found",
                               fmt::format("there is no rule {}", request.subject));
            return rule_response(**rule, false);
        }
    }
}

}  // namespace fleet::server
