// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "codec/member_json.hpp"
#include "codec/problem_list.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace fleet::app {

/// Takes the members of one table; `path` is "rule[3]", `place` "line 12".
using TableSink = std::function<void(std::string_view path, std::string_view place,
                                     const std::vector<codec::Member>& members)>;

/// Reads a TOML file that is a list of `[[name]]` tables and nothing else. What is wrong around the
/// tables goes to `problems`. invalid_argument: it is no TOML, with line and column.
[[nodiscard]] Result<void> read_tables(std::string_view text, std::string_view name,
                                       codec::ProblemList& problems, const TableSink& sink);

}  // namespace fleet::app
