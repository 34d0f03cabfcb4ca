// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"
#include "engine/engine.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace fleet::engine {

/// End of a silence that goes on.
inline constexpr std::int64_t kSilent = std::numeric_limits<std::int64_t>::max();
/// A silence that is noticed later than this after its alert would have started makes none: it is
/// history. Late rows change what was noticed as long as it ended no longer ago than this.
inline constexpr std::int64_t kSilenceIsHistoryMs = kMsPerDay;
/// Vehicles get so long to come back before they are judged, when the server has been away.
inline constexpr std::int64_t kListenFirstMs = 2 * kMsPerMinute;

/// A time without records that an OFFLINE alert stands for (docs/fold.md, Beside the fold).
struct Silence {
    std::int64_t since_ms = 0;      ///< of the record before it
    std::int64_t start_ms = 0;      ///< of the alert
    std::int64_t end_ms = kSilent;  ///< of the record after it
    std::uint32_t rule = 0;
    std::int32_t limit_s = 0;
    bool operator==(const Silence&) const = default;

    [[nodiscard]] bool open() const noexcept { return end_ms == kSilent; }
};

/// What is left of a silence when records at `times` (ascending) turn up in it: its parts that are
/// still as long as the limit. A rest that goes on is one of them if it is that long at `now_ms`
/// (−1: unknown, then it never is).
[[nodiscard]] std::vector<Silence> split(const Silence& silence,
                                         std::span<const std::int64_t> times, std::int64_t now_ms);

/// The silences of one device. Most devices have none, so an empty list is a null pointer.
class Silences {
  public:
    Silences() = default;
    Silences(const Silences& other) { *this = other; }
    Silences(Silences&&) noexcept = default;
    Silences& operator=(const Silences& other) {
        set(other.list_ ? *other.list_ : std::vector<Silence>());
        return *this;
    }
    Silences& operator=(Silences&&) noexcept = default;
    ~Silences() = default;

    [[nodiscard]] bool empty() const noexcept { return !list_; }
    [[nodiscard]] std::span<const Silence> all() const noexcept {
        return list_ ? std::span<const Silence>(*list_) : std::span<const Silence>();
    }
    void set(std::vector<Silence> list) {
        list_ = list.empty() ? nullptr : std::make_unique<std::vector<Silence>>(std::move(list));
    }

  private:
    std::unique_ptr<std::vector<Silence>> list_;
};

/// Devices by the time at which they are to be looked at: a heap of 8 bytes a device. A device that
/// reports meanwhile stays where it is and is put back when its time comes, so that ingest never
/// touches the queue. Not thread-safe.
class SilenceQueue {
  public:
    /// Times are kept from a year before the latest `now_ms` on, for 8 years.
    void clear(std::int64_t now_ms);
    void push(std::int64_t due_ms, DeviceHandle device);
    /// The device that is due first, if it is due at `now_ms`.
    [[nodiscard]] std::optional<DeviceHandle> pop(std::int64_t now_ms);
    [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }

  private:
    static constexpr int kDeviceBits = 26;  ///< capacity of the registry
    std::int64_t base_ms_ = 0;
    std::vector<std::uint64_t> heap_;  ///< time since base_ms_, then device
};

}  // namespace fleet::engine
