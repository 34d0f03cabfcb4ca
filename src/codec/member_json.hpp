// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec/problem_list.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::codec {

/// A value of a member, whatever the notation that it was read from.
struct MemberValue {
    enum class Kind : std::uint8_t { text, number, boolean, list, null, other };
    Kind kind = Kind::other;
    /// Content of a text; decimal literal of a number; "true" or "false"; what it is otherwise,
    /// such as "an object".
    std::string text;
    std::vector<MemberValue> items;
};

/// "a number", "a list" …, for messages.
[[nodiscard]] std::string kind_of(const MemberValue& value);

struct Member {
    std::string name;
    MemberValue value;
    std::string place;  ///< for messages, such as "line 12"; empty when not known
};

/// What things of one kind are called, for paths and messages.
struct MemberNames {
    std::string_view path;  ///< "rule", for "rule[3]"
    std::string_view list;  ///< "a list of rules"
    std::string_view one;   ///< "a rule's object"
};

/// Takes the members of one thing; `path` is where it stands, empty for a lone one.
using MemberSink = std::function<void(std::string_view path, const std::vector<Member>& members)>;

/// Reads a JSON array of objects, or one object unless `list`, member by member. What is wrong with
/// the text goes to `problems`.
void read_members(std::string_view json, bool list, const MemberNames& names, ProblemList& problems,
                  const MemberSink& sink);

}  // namespace fleet::codec
