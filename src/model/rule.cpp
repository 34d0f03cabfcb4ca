// SPDX-License-Identifier: Apache-2.0
#include "model/rule.hpp"

#include <algorithm>

namespace fleet::model {

namespace {

constexpr std::array<std::string_view, 3> kSeverities{"LOW", "MEDIUM", "HIGH"};
constexpr std::array<std::string_view, kRuleTypeCount> kTypes{
    "OVERSPEED",    "LOW_BATTERY", "TEMP_HIGH", "TEMP_LOW",  "GPS_JUMP",
    "DEVICE_ALARM", "ZONE_ENTER",  "ZONE_EXIT", "THRESHOLD", "OFFLINE"};

/// How far from the limit a peak is HIGH, in stored units.
constexpr std::int32_t kHighOverspeed = 30'00;
constexpr std::int32_t kHighTemp = 10'00;

template <class Enum, std::size_t Count>
std::optional<Enum> find(const std::array<std::string_view, Count>& names, std::string_view name) {
    const auto* found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Enum>(found - names.begin());
}

Severity high_when(bool high) noexcept { return high ? Severity::high : Severity::medium; }

}  // namespace

std::string_view name_of(Severity severity) noexcept {
    return kSeverities[static_cast<std::size_t>(severity)];
}

std::string_view name_of(RuleType type) noexcept { return kTypes[static_cast<std::size_t>(type)]; }

std::optional<Severity> severity_of(std::string_view name) noexcept {
    return find<Severity>(kSeverities, name);
}

std::optional<RuleType> rule_type_of(std::string_view name) noexcept {
    return find<RuleType>(kTypes, name);
}

Rule default_rule(RuleType type) {
    Rule rule;
    rule.type = type;
    switch (type) {
        case RuleType::overspeed:
            rule.limit = 110'00;
            rule.min_duration_ms = 10'000;
            rule.hysteresis = 5'00;
            rule.cool_down_ms = 60'000;
            break;
        case RuleType::low_battery:
            rule.metric = Field::battery;
            rule.above = false;
            rule.limit = 20'00;
            rule.hysteresis = 5'00;
            break;
        case RuleType::temp_high:
        case RuleType::temp_low:
            rule.metric = Field::temp;
            rule.above = type == RuleType::temp_high;
            rule.limit = rule.above ? 40'00 : -10'00;
            rule.min_duration_ms = 60'000;
            rule.hysteresis = 1'00;
            break;
        case RuleType::gps_jump:
            rule.limit = 300'00;
            rule.cool_down_ms = 60'000;
            break;
        case RuleType::device_alarm: rule.cool_down_ms = 60'000; break;
        case RuleType::zone_enter:
        case RuleType::zone_exit:
        case RuleType::threshold: break;
        case RuleType::offline: rule.limit = 30 * 60; break;
    }
    return rule;
}

int Rule::decimals() const noexcept {
    switch (type) {
        case RuleType::threshold: return info(metric).decimals;
        case RuleType::offline: return 0;
        default: return info(Field::speed).decimals;  // all others have two
    }
}

std::vector<Rule> built_in_rules() {
    std::vector<Rule> rules;
    for (std::size_t i = 0; i < kRuleTypeCount; ++i) {
        const auto type = static_cast<RuleType>(i);
        if (type == RuleType::threshold) continue;
        Rule rule = default_rule(type);
        for (const char c : name_of(type))
            rule.name.push_back(c == '_' ? '-' : static_cast<char>(c - 'A' + 'a'));
        rule.built_in = true;
        rules.push_back(std::move(rule));
    }
    return rules;
}

Severity grade(const Rule& rule, std::int32_t limit, std::int32_t peak) noexcept {
    if (rule.severity) return *rule.severity;
    const std::int64_t wide_peak = peak;
    switch (rule.type) {
        case RuleType::overspeed:
            return high_when(wide_peak > std::int64_t{limit} + kHighOverspeed);
        case RuleType::low_battery: return high_when(2 * wide_peak < limit);
        case RuleType::temp_high: return high_when(wide_peak > std::int64_t{limit} + kHighTemp);
        case RuleType::temp_low: return high_when(wide_peak < std::int64_t{limit} - kHighTemp);
        case RuleType::device_alarm: return Severity::high;
        case RuleType::threshold:
        case RuleType::offline: return Severity::medium;
        case RuleType::gps_jump:
        case RuleType::zone_enter:
        case RuleType::zone_exit: return Severity::low;
    }
    return Severity::low;
}

}  // namespace fleet::model
