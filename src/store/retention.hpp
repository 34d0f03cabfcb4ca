// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace fleet::store {

/// First instant that a fleet with this retention still keeps: the start of the UTC day in which
/// now − retention lies. Retention goes by whole days. Nothing for 0 = unlimited.
[[nodiscard]] inline std::optional<Timestamp> kept_from(Timestamp now, int retention_days) {
    if (retention_days <= 0) return std::nullopt;
    const std::int64_t day = now.ms / kMsPerDay - retention_days;
    return Timestamp{std::max<std::int64_t>(day, 0) * kMsPerDay};
}

}  // namespace fleet::store
