// SPDX-License-Identifier: Apache-2.0
// Trips, stops and alerts: with the built-in rules, which every store has.
#include "store/contract/contract.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fleet::store::contract {

using model::Field;
using model::RuleType;
using model::Severity;

namespace {

constexpr TimeRange kEver{Timestamp{0}, Timestamp{kMaxMs}};
constexpr std::int32_t kLat = 48'000'000;
constexpr std::int32_t kLon = 2'000'000;

/// A point on a road to the north, `metres` from its begin (1e-6 degree is 0.11 m).
model::Record on_road(std::string_view device, Timestamp at, std::int32_t metres,
                      std::int32_t speed) {
    return record_of(device, at,
                     {{Field::lat, kLat + metres * 9}, {Field::lon, kLon}, {Field::speed, speed}});
}

/// Ten minutes parked, ten minutes north at 60 km/h, ten minutes parked: a record a minute.
std::vector<model::Record> outing(std::string_view device, Timestamp from) {
    std::vector<model::Record> out;
    for (int minute = 0; minute <= 30; ++minute) {
        const int driven = std::clamp(minute - 10, 0, 10);
        const bool moves = minute > 10 && minute < 20;
        out.push_back(
            on_road(device, {from.ms + minute * kMsPerMinute}, driven * 1'000, moves ? 60'00 : 0));
    }
    return out;
}

/// Too fast for a minute with this peak (0.01 km/h), calm before and after.
std::vector<model::Record> dash(std::string_view device, Timestamp from, std::int32_t peak) {
    std::vector<model::Record> out;
    for (const auto& [second, speed] :
         {std::pair{-60, 50'00}, {0, peak - 5'00}, {20, peak}, {40, peak - 2'00}, {60, 40'00}})
        out.push_back(record_of(device, {from.ms + second * 1'000}, {{Field::speed, speed}}));
    return out;
}

Timestamp minutes_ago(std::int64_t now_ms, int minutes) {
    return {now_ms - minutes * kMsPerMinute};
}

template <class T>
std::string starts_of(const std::vector<T>& items, Timestamp zero) {
    std::string out;
    for (const T& item : items) {
        if constexpr (requires { item.start_ms; })
            out += fmt::format("{} ", (item.start_ms - zero.ms) / kMsPerMinute);
        else
            out += fmt::format("{} ", (item.start.ms - zero.ms) / kMsPerMinute);
    }
    return out;
}

}  // namespace

TEST_P(ReaderContract, WhatDoesNotExistIsNotFound) {
    put("north", dash("V-1", kNow, 130'00));
    EXPECT_EQ(reader().trips(all_, "nobody", kEver, {}).error().code, Code::not_found);
    EXPECT_EQ(reader().stops(all_, "nobody", kEver, {}).error().code, Code::not_found);
    EXPECT_EQ(reader().alerts(all_, "nowhere", {}, kEver, {}).error().code, Code::not_found);
    AlertFilter filter;
    filter.device = "nobody";
    EXPECT_EQ(reader().alerts(all_, "north", filter, kEver, {}).error().code, Code::not_found);
    EXPECT_EQ(reader().alert(all_, {1, 2}).error().code, Code::not_found);
}

TEST_P(ReaderContract, KnownAndNothingThereIsEmpty) {
    backend_->register_device("V-1", "north");
    EXPECT_TRUE(reader().trips(all_, "V-1", kEver, {})->items.empty());
    EXPECT_TRUE(reader().stops(all_, "V-1", kEver, {})->items.empty());
    EXPECT_TRUE(reader().alerts(all_, "north", {}, kEver, {})->items.empty());
    const DaySummary summary = *reader().summary(all_, "V-1", kToday);
    EXPECT_EQ(std::tuple(summary.trips, summary.stops, summary.moving_s), std::tuple(0U, 0U, 0));
    EXPECT_EQ(reader().kpis(all_, "north", kNow, kMsPerHour)->critical_alerts, 0U);
}

TEST_P(ReaderContract, AnOutingIsAStopATripAndAStop) {
    const Timestamp from = minutes_ago(kNow.ms, 60);
    put("north", outing("V-1", from));
    const auto trips = reader().trips(all_, "V-1", kEver, {})->items;
    ASSERT_EQ(trips.size(), 1U);
    EXPECT_EQ(trips[0].start_ms, from.ms + 10 * kMsPerMinute);
    EXPECT_EQ(trips[0].end_ms, from.ms + 20 * kMsPerMinute);
    EXPECT_EQ(trips[0].max_speed, 60'00);
    EXPECT_EQ(trips[0].from, (model::GeoPoint{kLat, kLon}));
    EXPECT_EQ(trips[0].to, (model::GeoPoint{kLat + 90'000, kLon}));
    EXPECT_NEAR(static_cast<double>(trips[0].distance_mm), 10'007'557, 10);  // 0.09° · π/180 · R
    EXPECT_EQ(trips[0].start_reason, model::TripStart::distance);
    EXPECT_EQ(trips[0].end_reason, model::TripEnd::stop);
    const auto stops = reader().stops(all_, "V-1", kEver, {})->items;
    ASSERT_EQ(stops.size(), 2U);
    EXPECT_EQ(stops[0].start_ms, from.ms);
    EXPECT_EQ(stops[0].end_ms, from.ms + 10 * kMsPerMinute);
    EXPECT_FALSE(stops[0].open);
    EXPECT_EQ(stops[1].start_ms, from.ms + 20 * kMsPerMinute);
    EXPECT_EQ(stops[1].end_ms, from.ms + 30 * kMsPerMinute);
    EXPECT_TRUE(stops[1].open);
    const DaySummary summary = *reader().summary(all_, "V-1", kToday);
    EXPECT_EQ(std::tuple(summary.trips, summary.stops, summary.moving_s), std::tuple(1U, 2U, 600));
    // By start, half-open.
    const auto count = [&](std::int64_t begin, std::int64_t end) {
        return reader().trips(all_, "V-1", {{begin}, {end}}, {})->items.size();
    };
    const std::int64_t start = trips[0].start_ms;
    EXPECT_EQ(count(start, start + 1), 1U);
    EXPECT_EQ(count(start - 100, start), 0U);
    EXPECT_EQ(count(start + 1, kMaxMs), 0U);
    EXPECT_EQ(reader().trips(all_, "V-1", {{2}, {1}}, {}).error().code, Code::invalid_argument);
    EXPECT_EQ(reader().stops(all_, "V-1", {{2}, {1}}, {}).error().code, Code::invalid_argument);
}

TEST_P(ReaderContract, ALateRecordMovesWhatItChanges) {
    const Timestamp from = minutes_ago(kNow.ms, 60);
    put("north", outing("V-1", from));
    // Half way there it stood for four minutes after all.
    std::vector<model::Record> late;
    for (int second = 0; second <= 240; second += 20)
        late.push_back(
            on_road("V-1", {from.ms + 15 * kMsPerMinute + 1 + second * 1'000}, 5'000, 0));
    put("north", late);
    backend_->disturb(0);
    // At 16, 17, 18, 19 min it is elsewhere: no stop, but the legs there and back are long.
    const DaySummary summary = *reader().summary(all_, "V-1", kToday);
    const auto trips = reader().trips(all_, "V-1", kEver, {})->items;
    EXPECT_EQ(summary.trips, trips.size());
    ASSERT_FALSE(trips.empty());
    EXPECT_GT(trips[0].distance_mm, 15'000'000);
}

TEST_P(ReaderContract, AnAlertTellsWhatHappenedAndIsFoundByItsId) {
    std::vector<model::Record> records = dash("V-1", kNow, 150'00);
    records[0].set(Field::lat, kLat);
    records[0].set(Field::lon, kLon);
    put("north", records);
    const std::vector<Alert> alerts = alerts_of("north");
    ASSERT_EQ(alerts.size(), 1U);
    const Alert& alert = alerts[0];
    EXPECT_EQ(alert.id, model::alert_id("overspeed", "V-1", "", kNow.ms));
    EXPECT_EQ(alert.fleet, "north");
    EXPECT_EQ(alert.device, "V-1");
    EXPECT_EQ(alert.rule, "overspeed");
    EXPECT_EQ(alert.type, RuleType::overspeed);
    EXPECT_EQ(alert.severity, Severity::high);
    EXPECT_EQ(alert.state, AlertState::open);
    EXPECT_EQ(alert.start, kNow);
    EXPECT_EQ(alert.end, (Timestamp{kNow.ms + 40'000}));
    EXPECT_EQ(alert.peak, 150'00);
    EXPECT_EQ(alert.limit, 110'00);
    EXPECT_EQ(alert.decimals, 2);
    EXPECT_EQ(alert.at, (model::GeoPoint{kLat, kLon}));
    EXPECT_EQ(alert.zone, "");
    EXPECT_FALSE(alert.retracted);
    EXPECT_TRUE(alert.actions.empty());
    EXPECT_EQ(*reader().alert(all_, alert.id), alert);
}

TEST_P(ReaderContract, AnAlertThatGoesOnHasNoEnd) {
    put("north", {record_of("V-1", kNow, {{Field::battery, 9'00}}),
                  record_of("V-1", {kNow.ms + 1'000}, {{Field::battery, 8'00}})});
    std::vector<Alert> alerts = alerts_of("north");
    ASSERT_EQ(alerts.size(), 1U);
    EXPECT_EQ(alerts[0].end, std::nullopt);
    EXPECT_EQ(alerts[0].peak, 8'00);
    EXPECT_EQ(alerts[0].severity, Severity::high);
    put("north", {record_of("V-1", {kNow.ms + 2'000}, {{Field::battery, 90'00}})});
    alerts = alerts_of("north");
    ASSERT_EQ(alerts.size(), 1U);
    EXPECT_EQ(alerts[0].end, (Timestamp{kNow.ms + 1'000}));
}

TEST_P(ReaderContract, AlertsCountInTheHourOfTheirStartAndInTheKpis) {
    const Timestamp eight{kToday.begin().ms + 8 * kMsPerHour};
    put("north", dash("V-1", {eight.ms + 59 * kMsPerMinute + 50'000}, 150'00));  // ends after 9
    put("north", dash("V-2", eight, 130'00));
    put("north", dash("V-3", {eight.ms - kMsPerDay}, 170'00));
    put("south", dash("S-1", eight, 170'00));
    const FleetDay day = *reader().analytics(all_, "north", kToday);
    EXPECT_EQ(day.alerts[8], (SeverityCounts{1, 1, 0}));
    EXPECT_EQ(day.alerts[9], SeverityCounts{});
    EXPECT_EQ(reader().kpis(all_, "north", kNow, kMsPerHour)->critical_alerts, 2U);
    EXPECT_EQ(reader().kpis_of_day(all_, "north", kToday)->critical_alerts, 1U);
    EXPECT_EQ(reader().kpis_of_day(all_, "south", kToday)->critical_alerts, 1U);
}

TEST_P(ReaderContract, AlertsComeNewestFirstAndFiltersChoose) {
    put("north", dash("V-1", minutes_ago(kNow.ms, 50), 150'00));
    put("north", dash("V-2", minutes_ago(kNow.ms, 30), 130'00));
    put("north", {record_of("V-1", minutes_ago(kNow.ms, 20), {{Field::battery, 15'00}}),
                  record_of("V-1", minutes_ago(kNow.ms, 19), {{Field::battery, 60'00}})});
    put("south", dash("S-1", minutes_ago(kNow.ms, 10), 150'00));
    const auto starts = [&](const AlertFilter& filter) {
        return starts_of(alerts_of("north", filter), kNow);
    };
    EXPECT_EQ(starts({}), "-20 -30 -50 ");
    AlertFilter severity;
    severity.severity = Severity::high;
    EXPECT_EQ(starts(severity), "-50 ");
    AlertFilter type;
    type.type = RuleType::overspeed;
    EXPECT_EQ(starts(type), "-30 -50 ");
    AlertFilter device;
    device.device = "V-1";
    EXPECT_EQ(starts(device), "-20 -50 ");
    device.type = RuleType::low_battery;
    EXPECT_EQ(starts(device), "-20 ");
    AlertFilter state;
    state.state = AlertState::open;
    EXPECT_EQ(starts(state), "-20 -30 -50 ");
    state.state = AlertState::resolved;
    EXPECT_EQ(starts(state), "");
    AlertFilter elsewhere;
    elsewhere.device = "S-1";
    EXPECT_EQ(starts(elsewhere), "");
    // By start, half-open.
    const TimeRange middle{minutes_ago(kNow.ms, 50), minutes_ago(kNow.ms, 20)};
    EXPECT_EQ(starts_of(reader().alerts(all_, "north", {}, middle, {})->items, kNow), "-30 -50 ");
    EXPECT_EQ(reader().alerts(all_, "north", {}, {{2}, {1}}, {}).error().code,
              Code::invalid_argument);
}

TEST_P(ReaderContract, AlertPagesSurviveInserts) {
    const auto alert = [&](const std::string& device, int minutes) {
        put("north", dash(device, minutes_ago(kNow.ms, minutes), 130'00));
    };
    for (const int minutes : {10, 20, 30, 40, 50, 60}) alert("V-1", minutes);
    const auto first = *reader().alerts(all_, "north", {}, kEver, {3, {}});
    EXPECT_EQ(starts_of(first.items, kNow), "-10 -20 -30 ");
    ASSERT_NE(first.next, "");
    alert("V-2", 15);  // behind
    alert("V-2", 45);  // ahead
    backend_->disturb(2);
    std::string rest;
    std::string cursor = first.next;
    for (int i = 0; i < 10 && !cursor.empty(); ++i) {
        const auto page = *reader().alerts(all_, "north", {}, kEver, {2, cursor});
        ASSERT_FALSE(page.items.empty());
        rest += starts_of(page.items, kNow);
        cursor = page.next;
    }
    EXPECT_EQ(rest, "-40 -45 -50 -60 ");
}

TEST_P(ReaderContract, AlertsOfOneInstantAreOnOnePageEach) {
    for (int i = 0; i < 7; ++i) put("north", dash(fmt::format("V-{}", i), kNow, 130'00));
    std::vector<std::string> seen;
    std::string cursor;
    for (int i = 0; i < 10; ++i) {
        const auto page = *reader().alerts(all_, "north", {}, kEver, {2, cursor});
        for (const Alert& item : page.items) seen.push_back(item.id.text());
        cursor = page.next;
        if (cursor.empty()) break;
    }
    ASSERT_EQ(seen.size(), 7U);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
}

TEST_P(ReaderContract, TripAndStopPagesSurviveInserts) {
    const auto drive = [&](int hours) {
        put("north", outing("V-1", {kNow.ms - hours * kMsPerHour}));
    };
    for (const int hours : {30, 24, 18, 6}) drive(hours);
    const auto first = *reader().trips(all_, "V-1", kEver, {2, {}});
    const auto first_stops = *reader().stops(all_, "V-1", kEver, {2, {}});
    ASSERT_EQ(first.items.size(), 2U);
    ASSERT_EQ(first_stops.items.size(), 2U);
    drive(27);  // behind
    drive(12);  // ahead
    const auto trips = reader().trips(all_, "V-1", kEver, {1'000, first.next})->items;
    EXPECT_EQ(starts_of(trips, kNow), "-1070 -710 -350 ");
    const auto stops = reader().stops(all_, "V-1", kEver, {1'000, first_stops.next})->items;
    ASSERT_FALSE(stops.empty());
    EXPECT_GT(stops.front().start_ms, first_stops.items.back().start_ms);
    const auto all = reader().stops(all_, "V-1", kEver, {})->items;
    EXPECT_EQ(starts_of(stops, kNow),
              starts_of(std::vector<model::Stop>(
                            std::find_if(all.begin(), all.end(),
                                         [&](const model::Stop& stop) {
                                             return stop.start_ms >
                                                    first_stops.items.back().start_ms;
                                         }),
                            all.end()),
                        kNow));
}

TEST_P(ReaderContract, CursorsOfOtherListsAreRefused) {
    for (const int hours : {30, 24}) put("north", outing("V-1", {kNow.ms - hours * kMsPerHour}));
    for (const int minutes : {10, 20})
        put("north", dash("V-2", minutes_ago(kNow.ms, minutes), 130'00));
    const std::string trips = reader().trips(all_, "V-1", kEver, {1, {}})->next;
    const std::string alerts = reader().alerts(all_, "north", {}, kEver, {1, {}})->next;
    ASSERT_NE(trips, "");
    ASSERT_NE(alerts, "");
    const auto refused = [](const auto& result) {
        return !result && result.error().code == Code::invalid_argument;
    };
    EXPECT_TRUE(refused(reader().stops(all_, "V-1", kEver, {1, trips})));
    EXPECT_TRUE(refused(reader().trips(all_, "V-2", kEver, {1, trips})));
    EXPECT_TRUE(refused(reader().trips(all_, "V-1", {{0}, kNow}, {1, trips})));
    EXPECT_TRUE(refused(reader().alerts(all_, "north", {}, kEver, {1, trips})));
    AlertFilter filter;
    filter.severity = Severity::medium;
    EXPECT_TRUE(refused(reader().alerts(all_, "north", filter, kEver, {1, alerts})));
    EXPECT_TRUE(refused(reader().alerts(all_, "north", {}, kEver, {1, "x"})));
}

TEST_P(ReaderContract, WhatBeganBeforeRetentionIsGone) {
    put("north", outing("V-1", {kNow.ms - 2 * kMsPerHour}));
    put("north", dash("V-1", minutes_ago(kNow.ms, 10), 150'00));
    const std::vector<Alert> alerts = alerts_of("north");
    ASSERT_EQ(alerts.size(), 1U);
    EXPECT_EQ(reader().trips(all_, "V-1", {{kToday.begin()}, {kToday.end()}}, {})->retention_from,
              std::nullopt);
    clock_->advance_ms(31 * kMsPerDay);
    const Timestamp kept = Day{kToday.value + 1}.begin();
    const auto trips = *reader().trips(all_, "V-1", kEver, {});
    EXPECT_TRUE(trips.items.empty());
    EXPECT_EQ(trips.retention_from, kept);
    const auto stops = *reader().stops(all_, "V-1", kEver, {});
    EXPECT_TRUE(stops.items.empty());
    EXPECT_EQ(stops.retention_from, kept);
    const auto page = *reader().alerts(all_, "north", {}, kEver, {});
    EXPECT_TRUE(page.items.empty());
    EXPECT_EQ(page.retention_from, kept);
    EXPECT_EQ(reader().alert(all_, alerts[0].id).error().code, Code::not_found);
    EXPECT_EQ(reader().kpis(all_, "north", clock_->now(), kMsPerHour)->critical_alerts, 0U);
}

TEST_P(ReaderContract, AScopeHidesWhatItDoesNotAllow) {
    put("north", dash("V-1", kNow, 150'00));
    put("south", dash("S-1", kNow, 150'00));
    const auto south = model::ScopeForTests::only({"south"});
    const model::AlertId hidden = alerts_of("north").at(0).id;
    EXPECT_EQ(reader().trips(south, "V-1", kEver, {}).error().code, Code::not_found);
    EXPECT_EQ(reader().stops(south, "V-1", kEver, {}).error().code, Code::not_found);
    EXPECT_EQ(reader().alerts(south, "north", {}, kEver, {}).error().code, Code::not_found);
    EXPECT_EQ(reader().alert(south, hidden).error().code, Code::not_found);
    AlertFilter filter;
    filter.device = "V-1";
    EXPECT_EQ(reader().alerts(south, "south", filter, kEver, {}).error().code, Code::not_found);
    EXPECT_EQ(reader().alerts(south, "south", {}, kEver, {})->items.size(), 1U);
    EXPECT_TRUE(reader().alert(south, alerts_of("south").at(0).id));
}

void link_fold() {}

}  // namespace fleet::store::contract
