// SPDX-License-Identifier: Apache-2.0
#include "server/control_route.hpp"

#include "server/inflate.hpp"
#include "server/problem.hpp"
#include "server/read_routes.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace fleet::server {

namespace {

/// Of a note: its text, escaped, and a name.
constexpr std::uint64_t kNoteBodyBytes = 64U << 10;

/// Erasing rewrites files, and a backup is read whole to check it.
constexpr std::int64_t kUpkeepDeadlineMs = 600'000;

enum class Subject : std::uint8_t { zones, rules, devices, alert, upkeep, other };

Subject subject_of(RouteId route) noexcept {
    switch (route) {
        case RouteId::zones:
        case RouteId::zones_import:
        case RouteId::zone:
        case RouteId::zone_put:
        case RouteId::zone_remove: return Subject::zones;
        case RouteId::rules:
        case RouteId::rules_import:
        case RouteId::rule:
        case RouteId::rule_put:
        case RouteId::rule_remove: return Subject::rules;
        case RouteId::device_add:
        case RouteId::device_change:
        case RouteId::device_move: return Subject::devices;
        case RouteId::alert_ack:
        case RouteId::alert_resolve:
        case RouteId::alert_comment: return Subject::alert;
        case RouteId::device_erase:
        case RouteId::backups:
        case RouteId::backup_make: return Subject::upkeep;
        default: return Subject::other;
    }
}

bool takes_body(Method method) noexcept {
    return method == Method::post || method == Method::put || method == Method::patch;
}

/// Media type of a Content-Type header, without parameters and in lower case.
std::string media_of(std::string_view header) {
    header = header.substr(0, header.find(';'));
    while (!header.empty() && header.back() == ' ') header.remove_suffix(1);
    std::string media(header);
    for (char& c : media)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return media;
}

Response run(const ControlRequest& request, const Services& ready, Timestamp now) {
    switch (subject_of(request.route)) {
        case Subject::zones: return answer_zones(request, *ready.control);
        case Subject::rules: return answer_rules(request, *ready.control);
        case Subject::devices: return answer_devices(request, *ready.control, *ready.reader);
        case Subject::upkeep: return answer_upkeep(request, *ready.upkeep, now);
        default: return answer_alert(request, *ready.control);
    }
}

}  // namespace

bool is_control(RouteId route) noexcept { return subject_of(route) != Subject::other; }

void admit_control(const RequestHead& head, const Services& ready, const Limits& limits,
                   Admission& admission) {
    const auto refuse = [&](Response response) { admission.refusal = std::move(response); };
    const Subject subject = subject_of(admission.route);
    const bool has_body = head.chunked || head.content_length.value_or(0) > 0;
    const std::string media = media_of(head.content_type);
    const bool is_json = media == "application/json" ||
                         (subject == Subject::zones && media == "application/geo+json");
    if (subject == Subject::upkeep ? !ready.upkeep : !ready.control || !ready.time_zones)
        return refuse(problem(503, "unavailable",
                              subject == Subject::upkeep ? "this node keeps no store of its own"
                                                         : "this node changes nothing: it has no "
                                                           "zones, rules and devices of its own"));
    if (!takes_body(head.method) || admission.route == RouteId::device_erase) {
        if (has_body) refuse(problem(400, "unexpected_body", "this route takes no body"));
        return;
    }
    const bool is_import =
        subject == Subject::zones || subject == Subject::rules || subject == Subject::devices;
    admission.body_limit = is_import ? limits.ingest_body_bytes : kNoteBodyBytes;
    admission.counts_in_flight = is_import;
    // An action on an alert, or a wish for a backup, may come without a body.
    if (!has_body && !is_import) return;
    if (!is_json)
        return refuse(problem(415, "unsupported",
                              subject == Subject::zones
                                  ? "give Content-Type: application/geo+json, or application/json"
                                  : "give Content-Type: application/json"));
    const auto encoding = encoding_of(head.content_encoding);
    if (!encoding || *encoding != Encoding::identity)
        return refuse(problem(415, "unsupported", "send this body without Content-Encoding"));
    if (!head.content_length && !head.chunked)
        return refuse(
            problem(411, "length_required", "give Content-Length, or send the body chunked"));
    if (head.content_length.value_or(0) > admission.body_limit)
        refuse(problem(413, "body_too_large",
                       fmt::format("a body may have {} bytes here", admission.body_limit)));
}

asio::awaitable<Response> control_route(Site& site, Io io, std::shared_ptr<const Request> request,
                                        std::shared_ptr<const Admission> admission,
                                        std::shared_ptr<Reservation> reservation) {
    const std::shared_ptr<const Services> ready = site.services();
    auto asked = std::make_shared<ControlRequest>(ControlRequest{
        admission->route,
        admission->match.arguments.empty() ? std::string() : admission->match.arguments.front(),
        request->head.target, request->body, site.gate.scope(), ready->time_zones});
    auto answer = std::make_shared<Handoff<Response>>(std::move(io));
    const Timestamp now = site.clock->now();
    const bool taken = site.pool.try_run([answer, ready, asked, reservation, now] {
        try {
            answer->set(run(*asked, *ready, now));
        } catch (const std::exception& e) {
            spdlog::error("{} failed: {}", name_of(asked->route), e.what());
            answer->set(problem(500, "internal", "a fault of the server; its log says more"));
        }
    });
    if (!taken)
        co_return problem(503, "overloaded",
                          "too many requests are waiting; try again in a moment");
    const auto deadline = std::chrono::milliseconds(
        subject_of(admission->route) == Subject::upkeep
            ? std::max(kUpkeepDeadlineMs, site.options.limits.request_deadline_ms)
            : site.options.limits.request_deadline_ms);
    std::optional<Response> response = co_await answer->get(deadline, site.abandoning);
    const bool reads = is_safe(admission->match.route->method);
    if (!response)
        co_return problem(504, "deadline_exceeded",
                          reads ? "the store did not answer in time"
                                : "the store did not confirm in time; look whether the change is "
                                  "there before you send it again");
    if (reads && response->status == 200) {
        add_etag(*response, request->head.if_none_match);
    } else if (response->status < 300) {
        response->with("Cache-Control", "no-store");
    }
    co_return std::move(*response);
}

}  // namespace fleet::server
