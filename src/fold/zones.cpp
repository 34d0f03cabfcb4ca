// SPDX-License-Identifier: Apache-2.0
#include "fold/zones.hpp"

#include "fold/runs.hpp"
#include "model/week_hours.hpp"

#include <algorithm>
#include <utility>

namespace fleet::fold {

namespace {

auto place(const Side& side) noexcept { return std::pair(side.zone, side.rule); }

/// Calls `use(rule)` for each rule that watches a zone.
template <class Use>
void each_rule(const Segment& segment, std::uint32_t zone, Use use) {
    for (const std::uint32_t rule : segment.all_zones) use(segment.rules[rule]);
    const auto first =
        std::lower_bound(segment.named_zones.begin(), segment.named_zones.end(), zone,
                         [](const Segment::ZoneRule& r, std::uint32_t z) { return r.zone < z; });
    for (auto r = first; r != segment.named_zones.end() && r->zone == zone; ++r)
        use(segment.rules[r->rule]);
}

/// The sides of one device at one point.
class Crossings {
  public:
    Crossings(DeviceState& state, DayResult& result, const Segment& segment, const RuleTable& table,
              const Fix& p)
        : state_(state), result_(result), segment_(segment), table_(table), p_(p) {}

    /// Forgets the sides of what is gone, and sets those of what is new, silently. `before` is the
    /// last point that the rules saw, `holding` are the zones at this one.
    void change_rules(const std::optional<Fix>& before, const std::vector<std::uint32_t>& holding) {
        std::erase_if(state_.sides, [&](const Side& side) {
            const ActiveRule* active = segment_.find(side.rule);
            return active == nullptr || !before || !saw(*active, side.zone, *before) ||
                   !table_.watches(active->version, side.zone) ||
                   table_.zone_at(side.zone, p_.ts_ms) == RuleTable::kNone;
        });
        for (const std::uint32_t version : holding) {
            Side side;
            side.zone = table_.zones()[version].number;
            side.inside = true;
            each_rule(segment_, side.zone, [&](const ActiveRule& active) {
                side.rule = active.number;
                if (!before || !saw(active, side.zone, *before))
                    state_.sides.insert(find(side), side);
            });
        }
        state_.zone_rules = segment_.zone_rules;
    }

    void move(const std::vector<std::uint32_t>& holding) {
        for (Side& side : state_.sides) {
            const std::uint32_t version = table_.zone_at(side.zone, p_.ts_ms);
            const bool held = std::binary_search(holding.begin(), holding.end(), version);
            const ActiveRule& active = *segment_.find(side.rule);
            see(side, side.inside ? !held && is_far(version, active) : held, active, version);
        }
        for (const std::uint32_t version : holding) {
            Side outside;
            outside.zone = table_.zones()[version].number;
            each_rule(segment_, outside.zone, [&](const ActiveRule& active) {
                outside.rule = active.number;
                const auto at = find(outside);
                if (at != state_.sides.end() && place(*at) == place(outside)) return;
                Side entering = outside;
                see(entering, true, active, version);
                state_.sides.insert(at, entering);
            });
        }
        drop_outside();
    }

    /// The point is where the one before was, so whatever was on its way over an edge still is.
    void stay() {
        for (Side& side : state_.sides)
            if (side.pending)
                see(side, true, *segment_.find(side.rule), table_.zone_at(side.zone, p_.ts_ms));
        drop_outside();
    }

  private:
    std::vector<Side>::iterator find(const Side& side) {
        return std::lower_bound(
            state_.sides.begin(), state_.sides.end(), place(side),
            [](const Side& a, const auto& wanted) { return place(a) < wanted; });
    }

    /// Whether a rule knows on which side of a zone the device was at the point before.
    [[nodiscard]] bool saw(const ActiveRule& active, std::uint32_t zone, const Fix& before) const {
        if (!std::binary_search(state_.zone_rules.begin(), state_.zone_rules.end(), active.number))
            return false;
        const std::uint32_t version = table_.rule_at(active.number, before.ts_ms);
        return version != RuleTable::kNone &&
               condition_of(table_.rules()[version].rule) == active.condition &&
               table_.watches(version, zone) &&
               table_.zone_at(zone, before.ts_ms) != RuleTable::kNone;
    }

    /// Whether a point outside is far enough from the zone for an exit.
    [[nodiscard]] bool is_far(std::uint32_t version, const ActiveRule& active) const {
        const std::int64_t margin = std::max<std::int64_t>(
            table_.zones()[version].zone.exit_margin_mm, active.rule->hysteresis);
        return margin <= 0 || table_.distance_mm(version, p_.at) > static_cast<double>(margin);
    }

    /// The point is on the `other` side of the zone, or not.
    void see(Side& side, bool other, const ActiveRule& active, std::uint32_t version) {
        if (!other) {
            side.pending.reset();
            side.suppressed = false;
            return;
        }
        if (!side.pending) {
            side.pending = p_;
            side.suppressed = in_cool_down(state_, side.rule, side.zone, p_.ts_ms);
        }
        const model::Rule& rule = *active.rule;
        const std::int64_t confirm =
            std::max(table_.zones()[version].zone.confirm_ms, rule.min_duration_ms);
        if (p_.ts_ms - side.pending->ts_ms < confirm) return;
        const Fix first = *side.pending;
        side.inside = !side.inside;
        side.pending.reset();
        const bool wanted = side.inside == (rule.type == model::RuleType::zone_enter) &&
                            !side.suppressed &&
                            (!rule.hours || model::awake(*rule.hours, first.ts_ms));
        side.suppressed = false;
        if (!wanted) return;
        model::AlertRun alert;
        alert.rule = side.rule;
        alert.zone = side.zone;
        alert.start_ms = first.ts_ms;
        alert.end_ms = first.ts_ms;
        alert.at = first.at;
        alert.severity = model::grade(rule, 0, 0);
        add_alert(result_, std::move(alert));
        cool_down(state_, side.rule, side.zone, first.ts_ms, rule.cool_down_ms, p_.ts_ms);
    }

    void drop_outside() {
        std::erase_if(state_.sides, [](const Side& s) { return !s.inside && !s.pending; });
    }

    DeviceState& state_;
    DayResult& result_;
    const Segment& segment_;
    const RuleTable& table_;
    const Fix& p_;
};

}  // namespace

void cross_zones(DeviceState& state, DayResult& result, const Segment& segment,
                 const RuleTable& table, const std::optional<Fix>& before, const Fix& p,
                 bool same_rules) {
    Crossings crossings(state, result, segment, table, p);
    if (same_rules && before && before->at == p.at) {
        crossings.stay();
        return;
    }
    // Grows to the largest number of zones that hold one place, and stays.
    thread_local std::vector<std::uint32_t> holding;
    table.containing(p.at, p.ts_ms, holding);
    if (!same_rules) crossings.change_rules(before, holding);
    if (holding.empty() && state.sides.empty()) return;
    crossings.move(holding);
}

}  // namespace fleet::fold
