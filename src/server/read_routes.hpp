// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "model/scope.hpp"
#include "server/http.hpp"
#include "server/router.hpp"
#include "server/server.hpp"
#include "store/reader.hpp"

#include <functional>

namespace fleet::server {

/// A read whose parameters are checked. Blocks, so it runs on the pool; owns all it needs.
using ReadTask = std::function<Response(store::FleetReader&)>;

/// Checks the parameters of a data route. Errors are invalid_argument.
[[nodiscard]] Result<ReadTask> plan_read(const Match& match, const Target& target,
                                         const model::FleetScope& scope,
                                         const ServerOptions& options, Timestamp now);

/// Gives the answer an ETag, and turns it into 304 when the client has it already.
void add_etag(Response& response, std::string_view if_none_match);

}  // namespace fleet::server
