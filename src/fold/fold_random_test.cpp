// SPDX-License-Identifier: Apache-2.0
// The fold against docs/fold.md written down a second time: with the whole history at hand, without
// running state, as slow as it likes.
#include "fold/day_fold.hpp"
#include "fold/fold_testing.hpp"
#include "fold/hours.hpp"
#include "geo/zone_index.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>

namespace fleet::fold::testing {
namespace {

using model::AlertRun;
using model::Sample;
using model::Stop;
using model::Trip;
using model::TripEnd;
using model::TripStart;

// --- the second implementation ---

struct NaiveTrips {
    const std::vector<Sample> points;
    std::vector<Trip> trips;
    std::vector<Stop> stops;

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

    /// Still about `anchor`, with all points before `next` seen; the last of them, `seen`, is the
    /// one at which this still period was noticed.
    void still(std::size_t anchor, std::size_t seen, std::size_t next) {
        while (true) {
            std::size_t i = next;
            while (i < points.size() && !(silence_before(i) && dist(anchor, i) >= 200'000) &&
                   dist(anchor, i) < 200'000 && !has_run(seen, i))
                ++i;
            std::size_t there = i - 1;
            while (there > seen && dist(anchor, there) > 50'000) --there;
            if (ms(there) - ms(anchor) >= 180'000)
                stops.push_back({ms(anchor), ms(there), at(anchor), i == points.size()});
            if (i == points.size()) return;
            if (!(silence_before(i) && dist(anchor, i) >= 200'000)) {
                const TripStart why =
                    dist(anchor, i) >= 200'000 ? TripStart::distance : TripStart::speed;
                return moving(there, i, why);
            }
            anchor = seen = i;
            next = i + 1;
        }
    }

    void moving(std::size_t start, std::size_t candidate, TripStart why) {
        for (std::size_t i = candidate + 1; i < points.size(); ++i) {
            if (silence_before(i)) {
                report(start, i - 1, why, TripEnd::silence);
                return still(i, i, i + 1);
            }
            if (ms(i) / kMsPerDay != ms(i - 1) / kMsPerDay) {
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
            if (i == start || ms(i) / kMsPerDay != ms(i - 1) / kMsPerDay) continue;
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

bool same_kind(const Rule& a, const Rule& b) {
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
            case RuleType::zone_exit: return std::nullopt;
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

// --- random worlds ---

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}
    std::int64_t upto(std::int64_t most) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most + 1));
    }
    std::int64_t between(std::int64_t least, std::int64_t most) {
        return least + upto(most - least);
    }
    bool chance(int percent) { return upto(99) < percent; }
    template <class Item>
    const Item& one_of(const std::vector<Item>& items) {
        return items[static_cast<std::size_t>(upto(static_cast<std::int64_t>(items.size()) - 1))];
    }

  private:
    std::mt19937_64 random_;
};

constexpr std::int64_t kSpan = 3 * kMsPerDay;

/// Three days of phases: parked with noise, driving, silent, creeping; with metrics that wander
/// about the limits.
model::Rows random_rows(Dice& dice) {
    History h;
    std::int64_t ts = kMidnight + dice.between(18 * kHour, kMsPerDay);
    GeoPoint at = north(kHome, static_cast<double>(dice.between(-2'000, 2'000)));
    std::int64_t speed = 0;
    std::int64_t battery = 5'000;
    std::int64_t temp = 2'000;
    std::string alarm;
    while (ts < kMidnight + kSpan) {
        const std::int64_t phase = dice.upto(9);
        const std::int64_t rows = dice.between(1, 60);
        for (std::int64_t i = 0; i < rows && ts < kMidnight + kSpan; ++i) {
            std::int64_t wait = dice.one_of<std::int64_t>({1, 5'000, 10'000, 30'000, 60'000});
            std::int64_t reach = 0;
            if (phase < 3) {
                reach = dice.one_of<std::int64_t>({0, 20, 150});  // parked
                speed = dice.chance(80) ? 0 : dice.upto(800);
                wait = dice.one_of<std::int64_t>({10'000, 60'000, 180'000, 5 * kMinute});
            } else if (phase < 7) {
                reach = dice.one_of<std::int64_t>({300, 500, 1'500, 3'000});
                speed = std::clamp<std::int64_t>(speed + dice.between(-3'000, 3'500), 0, 16'000);
            } else if (phase == 7) {
                reach = 200;  // creeping
                speed = dice.between(300, 900);
            } else if (phase == 8 && i == 0) {
                wait = dice.one_of<std::int64_t>({kHour, kHour + 1, kHour + 1, 7 * kHour});
                reach = dice.one_of<std::int64_t>({0, 100, 5'000, 400'000});
            }
            ts += wait;
            if (dice.chance(kMsPerDay - ts % kMsPerDay < kHour ? 5 : 0))
                ts = (ts / kMsPerDay + 1) * kMsPerDay + dice.between(-1, 1);
            if (dice.chance(1)) reach = 300'000;
            const auto step = [&] {
                return static_cast<std::int32_t>(dice.between(-reach, reach));
            };
            // Back towards home, so that zones are crossed often.
            if (std::abs(at.lat - kHome.lat) > 40'000 || std::abs(at.lon - kHome.lon) > 40'000)
                at = north(kHome, static_cast<double>(dice.between(-1'500, 1'500)));
            at = {at.lat + step(), at.lon + step()};
            battery = std::clamp<std::int64_t>(battery + dice.between(-700, 690), 0, 10'000);
            temp = std::clamp<std::int64_t>(temp + dice.between(-800, 800), -4'000, 6'000);
            if (dice.chance(20)) alarm = dice.one_of<std::string>({"", "", "sos", "tow"});
            if (ts >= kMidnight + kSpan) break;
            h.row(ts);
            if (dice.chance(85)) h.place(at);
            if (dice.chance(80)) h.set(Field::speed, static_cast<std::int32_t>(speed));
            if (dice.chance(60)) h.set(Field::battery, static_cast<std::int32_t>(battery));
            if (dice.chance(60)) h.set(Field::temp, static_cast<std::int32_t>(temp));
            if (!alarm.empty()) h.alarm(alarm);
        }
    }
    return h.rows();
}

Rule random_rule(Dice& dice, RuleType type) {
    Rule rule = model::default_rule(type);
    const auto duration = [&] {
        return dice.one_of<std::int64_t>({0, 0, 10'000, 60'000, 20 * kMinute});
    };
    rule.min_duration_ms = duration();
    rule.cool_down_ms = dice.one_of<std::int64_t>({0, 0, 60'000, kHour, kMsPerDay});
    if (type == RuleType::threshold) {
        rule.metric = dice.one_of<Field>({Field::speed, Field::battery, Field::temp});
        rule.above = dice.chance(50);
        rule.limit = static_cast<std::int32_t>(dice.between(0, 9'000));
        rule.hysteresis = static_cast<std::int32_t>(dice.one_of<std::int64_t>({0, 300, 2'000}));
    } else if (rule.crosses_zones()) {
        rule.hysteresis =
            static_cast<std::int32_t>(dice.one_of<std::int64_t>({0, 0, 50'000, 400'000}));
        if (dice.chance(40)) rule.zones = {"z1", "z3", "z-unknown"};
    } else if (dice.chance(50)) {
        rule.limit += static_cast<std::int32_t>(dice.between(-3'000, 1'000));
    }
    if (dice.chance(20)) rule.severity = dice.one_of<Severity>({Severity::low, Severity::high});
    if (dice.chance(15)) rule.fleets = {dice.chance(70) ? "north" : "south"};
    if (dice.chance(10)) rule.devices = {dice.chance(70) ? "V-1" : "V-2", "V-3"};
    if (dice.chance(20)) {
        rule.hours.emplace();
        rule.hours->time_zone = "Somewhere";
        rule.hours->offsets = {{0, static_cast<std::int32_t>(dice.between(-720, 720))},
                               {static_cast<std::int32_t>((kMidnight + kMsPerDay) / kMinute), 60}};
        for (std::size_t m = 0; m < rule.hours->minutes.size(); ++m)
            rule.hours->minutes[m] = m % 1'440 > 300;
    }
    return rule;
}

model::Shape random_shape(Dice& dice) {
    const GeoPoint centre = north(kHome, static_cast<double>(dice.between(-1'500, 1'500)));
    const auto size = static_cast<std::int32_t>(dice.between(1'000, 15'000));
    if (dice.chance(50)) return model::Circle{centre, std::int64_t{size} * 100};
    return model::Polygons{{{{centre.lat, centre.lon},
                             {centre.lat, centre.lon + size},
                             {centre.lat + size, centre.lon + size / 2}}}};
}

World random_world(Dice& dice) {
    World world;
    world.rows = random_rows(dice);
    for (std::uint16_t d = 0; d < 3; ++d)
        if (dice.chance(20)) world.south.insert(Day{static_cast<std::uint16_t>(20'000 + d)});
    const auto moment = [&] {  // often exactly that of a row
        return dice.chance(50) ? dice.one_of(world.rows.samples).ts_ms
                               : kMidnight + dice.upto(kSpan);
    };
    std::vector<RuleType> types;
    for (std::size_t t = 0; t < model::kRuleTypeCount; ++t)
        types.push_back(static_cast<RuleType>(t));
    for (std::uint32_t number = 1; number <= 14; ++number) {
        const RuleType type = number <= types.size() ? types[number - 1] : dice.one_of(types);
        RuleVersion v = version(number, random_rule(dice, type));
        v.rule.name = "rule-" + std::to_string(number);
        for (std::int64_t changes = dice.chance(60) ? 0 : dice.upto(3); changes > 0; --changes) {
            v.to_ms = moment();
            if (v.from_ms >= v.to_ms) break;
            world.rules.push_back(v);
            // Changed at once, or away for a while.
            v.from_ms = dice.chance(60) ? v.to_ms : std::max(v.to_ms, moment());
            v.rule = random_rule(dice, dice.chance(85) ? type : dice.one_of(types));
            v.rule.name = "rule-" + std::to_string(number);
        }
        v.to_ms = dice.chance(85) ? kForEver : moment();
        world.rules.push_back(v);
    }
    for (std::uint32_t number = 1; number <= 4; ++number) {
        ZoneVersion v = zone(number, random_shape(dice));
        const auto settings = [&] {
            v.zone.confirm_ms = dice.one_of<std::int64_t>({0, 0, 30'000, 10 * kMinute});
            v.zone.exit_margin_mm = dice.one_of<std::int64_t>({0, 0, 100'000});
        };
        settings();
        for (std::int64_t changes = dice.chance(60) ? 0 : dice.upto(2); changes > 0; --changes) {
            v.to_ms = moment();
            if (v.from_ms >= v.to_ms) break;
            world.zones.push_back(v);
            v.from_ms = dice.chance(60) ? v.to_ms : std::max(v.to_ms, moment());
            if (dice.chance(60)) v.zone.shape = random_shape(dice);
            settings();
        }
        v.to_ms = dice.chance(85) ? kForEver : moment();
        world.zones.push_back(v);
    }
    return world;
}

void reload(DeviceState& state, DayResult& result) {
    std::string bytes;
    state.encode(bytes);
    state = *DeviceState::decode(bytes);
    bytes.clear();
    encode_trips(result.trips, bytes);
    result.trips = *decode_trips(bytes);
    bytes.clear();
    encode_stops(result.stops, bytes);
    result.stops = *decode_stops(bytes);
    bytes.clear();
    encode_alerts(result.alerts, bytes);
    result.alerts = *decode_alerts(bytes);
}

std::string text(const AlertRun& a) {
    return "rule " + std::to_string(a.rule) + " zone " + std::to_string(a.zone) + " from " +
           std::to_string(a.start_ms) + " to " + std::to_string(a.end_ms.value_or(-1)) + " peak " +
           std::to_string(a.peak.value_or(-1)) + " " + std::string(name_of(a.severity));
}
template <class Item>
std::string text(const Item& item) {
    return "from " + std::to_string(item.start_ms) + " to " + std::to_string(item.end_ms);
}

template <class Item>
void expect_same(const std::vector<Item>& found, const std::vector<Item>& wanted,
                 const char* what) {
    for (std::size_t i = 0; i < std::min(found.size(), wanted.size()); ++i) {
        if (found[i] == wanted[i]) continue;
        FAIL() << what << ' ' << i << ": found " << text(found[i]) << ", wanted "
               << text(wanted[i]);
    }
    EXPECT_EQ(found.size(), wanted.size()) << what;
}

TEST(FoldRandom, EqualsTheDefinitionsHoweverRowsAreCut) {
    std::map<TripStart, std::size_t> starts;
    std::map<TripEnd, std::size_t> ends;
    std::size_t rows = 0;
    std::size_t stops = 0;
    std::map<RuleType, std::size_t> alerts;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Dice dice(seed);
        const World world = random_world(dice);
        const RuleSet rules(world.rules, world.zones);
        const FleetOf fleet_of = [&](Day day) { return world.fleet(day); };

        const Outcome whole = fold_all(world.rows, rules, fleet_of);
        std::vector<Sample> points;
        for (const Sample& row : world.rows.samples)
            if (row.has(Field::lat)) points.push_back(row);
        const NaiveTrips naive(points);
        expect_same(whole.trips(), naive.trips, "trip");
        expect_same(whole.stops(), naive.stops, "stop");
        const NaiveAlerts naive_alerts(world);
        expect_same(whole.alerts(), naive_alerts.alerts, "alert");
        if (HasFailure()) return;

        const auto compare = [&](const Cut& cut) {
            const Outcome cut_up = fold_all(world.rows, rules, fleet_of, cut);
            EXPECT_EQ(cut_up.days, whole.days);
            EXPECT_EQ(cut_up.states, whole.states);
        };
        compare([](DeviceState&, DayResult&) { return true; });  // an object for each row
        compare([&](DeviceState& state, DayResult& result) {
            if (!dice.chance(20)) return false;
            if (dice.chance(50)) reload(state, result);
            return true;
        });

        for (const Trip& trip : naive.trips) {
            ++starts[trip.start_reason];
            ++ends[trip.end_reason];
        }
        stops += naive.stops.size();
        rows += world.rows.size();
        for (const AlertRun& a : naive_alerts.alerts)
            ++alerts[world.rule_at(a.rule, a.start_ms)->type];
    }
    // The worlds are rich enough to mean something.
    EXPECT_GT(rows, 200'000U);
    EXPECT_GT(stops, 2'000U);
    EXPECT_EQ(starts.size(), 3U);
    EXPECT_EQ(ends.size(), 4U);
    for (const auto& [reason, count] : starts) EXPECT_GT(count, 100U) << name_of(reason);
    for (const auto& [reason, count] : ends) EXPECT_GT(count, 100U) << name_of(reason);
    EXPECT_EQ(alerts.size(), model::kRuleTypeCount);
    for (const auto& [type, count] : alerts) EXPECT_GT(count, 100U) << name_of(type);
}

TEST(FoldRandom, HoursAreThoseOfTheHoursAlone) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Dice dice(seed);
        const model::Rows rows = random_rows(dice);
        std::map<Day, std::vector<Sample>> by_day;
        for (const Sample& row : rows.samples) by_day[day_of({row.ts_ms})].push_back(row);
        const Outcome out = fold_all(rows, rule_set(model::built_in_rules()));
        for (const auto& [day, samples] : by_day)
            EXPECT_EQ(out.days.at(day).hours, refold(samples));
    }
}

TEST(FoldRandom, ADayIsAFunctionOfTheStateBeforeIt) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Dice dice(seed);
        const World world = random_world(dice);
        const RuleSet rules(world.rules, world.zones);
        const FleetOf fleet_of = [&](Day day) { return world.fleet(day); };
        const Outcome whole = fold_all(world.rows, rules, fleet_of);
        DeviceState before;
        for (const auto& [day, result] : whole.days) {
            DeviceState state = before;
            DayResult again;
            const auto day_rules = rules.for_day("V-1", world.fleet(day), day);
            DayFold fold(state, again, *day_rules);
            for (const Sample& row : world.rows.samples)
                if (day_of({row.ts_ms}) == day) fold.step(row, world.rows.texts);
            EXPECT_EQ(again, result);
            EXPECT_EQ(state, whole.states.at(day));
            before = state;
        }
    }
}

TEST(FoldRandom, ReportsOfTwoRangesAddUp) {
    const auto report = [](const Outcome& out, std::int64_t from, std::int64_t to) {
        std::tuple<std::size_t, std::int64_t, std::int64_t, std::int64_t> sum;
        for (const Trip& trip : out.trips()) {
            if (trip.start_ms < from || trip.start_ms >= to) continue;
            std::get<0>(sum) += 1;
            std::get<1>(sum) += trip.distance_mm;
            std::get<2>(sum) += trip.end_ms - trip.start_ms;
        }
        for (const auto& [day, result] : out.days)
            for (std::size_t hour = 0; hour < 24; ++hour)
                if (const std::int64_t at =
                        day.begin().ms + static_cast<std::int64_t>(hour) * kHour;
                    at >= from && at < to)
                    std::get<3>(sum) += result.hours[hour].legs.distance_mm;
        return sum;
    };
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Dice dice(seed);
        const model::Rows rows = random_rows(dice);
        const Outcome all = fold_all(rows, rule_set({}));
        const std::int64_t end = kMidnight + kSpan;
        const auto [count, mm, duration, legs] = report(all, kMidnight, end);
        std::int64_t sum = 0;
        const Sample* before = nullptr;
        for (const Sample& row : rows.samples) {
            if (!row.has(Field::lat)) continue;
            if (before != nullptr && before->ts_ms / kMsPerDay == row.ts_ms / kMsPerDay)
                sum += apart_mm({before->value(Field::lat), before->value(Field::lon)},
                                {row.value(Field::lat), row.value(Field::lon)});
            before = &row;
        }
        EXPECT_EQ(legs, sum);
        EXPECT_LE(mm, sum);  // trips do not overlap
        for (int i = 0; i < 20; ++i) {
            const std::int64_t cut = kMidnight + dice.upto(kSpan / kHour) * kHour;
            const auto [a_count, a_mm, a_duration, a_legs] = report(all, kMidnight, cut);
            const auto [b_count, b_mm, b_duration, b_legs] = report(all, cut, end);
            EXPECT_EQ(a_count + b_count, count);
            EXPECT_EQ(a_mm + b_mm, mm);
            EXPECT_EQ(a_duration + b_duration, duration);
            EXPECT_EQ(a_legs + b_legs, legs);
        }
        // What was known when the cut came stays as it was: what ended, ended.
        const std::size_t half = rows.samples.size() / 2;
        model::Rows first = rows;
        first.samples.resize(half);
        const Outcome early = fold_all(first, rule_set({}));
        std::vector<Trip> known = early.trips();
        if (early.state.open_trip()) known.pop_back();
        const std::vector<Trip> later = all.trips();
        ASSERT_LE(known.size(), later.size());
        EXPECT_TRUE(std::equal(known.begin(), known.end(), later.begin()));
    }
}

}  // namespace
}  // namespace fleet::fold::testing
