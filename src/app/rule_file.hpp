// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "codec/week_hours.hpp"
#include "model/rule.hpp"

#include <string_view>
#include <vector>

namespace fleet::app {

/// The rules of a rule file: TOML with a [[rule]] for each, members as in docs/zones-and-rules.md.
/// All rules or none: `invalid_argument` lists the first 20 problems, with the path and line of
/// each
/// ("rule[3].limit (line 41): …"), or the place at which the text is no TOML; `too_large` over 16
/// MiB.
[[nodiscard]] Result<std::vector<model::Rule>> parse_rule_file(std::string_view text,
                                                               codec::ZoneDatabase& zones);

}  // namespace fleet::app
