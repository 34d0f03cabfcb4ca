// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fold/day_result.hpp"
#include "fold/day_rules.hpp"
#include "fold/device_state.hpp"

#include <cstdint>
#include <optional>

namespace fleet::fold {

/// Zones and zone rules at one more point p (docs/fold.md, Zones). `before` is the point before it
/// that the device has. `same_rules` says that neither the zones nor the rules that cross them have
/// changed since then.
void cross_zones(DeviceState& state, DayResult& result, const Segment& segment,
                 const RuleTable& table, const std::optional<Fix>& before, const Fix& p,
                 bool same_rules);

}  // namespace fleet::fold
