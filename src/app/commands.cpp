// SPDX-License-Identifier: Apache-2.0
#include "app/commands.hpp"

#include "app/output.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <exception>

namespace fleet::app {

namespace {

constexpr std::string_view kDemoData = "fleet-data/demo";

/// Logs go to standard error: standard output belongs to results.
void start_logging(const Invocation& invocation) {
    auto logger = std::make_shared<spdlog::logger>(
        "fleet", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    const bool runs_long =
        invocation.command == Command::serve || invocation.command == Command::demo;
    logger->set_level(invocation.common.verbose ? spdlog::level::debug
                      : runs_long               ? spdlog::level::info
                                                : spdlog::level::warn);
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
}

Result<ExitCode> dispatch(const CommandContext& context) {
    switch (context.invocation.command) {
        case Command::demo: return run_demo(context);
        case Command::serve: return run_serve(context);
        case Command::load: return run_load(context);
        case Command::batch: return run_batch(context);
        case Command::stream: return run_stream(context);
        case Command::generate: return run_generate(context);
        case Command::devices: return run_devices(context);
        case Command::devices_add:
        case Command::devices_set:
        case Command::devices_import:
        case Command::devices_move: return run_device_change(context);
        case Command::latest: return run_latest(context);
        case Command::history: return run_history(context);
        case Command::series: return run_series(context);
        case Command::scan: return run_scan(context);
        case Command::analytics: return run_analytics(context);
        case Command::trips: return run_trips(context);
        case Command::stops: return run_stops(context);
        case Command::alerts: return run_alerts(context);
        case Command::export_track: return run_export(context);
        case Command::quarantine_list:
        case Command::quarantine_show:
        case Command::quarantine_redrive: return run_quarantine(context);
        case Command::zone_import:
        case Command::zone_list:
        case Command::zone_locate:
        case Command::zone_remove: return run_zone(context);
        case Command::rule_import:
        case Command::rule_list:
        case Command::rule_remove: return run_rule(context);
        case Command::verify: return run_verify(context);
        case Command::erase: return run_erase(context);
        case Command::backup: return run_backup(context);
        case Command::restore: return run_restore(context);
        case Command::notify_test: return run_notify_test(context);
        case Command::config_show: return run_config_show(context);
        case Command::cassandra_up:
        case Command::cassandra_down:
        case Command::cassandra_status:
        case Command::cassandra_health:
        case Command::cassandra_schema:
        case Command::cassandra_kill:
        case Command::cassandra_restart:
        case Command::cassandra_pause:
        case Command::cassandra_resume:
        case Command::cassandra_repair: return run_cassandra(context);
        case Command::cassandra_slow: return run_cassandra_slow(context);
    }
    return fail(Code::internal, "a command without a function");
}

Result<Config> load_config(const Invocation& invocation) {
    ConfigSources sources;
    sources.file = invocation.common.config;
    sources.environment = process_environment();
    sources.flags = invocation.common.flags;
    auto config = Config::load(sources);
    if (!config || invocation.command != Command::demo || !config->is_default(Key::data_dir))
        return config;
    // Made-up vehicles never mix with real ones, unless somebody names the directory.
    sources.flags.push_back({Key::data_dir, "--data of the demo", std::string(kDemoData)});
    return Config::load(sources);
}

Result<ExitCode> run(const Invocation& invocation) {
    FLEET_TRY(const Config config, load_config(invocation));
    return dispatch({invocation, config});
}

}  // namespace

Result<ExitCode> run_config_show(const CommandContext& context) {
    const Config& config = context.config;
    if (context.invocation.config_markdown) {
        print(settings_as_markdown());
        return ExitCode::ok;
    }
    if (context.invocation.common.output == Output::json) {
        std::string out;
        codec::JsonWriter json(out);
        json.begin_object();
        for (const Setting& s : settings()) {
            json.key(s.name);
            json.begin_object();
            json.member("value", config.shown(s.key));
            json.member("origin", config.origin(s.key));
            json.end_object();
        }
        json.end_object();
        print(out + "\n");
        return ExitCode::ok;
    }
    Table table({"setting", "value", "origin"});
    for (const Setting& s : settings())
        table.add({std::string(s.name), config.shown(s.key), config.origin(s.key)});
    print(context.invocation.common.output == Output::csv ? table.csv() : table.text());
    return ExitCode::ok;
}

void print_error(const Error& error, Output output) {
    say(fmt::format("fleet: {}", error.message));
    if (output != Output::json) return;
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.key("error");
    json.begin_object();
    json.member("code", to_string(error.code));
    json.member("message", error.message);
    json.end_object();
    json.end_object();
    print(out + "\n");
}

ExitCode run_command(const Invocation& invocation) {
    std::signal(SIGPIPE,
                SIG_IGN);  // a reader that left is an error of a write, not the end of the process
    start_logging(invocation);
    // The third parties' own faults (out of memory, a broken locale) end here; ours are Results.
    try {
        const auto code = run(invocation);
        if (code) return *code;
        print_error(code.error(), invocation.common.output);
        return exit_code(code.error().code);
    } catch (const std::exception& error) {
        say(fmt::format("fleet: unexpected failure: {}", error.what()));
        return ExitCode::failed;
    }
}

}  // namespace fleet::app
