// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/change_feed.hpp"
#include "engine/overlay.hpp"

#include <atomic>
#include <cstdint>
#include <vector>

namespace fleet::engine {

/// What the change feed cannot learn from the journal, kept with each device's rows: device-days
/// that came around it, and rows that lost values in a merge. Nothing is noted while it is off.
/// Thread-safe, within the rules of Overlay.
class FeedMarks {
  public:
    explicit FeedMarks(Tables& tables);

    void turn_on() noexcept { on_.store(true, std::memory_order_relaxed); }
    [[nodiscard]] bool on() const noexcept { return on_.load(std::memory_order_relaxed); }
    /// Marks are told apart by numbers that never come twice in a process: `first` is above all
    /// that are stored.
    void begin_marks_at(std::uint64_t first) noexcept { next_mark_ = first; }

    /// `replace`: FeedDay; it stays with the day until it is copied.
    void add_day(DeviceHandle device, Day day, bool replace = false);
    void add_lost_values(DeviceHandle device, std::int64_t ts_ms);
    /// An alert changed that was under these severities before (FeedAlert), besides those of a mark
    /// that is there already. `alert.mark` means nothing.
    [[nodiscard]] Result<void> add_alert(FeedAlert alert);
    [[nodiscard]] Result<std::vector<FeedDay>> days(std::size_t limit) const;
    /// True if the mark was still this one, and is gone.
    [[nodiscard]] Result<bool> remove_day(const FeedDay& day);
    [[nodiscard]] Result<std::vector<FeedAlert>> alerts(std::size_t limit) const;
    [[nodiscard]] Result<bool> remove_alert(const FeedAlert& alert);
    /// Marks of all alerts of a device, when it is erased as a whole.
    [[nodiscard]] Result<void> forget_alerts(DeviceHandle device);
    [[nodiscard]] Result<bool> lost_values(DeviceHandle device, std::int64_t ts_ms) const;
    /// Notes of lost values with from ≤ time < to, when the rows expire or are erased. Marks of
    /// days stay: a day without rows is copied by copying nothing.
    [[nodiscard]] Result<void> forget(DeviceHandle device, std::int64_t from_ms,
                                      std::int64_t to_ms);
    [[nodiscard]] Result<std::uint64_t> largest_mark() const;

    /// Adds a device's changes to its set; written() once the set is in the tables.
    void collect(DeviceHandle device, Tables::WriteSet& set) const;
    void written(DeviceHandle device);

  private:
    std::atomic<bool> on_{false};
    std::atomic<std::uint64_t> next_mark_{1};
    Overlay days_;
    Overlay lost_;
    Overlay alerts_;
};

}  // namespace fleet::engine
