// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec/week_hours.hpp"

namespace fleet::app {

/// The time zones of this machine: files below TZDIR, else /usr/share/zoneinfo.
[[nodiscard]] codec::ZoneDatabase machine_time_zones();

}  // namespace fleet::app
