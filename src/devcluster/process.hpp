// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::devcluster {

/// Waits so many milliseconds. True when the user wants to stop: then the caller ends early.
using Pause = std::function<bool(std::int64_t ms)>;

/// A process that cannot be mistaken for a later one with the same number.
struct ProcessId {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;  ///< field 22 of /proc/<pid>/stat
    bool operator==(const ProcessId&) const = default;
};

enum class ProcessState : std::uint8_t { gone, running, paused };

/// What /proc/<pid>/stat says.
struct ProcStat {
    char state = '?';
    std::uint64_t start_ticks = 0;
};
/// Nothing when the text is not of that form. The program's name may hold blanks and brackets.
[[nodiscard]] std::optional<ProcStat> parse_proc_stat(std::string_view text);

/// The text of a process id file and back; nothing when it is not of that form.
[[nodiscard]] std::string encode_process_id(const ProcessId& id);
[[nodiscard]] std::optional<ProcessId> decode_process_id(std::string_view text);

/// The id of a process that runs now; nothing when there is none (a zombie is none).
[[nodiscard]] std::optional<ProcessId> process_now(pid_t pid);
/// gone also when the number is another process's now, or its command line does not hold `marker`.
[[nodiscard]] ProcessState state_of(const ProcessId& id, std::string_view marker);
/// Sends a signal to that very process; true when it was there. Errors: io.
[[nodiscard]] Result<bool> send_signal(const ProcessId& id, std::string_view marker, int signal);
/// Arguments of a process joined by blanks; empty when they cannot be read.
[[nodiscard]] std::string command_line(pid_t pid);

struct Program {
    std::vector<std::string> arguments;    ///< the first is the absolute path of the program
    std::vector<std::string> environment;  ///< NAME=value, instead of the caller's of that name
};

/// Starts a program that outlives us: a session of its own, no input, output appended to `log`.
/// Errors: io, not_found.
[[nodiscard]] Result<ProcessId> start_detached(const Program& program,
                                               const std::filesystem::path& log);

/// Collects a child of ours that has ended, so that it is no zombie. Harmless for others.
void reap(pid_t pid);

struct ToolRun {
    int exit_code = 0;   ///< 128 + signal when a signal ended it
    std::string output;  ///< standard output
    std::string errors;  ///< standard error
};

/// Runs a program to its end. What it writes beyond 4 MiB a stream is dropped. Errors: io,
/// not_found; deadline_exceeded after `deadline_ms`, unavailable when `pause` says stop – the
/// program is killed then.
[[nodiscard]] Result<ToolRun> run_tool(const Program& program, std::int64_t deadline_ms,
                                       const Pause& pause);

/// The absolute path of a program on PATH.
[[nodiscard]] std::optional<std::filesystem::path> find_program(std::string_view name);

}  // namespace fleet::devcluster
