// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace fleet::store::cassandra {

struct CacheCounts {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::size_t entries = 0;
};

/// A value that was read, and when.
template <class V>
struct Aged {
    V value{};
    std::int64_t read_ns = 0;  ///< when reading began: what it says is at least as new
    bool remote = false;       ///< read from the other datacentre
};

/// Values that may be a little old: read when asked for, kept for `max_age_ms`, at most `most` of
/// them. Callers who ask for the same key at a time share one read. An age of 0 keeps nothing and
/// shares nothing. Thread-safe; `read` runs on the caller's thread without a lock held.
template <class V>
class AgedMap {
  public:
    AgedMap(std::int64_t max_age_ms, std::size_t most, std::shared_ptr<const Clock> timer)
        : max_age_ns_(max_age_ms * 1'000'000), most_(most), timer_(std::move(timer)) {}

    using Shared = std::shared_ptr<const Aged<V>>;
    using Read = std::function<Result<Aged<V>>()>;

    [[nodiscard]] Result<Shared> get(const std::string& key, const Read& read) {
        if (max_age_ns_ == 0) {
            ++misses_;
            return fresh(read);
        }
        {
            std::unique_lock lock(mutex_);
            for (;;) {
                Slot& slot = slots_[key];
                if (slot.value && timer_->monotonic_ns() - slot.value->read_ns <= max_age_ns_) {
                    ++hits_;
                    return slot.value;
                }
                if (!slot.reading) {
                    slot.reading = true;
                    break;
                }
                // Whoever reads has a deadline, and tells.
                came_.wait_for(lock, std::chrono::seconds(1));
            }
        }
        ++misses_;
        auto value = fresh(read);
        const std::lock_guard lock(mutex_);
        slots_[key].reading = false;
        if (value) {
            slots_[key].value = *value;
        } else {
            drop(key);
        }
        make_room(key);
        came_.notify_all();
        return value;
    }

    /// Takes a value that was read for another reason.
    void put(const std::string& key, Aged<V> value) {
        if (max_age_ns_ == 0) return;
        const std::lock_guard lock(mutex_);
        slots_[key].value = std::make_shared<const Aged<V>>(std::move(value));
        make_room(key);
    }

    [[nodiscard]] CacheCounts counts() const {
        const std::lock_guard lock(mutex_);
        return {hits_, misses_, slots_.size()};
    }

  private:
    struct Slot {
        Shared value;
        bool reading = false;
    };

    [[nodiscard]] Result<Shared> fresh(const Read& read) {
        const std::int64_t begin = timer_->monotonic_ns();
        FLEET_TRY(Aged<V> value, read());
        value.read_ns = begin;
        return std::make_shared<const Aged<V>>(std::move(value));
    }
    void drop(const std::string& key) {
        const auto at = slots_.find(key);
        if (at != slots_.end() && !at->second.reading) slots_.erase(at);
    }
    /// What is old goes first; what is being read stays, and what has just come.
    void make_room(const std::string& newest) {
        if (slots_.size() <= most_) return;
        const std::int64_t now = timer_->monotonic_ns();
        for (const std::int64_t age : {max_age_ns_ / 2, std::int64_t{-1}}) {
            std::erase_if(slots_, [&](const auto& entry) {
                const Slot& slot = entry.second;
                return entry.first != newest && !slot.reading &&
                       (!slot.value || now - slot.value->read_ns > age);
            });
            if (slots_.size() <= most_) return;
        }
    }

    const std::int64_t max_age_ns_;
    const std::size_t most_;
    std::shared_ptr<const Clock> timer_;
    mutable std::mutex mutex_;
    std::condition_variable came_;
    std::map<std::string, Slot> slots_;
    std::atomic<std::uint64_t> hits_{0};
    std::atomic<std::uint64_t> misses_{0};
};

}  // namespace fleet::store::cassandra
