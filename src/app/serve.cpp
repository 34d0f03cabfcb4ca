// SPDX-License-Identifier: Apache-2.0
#include "app/cluster_node.hpp"
#include "app/commands.hpp"
#include "app/node.hpp"
#include "app/output.hpp"
#include "app/replication.hpp"
#include "app/stop_signal.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

namespace fleet::app {

namespace {

void print_json(const CommandContext& context, const std::string& url, std::uint16_t port,
                std::string_view member, const std::string& place) {
    if (context.invocation.common.output != Output::json) return;
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.member("url", url);
    json.member_integer("port", port);
    json.member(member, place);
    json.end_object();
    print(out + "\n");
}

Result<ExitCode> serve_cluster(const CommandContext& context, const StopSignal& stop) {
    const Config& config = context.config;
    FLEET_TRY(const auto node, ClusterNode::start(config, std::make_shared<SystemClock>()));
    const std::string hosts = fmt::format("{}", fmt::join(config.list(Key::cassandra_hosts), ","));
    spdlog::info("dashboard and API at {}, reading from Cassandra at {}, datacentre {}",
                 node->url(), hosts, config.text(Key::cassandra_dc));
    print_json(context, node->url(), node->port(), "cassandra", hosts);
    stop.wait();
    spdlog::info("stopping");
    node->stop();
    spdlog::info("stopped");
    return ExitCode::ok;
}

}  // namespace

Result<ExitCode> run_serve(const CommandContext& context) {
    const Config& config = context.config;
    const StopSignal stop;  // a signal while the store recovers must not be lost
    if (context.invocation.serve.store == "cassandra") return serve_cluster(context, stop);
    FLEET_TRY(const auto node, Node::start(config, std::make_shared<SystemClock>()));
    spdlog::info("dashboard and API at {}, data in {}", node->url(), config.text(Key::data_dir));
    if (copies_to_cassandra(config))
        spdlog::info("what is stored is copied to Cassandra at {}",
                     config.shown(Key::cassandra_hosts));
    if (config.text(Key::engine_durability) == "process")
        spdlog::warn("engine.durability = process: a power cut may lose acknowledged records");
    print_json(context, node->url(), node->port(), "data", config.text(Key::data_dir));
    stop.wait();
    spdlog::info("stopping");
    FLEET_TRY_VOID(node->stop());
    spdlog::info("stopped");
    return ExitCode::ok;
}

}  // namespace fleet::app
