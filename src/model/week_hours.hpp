// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/rule.hpp"

#include <cstdint>

namespace fleet::model {

inline constexpr std::int32_t kMinutesPerDay = 24 * 60;
inline constexpr std::int32_t kMinutesPerWeek = 7 * kMinutesPerDay;

/// Minutes east of UTC of the zone of `hours` at an instant (epoch milliseconds, ≥ 0). 0 without
/// offsets, which only UTC may lack.
[[nodiscard]] std::int32_t offset_min(const WeekHours& hours, std::int64_t ts_ms) noexcept;

/// Whether the hours hold an instant (epoch milliseconds, ≥ 0): the minute of the week that the
/// clocks of their zone show. Binary search over the offsets, about 10 ns.
[[nodiscard]] bool awake(const WeekHours& hours, std::int64_t ts_ms) noexcept;

}  // namespace fleet::model
