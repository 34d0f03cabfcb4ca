// SPDX-License-Identifier: Apache-2.0
#include "store/scan.hpp"

#include "store/cursor.hpp"
#include "store/paging.hpp"
#include "store/series.hpp"

#include <fmt/format.h>

#include <utility>

namespace fleet::store {

bool ScanCondition::holds(std::int32_t value) const noexcept { return may_hold(value, value); }

bool ScanCondition::may_hold(std::int32_t least, std::int32_t most) const noexcept {
    switch (compare) {
        case Compare::below: return least < bound;
        case Compare::at_most: return least <= bound;
        case Compare::equal: return least <= bound && bound <= most;
        case Compare::at_least: return most >= bound;
        case Compare::above: return most > bound;
    }
    return false;
}

bool holds(const std::vector<ScanCondition>& where, const model::Sample& sample) noexcept {
    return std::all_of(where.begin(), where.end(), [&](const ScanCondition& condition) {
        return sample.has(condition.field) && condition.holds(sample.value(condition.field));
    });
}

std::size_t ScanPage::rows() const noexcept {
    std::size_t count = 0;
    for (const DeviceRows& device : devices) count += device.rows.size();
    return count;
}

namespace {

/// Where a page ended: behind the row of `ts_ms`, or before the first of the device (−1).
struct Place {
    std::string device;
    std::int64_t ts_ms = -1;
};

CursorParams params_of(const std::string& fleet, const ScanRequest& request) {
    CursorParams params;
    params.add(fleet).add(request.range.from.ms).add(request.range.to.ms);
    for (const ScanCondition& condition : request.where)
        params.add(static_cast<std::int64_t>(condition.field))
            .add(static_cast<std::int64_t>(condition.compare))
            .add(condition.bound);
    return params;
}

Result<Place> place_of(const CursorParams& params, const std::string& cursor) {
    if (cursor.empty()) return Place{};
    FLEET_TRY(const std::string key, decode_cursor(CursorKind::scan, params, cursor));
    const std::size_t time_size = time_key(0).size();
    if (key.size() <= time_size)
        return fail(Code::invalid_argument, "the cursor is not one of ours");
    FLEET_TRY(const std::int64_t ts_ms, time_of_key(std::string_view(key).substr(0, time_size)));
    return Place{key.substr(time_size), ts_ms};
}

std::string cursor_of(const CursorParams& params, const Place& place) {
    return encode_cursor(CursorKind::scan, params, time_key(place.ts_ms) + place.device);
}

/// Visits the device-days of a fleet behind a place: `visit(device, part of the day)` returns the
/// rows that it looked at; `full()` says that the page has what it may have. Returns where to go
/// on.
template <class Visit, class Full>
Result<std::optional<Place>> walk(ScanSource& source, TimeRange range, Place place, Visit visit,
                                  Full full) {
    std::uint64_t looked_at = 0;
    std::vector<std::string> devices;
    if (!place.device.empty()) devices.push_back(place.device);
    for (;;) {
        for (const std::string& device : devices) {
            const Timestamp from{
                std::max(range.from.ms, device == place.device ? place.ts_ms + 1 : range.from.ms)};
            FLEET_TRY(const std::vector<Day> days, source.days(device, {from, range.to}));
            for (const Day day : days) {
                const TimeRange part{std::max(from, day.begin()), std::min(range.to, day.end())};
                if (full() || looked_at >= kScanRowsOfPage)
                    return std::optional(Place{device, part.from.ms - 1});
                FLEET_TRY(const std::uint64_t rows, visit(device, part));
                looked_at += rows;
            }
            place = {device, -1};
        }
        FLEET_TRY(devices, source.devices_behind(place.device));
        if (devices.empty()) return std::optional<Place>();
    }
}

Result<void> check(const ScanRequest& request) {
    if (request.where.size() <= kMaxConditions) return {};
    return fail(Code::invalid_argument,
                fmt::format("a scan has at most {} conditions", kMaxConditions));
}

}  // namespace

Result<ScanPage> scan(ScanSource& source, const std::string& fleet, const ScanRequest& request,
                      std::optional<Timestamp> kept, const PageRequest& page) {
    FLEET_TRY_VOID(check(request));
    ScanPage result;
    FLEET_TRY(const TimeRange range, kept_range(request.range, kept, result.retention_from));
    const CursorParams params = params_of(fleet, request);
    FLEET_TRY(const Place place, place_of(params, page.cursor));
    const std::size_t limit = clamped(page.limit);
    std::size_t count = 0;
    std::optional<Place> cut;  // behind the last row that the page has room for
    const auto visit = [&](const std::string& device, TimeRange part) -> Result<std::uint64_t> {
        model::Rows found;
        // One row more than wanted says whether there is a next page.
        FLEET_TRY(const std::uint64_t looked_at,
                  source.rows(device, part, request.where, limit - count + 1, found));
        if (found.empty()) return looked_at;
        if (found.size() > limit - count) {
            found.samples.resize(limit - count);
            cut = {device, found.empty() ? part.from.ms - 1 : found.samples.back().ts_ms};
        }
        count += found.size();
        if (found.empty()) return looked_at;
        if (result.devices.empty() || result.devices.back().device != device) {
            result.devices.push_back({device, std::move(found)});
            return looked_at;
        }
        model::Rows& rows = result.devices.back().rows;
        for (const model::Sample& sample : found.samples)
            rows.samples.push_back(model::translate(sample, found.texts, rows.texts));
        return looked_at;
    };
    FLEET_TRY(const std::optional<Place> next,
              walk(source, range, place, visit, [&] { return cut.has_value(); }));
    if (cut || next) result.next = cursor_of(params, cut ? *cut : *next);
    return result;
}

Result<Page<ScanDay>> scan_days(ScanSource& source, const std::string& fleet,
                                const ScanRequest& request, model::Field metric,
                                std::optional<Timestamp> kept, const PageRequest& page) {
    FLEET_TRY_VOID(check(request));
    if (!is_series_metric(metric))
        return fail(Code::invalid_argument,
                    fmt::format("{} has no mean, so it is no metric", model::info(metric).name));
    Page<ScanDay> result;
    FLEET_TRY(const TimeRange range, kept_range(request.range, kept, result.retention_from));
    const CursorParams params =
        params_of(fleet, request).add("metric").add(static_cast<std::int64_t>(metric));
    FLEET_TRY(const Place place, place_of(params, page.cursor));
    const auto visit = [&](const std::string& device, TimeRange part) -> Result<std::uint64_t> {
        ScanDay day{device, day_of(part.from), {}};
        FLEET_TRY(const std::uint64_t looked_at,
                  source.values(device, part, request.where, metric, day.values));
        if (day.values.count != 0) result.items.push_back(std::move(day));
        return looked_at;
    };
    FLEET_TRY(const std::optional<Place> next, walk(source, range, place, visit, [&] {
                  return result.items.size() >= clamped(page.limit);
              }));
    if (next) result.next = cursor_of(params, *next);
    return result;
}

}  // namespace fleet::store
