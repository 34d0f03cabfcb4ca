// SPDX-License-Identifier: Apache-2.0
// The fold against its naive second implementation, on random histories.
#include "fold/fold_naive_testing.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>

namespace fleet::fold::testing {
namespace {

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
    std::size_t shifts = 0;
    std::size_t floors = 0;
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
        shifts += naive.shifts;
        floors += naive.floors;
        rows += world.rows.size();
        for (const AlertRun& a : naive_alerts.alerts)
            ++alerts[world.rule_at(a.rule, a.start_ms)->type];
    }
    // The worlds are rich enough to mean something.
    EXPECT_GT(rows, 200'000U);
    EXPECT_GT(stops, 2'000U);
    EXPECT_GT(shifts, 100U);
    EXPECT_GT(floors, 50U);
    EXPECT_EQ(starts.size(), 3U);
    EXPECT_EQ(ends.size(), 4U);
    for (const auto& [reason, count] : starts) EXPECT_GT(count, 100U) << name_of(reason);
    for (const auto& [reason, count] : ends) EXPECT_GT(count, 100U) << name_of(reason);
    EXPECT_EQ(alerts.size(), model::kRuleTypeCount - 1);  // all but OFFLINE
    for (const auto& [type, count] : alerts) EXPECT_GT(count, 100U) << name_of(type);
}

TEST(FoldRandom, HoursEqualTheDefinitions) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Dice dice(seed);
        const model::Rows rows = random_rows(dice);
        std::map<Day, std::vector<Sample>> by_day;
        for (const Sample& row : rows.samples) by_day[day_of({row.ts_ms})].push_back(row);
        const Outcome out = fold_all(rows, rule_set(model::built_in_rules()));
        for (const auto& [day, samples] : by_day)
            EXPECT_EQ(out.days.at(day).hours, naive_hours(samples));
    }
}

TEST(FoldRandom, NothingOverlapsAndTripsKnowNoMidnightAndNoSilence) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Dice dice(seed);
        const model::Rows rows = random_rows(dice);
        const Outcome out = fold_all(rows, rule_set({}));
        std::vector<std::pair<std::int64_t, std::int64_t>> spans;
        for (const Trip& trip : out.trips()) {
            EXPECT_EQ(trip.start_ms / kMsPerDay, trip.end_ms / kMsPerDay);
            spans.emplace_back(trip.start_ms, trip.end_ms);
            std::int64_t before = trip.start_ms;
            for (const Sample& row : rows.samples) {
                if (!row.has(Field::lat) || row.ts_ms <= before || row.ts_ms > trip.end_ms)
                    continue;
                EXPECT_LE(row.ts_ms - before, kHour) << text(trip);
                before = row.ts_ms;
            }
        }
        for (const Stop& stop : out.stops()) spans.emplace_back(stop.start_ms, stop.end_ms);
        std::sort(spans.begin(), spans.end());
        for (std::size_t i = 1; i < spans.size(); ++i)
            EXPECT_LE(spans[i - 1].second, spans[i].first);
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
