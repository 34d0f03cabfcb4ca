// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/reason.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace fleet::model {

/// Numeric fields of a record, in the order of the columns on disk. Never reorder: numbers are
/// persisted.
enum class Field : std::uint8_t {
    lat,
    lon,
    altitude,
    accuracy,
    satellites,
    speed,
    heading,
    battery,
    charging,
    fuel,
    temp,
    humidity,
    ignition,
    odometer,
};
inline constexpr std::size_t kFieldCount = 14;

/// Column groups that merge as one tuple (I4). Extra attributes are a group each, by name.
enum class Group : std::uint8_t { position, motion, energy, climate, vehicle };
inline constexpr std::size_t kGroupCount = 5;

/// What a field is: its name in every interface, its stored resolution and its valid range.
struct FieldInfo {
    Field field;
    std::string_view name;  ///< as in CSV headers, JSON members and the API
    int decimals;           ///< stored unit = 10^-decimals of the unit in the name
    std::int64_t min;       ///< inclusive, in stored units
    std::int64_t max;       ///< inclusive, in stored units
    Reason reason;          ///< why a record with a bad value goes to the quarantine
    Group group;
    bool boolean;  ///< 0 or 1, written as true/false
};

inline constexpr std::array<FieldInfo, kFieldCount> kFields{{
    {Field::lat, "lat", 6, -90'000'000, 90'000'000, Reason::bad_latitude, Group::position, false},
    {Field::lon, "lon", 6, -180'000'000, 180'000'000, Reason::bad_longitude, Group::position,
     false},
    {Field::altitude, "altitude_m", 1, -120'000, 1'000'000, Reason::bad_altitude, Group::position,
     false},
    {Field::accuracy, "accuracy_m", 1, 0, 100'000'000, Reason::bad_accuracy, Group::position,
     false},
    {Field::satellites, "satellites", 0, 0, 255, Reason::bad_satellites, Group::position, false},
    {Field::speed, "speed_kmh", 2, 0, 30'000, Reason::bad_speed, Group::motion, false},
    {Field::heading, "heading_deg", 2, 0, 36'000, Reason::bad_heading, Group::motion, false},
    {Field::battery, "battery_pct", 2, 0, 10'000, Reason::bad_battery, Group::energy, false},
    {Field::charging, "charging", 0, 0, 1, Reason::bad_charging, Group::energy, true},
    {Field::fuel, "fuel_pct", 2, 0, 10'000, Reason::bad_fuel, Group::energy, false},
    {Field::temp, "temp_c", 2, -6'000, 10'000, Reason::bad_temp, Group::climate, false},
    {Field::humidity, "humidity_pct", 2, 0, 10'000, Reason::bad_humidity, Group::climate, false},
    {Field::ignition, "ignition", 0, 0, 1, Reason::bad_ignition, Group::vehicle, true},
    {Field::odometer, "odometer_km", 2, 0, 2'000'000'000, Reason::bad_odometer, Group::vehicle,
     false},
}};

[[nodiscard]] constexpr const FieldInfo& info(Field field) noexcept {
    return kFields[static_cast<std::size_t>(field)];
}
[[nodiscard]] constexpr std::uint32_t bit(Field field) noexcept {
    return 1U << static_cast<unsigned>(field);
}

/// Presence bits of the two text fields, after the numeric ones.
inline constexpr std::uint32_t kZoneBit = 1U << 14;
inline constexpr std::uint32_t kAlarmBit = 1U << 15;
inline constexpr std::uint32_t kAttributesBit = 1U << 16;

/// All presence bits of a group (without attributes).
[[nodiscard]] constexpr std::uint32_t group_mask(Group group) noexcept {
    std::uint32_t mask = group == Group::vehicle ? (kZoneBit | kAlarmBit) : 0U;
    for (const FieldInfo& f : kFields)
        if (f.group == group) mask |= bit(f.field);
    return mask;
}

/// The field of a name such as "speed_kmh"; the text fields `zone` and `alarm` are not in this
/// table.
[[nodiscard]] std::optional<Field> field_of(std::string_view name) noexcept;

}  // namespace fleet::model
