// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cql/page.hpp"
#include "model/record.hpp"
#include "model/stats.hpp"
#include "model/trip.hpp"
#include "store/alert.hpp"
#include "store/reader.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fleet::store::cassandra {

// Rows of the cluster as what they mean. Values are rounded back to stored units. A cell that is no
// value of its field (wrong length, out of range, not finite, a key that is null) is `corrupt`,
// with the table's column and the row: never a value that was made up.

/// Calls `take` for each row of a page; stops at the first error.
[[nodiscard]] Result<void> each_row(const cql::Page& page,
                                    const std::function<Result<void>(cql::RowReader&)>& take);

/// A field's value in stored units; nothing where the cell is null.
[[nodiscard]] Result<std::optional<std::int32_t>> field_at(const cql::RowReader& row,
                                                           std::size_t column, model::Field field);
[[nodiscard]] Result<std::int64_t> time_at(const cql::RowReader& row, std::size_t column);
[[nodiscard]] Result<std::string> text_at(const cql::RowReader& row, std::size_t column);
[[nodiscard]] Result<Day> day_at(const cql::RowReader& row, std::size_t column);

/// A row of Query::rows_newest or rows_oldest, appended to `rows`.
[[nodiscard]] Result<void> decode_row(const cql::RowReader& row, model::Rows& rows);

/// The newest state of a device, and what DeviceInfo counts.
struct LatestRow {
    model::Latest latest;
    std::optional<Timestamp> first_seen;
    std::uint64_t records = 0;
};
/// A row of Query::latest.
[[nodiscard]] Result<LatestRow> decode_latest(const cql::RowReader& row);

[[nodiscard]] Result<model::Trip> decode_trip(const cql::RowReader& row);
[[nodiscard]] Result<model::Stop> decode_stop(const cql::RowReader& row);

/// Adds a row of Query::hours, of one shard, to a day.
[[nodiscard]] Result<void> add_hour(const cql::RowReader& row, FleetDay& day);

/// A row of Query::alerts or Query::alert of a fleet and severity.
[[nodiscard]] Result<Alert> decode_alert(const cql::RowReader& row, std::string_view fleet,
                                         model::Severity severity);

}  // namespace fleet::store::cassandra
