// SPDX-License-Identifier: Apache-2.0
#include "model/reason.hpp"

#include "model/field.hpp"

#include <array>

namespace fleet::model {

namespace {
constexpr std::array<std::string_view, kReasonCount> kNames{
    "too_large",    "bad_syntax",   "bad_checksum", "bad_utf8",      "bad_timestamp",
    "future_ts",    "too_old",      "bad_latitude", "bad_longitude", "half_position",
    "null_island",  "bad_speed",    "bad_battery",  "bad_fuel",      "bad_humidity",
    "bad_temp",     "bad_heading",  "bad_altitude", "bad_accuracy",  "bad_satellites",
    "bad_charging", "bad_ignition", "bad_odometer", "bad_attribute", "unknown_device"};
}  // namespace

std::string_view to_string(Reason reason) noexcept {
    return kNames[static_cast<std::size_t>(reason)];
}

std::optional<Reason> reason_of(std::string_view name) noexcept {
    for (std::size_t i = 0; i < kNames.size(); ++i)
        if (kNames[i] == name) return static_cast<Reason>(i);
    return std::nullopt;
}

std::optional<Field> field_of(std::string_view name) noexcept {
    for (const FieldInfo& f : kFields)
        if (f.name == name) return f.field;
    return std::nullopt;
}

}  // namespace fleet::model
