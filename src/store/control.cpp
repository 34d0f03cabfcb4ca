// SPDX-License-Identifier: Apache-2.0
#include "store/control.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fleet::store {

std::vector<std::string> rules_naming(const std::vector<model::Rule>& rules,
                                      std::string_view zone) {
    std::vector<std::string> names;
    for (const model::Rule& rule : rules)
        if (std::find(rule.zones.begin(), rule.zones.end(), zone) != rule.zones.end())
            names.push_back(rule.name);
    return names;
}

std::string zone_in_use(std::string_view zone, const std::vector<std::string>& rules) {
    constexpr std::size_t kShown = 20;
    const std::size_t shown = std::min(kShown, rules.size());
    std::string list = fmt::format(
        "{}", fmt::join(rules.begin(), rules.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
    if (shown < rules.size()) list += fmt::format(" and {} more", rules.size() - shown);
    return fmt::format("zone {} is named by {} {}: change or remove {} first", zone,
                       rules.size() == 1 ? "the rule" : "the rules", list,
                       rules.size() == 1 ? "it" : "them");
}

}  // namespace fleet::store
