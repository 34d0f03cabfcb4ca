// SPDX-License-Identifier: Apache-2.0
#include "replicate/connect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace fleet::replicate {

namespace {

using cql::ErrorClass;
using std::chrono::milliseconds;

/// Beyond the driver's own time-outs: it answers, or something is wrong with
/// it.
constexpr milliseconds kGrace{2'000};

Error no_connection(const TargetOptions& options, const cql::CqlError& error) {
    if (error.error == ErrorClass::authentication || error.error == ErrorClass::unauthorized)
        return {Code::invalid_argument,
                fmt::format("Cassandra at {} refuses the account {}: set "
                            "cassandra.username and "
                            "cassandra.password ({})",
                            options.connect.contact_points,
                            options.connect.user.empty() ? "(none was given)"
                                                         : '"' + options.connect.user + '"',
                            error.message)};
    if (error.error == ErrorClass::invalid)
        return {Code::invalid_argument, fmt::format("cannot use Cassandra at {}: {}",
                                                    options.connect.contact_points, error.message)};
    return {Code::unavailable,
            fmt::format("cannot reach Cassandra at {}: check cassandra.hosts, and that nodes "
                        "listen there (`fleet cassandra status`) ({})",
                        options.connect.contact_points, error.message)};
}

/// Waits for the answer to one call; its handler may run after we gave up.
template <class T>
struct Waiting {
    std::optional<cql::Answer<T>> answer;
};

template <class T, class Call>
Result<cql::Answer<T>> wait_for(cql::Session& session, milliseconds timeout, Call call) {
    const auto waiting = std::make_shared<Waiting<T>>();
    FLEET_TRY_VOID(call([waiting](cql::Answer<T> answer) { waiting->answer = std::move(answer); }));
    if (!cql::dispatch_until(session, [&] { return waiting->answer.has_value(); }, timeout))
        return fail(Code::deadline_exceeded,
                    fmt::format("Cassandra did not answer within {} ms", timeout.count()));
    return std::move(*waiting->answer);
}

Result<void> check_datacentre(const cql::Topology& topology, const std::string& dc,
                              std::string_view setting) {
    std::set<std::string> known;
    for (const cql::Node& node : topology.nodes) known.insert(node.datacenter);
    if (dc.empty() || known.contains(dc)) return {};
    return fail(Code::invalid_argument,
                fmt::format("no node of the cluster {} is in datacentre \"{}\" "
                            "(it has {}): set {}",
                            topology.cluster_name, dc, fmt::join(known, ", "), setting));
}

}  // namespace

Result<Target> connect_target(const TargetOptions& options, const OpenSession& open) {
    const auto connected = std::make_shared<Waiting<cql::Done>>();
    Target target;
    FLEET_TRY(target.session, open(options.connect, [connected](cql::Answer<cql::Done> answer) {
                  connected->answer = std::move(answer);
              }));
    cql::Session& session = *target.session;
    const milliseconds patience = options.connect.connect_timeout + kGrace;
    if (!cql::dispatch_until(session, [&] { return connected->answer.has_value(); }, patience))
        return fail(Code::unavailable,
                    fmt::format("Cassandra at {} did not answer within {} ms",
                                options.connect.contact_points, patience.count()));
    if (connected->answer->error) return fail(no_connection(options, *connected->answer->error));

    FLEET_TRY(const cql::Answer<cql::Topology> found,
              wait_for<cql::Topology>(session, patience, [&](auto handler) {
                  return session.topology(options.keyspace, options.connect.connect_timeout,
                                          std::move(handler));
              }));
    if (found.error && found.error->error == ErrorClass::invalid)
        return fail(
            Code::invalid_argument,
            fmt::format("Cassandra at {} has no keyspace {}: make it with `fleet cassandra "
                        "schema`, or set cassandra.keyspace ({})",
                        options.connect.contact_points, options.keyspace, found.error->message));
    if (found.error) return fail(no_connection(options, *found.error));
    const cql::Topology& topology = found.value;
    FLEET_TRY_VOID(check_datacentre(topology, options.connect.home_dc, "cassandra.dc"));
    FLEET_TRY_VOID(check_datacentre(topology, options.connect.remote_dc, "cassandra.remote_dc"));
    if (topology.schema_version.empty())
        target.remarks.emplace_back(
            "the nodes differ in their schema: wait, or "
            "see `fleet cassandra health`");
    FLEET_TRY(target.rungs,
              rungs_of(topology.replication, options.connect.home_dc, options.connect.remote_dc));
    if (std::find(target.rungs.begin(), target.rungs.end(), Rung::quorum) == target.rungs.end()) {
        std::string has;
        for (const cql::Replication& dc : topology.replication)
            has += fmt::format("{}{} × {}", has.empty() ? "" : ", ", dc.factor, dc.datacenter);
        target.remarks.push_back(
            fmt::format("with the replication of {} ({}) a QUORUM need not meet a LOCAL_QUORUM "
                        "of "
                        "{}, so the ladder goes without QUORUM: one replica too few at home "
                        "stops the copy until it is back, the journal keeps what comes",
                        options.keyspace, has, options.connect.home_dc));
    }
    FLEET_TRY(target.statements, Statements::prepare(session, options.keyspace, patience));
    return target;
}

}  // namespace fleet::replicate
