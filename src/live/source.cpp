// SPDX-License-Identifier: Apache-2.0
#include "live/source.hpp"

namespace fleet::live {

std::optional<std::uint32_t> EngineSource::fleet_number(std::string_view fleet) const {
    return engine_.fleet_number(fleet);
}

std::shared_ptr<const std::vector<DeviceHandle>> EngineSource::devices_of(
    std::uint32_t fleet) const {
    return engine_.devices_of(fleet);
}

std::uint32_t EngineSource::fleet_of(DeviceHandle device) const { return engine_.fleet_of(device); }

std::string EngineSource::id_of(DeviceHandle device) const { return engine_.device(device).id; }

model::Latest EngineSource::latest(DeviceHandle device) const { return engine_.latest(device); }

std::optional<std::uint64_t> EngineSource::critical_alerts(std::uint32_t fleet) const {
    const auto count = engine_.unresolved_high(fleet, Timestamp{0}, Timestamp{kMaxMs + 1});
    return count ? std::optional(*count) : std::nullopt;
}

}  // namespace fleet::live
