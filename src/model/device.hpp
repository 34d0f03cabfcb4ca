// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::model {

/// Bytes of one text about a device.
inline constexpr std::size_t kMaxDeviceText = 200;

/// What people say about a vehicle. Empty texts: nobody said.
struct DeviceDetails {
    std::string name;
    std::string plate;
    std::string model;
    std::string driver;
    bool enabled = true;  ///< false: its records are refused
    bool operator==(const DeviceDetails&) const = default;
};

/// A wish about one device. What is absent stays as it is.
struct DeviceChange {
    std::string id;
    std::string fleet;  ///< empty: where it is; a new one joins kDefaultFleet
    std::optional<std::string> name;
    std::optional<std::string> plate;
    std::optional<std::string> model;
    std::optional<std::string> driver;
    std::optional<bool> enabled;
    bool operator==(const DeviceChange&) const = default;
};

inline constexpr std::string_view kDefaultFleet = "default";

/// The details after a change.
[[nodiscard]] DeviceDetails changed(const DeviceDetails& details, const DeviceChange& change);

/// What is wrong with a text about a device, and what would be right; empty: nothing. It has to be
/// one line of UTF-8 of at most kMaxDeviceText bytes; whether it is UTF-8 its decoder says.
[[nodiscard]] std::string problem_of_text(std::string_view text);
/// As "member: what is wrong"; empty: nothing.
[[nodiscard]] std::string problem_of(const DeviceChange& change);

}  // namespace fleet::model
