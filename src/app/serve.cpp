// SPDX-License-Identifier: Apache-2.0
#include "app/commands.hpp"
#include "app/node.hpp"
#include "app/output.hpp"
#include "app/replication.hpp"
#include "app/stop_signal.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace fleet::app {

Result<ExitCode> run_serve(const CommandContext& context) {
    const Config& config = context.config;
    const StopSignal stop;  // a signal while the store recovers must not be lost
    FLEET_TRY(const auto node, Node::start(config, std::make_shared<SystemClock>()));
    spdlog::info("dashboard and API at {}, data in {}", node->url(), config.text(Key::data_dir));
    if (copies_to_cassandra(config))
        spdlog::info("what is stored is copied to Cassandra at {}",
                     config.shown(Key::cassandra_hosts));
    if (config.text(Key::engine_durability) == "process")
        spdlog::warn("engine.durability = process: a power cut may lose acknowledged records");
    if (context.invocation.common.output == Output::json) {
        std::string out;
        codec::JsonWriter json(out);
        json.begin_object();
        json.member("url", node->url());
        json.member_integer("port", node->port());
        json.member("data", config.text(Key::data_dir));
        json.end_object();
        print(out + "\n");
    }
    stop.wait();
    spdlog::info("stopping");
    FLEET_TRY_VOID(node->stop());
    spdlog::info("stopped");
    return ExitCode::ok;
}

}  // namespace fleet::app
