// SPDX-License-Identifier: Apache-2.0
// Fleets, zones and rules.
#include "replicate/copier.hpp"

#include "engine/rule_book.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>

namespace fleet::replicate {

namespace {

/// Of all that have ever been, so that what is gone is taken out.
std::set<std::string> names_in(const std::unordered_map<std::uint32_t, std::string>& by_number) {
    std::set<std::string> names;
    for (const auto& [number, name] : by_number) names.insert(name);
    return names;
}

}  // namespace

Result<void> Copier::flush_fleets() {
    CopyMemory memory = state_.memory();
    bool changed = false;
    for (const FleetFacts& fleet : fleets_) {
        const CopyMemory::Fleet now{fleet.retention_days, fleet.buckets};
        const auto found = memory.fleets.find(fleet.id);
        if (found != memory.fleets.end() && found->second == now) continue;
        changed = true;
        // Rows that were to live for a shorter time are written again with what
        // they have left.
        const bool longer =
            found != memory.fleets.end() && found->second.retention_days != 0 &&
            (now.retention_days == 0 || now.retention_days > found->second.retention_days);
        if (longer && lengthened_.insert({fleet.id, now.retention_days}).second) {
            const auto members = engine_.devices_of(fleet.number);
            for (const engine::DeviceHandle device : *members)
                for (const Day day : engine_.days_of(device)) again_.emplace_back(device, day);
        }
        cql::PackedRows rows = rows_for(Ask::fleets);
        pack_fleet(rows, fleet.id, fleet.retention_days, fleet.buckets);
        FLEET_TRY_VOID(send_now(closing_, Ask::fleets, std::move(rows)));
        memory.fleets[fleet.id] = now;
    }
    // Not before they are written: a crash must find the old life, to see that it
    // has changed.
    if (!changed || !again_.empty()) return {};
    closing_->memory.fleets = std::move(memory.fleets);
    closing_->memory.rules_epoch = state_.memory().rules_epoch;
    closing_->remember = true;
    return {};
}

Result<void> Copier::flush_rules() {
    if (!rules_touched_) return {};
    const auto rules = engine_.rules();
    // A limit of a built-in rule comes with the configuration, without an epoch.
    FLEET_TRY_VOID(flush_versions(kRules, Ask::rules, Ask::delete_versions_of_rule,
                                  names_in(rules->rule_names), rule_versions(*rules),
                                  rules_written_));
    if (zones_written_ || rules->epoch != state_.memory().rules_epoch || fresh_)
        FLEET_TRY_VOID(flush_versions(kZones, Ask::zones, Ask::delete_versions_of_zone,
                                      names_in(rules->zone_ids), zone_versions(*rules),
                                      zones_written_));
    rules_touched_ = false;
    if (rules->epoch == state_.memory().rules_epoch) return {};
    if (!closing_->remember) closing_->memory.fleets = state_.memory().fleets;
    closing_->memory.rules_epoch = rules->epoch;
    closing_->remember = true;
    return {};
}

Result<void> Copier::flush_versions(const Table& table, Ask insert, Ask remove,
                                    const std::set<std::string>& names, std::vector<Version> now,
                                    std::optional<std::vector<Version>>& written) {
    const auto of = [](const std::vector<Version>& versions, const std::string& name) {
        std::vector<Version> out;
        for (auto v = std::lower_bound(
                 versions.begin(), versions.end(), name,
                 [](const Version& a, const std::string& b) { return a.name < b; });
             v != versions.end() && v->name == name; ++v)
            out.push_back(*v);
        return out;
    };
    Gather gather(*this, closing_, insert);
    for (const std::string& name : names) {
        const std::vector<Version> versions = of(now, name);
        if (written && of(*written, name) == versions) continue;
        if (written || !fresh_) {
            cql::PackedRows key = rows_for(remove);
            pack_versions_of(key, table, name);
            FLEET_TRY_VOID(send_now(closing_, remove, std::move(key)));
        }
        for (const Version& version : versions)
            FLEET_TRY_VOID(
                gather.add([&](cql::PackedRows& rows) { pack_version(rows, table, version); }));
    }
    FLEET_TRY_VOID(gather.send());
    written = std::move(now);
    return {};
}

}  // namespace fleet::replicate
