// SPDX-License-Identifier: Apache-2.0
// Erasing a device, or its rows of a period: afterwards the head is as if they had never come.
#include "base/check.hpp"
#include "engine/head.hpp"
#include "model/field.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace fleet::engine {

namespace {

/// Whether a state remembers anything of a time in [from, to).
bool remembers(const fold::DeviceState& state, std::int64_t from, std::int64_t to) {
    std::int64_t oldest = std::numeric_limits<std::int64_t>::max();
    std::int64_t newest = std::numeric_limits<std::int64_t>::min();
    const auto see = [&](std::int64_t ts) {
        oldest = std::min(oldest, ts);
        newest = std::max(newest, ts);
    };
    if (state.has_point()) {
        see(state.last.ts_ms);
        see(state.motion == fold::Motion::moving ? state.departure.ts_ms : state.anchor.ts_ms);
    }
    for (const fold::Run& run : state.runs) {
        see(run.start_ms);
        see(run.last_ms);
    }
    for (const fold::Side& side : state.sides)
        if (side.pending) see(side.pending->ts_ms);
    return oldest < to && newest >= from;
}

void clear_group(model::Latest& latest, model::Group group) {
    latest.group_ts[static_cast<std::size_t>(group)] = -1;
    latest.mask &= ~model::group_mask(group);
    for (const model::FieldInfo& field : model::kFields)
        if (field.group == group) latest.values[static_cast<std::size_t>(field.field)] = 0;
    if (group != model::Group::vehicle) return;
    latest.zone.clear();
    latest.alarm.clear();
}

}  // namespace

std::uint64_t Head::erased_through(std::string_view device_id) const {
    if (erased_.empty()) return 0;
    const auto found = erased_.find(erased_name(device_id));
    return found == erased_.end() ? 0 : found->second;
}

Result<void> Head::erase(DeviceHandle device, const std::optional<ErasePeriod>& period,
                         std::uint64_t sequence, EraseReport& report) {
    const Registry::DeviceEntry& entry = registry_.device(device);
    Shard& shard = shards_[entry.shard];
    {
        const std::lock_guard lock(shard.mutex);
        DeviceHead& h = head(device);
        if (sequence <= h.persistent.applied_sequence) return {};
        if (period) {
            FLEET_TRY_VOID(settle(shard, h, device));
            FLEET_TRY_VOID(erase_period(shard, h, device, *period, report));
        } else {
            FLEET_TRY_VOID(merge_device_pending(shard, h, device));
            report.rows += h.persistent.rows;
            report.device_days += h.persistent.days.size();
            FLEET_TRY(const std::uint64_t alerts,
                      forget_alerts(device, 0, fold::kForEver, AlertTable::Forget::expired));
            report.alerts += alerts;
            // The feed tells of the erasure itself: who the device was is not known any more then.
            FLEET_TRY_VOID(feed_marks_.forget_alerts(device));
            FLEET_TRY_VOID(feed_marks_.forget(device, 0, fold::kForEver));
            erase_device(shard, h, device);
            erased_[h.tombstone] = sequence;
        }
        h.persistent.applied_sequence = sequence;
        mark_dirty(shard, h, device);
    }
    std::shared_ptr<ChangeListener> listener;
    {
        const std::lock_guard lock(listener_mutex_);
        listener = listener_;
    }
    if (listener) listener->changed(device, entry.fleet());
    return {};
}

void Head::erase_device(Shard& shard, DeviceHead& h, DeviceHandle device) {
    const Registry::DeviceEntry& entry = registry_.device(device);
    DevicePersistent& p = h.persistent;
    for (const Day day : p.days) {
        h.gone.push_back(day);
        shard.fleet_days.erase({entry.fleet_at(day), day});
    }
    for (const auto& day : h.days)
        for (const ChunkSlot& slot : day->chunks)
            if (slot.dirty) dirty_bytes_ -= slot.bytes->size();
    h.days.clear();
    tail_rows_ -= h.tail.size();
    pending_rows_ -= h.pending.size();
    h.tail = {};
    h.pending = {};
    h.tail_dirty = h.tail_stored = false;
    h.open_alerts.clear();
    h.open_known = true;
    h.unsettled = false;
    std::erase(shard.unsettled, device);
    std::erase(shard.with_pending, device);
    // The counters are sums over all devices (I2), so they stay.
    DevicePersistent left;
    left.stored = p.stored;
    left.duplicates = p.duplicates;
    left.conflicts = p.conflicts;
    left.late = p.late;
    left.erased = p.erased + p.rows;
    left.rules_epoch = p.rules_epoch;
    shard.counters.erased += p.rows;
    p = std::move(left);
    h.tombstone = erased_name(entry.id);
}

