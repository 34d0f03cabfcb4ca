// SPDX-License-Identifier: Apache-2.0
#include "notify/outbox.hpp"

#include "base/check.hpp"
#include "base/fault.hpp"
#include "model/incident.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <unordered_set>

namespace fleet::notify {

namespace {

/// How far back alerts are looked at for the windows of incidents, beyond what waits.
constexpr std::int64_t kLookBackMs = 10 * kMsPerMinute;
/// Marked at a time: one entry of the journal.
constexpr std::size_t kMarkAtOnce = 10'000;

}  // namespace

/// A notification on its way.
struct Outbox::Delivery {
    model::Notification notification;
    std::vector<AlertKey> marks;
    std::size_t open = 0;    ///< channels that have neither accepted nor refused it
    bool taken = false;      ///< a channel has it, or may have it
    bool cancelled = false;  ///< its alerts are gone before anyone was told
};

/// What a channel still has to deliver, by the time of the next attempt.
struct Outbox::Lane {
    struct Attempt {
        std::shared_ptr<Delivery> delivery;
        unsigned made = 0;
        std::int64_t first_ms = 0;
    };
    std::unique_ptr<Channel> channel;
    std::multimap<std::int64_t, Attempt> queue;
    std::int64_t first_ms = 0;  ///< of the attempt under way
    ChannelStats stats;
};

Outbox::Outbox(OutboxOptions options, std::shared_ptr<AlertSource> source,
               std::vector<std::unique_ptr<Channel>> channels, std::shared_ptr<const Clock> clock)
    : options_(options),
      source_(std::move(source)),
      clock_(std::move(clock)),
      random_(options.seed) {
    FLEET_CHECK(!channels.empty());
    for (auto& channel : channels) {
        auto lane = std::make_unique<Lane>();
        lane->stats.name = channel->name();
        lane->channel = std::move(channel);
        lanes_.push_back(std::move(lane));
    }
}

Outbox::~Outbox() {
    request_stop();
    join();
}

void Outbox::start() {
    threads_.emplace_back([this] { run_planner(stop_.get_token()); });
    for (std::size_t i = 0; i < lanes_.size(); ++i)
        threads_.emplace_back([this, i] { run_lane(i, stop_.get_token()); });
}

void Outbox::request_stop() { stop_.request_stop(); }

void Outbox::join() { threads_.clear(); }

void Outbox::run_planner(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const std::int64_t began = now_ms();
        plan();
        // A look at very many alerts takes a while: it must not become all that is done.
        const std::int64_t pause = std::max(options_.poll_ms, 10 * (now_ms() - began));
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, std::chrono::milliseconds(pause),
                          [&] { return !finished_.empty(); });
    }
}

void Outbox::run_lane(std::size_t channel, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        if (deliver(channel)) continue;
        std::unique_lock lock(mutex_);
        const Lane& lane = *lanes_[channel];
        const auto due = [&] {
            return !lane.queue.empty() && lane.queue.begin()->first <= now_ms();
        };
        changed_.wait_for(lock, stop, std::chrono::milliseconds(options_.poll_ms), due);
    }
}

void Outbox::plan() {
    const auto planned = plan_once();
    const std::lock_guard lock(mutex_);
    std::string error = planned ? std::string() : planned.error().message;
    if (!error.empty() && error != stats_.last_error)
        spdlog::error("notifications: {}; they are tried again", error);
    stats_.last_error = std::move(error);
}

Result<void> Outbox::plan_once() {
    const std::int64_t now = now_ms();
    take_finished();
    // People are told even when the store takes no marks: what is under way is not told of again.
    const Result<void> marked = mark();
    FLEET_TRY(const std::vector<StoredAlert> waiting, source_->waiting(options_.waiting));
    see(waiting, now);

    const std::int64_t oldest = clock_->now().ms - options_.max_age_ms;
    std::uint64_t expired = 0;
    std::uint64_t below = 0;
    std::map<std::pair<std::uint32_t, model::RuleType>, std::vector<StoredAlert>> due;
    for (const StoredAlert& a : waiting) {
        if (under_way_.contains(a.id)) continue;
        const bool old = a.run.start_ms < oldest;
        if (!old && a.run.severity >= options_.min_severity) {
            if (now - first_seen_.at(a.id) >= options_.group_wait_ms)
                due[{a.fleet, a.type}].push_back(a);
            continue;
        }
        if (!old && !a.run.end_ms) continue;  // it may still rise
        ++(old ? expired : below);
        to_mark_.push_back({a.device, a.id});
        under_way_.try_emplace(a.id);
    }
    if (expired != 0)
        spdlog::warn("notifications: {} alerts waited for longer than {} h and are not told of",
                     expired, options_.max_age_ms / kMsPerHour);
    std::size_t room = 0;
    {
        const std::lock_guard lock(mutex_);
        stats_.waiting = waiting.size();
        stats_.expired += expired;
        stats_.below += below;
        room = options_.undelivered - std::min(options_.undelivered, undelivered_);
    }
    for (auto& [kind, alerts] : due) FLEET_TRY_VOID(plan_kind(alerts, now, room));
    return marked ? mark() : marked;
}

