// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "devcluster/consistency.hpp"
#include "devcluster/layout.hpp"
#include "devcluster/migrations.hpp"
#include "devcluster/nodetool.hpp"
#include "devcluster/process.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::devcluster {

/// Where a cluster lives and with what it runs.
struct Place {
    std::filesystem::path dir;  ///< made absolute
    std::string jars;           ///< directory of the jars; empty: in the user's cache
    std::string java_home;      ///< empty: found
};

/// How the caller hears of progress and says that it is to end: `pause` waits (process.hpp).
struct Talk {
    std::function<void(std::string_view)> progress;
    Pause pause;
};

/// One node as it stands.
struct NodeStatus {
    NodeSpec spec;
    ProcessState process = ProcessState::gone;
    pid_t pid = 0;
    std::optional<RingNode> ring;  ///< as a live node sees it
};

struct UpReport {
    std::vector<int> started;
    std::vector<int> resumed;
    std::int64_t ms = 0;
};

struct DownReport {
    int stopped = 0;
    int killed = 0;  ///< of those, that did not end in time
};

/// What one node answers over CQL.
struct NodeHealth {
    NodeSpec spec;
    ProcessState process = ProcessState::gone;
    std::string problem;                      ///< why it does not answer; empty when it does
    std::string schema_version;               ///< the rest only when it answers
    std::optional<std::int64_t> hints;        ///< files of hints that wait for other nodes
    std::optional<std::int64_t> compactions;  ///< tasks that wait
};

struct HealthReport {
    std::vector<NodeHealth> nodes;
    bool keyspace = false;  ///< the schema is there
    std::vector<DatacentreState> datacentres;
    std::vector<LevelsHeld> levels;
    bool home_meets_quorum = false;  ///< see local_quorum_meets_quorum, of dc1
    /// Four live nodes and one schema.
    [[nodiscard]] bool good() const;
};

/// Four Cassandra nodes on the loopback of this machine, started from jars, for development and
/// tests. One object a command; commands that change something exclude each other (busy). Only
/// processes that an `up` or `restart` of this directory started are ever signalled.
class Cluster {
  public:
    /// The cluster in a directory. Errors: not_found when there is none, corrupt.
    [[nodiscard]] static Result<Cluster> open(const Place& place);
    /// The cluster in a directory, which is made when there is none. `network` and `heap_mib` hold
    /// for a new one. Of one that is there the heap may change, for nodes that are started from
    /// then on; the network may not once a node has run (already_exists).
    [[nodiscard]] static Result<Cluster> create(const Place& place,
                                                const std::optional<std::string>& network,
                                                const std::optional<std::int64_t>& heap_mib);

    /// Starts the nodes that do not run and resumes those that are paused, then waits until every
    /// node answers CQL and the ring shows 4 × UN. Nothing to do is success. Errors: not_found
    /// (Java, Maven), unavailable (memory, interrupted), busy (a port is taken: by whom), io (a
    /// node ended: its last words), deadline_exceeded after 4 minutes.
    [[nodiscard]] Result<UpReport> up(const Talk& talk);
    /// SIGTERM to every node, which drains it; SIGKILL to those that are there after 60 s.
    [[nodiscard]] Result<DownReport> down(const Talk& talk);
    /// SIGKILL. Errors: not_found when the node does not run.
    [[nodiscard]] Result<void> kill(int node, const Talk& talk);
    /// Stops the node if it runs (as down()), starts it, waits until the others see it (as up()).
    [[nodiscard]] Result<void> restart(int node, const Talk& talk);
    /// SIGSTOP. Errors: not_found when the node does not run.
    [[nodiscard]] Result<void> pause_node(int node);
    /// SIGCONT. Errors: not_found when the node does not run.
    [[nodiscard]] Result<void> resume(int node);
    /// Processes, and the ring as the first live node sees it; no ring when none is live.
    [[nodiscard]] Result<std::vector<NodeStatus>> status(const Talk& talk) const;
    /// `nodetool repair -full` of the keyspace, one node after the other. Milliseconds of each.
    /// Errors: unavailable when a node is not live (nothing is repaired then), io with what
    /// nodetool says.
    [[nodiscard]] Result<std::vector<std::int64_t>> repair(const Talk& talk) const;
    [[nodiscard]] Result<HealthReport> health() const;
    /// Applies the migrations of the binary. Errors: unavailable when a node does not answer; those
    /// of apply_migrations().
    [[nodiscard]] Result<MigrationReport> apply_schema(std::int64_t now_ms, const Talk& talk) const;

    [[nodiscard]] const std::filesystem::path& dir() const noexcept { return place_.dir; }
    [[nodiscard]] const ClusterOptions& options() const noexcept { return options_; }
    [[nodiscard]] const std::vector<NodeSpec>& nodes() const noexcept { return nodes_; }

  private:
    Cluster(Place place, ClusterOptions options, std::vector<NodeSpec> nodes)
        : place_(std::move(place)), options_(std::move(options)), nodes_(std::move(nodes)) {}

    [[nodiscard]] std::optional<ProcessId> recorded(const NodeSpec& node) const;
    [[nodiscard]] ProcessState state(const NodeSpec& node) const;
    [[nodiscard]] std::vector<NodeSpec> in_state(ProcessState wanted) const;
    [[nodiscard]] Result<const NodeSpec*> node_called(int number) const;
    Result<void> signal(const NodeSpec& node, int number) const;
    Result<void> start(const std::vector<NodeSpec>& missing, const Talk& talk) const;
    Result<void> start_node(const NodeSpec& node, const std::filesystem::path& java) const;
    Result<void> await_cql(const Talk& talk) const;
    Result<void> await_ring(int not_from, const Talk& talk) const;
    void keep_class_archive(const NodeSpec& node) const;
    Result<bool> stop(const NodeSpec& node, std::int64_t within_ms, const Talk& talk) const;
    Result<ToolRun> nodetool(const NodeSpec& node, const std::vector<std::string>& arguments,
                             std::int64_t deadline_ms, const Talk& talk) const;

    Place place_;
    ClusterOptions options_;
    std::vector<NodeSpec> nodes_;
};

}  // namespace fleet::devcluster
