// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "codec/member_json.hpp"
#include "codec/problem_list.hpp"
#include "codec/week_hours.hpp"
#include "model/rule.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::codec {

inline constexpr std::size_t kMaxRules = 10'000;
inline constexpr std::size_t kMaxRuleFileBytes = std::size_t{16} << 20;
/// Names in one of fleets, devices and zones.
inline constexpr std::size_t kMaxRuleNames = 10'000;

/// Turns the members of rules into rules, with the defaults of their types, and collects all that
/// is wrong in them. Members, units and limits: docs/zones-and-rules.md.
class RuleDecoder {
  public:
    /// Keeps `zones` while it lives.
    explicit RuleDecoder(ZoneDatabase& zones) : zones_(zones) {}

    /// One rule. `path` is where it stands: "rule[3]", or empty for a lone one; `place` as of a
    /// member.
    void add(std::string_view path, std::string_view place, const std::vector<Member>& members);
    /// For what is wrong around the rules.
    [[nodiscard]] ProblemList& problems() noexcept { return problems_; }
    /// All rules, or `invalid_argument` with the first 20 problems.
    [[nodiscard]] Result<std::vector<model::Rule>> finish() &&;

  private:
    ZoneDatabase& zones_;
    ProblemList problems_;
    std::vector<model::Rule> rules_;
    std::map<std::string, std::string, std::less<>> names_;  ///< and the path of the rule
    std::size_t count_ = 0;
};

}  // namespace fleet::codec
