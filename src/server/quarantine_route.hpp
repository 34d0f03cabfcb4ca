// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "model/scope.hpp"
#include "server/read_routes.hpp"

#include <memory>

namespace fleet::ingest {
class IngestPort;
}

namespace fleet::server {

/// GET quarantine: the newest rejected records, newest first. They belong to no fleet, so only who
/// may see all fleets may see them. `ingest` may be null: a node that only shows has none.
[[nodiscard]] Result<ReadTask> plan_quarantine(const Target& target, const model::FleetScope& scope,
                                               std::shared_ptr<ingest::IngestPort> ingest);

}  // namespace fleet::server
