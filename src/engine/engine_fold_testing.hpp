// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine_testing.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace fleet::engine::test {

inline constexpr std::int64_t kBegin = 1'763'985'600'000;  // 2025-11-24T12:00:00Z
inline constexpr Timestamp kForEverTs{4'000'000'000'000};

/// Three vehicles of two fleets that drive, stop, fall silent and cross midnight, in and out of
/// zones; now and then two records of one time that say different things. By time.
[[nodiscard]] std::vector<TestRecord> drives(std::uint64_t seed, std::size_t count);

[[nodiscard]] model::Zone square(const std::string& id, std::int32_t lat, std::int32_t lon,
                                 std::int32_t half);
[[nodiscard]] RuleChange put(model::Zone zone);
[[nodiscard]] RuleChange put(const std::string& name, model::RuleType type, std::int32_t limit,
                             std::int64_t min_duration_ms = 0, std::int32_t hysteresis = 0);
[[nodiscard]] RuleChange removal(const std::string& name);
/// Zones that share points, and rules of each kind, plain and with durations.
[[nodiscard]] std::vector<RuleChange> rules();
/// The same, and more zones and rules of random sizes, limits, durations and scopes.
[[nodiscard]] std::vector<RuleChange> random_rules(std::uint64_t seed);

/// Moves of the vehicles of drives() between three fleets, in their order, on the days of the
/// records and around them.
[[nodiscard]] std::vector<DeviceMove> random_moves(std::uint64_t seed,
                                                   const std::vector<TestRecord>& records);
/// Who was in which fleet on the days of any vehicle, and the hours of each fleet on them.
[[nodiscard]] std::string memberships_of(Engine& engine);

/// Trips, stops and alerts as text, and the part of alerts that depends on arrival if wanted.
/// Expects that what the engine counts is what it lists.
[[nodiscard]] std::string found(Engine& engine, bool status = false);

/// Submits all in one batch.
void feed(Engine& engine, const std::vector<TestRecord>& records);

}  // namespace fleet::engine::test
