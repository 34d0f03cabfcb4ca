// SPDX-License-Identifier: Apache-2.0
#include "store/memory/memory_store.hpp"

#include "base/check.hpp"
#include "geo/distance.hpp"
#include "model/merge.hpp"
#include "store/cursor.hpp"
#include "store/paging.hpp"
#include "store/retention.hpp"
#include "store/search.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace fleet::store {

namespace {

using model::Field;

constexpr TimeRange kAllTime{Timestamp{0}, Timestamp{kMaxMs + 1}};

/// Page of things that `id_of` names, which come sorted by id.
template <class T, class Make>
Result<Page<T>> page_by_id(CursorKind kind, const CursorParams& params, const PageRequest& request,
                           const auto& sorted, Make make) {
    std::string after;
    if (!request.cursor.empty()) {
        FLEET_TRY(after, decode_cursor(kind, params, request.cursor));
    }
    Page<T> page;
    std::string last;
    for (const auto* item : sorted) {
        if (!request.cursor.empty() && item->id <= after) continue;
        if (page.items.size() == clamped(request.limit)) {
            page.next = encode_cursor(kind, params, last);
            break;
        }
        page.items.push_back(make(*item));
        last = item->id;
    }
    return page;
}

std::optional<double> mean_in_units(const model::MetricStats& stats) {
    const auto mean = stats.mean();
    if (!mean) return std::nullopt;
    return *mean / 100;
}

}  // namespace

MemoryStore::MemoryStore(std::shared_ptr<const Clock> clock, int retention_days)
    : clock_(std::move(clock)), retention_days_(retention_days) {}

AddOutcome MemoryStore::add(const model::Record& record, const std::string& default_fleet) {
    const std::lock_guard lock(mutex_);
    const std::string id(record.device);
    if (!devices_.contains(id)) {
        Device device;
        device.id = id;
        device.fleets[Day{}] = record.fleet.empty() ? default_fleet : std::string(record.fleet);
        fleets_.try_emplace(device.fleet(), retention_days_);
        devices_.emplace(id, std::move(device));
    }
    Device& device = devices_.at(id);
    AddOutcome outcome;
    if (!device.details.enabled) {
        outcome.kind = AddOutcome::Kind::refused;
        return outcome;
    }
    outcome.late = !device.rows.empty() && record.ts.ms < device.rows.rbegin()->first;
    model::Rows incoming;
    model::append(incoming, record);
    const model::Sample& sample = incoming.samples.front();
    const auto known = device.rows.find(record.ts.ms);
    if (known == device.rows.end()) {
        device.rows.emplace(record.ts.ms, Row{sample, incoming.texts});
        return outcome;
    }
    bool changed = false;
    const auto merged =
        model::merge(known->second.sample, known->second.texts, sample, incoming.texts, changed);
    outcome.kind = merged == model::MergeOutcome::conflict ? AddOutcome::Kind::conflict
                                                           : AddOutcome::Kind::duplicate;
    return outcome;
}

void MemoryStore::change_device(const model::DeviceChange& change) {
    const std::lock_guard lock(mutex_);
    const auto [at, fresh] = devices_.try_emplace(change.id);
    Device& device = at->second;
    if (fresh) {
        device.id = change.id;
        device.fleets[Day{}] =
            change.fleet.empty() ? std::string(model::kDefaultFleet) : change.fleet;
        fleets_.try_emplace(device.fleet(), retention_days_);
    }
    device.details = model::changed(device.details, change);
}

void MemoryStore::move_device(const std::string& id, const std::string& fleet, Day from) {
    const std::lock_guard lock(mutex_);
    fleets_.try_emplace(fleet, retention_days_);
    devices_.at(id).fleets[from] = fleet;
}

Result<void> MemoryStore::register_device(const std::string& id, const std::string& fleet) {
    const std::lock_guard lock(mutex_);
    if (devices_.contains(id)) return fail(Code::already_exists, "device " + id + " exists");
    fleets_.try_emplace(fleet, retention_days_);
    Device device;
    device.id = id;
    device.fleets[Day{}] = fleet;
    devices_.emplace(id, std::move(device));
    return {};
}

void MemoryStore::set_retention(const std::string& fleet, int days) {
    const std::lock_guard lock(mutex_);
    fleets_[fleet] = days;
}

Result<void> MemoryStore::check_fleet(const model::FleetScope& scope,
                                      const std::string& fleet) const {
    if (!scope.allows(fleet) || !fleets_.contains(fleet))
        return fail(Code::not_found, "no fleet " + fleet);
    return {};
}

