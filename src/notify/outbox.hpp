// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/notification.hpp"
#include "notify/alert_source.hpp"
#include "notify/channel.hpp"
#include "notify/grouping.hpp"
#include "notify/retry.hpp"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace fleet::notify {

struct OutboxOptions {
    /// How long an alert waits for others of its incident, from when it is first seen here. Longer
    /// than an incident lasts.
    std::int64_t group_wait_ms = 65'000;
    std::int64_t max_age_ms = kMsPerDay;  ///< an alert that started longer ago is not told of
    /// An alert below it is told of when it rises to it while it goes on, else never.
    model::Severity min_severity = model::Severity::low;
    RetryPolicy retry{};
    std::size_t waiting = 100'000;  ///< alerts looked at at a time
    std::size_t undelivered =
        10'000;  ///< notifications at a time; over it alerts wait in the store
    std::int64_t poll_ms = 1'000;
    std::uint64_t seed = 1;  ///< of the pauses' chance
};

struct ChannelStats {
    std::string name;
    std::uint64_t sent = 0;
    std::uint64_t failed = 0;   ///< refused for good, or given up
    std::uint64_t retries = 0;  ///< attempts that ended with another one planned
    std::string last_error;     ///< of the last attempt; empty when it succeeded
};

/// Since the start.
struct OutboxStats {
    std::uint64_t waiting = 0;      ///< alerts, those on their way included
    std::uint64_t undelivered = 0;  ///< notifications that some channel has not taken yet
    std::uint64_t joined = 0;       ///< alerts of an incident that was told of before
    std::uint64_t expired = 0;      ///< alerts that waited for longer than max_age
    std::uint64_t below = 0;        ///< alerts that ended below min_severity
    std::string last_error;         ///< of reading or marking alerts; empty when it worked
    std::vector<ChannelStats> channels;
};

/// Tells people of alerts: takes those that wait, folds incidents into one notification, hands it
/// to every channel until it accepts or refuses, and only then marks the alerts as notified. What
/// is not marked is told of again after a crash, under the same id. One thread plans, one for each
/// channel delivers; a channel that hangs delays no other. Thread-safe.
class Outbox {
  public:
    /// `channels` may not be empty.
    Outbox(OutboxOptions options, std::shared_ptr<AlertSource> source,
           std::vector<std::unique_ptr<Channel>> channels, std::shared_ptr<const Clock> clock);
    ~Outbox();  ///< request_stop() and join()
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    /// Starts the threads. Once.
    void start();
    /// Ends what is being sent. What was not delivered is told of after the next start.
    void request_stop();
    /// After it the source is not called any more.
    void join();

    /// One look at the source: what the planning thread does again and again. Not beside start().
    void plan();
    /// One attempt of a channel if one is due; returns whether there was. Not beside start().
    bool deliver(std::size_t channel);
    [[nodiscard]] OutboxStats stats() const;

  private:
    struct Delivery;
    struct Lane;

    [[nodiscard]] std::int64_t now_ms() const { return clock_->monotonic_ns() / 1'000'000; }
    [[nodiscard]] Result<void> plan_once();
    void see(std::span<const StoredAlert> waiting, std::int64_t now);
    [[nodiscard]] Result<void> plan_kind(std::vector<StoredAlert>& due_of_kind, std::int64_t now,
                                         std::size_t& room);
    void make(AlertGroup&& group);
    void take_finished();
    [[nodiscard]] Result<void> mark();
    void record(Lane& lane, const std::shared_ptr<Delivery>& delivery, unsigned attempts,
                const Outcome& outcome);
    void run_planner(const std::stop_token& stop);
    void run_lane(std::size_t channel, const std::stop_token& stop);

    const OutboxOptions options_;
    const std::shared_ptr<AlertSource> source_;
    const std::shared_ptr<const Clock> clock_;

    // Of the planning thread.
    struct AlertIdHash {
        std::size_t operator()(const model::AlertId& id) const noexcept {
            return static_cast<std::size_t>(id.low);
        }
    };
    std::unordered_map<model::AlertId, std::int64_t, AlertIdHash> first_seen_;  ///< of what waits
    /// Alerts that are on their way, or delivered and not marked yet.
    std::unordered_map<model::AlertId, std::weak_ptr<Delivery>, AlertIdHash> under_way_;
    std::vector<AlertKey> to_mark_;

    mutable std::mutex mutex_;  ///< of all below
    std::condition_variable_any changed_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::vector<std::shared_ptr<Delivery>> finished_;
    std::size_t undelivered_ = 0;
    OutboxStats stats_;
    std::mt19937_64 random_;

    std::stop_source stop_;
    std::vector<std::jthread> threads_;
};

}  // namespace fleet::notify
