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
        if (entry_locked(number).id == id && !erased_.contains(number)) return number;
    }
    return kAbsent;
}

std::uint32_t Registry::DeviceEntry::fleet() const noexcept {
    const Memberships* list = moves_.load(std::memory_order_acquire);
    return list == nullptr ? first_fleet_ : list->back().fleet;
}

std::uint32_t Registry::DeviceEntry::fleet_at(Day day) const noexcept {
    const Memberships* list = moves_.load(std::memory_order_acquire);
    return list == nullptr ? first_fleet_ : engine::fleet_at(*list, day);
}

Memberships Registry::DeviceEntry::memberships() const {
    const Memberships* list = moves_.load(std::memory_order_acquire);
    return list == nullptr ? Memberships{{Day{}, first_fleet_}} : *list;
}

std::vector<std::uint32_t> Registry::DeviceEntry::fleets() const {
    std::vector<std::uint32_t> out;
    for (const Membership& m : memberships()) out.push_back(m.fleet);
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

bool Registry::DeviceEntry::was_in(std::uint32_t fleet) const noexcept {
    const Memberships* list = moves_.load(std::memory_order_acquire);
    if (list == nullptr) return first_fleet_ == fleet;
    return std::any_of(list->begin(), list->end(),
                       [&](const Membership& m) { return m.fleet == fleet; });
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
        std::size_t at = hash_of(entry_locked(number).id) & (size - 1);
        while (buckets_[at] != 0) at = (at + 1) & (size - 1);
        buckets_[at] = number + 1;
    }
}

DeviceHandle Registry::add_locked(std::string_view id, std::uint32_t fleet) {
    const std::size_t number = count_.load(std::memory_order_relaxed);
    FLEET_CHECK(number < kBlock * kBlocks);
    auto& block = blocks_[number / kBlock];
    if (!block) block = std::make_unique<std::array<DeviceEntry, kBlock>>();
    DeviceEntry& entry = (*block)[number % kBlock];
    entry.id = std::string(id);
    entry.shard = shard_of(id);
    entry.first_fleet_ = fleet;
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

void Registry::set_memberships(DeviceHandle handle, Memberships list) {
    const std::unique_lock lock(mutex_);
    DeviceEntry& entry = entry_locked(handle.value);
    const std::uint32_t before = entry.fleet();
    lists_.push_back(std::make_unique<const Memberships>(std::move(list)));
    entry.moves_.store(lists_.back().get(), std::memory_order_release);
    if (erased_.contains(handle.value)) return;
    for (const Membership& m : *lists_.back()) fleets_[m.fleet].past.insert(handle.value);
    const std::uint32_t now = entry.fleet();
    if (now == before) return;
    std::erase(fleets_[before].members, handle);
    fleets_[before].sorted.reset();
    fleets_[now].members.push_back(handle);
    fleets_[now].sorted.reset();
}

void Registry::erase_device(DeviceHandle handle) {
    const std::unique_lock lock(mutex_);
    if (!erased_.insert(handle.value).second) return;
    const DeviceEntry& entry = entry_locked(handle.value);
    Fleet& owner = fleets_[entry.fleet()];
    std::erase(owner.members, handle);
    owner.sorted.reset();
    for (const std::uint32_t fleet : entry.fleets()) fleets_[fleet].past.erase(handle.value);
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
        sort_locked(*sorted);
        f.sorted = std::move(sorted);
    }
    return f.sorted;
}

std::shared_ptr<const std::vector<DeviceHandle>> Registry::devices_on(std::uint32_t fleet,
                                                                      Day day) const {
    {
        // Mostly nobody was ever moved into or out of the fleet.
        const std::shared_lock lock(mutex_);
        const Fleet& f = fleets_[fleet];
        if (!f.past.empty()) {
            auto out = std::make_shared<std::vector<DeviceHandle>>();
            for (const DeviceHandle device : f.members)
                if (!f.past.contains(device.value)) out->push_back(device);
            for (const std::uint32_t number : f.past)
                if (entry_locked(number).fleet_at(day) == fleet) out->push_back({number});
            sort_locked(*out);
            return out;
        }
    }
    return devices_of(fleet);
}

void Registry::sort_locked(std::vector<DeviceHandle>& devices) const {
    std::sort(devices.begin(), devices.end(), [&](DeviceHandle a, DeviceHandle b) {
        return entry_locked(a.value).id < entry_locked(b.value).id;
    });
}

}  // namespace fleet::engine
