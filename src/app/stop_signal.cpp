// SPDX-License-Identifier: Apache-2.0
#include "app/stop_signal.hpp"

#include "app/exit_code.hpp"
#include "base/check.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <limits>

namespace fleet::app {

namespace {

// A signal handler reaches statics only. The pipe wakes whoever waits in poll().
std::atomic<int> signals_seen{0};
std::atomic<int> wake_fd{-1};
int pipe_ends[2] = {-1, -1};
struct sigaction former_int{};
struct sigaction former_term{};

void on_signal(int) {
    const int saved = errno;
    if (signals_seen.fetch_add(1) > 0) ::_exit(static_cast<int>(ExitCode::interrupted));
    const char byte = 1;
    // A full pipe is as good as a written one: somebody will wake.
    [[maybe_unused]] const ssize_t n = ::write(wake_fd.load(), &byte, 1);
    errno = saved;
}

}  // namespace

StopSignal::StopSignal() {
    FLEET_CHECK(wake_fd.load() == -1);
    FLEET_CHECK(::pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) == 0);
    signals_seen.store(0);
    wake_fd.store(pipe_ends[1]);
    struct sigaction action{};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, &former_int);
    ::sigaction(SIGTERM, &action, &former_term);
}

StopSignal::~StopSignal() {
    ::sigaction(SIGINT, &former_int, nullptr);
    ::sigaction(SIGTERM, &former_term, nullptr);
    wake_fd.store(-1);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
}

bool StopSignal::requested() const noexcept {
    return signals_seen.load(std::memory_order_relaxed) > 0;
}

bool StopSignal::wait_for_ms(std::int64_t ms) const {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::milliseconds(ms);
    while (!requested()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
        if (left <= 0) return false;
        pollfd waiting{pipe_ends[0], POLLIN, 0};
        constexpr std::int64_t kLongestMs = 60'000;
        ::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left, kLongestMs)));
    }
    return true;
}

void StopSignal::wait() const {
    constexpr std::int64_t kHourMs = 3'600'000;
    while (!wait_for_ms(kHourMs)) {
    }
}

}  // namespace fleet::app
