// SPDX-License-Identifier: Apache-2.0
// What people say about devices.
#include "store/contract/contract.hpp"

namespace fleet::store::contract {

namespace {

model::DeviceChange change_of(const std::string& id) {
    model::DeviceChange change;
    change.id = id;
    return change;
}

}  // namespace

TEST_P(ReaderContract, WhatIsSaidAboutADeviceIsShownWithIt) {
    if (!keeps_devices()) GTEST_SKIP() << "declared: devices are not kept";
    model::DeviceChange change = change_of("van-7");
    change.fleet = "north";
    change.name = "Blue van";
    change.plate = "AB-123-CD";
    backend_->change_device(change);
    backend_->change_device(change_of("van-8"));
    add("north", record_of("van-7", kNow));
    change = change_of("van-7");
    change.plate = "EF-456-GH";
    change.driver = "Ada Lovelace";
    change.model = "Kangoo";
    for (const unsigned dice : {0U, 2U, 1U}) {
        backend_->change_device(change);
        backend_->disturb(dice);
        EXPECT_EQ(text_of(*reader().device(all_, "van-7")),
                  "van-7 of north: 1 records from 2026-03-15T12:00:00.000Z to "
                  "2026-03-15T12:00:00.000Z, 'Blue van' 'EF-456-GH' 'Kangoo' 'Ada Lovelace'");
    }
    EXPECT_EQ(text_of(*reader().device(all_, "van-8")),
              "van-8 of default: 0 records from none to none");
    const auto listed = *reader().devices(all_, "north", {});
    ASSERT_EQ(listed.items.size(), 1U);
    EXPECT_EQ(listed.items[0].details, reader().device(all_, "van-7")->details);
    change = change_of("van-7");
    change.name = "";
    backend_->change_device(change);
    EXPECT_EQ(reader().device(all_, "van-7")->details.name, "");
    EXPECT_EQ(reader().device(all_, "van-7")->details.driver, "Ada Lovelace");
}

TEST_P(ReaderContract, SearchFindsDevicesByNameAndPlateToo) {
    if (!keeps_devices()) GTEST_SKIP() << "declared: devices are not kept";
    const auto say = [&](const std::string& id, const char* name, const char* plate) {
        model::DeviceChange change = change_of(id);
        change.fleet = "north";
        change.name = name;
        change.plate = plate;
        change.driver = "nobody";
        backend_->change_device(change);
    };
    say("c", "Camion bleu", "AB-123-CD");
    say("a", "Camion rouge", "EF-456-GH");
    say("b", "", "");
    const auto found = [&](const std::string& text) {
        std::string out;
        const std::vector<DeviceInfo> devices = *reader().search(all_, text, 10);
        for (const DeviceInfo& info : devices) out += info.id + " ";
        return out;
    };
    EXPECT_EQ(found("camion"), "a c ");
    EXPECT_EQ(found("ab-123"), "c ");
    EXPECT_EQ(found("b"), "b c ");
    EXPECT_EQ(found("nobody"), "");
    EXPECT_EQ(text_of(reader().search(all_, "rouge", 10)->front()),
              text_of(*reader().device(all_, "a")));
}

TEST_P(ReaderContract, RecordsOfADisabledDeviceAreRefusedAndItsRowsStay) {
    if (!keeps_devices()) GTEST_SKIP() << "declared: devices are not kept";
    using Kind = AddOutcome::Kind;
    EXPECT_EQ(add("north", record_of("V-1", kNow, {{model::Field::speed, 5'000}})), Kind::stored);
    model::DeviceChange change = change_of("V-1");
    change.enabled = false;
    backend_->change_device(change);
    const auto later = [&](int seconds) { return Timestamp{kNow.ms + seconds * kMsPerSecond}; };
    for (const unsigned dice : {0U, 2U, 1U}) {
        EXPECT_EQ(add("north", record_of("V-1", later(1))), Kind::refused);
        EXPECT_EQ(add("north", record_of("V-1", kNow)), Kind::refused);
        EXPECT_EQ(add("north", record_of("V-2", later(static_cast<int>(dice)))), Kind::stored);
        backend_->disturb(dice);
    }
    std::vector<model::Record> mixed{record_of("V-1", later(5)), record_of("V-3", later(5)),
                                     record_of("V-1", later(6)), record_of("V-3", later(6))};
    for (model::Record& record : mixed) record.fleet = "north";
    const Added added = backend_->add(mixed);
    EXPECT_EQ(added.stored, 2U);
    EXPECT_EQ(added.refused, 2U);
    if (!added.kinds.empty()) {
        EXPECT_EQ(added.kinds,
                  (std::vector{Kind::refused, Kind::stored, Kind::refused, Kind::stored}));
    }
    EXPECT_EQ(text_of(*reader().device(all_, "V-1")),
              "V-1 of north: 1 records from 2026-03-15T12:00:00.000Z to "
              "2026-03-15T12:00:00.000Z, '' '' '' '' disabled");
    EXPECT_EQ(reader().latest(all_, "V-1")->latest.value(model::Field::speed), 5'000);
    EXPECT_EQ(reader().summary(all_, "V-1", kToday)->records, 1U);
    change.enabled = true;
    backend_->change_device(change);
    EXPECT_EQ(add("north", record_of("V-1", later(1))), Kind::stored);
    EXPECT_EQ(reader().fleets(all_)->size(), 1U);  // a change makes no fleet for who has one
}

TEST_P(ReaderContract, AMovedDeviceCountsInItsFleetOfTheDay) {
    if (!keeps_devices()) GTEST_SKIP() << "declared: devices are not kept";
    const auto before = [](int days) { return Timestamp{kNow.ms - days * kMsPerDay}; };
    const auto day = [](int days) { return Day{static_cast<std::uint16_t>(kToday.value - days)}; };
    for (int days = 4; days >= 0; --days) {
        std::vector<model::Record> records{
            record_of("V-2", before(days), {{model::Field::speed, 1'000}})};
        for (int i = 0; i < 4; ++i)  // too fast for a minute
            records.push_back(record_of("V-1", Timestamp{before(days).ms + i * 30 * kMsPerSecond},
                                        {{model::Field::speed, i < 3 ? 15'000 : 1'000}}));
        put("north", std::move(records));
    }
    // Told one after the other, the later day first: only the day counts.
    backend_->move_device("V-1", "south", day(1));
    backend_->disturb(2);
    backend_->move_device("V-1", "west", day(3));
    backend_->disturb(0);
    EXPECT_EQ(text_of(*reader().device(all_, "V-1")),
              "V-1 of south: 20 records from 2026-03-11T12:00:00.000Z to "
              "2026-03-15T12:01:30.000Z to west on 2026-03-12 to south on 2026-03-14");
    const auto records_on = [&](const std::string& fleet, int days) {
        std::uint64_t records = 0;
        const FleetDay found = *reader().analytics(all_, fleet, day(days));
        for (const model::HourStats& hour : found.hours) records += hour.records;
        return records;
    };
    const auto alerts_on = [&](const std::string& fleet, int days) {
        std::uint64_t alerts = 0;
        const FleetDay found = *reader().analytics(all_, fleet, day(days));
        for (const SeverityCounts& hour : found.alerts)
            alerts += hour.high + hour.medium + hour.low;
        return alerts;
    };
    for (int days = 4; days >= 0; --days) {
        const std::string of = days == 4 ? "north" : days >= 2 ? "west" : "south";
        for (const std::string fleet : {"north", "west", "south"}) {
            const std::uint64_t own = fleet == of ? 4U : 0U;
            const std::uint64_t other = fleet == "north" ? 1U : 0U;
            EXPECT_EQ(records_on(fleet, days), own + other) << fleet << " " << days;
            EXPECT_EQ(alerts_on(fleet, days), own / 4) << fleet << " " << days;
            const Kpis kpis = *reader().kpis_of_day(all_, fleet, day(days));
            EXPECT_EQ(kpis.active_devices, own / 4 + other);
            EXPECT_EQ(kpis.devices, own / 4 + other);
            const auto then = *reader().fleet_latest(all_, fleet, before(days), {});
            EXPECT_EQ(then.items.size(), own / 4 + other);
        }
    }
    EXPECT_EQ(alerts_of("north").size(), 1U);
    EXPECT_EQ(alerts_of("west").size(), 2U);
    ASSERT_EQ(alerts_of("south").size(), 2U);
    const Alert alert = alerts_of("west").front();
    EXPECT_EQ(alert.fleet, "west");
    EXPECT_EQ(text_of(*reader().alert(all_, alert.id)), text_of(alert));
    // Who may see a fleet only sees what happened while the vehicle was there.
    const auto west = model::ScopeForTests::only({"west"});
    EXPECT_TRUE(reader().alert(west, alert.id));
    EXPECT_EQ(reader().device(west, "V-1").error().code, Code::not_found);
    EXPECT_EQ(reader().alert(west, alerts_of("south").front().id).error().code, Code::not_found);
    // Now it is of one fleet only, and a record does not move it.
    add("north", record_of("V-1", before(0), {{model::Field::temp, 100}}));
    EXPECT_EQ(reader().devices(all_, "south", {})->items.size(), 1U);
    EXPECT_EQ(reader().devices(all_, "north", {})->items.size(), 1U);
    EXPECT_EQ(reader().devices(all_, "west", {})->items.size(), 0U);
    EXPECT_EQ(reader().kpis(all_, "south", kNow, kMsPerHour)->critical_alerts, 2U);
    // Back to where it was, over all days.
    for (const int days : {1, 3}) backend_->move_device("V-1", "north", day(days));
    backend_->disturb(1);
    EXPECT_EQ(alerts_of("north").size(), 5U);
    EXPECT_EQ(alerts_of("west").size() + alerts_of("south").size(), 0U);
    EXPECT_EQ(records_on("north", 2), 5U);
}

void link_devices() {}

}  // namespace fleet::store::contract
