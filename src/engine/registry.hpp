// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "engine/membership.hpp"

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace fleet::engine {

/// Shard of a device: a hash of its id, the same on every machine and for ever.
[[nodiscard]] std::uint8_t shard_of(std::string_view device_id) noexcept;

/// What stands for the id of an erased device on disk: '#' (which no id has) and a hash of the id.
[[nodiscard]] std::string erased_name(std::string_view device_id);

/// Interns devices and fleets: strings outside, dense numbers inside. Numbers are persisted and
/// never reused. Thread-safe: look-ups share a lock, registrations take it alone.
class Registry {
  public:
    /// Readers hold no lock: id and shard never change, and the fleets are a list that is replaced
    /// as a whole.
    class DeviceEntry {
      public:
        std::string id;
        std::uint8_t shard = 0;

        /// The fleet of now.
        [[nodiscard]] std::uint32_t fleet() const noexcept;
        [[nodiscard]] std::uint32_t fleet_at(Day day) const noexcept;
        /// Every fleet that it was in for a day at least, each once.
        [[nodiscard]] std::vector<std::uint32_t> fleets() const;
        [[nodiscard]] bool was_in(std::uint32_t fleet) const noexcept;
        [[nodiscard]] Memberships memberships() const;
        [[nodiscard]] bool was_moved() const noexcept {
            return moves_.load(std::memory_order_acquire) != nullptr;
        }

      private:
        friend class Registry;
        std::uint32_t first_fleet_ = 0;
        std::atomic<const Memberships*> moves_{nullptr};  ///< null: it was never moved
    };

    [[nodiscard]] std::optional<DeviceHandle> find(std::string_view id) const;
    /// Looks up the devices of many records under one lock; absent ones give kAbsent.
    static constexpr std::uint32_t kAbsent = 0xFFFFFFFF;
    void find_all(std::span<const model::Record> records, std::vector<std::uint32_t>& out) const;

    /// The device of this id, registered in `fleet` if it is new. `prepare` is called with the
    /// number of a new device before anyone else can see it; it must not call the registry.
    /// Capacity: 2^26 devices.
    DeviceHandle intern_device(std::string_view id, std::uint32_t fleet, bool& created,
                               const std::function<void(DeviceHandle)>& prepare);
    /// Puts back a persisted device; numbers come in ascending order.
    void restore_device(std::uint32_t number, std::string_view id, std::uint32_t fleet);

    /// Replaces the fleets of a device. The list before lives on with the registry.
    void set_memberships(DeviceHandle handle, Memberships list);

    /// Takes a device out of every list: its id is unknown from now on, and a new number's if it is
    /// registered again. The number stays taken, and device() goes on to answer for those who hold
    /// it.
    void erase_device(DeviceHandle handle);
    [[nodiscard]] std::size_t erased_count() const;

    /// Whether records of a device are taken.
    void set_enabled(DeviceHandle handle, bool enabled);
    [[nodiscard]] bool any_disabled() const noexcept {
        return disabled_count_.load(std::memory_order_acquire) != 0;
    }
    /// Puts kDisabled in the place of such devices among numbers that find_all() gave.
    static constexpr std::uint32_t kDisabled = 0xFFFFFFFE;
    void mark_disabled(std::vector<std::uint32_t>& devices) const;

    std::uint32_t intern_fleet(std::string_view id, int retention_days, bool& created);
    void restore_fleet(std::uint32_t number, std::string_view id, int retention_days);
    [[nodiscard]] std::optional<std::uint32_t> find_fleet(std::string_view id) const;
    void set_retention(std::uint32_t fleet, int days);
    [[nodiscard]] int retention(std::uint32_t fleet) const;
    [[nodiscard]] std::string fleet_id(std::uint32_t fleet) const;
    [[nodiscard]] std::vector<std::pair<std::string, int>> fleets() const;
    [[nodiscard]] std::size_t fleet_count() const;
    /// Grows with every change of a fleet, so that an unchanged list need not be written again.
    [[nodiscard]] std::uint64_t fleet_version() const noexcept {
        return fleet_version_.load(std::memory_order_acquire);
    }

    /// The entry of a handle that came from here; its address never changes.
    [[nodiscard]] const DeviceEntry& device(DeviceHandle handle) const;
    [[nodiscard]] std::size_t device_count() const noexcept {
        return count_.load(std::memory_order_acquire);
    }
    /// Devices of a fleet sorted by id.
    [[nodiscard]] std::shared_ptr<const std::vector<DeviceHandle>> devices_of(
        std::uint32_t fleet) const;
    /// Devices that were in a fleet on a day, sorted by id.
    [[nodiscard]] std::shared_ptr<const std::vector<DeviceHandle>> devices_on(std::uint32_t fleet,
                                                                              Day day) const;

  private:
    static constexpr std::size_t kBlock = 4096;
    static constexpr std::size_t kBlocks = 16'384;
    struct Fleet {
        std::string id;
        int retention_days = 0;
        std::vector<DeviceHandle> members;       ///< now, in the order in which they came
        std::unordered_set<std::uint32_t> past;  ///< numbers of those that were, or are again
        mutable std::shared_ptr<const std::vector<DeviceHandle>> sorted;
    };

    [[nodiscard]] std::uint32_t find_locked(std::string_view id) const noexcept;
    [[nodiscard]] DeviceEntry& entry_locked(std::uint32_t number) const noexcept {
        return (*blocks_[number / kBlock])[number % kBlock];
    }
    void sort_locked(std::vector<DeviceHandle>& devices) const;
    DeviceHandle add_locked(std::string_view id, std::uint32_t fleet);
    void grow();

    mutable std::shared_mutex mutex_;
    std::vector<std::uint32_t> buckets_ =
        std::vector<std::uint32_t>(1024, 0);  ///< number + 1, open addressing
    std::array<std::unique_ptr<std::array<DeviceEntry, kBlock>>, kBlocks> blocks_;
    std::atomic<std::size_t> count_{0};
    std::deque<Fleet> fleets_;
    std::vector<std::unique_ptr<const Memberships>> lists_;  ///< all that were ever published
    std::unordered_set<std::uint32_t> erased_;
    std::unordered_set<std::uint32_t> disabled_;
    std::atomic<std::size_t> disabled_count_{0};
    std::atomic<std::uint64_t> fleet_version_{0};
};

}  // namespace fleet::engine
