// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "server/target.hpp"
#include "store/reader.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace fleet::server {

/// Reading query parameters. All errors are invalid_argument and name the parameter and what it may
/// be.

/// `day=YYYY-MM-DD`; nothing when absent.
[[nodiscard]] Result<std::optional<Day>> day_parameter(const Target& target);
/// `day=`, or `from=` and `to=` (RFC 3339 with zone, or a date for its start; each may be absent),
/// never both kinds.
[[nodiscard]] Result<store::TimeRange> range_parameter(const Target& target);
/// `limit=` (over the maximum is clamped) and `cursor=`.
[[nodiscard]] Result<store::PageRequest> page_parameter(const Target& target);
/// `order=asc|desc`
[[nodiscard]] Result<store::Order> order_parameter(const Target& target);

/// A time as in range_parameter(); nothing when absent.
[[nodiscard]] Result<std::optional<Timestamp>> time_parameter(const Target& target,
                                                              std::string_view name);
/// The past instant that `at=` names, or `day=` with its last millisecond, never both. Nothing: the
/// present, which is also what an instant or a day that is not over by `now` means.
[[nodiscard]] Result<std::optional<Timestamp>> instant_parameter(const Target& target,
                                                                 Timestamp now);

enum class ListFormat : std::uint8_t { json, csv };
/// `format=json|csv`
[[nodiscard]] Result<ListFormat> format_parameter(const Target& target);
/// `metric=` of a series, which must be there.
[[nodiscard]] Result<model::Field> metric_parameter(const Target& target);
/// `points=` (over the maximum is clamped).
[[nodiscard]] Result<std::size_t> points_parameter(const Target& target);
/// `fields=a,b`: presence bits of model::Sample; all when absent.
[[nodiscard]] Result<std::uint32_t> fields_parameter(const Target& target);

/// `severity=`, `type=`, `state=`, `device=`, `retracted=true|false`.
[[nodiscard]] Result<store::AlertFilter> alert_filter(const Target& target);

}  // namespace fleet::server
