// SPDX-License-Identifier: Apache-2.0
// Vehicles that fall silent. Unlike all else of the head this depends on the wall clock.
#include "engine/head.hpp"
#include "model/week_hours.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace fleet::engine {

namespace {

constexpr std::size_t kLookDevices = 256;  // a lock hold

std::optional<model::GeoPoint> place_of(const model::Latest& latest) {
    if (!latest.has(model::Field::lat)) return std::nullopt;
    return model::GeoPoint{latest.value(model::Field::lat), latest.value(model::Field::lon)};
}

}  // namespace

AlertTable::Entry Head::entry_of(const Shard& shard, DeviceHandle device, const Silence& silence,
                                 std::optional<model::GeoPoint> at) const {
    const Registry::DeviceEntry& names = registry_.device(device);
    AlertTable::Entry entry;
    entry.id =
        model::alert_id(shard.rules->rule_name(silence.rule), names.id, {}, silence.start_ms);
    entry.fleet = names.fleet_at(day_of({silence.start_ms}));
    entry.device = device.value;
    model::AlertRun& run = entry.run;
    run.rule = silence.rule;
    run.start_ms = silence.start_ms;
    run.limit = silence.limit_s;
    run.at = at;
    if (!silence.open()) {
        run.end_ms = silence.end_ms;
        run.peak = static_cast<std::int32_t>(
            std::min<std::int64_t>((silence.end_ms - silence.since_ms) / kMsPerSecond,
                                   std::numeric_limits<std::int32_t>::max()));
    }
    const model::Rule* rule = shard.rules->rule_at(silence.rule, silence.start_ms);
    run.severity =
        model::grade(rule != nullptr ? *rule : model::default_rule(model::RuleType::offline),
                     silence.limit_s, 0);
    return entry;
}

Result<void> Head::fall_silent(Shard& shard, DeviceHead& h, DeviceHandle device,
                               const Silence& silence, std::int64_t notify_from_ms) {
    std::vector<Silence> all(h.persistent.silences.all().begin(),
                             h.persistent.silences.all().end());
    all.push_back(silence);
    h.persistent.silences.set(std::move(all));
    mark_dirty(shard, h, device);
    ++silences_made_;
    return alerts_.add(entry_of(shard, device, silence, place_of(h.persistent.latest)),
                       AlertCause::in_order,
                       std::max(notify_from_ms, std::int64_t{silence_rules_ms_}));
}

Result<std::int64_t> Head::judge_silence(Shard& shard, DeviceHead& h, DeviceHandle device,
                                         std::int64_t now_ms, std::int64_t notify_from_ms) {
    const DevicePersistent& p = h.persistent;
    std::int64_t again = fold::kForEver;
    if (p.heard_s == 0 || (p.details && !p.details->enabled)) return again;
    const Registry::DeviceEntry& names = registry_.device(device);
    std::vector<const fold::RuleVersion*> rules;
    shard.rules->silence->of(names.id, registry_.fleet_id(names.fleet()), rules);
    for (const fold::RuleVersion* v : rules) {
        const std::int64_t limit_ms = v->rule.limit * kMsPerSecond;
        // What came late was not waited for: it says nothing about the time since.
        if (p.heard_s * kMsPerSecond - p.last_ms >= limit_ms) continue;
        const auto open = p.silences.all();
        if (std::any_of(open.begin(), open.end(),
                        [&](const Silence& s) { return s.open() && s.rule == v->number; }))
            continue;
        const std::int64_t start_ms = std::max(p.last_ms + limit_ms, v->from_ms);
        if (now_ms < start_ms) {
            again = std::min(again, start_ms);
            continue;
        }
        if (now_ms - start_ms > kSilenceIsHistoryMs) continue;
        const std::int64_t since = listening_since_ms_;
        if (since <= now_ms && now_ms - since < std::min(limit_ms, kListenFirstMs) &&
            since != fold::kAlways) {
            again = std::min(again, since + std::min(limit_ms, kListenFirstMs));
            continue;
        }
        if (v->rule.hours && !model::awake(*v->rule.hours, start_ms)) continue;
        FLEET_TRY_VOID(fall_silent(shard, h, device,
                                   {p.last_ms, start_ms, kSilent, v->number, v->rule.limit},
                                   notify_from_ms));
    }
    return again;
}

