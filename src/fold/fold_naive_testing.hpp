// SPDX-License-Identifier: Apache-2.0
// docs/fold.md written down a second time: with the whole history at hand, without running state,
// as slow as it likes. For tests.
#pragma once

#include "fold/fold_testing.hpp"
#include "geo/zone_index.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace fleet::fold::testing {

using model::AlertRun;
using model::Sample;
using model::Stop;
using model::Trip;
using model::TripEnd;
using model::TripStart;

/// Hours of one device-day from all its rows.
inline model::DayHours naive_hours(std::span<const Sample> rows) {
    model::DayHours hours{};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Sample& row = rows[i];
        model::HourStats& hour = hours[static_cast<std::size_t>(row.ts_ms % kMsPerDay / kHour)];
        hour.records += 1;
        hour.active_devices = 1;
        for (const auto& [field, stats] :
             std::map<Field, model::MetricStats*>{{Field::speed, &hour.speed},
                                                  {Field::battery, &hour.battery},
                                                  {Field::temp, &hour.temp},
                                                  {Field::humidity, &hour.humidity}})
            if (row.has(field)) stats->add(row.value(field));
        if (!row.has(Field::lat)) continue;
        std::size_t before = i;
        while (before > 0 && !rows[before - 1].has(Field::lat)) --before;
        if (before == 0) continue;
        const Sample& from = rows[before - 1];
        const std::int64_t mm =
            std::llround(geo::distance_m({from.value(Field::lat), from.value(Field::lon)},
                                         {row.value(Field::lat), row.value(Field::lon)}) *
                         1'000);
        const std::int64_t dt = row.ts_ms - from.ts_ms;
        hour.legs.distance_mm += mm;
        if (dt > 600'000 || mm * 36 > 3'000 * dt) hour.legs.gap_mm += mm;
    }
    return hours;
}

struct NaiveTrips {
    const std::vector<Sample> points;
    std::vector<Trip> trips;
    std::vector<Stop> stops;
    std::size_t shifts = 0;  ///< still periods that ended with another
    std::size_t floors = 0;  ///< trips that start after the last point at the anchor

    explicit NaiveTrips(std::vector<Sample> of) : points(std::move(of)) {
        if (!points.empty()) still(0, 0, 1);
    }

    [[nodiscard]] std::int64_t ms(std::size_t i) const { return points[i].ts_ms; }
    [[nodiscard]] GeoPoint at(std::size_t i) const {
        return {points[i].value(Field::lat), points[i].value(Field::lon)};
    }
    [[nodiscard]] std::int64_t dist(std::size_t a, std::size_t b) const {
        return apart_mm(at(a), at(b));
    }
    [[nodiscard]] bool silence_before(std::size_t i) const { return ms(i) - ms(i - 1) > kHour; }
    [[nodiscard]] bool midnight_before(std::size_t i) const {
        return ms(i) / kMsPerDay != ms(i - 1) / kMsPerDay;
    }

