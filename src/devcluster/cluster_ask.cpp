// SPDX-License-Identifier: Apache-2.0
// What is asked of running nodes: ring, health, schema, repair.
#include "base/time.hpp"
#include "devcluster/cluster.hpp"
#include "devcluster/cql_connection.hpp"
#include "devcluster/file.hpp"
#include "devcluster/schema_nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace fleet::devcluster {

namespace {

constexpr std::int64_t kConnectMs = 2'000;
constexpr std::int64_t kReadMs = 5'000;
constexpr std::int64_t kStatusMs = 60'000;
constexpr std::int64_t kRepairMs = 600'000;
constexpr std::size_t kMaxPathFile = 1 << 16;

Result<CqlRows> read(CqlConnection& node, const std::string& statement) {
    return node.query(statement, Consistency::one, kReadMs);
}

std::string keyspace_query() {
    return fmt::format("SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = '{}'",
                       kKeyspace);
}

int replicas_of(const std::vector<std::pair<std::string, std::string>>& replication,
                const std::string& datacentre) {
    int replicas = 0;
    for (const auto& [name, value] : replication)
        if (name == datacentre)
            (void)std::from_chars(value.data(), value.data() + value.size(), replicas);
    return replicas;
}

/// The sum of a column of whole numbers, over rows whose `name` is `only` where that is not empty.
std::optional<std::int64_t> sum_of(CqlConnection& node, const std::string& statement,
                                   std::string_view column, std::string_view only) {
    const auto rows = read(node, statement);
    if (!rows) return std::nullopt;
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < rows->rows.size(); ++i)
        if (only.empty() || rows->text(i, "name") == only)
            sum += rows->integer(i, column).value_or(0);
    return sum;
}

}  // namespace

bool HealthReport::good() const {
    std::set<std::string> versions;
    for (const NodeHealth& node : nodes) {
        if (!node.problem.empty()) return false;
        versions.insert(node.schema_version);
    }
    return keyspace && versions.size() == 1;
}

Result<ToolRun> Cluster::nodetool(const NodeSpec& node, const std::vector<std::string>& arguments,
                                  std::int64_t deadline_ms, const Talk& talk) const {
    FLEET_TRY(const std::string java, read_small_file(dir() / "java", kMaxPathFile));
    Program program{{java, "@" + (dir() / "nodetool.args").string(), "-h", "127.0.0.1", "-p",
                     fmt::format("{}", node.jmx_port)},
                    {}};
    program.arguments.insert(program.arguments.end(), arguments.begin(), arguments.end());
    return run_tool(program, deadline_ms, talk.pause);
}

Result<std::vector<NodeStatus>> Cluster::status(const Talk& talk) const {
    std::vector<NodeStatus> out;
    for (const NodeSpec& node : nodes_) {
        const auto id = recorded(node);
        const ProcessState process = state(node);
        out.push_back({node, process, process == ProcessState::gone ? 0 : id->pid, std::nullopt});
    }
    for (const NodeSpec& node : in_state(ProcessState::running)) {
        auto connection = CqlConnection::connect(node.address, kCqlPort, kConnectMs);
        if (!connection) continue;
        const auto keyspace = read(*connection, keyspace_query());
        std::vector<std::string> arguments{"status"};
        // Ownership depends on the replication of a keyspace.
        if (keyspace && !keyspace->rows.empty()) arguments.emplace_back(kKeyspace);
        FLEET_TRY(const ToolRun run, nodetool(node, arguments, kStatusMs, talk));
        auto ring = parse_status(run.output);
        if (!ring)
            return fail(Code::io, fmt::format("nodetool could not ask node {}: {}{}", node.number,
                                              run.errors, run.output));
        for (NodeStatus& status : out)
            for (const RingNode& seen : *ring)
                if (seen.address == status.spec.address) status.ring = seen;
        break;
    }
    return out;
}

