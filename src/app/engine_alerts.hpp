// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "notify/alert_source.hpp"

#include <memory>

namespace fleet::app {

/// The embedded engine as notifications see it. The engine must live longer.
class EngineAlerts final : public notify::AlertSource {
  public:
    explicit EngineAlerts(engine::Engine& engine) : engine_(engine) {}

    [[nodiscard]] Result<std::vector<notify::StoredAlert>> waiting(std::size_t limit) override;
    [[nodiscard]] Result<std::vector<notify::StoredAlert>> between(std::uint32_t fleet,
                                                                   model::RuleType type,
                                                                   std::int64_t from_ms,
                                                                   std::int64_t to_ms) override;
    [[nodiscard]] Result<void> notified(std::span<const notify::AlertKey> alerts) override;
    [[nodiscard]] model::AlertNotice describe(const notify::StoredAlert& alert) override;
    [[nodiscard]] std::string fleet_id(const notify::StoredAlert& alert) override;

  private:
    engine::Engine& engine_;
};

}  // namespace fleet::app
