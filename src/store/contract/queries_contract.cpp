// SPDX-License-Identifier: Apache-2.0
#include "geo/distance.hpp"
#include "store/contract/contract.hpp"

namespace fleet::store::contract {

using model::Field;
using model::Group;

namespace {
Timestamp plus(Timestamp t, std::int64_t ms) { return {t.ms + ms}; }
constexpr TimeRange kEver{Timestamp{0}, Timestamp{kMaxMs}};
}  // namespace

TEST_P(ReaderContract, AnUnknownDeviceOrFleetIsNotFound) {
    add("north", record_of("V-1", kNow));
    EXPECT_EQ(reader().device(all_, "V-2").error().code, Code::not_found);
    EXPECT_EQ(reader().latest(all_, "V-2").error().code, Code::not_found);
    EXPECT_EQ(reader().history(all_, "V-2", kEver, Order::newest_first, {}).error().code,
              Code::not_found);
    EXPECT_EQ(reader().summary(all_, "V-2", kToday).error().code, Code::not_found);
    EXPECT_EQ(reader().devices(all_, "south", {}).error().code, Code::not_found);
    EXPECT_EQ(reader().fleet_latest(all_, "south", {}, {}).error().code, Code::not_found);
    EXPECT_EQ(reader().fleet_latest(all_, "south", kNow, {}).error().code, Code::not_found);
    EXPECT_EQ(reader().analytics(all_, "south", kToday).error().code, Code::not_found);
    EXPECT_EQ(reader().kpis(all_, "south", kNow, kMsPerHour).error().code, Code::not_found);
    EXPECT_EQ(reader().kpis_of_day(all_, "south", kToday).error().code, Code::not_found);
    EXPECT_EQ(reader().device(all_, "").error().code, Code::not_found);
    EXPECT_EQ(reader().devices(all_, "", {}).error().code, Code::not_found);
}

TEST_P(ReaderContract, AnEmptyStoreHasNoFleetsAndFindsNothing) {
    EXPECT_TRUE(reader().fleets(all_)->empty());
    EXPECT_TRUE(reader().search(all_, "", 10)->empty());
}

TEST_P(ReaderContract, ADeviceWithoutRecordsIsKnownAndEmpty) {
    backend_->register_device("V-1", "north");
    EXPECT_EQ(text_of(*reader().device(all_, "V-1")), "V-1 of north: 0 records from none to none");
    EXPECT_EQ(reader().latest(all_, "V-1")->latest, model::Latest{});
    ASSERT_EQ(reader().devices(all_, "north", {})->items.size(), 1U);
    const auto latest = *reader().fleet_latest(all_, "north", {}, {});
    ASSERT_EQ(latest.items.size(), 1U);
    EXPECT_EQ(latest.items[0].latest.ts_ms, -1);
    ASSERT_EQ(reader().fleet_latest(all_, "north", kNow, {})->items.size(), 1U);
    const auto page =
        *reader().history(all_, "V-1", {kToday.begin(), kToday.end()}, Order::newest_first, {});
    EXPECT_TRUE(page.rows.empty());
    EXPECT_EQ(page.next, "");
    EXPECT_FALSE(page.retention_from);
    EXPECT_EQ(text_of(*reader().summary(all_, "V-1", kToday)), text_of(DaySummary{}));
    EXPECT_EQ(text_of(*reader().analytics(all_, "north", kToday)), text_of(FleetDay{}));
    Kpis none;
    none.devices = 1;
    none.critical_alerts = 0;
    EXPECT_EQ(text_of(*reader().kpis(all_, "north", kNow, kMsPerHour)), text_of(none));
    EXPECT_EQ(text_of(*reader().kpis_of_day(all_, "north", kToday)), text_of(none));
    EXPECT_EQ(text_of(*reader().fleets(all_)), "north: 1 devices, last none, keeps 30 days\n");
}

TEST_P(ReaderContract, AFleetMayExistBeforeItsDevices) {
    backend_->set_retention("north", 0);
    EXPECT_EQ(text_of(*reader().fleets(all_)), "north: 0 devices, last none, keeps all\n");
    EXPECT_TRUE(reader().devices(all_, "north", {})->items.empty());
    EXPECT_EQ(reader().kpis(all_, "north", kNow, kMsPerHour)->devices, 0U);
}

TEST_P(ReaderContract, MissingEmptyAndOutOfRetentionAreThreeAnswers) {
    add("north",
        record_of("V-1", plus(kNow, -1'000), {{Field::lat, 48'000'000}, {Field::lon, 2'000'000}}));
    clock_->set({kNow.ms + 40 * kMsPerDay});
    const Timestamp kept = Day{static_cast<std::uint16_t>(kToday.value + 10)}.begin();
    add("north", record_of("V-1", clock_->now(), {{Field::speed, 5'000}}));
    const TimeRange old_day{kToday.begin(), kToday.end()};
    const TimeRange empty_day{kept, plus(kept, kMsPerDay)};

    EXPECT_EQ(reader().history(all_, "V-9", old_day, Order::newest_first, {}).error().code,
              Code::not_found);
    const auto empty = *reader().history(all_, "V-1", empty_day, Order::newest_first, {});
    EXPECT_TRUE(empty.rows.empty());
    EXPECT_FALSE(empty.retention_from);
    for (const Order order : {Order::newest_first, Order::oldest_first}) {
        const auto gone = *reader().history(all_, "V-1", old_day, order, {});
        EXPECT_TRUE(gone.rows.empty());
        EXPECT_EQ(gone.next, "");
        EXPECT_EQ(gone.retention_from, kept);
        const auto both = *reader().history(all_, "V-1", kEver, order, {});
        ASSERT_EQ(both.rows.size(), 1U);
        EXPECT_EQ(both.rows.samples[0].ts_ms, clock_->now().ms);
        EXPECT_EQ(both.retention_from, kept);
    }
    EXPECT_EQ(reader().summary(all_, "V-1", kToday)->retention_from, kept);
    EXPECT_EQ(reader().summary(all_, "V-1", kToday)->records, 0U);
    EXPECT_FALSE(reader().summary(all_, "V-1", day_of(kept))->retention_from);
    EXPECT_EQ(text_of(*reader().analytics(all_, "north", kToday)), text_of(FleetDay{{}, {}, kept}));
    EXPECT_FALSE(reader().analytics(all_, "north", day_of(kept))->retention_from);
    const Kpis old = *reader().kpis_of_day(all_, "north", kToday);
    EXPECT_EQ(old.devices, 1U);
    EXPECT_EQ(old.active_devices, 0U);
    EXPECT_EQ(old.retention_from, kept);
    const auto then = *reader().fleet_latest(all_, "north", kNow, {});
    EXPECT_EQ(then.retention_from, kept);
    ASSERT_EQ(then.items.size(), 1U);
    EXPECT_EQ(then.items[0].latest.ts_ms, -1);
    EXPECT_FALSE(reader().fleet_latest(all_, "north", kept, {})->retention_from);
}

TEST_P(ReaderContract, UnlimitedRetentionKeepsAll) {
    backend_->set_retention("north", 0);
    add("north", record_of("V-1", Timestamp{1}));
    add("north", record_of("V-1", kNow));
    clock_->set({kNow.ms + 400 * kMsPerDay});
    const auto page = *reader().history(all_, "V-1", kEver, Order::oldest_first, {});
    EXPECT_EQ(page.rows.size(), 2U);
    EXPECT_FALSE(page.retention_from);
    EXPECT_EQ(reader().summary(all_, "V-1", Day{0})->records, 1U);
    EXPECT_EQ(text_of(*reader().device(all_, "V-1")),
              "V-1 of north: 2 records from 1970-01-01T00:00:00.001Z to 2026-03-15T12:00:00.000Z");
}

TEST_P(ReaderContract, AnotherScopeSeesNothingOfAFleet) {
    add("north", record_of("V-1", kNow, {{Field::speed, 100}}));
    add("south", record_of("V-2", kNow, {{Field::speed, 100}}));
    const auto south = model::ScopeForTests::only({"south"});
    EXPECT_EQ(reader().fleets(south)->size(), 1U);
    EXPECT_EQ(reader().fleets(south)->at(0).id, "south");
    // The same answer as for what does not exist, to the letter.
    EXPECT_EQ(reader().device(south, "V-1").error().code, Code::not_found);
    std::string hidden = reader().device(south, "V-1").error().message;
    std::string missing = reader().device(south, "V-9").error().message;
    if (const auto at = hidden.find("V-1"); at != std::string::npos) hidden.replace(at, 3, "V-9");
    EXPECT_EQ(hidden, missing);
    EXPECT_EQ(reader().latest(south, "V-1").error().code, Code::not_found);
    EXPECT_EQ(reader().history(south, "V-1", kEver, Order::newest_first, {}).error().code,
              Code::not_found);
    EXPECT_EQ(reader().summary(south, "V-1", kToday).error().code, Code::not_found);
    EXPECT_EQ(reader().devices(south, "north", {}).error().code, Code::not_found);
    EXPECT_EQ(reader().fleet_latest(south, "north", {}, {}).error().code, Code::not_found);
    EXPECT_EQ(reader().analytics(south, "north", kToday).error().code, Code::not_found);
    EXPECT_EQ(reader().kpis(south, "north", kNow, kMsPerHour).error().code, Code::not_found);
    EXPECT_EQ(reader().kpis_of_day(south, "north", kToday).error().code, Code::not_found);
    ASSERT_EQ(reader().search(south, "v-", 10)->size(), 1U);
    EXPECT_EQ(reader().search(south, "v-", 10)->at(0).id, "V-2");
    EXPECT_TRUE(reader().latest(south, "V-2"));
    EXPECT_TRUE(reader().search(model::ScopeForTests::only({}), "", 10)->empty());
}

TEST_P(ReaderContract, HistoryIncludesFromAndExcludesTo) {
    for (int i = 0; i < 5; ++i)
        add("north", record_of("V-1", plus(kNow, i * 1'000), {{Field::battery, i}}));
    const auto times = [&](TimeRange range, Order order) {
        std::vector<std::int64_t> out;
        const auto page = *reader().history(all_, "V-1", range, order, {});
        for (const model::Sample& s : page.rows.samples) out.push_back((s.ts_ms - kNow.ms) / 1'000);
        return out;
    };
    using Times = std::vector<std::int64_t>;
    EXPECT_EQ(times({plus(kNow, 1'000), plus(kNow, 3'000)}, Order::oldest_first), (Times{1, 2}));
    EXPECT_EQ(times({plus(kNow, 1'000), plus(kNow, 3'000)}, Order::newest_first), (Times{2, 1}));
    EXPECT_EQ(times({plus(kNow, 1'001), plus(kNow, 3'001)}, Order::oldest_first), (Times{2, 3}));
    EXPECT_EQ(times({kNow, kNow}, Order::oldest_first), Times{});
    EXPECT_EQ(times(kEver, Order::newest_first), (Times{4, 3, 2, 1, 0}));
    EXPECT_EQ(
        reader().history(all_, "V-1", {plus(kNow, 1), kNow}, Order::newest_first, {}).error().code,
        Code::invalid_argument);
}

TEST_P(ReaderContract, HistoryGoesAcrossDays) {
    backend_->set_retention("north", 0);
    const std::vector<std::int64_t> days{-800, -3, -1, 0, 1};
    for (const std::int64_t d : days) add("north", record_of("V-1", plus(kNow, d * kMsPerDay)));
    backend_->disturb(0);
    const auto page = *reader().history(all_, "V-1", kEver, Order::newest_first, {});
    ASSERT_EQ(page.rows.size(), days.size());
    for (std::size_t i = 0; i < days.size(); ++i)
        EXPECT_EQ(page.rows.samples[i].ts_ms, kNow.ms + days[days.size() - 1 - i] * kMsPerDay);
}

TEST_P(ReaderContract, ARowHoldsEveryFieldAndTextAndIsMergedGroupByGroup) {
    model::Record record = record_of("V-1", kNow);
    for (const model::FieldInfo& f : model::kFields)
        record.set(f.field, static_cast<std::int32_t>(f.boolean ? 1 : f.max));
    const std::vector<model::Attribute> attributes{
        {"rpm", 1'500.5}, {"door", true}, {"driver", std::string_view("Zoé")}};
    record.zone = "dépôt";
    record.alarm = "sos";
    record.attributes = attributes;
    EXPECT_EQ(add("north", record), AddOutcome::Kind::stored);
    EXPECT_EQ(add("north", record), AddOutcome::Kind::duplicate);
    EXPECT_EQ(add("north", record_of("V-1", kNow, {{Field::speed, 0}})),
              AddOutcome::Kind::conflict);
    const std::vector<model::Attribute> more{{"door", true}, {"axle", 2.0}};
    model::Record extension = record_of("V-1", kNow);
    extension.attributes = more;
    EXPECT_EQ(add("north", extension), AddOutcome::Kind::duplicate);

    const std::vector<model::Attribute> merged{
        {"axle", 2.0}, {"door", true}, {"driver", std::string_view("Zoé")}, {"rpm", 1'500.5}};
    record.attributes = merged;
    model::Rows want;
    model::append(want, record);
    for (const unsigned dice : {0U, 1U, 2U}) {
        EXPECT_EQ(text_of(reader().history(all_, "V-1", kEver, Order::newest_first, {})->rows),
                  text_of(want));
        EXPECT_EQ(reader().device(all_, "V-1")->records, 1U);
        backend_->disturb(dice);
    }
}

TEST_P(ReaderContract, LatestIsTheNewestEventOfEachGroup) {
    add("north", record_of("V-1", kNow, {{Field::lat, 1}, {Field::lon, 2}, {Field::speed, 3}}));
    add("north", record_of("V-1", plus(kNow, 10'000), {{Field::battery, 50}}));
    add("north", record_of("V-1", plus(kNow, -10'000),
                           {{Field::lat, 7}, {Field::lon, 7}, {Field::temp, 9}}));
    const model::Latest latest = reader().latest(all_, "V-1")->latest;
    EXPECT_EQ(latest.ts_ms, kNow.ms + 10'000);
    EXPECT_EQ(latest.ts_of(Group::position), kNow.ms);
    EXPECT_EQ(latest.value(Field::lat), 1);
    EXPECT_EQ(latest.value(Field::lon), 2);
    EXPECT_EQ(latest.ts_of(Group::energy), kNow.ms + 10'000);
    EXPECT_EQ(latest.value(Field::battery), 50);
    EXPECT_EQ(latest.ts_of(Group::climate), kNow.ms - 10'000);
    EXPECT_EQ(latest.value(Field::temp), 9);
    EXPECT_FALSE(latest.has(Field::humidity));
    EXPECT_EQ(latest.ts_of(Group::vehicle), -1);
}

TEST_P(ReaderContract, LatestFollowsAMergeOfTheNewestRow) {
    add("north", record_of("V-1", kNow, {{Field::speed, 3'000}}));
    add("north", record_of("V-1", kNow, {{Field::speed, 4'000}, {Field::heading, 9'000}}));
    model::Record zone = record_of("V-1", kNow);
    zone.zone = "harbour";
    add("north", zone);
    for (const unsigned dice : {0U, 2U}) {
        const model::Latest latest = reader().latest(all_, "V-1")->latest;
        EXPECT_EQ(latest.value(Field::speed), 4'000);
        EXPECT_EQ(latest.value(Field::heading), 9'000);
        EXPECT_EQ(latest.zone, "harbour");
        backend_->disturb(dice);
    }
}

TEST_P(ReaderContract, FleetLatestIsSortedByBytesAndKnowsThePast) {
    for (const char* id : {"a", "V-2", "V-10", "_", "0"}) {
        add("north", record_of(id, plus(kNow, -2 * kMsPerDay), {{Field::speed, 1}}));
        add("north", record_of(id, kNow, {{Field::battery, 2}}));
    }
    add("south", record_of("B", kNow));
    const auto ids = [](const Page<LatestOfDevice>& page) {
        std::string out;
        for (const auto& item : page.items) out += item.device + " ";
        return out;
    };
    const auto now = *reader().fleet_latest(all_, "north", {}, {});
    EXPECT_EQ(ids(now), "0 V-10 V-2 _ a ");
    for (const auto& item : now.items) {
        EXPECT_EQ(item.fleet, "north");
        EXPECT_EQ(item.latest.value(Field::speed), 1);
        EXPECT_EQ(item.latest.value(Field::battery), 2);
    }
    const auto at = [&](std::int64_t ms) {
        return *reader().fleet_latest(all_, "north", Timestamp{ms}, {});
    };
    EXPECT_EQ(at(kNow.ms).items[3].latest, now.items[3].latest);
    const auto before = at(kNow.ms - 1);
    EXPECT_EQ(ids(before), "0 V-10 V-2 _ a ");
    EXPECT_EQ(before.items[0].latest.ts_ms, kNow.ms - 2 * kMsPerDay);
    EXPECT_FALSE(before.items[0].latest.has(Field::battery));
    EXPECT_EQ(at(kNow.ms - 2 * kMsPerDay - 1).items[0].latest.ts_ms, -1);
}

TEST_P(ReaderContract, LiveKpisCountTheWindowIncludingItsEdges) {
    const std::int64_t window = 5 * kMsPerMinute;
    add("north",
        record_of("on-edge", plus(kNow, -window), {{Field::speed, 1'000}, {Field::battery, 0}}));
    add("north", record_of("too-old", plus(kNow, -window - 1), {{Field::speed, 9'000}}));
    add("north", record_of("ahead", plus(kNow, 2 * kMsPerMinute), {{Field::speed, 2'001}}));
    add("north", record_of("battery-only", kNow, {{Field::battery, 5'001}}));
    backend_->register_device("silent", "north");
    const Kpis kpis = *reader().kpis(all_, "north", kNow, window);
    EXPECT_EQ(kpis.devices, 5U);
    EXPECT_EQ(kpis.active_devices, 3U);
    EXPECT_DOUBLE_EQ(kpis.avg_speed_kmh.value(), 15.005);
    EXPECT_DOUBLE_EQ(kpis.avg_battery_pct.value(), 25.005);
    EXPECT_EQ(kpis.critical_alerts, 1U);  // a battery at 0 %
    EXPECT_FALSE(reader().kpis(all_, "north", plus(kNow, 10 * window), window)->avg_speed_kmh);
    // One millisecond earlier "too-old" is in and "ahead" is out.
    EXPECT_DOUBLE_EQ(reader().kpis(all_, "north", plus(kNow, -1), window)->avg_speed_kmh.value(),
                     50);
}

TEST_P(ReaderContract, DayKpisAreOverAllRecordsOfTheDay) {
    add("north", record_of("V-1", kToday.begin(), {{Field::speed, 1'000}}));
    add("north",
        record_of("V-1", plus(kToday.end(), -1), {{Field::speed, 2'000}, {Field::battery, 700}}));
    add("north", record_of("V-2", kNow, {{Field::speed, 6'000}}));
    add("north", record_of("V-3", plus(kToday.begin(), -1), {{Field::speed, 9'000}}));
    const Kpis kpis = *reader().kpis_of_day(all_, "north", kToday);
    EXPECT_EQ(kpis.devices, 3U);
    EXPECT_EQ(kpis.active_devices, 2U);
    EXPECT_DOUBLE_EQ(kpis.avg_speed_kmh.value(), 30.0);
    EXPECT_DOUBLE_EQ(kpis.avg_battery_pct.value(), 7.0);
    EXPECT_FALSE(kpis.retention_from);
}

TEST_P(ReaderContract, SummaryAndAnalyticsFollowTheDefinitions) {
    const Timestamp start = kToday.begin();
    const auto point = [&](const char* id, std::int64_t second, std::int32_t lon,
                           std::int32_t speed) {
        add("north", record_of(id, plus(start, second * 1'000),
                               {{Field::lat, 0}, {Field::lon, lon}, {Field::speed, speed}}));
    };
    point("V-1", -10, 0, 9'999);  // the day before: its leg to the first point is in no day
    point("V-1", 10, 1'000, 0);
    point("V-1", 20, 2'000, 5'000);     // hour 0
    point("V-1", 3'600, 3'000, 7'000);  // 59:40 later, in hour 1: a gap
    point("V-2", 3'601, 0, 1'000);
    add("north",
        record_of("V-2", plus(start, 3'602'000), {{Field::temp, -500}, {Field::humidity, 4'000}}));
    const std::int64_t leg = geo::leg_mm({0, 1'000}, {0, 2'000});

    const DaySummary summary = *reader().summary(all_, "V-1", kToday);
    EXPECT_EQ(summary.records, 3U);
    EXPECT_EQ(summary.speed, (model::MetricStats{12'000, 0, 7'000, 3}));
    EXPECT_EQ(summary.legs, (model::LegStats{2 * leg, leg}));

    const FleetDay day = *reader().analytics(all_, "north", kToday);
    EXPECT_EQ(day.hours[0].records, 2U);
    EXPECT_EQ(day.hours[0].active_devices, 1U);
    EXPECT_EQ(day.hours[0].legs, (model::LegStats{leg, 0}));
    EXPECT_EQ(day.hours[1].records, 3U);
    EXPECT_EQ(day.hours[1].active_devices, 2U);
    EXPECT_EQ(day.hours[1].speed, (model::MetricStats{8'000, 1'000, 7'000, 2}));
    EXPECT_EQ(day.hours[1].temp, (model::MetricStats{-500, -500, -500, 1}));
    EXPECT_EQ(day.hours[1].humidity, (model::MetricStats{4'000, 4'000, 4'000, 1}));
    EXPECT_EQ(day.hours[1].legs, (model::LegStats{leg, leg}));
    EXPECT_EQ(day.hours[2], model::HourStats{});
}

TEST_P(ReaderContract, ALateRecordChangesTheLegsAroundIt) {
    const auto point = [](std::int64_t second, std::int32_t lat) {
        return record_of("V-1", plus(kNow, second * 1'000), {{Field::lat, lat}, {Field::lon, 0}});
    };
    add("north", point(0, 0));
    add("north", point(20, 0));
    EXPECT_EQ(reader().summary(all_, "V-1", kToday)->legs.distance_mm, 0);
    backend_->disturb(0);
    add("north", point(10, 1'000));
    const std::int64_t leg = geo::leg_mm({0, 0}, {1'000, 0});
    EXPECT_EQ(reader().summary(all_, "V-1", kToday)->legs.distance_mm, 2 * leg);
    // A merge moves the point in the middle further out.
    add("north", point(10, 2'000));
    EXPECT_EQ(reader().summary(all_, "V-1", kToday)->legs.distance_mm,
              2 * geo::leg_mm({0, 0}, {2'000, 0}));
    EXPECT_EQ(reader().analytics(all_, "north", kToday)->hours[12].legs,
              reader().summary(all_, "V-1", kToday)->legs);
}

TEST_P(ReaderContract, AMergeThatLowersAnExtremeIsSeenInTheStatistics) {
    // The larger motion tuple wins as a whole: its speed may hide the former minimum.
    add("north", record_of("V-1", kNow, {{Field::speed, 100}}));
    add("north", record_of("V-1", plus(kNow, 1'000), {{Field::speed, 5'000}}));
    EXPECT_EQ(reader().summary(all_, "V-1", kToday)->speed,
              (model::MetricStats{5'100, 100, 5'000, 2}));
    add("north", record_of("V-1", kNow, {{Field::speed, 6'000}}));
    EXPECT_EQ(reader().summary(all_, "V-1", kToday)->speed,
              (model::MetricStats{11'000, 5'000, 6'000, 2}));
    EXPECT_EQ(reader().analytics(all_, "north", kToday)->hours[12].speed,
              (model::MetricStats{11'000, 5'000, 6'000, 2}));
}

TEST_P(ReaderContract, FleetsAreListedByIdWithWhatTheyHold) {
    add("south", record_of("V-3", kNow));
    add("north", record_of("V-2", plus(kNow, -5'000)));
    add("north", record_of("V-1", plus(kNow, -9'000)));
    backend_->set_retention("north", 7);
    EXPECT_EQ(text_of(*reader().fleets(all_)),
              "north: 2 devices, last 2026-03-15T11:59:55.000Z, keeps 7 days\n"
              "south: 1 devices, last 2026-03-15T12:00:00.000Z, keeps 30 days\n");
    // A record that names another fleet does not move a known device.
    add("south", record_of("V-1", kNow));
    EXPECT_EQ(reader().device(all_, "V-1")->fleet, "north");
    backend_->disturb(2);
    EXPECT_EQ(text_of(*reader().fleets(all_)),
              "north: 2 devices, last 2026-03-15T12:00:00.000Z, keeps 7 days\n"
              "south: 1 devices, last 2026-03-15T12:00:00.000Z, keeps 30 days\n");
}

TEST_P(ReaderContract, SearchFoldsCaseAndStopsAtItsLimit) {
    for (const char* id : {"Bus-2", "bus-1", "TRUCK-12", "car"}) add("north", record_of(id, kNow));
    const auto found = [&](const char* text, std::size_t limit) {
        std::string out;
        const std::vector<DeviceInfo> devices = *reader().search(all_, text, limit);
        for (const DeviceInfo& info : devices) out += info.id + " ";
        return out;
    };
    EXPECT_EQ(found("BUS", 10), "Bus-2 bus-1 ");
    EXPECT_EQ(found("-1", 10), "TRUCK-12 bus-1 ");
    EXPECT_EQ(found("", 3), "Bus-2 TRUCK-12 bus-1 ");
    EXPECT_EQ(found("", 0), "Bus-2 TRUCK-12 bus-1 car ");
    EXPECT_EQ(found("plane", 10), "");
}

void link_queries() {}

}  // namespace fleet::store::contract
