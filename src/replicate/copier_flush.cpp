// SPDX-License-Identifier: Apache-2.0
// What follows from rows: newest states, days, trips, stops, hours.
#include "replicate/copier.hpp"
#include "replicate/fold_tables.hpp"

#include "engine/registry.hpp"

#include <algorithm>

namespace fleet::replicate {

using engine::DeviceHandle;
using engine::DeviceRow;

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::size_t kMaxUnfinished = 2'000;  ///< requests of a flush before it waits
constexpr std::size_t kMaxDeviceCopies = 200'000;
constexpr std::size_t kMaxHourCopies = 4'096;  // 6 KiB each
constexpr std::size_t kMaxStarts = 64;         // 10 KiB each
constexpr std::size_t kMotionDays = 3;         ///< that are remembered of a device
constexpr int kSearchDays = 60;                ///< back to the trip or stop that goes on

std::uint64_t mix(std::uint64_t digest, std::int64_t value) noexcept {
    // splitmix64 (Steele, Lea, Flood 2014)
    digest += 0x9E3779B97F4A7C15 + static_cast<std::uint64_t>(value);
    digest = (digest ^ digest >> 30) * 0xBF58476D1CE4E5B9;
    digest = (digest ^ digest >> 27) * 0x94D049BB133111EB;
    return digest ^ digest >> 31;
}

std::uint64_t digest_of(const model::Trip& trip) noexcept {
    std::uint64_t digest = 0;
    for (const std::int64_t value :
         {trip.end_ms, trip.distance_mm, trip.gap_mm, std::int64_t{trip.max_speed.value_or(-1)},
          std::int64_t{trip.from.lat}, std::int64_t{trip.from.lon}, std::int64_t{trip.to.lat},
          std::int64_t{trip.to.lon}, static_cast<std::int64_t>(trip.start_reason),
          static_cast<std::int64_t>(trip.end_reason)})
        digest = mix(digest, value);
    return digest;
}

std::uint64_t digest_of(const model::Stop& stop) noexcept {
    std::uint64_t digest = 0;
    for (const std::int64_t value : {stop.end_ms, std::int64_t{stop.at.lat},
                                     std::int64_t{stop.at.lon}, std::int64_t{stop.open ? 1 : 0}})
        digest = mix(digest, value);
    return digest;
}

}  // namespace

bool Copier::flush_due() const {
    if (!entries_.empty()) return false;  // they come first
    const bool something = open_->through > 0 || !open_->days.empty() || !touched_.empty() ||
                           !hours_.empty() || rules_touched_;
    const std::int64_t since = clock_->monotonic_ns() - flushed_ns_;
    if (since < options_.flush_interval_ms * kNsPerMs) return false;
    if (something) return true;
    const auto alerts = feed_.alerts(1);
    return (alerts && !alerts->empty()) || fleets_differ();
}

bool Copier::fleets_differ() const {
    const auto& remembered = state_.memory().fleets;
    const auto fleets = engine_.fleets();
    return std::any_of(fleets.begin(), fleets.end(), [&](const auto& fleet) {
        const auto found = remembered.find(fleet.first);
        return found == remembered.end() || found->second.retention_days != fleet.second;
    });
}

Result<void> Copier::begin_flush() {
    know_fleets();
    closing_ = std::exchange(open_, std::make_shared<Round>());
    flushing_.merge(touched_);
    // What merge() left was there already, from a flush that did not come to its
    // end.
    for (auto& [device, touched] : touched_) {
        Touched& before = flushing_[device];
        before.days.merge(touched.days);
        before.clear = before.clear || touched.clear;
    }
    touched_.clear();
    devices_flushed_ = false;
    flushed_ns_ = clock_->monotonic_ns();
    return go_on_flushing();
}

Result<void> Copier::go_on_flushing() {
    if (devices_flushed_) return {};
    if (copies_.size() > kMaxDeviceCopies) {
        copies_.clear();
        fresh_ = false;  // what is forgotten is not known to be absent
    }
    while (!flushing_.empty()) {
        if (sender_.unfinished() >= kMaxUnfinished) return {};
        const auto first = flushing_.begin();
        FLEET_TRY_VOID(flush_device({first->first}, first->second));
        flushing_.erase(first);
    }
    FLEET_TRY_VOID(flush_alerts());
    FLEET_TRY_VOID(flush_hours());
    FLEET_TRY_VOID(flush_fleets());
    FLEET_TRY_VOID(flush_rules());
    devices_flushed_ = true;
    return {};
}

