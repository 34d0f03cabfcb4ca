// SPDX-License-Identifier: Apache-2.0
#include "app/replication.hpp"

#include "base/metric_text.hpp"
#include "codec/json_writer.hpp"
#include "cql/bridge_session.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace fleet::app {

namespace {

/// The server gives up a write after 2 s; to wait much longer says nothing.
constexpr std::int64_t kLongestAttemptMs = 5'000;
/// Rows in one batch: enough to spare the server work, little enough for its time-out.
constexpr std::int64_t kMostBatchRows = 500;
/// Batches under way at a time: a few keep the cluster busy, more only wait there.
constexpr std::size_t kMostBatches = 32;

}  // namespace

bool copies_to_cassandra(const Config& config) {
    return config.text(Key::store_kind) == "cassandra";
}

std::filesystem::path copy_state_file(const Config& config) {
    return std::filesystem::path(config.text(Key::data_dir)) / "cassandra-copy";
}

replicate::ReplicatorOptions replicator_options(const Config& config) {
    replicate::ReplicatorOptions options;
    cql::ConnectOptions& connect = options.target.connect;
    connect.contact_points = fmt::format("{}", fmt::join(config.list(Key::cassandra_hosts), ","));
    connect.home_dc = config.text(Key::cassandra_dc);
    connect.remote_dc = config.text(Key::cassandra_remote_dc);
    connect.user = config.text(Key::cassandra_username);
    connect.password = config.text(Key::cassandra_password);
    options.target.keyspace = config.text(Key::cassandra_keyspace);
    options.state_file = copy_state_file(config);
    options.open = cql::open_session;

    replicate::CopyOptions& copy = options.copy;
    const auto concurrency = static_cast<std::size_t>(config.integer(Key::write_concurrency));
    if (config.text(Key::write_mode) == "async") {
        copy.mode = replicate::WriteMode::async;
        copy.sender.in_flight = concurrency;
    } else {
        copy.sender.in_flight = std::min(concurrency, kMostBatches);
    }
    connect.max_in_flight =
        std::max(connect.max_in_flight, static_cast<std::uint32_t>(copy.sender.in_flight));
    copy.batch.rows =
        static_cast<std::size_t>(std::min(config.integer(Key::write_batch_size), kMostBatchRows));
    copy.sender.timeout_ms = std::min(config.integer(Key::write_timeout), kLongestAttemptMs);
    copy.flush_interval_ms = config.integer(Key::replicate_flush_interval);
    if (config.text(Key::replicate_ack) == "replicated") {
        // Writers wait for it.
        constexpr std::int64_t kShortMs = 100;
        copy.flush_interval_ms = std::min(copy.flush_interval_ms, kShortMs);
    }
    copy.sender.seed = static_cast<std::uint64_t>(SystemClock().monotonic_ns());
    return options;
}

Result<std::unique_ptr<replicate::Replicator>> start_replication(
    const Config& config, engine::Engine& engine, const std::shared_ptr<const Clock>& clock,
    Unfit unfit) {
    auto replicator =
        std::make_unique<replicate::Replicator>(engine, replicator_options(config), clock);
    if (unfit == Unfit::fail) {
        const auto connected = replicator->connect();
        if (!connected) {
            // What is wrong there is the state of a cluster, not a wrong use of the command.
            const Code code = connected.error().code == Code::invalid_argument
                                  ? Code::unavailable
                                  : connected.error().code;
            return fail(code, connected.error().message);
        }
    }
    replicator->start();
    return replicator;
}

Result<void> drain_replication(replicate::Replicator& replicator, const Config& config,
                               const std::function<bool()>& stop,
                               const std::function<void(std::uint64_t)>& progress) {
    constexpr std::int64_t kLookMs = 200;
    const SystemClock clock;
    const std::int64_t patience_ns = config.integer(Key::replicate_drain_timeout) * 1'000'000;
    std::int64_t moved_ns = clock.monotonic_ns();
    std::pair<std::uint64_t, std::uint64_t> before{};
    while (!replicator.wait_until_idle(kLookMs)) {
        const replicate::ReplicationStatus now = replicator.status();
        const std::pair place{now.position, now.rows};
        if (place != before) moved_ns = clock.monotonic_ns();
        before = place;
        const bool interrupted = stop();
        if (interrupted || clock.monotonic_ns() - moved_ns > patience_ns)
            return fail(
                Code::unavailable,
                fmt::format("{} journal entries{} are not in Cassandra yet{}{}; they stay in {} "
                            "and are copied by the next command or server that runs there with "
                            "--store cassandra",
                            now.lag, now.days_waiting ? " and some loaded days" : "",
                            interrupted ? " (interrupted)" : "",
                            now.error.empty() ? "" : ": " + now.error, config.text(Key::data_dir)));
        progress(now.lag);
    }
    return {};
}

