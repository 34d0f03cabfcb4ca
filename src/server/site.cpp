// SPDX-License-Identifier: Apache-2.0
#include "server/site.hpp"

#include "live/hub.hpp"
#include "server/control_route.hpp"
#include "server/health.hpp"
#include "server/ingest_body.hpp"
#include "server/ingest_route.hpp"
#include "server/openapi.hpp"
#include "server/pages.hpp"
#include "server/problem.hpp"
#include "server/quarantine_route.hpp"
#include "server/read_routes.hpp"
#include "store/reader.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace fleet::server {

namespace {

constexpr std::string_view kCommonSecurity =
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: strict-origin-when-cross-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(), geolocation=(), microphone=()\r\n";

std::string page_policy(const std::string& tiles) {
    const std::string also = tiles.empty() ? "" : " " + tiles;
    return fmt::format(
        "Content-Security-Policy: default-src 'self'; script-src 'self'; style-src 'self'; img-src "
        "'self' data:{0}; "
        "font-src 'self'; connect-src 'self'{0}; worker-src 'self'; object-src 'none'; base-uri "
        "'none'; "
        "frame-ancestors 'none'; form-action 'self'\r\n",
        also);
}

std::string retry_text(const ServerOptions& options) {
    return fmt::format("the {} store is still opening; try again in a moment", options.store);
}

/// Those whose bodies change with the clock get no ETag.
bool is_volatile(RouteId id) noexcept {
    return id == RouteId::fleet_latest || id == RouteId::device_latest || id == RouteId::fleet_kpis;
}

/// Tells in headers what an answer may miss; nothing where it is as new as can be.
void add_freshness(Response& response, const store::Freshness& freshness) {
    if (freshness.stale) response.with("Fleet-Stale", "true");
    if (freshness.age_ms > 0) response.with("Fleet-Age-Ms", fmt::format("{}", freshness.age_ms));
}

Response plain(std::string_view content_type, std::string body) {
    Response response;
    response.content_type = content_type;
    response.body = std::move(body);
    response.with("Cache-Control", "no-store");
    return response;
}

}  // namespace