Result<void> Copier::flush_device(DeviceHandle device, const Touched& touched) {
    const DeviceRow row = engine_.device(device);
    const FleetFacts* fleet = facts_of(row.fleet);
    if (!known(row) || fleet == nullptr) {  // erased meanwhile
        closing_->registered.push_back(device.value);
        return {};
    }
    const auto [found, first_time] = copies_.try_emplace(device.value);
    DeviceCopy& copy = found->second;
    if (first_time) {
        copy.registered =
            device.value < state_.memory().devices || registered_beyond_.contains(device.value);
        copy.complete = fresh_;
    }
    const Absent absent = touched.clear ? Absent::clear : Absent::unset;
    if (!copy.registered || row.first_ms != copy.first_ms || touched.clear) {
        cql::PackedRows rows = rows_for(Ask::devices);
        pack_device(rows, partition_of(row.fleet, bucket_of(row.id, fleet->buckets)), row.id,
                    row.first_ms, absent);
        FLEET_TRY_VOID(send_now(closing_, Ask::devices, std::move(rows)));
        copy.first_ms = row.first_ms;
    }
    if (!copy.registered) {
        cql::PackedRows rows = rows_for(Ask::fleet_by_device);
        pack_fleet_by_device(rows, row.id, 0, row.fleet);
        FLEET_TRY_VOID(send_now(closing_, Ask::fleet_by_device, std::move(rows)));
        copy.registered = true;
        closing_->registered.push_back(device.value);
    }
    const model::Latest latest = engine_.latest(device);
    if (latest.ts_ms >= 0) {
        cql::PackedRows rows = rows_for(Ask::latest);
        pack_latest(rows, row.id, row.fleet, latest, {row.first_ms, row.records}, absent);
        FLEET_TRY_VOID(send_now(closing_, Ask::latest, std::move(rows)));
    } else if (touched.clear) {
        cql::PackedRows key = rows_for(Ask::delete_latest);
        key.text(row.id).end_row();
        FLEET_TRY_VOID(send_now(closing_, Ask::delete_latest, std::move(key)));
    }
    if (touched.days.empty()) return {};

    Gather days(*this, closing_, Ask::days);
    for (const Day day : touched.days) {
        FLEET_TRY(const model::DayHours hours, engine_.device_day(device, day));
        std::uint64_t records = 0;
        for (const model::HourStats& hour : hours) records += hour.records;
        bool& all = hours_[{fleet->number, day, engine::shard_of(row.id)}];
        all = all || touched.clear;
        // It goes when the last row that it can hold does.
        const auto left = ttl(*fleet, day.end().ms - 1);
        if (records > 0 && left) {
            FLEET_TRY_VOID(days.add(
                [&](cql::PackedRows& rows) { pack_day(rows, row.id, day, records, *left); }));
        } else if (records == 0 && touched.clear) {
            cql::PackedRows key = rows_for(Ask::delete_day);
            key.text(row.id).date(day.value).end_row();
            FLEET_TRY_VOID(send_now(closing_, Ask::delete_day, std::move(key)));
        }
    }
    FLEET_TRY_VOID(days.send());

    FLEET_TRY_VOID(flush_motion<model::Trip>(
        row, *fleet, touched, copy.trips, copy.trips_searched, copy.complete, Ask::trips,
        Ask::delete_trips_of_day, Ask::delete_trip,
        [&](Timestamp from, Timestamp to) { return engine_.trips(device, from, to); },
        [&](cql::PackedRows& rows, const model::Trip& trip, bool rewritten, std::int32_t left) {
            pack_trip(rows, row.id, trip, rewritten ? Absent::clear : Absent::unset, left);
        }));
    FLEET_TRY_VOID(flush_motion<model::Stop>(
        row, *fleet, touched, copy.stops, copy.stops_searched, copy.complete, Ask::stops,
        Ask::delete_stops_of_day, Ask::delete_stop,
        [&](Timestamp from, Timestamp to) { return engine_.stops(device, from, to); },
        [&](cql::PackedRows& rows, const model::Stop& stop, bool, std::int32_t left) {
            pack_stop(rows, row.id, stop, left);
        }));
    if (std::max(copy.trips.size(), copy.stops.size()) > kMotionDays) copy.complete = false;
    for (Motion* motion : {&copy.trips, &copy.stops}) {
        // The last one may go on for days: its day stays.
        const auto last = std::find_if(motion->rbegin(), motion->rend(),
                                       [](const auto& day) { return !day.second.empty(); });
        const std::optional<Day> keep =
            last == motion->rend() ? std::nullopt : std::optional(last->first);
        for (auto day = motion->begin(); day != motion->end() && motion->size() > kMotionDays;)
            day = day->first == keep ? std::next(day) : motion->erase(day);
    }
    return {};
}

