// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/cassandra/cassandra_reader.hpp"
#include "store/control.hpp"

#include <memory>
#include <string>
#include <vector>

namespace fleet::app {

/// Zones and rules as they were copied to the cluster. What would change something is
/// `unavailable`: only the node that takes records may, because its fold judges by them.
class ClusterControl final : public store::FleetControl {
  public:
    explicit ClusterControl(std::shared_ptr<store::CassandraReader> reader);

    [[nodiscard]] Result<std::vector<model::Rule>> rules() const override;
    [[nodiscard]] Result<std::optional<model::Rule>> rule(const std::string& name) const override;
    [[nodiscard]] Result<store::ZonePage> zones(const std::string& after,
                                                std::size_t limit) const override;
    [[nodiscard]] Result<std::optional<model::Zone>> zone(const std::string& id) const override;
    [[nodiscard]] Result<store::ChangeCounts> put_rules(std::vector<model::Rule> rules,
                                                        Since since) override;
    [[nodiscard]] Result<store::ChangeCounts> put_zones(std::vector<model::Zone> zones,
                                                        Since since) override;
    [[nodiscard]] Result<void> remove_rule(const std::string& name, Since since) override;
    [[nodiscard]] Result<void> remove_zone(const std::string& id, Since since) override;
    [[nodiscard]] Result<store::ChangeCounts> put_devices(const model::FleetScope& scope,
                                                          std::vector<model::DeviceChange> changes,
                                                          store::Expect expect) override;
    [[nodiscard]] Result<void> move_device(const model::FleetScope& scope,
                                           const store::DeviceMove& move) override;
    [[nodiscard]] Result<store::AlertStatus> act_on_alert(const model::FleetScope& scope,
                                                          const model::AlertId& id,
                                                          store::AlertAction action) override;

  private:
    std::shared_ptr<store::CassandraReader> reader_;
};

}  // namespace fleet::app
