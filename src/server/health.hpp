// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/metrics.hpp"
#include "server/server.hpp"

#include <cstdint>
#include <string>

namespace fleet::server {

/// The body of GET health. `services` is null until the store is open.
[[nodiscard]] std::string health_json(const ServerOptions& options, const Services* services,
                                      const Metrics& metrics, bool stopping,
                                      std::int64_t uptime_ms);
/// The body of GET config: what the dashboard needs before it knows anything.
[[nodiscard]] std::string config_json(const ServerOptions& options);

}  // namespace fleet::server
