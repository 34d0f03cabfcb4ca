// SPDX-License-Identifier: Apache-2.0
#include "engine/membership.hpp"

#include <algorithm>
#include <utility>

namespace fleet::engine {

std::uint32_t fleet_at(std::span<const Membership> list, Day day) noexcept {
    // The newest days are asked for nearly always.
    std::size_t i = list.size() - 1;
    while (i > 0 && day < list[i].from) --i;
    return list[i].fleet;
}

std::optional<MembershipChange> moved(const Memberships& list, Day from, std::uint32_t fleet) {
    MembershipChange change;
    change.list = list;
    change.before = fleet_at(list, from);
    change.after = fleet;
    change.from = from;
    const auto at = std::lower_bound(change.list.begin(), change.list.end(), from,
                                     [](const Membership& m, Day day) { return m.from < day; });
    if (at != change.list.end() && at->from == from) {
        if (at->fleet == fleet) return std::nullopt;
        at->fleet = fleet;
        if (std::next(at) != change.list.end()) change.to = std::next(at)->from;
    } else {
        if (at != change.list.end()) change.to = at->from;
        change.list.insert(at, {from, fleet});
    }
    return change;
}

}  // namespace fleet::engine
