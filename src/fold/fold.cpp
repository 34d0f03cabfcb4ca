// SPDX-License-Identifier: Apache-2.0
#include "fold/fold.hpp"

#include "base/check.hpp"
#include "fold/day_rules.hpp"
#include "fold/hours.hpp"
#include "fold/runs.hpp"
#include "fold/trips.hpp"
#include "fold/zones.hpp"

#include <algorithm>

namespace fleet::fold {

void DayFold::step(const model::Sample& row, const model::TextPool& texts) {
    using model::Field;
    if (row.ts_ms < segment_from_ || row.ts_ms >= segment_to_) enter_segment(row.ts_ms);
    if (!state_.cool_downs.empty())
        std::erase_if(state_.cool_downs,
                      [&](const CoolDown& cool) { return cool.until_ms <= row.ts_ms; });
    model::HourStats& hour = result_.hours[static_cast<std::size_t>(hour_of({row.ts_ms}))];
    add_row(hour, row);
    Leg leg;
    if (row.has(Field::lat)) {  // both or none (half_position is refused at receipt)
        Arrival p;
        p.fix = {row.ts_ms, {row.value(Field::lat), row.value(Field::lon)}};
        if (row.has(Field::speed)) p.speed = row.value(Field::speed);
        std::optional<Fix> before;
        if (state_.has_point()) {
            before = state_.last;
            FLEET_CHECK(row.ts_ms > before->ts_ms);
            p.step_mm = distance_mm(*before, p.fix);
            p.new_day = row.ts_ms / kMsPerDay != before->ts_ms / kMsPerDay;
            if (!p.new_day) {
                leg.dt_ms = row.ts_ms - before->ts_ms;
                p.leg_mm = leg.mm = p.step_mm;
                p.gap_mm = is_gap(leg.mm, leg.dt_ms) ? leg.mm : 0;
                hour.legs.distance_mm += p.leg_mm;
                hour.legs.gap_mm += p.gap_mm;
            }
        }
        follow(state_, result_, p);
        if (!segment_->zone_rules.empty() || !state_.zone_rules.empty()) cross(before);
    }
    judge(state_, result_, *segment_, row, texts, leg);
}

void DayFold::enter_segment(std::int64_t ts_ms) {
    segment_ = &rules_.at(ts_ms);
    segment_from_ = segment_->from_ms;
    segment_to_ = segment_->to_ms;
    zones_to_ = kNever;
    if (!state_.runs.empty()) end_void_runs(state_, result_, *segment_, ts_ms);
}

void DayFold::cross(const std::optional<Fix>& before) {
    const std::int64_t now = state_.last.ts_ms;
    bool same_rules = true;
    if (now >= zones_to_) {
        const std::vector<std::int64_t>& times = rules_.table().zone_times();
        const auto next = std::upper_bound(times.begin(), times.end(), now);
        same_rules = before && (next == times.begin() || before->ts_ms >= *(next - 1)) &&
                     state_.zone_rules == segment_->zone_rules;
        zones_to_ = next == times.end() ? kForEver : *next;
    }
    if (same_rules && rules_.table().zones().empty()) return;
    cross_zones(state_, result_, *segment_, rules_.table(), before, state_.last, same_rules);
}

}  // namespace fleet::fold
