// SPDX-License-Identifier: Apache-2.0
#include "devcluster/process.hpp"

#include "devcluster/file.hpp"
#include "devcluster/number.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace fleet::devcluster {

namespace {

constexpr std::size_t kMaxProcFile = 1 << 20;

std::optional<ProcStat> stat_of(pid_t pid) {
    const auto text = read_small_file(fmt::format("/proc/{}/stat", pid), kMaxProcFile);
    return text ? parse_proc_stat(*text) : std::nullopt;
}

bool is_dead(char state) { return state == 'Z' || state == 'X' || state == 'x'; }

/// An open process: its number cannot be used again for another one while it is held.
class PidHandle {
  public:
    explicit PidHandle(pid_t pid) : fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
    ~PidHandle() {
        if (fd_ >= 0) ::close(fd_);
    }
    PidHandle(const PidHandle&) = delete;
    PidHandle& operator=(const PidHandle&) = delete;
    [[nodiscard]] bool open() const { return fd_ >= 0; }
    [[nodiscard]] bool signal(int number) const {
        return ::syscall(SYS_pidfd_send_signal, fd_, number, nullptr, 0) == 0;
    }

  private:
    int fd_;
};

}  // namespace

std::optional<ProcStat> parse_proc_stat(std::string_view text) {
    const auto name_end = text.rfind(')');
    if (name_end == std::string_view::npos) return std::nullopt;
    std::string_view rest = text.substr(name_end + 1);
    ProcStat stat;
    // Fields after the name: 3 is the state, 22 the start.
    for (int field = 3; field <= 22; ++field) {
        const auto begin = rest.find_first_not_of(' ');
        if (begin == std::string_view::npos) return std::nullopt;
        const auto end = std::min(rest.find_first_of(" \n", begin), rest.size());
        const std::string_view value = rest.substr(begin, end - begin);
        if (field == 3) {
            if (value.size() != 1) return std::nullopt;
            stat.state = value.front();
        } else if (field == 22) {
            const auto ticks = number_of<std::uint64_t>(value);
            if (!ticks) return std::nullopt;
            stat.start_ticks = *ticks;
        }
        rest.remove_prefix(end);
    }
    return stat;
}

std::string encode_process_id(const ProcessId& id) {
    return fmt::format("{} {}\n", id.pid, id.start_ticks);
}

std::optional<ProcessId> decode_process_id(std::string_view text) {
    const auto blank = text.find(' ');
    if (blank == std::string_view::npos || text.back() != '\n') return std::nullopt;
    const auto pid = number_of<pid_t>(text.substr(0, blank));
    const auto ticks = number_of<std::uint64_t>(text.substr(blank + 1, text.size() - blank - 2));
    // 1 is init and below it are process groups: nobody may ever be told to signal those.
    if (!pid || *pid < 2 || !ticks) return std::nullopt;
    return ProcessId{*pid, *ticks};
}

std::optional<ProcessId> process_now(pid_t pid) {
    const auto stat = stat_of(pid);
    if (!stat || is_dead(stat->state)) return std::nullopt;
    return ProcessId{pid, stat->start_ticks};
}

std::string command_line(pid_t pid) {
    auto text = read_small_file(fmt::format("/proc/{}/cmdline", pid), kMaxProcFile);
    if (!text) return {};
    std::replace(text->begin(), text->end(), '\0', ' ');
    while (!text->empty() && text->back() == ' ') text->pop_back();
    return *std::move(text);
}

ProcessState state_of(const ProcessId& id, std::string_view marker) {
    const auto stat = stat_of(id.pid);
    if (!stat || is_dead(stat->state) || stat->start_ticks != id.start_ticks ||
        command_line(id.pid).find(marker) == std::string::npos)
        return ProcessState::gone;
    return stat->state == 'T' || stat->state == 't' ? ProcessState::paused : ProcessState::running;
}

Result<bool> send_signal(const ProcessId& id, std::string_view marker, int signal) {
    const PidHandle handle(id.pid);
    // Looked at after the handle is open: what is seen is what the signal meets.
    if (!handle.open() || state_of(id, marker) == ProcessState::gone) return false;
    if (handle.signal(signal)) return true;
    if (errno == ESRCH) return false;
    return fail(errno_error(fmt::format("cannot signal process {}", id.pid), errno));
}

void reap(pid_t pid) {
    int status = 0;
    // ECHILD, when an earlier command started it, is as good.
    while (::waitpid(pid, &status, WNOHANG) < 0 && errno == EINTR) {
    }
}

std::optional<std::filesystem::path> find_program(std::string_view name) {
    const char* path = std::getenv("PATH");
    std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
    while (!rest.empty()) {
        const auto end = std::min(rest.find(':'), rest.size());
        std::filesystem::path candidate = std::filesystem::path(rest.substr(0, end)) / name;
        if (candidate.is_absolute() && ::access(candidate.c_str(), X_OK) == 0) return candidate;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return std::nullopt;
}

}  // namespace fleet::devcluster
