// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "model/device.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::codec {

/// A device from a JSON object with the members of docs/devices.md. `invalid_argument` lists what
/// is wrong in it with the member's name.
[[nodiscard]] Result<model::DeviceChange> decode_device(std::string_view json);
/// The same for the device of a path, whose id the object need not repeat.
[[nodiscard]] Result<model::DeviceChange> decode_device_change(std::string_view json,
                                                               std::string_view id);
/// Devices from a JSON array of such objects; all or none; paths begin with "device[3]".
[[nodiscard]] Result<std::vector<model::DeviceChange>> decode_devices(std::string_view json);

/// A change as an object that decode_device() reads as the same change, appended to `out`.
void append_device_change(std::string& out, const model::DeviceChange& change);
/// A JSON array of them.
[[nodiscard]] std::string encode_device_changes(std::span<const model::DeviceChange> changes);

}  // namespace fleet::codec
