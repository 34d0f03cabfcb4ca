// SPDX-License-Identifier: Apache-2.0
#include "server/ingest_route.hpp"

#include "server/ingest_body.hpp"
#include "server/problem.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <optional>
#include <utility>

namespace fleet::server {

namespace {

/// Up to here a body is decoded where it arrived: under a millisecond, less than two thread
/// switches are worth on a busy machine.
constexpr std::size_t kInlineBytes = 64U << 10;

IngestInput input_of(const Site& site, const Request& request, const ingest::IngestPort& port,
                     std::shared_ptr<Reservation> reservation) {
    const Limits& limits = site.options.limits;
    IngestInput input;
    input.body = request.body;
    // Both were checked when the request was admitted.
    input.encoding = encoding_of(request.head.content_encoding).value_or(Encoding::identity);
    input.format =
        format_of_content_type(request.head.content_type).value_or(codec::Format::ndjson);
    if (const std::string* fleet = request.head.target.parameter("fleet")) input.fleet = *fleet;
    input.default_fleet = site.options.default_fleet;
    input.auto_register = site.options.auto_register;
    input.window.now = site.clock->now();
    input.window.future_tolerance_ms = site.options.future_tolerance_ms;
    input.window.earliest = port.earliest(input.fleet, input.window.now);
    input.inflate = {limits.inflated_bytes, limits.inflate_ratio};
    input.max_records = limits.batch_records;
    input.reservation = std::move(reservation);
    return input;
}

/// A whole body that cannot be used is the sender's fault whatever the class, except a spent
/// budget.
Response refusal_of(const Error& error) {
    if (error.code == Code::too_large) return problem(413, "too_large", error.message);
    return problem(error);
}

}  // namespace

asio::awaitable<Response> ingest_route(Site& site, Io io, std::shared_ptr<const Request> request,
                                       std::shared_ptr<Reservation> reservation) {
    const auto deadline = std::chrono::milliseconds(site.options.limits.request_deadline_ms);
    const std::shared_ptr<ingest::IngestPort> port = site.services()->ingest;
    IngestInput input = input_of(site, *request, *port, std::move(reservation));
    const bool small = input.encoding == Encoding::identity && input.body->size() <= kInlineBytes;
    request.reset();  // the batch keeps the body from now on

    std::optional<Result<IngestBatch>> decoded;
    if (small) {
        decoded = decode_body(std::move(input));
    } else {
        auto handoff = std::make_shared<Handoff<Result<IngestBatch>>>(io);
        auto shared = std::make_shared<IngestInput>(std::move(input));
        const bool taken = site.pool.try_run([handoff, shared] {
            try {
                handoff->set(decode_body(std::move(*shared)));
            } catch (const std::exception& e) {
                spdlog::error("decoding a body failed: {}", e.what());
                handoff->set(Result<IngestBatch>(
                    Error(Code::internal, "a fault of the server; its log says more")));
            }
        });
        if (!taken)
            co_return problem(429, "overloaded", "too much is being decoded; send it again later");
        decoded = co_await handoff->get(deadline, site.abandoning);
        if (!decoded)
            co_return problem(503, "deadline_exceeded",
                              "the body was not decoded in time; nothing was taken");
    }
    if (!*decoded) co_return refusal_of(decoded->error());

    IngestBatch body = std::move(*decoded).value();
    const std::uint64_t rows = body.batch.rows.rows();
    Response response;
    response.content_type = "application/json";
    response.with("Cache-Control", "no-store");
    if (rows == 0) {
        response.body = ingest_answer({}, {}, {});
        co_return response;
    }
    const std::int64_t submitted = site.clock->monotonic_ns();
    auto stored = std::make_shared<Handoff<Result<ingest::BatchResult>>>(io);
    port->submit(std::move(body.batch),
                 [stored](Result<ingest::BatchResult> result) { stored->set(std::move(result)); });
    const std::optional<Result<ingest::BatchResult>> result =
        co_await stored->get(deadline, site.abandoning);
    if (!result)
        co_return problem(
            504, "deadline_exceeded",
            "the store did not confirm in time, the records may be stored or not; send them again: "
            "what is stored already counts as duplicate");
    // What the store refused it has counted.
    if (!*result) co_return problem(result->error());
    site.metrics.ingest_ack(site.clock->monotonic_ns() - submitted);
    response.body = ingest_answer(body.indexes, body.rejections, **result);
    co_return response;
}

}  // namespace fleet::server
