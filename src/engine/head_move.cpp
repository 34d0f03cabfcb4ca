// SPDX-License-Identifier: Apache-2.0
// Moving a device to another fleet: what it did on the days that change their fleet counts there
// (docs/adr/0010-fleet-membership.md).
#include "engine/head.hpp"

#include <cstdint>
#include <limits>

namespace fleet::engine {

Result<void> Head::move_device(DeviceHandle device, Day from, std::uint32_t fleet,
                               std::uint64_t sequence) {
    const Registry::DeviceEntry& entry = registry_.device(device);
    const std::uint32_t before = entry.fleet();
    Shard& shard = shards_[entry.shard];
    {
        const std::lock_guard lock(shard.mutex);
        DeviceHead& h = head(device);
        DevicePersistent& p = h.persistent;
        if (sequence <= p.applied_sequence) return {};
        FLEET_TRY_VOID(settle(shard, h, device));
        if (const auto change = moved(entry.memberships(), from, fleet))
            FLEET_TRY_VOID(take_membership(shard, h, device, *change));
        p.applied_sequence = sequence;
        mark_dirty(shard, h, device);
    }
    std::shared_ptr<ChangeListener> listener;
    {
        const std::lock_guard lock(listener_mutex_);
        listener = listener_;
    }
    if (listener) listener->changed(device, before);
    return {};
}

Result<void> Head::take_membership(Shard& shard, DeviceHead& h, DeviceHandle device,
                                   const MembershipChange& change) {
    const bool other = change.before != change.after;
    if (other)
        FLEET_TRY_VOID(alerts_.move(
            device.value, change.before, change.after, change.from.begin().ms,
            change.to ? change.to->begin().ms : std::numeric_limits<std::int64_t>::max()));
    registry_.set_memberships(device, change.list);
    if (!other) return {};
    const std::vector<Day> days = h.persistent.days;
    for (const Day day : days) {
        if (!change.holds(day)) continue;
        shard.fleet_days.erase({change.before, day});
        shard.fleet_days.erase({change.after, day});
        feed_marks_.add_day(device, day);
        FLEET_TRY(DayHead* const open, open_day(h, device, day));
        open->rules.reset();
        open->refold = true;
        want_settling(shard, h, device, AlertCause::rules);
    }
    // Now, so that rows that come late meanwhile are not the cause of what the move changes.
    return settle(shard, h, device);
}

Result<std::uint64_t> Head::forget_alerts(DeviceHandle device, std::int64_t from_ms,
                                          std::int64_t before_ms, AlertTable::Forget why) {
    std::uint64_t gone = 0;
    for (const std::uint32_t fleet : registry_.device(device).fleets()) {
        FLEET_TRY(const std::uint64_t some,
                  alerts_.forget(device.value, fleet, from_ms, before_ms, why));
        gone += some;
    }
    return gone;
}

}  // namespace fleet::engine
