// SPDX-License-Identifier: Apache-2.0
#include "server/json_body.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace fleet::server {

using codec::JsonToken;

Result<void> read_body_object(std::string_view body, std::string_view example,
                              std::string_view known, std::span<const BodyMember> members) {
    if (body.empty()) return {};
    codec::JsonReader json(body);
    const auto broken = [&] {
        return fail(Code::invalid_argument, fmt::format("byte {}: {}; it is no JSON from there on",
                                                        json.offset(), json.problem()));
    };
    JsonToken token = json.next();
    if (token == JsonToken::error) return broken();
    if (token != JsonToken::begin_object)
        return fail(Code::invalid_argument,
                    fmt::format("an object such as {} belongs here", example));
    std::vector<bool> seen(members.size(), false);
    while ((token = json.next()) == JsonToken::key) {
        const std::string name(json.text());
        std::size_t index = 0;
        while (index < members.size() && members[index].name != name) ++index;
        if (index == members.size())
            return fail(Code::invalid_argument,
                        fmt::format("{}: unknown; known are {}", name.substr(0, 60), known));
        if (seen[index]) return fail(Code::invalid_argument, name + ": is there twice");
        seen[index] = true;
        token = json.next();
        if (token == JsonToken::error) return broken();
        FLEET_TRY_VOID(members[index].take(token, json));
    }
    if (token == JsonToken::end_object) token = json.next();
    if (token != JsonToken::end) return broken();
    return {};
}

}  // namespace fleet::server