void Outbox::see(std::span<const StoredAlert> waiting, std::int64_t now) {
    std::unordered_map<model::AlertId, std::int64_t, AlertIdHash> seen;
    seen.reserve(waiting.size());
    for (const StoredAlert& a : waiting) {
        const auto known = first_seen_.find(a.id);
        seen.emplace(a.id, known == first_seen_.end() ? now : known->second);
    }
    first_seen_ = std::move(seen);
    // Late data took back what a notification is about: nobody needs to be told any more.
    std::unordered_set<Delivery*> alive;
    std::vector<std::shared_ptr<Delivery>> all;
    for (const auto& [id, weak] : under_way_)
        if (auto delivery = weak.lock()) {
            if (first_seen_.contains(id)) alive.insert(delivery.get());
            all.push_back(std::move(delivery));
        }
    const std::lock_guard lock(mutex_);
    for (const auto& delivery : all)
        if (!alive.contains(delivery.get()) && !delivery->taken) delivery->cancelled = true;
}

Result<void> Outbox::plan_kind(std::vector<StoredAlert>& due_of_kind, std::int64_t now,
                               std::size_t& room) {
    std::sort(
        due_of_kind.begin(), due_of_kind.end(),
        [](const StoredAlert& a, const StoredAlert& b) { return a.run.start_ms < b.run.start_ms; });
    // A due alert that another piece has dealt with is under way when its own piece comes.
    for (std::size_t begin = 0; begin < due_of_kind.size() && room > 0;) {
        std::size_t end = begin + 1;
        while (end < due_of_kind.size() &&
               due_of_kind[end].run.start_ms - due_of_kind[end - 1].run.start_ms <= kLookBackMs)
            ++end;
        const StoredAlert& first = due_of_kind[begin];
        FLEET_TRY(std::vector<StoredAlert> near,
                  source_->between(first.fleet, first.type, first.run.start_ms - kLookBackMs,
                                   due_of_kind[end - 1].run.start_ms + model::kIncidentMs));
        begin = end;
        for (StoredAlert& a : near)
            if (under_way_.contains(a.id)) a.notified = true;
        // What nobody is ever told of makes no incident; what came this moment is seen next time.
        std::erase_if(near, [&](const StoredAlert& a) {
            return a.run.severity < options_.min_severity ||
                   (!a.notified && !first_seen_.contains(a.id));
        });
        Groups groups = group_alerts(std::move(near), [&](const model::AlertId& id) {
            const auto seen = first_seen_.find(id);
            return seen != first_seen_.end() && now - seen->second >= options_.group_wait_ms;
        });
        for (const AlertKey& key : groups.joined) {
            to_mark_.push_back(key);
            under_way_.try_emplace(key.id);
        }
        {
            const std::lock_guard lock(mutex_);
            stats_.joined += groups.joined.size();
        }
        for (AlertGroup& group : groups.told) {
            if (room == 0) break;
            --room;
            make(std::move(group));
        }
    }
    return {};
}

void Outbox::make(AlertGroup&& group) {
    using Kind = model::Notification::Kind;
    const StoredAlert& first = group.members.front();
    auto delivery = std::make_shared<Delivery>();
    model::Notification& n = delivery->notification;
    n.kind = group.incident ? Kind::incident : Kind::alert;
    n.type = std::string(model::name_of(first.type));
    n.id = model::notification_id(n.kind, n.type, first.id);
    n.fleet = source_->fleet_id(first);
    n.start_ms = first.run.start_ms;
    std::unordered_set<std::uint32_t> devices;
    for (const StoredAlert& a : group.members) {
        devices.insert(a.device);
        n.ids.push_back(a.id);
        n.severity = std::max(n.severity, a.run.severity);
        if (n.alerts.size() < model::Notification::kMaxNotices)
            n.alerts.push_back(source_->describe(a));
    }
    n.devices = devices.size();
    delivery->marks = std::move(group.waiting);
    delivery->open = lanes_.size();
    for (const AlertKey& key : delivery->marks) under_way_.insert_or_assign(key.id, delivery);
    if (FLEET_FAULT("notified_before_told"))
        to_mark_.insert(to_mark_.end(), delivery->marks.begin(), delivery->marks.end());
    {
        const std::lock_guard lock(mutex_);
        const std::int64_t now = now_ms();
        for (const auto& lane : lanes_) lane->queue.emplace(now, Lane::Attempt{delivery, 0, now});
        ++undelivered_;
    }
    changed_.notify_all();
}

