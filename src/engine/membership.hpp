// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace fleet::engine {

/// The fleet (by number) of a device from a UTC day on.
struct Membership {
    Day from;
    std::uint32_t fleet = 0;
    bool operator==(const Membership&) const = default;
};

/// Ascending in days, never empty; the first holds from Day{0} on
/// (docs/adr/0010-fleet-membership.md).
using Memberships = std::vector<Membership>;

/// Fleet of a day.
[[nodiscard]] std::uint32_t fleet_at(std::span<const Membership> list, Day day) noexcept;

/// What a move changes: the days [from, to) go from one fleet to another. `to` absent: to the end.
struct MembershipChange {
    Memberships list;  ///< afterwards
    std::uint32_t before = 0;
    std::uint32_t after = 0;
    Day from;
    std::optional<Day> to;

    [[nodiscard]] bool holds(Day day) const noexcept { return day >= from && (!to || day < *to); }
};

/// The device is in `fleet` from a day on, until its next move. Nothing: it is so already, in the
/// list too.
[[nodiscard]] std::optional<MembershipChange> moved(const Memberships& list, Day from,
                                                    std::uint32_t fleet);

}  // namespace fleet::engine