Result<const MemoryStore::Device*> MemoryStore::find(const model::FleetScope& scope,
                                                     const std::string& device) const {
    const auto at = devices_.find(device);
    if (at == devices_.end() || !scope.allows(at->second.fleet()))
        return fail(Code::not_found, "no device " + device);
    return &at->second;
}

std::vector<const MemoryStore::Device*> MemoryStore::devices_of(const std::string& fleet) const {
    std::vector<const Device*> result;
    for (const auto& [id, device] : devices_)
        if (device.fleet() == fleet) result.push_back(&device);
    return result;
}

std::vector<const MemoryStore::Device*> MemoryStore::devices_on(const std::string& fleet,
                                                                Day day) const {
    std::vector<const Device*> result;
    for (const auto& [id, device] : devices_)
        if (device.fleet_at(day) == fleet) result.push_back(&device);
    return result;
}

std::optional<Timestamp> MemoryStore::kept_from_of(const std::string& fleet) const {
    return kept_from(clock_->now(), fleets_.at(fleet));
}

std::optional<Timestamp> MemoryStore::gone(const std::string& fleet, Day day) const {
    const auto kept = kept_from_of(fleet);
    return kept && day.begin() < *kept ? kept : std::nullopt;
}

DeviceInfo MemoryStore::info_of(const Device& device) {
    DeviceInfo info{device.id, device.fleet(), {}, {}, device.rows.size(), device.details, {}};
    for (const auto& [from, fleet] : device.fleets) info.fleets.push_back({fleet, from});
    if (!device.rows.empty()) {
        info.first_seen = Timestamp{device.rows.begin()->first};
        info.last_seen = Timestamp{device.rows.rbegin()->first};
    }
    return info;
}

model::Latest MemoryStore::latest_of(const Device& device, TimeRange range) {
    model::Latest latest;
    for (const auto& [ts, row] : device.rows)
        if (ts >= range.from.ms && ts < range.to.ms) latest.offer(row.sample, row.texts);
    return latest;
}

// The definitions of design.md §5, read aloud: no state is carried from row to row but the last
// point of the day.
model::DayHours MemoryStore::hours_of(const Device& device, Day day) {
    model::DayHours hours{};
    const model::Sample* last_point = nullptr;
    for (const auto& [ts, stored] : device.rows) {
        if (ts < day.begin().ms || ts >= day.end().ms) continue;
        const model::Sample& row = stored.sample;
        model::HourStats& hour =
            hours[static_cast<std::size_t>((ts - day.begin().ms) / kMsPerHour)];
        hour.records += 1;
        hour.active_devices = 1;
        if (row.has(Field::speed)) hour.speed.add(row.value(Field::speed));
        if (row.has(Field::battery)) hour.battery.add(row.value(Field::battery));
        if (row.has(Field::temp)) hour.temp.add(row.value(Field::temp));
        if (row.has(Field::humidity)) hour.humidity.add(row.value(Field::humidity));
        if (!row.has(Field::lat)) continue;
        if (last_point != nullptr) {
            const std::int64_t mm =
                geo::leg_mm({last_point->value(Field::lat), last_point->value(Field::lon)},
                            {row.value(Field::lat), row.value(Field::lon)});
            const double seconds = static_cast<double>(ts - last_point->ts_ms) / 1'000;
            const double kmh = static_cast<double>(mm) / 1'000 / seconds * 3.6;
            hour.legs.distance_mm += mm;
            if (seconds > 600 || kmh > 300) hour.legs.gap_mm += mm;
        }
        last_point = &row;
    }
    return hours;
}

Result<std::vector<FleetInfo>> MemoryStore::fleets(const model::FleetScope& scope) {
    const std::lock_guard lock(mutex_);
    std::vector<FleetInfo> result;
    for (const auto& [id, days] : fleets_) {
        if (!scope.allows(id)) continue;
        FleetInfo info{id, 0, {}, days > 0 ? std::optional(days) : std::nullopt};
        for (const Device* device : devices_of(id)) {
            ++info.devices;
            if (const auto last = info_of(*device).last_seen;
                last && (!info.last_ts || *info.last_ts < *last))
                info.last_ts = last;
        }
        result.push_back(info);
    }
    return result;
}

Result<Page<DeviceInfo>> MemoryStore::devices(const model::FleetScope& scope,
                                              const std::string& fleet, const PageRequest& page) {
    const std::lock_guard lock(mutex_);
    FLEET_TRY_VOID(check_fleet(scope, fleet));
    return page_by_id<DeviceInfo>(CursorKind::devices, CursorParams().add(fleet), page,
                                  devices_of(fleet), info_of);
}

