// SPDX-License-Identifier: Apache-2.0
#include "store/local/local_reader.hpp"

#include "store/cursor.hpp"
#include "store/local/local_scan.hpp"
#include "store/paging.hpp"
#include "store/retention.hpp"
#include "store/search.hpp"

#include <algorithm>
#include <utility>

namespace fleet::store {

namespace {

using engine::DeviceHandle;
using engine::DeviceRow;
using model::Field;

constexpr std::int64_t kAheadMs =
    2 * kMsPerMinute;  // how far a clock may be ahead and count as live

DeviceInfo info_of(DeviceRow&& row) {
    DeviceInfo info;
    info.id = std::move(row.id);
    info.fleet = std::move(row.fleet);
    info.records = row.records;
    if (row.first_ms >= 0) info.first_seen = Timestamp{row.first_ms};
    if (row.last_ms >= 0) info.last_seen = Timestamp{row.last_ms};
    info.details = *row.details;
    for (auto& [from, fleet] : row.fleets) info.fleets.push_back({std::move(fleet), from});
    if (info.fleets.empty()) info.fleets.push_back({info.fleet, Day{}});
    return info;
}

std::optional<double> mean_in_units(const model::MetricStats& stats) {
    const auto mean = stats.mean();
    if (!mean) return std::nullopt;
    return *mean / 100;  // stored in hundredths
}

}  // namespace

LocalReader::LocalReader(std::shared_ptr<engine::Engine> engine, std::shared_ptr<const Clock> clock)
    : engine_(std::move(engine)), clock_(std::move(clock)) {}

// Hidden by the scope and not there at all must read the same (I12).
Result<std::uint32_t> LocalReader::find_fleet(const model::FleetScope& scope,
                                              const std::string& fleet) const {
    const auto number = engine_->fleet_number(fleet);
    if (!number || !scope.allows(fleet)) return fail(Code::not_found, "no fleet " + fleet);
    return *number;
}

Result<LocalReader::Found> LocalReader::find_device(const model::FleetScope& scope,
                                                    const std::string& device) const {
    if (const auto handle = engine_->find_device(device)) {
        Found found{*handle, engine_->device(*handle)};
        if (scope.allows(found.row.fleet)) return found;
    }
    return fail(Code::not_found, "no device " + device);
}

std::optional<Timestamp> LocalReader::kept_from_of(const std::string& fleet) const {
    for (const auto& [id, days] : engine_->fleets())
        if (id == fleet) return kept_from(clock_->now(), days);
    return std::nullopt;
}

std::optional<Timestamp> LocalReader::gone(const std::string& fleet, Day day) const {
    const auto kept = kept_from_of(fleet);
    return kept && day.begin() < *kept ? kept : std::nullopt;
}

std::size_t LocalReader::first_after(const Handles& devices, const std::string& id) const {
    const auto at = std::upper_bound(devices->begin(), devices->end(), id,
                                     [&](const std::string& key, DeviceHandle handle) {
                                         return key < engine_->device(handle).id;
                                     });
    return static_cast<std::size_t>(at - devices->begin());
}

Result<std::vector<FleetInfo>> LocalReader::fleets(const model::FleetScope& scope) {
    std::vector<FleetInfo> result;
    for (auto& [id, days] : engine_->fleets()) {
        if (!scope.allows(id)) continue;
        const auto number = engine_->fleet_number(id);
        if (!number) continue;
        FleetInfo& info = result.emplace_back();
        const Handles devices = engine_->devices_of(*number);
        info.devices = devices->size();
        std::int64_t last = -1;
        for (const DeviceHandle handle : *devices)
            last = std::max(last, engine_->device(handle).last_ms);
        if (last >= 0) info.last_ts = Timestamp{last};
        if (days > 0) info.retention_days = days;
        info.id = std::move(id);
    }
    std::sort(result.begin(), result.end(),
              [](const FleetInfo& a, const FleetInfo& b) { return a.id < b.id; });
    return result;
}

Result<Page<DeviceInfo>> LocalReader::devices(const model::FleetScope& scope,
                                              const std::string& fleet, const PageRequest& page) {
    FLEET_TRY(const std::uint32_t number, find_fleet(scope, fleet));
    const CursorParams params = CursorParams().add(fleet);
    const Handles devices = engine_->devices_of(number);
    std::size_t at = 0;
    if (!page.cursor.empty()) {
        FLEET_TRY(const std::string after, decode_cursor(CursorKind::devices, params, page.cursor));
        at = first_after(devices, after);
    }
    const std::size_t end = std::min(devices->size(), at + clamped(page.limit));
    Page<DeviceInfo> result;
    result.items.reserve(end - at);
    for (; at < end; ++at) result.items.push_back(info_of(engine_->device((*devices)[at])));
    if (end < devices->size())
        result.next = encode_cursor(CursorKind::devices, params, result.items.back().id);
    return result;
}

Result<DeviceInfo> LocalReader::device(const model::FleetScope& scope, const std::string& device) {
    FLEET_TRY(Found found, find_device(scope, device));
    return info_of(std::move(found.row));
}

Result<LatestOfDevice> LocalReader::latest(const model::FleetScope& scope,
                                           const std::string& device) {
    FLEET_TRY(Found found, find_device(scope, device));
    return LatestOfDevice{std::move(found.row.id), std::move(found.row.fleet),
                          engine_->latest(found.handle)};
}

Result<Page<LatestOfDevice>> LocalReader::fleet_latest(const model::FleetScope& scope,
                                                       const std::string& fleet,
                                                       std::optional<Timestamp> at,
                                                       const PageRequest& page) {
    FLEET_TRY(const std::uint32_t number, find_fleet(scope, fleet));
    const CursorParams params =
        CursorParams().add(fleet).add(at.has_value() ? 1 : 0).add(at ? at->ms : 0);
    const Handles devices = at ? engine_->devices_on(number, day_of(std::max(*at, Timestamp{0})))
                               : engine_->devices_of(number);
    std::size_t next = 0;
    if (!page.cursor.empty()) {
        FLEET_TRY(const std::string after,
                  decode_cursor(CursorKind::fleet_latest, params, page.cursor));
        next = first_after(devices, after);
    }
    const std::size_t end = std::min(devices->size(), next + clamped(page.limit));
    Page<LatestOfDevice> result;
    if (at) {
        const auto kept = kept_from_of(fleet);
        if (kept && *at < *kept) result.retention_from = kept;
    }
    result.items.reserve(end - next);
    for (; next < end; ++next) {
        const DeviceHandle handle = (*devices)[next];
        LatestOfDevice& item = result.items.emplace_back();
        item.device = engine_->device(handle).id;
        item.fleet = fleet;
        if (!at) {
            item.latest = engine_->latest(handle);
        } else if (!result.retention_from) {
            FLEET_TRY(item.latest, engine_->latest_at(handle, *at));
        }
    }
    if (end < devices->size())
        result.next = encode_cursor(CursorKind::fleet_latest, params, result.items.back().device);
    return result;
}

Result<HistoryPage> LocalReader::history(const model::FleetScope& scope, const std::string& device,
                                         TimeRange range, Order order, const PageRequest& page) {
    FLEET_TRY(const Found found, find_device(scope, device));
    if (range.from > range.to)
        return fail(Code::invalid_argument, "the range ends before it begins: swap from and to");
    const CursorParams params = CursorParams()
                                    .add(device)
                                    .add(range.from.ms)
                                    .add(range.to.ms)
                                    .add(static_cast<std::int64_t>(order));
    HistoryPage result;
    const bool newest_first = order == Order::newest_first;
    Timestamp from = std::max(range.from, Timestamp{0});
    Timestamp to = std::min(range.to, Timestamp{kMaxMs + 1});
    if (const auto kept = kept_from_of(found.row.fleet); kept && range.from < *kept) {
        result.retention_from = kept;
        from = std::max(from, *kept);
    }
    if (!page.cursor.empty()) {
        FLEET_TRY(const std::string key, decode_cursor(CursorKind::history, params, page.cursor));
        FLEET_TRY(const std::int64_t last, time_of_key(key));
        if (newest_first)
            to = std::min(to, Timestamp{last});
        else
            from = std::max(from, Timestamp{last + 1});
    }
    if (from >= to) return result;
    const std::size_t limit = clamped(page.limit);
    // One row more than wanted says whether there is a next page.
    FLEET_TRY(result.rows, engine_->rows(found.handle, from, to, limit + 1, newest_first));
    if (result.rows.size() > limit) {
        result.rows.samples.resize(limit);
        result.next =
            encode_cursor(CursorKind::history, params, time_key(result.rows.samples.back().ts_ms));
    }
    return result;
}

Result<Series> LocalReader::series(const model::FleetScope& scope, const std::string& device,
                                   const SeriesRequest& request) {
    FLEET_TRY(const Found found, find_device(scope, device));
    if (!is_series_metric(request.metric))
        return fail(Code::invalid_argument,
                    std::string(model::info(request.metric).name) + " is no metric of a series");
    Series result;
    result.metric = request.metric;
    FLEET_TRY(const TimeRange kept,
              kept_range(request.range, kept_from_of(found.row.fleet), result.retention_from));
    const auto seen = [](std::int64_t ms) {
        return ms < 0 ? std::nullopt : std::optional(Timestamp{ms});
    };
    const TimeRange range =
        series_range(request.range, kept, seen(found.row.first_ms), seen(found.row.last_ms));
    const std::int64_t width_ms = bucket_ms(range, request.points);
    result.bucket_s = width_ms / kMsPerSecond;
    if (range.from >= range.to) return result;
    SeriesFold fold(width_ms);
    FLEET_TRY_VOID(
        engine_->column(found.handle, request.metric, range.from, range.to,
                        [&](std::span<const std::int64_t> ts_ms,
                            std::span<const std::int32_t> values) { fold.add(ts_ms, values); }));
    result.points = std::move(fold).take();
    return result;
}

Result<ScanPage> LocalReader::scan(const model::FleetScope& scope, const std::string& fleet,
                                   const ScanRequest& request, const PageRequest& page) {
    FLEET_TRY(const std::uint32_t number, find_fleet(scope, fleet));
    LocalScan source(*engine_, engine_->devices_of(number));
    return store::scan(source, fleet, request, kept_from_of(fleet), page);
}

Result<Page<ScanDay>> LocalReader::scan_days(const model::FleetScope& scope,
                                             const std::string& fleet, const ScanRequest& request,
                                             model::Field metric, const PageRequest& page) {
    FLEET_TRY(const std::uint32_t number, find_fleet(scope, fleet));
    LocalScan source(*engine_, engine_->devices_of(number));
    return store::scan_days(source, fleet, request, metric, kept_from_of(fleet), page);
}

Result<FleetDay> LocalReader::analytics(const model::FleetScope& scope, const std::string& fleet,
                                        Day day) {
    FLEET_TRY(const std::uint32_t number, find_fleet(scope, fleet));
    FleetDay result;
    result.retention_from = gone(fleet, day);
    if (result.retention_from) return result;
    FLEET_TRY(result.hours, engine_->fleet_day(number, day));
    FLEET_TRY(const engine::AlertStarts starts, engine_->alert_starts(number, day));
    const auto of = [&](std::size_t hour, model::Severity severity) {
        return starts[hour][static_cast<std::size_t>(severity)];
    };
    for (std::size_t h = 0; h < starts.size(); ++h)
        result.alerts[h] = {of(h, model::Severity::high), of(h, model::Severity::medium),
                            of(h, model::Severity::low)};
    return result;
}

Result<DaySummary> LocalReader::summary(const model::FleetScope& scope, const std::string& device,
                                        Day day) {
    FLEET_TRY(const Found found, find_device(scope, device));
    DaySummary result;
    result.retention_from = gone(found.row.fleet, day);
    if (result.retention_from) return result;
    FLEET_TRY(const model::DayHours hours, engine_->device_day(found.handle, day));
    for (const model::HourStats& hour : hours) {
        result.records += hour.records;
        result.speed.add(hour.speed);
        result.legs.add(hour.legs);
    }
    FLEET_TRY(const std::vector<model::Trip> trips,
              engine_->trips(found.handle, day.begin(), day.end()));
    FLEET_TRY(const std::vector<model::Stop> stops,
              engine_->stops(found.handle, day.begin(), day.end()));
    result.trips = trips.size();
    result.stops = stops.size();
    std::int64_t moving_ms = 0;
    for (const model::Trip& trip : trips) moving_ms += trip.end_ms - trip.start_ms;
    result.moving_s = moving_ms / kMsPerSecond;
    return result;
}

Result<Kpis> LocalReader::kpis(const model::FleetScope& scope, const std::string& fleet,
                               Timestamp now, std::int64_t window_ms) {
    FLEET_TRY(const std::uint32_t number, find_fleet(scope, fleet));
    const Handles devices = engine_->devices_of(number);
    Kpis result;
    result.devices = devices->size();
    model::MetricStats speed;
    model::MetricStats battery;
    for (const DeviceHandle handle : *devices) {
        const model::Latest latest = engine_->latest(handle);
        if (latest.ts_ms < 0 || latest.ts_ms < now.ms - window_ms ||
            latest.ts_ms > now.ms + kAheadMs)
            continue;
        ++result.active_devices;
        if (latest.has(Field::speed)) speed.add(latest.value(Field::speed));
        if (latest.has(Field::battery)) battery.add(latest.value(Field::battery));
    }
    result.avg_speed_kmh = mean_in_units(speed);
    result.avg_battery_pct = mean_in_units(battery);
    const Timestamp kept = kept_from_of(fleet).value_or(Timestamp{0});
    FLEET_TRY(result.critical_alerts,
              engine_->unresolved_high(number, kept, Timestamp{kMaxMs + 1}));
    return result;
}

Result<Kpis> LocalReader::kpis_of_day(const model::FleetScope& scope, const std::string& fleet,
                                      Day day) {
    FLEET_TRY(const std::uint32_t number, find_fleet(scope, fleet));
    const Handles devices = engine_->devices_on(number, day);
    Kpis result;
    result.devices = devices->size();
    result.retention_from = gone(fleet, day);
    if (result.retention_from) return result;
    for (const DeviceHandle handle : *devices) {
        const std::vector<Day> days = engine_->days_of(handle);
        if (std::binary_search(days.begin(), days.end(), day)) ++result.active_devices;
    }
    FLEET_TRY(const model::DayHours hours, engine_->fleet_day(number, day));
    model::MetricStats speed;
    model::MetricStats battery;
    for (const model::HourStats& hour : hours) {
        speed.add(hour.speed);
        battery.add(hour.battery);
    }
    result.avg_speed_kmh = mean_in_units(speed);
    result.avg_battery_pct = mean_in_units(battery);
    FLEET_TRY(result.critical_alerts, engine_->unresolved_high(number, day.begin(), day.end()));
    return result;
}

Result<std::vector<DeviceInfo>> LocalReader::search(const model::FleetScope& scope,
                                                    const std::string& text, std::size_t limit) {
    const std::size_t most = clamped(limit);
    std::vector<DeviceInfo> result;
    for (const auto& [id, days] : engine_->fleets()) {
        const auto number = engine_->fleet_number(id);
        if (!number || !scope.allows(id)) continue;
        // Each fleet's first hits in id order are enough to hold the first hits of all.
        std::size_t hits = 0;
        const Handles devices = engine_->devices_of(*number);
        for (const DeviceHandle handle : *devices) {
            if (hits == most) break;
            DeviceRow row = engine_->device(handle);
            if (!is_found(row.id, *row.details, text)) continue;
            result.push_back(info_of(std::move(row)));
            ++hits;
        }
    }
    std::sort(result.begin(), result.end(),
              [](const DeviceInfo& a, const DeviceInfo& b) { return a.id < b.id; });
    if (result.size() > most) result.resize(most);
    return result;
}

}  // namespace fleet::store
