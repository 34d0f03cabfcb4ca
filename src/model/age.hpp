// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"

#include <cstdint>

namespace fleet::model {

/// When a vehicle counts as stale and as offline: as soon as its newest record is so old.
struct AgeLimits {
    std::int64_t stale_ms = 5 * kMsPerMinute;
    std::int64_t offline_ms = 30 * kMsPerMinute;
};

enum class Age : std::uint8_t { fresh, stale, offline };

/// Of the newest record's time at an instant; a vehicle without records (−1) is offline.
[[nodiscard]] constexpr Age age_of(std::int64_t newest_ms, std::int64_t at_ms,
                                   const AgeLimits& limits) noexcept {
    if (newest_ms < 0 || at_ms - newest_ms >= limits.offline_ms) return Age::offline;
    return at_ms - newest_ms >= limits.stale_ms ? Age::stale : Age::fresh;
}

}  // namespace fleet::model