Result<DeviceInfo> MemoryStore::device(const model::FleetScope& scope, const std::string& device) {
    const std::lock_guard lock(mutex_);
    FLEET_TRY(const Device* found, find(scope, device));
    return info_of(*found);
}

Result<LatestOfDevice> MemoryStore::latest(const model::FleetScope& scope,
                                           const std::string& device) {
    const std::lock_guard lock(mutex_);
    FLEET_TRY(const Device* found, find(scope, device));
    return LatestOfDevice{found->id, found->fleet(), latest_of(*found, kAllTime)};
}

Result<Page<LatestOfDevice>> MemoryStore::fleet_latest(const model::FleetScope& scope,
                                                       const std::string& fleet,
                                                       std::optional<Timestamp> at,
                                                       const PageRequest& page) {
    const std::lock_guard lock(mutex_);
    FLEET_TRY_VOID(check_fleet(scope, fleet));
    TimeRange seen = kAllTime;
    std::optional<Timestamp> gone_before;
    if (at) {
        const auto kept = kept_from_of(fleet);
        seen = {kept.value_or(Timestamp{0}), Timestamp{at->ms + 1}};
        if (kept && *at < *kept) gone_before = kept;
    }
    const CursorParams params =
        CursorParams().add(fleet).add(at.has_value() ? 1 : 0).add(at ? at->ms : 0);
    FLEET_TRY(auto result, page_by_id<LatestOfDevice>(
                               CursorKind::fleet_latest, params, page,
                               at ? devices_on(fleet, day_of(*at)) : devices_of(fleet),
                               [&](const Device& device) {
                                   return LatestOfDevice{device.id, fleet, latest_of(device, seen)};
                               }));
    result.retention_from = gone_before;
    return result;
}

Result<HistoryPage> MemoryStore::history(const model::FleetScope& scope, const std::string& device,
                                         TimeRange range, Order order, const PageRequest& page) {
    const std::lock_guard lock(mutex_);
    FLEET_TRY(const Device* found, find(scope, device));
    if (range.from > range.to)
        return fail(Code::invalid_argument, "the range ends before it begins: swap from and to");
    const CursorParams params = CursorParams()
                                    .add(device)
                                    .add(range.from.ms)
                                    .add(range.to.ms)
                                    .add(static_cast<std::int64_t>(order));
    std::optional<std::int64_t> after;
    if (!page.cursor.empty()) {
        FLEET_TRY(const std::string key, decode_cursor(CursorKind::history, params, page.cursor));
        FLEET_TRY(after, time_of_key(key));
    }
    HistoryPage result;
    const auto kept = kept_from_of(found->fleet());
    if (kept && range.from < *kept) result.retention_from = kept;
    std::vector<const Row*> rows;
    for (const auto& [ts, row] : found->rows)
        if (ts >= range.from.ms && ts < range.to.ms && (!kept || ts >= kept->ms))
            rows.push_back(&row);
    if (order == Order::newest_first) std::reverse(rows.begin(), rows.end());
    for (const Row* row : rows) {
        const std::int64_t ts = row->sample.ts_ms;
        if (after && (order == Order::newest_first ? ts >= *after : ts <= *after)) continue;
        if (result.rows.size() == clamped(page.limit)) {
            result.next = encode_cursor(CursorKind::history, params,
                                        time_key(result.rows.samples.back().ts_ms));
            break;
        }
        result.rows.samples.push_back(model::translate(row->sample, row->texts, result.rows.texts));
    }
    return result;
}

Result<Series> MemoryStore::series(const model::FleetScope& scope, const std::string& device,
                                   const SeriesRequest& request) {
    const std::lock_guard lock(mutex_);
    FLEET_TRY(const Device* found, find(scope, device));
    if (!is_series_metric(request.metric))
        return fail(Code::invalid_argument,
                    std::string(model::info(request.metric).name) + " is no metric of a series");
    Series result;
    result.metric = request.metric;
    FLEET_TRY(const TimeRange kept,
              kept_range(request.range, kept_from_of(found->fleet()), result.retention_from));
    const DeviceInfo info = info_of(*found);
    const TimeRange range = series_range(request.range, kept, info.first_seen, info.last_seen);
    const std::int64_t width_ms = bucket_ms(range, request.points);
    result.bucket_s = width_ms / kMsPerSecond;
    std::map<std::int64_t, std::vector<std::int32_t>> buckets;
    for (const auto& [ts, row] : found->rows)
        if (ts >= range.from.ms && ts < range.to.ms && row.sample.has(request.metric))
            buckets[ts / width_ms].push_back(row.sample.value(request.metric));
    for (const auto& [number, values] : buckets) {
        const auto [min, max] = std::minmax_element(values.begin(), values.end());
        result.points.push_back({{number * width_ms},
                                 *min,
                                 *max,
                                 std::accumulate(values.begin(), values.end(), std::int64_t{0}),
                                 values.size()});
    }
    return result;
}

