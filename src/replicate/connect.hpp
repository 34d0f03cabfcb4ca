// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "cql/session.hpp"
#include "replicate/ladder.hpp"
#include "replicate/statements.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace fleet::replicate {

/// Opens a session; cql::open_session, or a test's.
using OpenSession = std::function<Result<std::unique_ptr<cql::Session>>(const cql::ConnectOptions&,
                                                                        cql::Handler<cql::Done>)>;

struct TargetOptions {
    cql::ConnectOptions connect;
    std::string keyspace;
};

/// A cluster that was found fit to be written to.
struct Target {
    std::unique_ptr<cql::Session> session;
    Statements statements;
    std::vector<Rung> rungs;
    /// What is worth a word in the log: a rung that the replication does not
    /// allow, nodes that differ in their schema.
    std::vector<std::string> remarks;
};

/// Connects and checks: account, keyspace, datacentres, replication, schema.
/// Waits for all of it. Errors say what to do; invalid_argument: waiting will
/// not help, unavailable and deadline_exceeded: it may.
[[nodiscard]] Result<Target> connect_target(const TargetOptions& options, const OpenSession& open);

}  // namespace fleet::replicate
