// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"
#include "model/rule.hpp"
#include "model/zone.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

namespace fleet::fold {

inline constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();

/// A rule as it holds for rows with from_ms ≤ time < to_ms. Versions of one number do not overlap.
struct RuleVersion {
    std::uint32_t number = 0;  ///< of the registry, for ever
    std::int64_t from_ms = kAlways;
    std::int64_t to_ms = kForEver;
    model::Rule rule;
};
struct ZoneVersion {
    std::uint32_t number = 1;  ///< of the registry, from 1, for ever
    std::int64_t from_ms = kAlways;
    std::int64_t to_ms = kForEver;
    model::Zone zone;
};

/// What applies to one device on one UTC day, ready for step(). Immutable, shared between devices
/// of equal scope.
class DayRules;

/// All rules and zones over all times. Immutable; thread-safe.
class RuleSet {
  public:
    RuleSet(std::vector<RuleVersion> rules, std::vector<ZoneVersion> zones);
    ~RuleSet();
    /// Never null; equal scopes share one object, so the cost of a device is a pointer. Cheap when
    /// asked again.
    [[nodiscard]] std::shared_ptr<const DayRules> for_day(std::string_view device,
                                                          std::string_view fleet, Day day) const;
    /// Zones that hold a place at a time: their numbers, ascending.
    [[nodiscard]] std::vector<std::uint32_t> zones_at(model::GeoPoint at, std::int64_t ts_ms) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace fleet::fold
