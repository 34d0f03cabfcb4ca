// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli.hpp"
#include "app/config.hpp"
#include "app/exit_code.hpp"
#include "base/result.hpp"

namespace fleet::app {

/// What a command works with.
struct CommandContext {
    const Invocation& invocation;
    const Config& config;
};

// One function a command. Each prints its own result on stdout; an Error is printed by
// run_command(), on stderr, and becomes the exit code of exit_code.hpp.
[[nodiscard]] Result<ExitCode> run_demo(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_serve(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_load(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_batch(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_stream(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_generate(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_device_change(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_devices(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_latest(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_history(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_series(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_scan(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_analytics(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_trips(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_stops(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_alerts(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_export(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_quarantine(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_zone(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_rule(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_verify(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_erase(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_backup(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_restore(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_cassandra(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_cassandra_slow(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_notify_test(const CommandContext& context);
[[nodiscard]] Result<ExitCode> run_config_show(const CommandContext& context);

/// Reports an error: the message on standard error, with `--json` an object on standard output.
void print_error(const Error& error, Output output);

/// Reads the configuration, runs the command, reports its error. The exit code of the process.
[[nodiscard]] ExitCode run_command(const Invocation& invocation);

}  // namespace fleet::app
