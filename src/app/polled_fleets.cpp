// SPDX-License-Identifier: Apache-2.0
#include "app/polled_fleets.hpp"

#include "base/check.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace fleet::app {

namespace {
constexpr std::int64_t kNsPerMs = 1'000'000;
/// Reading takes at most one part of so many of the time.
constexpr std::int64_t kShare = 10;
constexpr std::int64_t kLongestIntervalMs = 30'000;
}  // namespace

PolledFleets::PolledFleets(std::shared_ptr<store::CassandraReader> reader, model::FleetScope scope,
                           std::int64_t interval_ms, std::shared_ptr<const Clock> clock)
    : reader_(std::move(reader)),
      scope_(std::move(scope)),
      least_interval_ms_(interval_ms),
      clock_(std::move(clock)) {
    state_.interval_ms = interval_ms;
}

PolledFleets::~PolledFleets() { stop(); }

void PolledFleets::start(std::shared_ptr<engine::ChangeListener> listener) {
    {
        const std::lock_guard lock(mutex_);
        listener_ = std::move(listener);
    }
    thread_ = std::thread([this] { run(); });
}

void PolledFleets::stop() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
        listener_.reset();
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void PolledFleets::run() {
    for (;;) {
        poll();
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::milliseconds(state_.interval_ms),
                          [&] { return stop_; });
        if (stop_) return;
    }
}

void PolledFleets::poll() {
    const std::int64_t begin = clock_->monotonic_ns();
    const auto done = read_all();
    const bool stale = reader_->take_freshness().stale;
    const std::int64_t took_ms = (clock_->monotonic_ns() - begin) / kNsPerMs;
    const std::lock_guard lock(mutex_);
    if (!done && state_.error.empty())
        spdlog::warn("live views are not fed: {}", done.error().message);
    if (done && !state_.error.empty()) spdlog::info("live views are fed again");
    state_.error = done ? std::string() : done.error().message;
    state_.interval_ms = std::clamp(took_ms * kShare, least_interval_ms_, kLongestIntervalMs);
    if (!done) return;
    began_ns_ = begin;
    state_.took_ms = took_ms;
    state_.stale = stale;
    ++state_.rounds;
}

Result<void> PolledFleets::read_all() {
    FLEET_TRY(const std::vector<std::string> ids, reader_->fleet_ids(scope_));
    for (const std::string& id : ids) {
        FLEET_TRY(const auto states, reader_->read_fleet(scope_, id));
        // The vehicles can be shown without the number of alerts.
        const auto critical = reader_->critical_alerts(scope_, id);
        take(id, states, critical ? std::optional(*critical) : std::nullopt);
    }
    return {};
}

void PolledFleets::take(const std::string& fleet, const std::vector<store::LatestOfDevice>& states,
                        std::optional<std::uint64_t> critical) {
    // The listener only notes numbers, and must see a change that is announced: the lock is held.
    const std::lock_guard lock(mutex_);
    auto number = fleet_numbers_.find(fleet);
    if (number == fleet_numbers_.end()) {
        number = fleet_numbers_.emplace(fleet, static_cast<std::uint32_t>(fleets_.size())).first;
        fleets_.emplace_back().id = fleet;
    }
    Fleet& of = fleets_[number->second];
    of.critical = critical;
    auto handles = std::make_shared<std::vector<live::DeviceHandle>>();
    handles->reserve(states.size());
    for (const store::LatestOfDevice& state : states) {
        auto known = device_numbers_.find(state.device);
        bool news = false;
        if (known == device_numbers_.end()) {
            known =
                device_numbers_.emplace(state.device, static_cast<std::uint32_t>(devices_.size()))
                    .first;
            devices_.push_back({state.device, number->second, {}});
            news = true;
        }
        Device& device = devices_[known->second];
        news = news || device.fleet != number->second || device.latest != state.latest;
        device.fleet = number->second;
        device.latest = state.latest;
        handles->push_back({known->second});
        if (news && listener_) listener_->changed({known->second}, number->second);
    }
    of.devices = std::move(handles);
}

PollState PolledFleets::state() const {
    const std::lock_guard lock(mutex_);
    PollState out = state_;
    if (out.rounds > 0) out.age_ms = (clock_->monotonic_ns() - began_ns_) / kNsPerMs;
    return out;
}

std::optional<std::uint32_t> PolledFleets::fleet_number(std::string_view fleet) const {
    const std::lock_guard lock(mutex_);
    const auto found = fleet_numbers_.find(fleet);
    return found == fleet_numbers_.end() ? std::nullopt : std::optional(found->second);
}

std::shared_ptr<const std::vector<live::DeviceHandle>> PolledFleets::devices_of(
    std::uint32_t fleet) const {
    const std::lock_guard lock(mutex_);
    FLEET_CHECK(fleet < fleets_.size());
    return fleets_[fleet].devices;
}

std::uint32_t PolledFleets::fleet_of(live::DeviceHandle device) const {
    const std::lock_guard lock(mutex_);
    FLEET_CHECK(device.value < devices_.size());
    return devices_[device.value].fleet;
}

std::string PolledFleets::id_of(live::DeviceHandle device) const {
    const std::lock_guard lock(mutex_);
    FLEET_CHECK(device.value < devices_.size());
    return devices_[device.value].id;
}

model::Latest PolledFleets::latest(live::DeviceHandle device) const {
    const std::lock_guard lock(mutex_);
    FLEET_CHECK(device.value < devices_.size());
    return devices_[device.value].latest;
}

std::optional<std::uint64_t> PolledFleets::critical_alerts(std::uint32_t fleet) const {
    const std::lock_guard lock(mutex_);
    FLEET_CHECK(fleet < fleets_.size());
    return fleets_[fleet].critical;
}

}  // namespace fleet::app
