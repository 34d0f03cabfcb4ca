// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "notify/channel.hpp"
#include "notify/outbox.hpp"

#include <memory>
#include <vector>

namespace fleet::app {

/// The channels that are configured; none when notifications are off. Errors: invalid_argument
/// names the setting, where it comes from, and what to give.
[[nodiscard]] Result<std::vector<std::unique_ptr<notify::Channel>>> notify_channels(
    const Config& config, const std::shared_ptr<const Clock>& clock);

[[nodiscard]] notify::OutboxOptions outbox_options(const Config& config, const Clock& clock);

}  // namespace fleet::app
