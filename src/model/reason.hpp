// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace fleet::model {

/// Why a record went to the quarantine. The order is the order in which checks are made: the first
/// failing one is named. Names are part of the API. The quarantine stores names, not numbers.
enum class Reason : std::uint8_t {
    too_large,
    bad_syntax,
    bad_checksum,
    bad_utf8,
    bad_timestamp,
    future_ts,
    too_old,
    bad_latitude,
    bad_longitude,
    half_position,
    null_island,
    bad_speed,
    bad_battery,
    bad_fuel,
    bad_humidity,
    bad_temp,
    bad_heading,
    bad_altitude,
    bad_accuracy,
    bad_satellites,
    bad_charging,
    bad_ignition,
    bad_odometer,
    bad_attribute,
    unknown_device,
};
inline constexpr std::size_t kReasonCount = 25;

/// Stable snake_case name.
[[nodiscard]] std::string_view to_string(Reason reason) noexcept;
[[nodiscard]] std::optional<Reason> reason_of(std::string_view name) noexcept;

}  // namespace fleet::model
