// SPDX-License-Identifier: Apache-2.0
// Trips, stops and alerts: one pass of the fold over everything that a device has, each time.
#include "fold/fold.hpp"
#include "model/field.hpp"
#include "store/memory/memory_store.hpp"
#include "store/paging.hpp"

#include <algorithm>
#include <utility>

namespace fleet::store {

namespace {

/// The built-in rules, numbered from 1 in their order.
fold::RuleSet built_in_set() {
    std::vector<fold::RuleVersion> versions;
    for (const model::Rule& rule : model::built_in_rules()) {
        fold::RuleVersion& version = versions.emplace_back();
        version.number = static_cast<std::uint32_t>(versions.size());
        version.rule = rule;
        version.rule.built_in = true;
    }
    return {std::move(versions), {}};
}

/// Newest first, those of one start by id.
bool newer(const Alert& a, const Alert& b) {
    return std::pair(-a.start.ms, a.id) < std::pair(-b.start.ms, b.id);
}

std::string key_of(const Alert& alert) { return time_key(alert.start.ms) + alert.id.text(); }

}  // namespace

MemoryStore::Found MemoryStore::fold(const Device& device) {
    static const fold::RuleSet rules = built_in_set();
    Found found;
    fold::DeviceState state;
    fold::DayResult result;
    for (auto row = device.rows.begin(); row != device.rows.end();) {
        const Day day = day_of({row->first});
        const auto for_day = rules.for_day(device.id, device.fleet_at(day), day);
        fold::DayFold fold(state, result, *for_day);
        for (; row != device.rows.end() && day_of({row->first}) == day; ++row)
            fold.step(row->second.sample, row->second.texts);
    }
    found.trips = std::move(result.trips);
    if (const auto open = state.open_trip()) found.trips.push_back(*open);
    found.stops = std::move(result.stops);
    if (const auto open = state.open_stop()) found.stops.push_back(*open);
    state.open_alerts(result.alerts);
    const std::vector<model::Rule> names = model::built_in_rules();
    for (model::AlertRun& run : result.alerts) {
        const model::Rule& rule = names.at(run.rule - 1);
        Alert& alert = found.alerts.emplace_back();
        alert.id = model::alert_id(rule.name, device.id, {}, run.start_ms);
        alert.fleet = device.fleet_at(day_of({run.start_ms}));
        alert.device = device.id;
        alert.rule = rule.name;
        alert.type = rule.type;
        alert.severity = run.severity;
        alert.start = Timestamp{run.start_ms};
        if (run.end_ms) alert.end = Timestamp{*run.end_ms};
        alert.peak = run.peak;
        alert.limit = run.limit;
        alert.at = run.at;
        alert.alarm = std::move(run.alarm);
    }
    std::sort(found.alerts.begin(), found.alerts.end(), newer);
    return found;
}

template <class Item>
Result<Page<Item>> MemoryStore::by_start(const model::FleetScope& scope, const std::string& device,
                                         TimeRange range, const PageRequest& page, CursorKind kind,
                                         std::vector<Item> Found::* list) {
    const std::lock_guard lock(mutex_);
    FLEET_TRY(const Device* of, find(scope, device));
    Page<Item> result;
    FLEET_TRY(const TimeRange kept,
              kept_range(range, kept_from_of(of->fleet()), result.retention_from));
    const CursorParams params = CursorParams().add(device).add(range.from.ms).add(range.to.ms);
    std::int64_t after = -1;
    if (!page.cursor.empty()) {
        FLEET_TRY(const std::string key, decode_cursor(kind, params, page.cursor));
        FLEET_TRY(after, time_of_key(key));
    }
    const Found found = fold(*of);
    for (const Item& item : found.*list) {
        if (item.start_ms < kept.from.ms || item.start_ms >= kept.to.ms || item.start_ms <= after)
            continue;
        if (result.items.size() == clamped(page.limit)) {
            result.next = encode_cursor(kind, params, time_key(result.items.back().start_ms));
            break;
        }
        result.items.push_back(item);
    }
    return result;
}

Result<Page<model::Trip>> MemoryStore::trips(const model::FleetScope& scope,
                                             const std::string& device, TimeRange range,
                                             const PageRequest& page) {
    return by_start(scope, device, range, page, CursorKind::trips, &Found::trips);
}

Result<Page<model::Stop>> MemoryStore::stops(const model::FleetScope& scope,
                                             const std::string& device, TimeRange range,
                                             const PageRequest& page) {
    return by_start(scope, device, range, page, CursorKind::stops, &Found::stops);
}

Result<Page<Alert>> MemoryStore::alerts(const model::FleetScope& scope, const std::string& fleet,
                                        const AlertFilter& filter, TimeRange range,
                                        const PageRequest& page) {
    const std::lock_guard lock(mutex_);
    FLEET_TRY_VOID(check_fleet(scope, fleet));
    if (filter.device) FLEET_TRY_VOID(find(scope, *filter.device));
    const CursorParams params = alert_params(fleet, filter, range);
    std::string after;
    if (!page.cursor.empty()) {
        FLEET_TRY(after, decode_cursor(CursorKind::alerts, params, page.cursor));
    }
    Page<Alert> result;
    FLEET_TRY(const TimeRange kept, kept_range(range, kept_from_of(fleet), result.retention_from));
    std::vector<Alert> all = alerts_of(fleet);
    std::sort(all.begin(), all.end(), newer);
    bool passed = after.empty();
    for (Alert& alert : all) {
        if (!passed) {
            // Past the last alert given out, which may be gone by now.
            Alert last;
            FLEET_TRY(const std::int64_t start, time_of_key(after.substr(0, 8)));
            last.start = Timestamp{start};
            last.id = model::AlertId::parse(after.substr(8)).value_or(model::AlertId());
            if (!newer(last, alert)) continue;
            passed = true;
        }
        if (alert.start < kept.from || alert.start >= kept.to ||
            (filter.severity && alert.severity != *filter.severity) ||
            (filter.type && alert.type != *filter.type) ||
            (filter.state && alert.state != *filter.state) ||
            (filter.device && alert.device != *filter.device))
            continue;
        if (result.items.size() == clamped(page.limit)) {
            result.next = encode_cursor(CursorKind::alerts, params, key_of(result.items.back()));
            break;
        }
        result.items.push_back(std::move(alert));
    }
    return result;
}

Result<Alert> MemoryStore::alert(const model::FleetScope& scope, const model::AlertId& id) {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, device] : devices_)
        for (Alert& alert : fold(device).alerts) {
            if (alert.id != id || !scope.allows(alert.fleet)) continue;
            const auto kept = kept_from_of(alert.fleet);
            if (!kept || alert.start >= *kept) return std::move(alert);
        }
    return fail(Code::not_found, "no alert " + id.text());
}

std::vector<Alert> MemoryStore::alerts_of(const std::string& fleet) const {
    std::vector<Alert> all;
    for (const auto& [id, device] : devices_)
        for (Alert& alert : fold(device).alerts)
            if (alert.fleet == fleet) all.push_back(std::move(alert));
    return all;
}

std::uint64_t MemoryStore::critical(const std::string& fleet, TimeRange range) const {
    std::uint64_t count = 0;
    for (const Alert& alert : alerts_of(fleet))
        count += alert.severity == model::Severity::high && alert.start >= range.from &&
                 alert.start < range.to;
    return count;
}

}  // namespace fleet::store
