// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "store/cassandra/cassandra_reader.hpp"

#include <memory>
#include <span>
#include <string>

namespace fleet::app {

/// Whether answers about a whole fleet may be as old as cassandra.cache_max_age. A command asks
/// once and wants to know how it is now.
enum class Cached : std::uint8_t { yes, no };

/// Connects to the cluster of the settings cassandra.* and checks its schema. Errors say which
/// setting to look at.
[[nodiscard]] Result<std::shared_ptr<store::CassandraReader>> open_cluster_reader(
    const Config& config, const std::shared_ptr<const Clock>& clock, Cached cached);

/// Another session with the same cluster, connected.
[[nodiscard]] Result<std::unique_ptr<cql::Session>> open_cluster_session(const Config& config);

/// How reads were answered, each as a timeline. Waits for the nodes to have written their traces.
[[nodiscard]] Result<std::string> trace_text(const Config& config,
                                             std::span<const store::cassandra::TracedRead> reads);

}  // namespace fleet::app
