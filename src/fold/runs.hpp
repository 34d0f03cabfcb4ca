// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fold/day_result.hpp"
#include "fold/day_rules.hpp"
#include "fold/device_state.hpp"
#include "model/record.hpp"

#include <cstdint>

namespace fleet::fold {

/// The leg to a row, as GPS_JUMP sees it.
struct Leg {
    std::int64_t mm = 0;
    std::int64_t dt_ms = 0;  ///< 0: no leg ends at this row
};

/// Puts an alert where it belongs by (start, rule, zone).
void add_alert(DayResult& result, model::AlertRun alert);

/// Whether what begins at a time is never an alert of this rule (and zone).
[[nodiscard]] bool in_cool_down(const DeviceState& state, std::uint32_t rule, std::uint32_t zone,
                                std::int64_t start_ms) noexcept;
/// An alert ended at `end_ms`, as a row at `now_ms` shows.
void cool_down(DeviceState& state, std::uint32_t rule, std::uint32_t zone, std::int64_t end_ms,
               std::int64_t length_ms, std::int64_t now_ms);

/// Ends the runs of rules that do not hold any more, or compare something else now, at their last
/// row. `now_ms` is the time of the row that finds it.
void end_void_runs(DeviceState& state, DayResult& result, const Segment& segment,
                   std::int64_t now_ms);

/// Continues, ends and begins runs by one more row (docs/fold.md, Rules and alerts). `state.last`
/// is the last point up to the row.
void judge(DeviceState& state, DayResult& result, const Segment& segment, const model::Sample& row,
           const model::TextPool& texts, const Leg& leg);

}  // namespace fleet::fold
