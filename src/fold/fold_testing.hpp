// SPDX-License-Identifier: Apache-2.0
// Histories of one device, and what the fold makes of them. For tests.
#pragma once

#include "fold/fold.hpp"
#include "geo/distance.hpp"
#include "model/record.hpp"
#include "model/week_hours.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace fleet::fold::testing {

using model::Field;
using model::GeoPoint;
using model::Rule;
using model::RuleType;
using model::Severity;

inline constexpr Day kDay{20'000};  ///< a Friday, 2024-10-04
inline constexpr std::int64_t kMidnight = 20'000 * kMsPerDay;
inline constexpr std::int64_t kSecond = kMsPerSecond;
inline constexpr std::int64_t kMinute = kMsPerMinute;
inline constexpr std::int64_t kHour = kMsPerHour;
inline constexpr std::int64_t kNoon = kMidnight + 12 * kHour;
inline constexpr GeoPoint kHome{48'000'000, 2'000'000};

inline std::int64_t apart_mm(GeoPoint a, GeoPoint b) {
    return geo::leg_mm({a.lat, a.lon}, {b.lat, b.lon});
}

/// A place roughly north of another whose distance is exactly `mm`. (A step of latitude is 111 mm;
/// so the right step of longitude has to be found.)
inline GeoPoint exactly(GeoPoint from, std::int64_t mm) {
    const auto north = static_cast<std::int32_t>(static_cast<double>(mm) / 111.195);
    for (std::int32_t lat = north; lat > north - 150; --lat)
        for (std::int32_t lon = 0; lon < 1'500; ++lon)
            if (const GeoPoint at{from.lat + lat, from.lon + lon}; apart_mm(from, at) == mm)
                return at;
    throw std::logic_error("no place at this distance");
}

/// A place about `metres` north of another.
inline GeoPoint north(GeoPoint from, double metres) {
    return {from.lat + static_cast<std::int32_t>(std::lround(metres / 0.111195)), from.lon};
}

/// Rows of one device in time order.
class History {
  public:
    History& row(std::int64_t ts_ms) {
        model::Sample sample;
        sample.ts_ms = ts_ms;
        rows_.samples.push_back(sample);
        return *this;
    }
    History& set(Field field, std::int32_t value) {
        rows_.samples.back().set(field, value);
        return *this;
    }
    History& alarm(std::string_view text) {
        rows_.samples.back().alarm = rows_.texts.intern(text);
        if (!text.empty()) rows_.samples.back().mask |= model::kAlarmBit;
        return *this;
    }
    History& place(GeoPoint at) { return set(Field::lat, at.lat).set(Field::lon, at.lon); }
    /// Speed in km/h; negative: none.
    History& point(std::int64_t ts_ms, GeoPoint at, double kmh = -1) {
        row(ts_ms).place(at);
        return kmh < 0 ? *this
                       : set(Field::speed, static_cast<std::int32_t>(std::lround(kmh * 100)));
    }
    History& speed(std::int64_t ts_ms, double kmh) {
        return row(ts_ms).set(Field::speed, static_cast<std::int32_t>(std::lround(kmh * 100)));
    }

    [[nodiscard]] const model::Rows& rows() const { return rows_; }
    [[nodiscard]] model::Rows& rows() { return rows_; }

  private:
    model::Rows rows_;
};

using FleetOf = std::function<std::string(Day)>;
inline std::string north_fleet(Day) { return "north"; }

/// Everything that a history gives.
struct Outcome {
    std::map<Day, DayResult> days;
    std::map<Day, DeviceState> states;  ///< at the end of each day
    DeviceState state;

    [[nodiscard]] std::vector<model::Trip> trips() const {
        auto all = gather(&DayResult::trips);
        if (const auto open = state.open_trip()) all.push_back(*open);
        return all;
    }
    [[nodiscard]] std::vector<model::Stop> stops() const {
        auto all = gather(&DayResult::stops);
        if (const auto open = state.open_stop()) all.push_back(*open);
        return all;
    }
    [[nodiscard]] std::vector<model::AlertRun> alerts() const {
        auto all = gather(&DayResult::alerts);
        state.open_alerts(all);
        std::sort(all.begin(), all.end(), [](const model::AlertRun& a, const model::AlertRun& b) {
            return std::tuple(a.start_ms, a.rule, a.zone) < std::tuple(b.start_ms, b.rule, b.zone);
        });
        return all;
    }

  private:
    template <class Item>
    std::vector<Item> gather(std::vector<Item> DayResult::* list) const {
        std::vector<Item> all;
        for (const auto& [day, result] : days)
            all.insert(all.end(), (result.*list).begin(), (result.*list).end());
        return all;
    }
};

/// `cut` is asked before each row but the first of a day whether a new DayFold begins there, and
/// may change the state and the result of the day by encoding and decoding them.
using Cut = std::function<bool(DeviceState&, DayResult&)>;

inline Outcome fold_all(const model::Rows& rows, const RuleSet& rules,
                        const FleetOf& fleet_of = north_fleet, const Cut& cut = {}) {
    Outcome out;
    for (std::size_t i = 0; i < rows.samples.size();) {
        const Day day = day_of({rows.samples[i].ts_ms});
        const auto day_rules = rules.for_day("V-1", fleet_of(day), day);
        DayResult& result = out.days[day];
        while (i < rows.samples.size() && day_of({rows.samples[i].ts_ms}) == day) {
            DayFold fold(out.state, result, *day_rules);
            do fold.step(rows.samples[i++], rows.texts);
            while (i < rows.samples.size() && day_of({rows.samples[i].ts_ms}) == day &&
                   !(cut && cut(out.state, result)));
        }
        out.states[day] = out.state;
    }
    return out;
}
inline Outcome fold_all(const History& history, const RuleSet& rules,
                        const FleetOf& fleet_of = north_fleet) {
    return fold_all(history.rows(), rules, fleet_of);
}

inline RuleVersion version(std::uint32_t number, Rule rule, std::int64_t from_ms = kAlways,
                           std::int64_t to_ms = kForEver) {
    if (rule.name.empty()) rule.name = "rule-" + std::to_string(number);
    return {number, from_ms, to_ms, std::move(rule)};
}
inline ZoneVersion zone(std::uint32_t number, model::Shape shape, std::int64_t from_ms = kAlways,
                        std::int64_t to_ms = kForEver) {
    ZoneVersion v{number, from_ms, to_ms, {}};
    v.zone.id = "z" + std::to_string(number);
    v.zone.shape = std::move(shape);
    return v;
}
/// Rules with numbers from 1 on.
inline RuleSet rule_set(const std::vector<Rule>& rules, std::vector<ZoneVersion> zones = {}) {
    std::vector<RuleVersion> versions;
    for (const Rule& rule : rules)
        versions.push_back(version(static_cast<std::uint32_t>(versions.size() + 1), rule));
    return RuleSet(std::move(versions), std::move(zones));
}
/// No duration, hysteresis or cool-down: an alert is a run.
inline Rule plain(RuleType type, std::int32_t limit) {
    Rule rule = model::default_rule(type);
    rule.limit = limit;
    rule.min_duration_ms = rule.cool_down_ms = rule.hysteresis = 0;
    return rule;
}

}  // namespace fleet::fold::testing