Result<void> Head::erase_period(Shard& shard, DeviceHead& h, DeviceHandle device,
                                const ErasePeriod& period, EraseReport& report) {
    DevicePersistent& p = h.persistent;
    FLEET_TRY_VOID(know_open_alerts(h, device));
    const std::vector<Day> days = p.days;
    FLEET_TRY_VOID(check_cuts(h, device, period));
    std::vector<Day> emptied;
    std::uint64_t rows = 0;
    for (const Day day : days) {
        if (day.end() <= period.from || day.begin() >= period.to) continue;
        FLEET_TRY(DayHead* const open, open_day(h, device, day));
        FLEET_TRY(const std::uint64_t gone, erase_rows(h, device, *open, period));
        if (gone == 0) continue;
        rows += gone;
        ++report.device_days;
        open->refold = open->dirty = true;
        want_settling(shard, h, device, AlertCause::rules);
        const bool tail = !h.tail.empty() && day_of({h.tail.samples.front().ts_ms}) == day;
        if (open->chunks.empty() && !tail) emptied.push_back(day);
    }
    FLEET_TRY(const fold::DeviceState base, fold::DeviceState::decode(p.base_state));
    if (remembers(base, period.from.ms, period.to.ms)) {
        p.base_state.clear();
        if (!days.empty()) {
            FLEET_TRY(DayHead* const first, open_day(h, device, days.front()));
            first->refold = true;
            want_settling(shard, h, device, AlertCause::rules);
        }
    }
    // Before the fold takes them back, so that nothing inherits from them (I14).
    FLEET_TRY(const std::uint64_t alerts,
              forget_alerts(device, period.from.ms, period.to.ms, AlertTable::Forget::erased));
    FLEET_TRY(const std::uint64_t silences, erase_silences(shard, h, device, period));
    report.alerts += alerts + silences;
    FLEET_TRY_VOID(feed_marks_.forget(device, period.from.ms, period.to.ms));
    report.rows += rows;
    p.rows -= std::min(p.rows, rows);
    p.erased += rows;
    shard.counters.erased += rows;
    FLEET_TRY_VOID(settle(shard, h, device));
    FLEET_TRY_VOID(alerts_.redact(device.value, period.from.ms, period.to.ms));
    // Their rows were needed so far, to take back the alerts that they held.
    for (const Day day : emptied) {
        std::erase_if(h.days, [&](const auto& d) { return d->day == day; });
        std::erase(p.days, day);
        h.gone.push_back(day);
        shard.fleet_days.erase({registry_.device(device).fleet_at(day), day});
    }
    return know_ends(h, device, period);
}

Result<void> Head::check_cuts(DeviceHead& h, DeviceHandle device, const ErasePeriod& period) {
    const std::vector<Day> days = h.persistent.days;
    for (const Timestamp edge : {period.from, period.to}) {
        const auto day = std::find_if(days.begin(), days.end(),
                                      [&](Day d) { return d.begin() <= edge && edge < d.end(); });
        if (day == days.end()) continue;
        FLEET_TRY(DayHead* const open, open_day(h, device, *day));
        FLEET_TRY_VOID(load_chunks(h, device, *open));
        const std::uint32_t at = within_day(edge.ms);
        for (std::size_t i = 0; i < open->chunks.size(); ++i) {
            if (open->chunks[i].first_ms >= at || open->chunks[i].last_ms < at) continue;
            model::Rows rows;
            FLEET_TRY_VOID(load_slot(device, *open, i, rows));
        }
    }
    return {};
}

