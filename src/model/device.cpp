// SPDX-License-Identifier: Apache-2.0
#include "model/device.hpp"

#include "model/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace fleet::model {

DeviceDetails changed(const DeviceDetails& details, const DeviceChange& change) {
    return {change.name.value_or(details.name), change.plate.value_or(details.plate),
            change.model.value_or(details.model), change.driver.value_or(details.driver),
            change.enabled.value_or(details.enabled)};
}

std::string problem_of_text(std::string_view text) {
    if (text.size() > kMaxDeviceText)
        return fmt::format("{} bytes; at most {} are taken", text.size(), kMaxDeviceText);
    const bool one_line = std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
    return one_line ? std::string() : "has control characters; one line of text belongs here";
}

std::string problem_of(const DeviceChange& change) {
    constexpr std::string_view kIdRule = "1 to 64 letters, digits, or . _ : - belong here";
    if (!is_valid_id(change.id)) return fmt::format("device_id: {}", kIdRule);
    if (!change.fleet.empty() && !is_valid_id(change.fleet))
        return fmt::format("fleet_id: {}", kIdRule);
    const std::array<std::pair<const char*, const std::optional<std::string>*>, 4> texts{
        {{"name", &change.name},
         {"plate", &change.plate},
         {"model", &change.model},
         {"driver", &change.driver}}};
    for (const auto& [member, text] : texts) {
        if (!*text) continue;
        if (const std::string problem = problem_of_text(**text); !problem.empty())
            return fmt::format("{}: {}", member, problem);
    }
    return {};
}

}  // namespace fleet::model
