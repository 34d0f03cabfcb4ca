// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "server/read_routes.hpp"
#include "store/scan.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fleet::server {

/// Conditions of a text such as `speed_kmh>90,battery_pct<=20`: a numeric field of a record, one of
/// < <= = >= >, and a number in the unit of the field's name (1 and 0, or true and false, for yes
/// and no). All must hold. invalid_argument names the part that is wrong and what would be right.
[[nodiscard]] Result<std::vector<store::ScanCondition>> parse_where(std::string_view text);

/// `GET fleets/{f}/scan`: rows, or with `metric` what they say of it by device and day.
[[nodiscard]] Result<ReadTask> plan_scan(const std::string& fleet, const Target& target,
                                         const model::FleetScope& scope);

}  // namespace fleet::server
