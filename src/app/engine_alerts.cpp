// SPDX-License-Identifier: Apache-2.0
#include "app/engine_alerts.hpp"

#include "engine/rule_book.hpp"
#include "model/field.hpp"

#include <algorithm>
#include <utility>

namespace fleet::app {

namespace {

constexpr std::size_t kPage = 10'000;

notify::StoredAlert stored(engine::AlertRow&& row, const engine::RuleSnapshot& rules) {
    const model::Rule* rule = rules.rule_at(row.run.rule, row.run.start_ms);
    return {row.id,
            row.fleet,
            row.device.value,
            rule != nullptr ? rule->type : rules.rule_type(row.run.rule),
            std::move(row.run),
            row.late,
            row.notified};
}

}  // namespace

Result<std::vector<notify::StoredAlert>> EngineAlerts::waiting(std::size_t limit) {
    FLEET_TRY(std::vector<engine::AlertRow> rows, engine_.waiting_alerts(limit));
    const auto rules = engine_.rules();
    std::vector<notify::StoredAlert> out;
    out.reserve(rows.size());
    for (engine::AlertRow& row : rows) out.push_back(stored(std::move(row), *rules));
    return out;
}

Result<std::vector<notify::StoredAlert>> EngineAlerts::between(std::uint32_t fleet,
                                                               model::RuleType type,
                                                               std::int64_t from_ms,
                                                               std::int64_t to_ms) {
    engine::AlertQuery query;
    query.fleet = fleet;
    query.type = type;
    query.from = Timestamp{std::max<std::int64_t>(from_ms, 0)};
    query.to = Timestamp{std::min(to_ms, kMaxMs) + 1};
    query.limit = kPage;
    const auto rules = engine_.rules();
    std::vector<notify::StoredAlert> out;
    do {
        FLEET_TRY(engine::AlertPage page, engine_.alerts(query));
        for (engine::AlertRow& row : page.items) out.push_back(stored(std::move(row), *rules));
        query.after = std::move(page.next);
    } while (!query.after.empty());
    return out;
}

Result<void> EngineAlerts::notified(std::span<const notify::AlertKey> alerts) {
    std::vector<engine::NotifiedAlert> told;
    told.reserve(alerts.size());
    for (const notify::AlertKey& a : alerts) told.push_back({engine::DeviceHandle{a.device}, a.id});
    return engine_.alerts_notified(told);
}

model::AlertNotice EngineAlerts::describe(const notify::StoredAlert& alert) {
    const auto rules = engine_.rules();
    const model::AlertRun& run = alert.run;
    const model::Rule* rule = rules->rule_at(run.rule, run.start_ms);
    model::AlertNotice notice;
    notice.id = alert.id;
    notice.device = engine_.device(engine::DeviceHandle{alert.device}).id;
    notice.rule = std::string(rules->rule_name(run.rule));
    notice.severity = run.severity;
    notice.start_ms = run.start_ms;
    notice.end_ms = run.end_ms;
    notice.peak = run.peak;
    notice.limit = run.limit;
    const bool free_metric = rule != nullptr && rule->type == model::RuleType::threshold;
    notice.decimals = model::info(free_metric ? rule->metric : model::Field::speed).decimals;
    notice.at = run.at;
    if (run.zone != 0) notice.zone = std::string(rules->zone_id(run.zone));
    notice.alarm = run.alarm;
    notice.late = alert.late;
    return notice;
}

std::string EngineAlerts::fleet_id(const notify::StoredAlert& alert) {
    return engine_.fleet_id(alert.fleet);
}

}  // namespace fleet::app
