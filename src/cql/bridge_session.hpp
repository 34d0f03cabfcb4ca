// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "cql/session.hpp"

#include <memory>

namespace fleet::cql {

/// Starts a session over the driver. `connected` is its first answer. Errors at once:
/// `invalid_argument` (options), `unsupported` (this binary was built without Cassandra). Right
/// after the nodes' start a driver may still see some of them as down: on an error, open another
/// session.
Result<std::unique_ptr<Session>> open_session(const ConnectOptions& options,
                                              Handler<Done> connected);

}  // namespace fleet::cql
