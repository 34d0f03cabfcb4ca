// SPDX-License-Identifier: Apache-2.0
// `fleet cassandra …`.
#include "app/cli_options.hpp"
#include "app/cli_tree.hpp"
#include "app/quantity.hpp"
#include "devcluster/layout.hpp"

#include <fmt/format.h>

namespace fleet::app {

void CommandLine::add_cassandra_commands() {
    CassandraOptions& options = invocation_.cassandra;
    CLI::App* cassandra =
        app_.add_subcommand("cassandra", "Four local Apache Cassandra nodes for development");
    cassandra->group(kCluster);
    cassandra->require_subcommand(0, 1);
    cassandra->set_help_flag("-h,--help", "Show this and exit");
    cassandra->footer(
        "Nodes 1 and 2 are datacentre dc1, 3 and 4 dc2, at 127.0.0.1 to 127.0.0.4, port 9042.\n"
        "Needs Java 17, and Maven the first time; cassandra/README.md says more.");

    const auto any_verb = [&](const char* name, const char* description, Command id) {
        CLI::App* app = command_in(cassandra, name, description, id);
        setting_option(app, "--dir", Key::cassandra_dir, "Directory of the cluster")
            ->type_name("DIR");
        return app;
    };
    const auto verb = [&](const char* name, const char* description, Command id) {
        CLI::App* app = any_verb(name, description, id);
        app->add_option_function<std::string>(
               "--hosts",
               [](const std::string&) {
                   throw CLI::ValidationError(
                       "--hosts",
                       "clusters other than the one of `fleet cassandra up` are not in this "
                       "version; leave --hosts out for that one");
               },
               "")
            ->group("");
        common(app);
        return app;
    };
    const auto node_verb = [&](const char* name, const char* description, Command id) {
        CLI::App* app = verb(name, description, id);
        count_option(app, "NODE", options.node, 1, devcluster::kNodeCount, "Node, 1 to 4")
            ->required()
            ->default_str("")
            ->type_name("");
        return app;
    };

    CLI::App* up =
        verb("up", "Start the nodes that do not run, wait until all are up", Command::cassandra_up);
    up->add_option("--network", options.network,
                   "First three numbers of the nodes' addresses, 127.0.0 to 127.0.99")
        ->type_name("NET");
    up->add_option_function<std::string>(
          "--heap",
          [&options](const std::string& text) {
              constexpr std::int64_t kMib = 1 << 20;
              const auto bytes = parse_size(text);
              if (!bytes || *bytes / kMib < devcluster::kMinHeapMib ||
                  *bytes / kMib > devcluster::kMaxHeapMib)
                  throw CLI::ValidationError(
                      "--heap", fmt::format("'{}' is no size from {}MiB to {}MiB", text,
                                            devcluster::kMinHeapMib, devcluster::kMaxHeapMib));
              options.heap_mib = *bytes / kMib;
          },
          "Heap of a node; it takes about 470 MiB beside it")
        ->type_name("SIZE")
        ->default_str("384MiB");
    up->footer("Nothing to do when all run. Nodes go on after the command has ended.");
    verb("down", "Drain and stop all nodes; their data stay", Command::cassandra_down);
    verb("status", "Processes, and the ring as nodetool shows it", Command::cassandra_status);
    verb("health", "What holds now: consistency levels, schema, hints, compactions",
         Command::cassandra_health)
        ->footer("Exit code 1 when a node does not answer or the schema is not there or not one.");
    CLI::App* schema =
        any_verb("schema", "Apply what is new of the schema: init-scripts, then migrations",
                 Command::cassandra_schema);
    setting_option(schema, "--hosts", Key::cassandra_hosts,
                   "All nodes of another cluster instead, host or host:port")
        ->default_str("")
        ->excludes("--dir")
        ->each([&options](const std::string&) { options.given_cluster = true; });
    common(schema);
    schema->footer(
        "A file that was applied must not change: another checksum is refused. Let one such "
        "command "
        "run at a\ntime: two that make the same table at once leave a cluster with two of it.");
    verb("repair", "Repair one node after the other", Command::cassandra_repair);
    node_verb("kill", "End a node at once (SIGKILL)", Command::cassandra_kill);
    node_verb("restart", "Stop a node if it runs, start it, wait until it is up",
              Command::cassandra_restart);
    CLI::App* slow =
        command_in(cassandra, "slow", "Slowest requests that were traced, as timelines",
                   Command::cassandra_slow);
    setting_option(slow, "--hosts", Key::cassandra_hosts, "Contact points of the cluster");
    setting_option(slow, "--dc", Key::cassandra_dc, "Home datacentre");
    count_option(slow, "--least", options.least_ms, 0, 3'600'000,
                 "Only those that took so many ms");
    count_option(slow, "--limit", options.limit, 1, 1'000, "Most requests");
    common(slow);
    slow->footer(
        "Nodes keep traces for a day. `fleet serve --store cassandra` has reads traced that take "
        "longer than\ncassandra.slow_query; `fleet history … --store cassandra --trace` traces its "
        "own.");
    node_verb("pause", "Let a node hang (SIGSTOP)", Command::cassandra_pause);
    node_verb("resume", "Let a paused node go on (SIGCONT)", Command::cassandra_resume);
}

}  // namespace fleet::app