    /// Whether points without a break of the speed run, begun after `after`, reach 60 s at `i`.
    [[nodiscard]] bool has_run(std::size_t after, std::size_t i) const {
        for (std::size_t first = after + 1; first <= i; ++first) {
            if (!fast(first) || ms(i) - ms(first) < 60'000) continue;
            bool unbroken = true;
            for (std::size_t j = first + 1; j <= i; ++j)
                unbroken =
                    unbroken && !silence_before(j) && (!points[j].has(Field::speed) || fast(j));
            if (unbroken) return true;
        }
        return false;
    }
    [[nodiscard]] bool fast(std::size_t i) const {
        return points[i].has(Field::speed) && points[i].value(Field::speed) > 500;
    }

    /// Whether a stop away from the anchor is certain at `i`, and then its first point.
    [[nodiscard]] std::optional<std::size_t> shifted(std::size_t anchor, std::size_t after,
                                                     std::size_t i) const {
        std::size_t first = i;  // of the points since the last one at the anchor, of one day
        while (first > after && dist(anchor, first) > 50'000 &&
               ms(first) / kMsPerDay == ms(i) / kMsPerDay)
            --first;
        if (++first > i) return std::nullopt;
        std::size_t candidate = first;
        for (std::size_t j = first; j <= i; ++j)
            if (dist(candidate, j) > 50'000) candidate = j;
        if (ms(i) - ms(candidate) < 180'000) return std::nullopt;
        return candidate;
    }

    /// Still about `anchor`, with all points before `next` seen; the last of them, `seen`, is the
    /// one at which this still period was noticed.
    void still(std::size_t anchor, std::size_t seen, std::size_t next) {
        while (true) {
            std::size_t i = next;
            while (i < points.size() && !(silence_before(i) && dist(anchor, i) >= 200'000) &&
                   dist(anchor, i) < 200'000 && !has_run(seen, i) && !shifted(anchor, seen, i))
                ++i;
            std::size_t there = i - 1;
            while (there > seen && dist(anchor, there) > 50'000) --there;
            if (ms(there) - ms(anchor) >= 180'000)
                stops.push_back({ms(anchor), ms(there), at(anchor), i == points.size()});
            if (i == points.size()) return;
            const bool far = dist(anchor, i) >= 200'000;
            if (silence_before(i) && far) {
                anchor = i;
            } else if (far || has_run(seen, i)) {
                std::size_t start = i;  // the latest of those that it must not precede
                while (start > there && !silence_before(start) && !midnight_before(start)) --start;
                if (start > there) ++floors;
                return moving(start, i, far ? TripStart::distance : TripStart::speed);
            } else {
                anchor = *shifted(anchor, seen, i);
                ++shifts;
            }
            seen = i;
            next = i + 1;
        }
    }

    void moving(std::size_t start, std::size_t candidate, TripStart why) {
        for (std::size_t i = candidate + 1; i < points.size(); ++i) {
            if (silence_before(i)) {
                report(start, i - 1, why, TripEnd::silence);
                return still(i, i, i + 1);
            }
            if (midnight_before(i)) {
                report(start, i - 1, why, TripEnd::midnight);
                return moving(i, i, TripStart::midnight);
            }
            if (dist(candidate, i) > 50'000) {
                candidate = i;
            } else if (ms(i) - ms(candidate) >= 180'000) {
                report(start, candidate, why, TripEnd::stop);
                return still(candidate, i, i + 1);
            }
        }
        report(start, points.size() - 1, why, TripEnd::open);
    }

    void report(std::size_t start, std::size_t end, TripStart why, TripEnd ended) {
        if (start == end) return;
        Trip trip;
        trip.start_ms = ms(start);
        trip.end_ms = ms(end);
        trip.from = at(start);
        trip.to = at(end);
        trip.start_reason = why;
        trip.end_reason = ended;
        for (std::size_t i = start; i <= end; ++i) {
            if (points[i].has(Field::speed))
                trip.max_speed =
                    std::max(trip.max_speed.value_or(0), points[i].value(Field::speed));
            if (i == start) continue;
            trip.distance_mm += dist(i - 1, i);
            if (ms(i) - ms(i - 1) > 600'000 || dist(i - 1, i) * 36 > 3'000 * (ms(i) - ms(i - 1)))
                trip.gap_mm += dist(i - 1, i);
        }
        trips.push_back(trip);
    }
};

/// A history with everything that its alerts depend on.
struct World {
    model::Rows rows;
    std::vector<RuleVersion> rules;
    std::vector<ZoneVersion> zones;
    std::set<Day> south;  ///< days in the other fleet

    [[nodiscard]] std::string fleet(Day day) const {
        return south.contains(day) ? "south" : "north";
    }
    [[nodiscard]] const Rule* rule_at(std::uint32_t number, std::int64_t ms) const {
        const auto named = [](const std::vector<std::string>& names, const std::string& name) {
            return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
        };
        for (const RuleVersion& v : rules)
            if (v.number == number && v.from_ms <= ms && ms < v.to_ms &&
                named(v.rule.fleets, fleet(day_of({ms}))) && named(v.rule.devices, "V-1"))
                return &v.rule;
        return nullptr;
    }
    [[nodiscard]] const ZoneVersion* zone_at(std::uint32_t number, std::int64_t ms) const {
        for (const ZoneVersion& v : zones)
            if (v.number == number && v.from_ms <= ms && ms < v.to_ms) return &v;
        return nullptr;
    }
};

inline bool same_kind(const Rule& a, const Rule& b) {
    return a.type == b.type &&
           (a.type != RuleType::threshold || (a.metric == b.metric && a.above == b.above));
}

class NaiveAlerts {
  public:
    explicit NaiveAlerts(const World& world) : world_(world), rows_(world.rows.samples) {
        std::set<std::uint32_t> numbers;
        std::set<std::uint32_t> zones;
        for (const RuleVersion& v : world.rules) numbers.insert(v.number);
        for (const ZoneVersion& v : world.zones) {
            zones.insert(v.number);
            const model::Shape* shape = &v.zone.shape;
            shapes_.emplace(&v, std::make_unique<geo::ZoneIndex>(std::span(&shape, 1)));
        }
        for (const std::uint32_t rule : numbers) {
            runs(rule);
            for (const std::uint32_t zone : zones) crossings(rule, zone);
        }
        std::sort(alerts.begin(), alerts.end(), [](const AlertRun& a, const AlertRun& b) {
            return std::tuple(a.start_ms, a.rule, a.zone) < std::tuple(b.start_ms, b.rule, b.zone);
        });
    }

    std::vector<AlertRun> alerts;

  private:
    static bool is_awake(const Rule& rule, std::int64_t ms) {
        return !rule.hours || model::awake(*rule.hours, ms);
    }

    [[nodiscard]] std::optional<GeoPoint> place(std::size_t i) const {
        for (std::size_t j = i + 1; j > 0; --j)
            if (rows_[j - 1].has(Field::lat))
                return GeoPoint{rows_[j - 1].value(Field::lat), rows_[j - 1].value(Field::lon)};
        return std::nullopt;
    }

    /// The value of a row for a type of rule; alarms are numbers of the text pool, 0: none.
    [[nodiscard]] std::optional<std::int64_t> value(const Rule& rule, std::size_t i) const {
        const auto metric = [&](Field field) -> std::optional<std::int64_t> {
            if (!rows_[i].has(field)) return std::nullopt;
            return rows_[i].value(field);
        };
        switch (rule.type) {
            case RuleType::overspeed: return metric(Field::speed);
            case RuleType::low_battery: return metric(Field::battery);
            case RuleType::temp_high:
            case RuleType::temp_low: return metric(Field::temp);
            case RuleType::threshold: return metric(rule.metric);
            case RuleType::device_alarm: return rows_[i].alarm;
            case RuleType::zone_enter:
            case RuleType::zone_exit:
            case RuleType::offline: return std::nullopt;
            case RuleType::gps_jump: break;
        }
        if (i == 0 || !rows_[i].has(Field::lat)) return std::nullopt;
        for (std::size_t j = i; j > 0; --j) {
            if (!rows_[j - 1].has(Field::lat)) continue;
            const std::int64_t dt = rows_[i].ts_ms - rows_[j - 1].ts_ms;
            if (rows_[i].ts_ms / kMsPerDay != rows_[j - 1].ts_ms / kMsPerDay) return std::nullopt;
            const std::int64_t twice = apart_mm(*place(j - 1), *place(i)) * 720 / dt;
            return std::min<std::int64_t>((twice + 1) / 2, 2'147'483'647);
        }
        return std::nullopt;
    }

    static bool is_above(const Rule& rule) {
        if (rule.type == RuleType::threshold) return rule.above;
        return rule.type != RuleType::low_battery && rule.type != RuleType::temp_low;
    }

    static bool meets(const Rule& rule, std::int64_t value, std::int32_t slack) {
        if (rule.type == RuleType::device_alarm) return value != 0;
        return is_above(rule) ? value > std::int64_t{rule.limit} - slack
                              : value < std::int64_t{rule.limit} + slack;
    }

    void runs(std::uint32_t number) {
        std::optional<std::pair<std::int64_t, std::int64_t>> last;  // end and cool-down
        for (std::size_t i = 0; i < rows_.size();) {
            const Rule* rule = world_.rule_at(number, rows_[i].ts_ms);
            const auto first = rule != nullptr ? value(*rule, i) : std::nullopt;
            if (!first || !is_awake(*rule, rows_[i].ts_ms) || !meets(*rule, *first, 0)) {
                ++i;
                continue;
            }
            std::vector<std::size_t> members{i};
            std::size_t j = i + 1;
            for (; j < rows_.size(); ++j) {
                const Rule* now = world_.rule_at(number, rows_[j].ts_ms);
                if (now == nullptr || !same_kind(*now, *rule)) break;
                const auto v = value(*now, j);
                if (!v) continue;
                if (!is_awake(*now, rows_[j].ts_ms) || !meets(*now, *v, now->hysteresis)) break;
                if (now->type == RuleType::device_alarm && *v != *first) break;
                members.push_back(j);
            }
            if (!last || rows_[i].ts_ms - last->first >= last->second) {
                if (auto alert = alert_of(number, members)) {
                    if (j < rows_.size()) {
                        alert->end_ms = rows_[members.back()].ts_ms;
                        last = {*alert->end_ms, last_rule(number, members).cool_down_ms};
                    }
                    alerts.push_back(*alert);
                }
            }
            i = j;
        }
    }

    [[nodiscard]] const Rule& last_rule(std::uint32_t number,
                                        const std::vector<std::size_t>& members) const {
        return *world_.rule_at(number, rows_[members.back()].ts_ms);
    }

    [[nodiscard]] std::optional<AlertRun> alert_of(std::uint32_t number,
                                                   const std::vector<std::size_t>& members) const {
        const std::int64_t start = rows_[members.front()].ts_ms;
        bool lasted = false;
        AlertRun alert;
        for (const std::size_t m : members) {
            const Rule& rule = *world_.rule_at(number, rows_[m].ts_ms);
            lasted = lasted || rows_[m].ts_ms - start >= rule.min_duration_ms;
            if (rule.type == RuleType::device_alarm) continue;
            const auto v = static_cast<std::int32_t>(*value(rule, m));
            const std::int32_t peak = alert.peak.value_or(v);
            alert.peak = is_above(rule) ? std::max(peak, v) : std::min(peak, v);
        }
        if (!lasted) return std::nullopt;
        alert.rule = number;
        alert.start_ms = start;
        alert.at = place(members.front());
        if (alert.peak) alert.limit = world_.rule_at(number, start)->limit;
        alert.severity = model::grade(last_rule(number, members), alert.limit.value_or(0),
                                      alert.peak.value_or(0));
        alert.alarm = alert.peak ? "" : world_.rows.texts.text(rows_[members.front()].alarm);
        return alert;
    }

    /// The rule, if it watches the zone and both hold at a time.
    [[nodiscard]] const Rule* watching(std::uint32_t number, std::uint32_t zone,
                                       std::int64_t ms) const {
        const Rule* rule = world_.rule_at(number, ms);
        const ZoneVersion* z = world_.zone_at(zone, ms);
        if (rule == nullptr || z == nullptr || !rule->crosses_zones()) return nullptr;
        const auto& ids = rule->zones;
        return ids.empty() || std::find(ids.begin(), ids.end(), z->zone.id) != ids.end() ? rule
                                                                                         : nullptr;
    }

    void crossings(std::uint32_t number, std::uint32_t zone) {
        std::vector<std::size_t> points;
        for (std::size_t i = 0; i < rows_.size(); ++i)
            if (rows_[i].has(Field::lat)) points.push_back(i);
        std::optional<std::pair<std::int64_t, std::int64_t>> last;
        for (std::size_t i = 0; i < points.size();) {
            const Rule* rule = watching(number, zone, rows_[points[i]].ts_ms);
            if (rule == nullptr) {
                ++i;
                continue;
            }
            std::size_t j = i + 1;  // points i … j − 1 are seen by one rule
            while (j < points.size()) {
                const Rule* now = watching(number, zone, rows_[points[j]].ts_ms);
                if (now == nullptr || !same_kind(*now, *rule)) break;
                ++j;
            }
            cross(number, zone, std::span(points).subspan(i, j - i), last);
            i = j;
        }
    }

    [[nodiscard]] bool is_inside(std::uint32_t zone, std::size_t row) const {
        return shapes_.at(world_.zone_at(zone, rows_[row].ts_ms))->contains(0, *place(row));
    }

    [[nodiscard]] bool is_other(std::uint32_t number, std::uint32_t zone, bool inside,
                                std::size_t row) const {
        if (!inside) return is_inside(zone, row);
        const ZoneVersion* z = world_.zone_at(zone, rows_[row].ts_ms);
        const Rule* rule = world_.rule_at(number, rows_[row].ts_ms);
        const std::int64_t margin =
            std::max<std::int64_t>(z->zone.exit_margin_mm, rule->hysteresis);
        return !is_inside(zone, row) &&
               (margin == 0 ||
                shapes_.at(z)->distance_m(0, *place(row)) * 1000.0 > static_cast<double>(margin));
    }

    void cross(std::uint32_t number, std::uint32_t zone, std::span<const std::size_t> points,
               std::optional<std::pair<std::int64_t, std::int64_t>>& last) {
        bool inside = is_inside(zone, points[0]);
        for (std::size_t p = 1; p < points.size();) {
            std::optional<std::size_t> confirmed;
            std::size_t q = p;
            for (; q < points.size() && is_other(number, zone, inside, points[q]); ++q) {
                const std::int64_t ms = rows_[points[q]].ts_ms;
                if (ms - rows_[points[p]].ts_ms >=
                    std::max(world_.zone_at(zone, ms)->zone.confirm_ms,
                             world_.rule_at(number, ms)->min_duration_ms)) {
                    confirmed = q;
                    break;
                }
            }
            if (!confirmed) {
                p = q + 1;  // q is on this side, or the end
                continue;
            }
            inside = !inside;
            const std::size_t row = points[p];
            const std::int64_t start = rows_[row].ts_ms;
            const Rule& rule = *world_.rule_at(number, rows_[points[*confirmed]].ts_ms);
            p = *confirmed + 1;
            if (inside != (rule.type == RuleType::zone_enter) || !is_awake(rule, start) ||
                (last && start - last->first < last->second))
                continue;
            AlertRun alert;
            alert.rule = number;
            alert.zone = zone;
            alert.start_ms = start;
            alert.end_ms = start;
            alert.at = place(row);
            alert.severity = model::grade(rule, 0, 0);
            alerts.push_back(alert);
            last = {start, rule.cool_down_ms};
        }
    }

    const World& world_;
    const std::vector<Sample>& rows_;
    std::map<const ZoneVersion*, std::unique_ptr<geo::ZoneIndex>> shapes_;
};

}  // namespace fleet::fold::testing