Result<std::uint64_t> Head::erase_rows(DeviceHead& h, DeviceHandle device, DayHead& day,
                                       const ErasePeriod& period) {
    FLEET_TRY_VOID(load_chunks(h, device, day));
    const auto inside = [&](std::int64_t ts) { return ts >= period.from.ms && ts < period.to.ms; };
    // A pool of its own, so that no text of an erased row stays in it.
    const auto keep_outside = [&](const model::Rows& rows) {
        model::Rows kept;
        for (const model::Sample& s : rows.samples)
            if (!inside(s.ts_ms))
                kept.samples.push_back(model::translate(s, rows.texts, kept.texts));
        return kept;
    };
    std::uint64_t gone = 0;
    const std::int64_t begin = day.day.begin().ms;
    for (std::size_t i = day.chunks.size(); i-- > 0;) {
        const std::int64_t first = begin + day.chunks[i].first_ms;
        const std::int64_t last = begin + day.chunks[i].last_ms;
        if (last < period.from.ms || first >= period.to.ms) continue;
        model::Rows kept;
        if (!inside(first) || !inside(last)) {
            model::Rows rows;
            FLEET_TRY_VOID(load_slot(device, day, i, rows));
            kept = keep_outside(rows);
        }
        const std::uint64_t removed = day.chunks[i].count - kept.size();
        if (removed == 0) continue;
        gone += removed;
        replace_slots(day, i, 1, kept);
    }
    if (h.tail.empty() || day_of({h.tail.samples.front().ts_ms}) != day.day) return gone;
    model::Rows kept = keep_outside(h.tail);
    const std::uint64_t removed = h.tail.size() - kept.size();
    if (removed == 0) return gone;
    const std::int64_t first = h.tail.samples.front().ts_ms;
    if (h.tail_stored && (kept.empty() || kept.samples.front().ts_ms != first)) {
        day.erased.push_back(within_day(first));
        h.tail_stored = false;
    }
    h.tail = std::move(kept);
    h.tail_dirty = !h.tail.empty();
    tail_rows_ -= removed;
    return gone + removed;
}

Result<void> Head::know_ends(DeviceHead& h, DeviceHandle device, const ErasePeriod& period) {
    DevicePersistent& p = h.persistent;
    const auto inside = [&](std::int64_t ts) { return ts >= period.from.ms && ts < period.to.ms; };
    p.first_ms = p.last_ms = -1;
    if (!p.days.empty()) {
        FLEET_TRY(DayHead* const first, open_day(h, device, p.days.front()));
        FLEET_TRY_VOID(load_chunks(h, device, *first));
        FLEET_CHECK(!first->chunks.empty() || !h.tail.empty());
        p.first_ms = first->chunks.empty() ? h.tail.samples.front().ts_ms
                                           : first->day.begin().ms + first->chunks.front().first_ms;
        FLEET_TRY(DayHead* const last, open_day(h, device, p.days.back()));
        FLEET_TRY_VOID(load_chunks(h, device, *last));
        p.last_ms = h.tail.empty() ? last->day.begin().ms + last->chunks.back().last_ms
                                   : h.tail.samples.back().ts_ms;
    }

    std::vector<model::Group> missing;
    for (std::size_t g = 0; g < model::kGroupCount; ++g) {
        if (!inside(p.latest.group_ts[g])) continue;
        missing.push_back(static_cast<model::Group>(g));
        clear_group(p.latest, missing.back());
    }
    // Retention may have removed the row of a value that is kept.
    p.latest.ts_ms =
        std::max(p.last_ms, *std::max_element(p.latest.group_ts.begin(), p.latest.group_ts.end()));
    const std::vector<Day> days = p.days;
    for (auto day = days.rbegin(); day != days.rend() && !missing.empty(); ++day) {
        FLEET_TRY(DayHead* const open, open_day(h, device, *day));
        model::Rows rows;
        FLEET_TRY_VOID(all_rows(h, device, *open, rows));
        for (std::size_t i = rows.size(); i > 0 && !missing.empty(); --i) {
            const model::Sample& row = rows.samples[i - 1];
            std::erase_if(missing, [&](model::Group group) {
                model::Sample part = row;
                part.mask &= model::group_mask(group);
                if (part.mask == 0) return false;
                p.latest.offer(part, rows.texts);
                return true;
            });
        }
    }
    return {};
}

}  // namespace fleet::engine
