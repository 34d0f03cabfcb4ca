// SPDX-License-Identifier: Apache-2.0
#include "engine/registry.hpp"

#include "base/check.hpp"
#include "engine/tables.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

namespace fleet::engine {

namespace {
std::uint64_t hash_of(std::string_view id) noexcept { return XXH3_64bits(id.data(), id.size()); }
}  // namespace

std::uint8_t shard_of(std::string_view device_id) noexcept {
    return static_cast<std::uint8_t>((hash_of(device_id) >> 32) % kShards);
}

std::string erased_name(std::string_view device_id) {
    const XXH128_hash_t hash = XXH3_128bits(device_id.data(), device_id.size());
    return fmt::format("#{:016x}{:016x}", hash.high64, hash.low64);
}

std::uint32_t Registry::find_locked(std::string_view id) const noexcept {
    const std::size_t mask = buckets_.size() - 1;
    for (std::size_t at = hash_of(id) & mask; buckets_[at] != 0; at = (at + 1) & mask) {
        const std::uint32_t number = buckets_[at] - 1;
        if ((*blocks_[number / kBlock])[number % kBlock].id == id && !erased_.contains(number))
            return number;
    }
    return kAbsent;
}

std::optional<DeviceHandle> Registry::find(std::string_view id) const {
    const std::shared_lock lock(mutex_);
    const std::uint32_t number = find_locked(id);
    if (number == kAbsent) return std::nullopt;
    return DeviceHandle{number};
}

void Registry::find_all(std::span<const model::Record> records,
                        std::vector<std::uint32_t>& out) const {
    out.resize(records.size());
    const std::shared_lock lock(mutex_);
    for (std::size_t i = 0; i < records.size(); ++i) {
        const bool same = i > 0 && records[i].device == records[i - 1].device;
        out[i] = same ? out[i - 1] : find_locked(records[i].device);
    }
}

void Registry::grow() {
    const std::size_t size = buckets_.size() * 2;
    buckets_.assign(size, 0);
    for (std::uint32_t number = 0; number < count_.load(std::memory_order_relaxed); ++number) {
        std::size_t at = hash_of((*blocks_[number / kBlock])[number % kBlock].id) & (size - 1);
        while (buckets_[at] != 0) at = (at + 1) & (size - 1);
        buckets_[at] = number + 1;
    }
}

DeviceHandle Registry::add_locked(std::string_view id, std::uint32_t fleet) {
    const std::size_t number = count_.load(std::memory_order_relaxed);
    FLEET_CHECK(number < kBlock * kBlocks);
    auto& block = blocks_[number / kBlock];
    if (!block) block = std::make_unique<std::array<DeviceEntry, kBlock>>();
    (*block)[number % kBlock] = {std::string(id), fleet, shard_of(id)};
    count_.store(number + 1, std::memory_order_release);
    if ((number + 1) * 2 > buckets_.size()) {
        grow();
    } else {
        std::size_t at = hash_of(id) & (buckets_.size() - 1);
        while (buckets_[at] != 0) at = (at + 1) & (buckets_.size() - 1);
        buckets_[at] = static_cast<std::uint32_t>(number + 1);
    }
    Fleet& owner = fleets_[fleet];
    const DeviceHandle handle{static_cast<std::uint32_t>(number)};
    owner.members.push_back(handle);
    owner.sorted.reset();
    return handle;
}

DeviceHandle Registry::intern_device(std::string_view id, std::uint32_t fleet, bool& created,
                                     const std::function<void(DeviceHandle)>& prepare) {
    const std::unique_lock lock(mutex_);
    const std::uint32_t known = find_locked(id);
    created = known == kAbsent;
    if (!created) return DeviceHandle{known};
    prepare(DeviceHandle{static_cast<std::uint32_t>(count_.load(std::memory_order_relaxed))});
    return add_locked(id, fleet);
}

void Registry::restore_device(std::uint32_t number, std::string_view id, std::uint32_t fleet) {
    const std::unique_lock lock(mutex_);
    FLEET_CHECK(number == count_.load(std::memory_order_relaxed));
    add_locked(id, fleet);
}

void Registry::erase_device(DeviceHandle handle) {
    const std::unique_lock lock(mutex_);
    if (!erased_.insert(handle.value).second) return;
    Fleet& owner = fleets_[(*blocks_[handle.value / kBlock])[handle.value % kBlock].fleet];
    std::erase(owner.members, handle);
    owner.sorted.reset();
    disabled_.erase(handle.value);
    disabled_count_.store(disabled_.size(), std::memory_order_release);
}

void Registry::set_enabled(DeviceHandle handle, bool enabled) {
    const std::unique_lock lock(mutex_);
    if (enabled || erased_.contains(handle.value)) {
        disabled_.erase(handle.value);
    } else {
        disabled_.insert(handle.value);
    }
    disabled_count_.store(disabled_.size(), std::memory_order_release);
}

void Registry::mark_disabled(std::vector<std::uint32_t>& devices) const {
    const std::shared_lock lock(mutex_);
    for (std::uint32_t& device : devices)
        if (disabled_.contains(device)) device = kDisabled;
}

std::size_t Registry::erased_count() const {
    const std::shared_lock lock(mutex_);
    return erased_.size();
}

std::uint32_t Registry::intern_fleet(std::string_view id, int retention_days, bool& created) {
    const std::unique_lock lock(mutex_);
    created = false;
    for (std::size_t i = 0; i < fleets_.size(); ++i)
        if (fleets_[i].id == id) return static_cast<std::uint32_t>(i);
    created = true;
    Fleet fleet;
    fleet.id = std::string(id);
    fleet.retention_days = retention_days;
    fleets_.push_back(std::move(fleet));
    fleet_version_.fetch_add(1, std::memory_order_release);
    return static_cast<std::uint32_t>(fleets_.size() - 1);
}

void Registry::restore_fleet(std::uint32_t number, std::string_view id, int retention_days) {
    bool created = false;
    const std::uint32_t got = intern_fleet(id, retention_days, created);
    FLEET_CHECK(created && got == number);
}

std::optional<std::uint32_t> Registry::find_fleet(std::string_view id) const {
    const std::shared_lock lock(mutex_);
    for (std::size_t i = 0; i < fleets_.size(); ++i)
        if (fleets_[i].id == id) return static_cast<std::uint32_t>(i);
    return std::nullopt;
}

void Registry::set_retention(std::uint32_t fleet, int days) {
    const std::unique_lock lock(mutex_);
    fleets_[fleet].retention_days = days;
    fleet_version_.fetch_add(1, std::memory_order_release);
}
int Registry::retention(std::uint32_t fleet) const {
    const std::shared_lock lock(mutex_);
    return fleets_[fleet].retention_days;
}
std::string Registry::fleet_id(std::uint32_t fleet) const {
    const std::shared_lock lock(mutex_);
    return fleets_[fleet].id;
}
std::size_t Registry::fleet_count() const {
    const std::shared_lock lock(mutex_);
    return fleets_.size();
}
std::vector<std::pair<std::string, int>> Registry::fleets() const {
    const std::shared_lock lock(mutex_);
    std::vector<std::pair<std::string, int>> out;
    for (const Fleet& f : fleets_) out.emplace_back(f.id, f.retention_days);
    return out;
}

const Registry::DeviceEntry& Registry::device(DeviceHandle handle) const {
    FLEET_CHECK(handle.value < device_count());
    return (*blocks_[handle.value / kBlock])[handle.value % kBlock];
}

std::shared_ptr<const std::vector<DeviceHandle>> Registry::devices_of(std::uint32_t fleet) const {
    {
        const std::shared_lock lock(mutex_);
        if (fleets_[fleet].sorted) return fleets_[fleet].sorted;
    }
    const std::unique_lock lock(mutex_);
    const Fleet& f = fleets_[fleet];
    if (!f.sorted) {
        auto sorted = std::make_shared<std::vector<DeviceHandle>>(f.members);
        const auto id = [&](DeviceHandle h) -> const std::string& {
            return (*blocks_[h.value / kBlock])[h.value % kBlock].id;
        };
        std::sort(sorted->begin(), sorted->end(),
                  [&](DeviceHandle a, DeviceHandle b) { return id(a) < id(b); });
        f.sorted = std::move(sorted);
    }
    return f.sorted;
}

}  // namespace fleet::engine
