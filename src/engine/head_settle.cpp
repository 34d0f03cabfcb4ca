// SPDX-License-Identifier: Apache-2.0
// Bringing a device's days, and the alerts that follow from them, up to date after late rows or
// changed rules.
#include "base/fault.hpp"
#include "engine/head.hpp"

#include <algorithm>
#include <utility>

namespace fleet::engine {

void Head::want_settling(Shard& shard, DeviceHead& h, DeviceHandle device, AlertCause cause) {
    if (!h.unsettled || cause == AlertCause::late) h.cause = cause;
    if (h.unsettled) return;
    h.unsettled = true;
    shard.unsettled.push_back(device);
}

Result<fold::DeviceState> Head::state_before(DeviceHead& h, DeviceHandle device, Day day) {
    const auto& known = h.persistent.days;
    const auto at = std::lower_bound(known.begin(), known.end(), day);
    if (at == known.begin()) return fold::DeviceState::decode(h.persistent.base_state);
    FLEET_TRY(const DayHead* const before, open_day(h, device, *std::prev(at)));
    return before->row.state;
}

const fold::DayRules& Head::day_rules(const Shard& shard, DeviceHandle device, DayHead& day) const {
    if (!day.rules || day.rules_epoch != shard.rules->epoch) {
        const Registry::DeviceEntry& entry = registry_.device(device);
        day.rules = shard.rules->set->for_day(entry.id, registry_.fleet_id(entry.fleet_at(day.day)),
                                              day.day);
        day.rules_epoch = shard.rules->epoch;
    }
    return *day.rules;
}

Result<void> Head::take_rules(Shard& shard, DeviceHead& h, DeviceHandle device) {
    const std::int64_t from = shard.rules->changed_since(h.persistent.rules_epoch);
    const std::vector<Day> days = h.persistent.days;
    for (const Day day : days) {
        if (day.end().ms <= from) continue;
        FLEET_TRY(DayHead* const open, open_day(h, device, day));
        open->refold = true;
        want_settling(shard, h, device, AlertCause::rules);
    }
    h.persistent.rules_epoch = shard.rules->epoch;
    mark_dirty(shard, h, device);
    return {};
}

Result<void> Head::know_open_alerts(DeviceHead& h, DeviceHandle device) {
    if (h.open_known) return {};
    if (!h.persistent.days.empty()) {
        FLEET_TRY(const DayHead* const newest, open_day(h, device, h.persistent.days.back()));
        newest->row.state.open_alerts(h.open_alerts);
    }
    h.open_known = true;
    return {};
}

Result<void> Head::sync_alerts(Shard& shard, DeviceHead& h, DeviceHandle device,
                               std::span<DayHead* const> days, AlertCause cause,
                               std::int64_t notify_from_ms) {
    if (days.empty()) return {};
    const Registry::DeviceEntry& entry = registry_.device(device);
    using Named = std::pair<model::AlertId, const model::AlertRun*>;
    const auto name = [&](const std::vector<model::AlertRun>& runs, std::vector<Named>& out) {
        for (const model::AlertRun& run : runs)
            out.emplace_back(model::alert_id(shard.rules->rule_name(run.rule), entry.id,
                                             shard.rules->zone_id(run.zone), run.start_ms),
                             &run);
    };
    std::vector<Named> old;
    std::vector<Named> now;
    for (const DayHead* day : days) {
        name(day->published, old);
        name(day->row.result.alerts, now);
    }
    std::vector<model::AlertRun> open;
    const bool newest = days.back()->day == h.persistent.days.back();
    if (newest) {
        days.back()->row.state.open_alerts(open);
        name(h.open_alerts, old);
        name(open, now);
    }
    const auto by_id = [](const Named& a, const Named& b) { return a.first < b.first; };
    std::sort(old.begin(), old.end(), by_id);
    std::sort(now.begin(), now.end(), by_id);
    const auto entry_of = [&](const Named& alert) {
        const Day start = day_of({alert.second->start_ms});
        return AlertTable::Entry{alert.first, entry.fleet_at(start), device.value, *alert.second};
    };
    // What goes first, so that what comes may inherit from it.
    for (const Named& alert : old)
        if (!std::binary_search(now.begin(), now.end(), alert, by_id))
            FLEET_TRY_VOID(alerts_.remove(entry_of(alert), cause));
    for (const Named& alert : now) {
        const auto before = std::lower_bound(old.begin(), old.end(), alert, by_id);
        if (before == old.end() || before->first != alert.first) {
            FLEET_TRY_VOID(alerts_.add(entry_of(alert), cause, notify_from_ms));
        } else if (!(*before->second == *alert.second)) {
            FLEET_TRY_VOID(alerts_.change(entry_of(alert)));
        }
    }
    for (DayHead* day : days) day->published = day->row.result.alerts;
    if (newest) h.open_alerts = std::move(open);
    return {};
}

Result<bool> Head::refold(Shard& shard, DeviceHead& h, DeviceHandle device, DayHead& day) {
    model::Rows rows;
    FLEET_TRY_VOID(all_rows(h, device, day, rows));
    DayRow fresh;
    FLEET_TRY(fresh.state, state_before(h, device, day.day));
    fold::DayFold fold(fresh.state, fresh.result, day_rules(shard, device, day));
    for (const model::Sample& row : rows.samples) fold.step(row, rows.texts);
    const bool other = !(fresh.state == day.row.state);
    day.row = std::move(fresh);
    day.refold = false;
    day.dirty = true;
    shard.fleet_days.erase({registry_.device(device).fleet_at(day.day), day.day});
    return other;
}

Result<void> Head::settle(Shard& shard, DeviceHead& h, DeviceHandle device) {
    FLEET_TRY_VOID(merge_device_pending(shard, h, device));
    if (h.persistent.rules_epoch != shard.rules->epoch)
        FLEET_TRY_VOID(take_rules(shard, h, device));
    if (!h.unsettled) return {};
    FLEET_TRY_VOID(know_open_alerts(h, device));
    std::vector<DayHead*> folded;
    // Ascending. Opening a day may put one before the place of `i`, which is then looked at again.
    for (std::size_t i = 0; i < h.days.size(); ++i) {
        DayHead& day = *h.days[i];
        if (!day.refold) continue;
        FLEET_TRY(const bool other, refold(shard, h, device, day));
        folded.push_back(&day);
        if (!other || FLEET_FAULT("refold_stops_early")) continue;
        const auto& known = h.persistent.days;
        const auto next = std::upper_bound(known.begin(), known.end(), day.day);
        if (next == known.end()) continue;
        FLEET_TRY(DayHead* const following, open_day(h, device, *next));
        following->refold = true;
    }
    h.unsettled = false;
    mark_dirty(shard, h, device);
    return sync_alerts(shard, h, device, folded, h.cause,
                       h.cause == AlertCause::rules ? fold::kForEver : h.notify_from_ms);
}

Result<bool> Head::settle_some(std::uint8_t shard_number, std::size_t devices) {
    Shard& shard = shards_[shard_number];
    const std::lock_guard lock(shard.mutex);
    for (; devices > 0 && !shard.unsettled.empty(); --devices) {
        const DeviceHandle device = shard.unsettled.back();
        FLEET_TRY_VOID(settle(shard, head(device), device));
        std::erase(shard.unsettled, device);
    }
    return !shard.unsettled.empty();
}

void Head::set_rules(const std::shared_ptr<const RuleSnapshot>& rules) {
    for (Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        const bool other_silence = !shard.rules || !(*shard.rules->silence == *rules->silence);
        shard.rules = rules;
        if (watching_ && other_silence) {
            shard.silence_after_ms = rules->silence->shortest_ms();
            queue_shard(shard, 0);
        }
        for (const DeviceHandle device : shard.devices) {
            DeviceHead& h = head(device);
            if (h.persistent.rules_epoch == rules->epoch) continue;
            if (h.persistent.days.empty()) {
                h.persistent.rules_epoch = rules->epoch;
            } else {
                want_settling(shard, h, device, AlertCause::rules);
            }
            mark_dirty(shard, h, device);
        }
    }
}

Result<void> Head::settle_fleet(std::uint32_t fleet) {
    for (Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        FLEET_TRY_VOID(settle_members(shard, fleet));
    }
    return {};
}

Result<void> Head::settle_members(Shard& shard, std::uint32_t fleet) {
    std::vector<DeviceHandle> pending;
    pending.swap(shard.with_pending);
    for (const DeviceHandle device : pending)
        FLEET_TRY_VOID(merge_device_pending(shard, head(device), device));
    std::vector<DeviceHandle> left;
    const std::vector<DeviceHandle> unsettled = std::exchange(shard.unsettled, {});
    for (const DeviceHandle device : unsettled) {
        if (registry_.device(device).was_in(fleet)) {
            FLEET_TRY_VOID(settle(shard, head(device), device));
        } else if (head(device).unsettled) {
            left.push_back(device);
        }
    }
    shard.unsettled.insert(shard.unsettled.end(), left.begin(), left.end());
    return {};
}

Result<void> Head::act_on_alert(DeviceHandle device, const model::AlertId& id, AlertAction action) {
    Shard& shard = shards_[registry_.device(device).shard];
    const std::lock_guard lock(shard.mutex);
    DeviceHead& h = head(device);
    FLEET_TRY_VOID(settle(shard, h, device));
    mark_dirty(shard, h, device);
    return alerts_.act(device.value, id, std::move(action));
}

void Head::alert_notified(DeviceHandle device, const model::AlertId& id) {
    Shard& shard = shards_[registry_.device(device).shard];
    const std::lock_guard lock(shard.mutex);
    mark_dirty(shard, head(device), device);
    alerts_.notified(device.value, id);
}

namespace {

/// Items that start in [from, to) out of the results of days, in order of start. `list` and `open`
/// pick the kind.
template <class Item, class List, class Open>
void gather(const DayRow& row, bool newest, std::int64_t from, std::int64_t to, List list,
            Open open, std::vector<Item>& out) {
    for (const Item& item : list(row))
        if (item.start_ms >= from && item.start_ms < to) out.push_back(item);
    if (!newest) return;
    if (const std::optional<Item> item = open(row.state);
        item && item->start_ms >= from && item->start_ms < to)
        out.push_back(*item);
}

}  // namespace

Result<const DayRow*> Head::peek_row(const DeviceHead& h, DeviceHandle device, Day day,
                                     DayRow& stored) const {
    if (const DayHead* open = find_day(h, day)) return &open->row;
    FLEET_TRY(const auto bytes, tables_.day(key(device, day)));
    if (!bytes) return fail(Code::corrupt, "a device-day has no row");
    FLEET_TRY(stored, decode_day_row(*bytes));
    return &stored;
}

template <class Visit>
Result<void> Head::visit_rows(DeviceHandle device, Timestamp from, Timestamp to, Visit visit) {
    Shard& shard = shards_[registry_.device(device).shard];
    const std::lock_guard lock(shard.mutex);
    DeviceHead& h = head(device);
    FLEET_TRY_VOID(settle(shard, h, device));
    const std::vector<Day> days = h.persistent.days;
    for (const Day day : days) {
        if (day.end() <= from) continue;
        DayRow stored;
        FLEET_TRY(const DayRow* const row, peek_row(h, device, day, stored));
        visit(*row, day == days.back());
        // What began in the range is closed in the result of a later day, while it is still open at
        // the end of this one.
        const fold::DeviceState& state = row->state;
        const std::int64_t begun =
            state.motion == fold::Motion::moving ? state.departure.ts_ms : state.anchor.ts_ms;
        if (day.end() >= to && (!state.has_point() || begun >= to.ms || begun < from.ms)) break;
    }
    return {};
}

Result<std::vector<model::Trip>> Head::trips(DeviceHandle device, Timestamp from, Timestamp to) {
    std::vector<model::Trip> out;
    FLEET_TRY_VOID(visit_rows(device, from, to, [&](const DayRow& row, bool newest) {
        gather(
            row, newest, from.ms, to.ms,
            [](const DayRow& r) -> const auto& { return r.result.trips; },
            [](const fold::DeviceState& s) { return s.open_trip(); }, out);
    }));
    return out;
}

Result<std::vector<model::Stop>> Head::stops(DeviceHandle device, Timestamp from, Timestamp to) {
    std::vector<model::Stop> out;
    FLEET_TRY_VOID(visit_rows(device, from, to, [&](const DayRow& row, bool newest) {
        gather(
            row, newest, from.ms, to.ms,
            [](const DayRow& r) -> const auto& { return r.result.stops; },
            [](const fold::DeviceState& s) { return s.open_stop(); }, out);
    }));
    return out;
}

}  // namespace fleet::engine
