// SPDX-License-Identifier: Apache-2.0
#include "replicate/replicator.hpp"

#include "base/check.hpp"

#include <spdlog/spdlog.h>

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace fleet::replicate {

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kLongestPollMs = 100;  // so that a stop is noticed
constexpr std::int64_t kIdleLookNs = 50 * kNsPerMs;

double ms_of(std::uint64_t ns) { return static_cast<double>(ns) / static_cast<double>(kNsPerMs); }

}  // namespace

Replicator::Replicator(engine::Engine& engine, ReplicatorOptions options,
                       std::shared_ptr<const Clock> clock)
    : engine_(engine), options_(std::move(options)), clock_(std::move(clock)) {
    FLEET_CHECK(engine_.feed() != nullptr);
    status_.position = engine_.feed()->position();
}

Replicator::~Replicator() { stop(); }

Result<void> Replicator::open_target() {
    if (!state_) {
        FLEET_TRY(CopyState state, CopyState::open(options_.state_file, clock_));
        state_.emplace(std::move(state));
    }
    if (target_) return {};
    FLEET_TRY(Target target, connect_target(options_.target, options_.open));
    for (const std::string& remark : target.remarks) spdlog::warn("{}", remark);
    target_.emplace(std::move(target));
    return {};
}

Result<void> Replicator::connect() {
    auto opened = open_target();
    if (!opened) note_error(opened.error());
    return opened;
}

void Replicator::start() {
    FLEET_CHECK(!thread_.joinable());
    thread_ = std::thread([this] { run(); });
}

void Replicator::stop() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    copier_.reset();
    if (target_) target_->session->close();
    target_.reset();
}

bool Replicator::stopping() const {
    const std::lock_guard lock(mutex_);
    return stop_;
}

void Replicator::pause(std::int64_t ms) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(ms), [&] { return stop_; });
}

void Replicator::note_error(const Error& error) {
    {
        const std::lock_guard lock(mutex_);
        status_.connected = false;
        status_.error = error.message;
        status_.idle = false;
    }
    changed_.notify_all();
}

void Replicator::run() {
    std::int64_t wait_ms = options_.first_pause_ms;
    std::string told;
    while (!stopping()) {
        auto opened = open_target();
        if (opened) {
            spdlog::info("copying to Cassandra, keyspace {}", options_.target.keyspace);
            wait_ms = options_.first_pause_ms;
            told.clear();
            opened = copy();
            if (opened) return;  // stopped
        }
        note_error(opened.error());
        // Once for each reason: an outage of hours must not fill the log.
        if (told != opened.error().message)
            spdlog::warn("the copy to Cassandra waits, the journal keeps what comes: {}",
                         opened.error().message);
        told = opened.error().message;
        pause(wait_ms);
        wait_ms = std::min(wait_ms * 2, options_.longest_pause_ms);
    }
}

Result<void> Replicator::copy() {
    copier_ = std::make_unique<Copier>(engine_, *target_, *state_, options_.copy, clock_);
    std::int64_t looked_ns = 0;
    bool idle = false;
    while (!stopping()) {
        const auto stepped = copier_->step();
        for (const std::string& event : copier_->ladder().take_events())
            spdlog::warn("Cassandra: {}", event);
        if (!stepped) return stepped;  // of this machine: the disk, a damaged row
        const std::int64_t now = clock_->monotonic_ns();
        if (now - looked_ns >= kIdleLookNs) {
            looked_ns = now;
            const auto quiet = copier_->idle();
            idle = quiet && *quiet;
            publish(idle);
        }
        const std::int64_t wait_ms = std::clamp(
            (copier_->next_ns() - now + kNsPerMs - 1) / kNsPerMs, std::int64_t{0}, kLongestPollMs);
        pollfd event{.fd = target_->session->event_fd(), .events = POLLIN, .revents = 0};
        // An interrupted or failed wait only means one more look.
        static_cast<void>(::poll(&event, 1, static_cast<int>(wait_ms)));
    }
    publish(idle);
    return {};
}

void Replicator::publish(bool idle) {
    const engine::ChangeFeed& feed = *engine_.feed();
    const SenderStats& sent = copier_->sent();
    ReplicationStatus now;
    now.connected = true;
    now.error = sent.last_error;
    now.position = feed.position();
    now.lag = feed.lag();
    const auto days = feed.days(1);
    now.days_waiting = days && !days->empty();
    now.idle = idle;
    now.stale = copier_->ladder().stale();
    now.rungs = copier_->ladder().states();
    now.rows = sent.rows;
    now.requests = sent.requests;
    now.retries = sent.retries;
    now.refused = sent.refused;
    now.p50_ms = ms_of(sent.latency_ns.percentile(50));
    now.p95_ms = ms_of(sent.latency_ns.percentile(95));
    now.p99_ms = ms_of(sent.latency_ns.percentile(99));
    {
        const std::lock_guard lock(mutex_);
        status_ = std::move(now);
        ++looks_;
    }
    changed_.notify_all();
}

ReplicationStatus Replicator::status() const {
    const std::lock_guard lock(mutex_);
    ReplicationStatus out = status_;
    out.lag = engine_.feed()->lag();
    return out;
}

bool Replicator::wait_for(std::uint64_t sequence, std::int64_t timeout_ms) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] {
        return stop_ || status_.position >= sequence;
    }) && status_.position >= sequence;
}

bool Replicator::wait_until_idle(std::int64_t timeout_ms) {
    std::unique_lock lock(mutex_);
    // One look may have begun before the last write came.
    const std::uint64_t looks = looks_ + 2;
    const auto idle = [&] { return status_.idle && looks_ >= looks; };
    return changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] {
        return stop_ || idle();
    }) && idle();
}

}  // namespace fleet::replicate
