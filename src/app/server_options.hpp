// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.hpp"
#include "live/hub.hpp"
#include "server/server.hpp"

namespace fleet::app {

/// What the settings say about the server and about live views, whatever store is behind them.
[[nodiscard]] server::ServerOptions server_options(const Config& config);
[[nodiscard]] live::HubOptions hub_options(const Config& config);

}  // namespace fleet::app
