// SPDX-License-Identifier: Apache-2.0
#include "fold/day_rules.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace fleet::fold {

namespace {

void watch(Watches& watches, const Condition& condition, std::int32_t limit, std::uint32_t rule) {
    (condition.above ? watches.above : watches.below).push_back({limit, rule});
}

void order(Watches& watches) {
    using Watch = Watches::Watch;
    std::sort(watches.above.begin(), watches.above.end(),
              [](const Watch& a, const Watch& b) { return a.limit < b.limit; });
    std::sort(watches.below.begin(), watches.below.end(),
              [](const Watch& a, const Watch& b) { return a.limit > b.limit; });
    if (!watches.above.empty()) watches.lowest = watches.above.front().limit;
    if (!watches.below.empty()) watches.highest = watches.below.front().limit;
}

Watches& watches_of(Segment& segment, model::Field field) {
    for (Segment::MetricWatches& m : segment.metrics)
        if (m.field == field) return m.watches;
    segment.metrics.push_back({field, {}});
    return segment.metrics.back().watches;
}

Segment compile_segment(const RuleTable& table, std::span<const std::uint32_t> in_scope,
                        std::int64_t from_ms, std::int64_t to_ms) {
    Segment segment;
    segment.from_ms = from_ms;
    segment.to_ms = to_ms;
    for (const std::uint32_t version : in_scope) {
        const RuleVersion& v = table.rules()[version];
        if (v.from_ms > from_ms || v.to_ms < to_ms) continue;
        const auto at = static_cast<std::uint32_t>(segment.rules.size());
        const Condition condition = condition_of(v.rule);
        segment.rules.push_back({v.number, version, condition, &v.rule});
        switch (condition.type) {
            case model::RuleType::overspeed:
            case model::RuleType::low_battery:
            case model::RuleType::temp_high:
            case model::RuleType::temp_low:
            case model::RuleType::threshold:
                watch(watches_of(segment, condition.metric), condition, v.rule.limit, at);
                break;
            case model::RuleType::gps_jump:
                watch(segment.jumps, condition, v.rule.limit, at);
                break;
            case model::RuleType::device_alarm: segment.alarms.push_back(at); break;
            case model::RuleType::zone_enter:
            case model::RuleType::zone_exit:
                segment.zone_rules.push_back(v.number);
                if (v.rule.zones.empty()) segment.all_zones.push_back(at);
                for (const std::uint32_t zone : table.zones_of(version))
                    segment.named_zones.push_back({zone, at});
                break;
            case model::RuleType::offline: break;  // never in a table
        }
    }
    for (Segment::MetricWatches& m : segment.metrics) order(m.watches);
    order(segment.jumps);
    using ZoneRule = Segment::ZoneRule;
    std::sort(segment.named_zones.begin(), segment.named_zones.end(),
              [](const ZoneRule& a, const ZoneRule& b) {
                  return a.zone != b.zone ? a.zone < b.zone : a.rule < b.rule;
              });
    return segment;
}

}  // namespace

Condition condition_of(const model::Rule& rule) noexcept {
    using model::Field;
    switch (rule.type) {
        case model::RuleType::low_battery: return {rule.type, Field::battery, false};
        case model::RuleType::temp_high: return {rule.type, Field::temp, true};
        case model::RuleType::temp_low: return {rule.type, Field::temp, false};
        case model::RuleType::threshold: return {rule.type, rule.metric, rule.above};
        case model::RuleType::overspeed:
        case model::RuleType::gps_jump:
        case model::RuleType::device_alarm:
        case model::RuleType::zone_enter:
        case model::RuleType::zone_exit:
        case model::RuleType::offline: break;
    }
    return {rule.type, Field::speed, true};
}

const ActiveRule* Segment::find(std::uint32_t number) const noexcept {
    const auto found = std::lower_bound(
        rules.begin(), rules.end(), number,
        [](const ActiveRule& rule, std::uint32_t wanted) { return rule.number < wanted; });
    return found != rules.end() && found->number == number ? &*found : nullptr;
}

const Segment& DayRules::at(std::int64_t ts_ms) const noexcept {
    for (const Segment& segment : segments_)
        if (ts_ms < segment.to_ms) {
            FLEET_CHECK(ts_ms >= segment.from_ms);  // a row of another day
            return segment;
        }
    return segments_.back();
}

std::shared_ptr<const DayRules> compile(const std::shared_ptr<const RuleTable>& table,
                                        std::span<const std::uint32_t> in_scope, std::size_t first,
                                        std::size_t last) {
    const std::vector<std::int64_t>& times = table->rule_times();
    std::vector<Segment> segments;
    for (std::size_t i = first; i <= last; ++i)
        segments.push_back(compile_segment(*table, in_scope, i == 0 ? kAlways : times[i - 1],
                                           i == times.size() ? kForEver : times[i]));
    return std::make_shared<const DayRules>(table, std::move(segments));
}

}  // namespace fleet::fold
