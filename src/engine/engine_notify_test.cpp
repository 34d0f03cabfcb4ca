// SPDX-License-Identifier: Apache-2.0
// Which alerts wait to be notified, and that they wait no longer once they were.
#include "engine/engine_testing.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace fleet::engine::test {
namespace {

std::unique_ptr<Engine> open_notifying(const std::filesystem::path& dir, std::int64_t now_ms) {
    EngineOptions options;
    options.dir = dir;
    options.notify = true;
    options.notify_max_age_ms = kMsPerHour;
    options.disk_reserve_bytes = 0;
    options.checkpoint_interval_ms = kMsPerDay;
    auto opened =
        Engine::open(std::move(options), std::make_shared<ManualClock>(Timestamp{now_ms}));
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(opened).value();
}

void send_low_battery(Engine& engine, const std::string& device, std::int64_t ts_ms) {
    Batch batch;
    model::Record record;
    record.device = device;
    record.ts.ms = ts_ms;
    record.set(model::Field::battery, 500);
    batch.rows.records.push_back(record);
    ASSERT_TRUE(engine.submit_and_wait(std::move(batch)));
}

TEST(EngineNotify, AlertsOlderThanTheLimitDoNotWait) {
    const TemporaryDirectory dir;
    const auto engine = open_notifying(dir.path(), kStart);
    send_low_battery(*engine, "new", kStart - kMsPerHour);
    send_low_battery(*engine, "old", kStart - kMsPerHour - 1);
    const auto waiting = engine->waiting_alerts(10);
    ASSERT_TRUE(waiting);
    ASSERT_EQ(waiting->size(), 1U);
    EXPECT_EQ(engine->device(waiting->at(0).device).id, "new");
    EXPECT_FALSE(waiting->at(0).notified);
}

TEST(EngineNotify, WhatWasNotifiedStaysSoAfterAKill) {
    const TemporaryDirectory dir;
    const auto engine = open_notifying(dir.path(), kStart);
    for (const char* device : {"a", "b", "c"}) send_low_battery(*engine, device, kStart);
    const auto waiting = engine->waiting_alerts(10);
    ASSERT_TRUE(waiting);
    ASSERT_EQ(waiting->size(), 3U);
    EXPECT_EQ(engine->waiting_alerts(2)->size(), 2U);
    std::vector<NotifiedAlert> told;
    for (const AlertRow& row : {waiting->at(0), waiting->at(1)})
        told.push_back({row.device, row.id});
    ASSERT_TRUE(engine->alerts_notified(told));
    ASSERT_TRUE(engine->alerts_notified(told));  // again: no effect
    ASSERT_TRUE(engine->alerts_notified({}));

    const TemporaryDirectory killed;
    dir.copy_to(killed.path());
    const auto after = open_notifying(killed.path(), kStart);
    const auto left = after->waiting_alerts(10);
    ASSERT_TRUE(left);
    ASSERT_EQ(left->size(), 1U);
    EXPECT_EQ(left->at(0).id, waiting->at(2).id);
    EXPECT_TRUE(after->alert(told[0].id)->value().notified);
    EXPECT_FALSE(after->alert(waiting->at(2).id)->value().notified);
}

TEST(EngineNotify, NothingWaitsWhereNobodyNotifies) {
    const TemporaryDirectory dir;
    const auto engine = open_engine(dir.path());
    send_low_battery(*engine, "a", kStart);
    EXPECT_TRUE(engine->waiting_alerts(10)->empty());
}

}  // namespace
}  // namespace fleet::engine::test
