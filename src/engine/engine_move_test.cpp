// SPDX-License-Identifier: Apache-2.0
// Moving a device to another fleet: what people did stays, and what a move must not do.
#include "engine/change_feed.hpp"
#include "engine/engine_fold_testing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

namespace fleet::engine::test {
namespace {

constexpr Day kDay{20'416};  // of kBegin, 2025-11-24

Day after(int days) { return Day{static_cast<std::uint16_t>(kDay.value + days)}; }

TestRecord fast(std::int64_t ts_ms, std::int32_t speed = 15'000) {
    TestRecord r;
    r.device = "van-7";
    r.fleet = "north";
    r.record.ts.ms = ts_ms;
    r.record.set(model::Field::speed, speed);
    return r;
}

/// An episode of speeding at noon of each of three days.
std::vector<TestRecord> three_days() {
    std::vector<TestRecord> records;
    for (int day = 0; day < 3; ++day) {
        for (int i = 0; i < 4; ++i)
            records.push_back(
                fast(kBegin + day * kMsPerDay + i * 30 * kMsPerSecond, i < 3 ? 15'000 : 1'000));
    }
    return records;
}

/// "start fleet state actions", newest first, of a fleet's alerts.
std::string alerts(const Engine& engine, const std::string& fleet) {
    AlertQuery query;
    query.fleet = *engine.fleet_number(fleet);
    query.from = {0};
    query.to = kForEverTs;
    query.retracted = true;
    const auto page = engine.alerts(query);
    if (!page) return page.error().message;
    std::string out;
    for (const AlertRow& row : page->items)
        out += fmt::format("{} {} {}{}{}\n", format_day(day_of({row.run.start_ms})),
                           engine.fleet_id(row.fleet), row.actions.size(),
                           row.notified ? " notified" : "", row.retracted ? " retracted" : "");
    return out;
}

TEST(EngineMove, PeoplesActionsStayAndNobodyIsToldAgain) {
    const TemporaryDirectory dir;
    EngineOptions options;
    options.dir = dir.path();
    options.retention_days = 0;
    options.disk_reserve_bytes = 0;
    options.notify = true;
    options.notify_max_age_ms = 10'000 * kMsPerDay;
    const auto open = [&] {
        auto opened = Engine::open(options, std::make_shared<SystemClock>());
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    };
    auto engine = open();
    feed(*engine, three_days());
    const auto waiting = engine->waiting_alerts(10);
    ASSERT_TRUE(waiting);
    ASSERT_EQ(waiting->size(), 3U);
    const auto second = std::find_if(waiting->begin(), waiting->end(), [](const AlertRow& row) {
        return day_of({row.run.start_ms}) == after(1);
    });
    ASSERT_NE(second, waiting->end());
    const NotifiedAlert told{second->device, second->id};
    ASSERT_TRUE(engine->alerts_notified({&told, 1}));
    AlertAction action;
    action.kind = AlertAction::Kind::acknowledge;
    action.who = "ada";
    ASSERT_TRUE(engine->act_on_alert(second->id, action));
    for (int again = 0; again < 2; ++again) {
        ASSERT_TRUE(engine->move_devices({{"van-7", "south", after(1)}}));
        EXPECT_EQ(alerts(*engine, "south"), "2025-11-26 south 0\n2025-11-25 south 1 notified\n");
        EXPECT_EQ(alerts(*engine, "north"), "2025-11-24 north 0\n");
        EXPECT_EQ(engine->unresolved_high(*engine->fleet_number("south"), {0}, kForEverTs).value(),
                  2U);
        EXPECT_EQ(engine->waiting_alerts(10)->size(), 2U);
        const auto found = engine->alert(second->id);
        ASSERT_TRUE(found && *found);
        EXPECT_EQ((*found)->state, AlertState::acknowledged);
        // Back, and everything is as before.
        ASSERT_TRUE(engine->move_devices({{"van-7", "north", after(1)}}));
        EXPECT_EQ(alerts(*engine, "north"),
                  "2025-11-26 north 0\n2025-11-25 north 1 notified\n2025-11-24 north 0\n");
        EXPECT_EQ(alerts(*engine, "south"), "");
        engine.reset();
        engine = open();
    }
    const auto verified = engine->verify(false);
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->differences, std::vector<std::string>{});
}

TEST(EngineMove, RulesOfAFleetHoldOnTheDaysInIt) {
    const TemporaryDirectory dir;
    const auto engine = open_engine(dir.path());
    RuleChange rule = put("south-fast", model::RuleType::overspeed, 10'000);
    rule.rule.fleets = {"south"};
    ASSERT_TRUE(engine->change_rules({rule}));
    feed(*engine, three_days());
    ASSERT_TRUE(engine->move_devices({{"van-7", "south", after(1)}}));
    EXPECT_EQ(alerts(*engine, "south"), "2025-11-26 south 0\n2025-11-25 south 0\n");
    ASSERT_TRUE(engine->move_devices({{"van-7", "west", after(2)}}));
    EXPECT_EQ(alerts(*engine, "south"), "2025-11-25 south 0\n");
    EXPECT_EQ(alerts(*engine, "west"), "");
    EXPECT_EQ(alerts(*engine, "north"), "");
}

TEST(EngineMove, AnErasureAndRetentionReachEveryFleetThatADeviceWasIn) {
    const TemporaryDirectory dir;
    const auto engine = open_engine(dir.path());
    feed(*engine, three_days());
    ASSERT_TRUE(engine->move_devices({{"van-7", "south", after(1)}}));
    ASSERT_TRUE(engine->move_devices({{"van-7", "west", after(2)}}));
    ASSERT_TRUE(engine->erase("van-7", ErasePeriod{after(1).begin(), after(1).end()}));
    EXPECT_EQ(alerts(*engine, "south"), "");
    EXPECT_EQ(alerts(*engine, "west"), "2025-11-26 west 0\n");
    ASSERT_TRUE(engine->erase("van-7", std::nullopt));
    for (const char* fleet : {"north", "south", "west"}) {
        EXPECT_EQ(alerts(*engine, fleet), "");
        EXPECT_TRUE(engine->devices_on(*engine->fleet_number(fleet), kDay)->empty());
        EXPECT_TRUE(engine->devices_of(*engine->fleet_number(fleet))->empty());
    }
    const auto verified = engine->verify(false);
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->differences, std::vector<std::string>{});
}

TEST(EngineMove, OnlyAMoveMovesAndItSaysWhatIsWrong) {
    const TemporaryDirectory dir;
    const auto engine = open_engine(dir.path());
    feed(*engine, three_days());
    ASSERT_TRUE(engine->move_devices({{"van-7", "south", after(2)}}));
    feed(*engine, {fast(kBegin + 3 * kMsPerDay)});  // names north
    EXPECT_EQ(engine->device(*engine->find_device("van-7")).fleet, "south");
    const auto refused = [&](DeviceMove move) {
        const auto done = engine->move_devices({std::move(move)});
        return done ? std::string("done") : done.error().message;
    };
    EXPECT_EQ(refused({"nobody", "south", kDay}), "there is no device nobody");
    EXPECT_EQ(refused({"van-7", "a b", kDay}), "\"a b\" is no fleet id");
    EXPECT_EQ(refused({"van-7", "south", Day{65'535}}),
              "a move cannot hold from 2149-06-06, which lies in the future");
    EXPECT_EQ(engine->move_devices({{"van-7", "a", kDay}, {"van-7", "b", kDay}}).error().message,
              "device van-7 is named twice");
    const DeviceRow row = engine->device(*engine->find_device("van-7"));
    ASSERT_EQ(row.fleets.size(), 2U);
    EXPECT_EQ(row.fleets[0], (std::pair<Day, std::string>(Day{}, "north")));
    EXPECT_EQ(row.fleets[1], (std::pair<Day, std::string>(after(2), "south")));
}

TEST(EngineMove, ACopyIsToldOfTheDeviceAndOfTheDaysThatChanged) {
    const TemporaryDirectory dir;
    EngineOptions options;
    options.dir = dir.path();
    options.retention_days = 0;
    options.disk_reserve_bytes = 0;
    options.feed = true;
    auto opened = Engine::open(options, std::make_shared<SystemClock>());
    ASSERT_TRUE(opened);
    Engine& engine = **opened;
    feed(engine, three_days());
    ASSERT_TRUE(engine.move_devices({{"van-7", "south", after(1)}}));
    std::size_t told = 0;
    for (std::size_t entries = 0; entries < 2;) {
        const auto next = engine.feed()->next(UINT64_MAX);
        ASSERT_TRUE(next);
        for (const FeedEntry& entry : *next) told += entry.devices.size();
        entries += next->size();
    }
    EXPECT_EQ(told, 1U);
    const auto days = engine.feed()->days(10);
    ASSERT_TRUE(days);
    std::vector<Day> marked;
    for (const FeedDay& day : *days) marked.push_back(day.day);
    EXPECT_EQ(marked, (std::vector<Day>{after(1), after(2)}));
}

}  // namespace
}  // namespace fleet::engine::test