Result<FleetDay> MemoryStore::analytics(const model::FleetScope& scope, const std::string& fleet,
                                        Day day) {
    const std::lock_guard lock(mutex_);
    FLEET_TRY_VOID(check_fleet(scope, fleet));
    FleetDay result;
    result.retention_from = gone(fleet, day);
    if (result.retention_from) return result;
    for (const Device* device : devices_on(fleet, day)) {
        const model::DayHours hours = hours_of(*device, day);
        for (std::size_t h = 0; h < hours.size(); ++h) result.hours[h].add(hours[h]);
    }
    for (const Alert& alert : alerts_of(fleet))
        if (day_of(alert.start) == day)
            result.alerts[static_cast<std::size_t>(hour_of(alert.start))].count(alert.severity);
    return result;
}

Result<DaySummary> MemoryStore::summary(const model::FleetScope& scope, const std::string& device,
                                        Day day) {
    const std::lock_guard lock(mutex_);
    FLEET_TRY(const Device* found, find(scope, device));
    DaySummary result;
    result.retention_from = gone(found->fleet(), day);
    if (result.retention_from) return result;
    for (const model::HourStats& hour : hours_of(*found, day)) {
        result.records += hour.records;
        result.speed.add(hour.speed);
        result.legs.add(hour.legs);
    }
    const Found folded = fold(*found);
    std::int64_t moving_ms = 0;
    for (const model::Trip& trip : folded.trips) {
        if (day_of({trip.start_ms}) != day) continue;
        ++result.trips;
        moving_ms += trip.end_ms - trip.start_ms;
    }
    for (const model::Stop& stop : folded.stops) result.stops += day_of({stop.start_ms}) == day;
    result.moving_s = moving_ms / 1'000;
    return result;
}

Result<Kpis> MemoryStore::kpis(const model::FleetScope& scope, const std::string& fleet,
                               Timestamp now, std::int64_t window_ms) {
    const std::lock_guard lock(mutex_);
    FLEET_TRY_VOID(check_fleet(scope, fleet));
    Kpis result;
    model::MetricStats speed;
    model::MetricStats battery;
    for (const Device* device : devices_of(fleet)) {
        ++result.devices;
        const model::Latest latest = latest_of(*device, kAllTime);
        if (latest.ts_ms < 0 || latest.ts_ms < now.ms - window_ms ||
            latest.ts_ms > now.ms + 2 * kMsPerMinute)
            continue;
        ++result.active_devices;
        if (latest.has(Field::speed)) speed.add(latest.value(Field::speed));
        if (latest.has(Field::battery)) battery.add(latest.value(Field::battery));
    }
    result.avg_speed_kmh = mean_in_units(speed);
    result.avg_battery_pct = mean_in_units(battery);
    result.critical_alerts =
        critical(fleet, {kept_from_of(fleet).value_or(Timestamp{0}), kAllTime.to});
    return result;
}

Result<Kpis> MemoryStore::kpis_of_day(const model::FleetScope& scope, const std::string& fleet,
                                      Day day) {
    const std::lock_guard lock(mutex_);
    FLEET_TRY_VOID(check_fleet(scope, fleet));
    Kpis result;
    result.retention_from = gone(fleet, day);
    model::MetricStats speed;
    model::MetricStats battery;
    for (const Device* device : devices_on(fleet, day)) {
        ++result.devices;
        if (result.retention_from) continue;
        std::uint64_t records = 0;
        for (const model::HourStats& hour : hours_of(*device, day)) {
            records += hour.records;
            speed.add(hour.speed);
            battery.add(hour.battery);
        }
        if (records > 0) ++result.active_devices;
    }
    result.avg_speed_kmh = mean_in_units(speed);
    result.avg_battery_pct = mean_in_units(battery);
    if (!result.retention_from) result.critical_alerts = critical(fleet, {day.begin(), day.end()});
    return result;
}

Result<std::vector<DeviceInfo>> MemoryStore::search(const model::FleetScope& scope,
                                                    const std::string& text, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<DeviceInfo> result;
    for (const auto& [id, device] : devices_) {
        if (result.size() == clamped(limit)) break;
        if (scope.allows(device.fleet()) && is_found(id, device.details, text))
            result.push_back(info_of(device));
    }
    return result;
}

}  // namespace fleet::store
