// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fold/rule_set.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace fleet::engine {

/// The OFFLINE rules that hold now. Immutable; thread-safe.
class SilenceRules {
  public:
    /// Picks them out of all versions of all rules.
    explicit SilenceRules(const std::vector<fold::RuleVersion>& versions);
    bool operator==(const SilenceRules& other) const;

    /// Adds those for a device to `out`; they live as long as this.
    void of(std::string_view device, std::string_view fleet,
            std::vector<const fold::RuleVersion*>& out) const;
    /// The shortest limit in ms, whatever it is for; fold::kForEver when there is no rule.
    [[nodiscard]] std::int64_t shortest_ms() const noexcept { return shortest_ms_; }

  private:
    std::vector<fold::RuleVersion> rules_;
    std::int64_t shortest_ms_ = fold::kForEver;
};

}  // namespace fleet::engine
