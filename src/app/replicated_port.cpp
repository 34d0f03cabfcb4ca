// SPDX-License-Identifier: Apache-2.0
#include "app/replicated_port.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace fleet::app {

namespace {
constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kLookMs = 100;  // so that a stop and deadlines are noticed
}  // namespace

ReplicatedPort::ReplicatedPort(std::shared_ptr<ingest::IngestPort> journal, WaitFor wait_for,
                               std::int64_t timeout_ms, std::shared_ptr<const Clock> clock)
    : journal_(std::move(journal)),
      wait_for_(std::move(wait_for)),
      timeout_ms_(timeout_ms),
      clock_(std::move(clock)) {
    thread_ = std::thread([this] { run(); });
}

ReplicatedPort::~ReplicatedPort() {
    {
        const std::lock_guard lock(queue_->mutex);
        queue_->stop = true;
    }
    queue_->changed.notify_all();
    thread_.join();
}

void ReplicatedPort::submit(ingest::Batch batch, Completion done) {
    const std::int64_t deadline = clock_->monotonic_ns() + timeout_ms_ * kNsPerMs;
    journal_->submit(std::move(batch), [queue = queue_, deadline, done = std::move(done)](
                                           Result<ingest::BatchResult> result) mutable {
        if (!result) return done(std::move(result));
        {
            const std::lock_guard lock(queue->mutex);
            if (!queue->stop) {
                queue->waiting.push_back({deadline, std::move(result).value(), std::move(done)});
                queue->changed.notify_all();
                return;
            }
        }
        done(fail(Code::unavailable, "stopping; the records are in the journal"));
    });
}

void ReplicatedPort::run() {
    std::unique_lock lock(queue_->mutex);
    while (true) {
        queue_->changed.wait(lock, [&] { return queue_->stop || !queue_->waiting.empty(); });
        if (queue_->stop) break;
        const std::uint64_t sequence = queue_->waiting.front().result.sequence;
        lock.unlock();
        const bool copied = wait_for_(sequence, kLookMs);
        lock.lock();
        std::deque<std::pair<Waiting, bool>> done;
        const std::int64_t now = clock_->monotonic_ns();
        // Completions come about in the order of the journal, but not strictly.
        for (auto one = queue_->waiting.begin(); one != queue_->waiting.end();) {
            const bool there = copied && one->result.sequence <= sequence;
            if (there || now >= one->deadline_ns) {
                done.emplace_back(std::move(*one), there);
                one = queue_->waiting.erase(one);
            } else {
                ++one;
            }
        }
        lock.unlock();
        for (auto& [one, there] : done) {
            if (there) {
                one.done(std::move(one.result));
            } else {
                one.done(fail(Code::deadline_exceeded,
                              fmt::format("the records are in the journal, but not on a quorum of "
                                          "the cluster within {} ms: they will be; sending them "
                                          "again changes nothing",
                                          timeout_ms_)));
            }
        }
        lock.lock();
    }
    std::deque<Waiting> left = std::exchange(queue_->waiting, {});
    lock.unlock();
    for (Waiting& one : left)
        one.done(fail(Code::unavailable, "stopping; the records are in the journal"));
}

}  // namespace fleet::app
