// SPDX-License-Identifier: Apache-2.0
#include "engine/head.hpp"

#include "base/check.hpp"
#include "base/fault.hpp"
#include "codec/chunk.hpp"
#include "fold/hours.hpp"
#include "model/merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace fleet::engine {

namespace {

/// Where the merged rows of merge_rows() end up and what each incoming row did.
struct MergeSink {
    virtual ~MergeSink() = default;
    /// `lost`: the stored row has fewer fields than before.
    virtual void merged(std::uint32_t incoming, RowStatus status, const model::Sample& row,
                        const model::TextPool& texts, bool lost) = 0;
};

/// Merges `incoming` rows (named by `sorted`, ascending in time, equal times in order of arrival)
/// into `base`, whose rows ascend.
void merge_rows(model::Rows& base, const model::Rows& incoming,
                std::span<const std::uint32_t> sorted, MergeSink& sink) {
    std::vector<model::Sample> old;
    old.swap(base.samples);
    base.samples.reserve(old.size() + sorted.size());
    std::size_t i = 0;
    for (const std::uint32_t index : sorted) {
        const model::Sample& row = incoming.samples[index];
        while (i < old.size() && old[i].ts_ms <= row.ts_ms) base.samples.push_back(old[i++]);
        if (!base.samples.empty() && base.samples.back().ts_ms == row.ts_ms) {
            model::Sample& stored = base.samples.back();
            bool changed = false;
            const std::uint32_t before = stored.mask;
            const auto outcome = model::merge(stored, base.texts, row, incoming.texts, changed);
            if (FLEET_FAULT("wrong_merge_order"))
                stored = model::translate(row, incoming.texts, base.texts);
            sink.merged(index,
                        outcome == model::MergeOutcome::conflict ? RowStatus::conflict
                                                                 : RowStatus::duplicate,
                        stored, base.texts, (before & ~stored.mask) != 0);
        } else {
            base.samples.push_back(model::translate(row, incoming.texts, base.texts));
            sink.merged(index, RowStatus::stored, base.samples.back(), base.texts, false);
        }
    }
    base.samples.insert(base.samples.end(), old.begin() + static_cast<std::ptrdiff_t>(i),
                        old.end());
}

}  // namespace

Head::Head(Registry& registry, Tables& tables, std::uint64_t tail_budget_bytes)
    : registry_(registry),
      tables_(tables),
      feed_marks_(tables),
      alerts_(tables, feed_marks_),
      tail_budget_bytes_(tail_budget_bytes),
      blocks_(std::make_unique<
              std::array<std::unique_ptr<std::array<DeviceHead, kBlock>>, kBlocks>>()) {}

DeviceHead& Head::head(DeviceHandle device) const {
    auto& block = (*blocks_)[device.value / kBlock];
    FLEET_CHECK(block != nullptr);
    return (*block)[device.value % kBlock];
}

DayKey Head::key(DeviceHandle device, Day day) const {
    return {day, registry_.device(device).shard, device.value};
}

std::size_t Head::tail_capacity() const noexcept {
    const std::size_t devices = std::max<std::size_t>(registry_.device_count(), 1);
    return std::clamp<std::size_t>(tail_budget_bytes_ / (devices * sizeof(model::Sample)), 16,
                                   kChunkRows);
}

void Head::mark_dirty(Shard& shard, DeviceHead& head, DeviceHandle device) {
    if (head.dirty) return;
    head.dirty = true;
    shard.dirty.push_back(device);
}

DayHead* Head::find_day(const DeviceHead& head, Day day) {
    // The newest day is asked for nearly always.
    for (auto it = head.days.rbegin(); it != head.days.rend(); ++it) {
        if ((*it)->day == day) return it->get();
        if ((*it)->day < day) return nullptr;
    }
    return nullptr;
}

