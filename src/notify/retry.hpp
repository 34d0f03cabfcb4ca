// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace fleet::notify {

/// When to try again, and when no more. All times in ms.
struct RetryPolicy {
    std::int64_t first_ms = 2'000;              ///< pause after the first attempt; doubles
    std::int64_t longest_ms = 300'000;          ///< but is never longer
    std::int64_t longest_asked_ms = 3'600'000;  ///< of what a receiver asks for
    std::int64_t give_up_ms = 21'600'000;       ///< since the first attempt
    unsigned attempts = 100;

    /// Pause after the `attempt`-th attempt (1, 2, …): half of it is certain, half is `chance`
    /// (0 to 1) of it, so that many do not come at once. At least what the receiver asked for.
    [[nodiscard]] std::int64_t pause_ms(unsigned attempt, double chance,
                                        std::optional<std::int64_t> asked_ms) const noexcept;
    /// Whether an attempt after `pause` would come too late or be one too many.
    [[nodiscard]] bool gives_up(unsigned attempts_made, std::int64_t since_first_ms,
                                std::int64_t pause) const noexcept {
        return attempts_made >= attempts || since_first_ms + pause > give_up_ms;
    }
};

}  // namespace fleet::notify
