// SPDX-License-Identifier: Apache-2.0
// Writing side of the head: what is in RAM goes to the tables, one atomic batch for a device.
#include "base/fault.hpp"
#include "codec/chunk.hpp"
#include "engine/head.hpp"

#include <algorithm>
#include <utility>

namespace fleet::engine {

void Head::write_device(DeviceHead& h, DeviceHandle device, Tables::WriteSet& set) {
    for (const Day day : h.gone) set.erase_day(key(device, day));
    for (const auto& day : h.days) {
        if (!day->dirty) continue;
        const DayKey day_key = key(device, day->day);
        const bool has_tail = !h.tail.empty() && day_of({h.tail.samples.front().ts_ms}) == day->day;
        const std::uint32_t tail_first = has_tail ? within_day(h.tail.samples.front().ts_ms) : 0;
        for (const std::uint32_t first : day->erased) {
            const bool again =
                (has_tail && first == tail_first) ||
                std::any_of(day->chunks.begin(), day->chunks.end(),
                            [&](const ChunkSlot& slot) { return slot.first_ms == first; });
            if (!again) set.erase_chunk(day_key, first);
        }
        for (const ChunkSlot& slot : day->chunks)
            if (slot.dirty) set.put_chunk(day_key, slot.first_ms, *slot.bytes);
        if (has_tail && h.tail_dirty)
            set.put_chunk(day_key, tail_first, codec::encode_chunk(h.tail.samples, h.tail.texts));
        set.put_day(day_key, encode_day_row(day->row));
    }
    alerts_.collect(device.value, set);
    feed_marks_.collect(device, set);
    DevicePersistent& p = h.persistent;
    p.id = h.tombstone.empty() ? registry_.device(device).id : h.tombstone;
    Memberships fleets = registry_.device(device).memberships();
    p.fleet = fleets.front().fleet;
    if (fleets.size() > 1 && h.tombstone.empty()) p.moves = std::move(fleets);
    const std::uint64_t sequence = p.applied_sequence;
    if (FLEET_FAULT("device_sequence_dropped")) p.applied_sequence = 0;
    set.put_device(device.value, encode_device(p));
    p.applied_sequence = sequence;
    p.id = {};
    p.moves = {};
}

void Head::mark_written(DeviceHead& h) {
    for (const auto& day : h.days) {
        day->erased.clear();
        day->dirty = false;
        for (ChunkSlot& slot : day->chunks) {
            if (slot.dirty) dirty_bytes_ -= slot.bytes->size();
            slot.dirty = false;
            slot.bytes.reset();
        }
    }
    h.gone.clear();
    if (!h.tail.empty()) h.tail_stored = true;
    h.tail_dirty = false;
    if (h.days.size() > 1) h.days.erase(h.days.begin(), h.days.end() - 1);
    h.dirty = false;
}

std::uint64_t Head::put_fleets(Tables::WriteSet& set) const {
    const std::uint64_t version = registry_.fleet_version();
    if (version == fleets_written_.load()) return version;
    std::uint32_t number = 0;
    for (const auto& [id, days] : registry_.fleets())
        set.put_fleet(number++, encode_fleet(id, days));
    return version;
}

Result<void> Head::write_back(std::uint8_t shard_number) {
    constexpr std::size_t kSlice = 64;  // devices a lock hold
    Shard& shard = shards_[shard_number];
    while (true) {
        const std::lock_guard lock(shard.mutex);
        if (shard.dirty.empty()) return {};
        const std::size_t count = std::min(kSlice, shard.dirty.size());
        const std::vector<DeviceHandle> slice(
            shard.dirty.end() - static_cast<std::ptrdiff_t>(count), shard.dirty.end());
        Tables::WriteSet set;
        const std::uint64_t fleets = put_fleets(set);  // never a device without its fleet
        for (const DeviceHandle device : slice) {
            DeviceHead& h = head(device);
            FLEET_TRY_VOID(settle(shard, h, device));
            write_device(h, device, set);
        }
        FLEET_TRY_VOID(tables_.write(set));
        fleets_written_.store(fleets);
        for (const DeviceHandle device : slice) {
            alerts_.written(device.value);
            feed_marks_.written(device);
            mark_written(head(device));
        }
        shard.dirty.resize(shard.dirty.size() - count);
        FLEET_CRASH_POINT("mid_checkpoint");
    }
}

std::uint64_t Head::mark_for_feed(DeviceHandle device, std::optional<Day> day, bool replace) {
    Shard& shard = shards_[registry_.device(device).shard];
    const std::lock_guard lock(shard.mutex);
    DeviceHead& h = head(device);
    std::uint64_t marked = 0;
    for (const Day known : h.persistent.days) {
        if (day && known != *day) continue;
        feed_marks_.add_day(device, known, replace);
        ++marked;
    }
    if (marked > 0) mark_dirty(shard, h, device);
    return marked;
}

Result<void> Head::feed_day_copied(const FeedDay& day) {
    Shard& shard = shards_[registry_.device(day.device).shard];
    const std::lock_guard lock(shard.mutex);
    FLEET_TRY(const bool gone, feed_marks_.remove_day(day));
    if (gone) mark_dirty(shard, head(day.device), day.device);
    return {};
}

Result<void> Head::feed_alert_copied(const FeedAlert& alert) {
    Shard& shard = shards_[registry_.device(alert.device).shard];
    const std::lock_guard lock(shard.mutex);
    FLEET_TRY(const bool gone, feed_marks_.remove_alert(alert));
    if (gone) mark_dirty(shard, head(alert.device), alert.device);
    return {};
}

Result<void> Head::mark_alerts_for_feed() {
    FLEET_TRY(const std::set<std::uint32_t> devices, alerts_.mark_all());
    for (const std::uint32_t number : devices) {
        Shard& shard = shards_[registry_.device({number}).shard];
        const std::lock_guard lock(shard.mutex);
        mark_dirty(shard, head({number}), {number});
    }
    return {};
}

Result<void> Head::expire(DeviceHandle device, Day keep_from) {
    const Registry::DeviceEntry& entry = registry_.device(device);
    Shard& shard = shards_[entry.shard];
    const std::lock_guard lock(shard.mutex);
    DeviceHead& h = head(device);
    DevicePersistent& p = h.persistent;
    const auto old = p.silences.all();
    const bool silent = std::any_of(old.begin(), old.end(), [&](const Silence& s) {
        return s.start_ms < keep_from.begin().ms;
    });
    if (!silent && (p.days.empty() || p.days.front() >= keep_from)) return {};
    FLEET_TRY_VOID(settle(shard, h, device));
    Tables::WriteSet set;
    while (!p.days.empty() && p.days.front() < keep_from) {
        const Day day = p.days.front();
        FLEET_TRY(DayHead* const open, open_day(h, device, day));
        std::uint64_t records = 0;
        for (const model::HourStats& hour : open->row.result.hours) records += hour.records;
        p.rows -= std::min<std::uint64_t>(p.rows, records);
        p.base_state.clear();
        open->row.state.encode(p.base_state);
        // Up to the next day with rows: an OFFLINE alert may start on a day without.
        const Day next = p.days.size() > 1 ? std::min(p.days[1], keep_from) : keep_from;
        FLEET_TRY_VOID(forget_alerts(device, 0, next.begin().ms, AlertTable::Forget::expired));
        FLEET_TRY_VOID(feed_marks_.forget(device, day.begin().ms, day.end().ms));
        if (!h.tail.empty() && day_of({h.tail.samples.front().ts_ms}) == day) {
            tail_rows_ -= h.tail.size();
            h.tail.clear();
            h.tail_dirty = h.tail_stored = false;
        }
        for (const ChunkSlot& slot : open->chunks)
            if (slot.dirty) dirty_bytes_ -= slot.bytes->size();
        std::erase_if(h.days, [&](const auto& d) { return d->day == day; });
        set.erase_day(key(device, day));
        shard.fleet_days.erase({entry.fleet_at(day), day});
        p.days.erase(p.days.begin());
    }
    if (silent) {
        FLEET_TRY_VOID(forget_alerts(device, 0, keep_from.begin().ms, AlertTable::Forget::expired));
        std::vector<Silence> kept(p.silences.all().begin(), p.silences.all().end());
        std::erase_if(kept, [&](const Silence& s) { return s.start_ms < keep_from.begin().ms; });
        p.silences.set(std::move(kept));
    }
    p.first_ms = -1;
    if (!p.days.empty()) {
        FLEET_TRY(DayHead* const first, open_day(h, device, p.days.front()));
        model::Rows rows;
        FLEET_TRY_VOID(all_rows(h, device, *first, rows));
        if (!rows.empty()) p.first_ms = rows.samples.front().ts_ms;
    }
    mark_dirty(shard, h, device);
    write_device(h, device, set);
    FLEET_TRY_VOID(tables_.write(set));
    alerts_.written(device.value);
    feed_marks_.written(device);
    std::erase(shard.dirty, device);
    mark_written(h);
    return {};
}

}  // namespace fleet::engine
