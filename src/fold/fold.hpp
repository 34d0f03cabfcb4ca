// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fold/day_result.hpp"
#include "fold/device_state.hpp"
#include "fold/rule_set.hpp"
#include "model/record.hpp"

#include <cstdint>
#include <limits>
#include <optional>

namespace fleet::fold {

struct Segment;

/// Folds rows of one device-day into its result (docs/fold.md). Rows come in ascending time, each
/// once and merged with all records of its identity; all of one UTC day, that of `rules`. `state`
/// is that at the end of the last earlier day with rows, and becomes that after the last row. How
/// the rows of a day are cut into DayFold objects has no influence: constructing one costs nothing.
/// Keeps the references. Not thread-safe.
class DayFold {
  public:
    DayFold(DeviceState& state, DayResult& result, const DayRules& rules) noexcept
        : state_(state), result_(result), rules_(rules) {}

    /// `texts` is the pool of the row. No allocation for a row that begins or ends nothing.
    void step(const model::Sample& row, const model::TextPool& texts);

  private:
    void enter_segment(std::int64_t ts_ms);
    void cross(const std::optional<Fix>& before);

    DeviceState& state_;
    DayResult& result_;
    const DayRules& rules_;
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();
    const Segment* segment_ = nullptr;  ///< rules at the time of the last row
    std::int64_t segment_from_ = kNever;
    std::int64_t segment_to_ = kNever;
    std::int64_t zones_to_ = kNever;  ///< until when zones and their rules stay those of the state
};

}  // namespace fleet::fold
