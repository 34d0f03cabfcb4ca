// SPDX-License-Identifier: Apache-2.0
// Reading side of the head: what is in RAM over what is in the tables.
#include "base/check.hpp"
#include "codec/chunk.hpp"
#include "engine/head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace fleet::engine {

DevicePersistent Head::device(DeviceHandle device) const {
    const Shard& shard = shards_[registry_.device(device).shard];
    const std::lock_guard lock(shard.mutex);
    return head(device).persistent;
}

model::Latest Head::latest(DeviceHandle device) const {
    const Shard& shard = shards_[registry_.device(device).shard];
    const std::lock_guard lock(shard.mutex);
    return head(device).persistent.latest;
}

std::vector<Day> Head::days_of(DeviceHandle device) const {
    const Shard& shard = shards_[registry_.device(device).shard];
    const std::lock_guard lock(shard.mutex);
    return head(device).persistent.days;
}

Result<model::Latest> Head::latest_at(DeviceHandle device, Timestamp at) {
    const model::Latest now = latest(device);
    if (now.ts_ms <= at.ms) return now;
    model::Latest state;
    if (at.ms < 0) return state;
    std::vector<Day> days = days_of(device);
    // Groups that the device never sent are not looked for.
    std::size_t missing = 0;
    for (const std::int64_t ts : now.group_ts) missing += ts >= 0 ? 1 : 0;
    for (auto day = days.rbegin(); day != days.rend() && missing > 0; ++day) {
        if (day->begin() > at) continue;
        FLEET_TRY(const model::Rows rows,
                  day_rows(device, *day, day->begin(), Timestamp{at.ms + 1}));
        for (auto row = rows.samples.rbegin(); row != rows.samples.rend() && missing > 0; ++row) {
            const auto before = state.group_ts;
            state.ts_ms = std::max(state.ts_ms, row->ts_ms);
            model::Latest one;
            one.offer(*row, rows.texts);
            for (std::size_t g = 0; g < model::kGroupCount; ++g) {
                if (before[g] >= 0 || one.group_ts[g] < 0) continue;
                // First (newest) tuple of the group: take exactly that group of the row.
                model::Sample part = *row;
                part.mask &= model::group_mask(static_cast<model::Group>(g));
                state.offer(part, rows.texts);
                --missing;
            }
        }
    }
    return state;
}

Result<Head::DayParts> Head::day_parts(DeviceHandle device, Day day, Timestamp from, Timestamp to) {
    const std::uint8_t number = registry_.device(device).shard;
    Shard& shard = shards_[number];
    std::vector<ChunkSlot> slots;
    bool known = false;
    bool from_tables = false;
    std::optional<std::uint32_t> tail_key;
    std::optional<Tables::View> view;
    DayParts parts;
    {
        const std::lock_guard lock(shard.mutex);
        DeviceHead& h = head(device);
        if (!std::binary_search(h.persistent.days.begin(), h.persistent.days.end(), day) &&
            h.pending.empty())
            return DayParts{};
        FLEET_TRY_VOID(merge_device_pending(shard, h, device));
        if (const DayHead* open = find_day(h, day)) {
            known = open->chunks_known;
            slots = open->chunks;
        }
        if (!h.tail.empty() && day_of({h.tail.samples.front().ts_ms}) == day) {
            if (h.tail_stored)
                tail_key = static_cast<std::uint32_t>(h.tail.samples.front().ts_ms % kMsPerDay);
            for (const model::Sample& s : h.tail.samples)
                if (s.ts_ms >= from.ms && s.ts_ms < to.ms)
                    parts.tail.samples.push_back(translate(s, h.tail.texts, parts.tail.texts));
        }
        from_tables = !known || std::any_of(slots.begin(), slots.end(),
                                            [](const ChunkSlot& s) { return !s.bytes; });
        if (from_tables) view.emplace(tables_.view());
    }
    if (from_tables) {
        FLEET_TRY(std::vector<StoredChunk> stored, tables_.chunks(*view, key(device, day)));
        view.reset();
        if (!known) {
            slots.clear();
            for (StoredChunk& chunk : stored)
                if (!tail_key || chunk.first_ms != *tail_key)
                    slots.push_back({chunk.first_ms, 0, 0,
                                     std::make_shared<const std::string>(std::move(chunk.bytes)),
                                     false});
        } else {
            for (ChunkSlot& slot : slots) {
                if (slot.bytes) continue;
                const auto found =
                    std::find_if(stored.begin(), stored.end(),
                                 [&](const StoredChunk& c) { return c.first_ms == slot.first_ms; });
                if (found == stored.end())
                    return fail(Code::corrupt,
                                fmt::format("device {} day {}: a chunk is missing",
                                            registry_.device(device).id, format_day(day)));
                slot.bytes = std::make_shared<const std::string>(std::move(found->bytes));
            }
        }
    }
    const std::int64_t begin = day.begin().ms;
    for (std::size_t i = 0; i < slots.size(); ++i) {
        // Chunk i holds times from its first up to, not including, the first of the next.
        if (begin + slots[i].first_ms >= to.ms) break;
        if (i + 1 < slots.size() && begin + slots[i + 1].first_ms <= from.ms) continue;
        parts.chunks.push_back(std::move(slots[i].bytes));
    }
    return parts;
}

