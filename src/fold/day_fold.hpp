// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "fold/hours.hpp"
#include "geo/distance.hpp"
#include "model/record.hpp"
#include "model/stats.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace fleet::fold {

/// What the fold has to remember of the rows before: everything that a later row of the same device
/// depends on. Two equal states followed by equal rows give equal tables, which is how a refold
/// knows where it may stop (I5). Now: the last row that had a position. Parts that look further
/// back (trips, zones, alert runs) add their members here, to `==`, and to the encoding under a new
/// version number.
struct FoldState {
    bool has_point = false;
    std::int64_t point_ts_ms = 0;  ///< 0 without a point
    geo::Point point;              ///< (0, 0) without a point

    bool operator==(const FoldState&) const = default;

    /// Appends the state as bytes: version u8, has_point u8, then (with a point) time i64, lat i32,
    /// lon i32; little-endian.
    void encode(std::string& out) const;
    /// The whole of `bytes` must be one encoded state; else `corrupt`, or `unsupported` for a later
    /// version.
    [[nodiscard]] static Result<FoldState> decode(std::string_view bytes);
};

/// Folds one row into the statistics of its own hour. `row` must be later than every row that
/// `state` has seen, and merged with all records of its identity: a merge that changes a row that
/// was folded already needs a refold of the day. Rows without position count for everything but
/// distance. A leg belongs to the hour of its later point, and to no hour when its points lie on
/// two UTC days. Exact and pure; no allocation.
inline void step(FoldState& state, model::HourStats& hour, const model::Sample& row) noexcept {
    using model::Field;
    add_row(hour, row);
    if (!row.has(Field::lat)) return;  // both or none (half_position is refused at receipt)
    const geo::Point point{row.value(Field::lat), row.value(Field::lon)};
    if (state.has_point && state.point_ts_ms / kMsPerDay == row.ts_ms / kMsPerDay) {
        const std::int64_t mm = geo::leg_mm(state.point, point);
        hour.legs.distance_mm += mm;
        if (is_gap(mm, row.ts_ms - state.point_ts_ms)) hour.legs.gap_mm += mm;
    }
    state = {true, row.ts_ms, point};
}

/// The same, finding the hour of the row in its day.
inline void step(FoldState& state, model::DayHours& hours, const model::Sample& row) noexcept {
    step(state, hours[static_cast<std::size_t>(hour_of(Timestamp{row.ts_ms}))], row);
}

/// Hours of one device-day from all its rows, which must be in ascending time order and of one UTC
/// day. `state` is that at the end of the day before (or empty) and becomes that at the end of this
/// one.
[[nodiscard]] model::DayHours refold(FoldState& state,
                                     std::span<const model::Sample> rows) noexcept;
/// Without a state before: legs never cross midnight, so today's statistics do not need it.
[[nodiscard]] model::DayHours refold(std::span<const model::Sample> rows) noexcept;

/// Sum of one device's hours of a day; active_devices is 0 or 1 again.
[[nodiscard]] model::HourStats total(const model::DayHours& hours) noexcept;

}  // namespace fleet::fold
