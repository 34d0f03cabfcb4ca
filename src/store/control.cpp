// SPDX-License-Identifier: Apache-2.0
#include "store/control.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace fleet::store {

std::size_t vertices_of(const model::Shape& shape) noexcept {
    if (const auto* area = std::get_if<model::Polygons>(&shape)) {
        std::size_t vertices = 0;
        for (const model::Ring& ring : area->rings) vertices += ring.size();
        return vertices;
    }
    const auto* corridor = std::get_if<model::Corridor>(&shape);
    return corridor == nullptr ? 1 : corridor->line.size();
}

Result<std::vector<model::Zone>> all_zones(const FleetControl& control) {
    constexpr std::size_t kPage = 10'000;
    std::vector<model::Zone> zones;
    bool more = true;
    while (more) {
        FLEET_TRY(ZonePage page,
                  control.zones(zones.empty() ? std::string() : zones.back().id, kPage));
        more = page.more && !page.zones.empty();
        for (model::Zone& zone : page.zones) zones.push_back(std::move(zone));
    }
    return zones;
}

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
