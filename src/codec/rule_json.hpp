// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "codec/week_hours.hpp"
#include "model/rule.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::codec {

/// A rule from a JSON object with the members of docs/zones-and-rules.md and the defaults of its
/// type. `invalid_argument` lists what is wrong in it with the member's name; `too_large` over 16
/// MiB.
[[nodiscard]] Result<model::Rule> decode_rule(std::string_view json, ZoneDatabase& zones);

/// Rules from a JSON array of such objects, all or none; paths begin with "rule[3]".
[[nodiscard]] Result<std::vector<model::Rule>> decode_rules(std::string_view json,
                                                            ZoneDatabase& zones);

/// A rule as an object that decode_rule() reads as the same rule, appended to `out`. All numbers
/// are written, defaults too. Whether it is built in is not.
void append_rule(std::string& out, const model::Rule& rule);

/// `{"items":[…],"next":null,"built_in":[…]}`: rules, and the names of those that no one made.
[[nodiscard]] std::string encode_rule_list(std::span<const model::Rule> rules);

}  // namespace fleet::codec