Result<void> Head::restore() {
    return tables_.for_each_device(
        [&](std::uint32_t number, std::string_view bytes) -> Result<void> {
            FLEET_TRY(DevicePersistent persistent, decode_device(bytes));
            if (number != registry_.device_count() || persistent.fleet >= registry_.fleet_count())
                return fail(Code::corrupt,
                            fmt::format("device row {} does not fit the registry", number));
            registry_.restore_device(number, persistent.id, persistent.fleet);
            const DeviceHandle device{number};
            if (!persistent.moves.empty()) {
                for (const Membership& m : persistent.moves)
                    if (m.fleet >= registry_.fleet_count())
                        return fail(
                            Code::corrupt,
                            fmt::format("device row {} names a fleet that is not there", number));
                registry_.set_memberships(device, std::exchange(persistent.moves, {}));
            }
            auto& block = (*blocks_)[number / kBlock];
            if (!block) block = std::make_unique<std::array<DeviceHead, kBlock>>();
            DeviceHead& h = head(device);
            h.known = true;
            Shard& shard = shards_[registry_.device(device).shard];
            shard.devices.push_back(device);
            shard.counters.stored += persistent.stored;
            shard.counters.duplicates += persistent.duplicates;
            shard.counters.conflicts += persistent.conflicts;
            shard.counters.late += persistent.late;
            shard.counters.erased += persistent.erased;
            if (persistent.id.starts_with('#')) {
                registry_.erase_device(device);
                std::uint64_t& through = erased_[persistent.id];
                through = std::max(through, persistent.applied_sequence);
                h.tombstone = persistent.id;
            }
            persistent.id = {};
            if (persistent.details && !persistent.details->enabled)
                registry_.set_enabled(device, false);
            h.persistent = std::move(persistent);
            return {};
        });
}

void Head::prepare_device(DeviceHandle device) {
    const std::lock_guard grow(grow_mutex_);
    auto& block = (*blocks_)[device.value / kBlock];
    if (!block) block = std::make_unique<std::array<DeviceHead, kBlock>>();
    (*block)[device.value % kBlock].known = true;
}

void Head::add_device(DeviceHandle device) {
    Shard& shard = shards_[registry_.device(device).shard];
    const std::lock_guard lock(shard.mutex);
    shard.devices.insert(std::upper_bound(shard.devices.begin(), shard.devices.end(), device),
                         device);
    head(device).persistent.rules_epoch = shard.rules->epoch;
    mark_dirty(shard, head(device), device);
}

void Head::change_device(DeviceHandle device, const model::DeviceChange& change,
                         std::uint64_t sequence) {
    Shard& shard = shards_[registry_.device(device).shard];
    const std::lock_guard lock(shard.mutex);
    DevicePersistent& p = head(device).persistent;
    if (sequence <= p.applied_sequence) return;
    model::DeviceDetails details =
        model::changed(p.details ? *p.details : model::DeviceDetails(), change);
    registry_.set_enabled(device, details.enabled);
    p.details = details == model::DeviceDetails()
                    ? nullptr
                    : std::make_shared<const model::DeviceDetails>(std::move(details));
    p.applied_sequence = sequence;
    mark_dirty(shard, head(device), device);
}

Result<DayHead*> Head::open_day(DeviceHead& h, DeviceHandle device, Day day) {
    if (DayHead* found = find_day(h, day)) return found;
    auto fresh = std::make_unique<DayHead>();
    fresh->day = day;
    auto& known = h.persistent.days;
    const auto at = std::lower_bound(known.begin(), known.end(), day);
    if (at != known.end() && *at == day) {
        FLEET_TRY(const auto bytes, tables_.day(key(device, day)));
        if (!bytes)
            return fail(Code::corrupt, fmt::format("device {} has no row for its day {}",
                                                   registry_.device(device).id, format_day(day)));
        FLEET_TRY(fresh->row, decode_day_row(*bytes));
        fresh->published = fresh->row.result.alerts;
    } else {
        FLEET_TRY(fresh->row.state, state_before(h, device, day));
        known.insert(std::lower_bound(known.begin(), known.end(), day), day);
        fresh->chunks_known = true;
    }
    fresh->row_known = true;
    const auto place = std::lower_bound(
        h.days.begin(), h.days.end(), day,
        [](const std::unique_ptr<DayHead>& d, Day value) { return d->day < value; });
    return h.days.insert(place, std::move(fresh))->get();
}

