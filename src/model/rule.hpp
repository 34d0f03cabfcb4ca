// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/field.hpp"

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::model {

enum class Severity : std::uint8_t { low, medium, high };

enum class RuleType : std::uint8_t {
    overspeed,
    low_battery,
    temp_high,
    temp_low,
    gps_jump,
    device_alarm,
    zone_enter,
    zone_exit,
    threshold,
    offline,  ///< judged by the clock, beside the fold
};
inline constexpr std::size_t kRuleTypeCount = 10;

/// "HIGH" …, "OVERSPEED" …; nothing for another name.
[[nodiscard]] std::string_view name_of(Severity severity) noexcept;
[[nodiscard]] std::string_view name_of(RuleType type) noexcept;
[[nodiscard]] std::optional<Severity> severity_of(std::string_view name) noexcept;
[[nodiscard]] std::optional<RuleType> rule_type_of(std::string_view name) noexcept;

/// From which minute on a zone is how far east of UTC.
struct ZoneOffset {
    std::int32_t from_min = 0;    ///< minutes since 1970-01-01T00:00Z
    std::int32_t offset_min = 0;  ///< local time = UTC + offset
    bool operator==(const ZoneOffset&) const = default;
};

/// Which minutes of a week in a time zone a rule is awake, Monday 00:00 first. Carries the offsets
/// of its zone, so that the same rule judges the same rows alike on every machine and after every
/// update of the zone database. See model/week_hours.hpp.
struct WeekHours {
    std::string text;       ///< as written, e.g. "Mo-Fr 06:00-20:00 Europe/Paris"
    std::string time_zone;  ///< IANA name
    std::bitset<7 * 24 * 60> minutes;
    std::vector<ZoneOffset> offsets;  ///< ascending, first from 1970; empty for UTC only
    bool operator==(const WeekHours&) const = default;
};

/// One rule. Definitions: docs/fold.md, Rules and alerts.
struct Rule {
    std::string name;  ///< unique; 1–64 characters of device ids
    RuleType type = RuleType::overspeed;
    Field metric =
        Field::speed;        ///< what `threshold` compares; of the other types that of the type
    bool above = true;       ///< condition: above the limit, else below it
    std::int32_t limit = 0;  ///< stored units of the metric; 0.01 km/h for gps_jump; whole seconds
                             ///< of silence for offline; unused by alarms and zones
    std::int64_t min_duration_ms = 0;  ///< zones: confirm time
    std::int32_t hysteresis =
        0;  ///< stored units of the metric, ≥ 0; zones: exit margin in whole millimetres
    std::int64_t cool_down_ms = 0;
    std::optional<Severity> severity;  ///< instead of the grading by peak
    std::vector<std::string> fleets;   ///< empty: all
    std::vector<std::string> devices;  ///< empty: all
    std::vector<std::string> zones;    ///< zone types: empty = all zones
    std::optional<WeekHours> hours;
    bool built_in = false;
    bool operator==(const Rule&) const = default;

    [[nodiscard]] bool crosses_zones() const noexcept {
        return type == RuleType::zone_enter || type == RuleType::zone_exit;
    }
    /// Whether the fold judges rows by it.
    [[nodiscard]] bool judges_rows() const noexcept { return type != RuleType::offline; }
    /// Decimals of `limit`, and of the peaks of its alerts.
    [[nodiscard]] int decimals() const noexcept;
};

/// The built-in rules with their defaults, one of each type but `threshold`.
[[nodiscard]] std::vector<Rule> built_in_rules();
/// A rule of a type with the defaults of its type and no name.
[[nodiscard]] Rule default_rule(RuleType type);
/// Severity of an alert with this peak (stored units), by the rule's own severity or its type's
/// grading.
[[nodiscard]] Severity grade(const Rule& rule, std::int32_t limit, std::int32_t peak) noexcept;

}  // namespace fleet::model
