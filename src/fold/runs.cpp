// SPDX-License-Identifier: Apache-2.0
#include "fold/runs.hpp"

#include "fold/trips.hpp"
#include "model/week_hours.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace fleet::fold {

namespace {

/// mm / ms in 0.01 km/h, rounded half up.
std::int64_t implied_speed(const Leg& leg) noexcept {
    const std::int64_t speed = (leg.mm * 720 + leg.dt_ms) / (2 * leg.dt_ms);
    return std::min<std::int64_t>(speed, std::numeric_limits<std::int32_t>::max());
}

/// Whether the implied speed may be above a limit; without a division.
bool may_exceed(const Leg& leg, std::int64_t limit) noexcept {
    if (limit == std::numeric_limits<std::int64_t>::max()) return false;
    return leg.mm * 720 >= (2 * limit + 1) * leg.dt_ms;
}

bool is_awake(const model::Rule& rule, std::int64_t ts_ms) noexcept {
    return !rule.hours || model::awake(*rule.hours, ts_ms);
}

bool by_rule(const Run& a, const Run& b) noexcept { return a.rule < b.rule; }

void end_run(DeviceState& state, DayResult& result, const Run& run, std::int64_t now_ms) {
    if (!run.alert) return;
    model::AlertRun alert = alert_of(run);
    alert.end_ms = run.last_ms;
    add_alert(result, std::move(alert));
    cool_down(state, run.rule, 0, run.last_ms, run.cool_down_ms, now_ms);
}

/// The row is one of the run: its last so far.
void extend(Run& run, const model::Rule& rule, std::int64_t ts_ms, std::int32_t value) {
    run.last_ms = ts_ms;
    run.peak = run.condition.above ? std::max(run.peak, value) : std::min(run.peak, value);
    run.severity = model::grade(rule, run.limit, run.peak);
    run.cool_down_ms = rule.cool_down_ms;
    if (!run.suppressed && ts_ms - run.start_ms >= rule.min_duration_ms) run.alert = true;
}

class Judge {
  public:
    Judge(DeviceState& state, DayResult& result, const Segment& segment, const model::Sample& row,
          const model::TextPool& texts, const Leg& leg)
        : state_(state), result_(result), segment_(segment), row_(row), texts_(texts), leg_(leg) {}

    void continue_runs() {
        bool ended = false;
        for (Run& run : state_.runs) {
            const ActiveRule& active = *segment_.find(run.rule);
            std::int32_t value = 0;
            if (!reads(run.condition, value)) continue;
            if (holds(run, *active.rule, value)) {
                extend(run, *active.rule, row_.ts_ms, value);
            } else {
                end_run(state_, result_, run, row_.ts_ms);
                run.last_ms = kOver;
                ended = true;
            }
        }
        if (ended) std::erase_if(state_.runs, [](const Run& run) { return run.last_ms == kOver; });
    }

    void begin_runs(const Watches& watches, std::int32_t value) {
        for (const Watches::Watch& watch : watches.above) {
            if (value <= watch.limit) break;
            begin(segment_.rules[watch.rule], value);
        }
        for (const Watches::Watch& watch : watches.below) {
            if (value >= watch.limit) break;
            begin(segment_.rules[watch.rule], value);
        }
    }

    void begin_alarms() {
        for (const std::uint32_t rule : segment_.alarms) begin(segment_.rules[rule], 0);
    }

    void finish() {
        if (state_.runs.size() == known_) return;
        const auto added = state_.runs.begin() + static_cast<std::ptrdiff_t>(known_);
        std::sort(added, state_.runs.end(), by_rule);
        std::inplace_merge(state_.runs.begin(), added, state_.runs.end(), by_rule);
    }

    /// Runs before those that begin at this row.
    void count_known() { known_ = state_.runs.size(); }

  private:
    static constexpr std::int64_t kOver = -1;

    /// Whether the row carries what the condition compares.
    bool reads(const Condition& condition, std::int32_t& value) const {
        switch (condition.type) {
            case model::RuleType::device_alarm: return true;
            case model::RuleType::gps_jump:
                if (leg_.dt_ms == 0) return false;
                value = static_cast<std::int32_t>(implied_speed(leg_));
                return true;
            default:
                if (!row_.has(condition.metric)) return false;
                value = row_.value(condition.metric);
                return true;
        }
    }

    /// Whether a run goes on at this row.
    bool holds(const Run& run, const model::Rule& rule, std::int32_t value) const {
        if (!is_awake(rule, row_.ts_ms)) return false;
        if (run.condition.type == model::RuleType::device_alarm)
            return row_.alarm != 0 && texts_.text(row_.alarm) == run.alarm;
        return run.condition.above ? value > std::int64_t{rule.limit} - rule.hysteresis
                                   : value < std::int64_t{rule.limit} + rule.hysteresis;
    }

