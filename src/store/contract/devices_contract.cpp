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

void link_devices() {}

}  // namespace fleet::store::contract
