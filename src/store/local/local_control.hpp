// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "store/control.hpp"

#include <memory>
#include <mutex>

namespace fleet::store {

/// FleetControl over the embedded engine. Thread-safe. Keeps nothing of its own; looking for one
/// rule or zone walks through all versions of all.
class LocalControl final : public FleetControl {
  public:
    /// `engine` must be open while this is used; the clock says what lies in the future.
    LocalControl(std::shared_ptr<engine::Engine> engine, std::shared_ptr<const Clock> clock);

    [[nodiscard]] Result<std::vector<model::Rule>> rules() const override;
    [[nodiscard]] Result<std::optional<model::Rule>> rule(const std::string& name) const override;
    [[nodiscard]] Result<ZonePage> zones(const std::string& after,
                                         std::size_t limit) const override;
    [[nodiscard]] Result<std::optional<model::Zone>> zone(const std::string& id) const override;
    [[nodiscard]] Result<ChangeCounts> put_rules(std::vector<model::Rule> rules,
                                                 Since since) override;
    [[nodiscard]] Result<ChangeCounts> put_zones(std::vector<model::Zone> zones,
                                                 Since since) override;
    [[nodiscard]] Result<void> remove_rule(const std::string& name, Since since) override;
    [[nodiscard]] Result<void> remove_zone(const std::string& id, Since since) override;
    [[nodiscard]] Result<ChangeCounts> put_devices(const model::FleetScope& scope,
                                                   std::vector<model::DeviceChange> changes,
                                                   Expect expect) override;
    [[nodiscard]] Result<void> move_device(const model::FleetScope& scope,
                                           const DeviceMove& move) override;
    [[nodiscard]] Result<AlertStatus> act_on_alert(const model::FleetScope& scope,
                                                   const model::AlertId& id,
                                                   AlertAction action) override;

  private:
    [[nodiscard]] Result<std::optional<std::int64_t>> moment_of(Since since) const;
    /// Takes all values that differ from the `current(snapshot)` ones as changes of a kind; the
    /// value goes into `member`.
    template <class Value, class Current>
    [[nodiscard]] Result<ChangeCounts> put(std::vector<Value> values, Since since,
                                           engine::RuleChange::Kind kind,
                                           Value engine::RuleChange::* member, Current current);

    std::shared_ptr<engine::Engine> engine_;
    std::shared_ptr<const Clock> clock_;
    std::mutex changing_;  ///< counts and changes of one call belong together
};

}  // namespace fleet::store