std::string replication_json(const replicate::ReplicationStatus& status) {
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.member_boolean("connected", status.connected);
    if (status.error.empty()) {
        json.member_null("error");
    } else {
        json.member("error", status.error);
    }
    json.member_unsigned("lag_entries", status.lag);
    json.member_boolean("complete", status.idle && status.lag == 0);
    json.member_boolean("stale", status.stale);
    json.member_unsigned("rows", status.rows);
    json.member_unsigned("requests", status.requests);
    json.member_unsigned("retries", status.retries);
    json.member_unsigned("refused_rows", status.refused);
    const auto ms = [&](std::string_view name, double value) {
        json.member_fixed(name, static_cast<std::int64_t>(value * 1'000), 3);
    };
    ms("p50_ms", status.p50_ms);
    ms("p95_ms", status.p95_ms);
    ms("p99_ms", status.p99_ms);
    json.key("rungs");
    json.begin_array();
    for (const replicate::RungState& rung : status.rungs) {
        json.begin_object();
        json.member("rung", replicate::to_string(rung.rung));
        json.member_boolean("open", rung.open);
        json.member_unsigned("succeeded", rung.succeeded);
        json.member_unsigned("failed", rung.failed);
        json.member_unsigned("opened", rung.opened);
        json.end_object();
    }
    json.end_array();
    json.end_object();
    return out;
}

std::string replication_line(const replicate::ReplicationStatus& status, double seconds) {
    std::string rungs;
    for (const replicate::RungState& rung : status.rungs)
        rungs += fmt::format("{}{} {}{}", rungs.empty() ? "" : ", ",
                             replicate::to_string(rung.rung), rung.succeeded,
                             rung.failed > 0 ? fmt::format(" ({} failed)", rung.failed) : "");
    return fmt::format(
        "copied to Cassandra: {} rows in {} requests, {:.0f} rows/s, P50 {:.1f} ms, P95 {:.1f} ms, "
        "P99 {:.1f} ms, {} retries, {} refused, lag {}; {}",
        status.rows, status.requests, seconds > 0 ? static_cast<double>(status.rows) / seconds : 0,
        status.p50_ms, status.p95_ms, status.p99_ms, status.retries, status.refused, status.lag,
        rungs);
}

void append_replication_metrics(const replicate::ReplicationStatus& status, std::string& out) {
    append_metric(out, "fleet_replication_connected", "gauge", "1 while the cluster can be asked",
                  status.connected ? 1 : 0);
    append_metric(out, "fleet_replication_lag_entries", "gauge",
                  "Journal entries that are not in the copy yet", status.lag);
    append_metric(out, "fleet_replication_complete", "gauge", "1 when everything is in the copy",
                  status.idle && status.lag == 0 ? 1 : 0);
    append_metric(out, "fleet_replication_stale", "gauge",
                  "1 while the home datacentre may lack what another one has",
                  status.stale ? 1 : 0);
    append_metric(out, "fleet_replication_rows_total", "counter", "Rows written to the cluster",
                  status.rows);
    append_metric(out, "fleet_replication_requests_total", "counter", "Requests that were done",
                  status.requests);
    append_metric(out, "fleet_replication_retries_total", "counter",
                  "Requests that were put off when no rung was left", status.retries);
    append_metric(out, "fleet_replication_refused_rows_total", "counter",
                  "Rows that the cluster will never take", status.refused);
    describe_metric(out, "fleet_replication_request_seconds", "summary",
                    "Time of requests that succeeded");
    for (const auto& [quantile, ms] :
         {std::pair{"0.5", status.p50_ms}, std::pair{"0.95", status.p95_ms},
          std::pair{"0.99", status.p99_ms}})
        fmt::format_to(std::back_inserter(out),
                       "fleet_replication_request_seconds{{quantile=\"{}\"}} {}\n", quantile,
                       ms / 1e3);
    describe_metric(out, "fleet_replication_attempts_total", "counter",
                    "Attempts by rung of the consistency ladder and outcome");
    for (const replicate::RungState& rung : status.rungs)
        for (const auto& [outcome, count] :
             {std::pair{"ok", rung.succeeded}, std::pair{"failed", rung.failed}})
            fmt::format_to(std::back_inserter(out),
                           "fleet_replication_attempts_total{{rung=\"{}\",outcome=\"{}\"}} {}\n",
                           replicate::to_string(rung.rung), outcome, count);
    describe_metric(out, "fleet_replication_rung_open", "gauge",
                    "1 while the circuit breaker leaves a rung out");
    for (const replicate::RungState& rung : status.rungs)
        fmt::format_to(std::back_inserter(out), "fleet_replication_rung_open{{rung=\"{}\"}} {}\n",
                       replicate::to_string(rung.rung), rung.open ? 1 : 0);
}

}  // namespace fleet::app
