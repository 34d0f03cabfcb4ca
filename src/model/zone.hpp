// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/geometry.hpp"

#include <cstdint>
#include <string>

namespace fleet::model {

/// A named area. Definitions: docs/fold.md, Zones.
struct Zone {
    std::string id;    ///< as of a device id
    std::string name;  ///< for people; may be empty
    Shape shape;
    std::int64_t confirm_ms = 0;      ///< how long a crossing must last to count
    std::int64_t exit_margin_mm = 0;  ///< how far outside an exit begins
    bool operator==(const Zone&) const = default;
};

}  // namespace fleet::model
