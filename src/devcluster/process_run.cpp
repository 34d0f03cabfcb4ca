// SPDX-License-Identifier: Apache-2.0
// Starting programs: detached ones, and tools whose output is wanted.
#include "base/time.hpp"
#include "devcluster/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

extern "C" char** environ;

namespace fleet::devcluster {

namespace {

constexpr std::size_t kMaxToolOutput = 4 << 20;

/// The caller's environment with some names replaced, as posix_spawn wants it.
class Environment {
  public:
    explicit Environment(const std::vector<std::string>& replaced) {
        for (char** entry = environ; *entry != nullptr; ++entry) {
            const std::string_view text = *entry;
            const std::string_view name = text.substr(0, text.find('='));
            bool kept = true;
            for (const std::string& mine : replaced)
                kept = kept && std::string_view(mine).substr(0, mine.find('=')) != name;
            if (kept) pointers_.push_back(*entry);
        }
        owned_ = replaced;
        for (std::string& entry : owned_) pointers_.push_back(entry.data());
        pointers_.push_back(nullptr);
    }
    [[nodiscard]] char* const* data() const { return pointers_.data(); }

  private:
    std::vector<std::string> owned_;
    std::vector<char*> pointers_;
};

class SpawnActions {
  public:
    SpawnActions() {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
        sigset_t all_default;
        sigset_t nothing;
        sigemptyset(&nothing);
        sigemptyset(&all_default);
        // Ignored signals would stay ignored in the child.
        for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) sigaddset(&all_default, number);
        ::posix_spawnattr_setsigdefault(&attributes_, &all_default);
        ::posix_spawnattr_setsigmask(&attributes_, &nothing);
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    ~SpawnActions() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;

    void to_file(const std::string& path) {
        ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, path.c_str(),
                                           O_WRONLY | O_CREAT | O_APPEND, 0644);
        ::posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO);
    }
    /// What outlives us must not hold open what our caller handed us: locks, pipes, sockets.
    void close_others() {
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    }
    void to_fds(int out, int err) {
        ::posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, err, STDERR_FILENO);
    }

    /// A session of its own keeps it from the signals of the terminal.
    Result<pid_t> spawn(const Program& program, bool own_session) {
        ::posix_spawnattr_setflags(
            &attributes_, static_cast<short>(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                             (own_session ? POSIX_SPAWN_SETSID : 0)));
        std::vector<std::string> arguments = program.arguments;
        std::vector<char*> pointers;
        for (std::string& argument : arguments) pointers.push_back(argument.data());
        pointers.push_back(nullptr);
        const Environment environment(program.environment);
        pid_t pid = 0;
        const int error = ::posix_spawn(&pid, pointers[0], &actions_, &attributes_, pointers.data(),
                                        environment.data());
        if (error != 0)
            return fail(errno_error(fmt::format("cannot start {}", arguments.front()), error));
        return pid;
    }

  private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

struct Pipe {
    std::array<int, 2> fds{-1, -1};
    Pipe() = default;
    ~Pipe() {
        close_end(0);
        close_end(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    bool open() { return ::pipe2(fds.data(), O_CLOEXEC) == 0; }
    void close_end(std::size_t end) {
        if (fds[end] >= 0) ::close(fds[end]);
        fds[end] = -1;
    }
};

/// Takes what is there; false at the end of the stream.
bool drain(int fd, std::string& into) {
    std::array<char, 16384> buffer{};
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    const std::size_t room = kMaxToolOutput - std::min(kMaxToolOutput, into.size());
    into.append(buffer.data(), std::min(room, static_cast<std::size_t>(got)));
    return got > 0;
}

int end_of(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Result<ProcessId> start_detached(const Program& program, const std::filesystem::path& log) {
    SpawnActions actions;
    actions.to_file(log.string());
    actions.close_others();
    FLEET_TRY(const pid_t pid, actions.spawn(program, true));
    // The parent goes on before the child has its new command line, by which it is known later.
    constexpr int kTries = 2'000;
    for (int i = 0; i < kTries; ++i) {
        const auto id = process_now(pid);
        if (!id) break;
        if (!command_line(pid).empty()) return *id;
        ::poll(nullptr, 0, 1);
    }
    ::kill(pid, SIGKILL);  // not collected yet, so the number is still our child's
    (void)end_of(pid);
    return fail(Code::io, fmt::format("{} ended at once; its last words are in {}",
                                      program.arguments.front(), log.string()));
}

Result<ToolRun> run_tool(const Program& program, std::int64_t deadline_ms, const Pause& pause) {
    Pipe out;
    Pipe err;
    if (!out.open() || !err.open()) return fail(errno_error("cannot make a pipe", errno));
    SpawnActions actions;
    actions.to_fds(out.fds[1], err.fds[1]);
    FLEET_TRY(const pid_t pid, actions.spawn(program, false));
    out.close_end(1);
    err.close_end(1);

    const SystemClock clock;
    const std::int64_t begin = clock.monotonic_ns();
    ToolRun run;
    std::array<pollfd, 2> streams{pollfd{out.fds[0], POLLIN, 0}, pollfd{err.fds[0], POLLIN, 0}};
    constexpr int kSliceMs = 200;
    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        const int ready = ::poll(streams.data(), streams.size(), kSliceMs);
        if (ready > 0) {
            if (streams[0].revents != 0 && !drain(streams[0].fd, run.output)) streams[0].fd = -1;
            if (streams[1].revents != 0 && !drain(streams[1].fd, run.errors)) streams[1].fd = -1;
        }
        const bool late = (clock.monotonic_ns() - begin) / 1'000'000 > deadline_ms;
        if (!late && !pause(0)) continue;
        ::kill(pid, SIGKILL);  // not waited for yet, so the number is still our child's
        (void)end_of(pid);
        if (late)
            return fail(Code::deadline_exceeded,
                        fmt::format("{} did not end within {} s", program.arguments.front(),
                                    deadline_ms / 1000));
        return fail(Code::unavailable, "interrupted");
    }
    run.exit_code = end_of(pid);
    return run;
}

}  // namespace fleet::devcluster
