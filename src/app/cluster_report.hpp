// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/polled_fleets.hpp"
#include "replicate/ladder.hpp"
#include "store/cassandra/cassandra_reader.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::app {

/// Whether a consistency could be read at when it was last tried.
struct LevelProbe {
    replicate::Rung rung{};
    std::optional<std::chrono::microseconds> took;  ///< nothing: it does not answer
    std::string error;
};

struct ClusterNames {
    std::string_view keyspace;
    std::string_view home_dc;
    std::string_view remote_dc;
};

/// The member `cluster` of health (api/openapi.yaml).
[[nodiscard]] std::string cluster_health_json(const ClusterNames& names,
                                              const store::CassandraHealth& health,
                                              const std::vector<LevelProbe>& levels,
                                              const PollState& poll);

/// The same figures for /metrics, in its text format.
void append_cluster_metrics(const store::CassandraCounts& counts, const PollState& poll,
                            std::string& out);

}  // namespace fleet::app
