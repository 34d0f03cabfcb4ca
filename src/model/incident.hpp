// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/alert.hpp"
#include "model/rule.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fleet::model {

/// Alerts of one type and fleet are an incident if so many devices …
inline constexpr std::size_t kIncidentDevices = 20;
/// … have starts that lie so close together, both ends included.
inline constexpr std::int64_t kIncidentMs = 60'000;

/// What an incident needs to know of an alert of a fleet.
struct AlertStart {
    AlertId id;
    RuleType type{};
    std::uint32_t device = 0;  ///< any number that tells devices apart
    std::int64_t start_ms = 0;
};

/// Alerts of one type that began together on many devices (docs/fold.md, Incident).
struct Incident {
    RuleType type{};
    std::int64_t start_ms = 0;  ///< of its first alert
    std::size_t devices = 0;    ///< distinct ones
    std::vector<AlertId> ids;   ///< by start, then id; the first names the incident
};

/// Incidents of one fleet, by start, then type. `alerts` may come in any order. An alert belongs to
/// one incident at most. Whether alerts are an incident depends on those before them that lie no
/// further than kIncidentMs apart from each other, so the list must begin after a silence.
[[nodiscard]] std::vector<Incident> find_incidents(std::vector<AlertStart> alerts);

}  // namespace fleet::model
