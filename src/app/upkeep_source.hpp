// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.hpp"
#include "base/result.hpp"
#include "store/upkeep.hpp"

#include <memory>
#include <optional>
#include <string>

namespace fleet::app {

/// Erasing and backups of the data directory or of a running server, for one command.
class UpkeepSource {
  public:
    virtual ~UpkeepSource() = default;
    [[nodiscard]] virtual store::FleetUpkeep& upkeep() noexcept = 0;
    /// Closes the data directory. Once, after a success.
    [[nodiscard]] virtual Result<void> close() = 0;
};

/// `url`: a running server; else the data directory, which must be there.
[[nodiscard]] Result<std::unique_ptr<UpkeepSource>> open_upkeep(
    const Config& config, const std::optional<std::string>& url);

}  // namespace fleet::app
