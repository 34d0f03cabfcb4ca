// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "codec/json_reader.hpp"

#include <functional>
#include <span>
#include <string_view>

namespace fleet::server {

/// A member that a small JSON body may have.
struct BodyMember {
    std::string_view name;
    /// Takes the value, whose token was just read. An error's message goes to the client as it is.
    std::function<Result<void>(codec::JsonToken token, const codec::JsonReader& json)> take;
};

/// Reads a body that is one flat object, each member optional and at most once; an empty body is
/// like `{}`. `example` is such an object, `known` the members' names as a list in words, for the
/// messages. invalid_argument: it is something else, with the place or the member.
[[nodiscard]] Result<void> read_body_object(std::string_view body, std::string_view example,
                                            std::string_view known,
                                            std::span<const BodyMember> members);

}  // namespace fleet::server
