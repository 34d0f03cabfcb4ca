// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/notification.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace fleet::notify {

/// What became of an attempt to deliver.
struct Outcome {
    enum class Kind : std::uint8_t {
        accepted,
        later,    ///< not now: worth another attempt
        refused,  ///< never: another attempt would end the same way
    } kind = Kind::accepted;
    std::string detail;  ///< why, for a person; of `accepted` empty, or what to know. No secrets
    std::optional<std::int64_t> retry_after_ms;  ///< what the receiver asked for, with `later`
};

/// A way to tell people.
class Channel {
  public:
    virtual ~Channel() = default;
    /// Label in logs and metrics: "webhook example.org". Holds no secret.
    [[nodiscard]] virtual const std::string& name() const = 0;
    /// Delivers once. Blocks for a bounded time, and ends soon (with `later`) when stop is asked
    /// for. Called by one thread at a time.
    [[nodiscard]] virtual Outcome send(const model::Notification& notification,
                                       const std::stop_token& stop) = 0;
};

}  // namespace fleet::notify