Result<std::string> tile_origin(std::string_view tile_url) {
    const auto refuse = [&] {
        return fail(
            Code::invalid_argument,
            fmt::format("map.tile_url '{}' must look like https://host/{{z}}/{{x}}/{{y}}.png",
                        tile_url));
    };
    const std::size_t scheme_end = tile_url.find("://");
    if (scheme_end == std::string_view::npos) return refuse();
    const std::string_view scheme = tile_url.substr(0, scheme_end);
    const std::string_view rest = tile_url.substr(scheme_end + 3);
    const std::string_view host = rest.substr(0, rest.find('/'));
    if ((scheme != "https" && scheme != "http") || host.empty()) return refuse();
    for (const char c : host) {
        const bool plain_character = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                     (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' ||
                                     c == '[' || c == ']';
        if (!plain_character) return refuse();
    }
    return fmt::format("{}://{}", scheme, host);
}

Site::Site(ServerOptions given, std::shared_ptr<const Clock> given_clock, bool loopback_only)
    : options(std::move(given)),
      clock(std::move(given_clock)),
      gate(loopback_only, options.host_names),
      ingest_bytes(options.limits.ingest_in_flight_bytes),
      pool(options.blocking_threads, options.limits.blocking_queue),
      started_ns_(clock->monotonic_ns()) {
    // Server::start() has checked the URL.
    const std::string tiles =
        options.map.tile_url ? tile_origin(*options.map.tile_url).value_or(std::string()) : "";
    page_security_ = page_policy(tiles) + std::string(kCommonSecurity);
    data_security_ = "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n" +
                     std::string(kCommonSecurity);
}

void Site::set_ready(Services services) {
    auto shared = std::make_shared<const Services>(std::move(services));
    const std::lock_guard lock(mutex_);
    services_ = std::move(shared);
}

std::shared_ptr<const Services> Site::services() const {
    const std::lock_guard lock(mutex_);
    return services_;
}

std::string_view Site::security_headers(const Response& response) const noexcept {
    // A worker lives by the policy of its own script, not of the page that starts it.
    const bool site_file = response.content_type.starts_with("text/html") ||
                           response.content_type.starts_with("text/javascript");
    return site_file ? page_security_ : data_security_;
}

Admission Site::admit(const RequestHead& head) {
    Admission admission;
    admission.body_limit = options.limits.body_bytes;
    admission.refusal = gate.refuse(head);
    if (admission.refusal) return admission;
    admission.match = match(head.method, head.target);
    const Route* route = admission.match.route;
    if (route != nullptr) admission.route = route->id;
    const auto refuse = [&](Response response) { admission.refusal = std::move(response); };

    if (head.method == Method::options &&
        (!admission.match.allow.empty() || head.target.path == "*")) {
        Response response;
        response.status = 204;
        response.with("Allow", admission.match.allow.empty() ? "GET, HEAD, POST, OPTIONS"
                                                             : admission.match.allow);
        refuse(std::move(response));
    } else if (route == nullptr && !admission.match.allow.empty()) {
        refuse(problem(405, "method_not_allowed",
                       fmt::format("this route takes {}", admission.match.allow))
                   .with("Allow", admission.match.allow));
    } else if (route == nullptr) {
        const bool is_api = !head.target.segments.empty() && head.target.segments.front() == "api";
        if (is_api) {
            refuse(problem(404, "not_found",
                           "there is no such route; they are listed in /api/v1/openapi.yaml"));
        } else if (head.method == Method::get || head.method == Method::head) {
            admission.route = RouteId::page;
        } else {
            refuse(problem(405, "method_not_allowed", "pages take GET, HEAD")
                       .with("Allow", "GET, HEAD"));
        }
    } else {
        admission.refusal = check_query(*route, head.target);
    }
    if (admission.refusal || route == nullptr) return admission;

    const std::shared_ptr<const Services> ready = services();
    if (route->data && !ready) {
        refuse(problem(503, "starting", retry_text(options)));
    } else if (route->id == RouteId::live) {
        admit_live(head, *ready, admission);
    } else if (route->id == RouteId::ingest) {
        admit_ingest(head, *ready, admission);
    } else if (is_control(route->id)) {
        admit_control(head, *ready, options.limits, admission);
    } else if (head.content_length.value_or(0) > admission.body_limit) {
        refuse(problem(413, "body_too_large", "the body is larger than the limit of this route"));
    }
    return admission;
}

void Site::admit_live(const RequestHead& head, const Services& ready, Admission& admission) const {
    const std::string* format = head.target.parameter("format");
    if (!ready.hub) {
        admission.refusal = problem(503, "unavailable", "this node has no live feed");
    } else if (format != nullptr && *format != "json" && *format != "binary") {
        admission.refusal = problem(400, "invalid_argument", "'format' must be json or binary");
    } else if (!head.websocket) {
        admission.refusal =
            problem(426, "upgrade_required", "this is a WebSocket, subprotocol ft.live.1")
                .with("Upgrade", "websocket");
    }
}

void Site::admit_ingest(const RequestHead& head, const Services& ready,
                        Admission& admission) const {
    admission.body_limit = options.limits.ingest_body_bytes;
    admission.counts_in_flight = true;
    const auto format = format_of_content_type(head.content_type);
    const auto encoding = encoding_of(head.content_encoding);
    if (!ready.ingest) {
        admission.refusal =
            problem(503, "unavailable", "this node only shows; records go to another one");
    } else if (!format) {
        admission.refusal = problem(format.error());
    } else if (!encoding) {
        admission.refusal = problem(encoding.error()).with("Accept-Encoding", "gzip, zstd");
    } else if (!head.content_length && !head.chunked) {
        admission.refusal =
            problem(411, "length_required", "give Content-Length, or send the body chunked");
    } else if (head.content_length.value_or(0) > admission.body_limit) {
        admission.refusal = problem(
            413, "body_too_large",
            fmt::format("a body may have {} bytes; send smaller batches", admission.body_limit));
    } else if (const std::string* fleet = head.target.parameter("fleet");
               fleet != nullptr && !model::is_valid_id(*fleet)) {
        admission.refusal = problem(400, "invalid_argument",
                                    "'fleet' must be 1 to 64 characters of A-Z a-z 0-9 . _ : -");
    }
}

asio::awaitable<Response> Site::handle(Io io, std::shared_ptr<const Request> request,
                                       std::shared_ptr<const Admission> admission,
                                       std::shared_ptr<Reservation> reservation) {
    std::optional<Response> response;
    try {
        if (admission->route == RouteId::ingest) {
            response = co_await ingest_route(*this, std::move(io), request, std::move(reservation));
        } else if (is_control(admission->route)) {
            response = co_await control_route(*this, std::move(io), request, admission,
                                              std::move(reservation));
        } else if (admission->match.route != nullptr && admission->match.route->data) {
            response = co_await read(std::move(io), request, admission);
        } else {
            response = immediate(*request, *admission);
        }
    } catch (const std::exception& e) {
        spdlog::error("{} failed: {}", name_of(admission->route), e.what());
        response = problem(500, "internal", "a fault of the server; its log says more");
    }
    co_return std::move(*response);
}

asio::awaitable<Response> Site::read(Io io, std::shared_ptr<const Request> request,
                                     std::shared_ptr<const Admission> admission) {
    const std::shared_ptr<const Services> open = services();
    Result<ReadTask> task = admission->route == RouteId::quarantine
                                ? plan_quarantine(request->head.target, gate.scope(), open->ingest)
                                : plan_read(admission->match, request->head.target, gate.scope(),
                                            options, clock->now());
    if (!task) co_return problem(task.error());
    auto answer = std::make_shared<Handoff<Response>>(std::move(io));
    const bool taken = pool.try_run([answer, ready = open, run = std::move(task).value()] {
        try {
            Response response = run(*ready->reader);
            add_freshness(response, ready->reader->take_freshness());
            answer->set(std::move(response));
        } catch (const std::exception& e) {
            spdlog::error("a read failed: {}", e.what());
            answer->set(problem(500, "internal", "a fault of the server; its log says more"));
        }
    });
    if (!taken)
        co_return problem(503, "overloaded", "too many reads are waiting; try again in a moment");
    const auto deadline = std::chrono::milliseconds(options.limits.request_deadline_ms);
    std::optional<Response> response = co_await answer->get(deadline, abandoning);
    if (!response) co_return problem(504, "deadline_exceeded", "the store did not answer in time");
    if (response->status == 200) {
        if (is_volatile(admission->route)) {
            response->with("Cache-Control", "no-store");
        } else {
            add_etag(*response, request->head.if_none_match);
        }
    }
    co_return std::move(*response);
}

Response Site::immediate(const Request& request, const Admission& admission) {
    const std::shared_ptr<const Services> ready = services();
    switch (admission.route) {
        case RouteId::health:
            return plain("application/json",
                         health_json(options, ready.get(), metrics, stopping,
                                     (clock->monotonic_ns() - started_ns_) / 1'000'000));
        case RouteId::ready:
            if (!ready) return problem(503, "starting", retry_text(options));
            if (stopping) return problem(503, "stopping", "the server is stopping");
            return plain("application/json", R"({"status":"ready"})");
        case RouteId::config: return plain("application/json", config_json(options));
        case RouteId::openapi: {
            Response response;
            response.content_type = "application/yaml; charset=utf-8";
            response.fixed_body = openapi_yaml();
            add_etag(response, request.head.if_none_match);
            return response;
        }
        case RouteId::metrics: {
            std::string page = metrics.page(ready ? ready->ingest.get() : nullptr,
                                            ready && ready->hub ? ready->hub->clients() : 0,
                                            ingest_bytes.used(), options.version);
            if (ready && ready->more_metrics) ready->more_metrics(page);
            return plain("text/plain; version=0.0.4; charset=utf-8", std::move(page));
        }
        default: return page_response(request.head);
    }
}

}  // namespace fleet::server
