// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/geometry.hpp"
#include "model/rule.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::model {

/// 128 bits of docs/fold.md, Id.
struct AlertId {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    auto operator<=>(const AlertId&) const = default;
    /// 32 lower-case hex digits.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] static std::optional<AlertId> parse(std::string_view text) noexcept;
};

[[nodiscard]] AlertId alert_id(std::string_view rule, std::string_view device,
                               std::string_view zone, std::int64_t start_ms) noexcept;

/// One alert of one device as the fold gives it: rule and zone by their numbers in the registry.
struct AlertRun {
    std::uint32_t rule = 0;
    std::uint32_t zone = 0;  ///< 0: none; registry numbers of zones begin at 1
    std::int64_t start_ms = 0;
    std::optional<std::int64_t> end_ms;  ///< nothing: open. Zone crossings have end = start
    std::optional<std::int32_t> peak;    ///< stored units; nothing for alarms and zones
    std::optional<std::int32_t> limit;
    std::optional<GeoPoint> at;  ///< position at the start
    Severity severity = Severity::low;
    std::string alarm;  ///< text of a device_alarm
    bool operator==(const AlertRun&) const = default;
};

}  // namespace fleet::model