    void begin(const ActiveRule& active, std::int32_t value) {
        const model::Rule& rule = *active.rule;
        const auto known_end = state_.runs.begin() + static_cast<std::ptrdiff_t>(known_);
        const auto at = std::lower_bound(
            state_.runs.begin(), known_end, active.number,
            [](const Run& run, std::uint32_t number) { return run.rule < number; });
        if (at != known_end && at->rule == active.number) return;  // it is running
        if (!is_awake(rule, row_.ts_ms)) return;
        Run run;
        run.rule = active.number;
        run.condition = active.condition;
        run.suppressed = in_cool_down(state_, active.number, 0, row_.ts_ms);
        run.start_ms = row_.ts_ms;
        if (active.condition.type == model::RuleType::device_alarm) {
            run.alarm = texts_.text(row_.alarm);
        } else {
            run.peak = value;
            run.limit = rule.limit;
        }
        if (state_.has_point()) run.at = state_.last.at;
        extend(run, rule, row_.ts_ms, value);
        state_.runs.push_back(std::move(run));
    }

    DeviceState& state_;
    DayResult& result_;
    const Segment& segment_;
    const model::Sample& row_;
    const model::TextPool& texts_;
    const Leg& leg_;
    std::size_t known_ = 0;
};

auto place(const model::AlertRun& alert) noexcept {
    return std::tuple(alert.start_ms, alert.rule, alert.zone);
}

auto place(const CoolDown& cool) noexcept { return std::pair(cool.rule, cool.zone); }

template <class CoolDowns>
auto find_cool_down(CoolDowns& cool_downs, std::uint32_t rule, std::uint32_t zone) noexcept {
    return std::lower_bound(
        cool_downs.begin(), cool_downs.end(), std::pair(rule, zone),
        [](const CoolDown& cool, const auto& wanted) { return place(cool) < wanted; });
}

}  // namespace

model::AlertRun alert_of(const Run& run) {
    model::AlertRun alert;
    alert.rule = run.rule;
    alert.start_ms = run.start_ms;
    if (run.condition.type != model::RuleType::device_alarm) {
        alert.peak = run.peak;
        alert.limit = run.limit;
    }
    alert.at = run.at;
    alert.severity = run.severity;
    alert.alarm = run.alarm;
    return alert;
}

void add_alert(DayResult& result, model::AlertRun alert) {
    const auto at = std::upper_bound(
        result.alerts.begin(), result.alerts.end(), alert,
        [](const model::AlertRun& a, const model::AlertRun& b) { return place(a) < place(b); });
    result.alerts.insert(at, std::move(alert));
}

bool in_cool_down(const DeviceState& state, std::uint32_t rule, std::uint32_t zone,
                  std::int64_t start_ms) noexcept {
    const auto found = find_cool_down(state.cool_downs, rule, zone);
    return found != state.cool_downs.end() && place(*found) == std::pair(rule, zone) &&
           start_ms < found->until_ms;
}

void cool_down(DeviceState& state, std::uint32_t rule, std::uint32_t zone, std::int64_t end_ms,
               std::int64_t length_ms, std::int64_t now_ms) {
    const std::int64_t until = length_ms > kForEver - end_ms ? kForEver : end_ms + length_ms;
    if (until <= now_ms) return;
    const auto at = find_cool_down(state.cool_downs, rule, zone);
    if (at != state.cool_downs.end() && place(*at) == std::pair(rule, zone))
        at->until_ms = until;
    else
        state.cool_downs.insert(at, {rule, zone, until});
}

void end_void_runs(DeviceState& state, DayResult& result, const Segment& segment,
                   std::int64_t now_ms) {
    std::erase_if(state.runs, [&](const Run& run) {
        const ActiveRule* active = segment.find(run.rule);
        if (active != nullptr && active->condition == run.condition) return false;
        end_run(state, result, run, now_ms);
        return true;
    });
}

void judge(DeviceState& state, DayResult& result, const Segment& segment, const model::Sample& row,
           const model::TextPool& texts, const Leg& leg) {
    Judge judge(state, result, segment, row, texts, leg);
    if (!state.runs.empty()) judge.continue_runs();
    judge.count_known();
    for (const Segment::MetricWatches& m : segment.metrics)
        if (row.has(m.field) && m.watches.any_holds(row.value(m.field)))
            judge.begin_runs(m.watches, row.value(m.field));
    if (leg.dt_ms != 0 && may_exceed(leg, segment.jumps.lowest))
        judge.begin_runs(segment.jumps, static_cast<std::int32_t>(implied_speed(leg)));
    if (row.alarm != 0) judge.begin_alarms();
    judge.finish();
}

}  // namespace fleet::fold
