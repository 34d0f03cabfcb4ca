// SPDX-License-Identifier: Apache-2.0
#include "notify/retry.hpp"

#include <algorithm>

namespace fleet::notify {

std::int64_t RetryPolicy::pause_ms(unsigned attempt, double chance,
                                   std::optional<std::int64_t> asked_ms) const noexcept {
    std::int64_t pause = first_ms;
    for (unsigned i = 1; i < attempt && pause < longest_ms; ++i) pause *= 2;
    pause = std::min(pause, longest_ms);
    const std::int64_t certain = pause / 2;
    const std::int64_t rest = pause - certain;
    pause = certain + static_cast<std::int64_t>(static_cast<double>(rest) * chance);
    return std::max(pause, std::min(asked_ms.value_or(0), longest_asked_ms));
}

}  // namespace fleet::notify