Result<void> Head::load_chunks(const DeviceHead& h, DeviceHandle device, DayHead& day) {
    if (day.chunks_known) return {};
    FLEET_TRY(std::vector<StoredChunk> stored, tables_.chunks(key(device, day.day)));
    const bool skip_tail =
        h.tail_stored && !h.tail.empty() && day_of({h.tail.samples.front().ts_ms}) == day.day;
    for (StoredChunk& chunk : stored) {
        if (skip_tail && chunk.first_ms == within_day(h.tail.samples.front().ts_ms)) continue;
        FLEET_TRY(const codec::ChunkInfo info, codec::chunk_info(chunk.bytes));
        day.chunks.push_back({chunk.first_ms, within_day(info.last_ms), info.count,
                              std::make_shared<const std::string>(std::move(chunk.bytes)), false});
    }
    day.chunks_known = true;
    return {};
}

Result<void> Head::load_slot(DeviceHandle device, const DayHead& day, std::size_t slot,
                             model::Rows& out) const {
    const ChunkSlot& chunk = day.chunks[slot];
    if (chunk.bytes) return codec::decode_chunk(*chunk.bytes, out);
    FLEET_TRY(const auto bytes, tables_.chunk(key(device, day.day), chunk.first_ms));
    if (!bytes)
        return fail(Code::corrupt, fmt::format("device {} day {}: a chunk is missing",
                                               registry_.device(device).id, format_day(day.day)));
    return codec::decode_chunk(*bytes, out);
}

void Head::replace_slots(DayHead& day, std::size_t at, std::size_t count, const model::Rows& rows) {
    for (std::size_t i = at; i < at + count; ++i) {
        if (day.chunks[i].dirty) dirty_bytes_ -= day.chunks[i].bytes->size();
        day.erased.push_back(day.chunks[i].first_ms);
    }
    const std::size_t pieces = (rows.size() + kChunkRows - 1) / kChunkRows;
    std::vector<ChunkSlot> fresh;
    for (std::size_t i = 0; i < pieces; ++i) {
        const std::size_t from = rows.size() * i / pieces;
        const std::size_t to = rows.size() * (i + 1) / pieces;
        const std::span<const model::Sample> part(rows.samples.data() + from, to - from);
        auto bytes = std::make_shared<const std::string>(codec::encode_chunk(part, rows.texts));
        dirty_bytes_ += bytes->size();
        fresh.push_back({within_day(part.front().ts_ms), within_day(part.back().ts_ms),
                         static_cast<std::uint32_t>(part.size()), std::move(bytes), true});
    }
    const auto place =
        day.chunks.erase(day.chunks.begin() + static_cast<std::ptrdiff_t>(at),
                         day.chunks.begin() + static_cast<std::ptrdiff_t>(at + count));
    day.chunks.insert(place, std::make_move_iterator(fresh.begin()),
                      std::make_move_iterator(fresh.end()));
    day.dirty = true;
}

Result<void> Head::seal_tail(DeviceHead& h, DeviceHandle device) {
    if (h.tail.empty()) return {};
    FLEET_TRY(DayHead* const day, open_day(h, device, day_of({h.tail.samples.front().ts_ms})));
    FLEET_TRY_VOID(load_chunks(h, device, *day));
    if (h.tail_stored) day->erased.push_back(within_day(h.tail.samples.front().ts_ms));
    // Size-tiered like an LSM tree: a neighbour that is not larger is taken in, so a row is
    // rewritten O(log) times.
    const std::size_t tail_rows = h.tail.size();
    std::size_t first = day->chunks.size();
    std::size_t total = tail_rows;
    while (first > 0 && day->chunks[first - 1].count <= total &&
           day->chunks[first - 1].count + total <= kChunkRows)
        total += day->chunks[--first].count;
    if (first == day->chunks.size()) {
        replace_slots(*day, first, 0, h.tail);
    } else {
        model::Rows rows;
        rows.samples.reserve(total);
        for (std::size_t i = first; i < day->chunks.size(); ++i)
            FLEET_TRY_VOID(load_slot(device, *day, i, rows));
        for (const model::Sample& s : h.tail.samples)
            rows.samples.push_back(model::translate(s, h.tail.texts, rows.texts));
        replace_slots(*day, first, day->chunks.size() - first, rows);
    }
    tail_rows_ -= tail_rows;
    h.tail.clear();
    h.tail_dirty = false;
    h.tail_stored = false;
    return {};
}

