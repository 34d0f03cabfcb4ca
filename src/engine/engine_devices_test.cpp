// SPDX-License-Identifier: Apache-2.0
// What is said about devices: over crashes, backups and erasures, and told to copies.
#include "engine/change_feed.hpp"
#include "engine/engine_testing.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <utility>

namespace fleet::engine::test {
namespace {

model::DeviceChange change_of(const std::string& id, const std::string& plate = {}) {
    model::DeviceChange change;
    change.id = id;
    change.fleet = "north";
    if (!plate.empty()) change.plate = plate;
    return change;
}

model::DeviceChange enable(const std::string& id, bool enabled) {
    model::DeviceChange change;
    change.id = id;
    change.enabled = enabled;
    return change;
}

TestRecord at(const std::string& device, std::int64_t ts_ms) {
    TestRecord r;
    r.device = device;
    r.fleet = "north";
    r.record.ts.ms = ts_ms;
    r.record.set(model::Field::speed, 5'000);
    return r;
}

/// Every device with what is said about it.
std::string said(const Engine& engine, const std::vector<std::string>& ids) {
    std::string out;
    for (const std::string& id : ids) {
        const auto handle = engine.find_device(id);
        if (!handle) {
            out += id + " unknown\n";
            continue;
        }
        const DeviceRow row = engine.device(*handle);
        out +=
            fmt::format("{} of {} '{}' '{}' {} rows{}\n", row.id, row.fleet, row.details->name,
                        row.details->plate, row.records, row.details->enabled ? "" : " disabled");
    }
    return out;
}

Result<BatchResult> send(Engine& engine, const std::vector<TestRecord>& records) {
    return engine.submit_and_wait(batch_of(records, 0, records.size()));
}

TEST(EngineDevices, ChangesSurviveACrashAtAnyPlaceAndARestart) {
    const std::vector<std::string> ids{"a", "b", "c"};
    for (int cut = 0; cut < 6; ++cut) {
        auto dir = std::make_unique<TemporaryDirectory>();
        auto engine = open_engine(dir->path());
        ASSERT_TRUE(engine->change_devices({change_of("a", "1"), change_of("b")}));
        if (cut == 1) {
            ASSERT_TRUE(engine->checkpoint());
        }
        ASSERT_TRUE(send(*engine, {at("a", kStart), at("c", kStart)}));
        ASSERT_TRUE(engine->change_devices({change_of("a", "2")}));
        if (cut == 2) {
            ASSERT_TRUE(engine->checkpoint());
        }
        model::DeviceChange name = change_of("a");
        name.name = "Van";
        ASSERT_TRUE(engine->change_devices({name, enable("c", false)}));
        if (cut == 3) {
            ASSERT_TRUE(engine->checkpoint());
        }
        ASSERT_TRUE(engine->change_devices({change_of("b", "3")}));
        if (cut == 4) {
            ASSERT_TRUE(engine->checkpoint());
        }
        const std::string wanted =
            "a of north 'Van' '2' 1 rows\nb of north '' '3' 0 rows\n"
            "c of north '' '' 1 rows disabled\n";
        ASSERT_EQ(said(*engine, ids), wanted);
        auto left = std::make_unique<TemporaryDirectory>();
        dir->copy_to(left->path());
        engine.reset();
        for (const auto& path : {dir->path(), left->path()}) {
            for (int again = 0; again < 2; ++again) {
                const auto reopened = open_engine(path);
                ASSERT_NE(reopened, nullptr);
                EXPECT_EQ(said(*reopened, ids), wanted) << "cut " << cut;
                const auto refused = send(*reopened, {at("c", kStart + 1)});
                ASSERT_TRUE(refused);
                EXPECT_EQ(refused->statuses, std::vector{RowStatus::rejected});
                const auto verified = reopened->verify(false);
                ASSERT_TRUE(verified);
                EXPECT_EQ(verified->differences, std::vector<std::string>{});
            }
        }
    }
}

TEST(EngineDevices, RecordsOfADisabledOneAreQuarantinedOnEveryWayIn) {
    const TemporaryDirectory dir;
    const auto engine = open_engine(dir.path());
    ASSERT_TRUE(send(*engine, {at("a", kStart), at("b", kStart)}));
    ASSERT_TRUE(engine->change_devices({enable("a", false)}));
    const std::string before = tables_of(*engine);

    const auto sent = send(*engine, {at("b", kStart), at("a", kStart + 1), at("a", kStart)});
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->statuses,
              (std::vector{RowStatus::duplicate, RowStatus::rejected, RowStatus::rejected}));
    const auto bulk = engine->bulk_load();
    ASSERT_TRUE(bulk);
    const std::vector<TestRecord> records{at("a", kStart + 2), at("b", kStart)};
    Batch batch = batch_of(records, 0, records.size());
    ASSERT_TRUE((*bulk)->add(batch));
    ASSERT_TRUE((*bulk)->finish());
    ASSERT_EQ(batch.rows.rejects.size(), 1U);
    EXPECT_EQ(batch.rows.rejects[0].reason, model::Reason::unknown_device);

    EXPECT_EQ(tables_of(*engine), before);
    const auto kept = engine->quarantine(0, 10);
    ASSERT_TRUE(kept);
    ASSERT_EQ(kept->size(), 3U);
    for (const QuarantineEntry& entry : *kept) {
        EXPECT_EQ(entry.reason, "unknown_device");
        EXPECT_EQ(entry.detail, "device a is disabled; enable it to take its records again");
    }
    const Accounting sums = engine->stats().accounting;
    EXPECT_EQ(sums.received, sums.stored + sums.duplicates + sums.conflicts + sums.quarantined);
    EXPECT_EQ(sums.quarantined, 3U);
    ASSERT_TRUE(engine->change_devices({enable("a", true)}));
    EXPECT_EQ(send(*engine, {at("a", kStart + 1)})->stored, 1U);
}

TEST(EngineDevices, ABackupHoldsThemAndAnErasureRemovesThem) {
    const TemporaryDirectory dir;
    const auto copy = dir.path() / "copy";
    const std::vector<std::string> ids{"a", "b"};
    {
        const auto engine = open_engine(dir.path() / "data");
        ASSERT_TRUE(engine->change_devices({change_of("a", "SECRET-1"), change_of("b", "2")}));
        ASSERT_TRUE(engine->change_devices({enable("a", false)}));
        ASSERT_TRUE(engine->backup(copy));
        ASSERT_TRUE(engine->erase("a", std::nullopt));
        EXPECT_EQ(said(*engine, ids), "a unknown\nb of north '' '2' 0 rows\n");
        // The id is free again, and nothing of the one before holds for it.
        EXPECT_EQ(send(*engine, {at("a", kStart)})->stored, 1U);
        EXPECT_EQ(said(*engine, ids), "a of north '' '' 1 rows\nb of north '' '2' 0 rows\n");
    }
    {
        const auto engine = open_engine(dir.path() / "data");
        EXPECT_EQ(said(*engine, ids), "a of north '' '' 1 rows\nb of north '' '2' 0 rows\n");
    }
    const auto engine = open_engine(copy);
    EXPECT_EQ(said(*engine, ids),
              "a of north '' 'SECRET-1' 0 rows disabled\nb of north '' '2' 0 rows\n");
}

TEST(EngineDevices, AnImportIsTakenAsAWholeOrNotAtAll) {
    const TemporaryDirectory dir;
    const auto engine = open_engine(dir.path());
    ASSERT_TRUE(engine->change_devices({change_of("a", "1")}));
    model::DeviceChange elsewhere = change_of("a", "2");
    elsewhere.fleet = "south";
    model::DeviceChange wrong = change_of("c");
    wrong.name = std::string(201, 'x');
    const std::array<std::pair<model::DeviceChange, std::string>, 4> refused{
        {{elsewhere,
          "device a: fleet_id: \"south\", but it is in fleet north, and a change does not move "
          "it; leave fleet_id out, or move it first"},
         {wrong, "device c: name: 201 bytes; at most 200 are taken"},
         {change_of("b"), "device b: is named twice"},
         {change_of("a b"),
          "device a b: device_id: 1 to 64 letters, digits, or . _ : - belong here"}}};
    for (const auto& [change, message] : refused) {
        const auto done = engine->change_devices({change_of("b"), change});
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().code, Code::invalid_argument);
        EXPECT_EQ(done.error().message, message);
        EXPECT_FALSE(engine->find_device("b"));
    }
    std::vector<model::DeviceChange> many;
    for (int i = 0; i < 100'000; ++i)
        many.push_back(change_of(fmt::format("d{}", i), fmt::format("P-{}", i)));
    ASSERT_TRUE(engine->change_devices(std::move(many)));
    EXPECT_EQ(engine->stats().devices, 100'001U);
    EXPECT_EQ(engine->device(*engine->find_device("d99999")).details->plate, "P-99999");
}

TEST(EngineDevices, TheFeedTellsOfThem) {
    const TemporaryDirectory dir;
    EngineOptions options;
    options.dir = dir.path();
    options.disk_reserve_bytes = 0;
    options.feed = true;
    auto opened = Engine::open(options, std::make_shared<SystemClock>());
    ASSERT_TRUE(opened);
    Engine& engine = **opened;
    ASSERT_TRUE(engine.change_devices({change_of("a", "1"), change_of("b")}));
    ASSERT_TRUE(engine.change_devices({change_of("b", "2")}));
    std::vector<std::vector<std::string>> told;
    while (told.size() < 2) {
        const auto entries = engine.feed()->next(UINT64_MAX);
        ASSERT_TRUE(entries);
        for (const FeedEntry& entry : *entries) {
            std::vector<std::string>& ids = told.emplace_back();
            for (const DeviceHandle device : entry.devices) ids.push_back(engine.device(device).id);
        }
    }
    EXPECT_EQ(told, (std::vector<std::vector<std::string>>{{"a", "b"}, {"b"}}));
}

}  // namespace
}  // namespace fleet::engine::test
