// SPDX-License-Identifier: Apache-2.0
#include "store/local/local_scan.hpp"

#include "store/page.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

namespace fleet::store {

namespace {

using engine::DeviceHandle;
using model::Field;

/// What the hours of a day say about a field; null for fields that have no statistics.
const model::MetricStats* stats_of(const model::HourStats& hour, Field field) {
    switch (field) {
        case Field::speed: return &hour.speed;
        case Field::battery: return &hour.battery;
        case Field::temp: return &hour.temp;
        case Field::humidity: return &hour.humidity;
        default: return nullptr;
    }
}

}  // namespace

LocalScan::LocalScan(const engine::Engine& engine,
                     std::shared_ptr<const std::vector<DeviceHandle>> devices)
    : engine_(engine), devices_(std::move(devices)) {}

Result<std::vector<std::string>> LocalScan::devices_behind(const std::string& device) {
    auto at = std::upper_bound(
        devices_->begin(), devices_->end(), device,
        [&](const std::string& id, DeviceHandle handle) { return id < engine_.device(handle).id; });
    std::vector<std::string> ids;
    for (; at != devices_->end() && ids.size() < kMaxLimit; ++at)
        ids.push_back(engine_.device(*at).id);
    return ids;
}

Result<std::vector<Day>> LocalScan::days(const std::string& device, TimeRange range) {
    std::vector<Day> days;
    // Erased between two pages: it has nothing.
    const auto handle = engine_.find_device(device);
    if (!handle || range.from >= range.to) return days;
    days = engine_.days_of(*handle);
    std::erase_if(days,
                  [&](Day day) { return day.end() <= range.from || day.begin() >= range.to; });
    return days;
}

Result<std::uint64_t> LocalScan::promising(DeviceHandle device, Day day,
                                           const std::vector<ScanCondition>& where) const {
    FLEET_TRY(const model::DayHours hours, engine_.device_day(device, day));
    model::HourStats whole;
    for (const model::HourStats& hour : hours) whole.add(hour);
    for (const ScanCondition& condition : where)
        if (const model::MetricStats* stats = stats_of(whole, condition.field))
            if (stats->count == 0 || !condition.may_hold(stats->min, stats->max)) return 0;
    return whole.records;
}

Result<std::vector<std::int64_t>> LocalScan::matches(
    DeviceHandle device, TimeRange range, const std::vector<ScanCondition>& where) const {
    std::vector<std::int64_t> times;
    std::vector<std::int64_t> both;
    for (std::size_t i = 0; i < where.size(); ++i) {
        const ScanCondition& condition = where[i];
        std::vector<std::int64_t> met;
        FLEET_TRY_VOID(engine_.column(
            device, condition.field, range.from, range.to,
            [&](std::span<const std::int64_t> ts_ms, std::span<const std::int32_t> values) {
                for (std::size_t row = 0; row < ts_ms.size(); ++row)
                    if (condition.holds(values[row])) met.push_back(ts_ms[row]);
            }));
        if (i == 0) {
            times = std::move(met);
        } else {
            both.clear();
            std::set_intersection(times.begin(), times.end(), met.begin(), met.end(),
                                  std::back_inserter(both));
            times.swap(both);
        }
        if (times.empty()) break;
        range = {Timestamp{times.front()}, Timestamp{times.back() + 1}};
    }
    return times;
}

Result<std::uint64_t> LocalScan::rows(const std::string& device, TimeRange range,
                                      const std::vector<ScanCondition>& where, std::size_t limit,
                                      model::Rows& out) {
    const auto handle = engine_.find_device(device);
    if (!handle) return 0;
    if (where.empty()) {
        FLEET_TRY(out, engine_.rows(*handle, range.from, range.to, limit, false));
        return out.size();
    }
    FLEET_TRY(const std::uint64_t stored, promising(*handle, day_of(range.from), where));
    if (stored == 0) return 0;
    FLEET_TRY(std::vector<std::int64_t> times, matches(*handle, range, where));
    if (times.empty()) return stored;
    if (times.size() > limit) times.resize(limit);
    const std::size_t most = kScanRowsOfPage;
    FLEET_TRY(out, engine_.rows(*handle, Timestamp{times.front()}, Timestamp{times.back() + 1},
                                most, false));
    // Writers may have been here meanwhile: the rows themselves decide.
    std::erase_if(out.samples, [&](const model::Sample& sample) { return !holds(where, sample); });
    if (out.size() > limit) out.samples.resize(limit);
    return stored;
}

Result<std::uint64_t> LocalScan::values(const std::string& device, TimeRange range,
                                        const std::vector<ScanCondition>& where, Field metric,
                                        model::MetricStats& out) {
    const auto handle = engine_.find_device(device);
    if (!handle) return 0;
    FLEET_TRY(const std::uint64_t stored, promising(*handle, day_of(range.from), where));
    if (stored == 0) return 0;
    const bool alone = std::all_of(where.begin(), where.end(), [&](const ScanCondition& condition) {
        return condition.field == metric;
    });
    std::vector<std::int64_t> times;
    if (!alone) {
        FLEET_TRY(times, matches(*handle, range, where));
        if (times.empty()) return stored;
        range = {Timestamp{times.front()}, Timestamp{times.back() + 1}};
    }
    auto time = times.begin();
    FLEET_TRY_VOID(engine_.column(
        *handle, metric, range.from, range.to,
        [&](std::span<const std::int64_t> ts_ms, std::span<const std::int32_t> values) {
            for (std::size_t row = 0; row < ts_ms.size(); ++row) {
                if (alone) {
                    if (std::all_of(where.begin(), where.end(),
                                    [&](const ScanCondition& c) { return c.holds(values[row]); }))
                        out.add(values[row]);
                    continue;
                }
                while (time != times.end() && *time < ts_ms[row]) ++time;
                if (time != times.end() && *time == ts_ms[row]) out.add(values[row]);
            }
        }));
    return stored;
}

}  // namespace fleet::store
