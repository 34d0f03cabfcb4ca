// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "codec/member_json.hpp"
#include "codec/problem_list.hpp"
#include "model/device.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fleet::codec {

/// Devices of one import, and bytes of its file.
inline constexpr std::size_t kMaxDevices = 100'000;
inline constexpr std::size_t kMaxDeviceFileBytes = std::size_t{64} << 20;

/// What is wrong with a member's name, such as "unknown; did you mean 'plate'?"; empty: nothing.
[[nodiscard]] std::string problem_of_device_member(std::string_view name);

/// Turns the members of devices into changes and collects all that is wrong in them. Members,
/// limits and what an absent or empty one means: docs/devices.md.
class DeviceDecoder {
  public:
    /// One device. `path` is where it stands: "device[3]" or "line 12", or empty for a lone one;
    /// `place` as of a member. `id`: its id when the members need not say it, and must not say
    /// another.
    void add(std::string_view path, std::string_view place, const std::vector<Member>& members,
             std::string_view id = {});
    /// For what is wrong around the devices.
    [[nodiscard]] ProblemList& problems() noexcept { return problems_; }
    /// All changes, or `invalid_argument` with the first 20 problems.
    [[nodiscard]] Result<std::vector<model::DeviceChange>> finish() &&;

  private:
    ProblemList problems_;
    std::vector<model::DeviceChange> changes_;
    std::unordered_map<std::string, std::string> places_;  ///< where each id stands
    std::size_t count_ = 0;
};

}  // namespace fleet::codec