Result<void> Head::apply_group(Shard& shard, const Group& group,
                               std::span<const model::Record> records, std::uint64_t sequence,
                               bool defer, const Arrival& arrival, ApplyResult& result) {
    DeviceHead& h = head(group.device);
    FLEET_CHECK(h.known);
    DevicePersistent& p = h.persistent;
    if (sequence != 0 && sequence <= p.applied_sequence) return {};
    mark_dirty(shard, h, group.device);
    h.notify_from_ms = arrival.notify_from_ms;
    FLEET_TRY_VOID(know_open_alerts(h, group.device));
    if (p.rules_epoch != shard.rules->epoch) FLEET_TRY_VOID(take_rules(shard, h, group.device));
    // What was due before these rows came; mostly nothing, since the last ones came just before.
    if (arrival.received_ms - p.last_ms >= shard.silence_after_ms)
        FLEET_TRY_VOID(
            judge_silence(shard, h, group.device, arrival.received_ms, arrival.notify_from_ms));
    const std::int64_t newest_before = p.last_ms;

    const Registry::DeviceEntry& entry = registry_.device(group.device);
    const std::size_t capacity = tail_capacity();
    DayHead* day = nullptr;
    std::optional<fold::DayFold> fold;
    std::vector<DayHead*> folded;
    model::DayHours* fleet_hours = nullptr;
    std::uint64_t stored = 0;
    std::uint64_t late = 0;
    std::size_t offered = 0;  // rows at the end of the tail that `latest` has not seen
    std::vector<std::uint32_t> late_rows;
    const auto offer = [&] {
        std::uint32_t wanted = 0;
        const std::size_t from = h.tail.size() - offered;
        for (std::size_t i = from; i < h.tail.size(); ++i) wanted |= h.tail.samples[i].mask;
        // Newest first until every group that occurs was seen; older rows of a group change
        // nothing.
        for (std::size_t i = h.tail.size(); i > from && wanted != 0; --i) {
            const model::Sample& row = h.tail.samples[i - 1];
            p.latest.offer(row, h.tail.texts);
            for (std::size_t g = 0; g < model::kGroupCount; ++g) {
                const std::uint32_t bits = model::group_mask(static_cast<model::Group>(g));
                if ((row.mask & bits) != 0) wanted &= ~bits;
            }
            wanted &= ~model::kAttributesBit;
        }
        if (offered > 0) p.latest.ts_ms = std::max(p.latest.ts_ms, h.tail.samples.back().ts_ms);
        offered = 0;
    };

    for (const std::uint32_t index : group.order) {
        const model::Record& record = records[index];
        if (record.ts.ms <= p.last_ms) {
            if (record.ts.ms < p.last_ms) ++late;
            late_rows.push_back(index);
            continue;
        }
        const Day of = day_of(record.ts);
        if (day == nullptr || day->day != of || h.tail.size() >= capacity) {
            offer();
            if (!h.tail.empty() &&
                (h.tail.size() >= capacity || day_of({h.tail.samples.front().ts_ms}) != of))
                FLEET_TRY_VOID(seal_tail(h, group.device));
            FLEET_TRY(day, open_day(h, group.device, of));
            if (defer) feed_marks_.add_day(group.device, of);
            fold.emplace(day->row.state, day->row.result, day_rules(shard, group.device, *day));
            if (!day->refold && (folded.empty() || folded.back() != day)) folded.push_back(day);
            const auto found = shard.fleet_days.find({entry.fleet_at(of), of});
            fleet_hours = found == shard.fleet_days.end() ? nullptr : &found->second;
        }
        const model::Sample& row = model::append(h.tail, record);
        ++offered;
        if (!day->refold) {
            const auto hour_number = static_cast<std::size_t>(hour_of(record.ts));
            const model::HourStats& hour = day->row.result.hours[hour_number];
            if (fleet_hours == nullptr) {
                fold->step(row, h.tail.texts);
            } else {
                const model::LegStats legs = hour.legs;
                model::HourStats delta;
                fold::add_row(delta, row);
                delta.active_devices = hour.records == 0 ? 1 : 0;
                fold->step(row, h.tail.texts);
                delta.legs = {hour.legs.distance_mm - legs.distance_mm,
                              hour.legs.gap_mm - legs.gap_mm};
                (*fleet_hours)[hour_number].add(delta);
            }
        }
        day->dirty = true;
        p.last_ms = record.ts.ms;
        if (p.first_ms < 0) p.first_ms = record.ts.ms;
        if (result.statuses != nullptr) result.statuses[index] = RowStatus::stored;
        ++stored;
    }
    offer();
    tail_rows_ += stored;
    if (stored > 0) h.tail_dirty = true;
    const bool alerts_may_differ =
        !h.open_alerts.empty() || std::any_of(folded.begin(), folded.end(), [](const DayHead* d) {
            return !d->row.state.runs.empty() || d->row.result.alerts.size() != d->published.size();
        });
    if (alerts_may_differ)
        FLEET_TRY_VOID(sync_alerts(shard, h, group.device, folded, AlertCause::in_order,
                                   arrival.notify_from_ms));
    p.rows += stored;
    p.stored += stored;
    p.late += late;
    shard.counters.stored += stored;
    shard.counters.late += late;
    result.stored += stored;
    result.late += late;

    if (!late_rows.empty()) {
        if (defer) {
            if (h.pending.empty()) shard.with_pending.push_back(group.device);
            for (const std::uint32_t index : late_rows) model::append(h.pending, records[index]);
            pending_rows_ += late_rows.size();
        } else {
            model::Rows incoming;
            incoming.samples.reserve(late_rows.size());
            for (const std::uint32_t index : late_rows) model::append(incoming, records[index]);
            FLEET_TRY_VOID(merge_late(shard, h, group.device, incoming, late_rows, result));
        }
    }
    if (p.last_ms > newest_before)
        p.heard_s = static_cast<std::uint32_t>(std::max<std::int64_t>(arrival.received_ms, 0) /
                                               kMsPerSecond);
    if (!p.silences.empty()) FLEET_TRY_VOID(break_silences(shard, h, group, records, arrival));
    if (!h.queued && p.heard_s != 0 && shard.silence_after_ms != fold::kForEver) {
        shard.queue.push(p.last_ms + shard.silence_after_ms, group.device);
        h.queued = true;
    }
    if (sequence != 0) p.applied_sequence = sequence;
    return {};
}