void Outbox::take_finished() {
    const std::lock_guard lock(mutex_);
    for (const auto& delivery : finished_)
        to_mark_.insert(to_mark_.end(), delivery->marks.begin(), delivery->marks.end());
    finished_.clear();
}

Result<void> Outbox::mark() {
    while (!to_mark_.empty()) {
        const std::size_t count = std::min(to_mark_.size(), kMarkAtOnce);
        const std::span<const AlertKey> batch(to_mark_.data(), count);
        FLEET_CRASH_POINT("notify_before_mark");
        FLEET_TRY_VOID(source_->notified(batch));
        for (const AlertKey& key : batch) under_way_.erase(key.id);
        to_mark_.erase(to_mark_.begin(), to_mark_.begin() + static_cast<std::ptrdiff_t>(count));
    }
    return {};
}

bool Outbox::deliver(std::size_t channel) {
    Lane& lane = *lanes_[channel];
    Lane::Attempt attempt;
    bool cancelled = false;
    {
        const std::lock_guard lock(mutex_);
        if (lane.queue.empty() || lane.queue.begin()->first > now_ms()) return false;
        attempt = std::move(lane.queue.begin()->second);
        lane.queue.erase(lane.queue.begin());
        if (attempt.made == 0) attempt.first_ms = now_ms();
        lane.first_ms = attempt.first_ms;
        cancelled = attempt.delivery->cancelled;
        if (!cancelled) attempt.delivery->taken = true;
    }
    if (cancelled) {
        record(lane, attempt.delivery, attempt.made, {Outcome::Kind::accepted, "", {}});
        return true;
    }
    const Outcome outcome = lane.channel->send(attempt.delivery->notification, stop_.get_token());
    record(lane, attempt.delivery, attempt.made + 1, outcome);
    return true;
}

void Outbox::record(Lane& lane, const std::shared_ptr<Delivery>& delivery, unsigned attempts,
                    const Outcome& outcome) {
    const std::string& id = delivery->notification.id;
    const std::lock_guard lock(mutex_);
    ChannelStats& stats = lane.stats;
    if (!delivery->cancelled) {
        // The first of a row of failures is for people; the others would flood the log.
        const bool news = stats.last_error.empty();
        stats.last_error = outcome.kind == Outcome::Kind::accepted ? std::string() : outcome.detail;
        if (outcome.kind == Outcome::Kind::later) {
            if (stop_.stop_requested()) return;  // told of after the next start
            const double chance = std::uniform_real_distribution<double>(0, 1)(random_);
            const std::int64_t pause =
                options_.retry.pause_ms(attempts, chance, outcome.retry_after_ms);
            const std::int64_t since = now_ms() - lane.first_ms;
            if (!options_.retry.gives_up(attempts, since, pause)) {
                ++stats.retries;
                spdlog::log(news ? spdlog::level::warn : spdlog::level::debug,
                            "{}: notification {} was not delivered, again in {} s: {}",
                            lane.channel->name(), id, (pause + 999) / 1'000, outcome.detail);
                lane.queue.emplace(now_ms() + pause,
                                   Lane::Attempt{delivery, attempts, lane.first_ms});
                return;
            }
        }
        if (outcome.kind == Outcome::Kind::accepted) {
            ++stats.sent;
            if (!outcome.detail.empty())
                spdlog::warn("{}: notification {}: {}", lane.channel->name(), id, outcome.detail);
        } else {
            ++stats.failed;
            const auto& n = delivery->notification;
            spdlog::error(
                "{}: notification {} of {} alerts ({}, fleet {}, first alert {}) is not "
                "delivered and {} after {} attempts: {}",
                lane.channel->name(), id, n.ids.size(), n.type, n.fleet,
                n.ids.empty() ? std::string("none") : n.ids.front().text(),
                outcome.kind == Outcome::Kind::refused ? "refused" : "given up", attempts,
                outcome.detail);
        }
    }
    if (--delivery->open > 0) return;
    --undelivered_;
    finished_.push_back(delivery);
    changed_.notify_all();
}

OutboxStats Outbox::stats() const {
    const std::lock_guard lock(mutex_);
    OutboxStats stats = stats_;
    stats.undelivered = undelivered_;
    for (const auto& lane : lanes_) stats.channels.push_back(lane->stats);
    return stats;
}

}  // namespace fleet::notify
