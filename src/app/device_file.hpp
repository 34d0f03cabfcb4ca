// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "model/device.hpp"

#include <string_view>
#include <vector>

namespace fleet::app {

/// Devices from a file (docs/devices.md): CSV with a header, TOML with [[device]] tables, or a JSON
/// list; what it is shows in how it begins. `invalid_argument` lists what is wrong with line or
/// path.
[[nodiscard]] Result<std::vector<model::DeviceChange>> parse_device_file(std::string_view text);

}  // namespace fleet::app
