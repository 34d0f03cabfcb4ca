// SPDX-License-Identifier: Apache-2.0
#include "app/cluster_reader.hpp"

#include "cql/bridge_session.hpp"
#include "replicate/ladder.hpp"
#include "store/cassandra/trace.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <utility>

namespace fleet::app {

namespace {

constexpr std::chrono::milliseconds kConnect{10'000};
constexpr std::chrono::milliseconds kGrace{2'000};
/// Right after its start a node may still be marked as down.
constexpr int kAttempts = 3;

cql::ConnectOptions connect_options(const Config& config) {
    cql::ConnectOptions options;
    options.contact_points = fmt::format("{}", fmt::join(config.list(Key::cassandra_hosts), ","));
    options.home_dc = config.text(Key::cassandra_dc);
    options.remote_dc = config.text(Key::cassandra_remote_dc);
    options.user = config.text(Key::cassandra_username);
    options.password = config.text(Key::cassandra_password);
    options.connect_timeout = kConnect;
    return options;
}

}  // namespace

Result<std::unique_ptr<cql::Session>> open_cluster_session(const Config& config) {
    const cql::ConnectOptions options = connect_options(config);
    const auto advice = [&](const Error& error) {
        return Error(error.code,
                     fmt::format("cannot connect to Cassandra at {} (cassandra.hosts), datacentre "
                                 "{} (cassandra.dc): {}",
                                 options.contact_points, options.home_dc, error.message));
    };
    for (int attempt = 1;; ++attempt) {
        const auto connected = std::make_shared<std::optional<cql::Answer<cql::Done>>>();
        auto session = cql::open_session(options, [connected](cql::Answer<cql::Done> answer) {
            *connected = std::move(answer);
        });
        if (!session) return advice(session.error());
        const bool came = cql::dispatch_until(
            **session, [&] { return connected->has_value(); }, kConnect + kGrace);
        if (came && (*connected)->ok()) return std::move(session).value();
        const Error error = came ? cql::to_error(*(*connected)->error)
                                 : Error(Code::unavailable, "it does not answer");
        const bool hopeless =
            error.code == Code::unauthenticated || error.code == Code::invalid_argument;
        if (hopeless || attempt == kAttempts) return advice(error);
    }
}

Result<std::shared_ptr<store::CassandraReader>> open_cluster_reader(
    const Config& config, const std::shared_ptr<const Clock>& clock, Cached cached) {
    FLEET_TRY(auto session, open_cluster_session(config));
    store::CassandraOptions options;
    options.keyspace = config.text(Key::cassandra_keyspace);
    options.home_dc = config.text(Key::cassandra_dc);
    options.remote_dc = config.text(Key::cassandra_remote_dc);
    options.cache_max_age_ms =
        cached == Cached::yes ? config.integer(Key::cassandra_cache_max_age) : 0;
    options.reads.timeout = std::chrono::milliseconds(config.integer(Key::cassandra_read_timeout));
    // Time for all three rungs, the last of which gets what is left.
    options.reads.attempt = options.reads.timeout / 4;
    options.reads.slow = std::chrono::milliseconds(config.integer(Key::cassandra_slow_query));
    auto reader = store::CassandraReader::open(std::move(session), options, clock);
    if (!reader)
        return reader.error().within(
            fmt::format("keyspace {} (cassandra.keyspace)", options.keyspace));
    return reader;
}

Result<std::string> trace_text(const Config& config,
                               std::span<const store::cassandra::TracedRead> reads) {
    if (reads.empty()) return std::string();
    FLEET_TRY(auto session, open_cluster_session(config));
    FLEET_TRY(auto traces, store::cassandra::TraceReader::open(std::move(session)));
    std::string out;
    for (const auto& read : reads) {
        out += fmt::format("{} ({}): {} rows at {}\n", read.query, read.key, read.rows,
                           replicate::to_string(read.rung));
        FLEET_TRY(const auto trace, traces->trace(read.id));
        out += store::cassandra::as_text(trace);
    }
    return out;
}

}  // namespace fleet::app
