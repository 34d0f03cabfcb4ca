// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "store/upkeep.hpp"

#include <atomic>
#include <filesystem>
#include <memory>

namespace fleet::store {

/// FleetUpkeep over the embedded engine. Thread-safe.
class LocalUpkeep final : public FleetUpkeep {
  public:
    /// `engine` must be open while this is used. `backup_dir`: where backups go, made with the
    /// first one; empty: there are none. `copy_options`: how a copy is opened to check it.
    LocalUpkeep(std::shared_ptr<engine::Engine> engine, std::shared_ptr<const Clock> clock,
                std::filesystem::path backup_dir, engine::EngineOptions copy_options);

    [[nodiscard]] Result<Erased> erase(const model::FleetScope& scope, const std::string& device,
                                       std::optional<ErasePeriod> period) override;
    [[nodiscard]] Result<BackupMade> backup(const std::string& name, bool verify) override;
    [[nodiscard]] Result<std::vector<BackupInfo>> backups() const override;

  private:
    [[nodiscard]] Error unknown(const model::FleetScope& scope, const std::string& device) const;
    [[nodiscard]] Result<void> check_on() const;
    [[nodiscard]] Result<CopyCheck> check_copy(const std::filesystem::path& dir) const;

    std::shared_ptr<engine::Engine> engine_;
    std::shared_ptr<const Clock> clock_;
    std::filesystem::path backup_dir_;
    engine::EngineOptions copy_options_;
    std::atomic<bool> backing_up_{false};
};

}  // namespace fleet::store
