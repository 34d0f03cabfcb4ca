// SPDX-License-Identifier: Apache-2.0
// What the fold found: trips, stops and alerts of the embedded engine.
#include "engine/rule_book.hpp"
#include "model/field.hpp"
#include "store/local/alert_words.hpp"
#include "store/local/local_reader.hpp"
#include "store/paging.hpp"

#include <algorithm>
#include <utility>

namespace fleet::store {

namespace {

/// Decimals of what a rule of a type compares; `rule`: if it is known.
int decimals_of(const model::Rule* rule, model::RuleType type) {
    if (rule != nullptr) return rule->decimals();
    // The metric of a THRESHOLD that is gone is not known any more.
    return model::default_rule(type == model::RuleType::threshold ? model::RuleType::overspeed
                                                                  : type)
        .decimals();
}

}  // namespace

template <class Item, class Read>
Result<Page<Item>> LocalReader::by_start(const model::FleetScope& scope, const std::string& device,
                                         TimeRange range, const PageRequest& page, CursorKind kind,
                                         Read read) const {
    FLEET_TRY(const Found found, find_device(scope, device));
    const CursorParams params = CursorParams().add(device).add(range.from.ms).add(range.to.ms);
    Page<Item> result;
    FLEET_TRY(const TimeRange kept,
              kept_range(range, kept_from_of(found.row.fleet), result.retention_from));
    Timestamp from = kept.from;
    if (!page.cursor.empty()) {
        FLEET_TRY(const std::string key, decode_cursor(kind, params, page.cursor));
        FLEET_TRY(const std::int64_t last, time_of_key(key));
        from = std::max(from, Timestamp{last + 1});
    }
    if (from >= kept.to) return result;
    FLEET_TRY(result.items, read(found.handle, from, kept.to));
    const std::size_t limit = clamped(page.limit);
    if (result.items.size() > limit) {
        result.items.resize(limit);
        result.next = encode_cursor(kind, params, time_key(result.items.back().start_ms));
    }
    return result;
}

Result<Page<model::Trip>> LocalReader::trips(const model::FleetScope& scope,
                                             const std::string& device, TimeRange range,
                                             const PageRequest& page) {
    return by_start<model::Trip>(scope, device, range, page, CursorKind::trips,
                                 [&](engine::DeviceHandle handle, Timestamp from, Timestamp to) {
                                     return engine_->trips(handle, from, to);
                                 });
}

Result<Page<model::Stop>> LocalReader::stops(const model::FleetScope& scope,
                                             const std::string& device, TimeRange range,
                                             const PageRequest& page) {
    return by_start<model::Stop>(scope, device, range, page, CursorKind::stops,
                                 [&](engine::DeviceHandle handle, Timestamp from, Timestamp to) {
                                     return engine_->stops(handle, from, to);
                                 });
}

Alert LocalReader::named(engine::AlertRow&& row, const engine::RuleSnapshot& rules) const {
    const model::AlertRun& run = row.run;
    Alert alert;
    alert.id = row.id;
    alert.fleet = engine_->fleet_id(row.fleet);
    alert.device = engine_->device(row.device).id;
    alert.rule = std::string(rules.rule_name(run.rule));
    const model::Rule* rule = rules.rule_at(run.rule, run.start_ms);
    alert.type = rule != nullptr ? rule->type : rules.rule_type(run.rule);
    alert.severity = run.severity;
    alert.state = store_state(row.state);
    alert.start = Timestamp{run.start_ms};
    if (run.end_ms) alert.end = Timestamp{*run.end_ms};
    alert.peak = run.peak;
    alert.limit = run.limit;
    alert.decimals = decimals_of(rule, alert.type);
    alert.at = run.at;
    if (run.zone != 0) alert.zone = std::string(rules.zone_id(run.zone));
    alert.alarm = std::move(row.run.alarm);
    alert.late = row.late;
    alert.retracted = row.retracted;
    alert.actions = store_actions(row.actions);
    return alert;
}

Result<Page<Alert>> LocalReader::alerts(const model::FleetScope& scope, const std::string& fleet,
                                        const AlertFilter& filter, TimeRange range,
                                        const PageRequest& page) {
    FLEET_TRY(const std::uint32_t number, find_fleet(scope, fleet));
    engine::AlertQuery query;
    query.fleet = number;
    query.severity = filter.severity;
    query.type = filter.type;
    query.retracted = filter.retracted;
    query.limit = clamped(page.limit);
    if (filter.state) query.state = engine_state(*filter.state);
    if (filter.device) {
        FLEET_TRY(const Found found, find_device(scope, *filter.device));
        query.device = found.handle;
    }
    const CursorParams params = alert_params(fleet, filter, range);
    if (!page.cursor.empty()) {
        FLEET_TRY(query.after, decode_cursor(CursorKind::alerts, params, page.cursor));
    }
    Page<Alert> result;
    FLEET_TRY(const TimeRange kept, kept_range(range, kept_from_of(fleet), result.retention_from));
    if (kept.from >= kept.to) return result;
    query.from = kept.from;
    query.to = kept.to;
    FLEET_TRY(engine::AlertPage rows, engine_->alerts(query));
    const auto rules = engine_->rules();
    result.items.reserve(rows.items.size());
    for (engine::AlertRow& row : rows.items) result.items.push_back(named(std::move(row), *rules));
    if (!rows.next.empty()) result.next = encode_cursor(CursorKind::alerts, params, rows.next);
    return result;
}

Result<Alert> LocalReader::alert(const model::FleetScope& scope, const model::AlertId& id) {
    const auto nothing = [&] { return fail(Code::not_found, "no alert " + id.text()); };
    FLEET_TRY(std::optional<engine::AlertRow> row, engine_->alert(id));
    if (!row || !scope.allows(engine_->fleet_id(row->fleet))) return nothing();
    // Late rows of the device may wait: reading its day folds them, and may change the alert.
    FLEET_TRY_VOID(engine_->device_day(row->device, day_of(Timestamp{row->run.start_ms})));
    FLEET_TRY(row, engine_->alert(id));
    if (!row) return nothing();
    Alert alert = named(std::move(*row), *engine_->rules());
    if (const auto kept = kept_from_of(alert.fleet); kept && alert.start < *kept) return nothing();
    return alert;
}

}  // namespace fleet::store