Result<HealthReport> Cluster::health() const {
    HealthReport report;
    for (const NodeSpec& node : nodes_) {
        if (report.datacentres.empty() || report.datacentres.back().name != node.datacentre)
            report.datacentres.push_back({node.datacentre, 0, 0, 0});
        ++report.datacentres.back().nodes;
    }
    for (const NodeSpec& node : nodes_) {
        DatacentreState& datacentre =
            *std::find_if(report.datacentres.begin(), report.datacentres.end(),
                          [&](const DatacentreState& dc) { return dc.name == node.datacentre; });
        NodeHealth health{node, state(node), "", "", std::nullopt, std::nullopt};
        auto connection = CqlConnection::connect(node.address, kCqlPort, kConnectMs);
        auto version =
            connection ? schema_version(*connection) : Result<std::string>(connection.error());
        if (!version) {
            health.problem = health.process == ProcessState::gone     ? "does not run"
                             : health.process == ProcessState::paused ? "is paused"
                                                                      : version.error().message;
        } else {
            ++datacentre.live;
            health.schema_version = std::move(version).value();
            health.hints =
                sum_of(*connection, "SELECT * FROM system_views.pending_hints", "files", "");
            health.compactions =
                sum_of(*connection, "SELECT name, pending_tasks FROM system_views.thread_pools",
                       "pending_tasks", "CompactionExecutor");
            const auto keyspace = read(*connection, keyspace_query());
            if (keyspace && !keyspace->rows.empty()) {
                report.keyspace = true;
                const auto replication = keyspace->text_map(0, "replication");
                for (DatacentreState& each : report.datacentres)
                    each.replicas = replicas_of(replication, each.name);
            }
        }
        report.nodes.push_back(std::move(health));
    }
    report.levels = levels_held(report.datacentres);
    report.home_meets_quorum =
        local_quorum_meets_quorum(report.datacentres, report.datacentres.front().name);
    return report;
}

Result<MigrationReport> Cluster::apply_schema(std::int64_t now_ms, const Talk& talk) const {
    FLEET_TRY(const auto lock, DirectoryLock::take(dir()));
    SchemaNodes nodes;
    for (const NodeSpec& node : nodes_) {
        auto added = nodes.add(node.address, kCqlPort);
        if (!added)
            return fail(Code::unavailable,
                        fmt::format("node {} does not answer ({}); the schema is changed only "
                                    "while all nodes are up: `fleet cassandra up` first",
                                    node.number, added.error().message));
    }
    return migrate(nodes, now_ms, talk);
}

Result<std::vector<std::int64_t>> Cluster::repair(const Talk& talk) const {
    FLEET_TRY(const auto lock, DirectoryLock::take(dir()));
    for (const NodeSpec& node : nodes_) {
        auto connection = CqlConnection::connect(node.address, kCqlPort, kConnectMs);
        if (!connection)
            return fail(Code::unavailable,
                        fmt::format("node {} does not answer; a repair needs every replica: `fleet "
                                    "cassandra up` first",
                                    node.number));
        FLEET_TRY(const CqlRows keyspace, read(*connection, keyspace_query()));
        if (keyspace.rows.empty())
            return fail(Code::not_found,
                        fmt::format("there is no keyspace {} yet; `fleet cassandra "
                                    "schema` makes it",
                                    kKeyspace));
    }
    std::vector<std::int64_t> took;
    for (const NodeSpec& node : nodes_) {
        talk.progress(fmt::format("repairing node {} of {}", node.number, kNodeCount));
        const SystemClock clock;
        const std::int64_t begin = clock.monotonic_ns();
        // -pr: each node repairs its own range, so all of them together repair all once.
        FLEET_TRY(
            const ToolRun run,
            nodetool(node, {"repair", "-full", "-pr", std::string(kKeyspace)}, kRepairMs, talk));
        if (run.exit_code != 0)
            return fail(Code::io, fmt::format("the repair of node {} failed: {}{}", node.number,
                                              run.errors, run.output));
        took.push_back((clock.monotonic_ns() - begin) / 1'000'000);
    }
    return took;
}

}  // namespace fleet::devcluster
