// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.hpp"
#include "app/local_engine.hpp"
#include "base/result.hpp"
#include "store/control.hpp"

#include <memory>
#include <optional>
#include <string>

namespace fleet::app {

/// Rules, zones and devices of the data directory or of a running server, for one command.
class ControlSource {
  public:
    virtual ~ControlSource() = default;
    [[nodiscard]] virtual store::FleetControl& control() noexcept = 0;
    /// Closes the data directory; what was changed is there then. Once, after a success.
    [[nodiscard]] virtual Result<void> close() = 0;
};

/// `url`: a running server; else the data directory.
[[nodiscard]] Result<std::unique_ptr<ControlSource>> open_control(
    const Config& config, const std::optional<std::string>& url, Missing missing);

}  // namespace fleet::app