Result<void> Head::break_silences(Shard& shard, DeviceHead& h, const Group& group,
                                  std::span<const model::Record> records, const Arrival& arrival) {
    std::vector<std::int64_t> times;
    times.reserve(group.order.size());
    for (const std::uint32_t index : group.order) times.push_back(records[index].ts.ms);
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());

    const auto place_at = [&](std::int64_t ts_ms) -> std::optional<model::GeoPoint> {
        if (ts_ms == h.persistent.last_ms) return place_of(h.persistent.latest);
        for (const std::uint32_t index : group.order)
            if (records[index].ts.ms == ts_ms && records[index].has(model::Field::lat))
                return model::GeoPoint{records[index].value(model::Field::lat),
                                       records[index].value(model::Field::lon)};
        return std::nullopt;
    };
    const std::int64_t now_ms = watching_ ? arrival.received_ms : -1;
    std::vector<Silence> left;
    std::vector<Silence> fresh;
    for (const Silence& silence : h.persistent.silences.all()) {
        const std::vector<Silence> parts = split(silence, times, now_ms);
        if (parts.size() == 1 && parts.front() == silence) {
            left.push_back(silence);
            continue;
        }
        AlertTable::Entry entry = entry_of(shard, group.device, silence, std::nullopt);
        FLEET_TRY(const std::optional<AlertRow> row, alerts_.find(entry.id));
        const bool stays = !parts.empty() && parts.front().start_ms == silence.start_ms;
        if (row) {
            entry.run = row->run;
            if (stays) {
                const AlertTable::Entry ended =
                    entry_of(shard, group.device, parts.front(), std::nullopt);
                entry.run.end_ms = ended.run.end_ms;
                entry.run.peak = ended.run.peak;
                FLEET_TRY_VOID(alerts_.change(entry));
            } else {
                FLEET_TRY_VOID(alerts_.remove(entry, AlertCause::late));
            }
        }
        if (stays) left.push_back(parts.front());
        fresh.insert(fresh.end(), parts.begin() + (stays ? 1 : 0), parts.end());
    }
    for (const Silence& silence : fresh) {
        FLEET_TRY_VOID(
            alerts_.add(entry_of(shard, group.device, silence, place_at(silence.since_ms)),
                        AlertCause::late, arrival.notify_from_ms));
        ++silences_made_;
        left.push_back(silence);
    }
    std::erase_if(left, [&](const Silence& s) {
        return !s.open() && h.persistent.last_ms - s.end_ms > kSilenceIsHistoryMs;
    });
    h.persistent.silences.set(std::move(left));
    return {};
}

void Head::queue_shard(Shard& shard, std::int64_t now_ms) {
    shard.queue.clear(now_ms);
    for (const DeviceHandle device : shard.devices) {
        DeviceHead& h = head(device);
        h.queued = h.persistent.heard_s != 0 && shard.silence_after_ms != fold::kForEver;
        if (h.queued) shard.queue.push(h.persistent.last_ms + shard.silence_after_ms, device);
    }
}

void Head::queue_all(std::int64_t now_ms) {
    for (Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        queue_shard(shard, now_ms);
    }
}

Result<void> Head::look_for_silence(std::int64_t now_ms, std::int64_t notify_from_ms) {
    for (Shard& shard : shards_) {
        std::size_t left = std::numeric_limits<std::size_t>::max();
        while (left > 0) {
            const std::lock_guard lock(shard.mutex);
            left = std::min(left, shard.queue.size());  // none is looked at twice
            for (std::size_t i = 0; left > 0 && i < kLookDevices; ++i, --left) {
                const std::optional<DeviceHandle> device = shard.queue.pop(now_ms);
                if (!device) {
                    left = 0;
                    break;
                }
                DeviceHead& h = head(*device);
                FLEET_TRY(const std::int64_t again,
                          judge_silence(shard, h, *device, now_ms, notify_from_ms));
                h.queued = again != fold::kForEver;
                if (h.queued) shard.queue.push(again, *device);
            }
        }
    }
    return {};
}

Result<void> Head::recall_silence(DeviceHandle device, const model::AlertId& id,
                                  std::int64_t notify_from_ms) {
    const Registry::DeviceEntry& names = registry_.device(device);
    Shard& shard = shards_[names.shard];
    const std::lock_guard lock(shard.mutex);
    DeviceHead& h = head(device);
    if (h.persistent.last_ms < 0) return {};
    FLEET_TRY(const std::optional<AlertRow> known, alerts_.find(id));
    if (known) return {};
    // The alert was made when it may have been in another fleet.
    std::vector<const fold::RuleVersion*> rules;
    for (const std::uint32_t fleet : names.fleets())
        shard.rules->silence->of(names.id, registry_.fleet_id(fleet), rules);
    for (const fold::RuleVersion* v : rules) {
        const std::int64_t start_ms =
            std::max(h.persistent.last_ms + v->rule.limit * kMsPerSecond, v->from_ms);
        const Silence silence{h.persistent.last_ms, start_ms, kSilent, v->number, v->rule.limit};
        if (entry_of(shard, device, silence, std::nullopt).id == id)
            return fall_silent(shard, h, device, silence, notify_from_ms);
    }
    return {};
}

Result<std::uint64_t> Head::erase_silences(Shard& shard, DeviceHead& h, DeviceHandle device,
                                           const ErasePeriod& period) {
    const auto inside = [&](std::int64_t ts) { return ts >= period.from.ms && ts < period.to.ms; };
    std::uint64_t erased = 0;
    std::vector<Silence> left;
    for (const Silence& silence : h.persistent.silences.all()) {
        if (inside(silence.start_ms)) continue;  // went with all alerts that start there
        const bool speaks_of_it =
            inside(silence.since_ms) || (!silence.open() && inside(silence.end_ms));
        if (!speaks_of_it) {
            left.push_back(silence);
            continue;
        }
        FLEET_TRY_VOID(
            alerts_.remove(entry_of(shard, device, silence, std::nullopt), AlertCause::rules));
        ++erased;
    }
    h.persistent.silences.set(std::move(left));
    return erased;
}

}  // namespace fleet::engine