Failure Head::of_day(const Error& error, DeviceHandle device, Day day) const {
    return fail(error.within(
        fmt::format("device {} day {}", registry_.device(device).id, format_day(day))));
}

Result<model::Rows> Head::day_rows(DeviceHandle device, Day day, Timestamp from, Timestamp to) {
    FLEET_TRY(const DayParts parts, day_parts(device, day, from, to));
    model::Rows out;
    const auto before = [](const model::Sample& s, std::int64_t t) { return s.ts_ms < t; };
    for (const auto& chunk : parts.chunks) {
        const auto had = static_cast<std::ptrdiff_t>(out.samples.size());
        if (auto decoded = codec::decode_chunk(*chunk, out); !decoded)
            return of_day(decoded.error(), device, day);
        const auto start = out.samples.begin() + had;
        const auto kept =
            out.samples.erase(start, std::lower_bound(start, out.samples.end(), from.ms, before));
        out.samples.erase(std::lower_bound(kept, out.samples.end(), to.ms, before),
                          out.samples.end());
    }
    for (const model::Sample& s : parts.tail.samples)
        out.samples.push_back(translate(s, parts.tail.texts, out.texts));
    return out;
}

Result<void> Head::day_column(DeviceHandle device, model::Field field, Day day, Timestamp from,
                              Timestamp to, const ColumnVisitor& visit) {
    FLEET_TRY(const DayParts parts, day_parts(device, day, from, to));
    model::ColumnValues part;
    const auto give = [&] {
        const auto first = std::lower_bound(part.ts_ms.begin(), part.ts_ms.end(), from.ms);
        const auto last = std::lower_bound(first, part.ts_ms.end(), to.ms);
        const auto skip = static_cast<std::size_t>(first - part.ts_ms.begin());
        const auto size = static_cast<std::size_t>(last - first);
        if (size != 0)
            visit(std::span(part.ts_ms).subspan(skip, size),
                  std::span(part.values).subspan(skip, size));
        part.resize(0);
    };
    for (const auto& chunk : parts.chunks) {
        if (auto decoded = codec::decode_column(*chunk, field, part); !decoded)
            return of_day(decoded.error(), device, day);
        give();
    }
    for (const model::Sample& s : parts.tail.samples) {
        if (!s.has(field)) continue;
        part.ts_ms.push_back(s.ts_ms);
        part.values.push_back(s.value(field));
    }
    give();
    return {};
}

