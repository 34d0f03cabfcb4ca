// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/cursor.hpp"
#include "store/reader.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace fleet::store {

/// Items of a page that asks for `limit`.
[[nodiscard]] inline std::size_t clamped(std::size_t limit) noexcept {
    return limit == 0 ? kDefaultLimit : std::min(limit, kMaxLimit);
}

/// What of a range can hold anything: within the times that are stored, and from `kept` on; then
/// `retention_from` says so. Empty (from ≥ to) when nothing can. invalid_argument: from > to.
[[nodiscard]] inline Result<TimeRange> kept_range(TimeRange range, std::optional<Timestamp> kept,
                                                  std::optional<Timestamp>& retention_from) {
    if (range.from > range.to)
        return fail(Code::invalid_argument, "the range ends before it begins: swap from and to");
    TimeRange result{std::max(range.from, Timestamp{0}), std::min(range.to, Timestamp{kMaxMs + 1})};
    if (kept && range.from < *kept) {
        retention_from = kept;
        result.from = std::max(result.from, *kept);
    }
    return result;
}

/// What a cursor of a list of alerts is tied to.
[[nodiscard]] inline CursorParams alert_params(const std::string& fleet, const AlertFilter& filter,
                                               TimeRange range) {
    const auto number = [](const auto& value) -> std::int64_t {
        return value ? static_cast<std::int64_t>(*value) + 1 : 0;
    };
    return CursorParams()
        .add(fleet)
        .add(range.from.ms)
        .add(range.to.ms)
        .add(number(filter.severity))
        .add(number(filter.type))
        .add(number(filter.state))
        .add(filter.device.value_or(std::string()))
        .add(filter.retracted ? 1 : 0);
}

}  // namespace fleet::store
