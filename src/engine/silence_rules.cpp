// SPDX-License-Identifier: Apache-2.0
#include "engine/silence_rules.hpp"

#include "base/time.hpp"

#include <algorithm>
#include <string>

namespace fleet::engine {

namespace {

bool names(const std::vector<std::string>& names, std::string_view name) {
    return names.empty() || std::binary_search(names.begin(), names.end(), name);
}

}  // namespace

SilenceRules::SilenceRules(const std::vector<fold::RuleVersion>& versions) {
    const auto watches = [](const fold::RuleVersion& v) {
        return v.rule.type == model::RuleType::offline;
    };
    // The built-in rule steps back where one of its type is, or ever was.
    const bool own = std::any_of(versions.begin(), versions.end(),
                                 [&](const auto& v) { return watches(v) && !v.rule.built_in; });
    for (const fold::RuleVersion& v : versions) {
        if (!watches(v) || v.to_ms != fold::kForEver || (own && v.rule.built_in)) continue;
        fold::RuleVersion& rule = rules_.emplace_back(v);
        std::sort(rule.rule.fleets.begin(), rule.rule.fleets.end());
        std::sort(rule.rule.devices.begin(), rule.rule.devices.end());
        shortest_ms_ = std::min(shortest_ms_, v.rule.limit * kMsPerSecond);
    }
}

bool SilenceRules::operator==(const SilenceRules& other) const {
    return std::equal(rules_.begin(), rules_.end(), other.rules_.begin(), other.rules_.end(),
                      [](const fold::RuleVersion& a, const fold::RuleVersion& b) {
                          return a.number == b.number && a.from_ms == b.from_ms && a.rule == b.rule;
                      });
}

void SilenceRules::of(std::string_view device, std::string_view fleet,
                      std::vector<const fold::RuleVersion*>& out) const {
    for (const fold::RuleVersion& v : rules_)
        if (names(v.rule.fleets, fleet) && names(v.rule.devices, device)) out.push_back(&v);
}

}  // namespace fleet::engine
