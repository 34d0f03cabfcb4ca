// SPDX-License-Identifier: Apache-2.0
#include "fold/day_rules.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace fleet::fold {

namespace {

template <class Version>
void sort_versions(std::vector<Version>& versions) {
    std::sort(versions.begin(), versions.end(), [](const Version& a, const Version& b) {
        return a.number != b.number ? a.number < b.number : a.from_ms < b.from_ms;
    });
}

/// Built-in rules step back for all times where there is, or was, a rule of their type.
void drop_replaced(std::vector<RuleVersion>& rules) {
    std::array<bool, model::kRuleTypeCount> made{};
    for (const RuleVersion& v : rules)
        if (!v.rule.built_in) made[static_cast<std::size_t>(v.rule.type)] = true;
    std::erase_if(rules, [&](const RuleVersion& v) {
        return v.rule.built_in && made[static_cast<std::size_t>(v.rule.type)];
    });
}

void add_times(std::vector<std::int64_t>& times, std::int64_t from_ms, std::int64_t to_ms) {
    if (from_ms != kAlways) times.push_back(from_ms);
    if (to_ms != kForEver) times.push_back(to_ms);
}

void sort_unique(std::vector<std::int64_t>& times) {
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
}

template <class Version>
std::uint32_t version_at(const std::vector<Version>& versions, std::uint32_t number,
                         std::int64_t ts_ms) noexcept {
    auto v = std::lower_bound(
        versions.begin(), versions.end(), number,
        [](const Version& version, std::uint32_t wanted) { return version.number < wanted; });
    for (; v != versions.end() && v->number == number && v->from_ms <= ts_ms; ++v)
        if (ts_ms < v->to_ms) return static_cast<std::uint32_t>(v - versions.begin());
    return RuleTable::kNone;
}

}  // namespace

std::uint32_t RuleTable::Classes::of(std::string_view name) const {
    const auto found = of_name.find(name);
    return found == of_name.end() ? 0 : found->second;
}

bool RuleTable::Classes::names(std::uint32_t which, std::uint32_t version) const noexcept {
    return std::binary_search(versions[which].begin(), versions[which].end(), version);
}

RuleTable::Classes RuleTable::classify(const std::vector<RuleVersion>& rules,
                                       std::vector<std::string> model::Rule::* names) {
    std::map<std::string, std::set<std::uint32_t>> naming;
    for (std::uint32_t i = 0; i < rules.size(); ++i)
        for (const std::string& name : rules[i].rule.*names) naming[name].insert(i);
    Classes classes;
    classes.versions.emplace_back();  // 0: named by none
    std::map<std::vector<std::uint32_t>, std::uint32_t> known;
    for (const auto& [name, set] : naming) {
        std::vector<std::uint32_t> versions(set.begin(), set.end());
        const auto [at, added] =
            known.try_emplace(versions, static_cast<std::uint32_t>(classes.versions.size()));
        if (added) classes.versions.push_back(std::move(versions));
        classes.of_name.emplace(name, at->second);
    }
    return classes;
}

RuleTable::RuleTable(std::vector<RuleVersion> rules, std::vector<ZoneVersion> zones)
    : rules_(std::move(rules)), zones_(std::move(zones)) {
    drop_replaced(rules_);
    // What no row is judged by is not the fold's; a version that holds for no time says nothing.
    std::erase_if(
        rules_, [](const RuleVersion& v) { return !v.rule.judges_rows() || v.from_ms >= v.to_ms; });
    std::erase_if(zones_, [](const ZoneVersion& v) { return v.from_ms >= v.to_ms; });
    sort_versions(rules_);
    sort_versions(zones_);

    std::map<std::string_view, std::uint32_t> zone_numbers;
    std::vector<const model::Shape*> shapes;
    for (const ZoneVersion& v : zones_) {
        zone_numbers[v.zone.id] = v.number;
        shapes.push_back(&v.zone.shape);
        add_times(zone_times_, v.from_ms, v.to_ms);
    }
    index_ = std::make_unique<const geo::ZoneIndex>(shapes);

    zones_of_.resize(rules_.size());
    for (std::uint32_t i = 0; i < rules_.size(); ++i) {
        const RuleVersion& v = rules_[i];
        add_times(rule_times_, v.from_ms, v.to_ms);
        if (v.rule.fleets.empty() && v.rule.devices.empty()) everywhere_.push_back(i);
        if (!v.rule.crosses_zones()) continue;
        add_times(zone_times_, v.from_ms, v.to_ms);
        for (const std::string& id : v.rule.zones)
            if (const auto found = zone_numbers.find(id); found != zone_numbers.end())
                zones_of_[i].push_back(found->second);
        std::sort(zones_of_[i].begin(), zones_of_[i].end());
        zones_of_[i].erase(std::unique(zones_of_[i].begin(), zones_of_[i].end()),
                           zones_of_[i].end());
    }
    sort_unique(rule_times_);
    sort_unique(zone_times_);
    fleets_ = classify(rules_, &model::Rule::fleets);
    devices_ = classify(rules_, &model::Rule::devices);
}

std::uint32_t RuleTable::fleet_class(std::string_view fleet) const { return fleets_.of(fleet); }
std::uint32_t RuleTable::device_class(std::string_view device) const { return devices_.of(device); }

std::vector<std::uint32_t> RuleTable::in_scope(std::uint32_t fleet_class,
                                               std::uint32_t device_class) const {
    std::vector<std::uint32_t> found = everywhere_;
    // A rule that names fleets and devices holds where both say so.
    for (const std::uint32_t v : fleets_.versions[fleet_class])
        if (rules_[v].rule.devices.empty() || devices_.names(device_class, v)) found.push_back(v);
    for (const std::uint32_t v : devices_.versions[device_class])
        if (rules_[v].rule.fleets.empty()) found.push_back(v);
    std::sort(found.begin(), found.end());
    return found;
}

void RuleTable::containing(model::GeoPoint at, std::int64_t ts_ms,
                           std::vector<std::uint32_t>& out) const {
    out.clear();
    if (zones_.empty()) return;
    index_->containing(at, out);
    std::erase_if(out, [&](std::uint32_t version) {
        return ts_ms < zones_[version].from_ms || ts_ms >= zones_[version].to_ms;
    });
}

double RuleTable::distance_mm(std::uint32_t zone_version, model::GeoPoint at) const noexcept {
    return index_->distance_m(zone_version, at) * 1000.0;
}

std::uint32_t RuleTable::zone_at(std::uint32_t number, std::int64_t ts_ms) const noexcept {
    return version_at(zones_, number, ts_ms);
}

std::uint32_t RuleTable::rule_at(std::uint32_t number, std::int64_t ts_ms) const noexcept {
    return version_at(rules_, number, ts_ms);
}

bool RuleTable::watches(std::uint32_t rule_version, std::uint32_t zone) const noexcept {
    if (rules_[rule_version].rule.zones.empty()) return true;
    const std::vector<std::uint32_t>& named = zones_of_[rule_version];
    return std::binary_search(named.begin(), named.end(), zone);
}

}  // namespace fleet::fold