template <class Item, class Read, class Pack>
Result<void> Copier::flush_motion(const DeviceRow& device, const FleetFacts& fleet,
                                  const Touched& touched, Motion& motion, bool& searched,
                                  bool complete, Ask insert, Ask remove_day, Ask remove_one,
                                  Read read, Pack pack) {
    // The last one that began before may end with what came; everything behind
    // may be other.
    const Day touched_from = *touched.days.begin();
    Day from = touched_from;
    const auto before =
        std::find_if(std::make_reverse_iterator(motion.lower_bound(touched_from)), motion.rend(),
                     [](const auto& day) { return !day.second.empty(); });
    if (before != motion.rend()) {
        from = before->first;
    } else if (!searched || touched.clear) {
        const std::vector<Day> days = engine_.days_of(device.handle);
        auto day = std::lower_bound(days.begin(), days.end(), touched_from);
        for (int i = 0; i < kSearchDays && day != days.begin(); ++i) {
            --day;
            FLEET_TRY(const auto items, read(day->begin(), day->end()));
            from = *day;
            if (!items.empty()) break;
        }
        searched = true;
    }
    FLEET_TRY(const std::vector<Item> items, read(from.begin(), Timestamp{kMaxMs}));
    std::map<Day, std::vector<const Item*>> now;
    for (const Day day : touched.days) now[day];
    for (auto day = motion.lower_bound(from); day != motion.end(); ++day) now[day->first];
    for (const Item& item : items) now[day_of({item.start_ms})].push_back(&item);

    Gather gather(*this, closing_, insert);
    for (const auto& [day, list] : now) {
        const auto known = motion.find(day);
        std::vector<Written> written;
        for (const Item* item : list) written.push_back({item->start_ms, digest_of(*item)});
        if (known != motion.end() && known->second == written && !touched.clear) continue;
        const bool sure = (known != motion.end() || complete) && !touched.clear;
        // Deletions get the earlier stamps.
        if (!sure) {
            cql::PackedRows key = rows_for(remove_day);
            key.text(device.id).date(day.value).end_row();
            FLEET_TRY_VOID(send_now(closing_, remove_day, std::move(key)));
        } else if (known != motion.end()) {
            for (const Written& old : known->second) {
                const auto same_start = [&](const Written& w) {
                    return w.start_ms == old.start_ms;
                };
                if (std::any_of(written.begin(), written.end(), same_start)) continue;
                cql::PackedRows key = rows_for(remove_one);
                key.text(device.id).date(day.value).timestamp(old.start_ms).end_row();
                FLEET_TRY_VOID(send_now(closing_, remove_one, std::move(key)));
            }
        }
        FLEET_TRY_VOID(gather.begin(format_day(day)));
        for (std::size_t i = 0; i < list.size(); ++i) {
            bool rewritten = false;
            if (sure && known != motion.end()) {
                if (std::find(known->second.begin(), known->second.end(), written[i]) !=
                    known->second.end())
                    continue;
                rewritten = std::any_of(
                    known->second.begin(), known->second.end(),
                    [&](const Written& w) { return w.start_ms == written[i].start_ms; });
            }
            const auto left = ttl(fleet, list[i]->start_ms);
            if (!left) continue;
            FLEET_TRY_VOID(
                gather.add([&](cql::PackedRows& rows) { pack(rows, *list[i], rewritten, *left); }));
        }
        motion[day] = std::move(written);
    }
    return gather.send();
}

Result<const Copier::ShardStarts*> Copier::alert_starts(const FleetFacts& fleet, Day day) {
    const std::pair key{fleet.number, day};
    if (const auto found = starts_.find(key); found != starts_.end()) return &found->second;
    if (starts_.size() >= kMaxStarts) starts_.clear();
    ShardStarts counts{};
    engine::AlertQuery query;
    query.fleet = fleet.number;
    query.from = day.begin();
    query.to = day.end();
    query.limit = 10'000;
    do {
        FLEET_TRY(const engine::AlertPage page, engine_.alerts(query));
        for (const engine::AlertRow& alert : page.items) {
            const std::uint8_t shard = engine::shard_of(engine_.device(alert.device).id);
            const auto hour = static_cast<std::size_t>(hour_of({alert.run.start_ms}));
            ++counts[shard][hour][static_cast<std::size_t>(alert.run.severity)];
        }
        query.after = page.next;
    } while (!query.after.empty());
    return &starts_.emplace(key, counts).first->second;
}

Result<void> Copier::flush_hours() {
    if (hour_copies_.size() > kMaxHourCopies) hour_copies_.clear();
    Gather gather(*this, closing_, Ask::hours);
    while (!hours_.empty()) {
        const auto& [key, all] = *hours_.begin();
        const auto fleet =
            std::find_if(fleets_.begin(), fleets_.end(),
                         [number = key.fleet](const FleetFacts& f) { return f.number == number; });
        if (fleet != fleets_.end()) {
            HourCopy now;
            FLEET_TRY(now.hours, feed_.hours(key.fleet, key.day, key.shard));
            FLEET_TRY(const ShardStarts* starts, alert_starts(*fleet, key.day));
            now.alerts = (*starts)[key.shard];
            const auto [known, first_time] = hour_copies_.try_emplace(key);
            FLEET_TRY_VOID(gather.begin(fleet->id + '/' + format_day(key.day)));
            for (std::size_t hour = 0; hour < 24; ++hour) {
                const bool zero = now.hours[hour].records == 0 && now.alerts[hour] == AlertCounts{};
                const bool same = now.hours[hour] == known->second.hours[hour] &&
                                  now.alerts[hour] == known->second.alerts[hour];
                if (!all && (first_time ? zero : same)) continue;
                FLEET_TRY_VOID(gather.add([&](cql::PackedRows& rows) {
                    pack_hour(rows, fleet->id, key.day, static_cast<int>(hour), key.shard,
                              now.hours[hour], now.alerts[hour]);
                }));
            }
            known->second = now;
        }
        hours_.erase(hours_.begin());
    }
    return gather.send();
}

}  // namespace fleet::replicate
