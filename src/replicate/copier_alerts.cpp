// SPDX-License-Identifier: Apache-2.0
// Alerts: rows whose key changes with their severity.
#include "replicate/copier.hpp"
#include "replicate/fold_tables.hpp"

#include "engine/registry.hpp"
#include "engine/rule_book.hpp"

#include <algorithm>

namespace fleet::replicate {

namespace {

constexpr std::size_t kAlertsOfARound = 1'000;
constexpr std::array kSeverities{model::Severity::low, model::Severity::medium,
                                 model::Severity::high};

bool has(std::uint8_t severities, model::Severity severity) noexcept {
    return (severities >> static_cast<unsigned>(severity) & 1U) != 0;
}

}  // namespace

Result<void> Copier::flush_alerts() {
    FLEET_TRY(const std::vector<engine::FeedAlert> marks, feed_.alerts(kAlertsOfARound));
    if (marks.empty()) return {};
    const auto rules = engine_.rules();
    struct Insert {
        AlertNames names;
        engine::AlertRow alert;
        Absent absent = Absent::unset;
    };
    std::vector<Insert> inserts;
    // First what goes, with the earlier stamps.
    for (const engine::FeedAlert& mark : marks) {
        closing_->alerts.push_back(mark);
        const engine::DeviceRow device = engine_.device(mark.device);
        const FleetFacts* fleet = facts_of(device.fleet);
        if (!known(device) || fleet == nullptr) continue;  // the erasure takes all of them
        FLEET_TRY(std::optional<engine::AlertRow> alert, feed_.alert(mark));
        const Day day = day_of({mark.start_ms});
        starts_.erase({fleet->number, day});
        hours_[{fleet->number, day, engine::shard_of(device.id)}] = true;
        const std::string partition =
            partition_of(device.fleet, bucket_of(device.id, fleet->buckets));
        for (const model::Severity severity : kSeverities) {
            if (!has(mark.severities, severity) || (alert && alert->run.severity == severity))
                continue;
            cql::PackedRows key = rows_for(Ask::delete_alerts_at);
            key.text(partition).date(day.value).text(model::name_of(severity));
            key.timestamp(mark.start_ms).text(device.id).end_row();
            FLEET_TRY_VOID(send_now(closing_, Ask::delete_alerts_at, std::move(key)));
            // Others of the same moment went with it.
            engine::AlertQuery query;
            query.fleet = fleet->number;
            query.from = {mark.start_ms};
            query.to = {mark.start_ms + 1};
            query.severity = severity;
            query.device = mark.device;
            query.retracted = true;
            FLEET_TRY(engine::AlertPage others, engine_.alerts(query));
            for (engine::AlertRow& other : others.items)
                inserts.push_back({names_of(other, device, *rules, fleet->buckets),
                                   std::move(other), Absent::unset});
        }
        if (!alert || alert->retracted) {
            cql::PackedRows key = rows_for(Ask::delete_place_of_alert);
            key.text(mark.id.text()).end_row();
            FLEET_TRY_VOID(send_now(closing_, Ask::delete_place_of_alert, std::move(key)));
        }
        if (alert) {
            const bool rewritten = has(mark.severities, alert->run.severity);
            inserts.push_back({names_of(*alert, device, *rules, fleet->buckets), std::move(*alert),
                               rewritten ? Absent::clear : Absent::unset});
        }
    }
    const auto partition_of_row = [](const Insert& insert) {
        return insert.names.partition + '/' + format_day(day_of({insert.alert.run.start_ms})) +
               '/' + std::string(model::name_of(insert.alert.run.severity));
    };
    std::stable_sort(inserts.begin(), inserts.end(), [&](const Insert& a, const Insert& b) {
        return partition_of_row(a) < partition_of_row(b);
    });
    Gather gather(*this, closing_, Ask::alerts);
    for (const Insert& insert : inserts) {
        const FleetFacts* fleet = facts_of(engine_.device(insert.alert.device).fleet);
        const auto left = fleet == nullptr ? std::nullopt : ttl(*fleet, insert.alert.run.start_ms);
        if (!left) continue;
        FLEET_TRY_VOID(gather.begin(partition_of_row(insert)));
        FLEET_TRY_VOID(gather.add([&](cql::PackedRows& rows) {
            pack_alert(rows, insert.names, insert.alert, insert.absent, *left);
        }));
        if (!insert.alert.retracted) {
            cql::PackedRows rows = rows_for(Ask::alert_by_id);
            pack_alert_by_id(rows, insert.names, insert.alert, *left);
            FLEET_TRY_VOID(send_now(closing_, Ask::alert_by_id, std::move(rows)));
        }
        if (!insert.alert.actions.empty()) {
            cql::PackedRows rows = rows_for(Ask::alert_states);
            pack_alert_state(rows, insert.names, insert.alert, Absent::clear);
            FLEET_TRY_VOID(send_now(closing_, Ask::alert_states, std::move(rows)));
        }
    }
    return gather.send();
}

}  // namespace fleet::replicate