Result<void> Head::merge_late(Shard& shard, DeviceHead& h, DeviceHandle device,
                              const model::Rows& incoming, std::span<const std::uint32_t> original,
                              ApplyResult& result) {
    struct Sink final : MergeSink {
        DeviceHandle device;
        FeedMarks& marks;
        DevicePersistent& persistent;
        Shard& shard;
        std::span<const std::uint32_t> original;
        ApplyResult& result;
        std::size_t stored = 0;
        Sink(DeviceHandle d, FeedMarks& m, DevicePersistent& p, Shard& s,
             std::span<const std::uint32_t> o, ApplyResult& r)
            : device(d), marks(m), persistent(p), shard(s), original(o), result(r) {}
        void merged(std::uint32_t incoming, RowStatus status, const model::Sample& row,
                    const model::TextPool& texts, bool lost) override {
            if (lost) marks.add_lost_values(device, row.ts_ms);
            persistent.latest.offer(row, texts);
            if (status == RowStatus::stored) {
                ++stored;
                ++persistent.rows;
                ++persistent.stored;
                ++shard.counters.stored;
                ++result.stored;
                persistent.first_ms =
                    persistent.first_ms < 0 ? row.ts_ms : std::min(persistent.first_ms, row.ts_ms);
            } else if (status == RowStatus::duplicate) {
                ++persistent.duplicates;
                ++shard.counters.duplicates;
                ++result.duplicates;
            } else {
                ++persistent.conflicts;
                ++shard.counters.conflicts;
                ++result.conflicts;
            }
            if (!original.empty() && result.statuses != nullptr)
                result.statuses[original[incoming]] = status;
        }
    } sink(device, feed_marks_, h.persistent, shard, original, result);

    std::vector<std::uint32_t> sorted(incoming.size());
    std::iota(sorted.begin(), sorted.end(), 0U);
    std::stable_sort(sorted.begin(), sorted.end(), [&](std::uint32_t a, std::uint32_t b) {
        return incoming.samples[a].ts_ms < incoming.samples[b].ts_ms;
    });

    std::size_t at = 0;
    while (at < sorted.size()) {
        const Day of = day_of({incoming.samples[sorted[at]].ts_ms});
        std::size_t end = at;
        while (end < sorted.size() && incoming.samples[sorted[end]].ts_ms < of.end().ms) ++end;
        FLEET_TRY(DayHead* const day, open_day(h, device, of));
        if (original.empty()) feed_marks_.add_day(device, of);  // rows of a bulk load
        if (!FLEET_FAULT("refold_skipped")) day->refold = true;
        day->dirty = true;
        want_settling(shard, h, device, AlertCause::late);
        const bool tail_of_day = !h.tail.empty() && day_of({h.tail.samples.front().ts_ms}) == of;
        std::size_t split = end;
        if (tail_of_day) {
            const std::int64_t first = h.tail.samples.front().ts_ms;
            split = at;
            while (split < end && incoming.samples[sorted[split]].ts_ms < first) ++split;
        }
        if (split < end) {
            sink.stored = 0;
            merge_rows(h.tail, incoming, std::span(sorted).subspan(split, end - split), sink);
            tail_rows_ += sink.stored;
            h.tail_dirty = true;
        }
        if (at < split) {
            FLEET_TRY_VOID(load_chunks(h, device, *day));
            // From the back, since a merge may change the number of slots behind it. Slot i takes
            // the times from its first to that of the next; slot 0 also what is before it.
            std::size_t slot = day->chunks.size();
            std::size_t right = split;
            if (slot == 0) {
                model::Rows rows;
                merge_rows(rows, incoming, std::span(sorted).subspan(at, split - at), sink);
                replace_slots(*day, 0, 0, rows);
                right = at;
            }
            while (right > at) {
                FLEET_CHECK(slot > 0);
                --slot;
                std::size_t left = right;
                while (left > at &&
                       (slot == 0 || within_day(incoming.samples[sorted[left - 1]].ts_ms) >=
                                         day->chunks[slot].first_ms))
                    --left;
                if (left == right) continue;
                model::Rows rows;
                FLEET_TRY_VOID(load_slot(device, *day, slot, rows));
                merge_rows(rows, incoming, std::span(sorted).subspan(left, right - left), sink);
                replace_slots(*day, slot, 1, rows);
                right = left;
            }
        }
        at = end;
    }
    if (h.tail.size() > kChunkRows) FLEET_TRY_VOID(seal_tail(h, device));
    return {};
}