Result<DayRow> Head::day_row(DeviceHandle device, Day day) {
    Shard& shard = shards_[registry_.device(device).shard];
    const std::lock_guard lock(shard.mutex);
    DeviceHead& h = head(device);
    FLEET_TRY_VOID(settle(shard, h, device));
    if (const DayHead* open = find_day(h, day)) return open->row;
    if (!std::binary_search(h.persistent.days.begin(), h.persistent.days.end(), day))
        return DayRow{};
    FLEET_TRY(const auto bytes, tables_.day(key(device, day)));
    if (!bytes)
        return fail(Code::corrupt, fmt::format("device {} has no row for its day {}",
                                               registry_.device(device).id, format_day(day)));
    return decode_day_row(*bytes);
}

Result<model::DayHours> Head::shard_day(Shard& shard, std::uint8_t number, std::uint32_t fleet,
                                        Day day) {
    // A refold drops the cached day; so all devices are settled before it is asked for or made.
    FLEET_TRY_VOID(settle_members(shard, fleet));
    if (const auto found = shard.fleet_days.find({fleet, day}); found != shard.fleet_days.end())
        return found->second;

    model::DayHours hours{};
    std::vector<std::uint32_t> stored;  // devices whose row is only in the tables
    const auto add = [&](const model::DayHours& of) {
        for (std::size_t h = 0; h < 24; ++h)
            if (of[h].records != 0) hours[h].add(of[h]);
    };
    for (const DeviceHandle device : shard.devices) {
        if (registry_.device(device).fleet_at(day) != fleet) continue;
        const DeviceHead& h = head(device);
        if (const DayHead* open = find_day(h, day)) {
            add(open->row.result.hours);
        } else if (std::binary_search(h.persistent.days.begin(), h.persistent.days.end(), day)) {
            stored.push_back(device.value);
        }
    }
    std::size_t found = 0;
    if (!stored.empty()) {
        FLEET_TRY_VOID(tables_.for_each_day_row(
            day, number, [&](std::uint32_t device, std::string_view bytes) -> Result<void> {
                if (!std::binary_search(stored.begin(), stored.end(), device)) return {};
                FLEET_TRY(const DayRow row, decode_day_row(bytes));
                add(row.result.hours);
                ++found;
                return {};
            }));
    }
    if (found != stored.size())
        return fail(Code::corrupt, fmt::format("{} device rows of day {} are missing",
                                               stored.size() - found, format_day(day)));
    constexpr std::size_t kMaxCachedDays = 2048;  // 3 KiB each
    if (shard.fleet_days.size() >= kMaxCachedDays) shard.fleet_days.clear();
    shard.fleet_days.emplace(FleetDayKey{fleet, day}, hours);
    return hours;
}

Result<model::DayHours> Head::shard_hours(std::uint32_t fleet, Day day, std::uint8_t number) {
    Shard& shard = shards_[number];
    const std::lock_guard lock(shard.mutex);
    return shard_day(shard, number, fleet, day);
}

Result<model::DayHours> Head::fleet_day(std::uint32_t fleet, Day day) {
    model::DayHours total{};
    for (std::uint8_t number = 0; number < kShards; ++number) {
        Shard& shard = shards_[number];
        const std::lock_guard lock(shard.mutex);
        FLEET_TRY(const model::DayHours part, shard_day(shard, number, fleet, day));
        for (std::size_t h = 0; h < 24; ++h)
            if (part[h].records != 0) total[h].add(part[h]);
    }
    return total;
}

Accounting Head::accounting() const {
    Accounting sum;
    for (const Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        sum.stored += shard.counters.stored;
        sum.duplicates += shard.counters.duplicates;
        sum.conflicts += shard.counters.conflicts;
        sum.late += shard.counters.late;
        sum.erased += shard.counters.erased;
    }
    return sum;
}

void Head::set_listener(std::shared_ptr<ChangeListener> listener) {
    const std::lock_guard lock(listener_mutex_);
    listener_ = std::move(listener);
}

}  // namespace fleet::engine
