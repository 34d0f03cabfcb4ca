// SPDX-License-Identifier: Apache-2.0
#include "app/cassandra_report.hpp"
#include "app/commands.hpp"
#include "app/output.hpp"
#include "app/stop_signal.hpp"
#include "base/time.hpp"
#include "codec/json_writer.hpp"
#include "devcluster/cluster.hpp"
#include "devcluster/schema_nodes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>

namespace fleet::app {

namespace {

using devcluster::Cluster;
using devcluster::Talk;

/// Progress on a terminal, and Ctrl-C between two steps.
class Conversation {
  public:
    Conversation()
        : talk_{[this](std::string_view note) { progress_.update(-1, note); },
                [this](std::int64_t ms) { return stop_.wait_for_ms(ms); }} {}
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    [[nodiscard]] const Talk& talk() const { return talk_; }
    [[nodiscard]] bool interrupted() const { return stop_.requested(); }
    void done() { progress_.clear(); }

  private:
    StopSignal stop_;
    Progress progress_{"cassandra"};
    Talk talk_;
};

devcluster::Place place_of(const Config& config) {
    return {config.text(Key::cassandra_dir), config.text(Key::cassandra_jars),
            config.text(Key::cassandra_java_home)};
}

void print_result(Output output, std::string_view text,
                  const std::function<void(codec::JsonWriter&)>& members) {
    if (output != Output::json) {
        print(fmt::format("{}\n", text));
        return;
    }
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    members(json);
    json.end_object();
    print(out + "\n");
}

void numbers(codec::JsonWriter& json, std::string_view name, const std::vector<int>& values) {
    json.key(name);
    json.begin_array();
    for (const int value : values) json.integer(value);
    json.end_array();
}

Result<ExitCode> up(const CommandContext& context, Conversation& conversation) {
    const CassandraOptions& options = context.invocation.cassandra;
    FLEET_TRY(Cluster cluster,
              Cluster::create(place_of(context.config), options.network, options.heap_mib));
    FLEET_TRY(const auto report, cluster.up(conversation.talk()));
    conversation.done();
    const std::string& network = cluster.options().network;
    std::string text = report.started.empty() && report.resumed.empty()
                           ? "all four nodes run already"
                           : fmt::format("4 nodes up and normal after {:.1f} s",
                                         static_cast<double>(report.ms) / 1000);
    if (!report.started.empty())
        text += fmt::format(", started: {}", fmt::join(report.started, ", "));
    if (!report.resumed.empty())
        text += fmt::format(", resumed: {}", fmt::join(report.resumed, ", "));
    text += fmt::format("; CQL at {}.1 to {}.4, port {}", network, network, devcluster::kCqlPort);
    print_result(context.invocation.common.output, text, [&](codec::JsonWriter& json) {
        numbers(json, "started", report.started);
        numbers(json, "resumed", report.resumed);
        json.member_fixed("seconds", report.ms, 3);
        json.member("dir", cluster.dir().string());
        json.member("network", network);
        json.key("hosts");
        json.begin_array();
        for (const auto& node : cluster.nodes()) json.string(node.address);
        json.end_array();
    });
    return ExitCode::ok;
}

Result<ExitCode> down(Cluster& cluster, Conversation& conversation, Output output) {
    FLEET_TRY(const auto report, cluster.down(conversation.talk()));
    conversation.done();
    const std::string text = report.stopped == 0 ? std::string("no node ran")
                             : report.killed == 0
                                 ? fmt::format("{} nodes drained and stopped", report.stopped)
                                 : fmt::format("{} nodes stopped, {} of them had to be killed",
                                               report.stopped, report.killed);
    print_result(output, text, [&](codec::JsonWriter& json) {
        json.member_integer("stopped", report.stopped);
        json.member_integer("killed", report.killed);
    });
    return ExitCode::ok;
}

Result<devcluster::MigrationReport> apply_schema(const CommandContext& context,
                                                 const Conversation& conversation) {
    const std::int64_t now_ms = SystemClock().now().ms;
    if (context.invocation.cassandra.given_cluster)
        return devcluster::apply_schema_at(context.config.list(Key::cassandra_hosts), now_ms,
                                           conversation.talk());
    FLEET_TRY(const Cluster cluster, Cluster::open(place_of(context.config)));
    return cluster.apply_schema(now_ms, conversation.talk());
}

Result<ExitCode> schema(const CommandContext& context, Conversation& conversation) {
    FLEET_TRY(const auto report, apply_schema(context, conversation));
    conversation.done();
    std::vector<std::string> names;
    for (const auto& migration : report.applied) names.push_back(migration.name);
    const std::string text =
        names.empty()
            ? fmt::format("the schema is up to date ({} files were applied before)", report.already)
            : fmt::format("applied {}", fmt::join(names, ", "));
    print_result(context.invocation.common.output, text, [&](codec::JsonWriter& json) {
        json.key("applied");
        json.begin_array();
        for (const std::string& name : names) json.string(name);
        json.end_array();
        json.member_integer("already", report.already);
    });
    return ExitCode::ok;
}

Result<ExitCode> repair(Cluster& cluster, Conversation& conversation, Output output) {
    FLEET_TRY(const auto took, cluster.repair(conversation.talk()));
    conversation.done();
    std::int64_t all = 0;
    for (const std::int64_t ms : took) all += ms;
    print_result(
        output,
        fmt::format("{} nodes repaired in {:.1f} s", took.size(), static_cast<double>(all) / 1000),
        [&](codec::JsonWriter& json) {
            json.key("seconds");
            json.begin_array();
            for (const std::int64_t ms : took) json.fixed(ms, 3);
            json.end_array();
        });
    return ExitCode::ok;
}

Result<ExitCode> on_node(Cluster& cluster, const CommandContext& context,
                         Conversation& conversation) {
    const int node = static_cast<int>(context.invocation.cassandra.node);
    std::string_view what;
    const SystemClock clock;
    const std::int64_t begin = clock.monotonic_ns();
    switch (context.invocation.command) {
        case Command::cassandra_kill:
            what = "killed";
            FLEET_TRY_VOID(cluster.kill(node, conversation.talk()));
            break;
        case Command::cassandra_pause:
            what = "paused";
            FLEET_TRY_VOID(cluster.pause_node(node));
            break;
        case Command::cassandra_resume:
            what = "resumed";
            FLEET_TRY_VOID(cluster.resume(node));
            break;
        default:
            what = "restarted";
            FLEET_TRY_VOID(cluster.restart(node, conversation.talk()));
            break;
    }
    conversation.done();
    const std::int64_t ms = (clock.monotonic_ns() - begin) / 1'000'000;
    print_result(
        context.invocation.common.output,
        fmt::format("node {} {} after {:.1f} s", node, what, static_cast<double>(ms) / 1000),
        [&](codec::JsonWriter& json) {
            json.member_integer("node", node);
            json.member("done", what);
            json.member_fixed("seconds", ms, 3);
        });
    return ExitCode::ok;
}

Result<ExitCode> dispatch(const CommandContext& context, Conversation& conversation) {
    const Output output = context.invocation.common.output;
    if (context.invocation.command == Command::cassandra_up) return up(context, conversation);
    if (context.invocation.command == Command::cassandra_schema)
        return schema(context, conversation);
    FLEET_TRY(Cluster cluster, Cluster::open(place_of(context.config)));
    switch (context.invocation.command) {
        case Command::cassandra_down: return down(cluster, conversation, output);
        case Command::cassandra_repair: return repair(cluster, conversation, output);
        case Command::cassandra_status: {
            FLEET_TRY(const auto nodes, cluster.status(conversation.talk()));
            conversation.done();
            print(output == Output::json ? status_json(nodes) : status_text(nodes));
            return ExitCode::ok;
        }
        case Command::cassandra_health: {
            FLEET_TRY(const auto report, cluster.health());
            print(output == Output::json ? health_json(report) : health_text(report));
            return report.good() ? ExitCode::ok : ExitCode::failed;
        }
        default: return on_node(cluster, context, conversation);
    }
}

}  // namespace

Result<ExitCode> run_cassandra(const CommandContext& context) {
    Conversation conversation;
    auto code = dispatch(context, conversation);
    conversation.done();
    if (code || !conversation.interrupted()) return code;
    say(fmt::format("fleet: {}", code.error().message));
    return ExitCode::interrupted;
}

}  // namespace fleet::app