Result<void> Head::merge_device_pending(Shard& shard, DeviceHead& h, DeviceHandle device) {
    if (h.pending.empty()) return {};
    model::Rows incoming;
    std::swap(incoming, h.pending);
    pending_rows_ -= incoming.size();
    return merge_late(shard, h, device, incoming, {}, shard.merged);
}

Result<void> Head::apply(std::uint8_t shard_number, std::span<const Group> groups,
                         std::span<const model::Record> records, std::uint64_t sequence, bool defer,
                         const Arrival& arrival, ApplyResult& result) {
    std::shared_ptr<ChangeListener> listener;
    {
        const std::lock_guard lock(listener_mutex_);
        listener = listener_;
    }
    Shard& shard = shards_[shard_number];
    const std::lock_guard lock(shard.mutex);
    for (const Group& group : groups) {
        FLEET_TRY_VOID(apply_group(shard, group, records, sequence, defer, arrival, result));
        if (listener) listener->changed(group.device, registry_.device(group.device).fleet());
    }
    return {};
}

Result<void> Head::merge_pending(std::uint8_t shard_number, ApplyResult& result) {
    Shard& shard = shards_[shard_number];
    const std::lock_guard lock(shard.mutex);
    std::vector<DeviceHandle> devices;
    devices.swap(shard.with_pending);
    for (const DeviceHandle device : devices)
        FLEET_TRY_VOID(merge_device_pending(shard, head(device), device));
    result.add(std::exchange(shard.merged, {}));
    return {};
}

Result<void> Head::all_rows(const DeviceHead& h, DeviceHandle device, DayHead& day,
                            model::Rows& out) {
    FLEET_TRY_VOID(load_chunks(h, device, day));
    for (std::size_t i = 0; i < day.chunks.size(); ++i)
        FLEET_TRY_VOID(load_slot(device, day, i, out));
    if (!h.tail.empty() && day_of({h.tail.samples.front().ts_ms}) == day.day)
        for (const model::Sample& s : h.tail.samples)
            out.samples.push_back(model::translate(s, h.tail.texts, out.texts));
    return {};
}

}  // namespace fleet::engine
