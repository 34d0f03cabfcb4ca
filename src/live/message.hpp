// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::live {

enum class MessageType : std::uint8_t { hello, sub, ack, ping };

/// A message of the client (api/live.md). Members that its type does not have are absent.
struct ClientMessage {
    MessageType type = MessageType::ping;
    std::optional<std::uint32_t> epoch;
    std::optional<std::uint32_t> seq;
    std::optional<std::uint32_t> slots;
    std::string fleet;
    std::string t = "null";  ///< JSON of a ping's `t`
};

/// Unknown members are ignored, so that clients may be newer than the server. invalid_argument: no
/// JSON object, no known type, a member of the wrong type, `ack` without seq, `sub` without fleet.
[[nodiscard]] Result<ClientMessage> parse_message(std::string_view text);

}  // namespace fleet::live
