// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "engine/engine.hpp"
#include "model/scope.hpp"

#include <memory>

namespace fleet::app {

/// Who runs a command on the data directory owns it, and may see every fleet (I12).
class LocalOperator {
  public:
    [[nodiscard]] static model::FleetScope scope() { return model::FleetScope::everything(); }
};

enum class Missing : std::uint8_t { create, refuse };
/// Whether vehicles that fall silent raise alerts: where records are taken all the time.
enum class Watch : std::uint8_t { off, on };

/// Opens the data directory of the configuration. The message of an error says which directory and
/// what to do; `refuse` makes a directory that is not there an error instead of a new one.
[[nodiscard]] Result<std::shared_ptr<engine::Engine>> open_engine(
    const Config& config, std::shared_ptr<const Clock> clock, Missing missing,
    Watch watch = Watch::off);

/// The engine's options of a configuration.
[[nodiscard]] engine::EngineOptions engine_options(const Config& config);

}  // namespace fleet::app
