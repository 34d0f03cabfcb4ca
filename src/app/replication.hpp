// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "engine/engine.hpp"
#include "replicate/replicator.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace fleet::app {

/// Whether what is written to the data directory is copied to a Cassandra cluster.
[[nodiscard]] bool copies_to_cassandra(const Config& config);
/// What the copy remembers, in a data directory. Where it is, a copy was begun.
[[nodiscard]] std::filesystem::path copy_state_file(const Config& config);

[[nodiscard]] replicate::ReplicatorOptions replicator_options(const Config& config);

/// What a command does when the cluster is not fit to be written to.
enum class Unfit : std::uint8_t {
    fail,  ///< says why, before anything was written
    wait,  ///< goes on: the journal keeps what comes until the cluster is there
};

/// Begins to copy. `engine` outlives what is returned.
[[nodiscard]] Result<std::unique_ptr<replicate::Replicator>> start_replication(
    const Config& config, engine::Engine& engine, const std::shared_ptr<const Clock>& clock,
    Unfit unfit);

/// Waits until everything is in the copy, as long as it comes closer: gives up when nothing moved
/// for replicate.drain_timeout, or when `stop` says so. `progress` is told the entries that are
/// left. Error: unavailable, with what is in the way and what becomes of the rest.
[[nodiscard]] Result<void> drain_replication(replicate::Replicator& replicator,
                                             const Config& config,
                                             const std::function<bool()>& stop,
                                             const std::function<void(std::uint64_t)>& progress);

/// `{"connected":…}`: for health, and at the end of load, batch and stream.
[[nodiscard]] std::string replication_json(const replicate::ReplicationStatus& status);
/// One line for people.
[[nodiscard]] std::string replication_line(const replicate::ReplicationStatus& status,
                                           double seconds);
/// Metrics in Prometheus' text format, appended.
void append_replication_metrics(const replicate::ReplicationStatus& status, std::string& out);

}  // namespace fleet::app
