// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "model/stats.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::live {

using engine::DeviceHandle;

/// Where the hub reads states from. Thread-safe. A change that was announced to the ChangeListener
/// is visible to a latest() that begins after the announcement.
class Source {
  public:
    virtual ~Source() = default;
    [[nodiscard]] virtual std::optional<std::uint32_t> fleet_number(
        std::string_view fleet) const = 0;
    /// Devices of a fleet by id.
    [[nodiscard]] virtual std::shared_ptr<const std::vector<DeviceHandle>> devices_of(
        std::uint32_t fleet) const = 0;
    [[nodiscard]] virtual std::uint32_t fleet_of(DeviceHandle device) const = 0;
    [[nodiscard]] virtual std::string id_of(DeviceHandle device) const = 0;
    [[nodiscard]] virtual model::Latest latest(DeviceHandle device) const = 0;
    /// HIGH alerts that are neither resolved nor retracted; nothing: they cannot be counted now.
    [[nodiscard]] virtual std::optional<std::uint64_t> critical_alerts(
        std::uint32_t fleet) const = 0;
};

/// The embedded engine as a Source. The engine must outlive its use (a reference, because the
/// engine owns the hub as its listener, and the hub owns this).
class EngineSource final : public Source {
  public:
    explicit EngineSource(const engine::Engine& engine) : engine_(engine) {}
    [[nodiscard]] std::optional<std::uint32_t> fleet_number(std::string_view fleet) const override;
    [[nodiscard]] std::shared_ptr<const std::vector<DeviceHandle>> devices_of(
        std::uint32_t fleet) const override;
    [[nodiscard]] std::uint32_t fleet_of(DeviceHandle device) const override;
    [[nodiscard]] std::string id_of(DeviceHandle device) const override;
    [[nodiscard]] model::Latest latest(DeviceHandle device) const override;
    [[nodiscard]] std::optional<std::uint64_t> critical_alerts(std::uint32_t fleet) const override;

  private:
    const engine::Engine& engine_;
};

}  // namespace fleet::live
