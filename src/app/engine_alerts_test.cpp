// SPDX-License-Identifier: Apache-2.0
// Notifications on a real engine: what is told of once stays told of.
#include "app/engine_alerts.hpp"

#include "notify/outbox.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace fleet::app {
namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;  // 2026-01-01T00:00:00Z

class Inbox final : public notify::Channel {
  public:
    explicit Inbox(std::vector<model::Notification>& got) : got_(got) {}
    const std::string& name() const override { return name_; }
    notify::Outcome send(const model::Notification& n, const std::stop_token&) override {
        got_.push_back(n);
        return {};
    }

  private:
    std::string name_ = "inbox";
    std::vector<model::Notification>& got_;
};

class EngineAlertsTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string name = std::filesystem::temp_directory_path() / "fleet-notify-XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        dir_ = name;
        open();
    }
    void TearDown() override {
        outbox_.reset();
        ASSERT_TRUE(engine_->stop());
        engine_.reset();
        std::filesystem::remove_all(dir_);
    }
    void open() {
        engine::EngineOptions options;
        options.dir = dir_;
        options.durability = engine::Durability::process;
        options.notify = true;
        options.disk_reserve_bytes = 0;
        auto opened = engine::Engine::open(options, clock_);
        ASSERT_TRUE(opened) << opened.error().message;
        engine_ = std::move(opened).value();
        std::vector<std::unique_ptr<notify::Channel>> channels;
        channels.push_back(std::make_unique<Inbox>(got_));
        outbox_ = std::make_unique<notify::Outbox>(notify::OutboxOptions{},
                                                   std::make_shared<EngineAlerts>(*engine_),
                                                   std::move(channels), clock_);
    }
    void reopen() {
        outbox_.reset();
        ASSERT_TRUE(engine_->stop());
        engine_.reset();
        open();
    }

    /// A record each of vehicles first … first + count - 1 with a battery of `percent`.
    void send(int first, int count, std::int64_t ts_ms, int percent) {
        std::vector<std::string> names;
        for (int i = 0; i < count; ++i) names.push_back(fmt::format("V-{}", first + i));
        engine::Batch batch;
        for (const std::string& name : names) {
            model::Record record;
            record.device = name;
            record.fleet = "north";
            record.ts.ms = ts_ms;
            record.set(model::Field::battery, percent * 100);
            batch.rows.records.push_back(record);
        }
        const auto done = engine_->submit_and_wait(std::move(batch));
        ASSERT_TRUE(done) << done.error().message;
    }
    void round() {
        outbox_->plan();
        clock_->advance_ms(65'000);
        outbox_->plan();
        while (outbox_->deliver(0)) {
        }
        outbox_->plan();
        EXPECT_EQ(outbox_->stats().last_error, "");
    }
    std::vector<engine::AlertRow> listed() {
        engine::AlertQuery query;
        query.fleet = engine_->fleet_number("north").value();
        query.to = Timestamp{kMaxMs};
        query.limit = 100'000;
        auto page = engine_->alerts(query);
        EXPECT_TRUE(page);
        return std::move(page).value().items;
    }
    std::size_t waiting() { return engine_->waiting_alerts(100'000).value().size(); }

    std::filesystem::path dir_;
    std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>(Timestamp{kNow});
    std::vector<model::Notification> got_;
    std::unique_ptr<engine::Engine> engine_;
    std::unique_ptr<notify::Outbox> outbox_;
};

TEST_F(EngineAlertsTest, TenThousandVehiclesAtOnceMakeOneNotification) {
    send(0, 10'000, kNow, 5);
    EXPECT_EQ(waiting(), 10'000U);
    round();
    ASSERT_EQ(got_.size(), 1U);
    std::set<model::AlertId> told(got_[0].ids.begin(), got_[0].ids.end());
    std::set<model::AlertId> all;
    for (const auto& row : listed()) {
        all.insert(row.id);
        EXPECT_TRUE(row.notified);
    }
    EXPECT_EQ(all.size(), 10'000U);
    EXPECT_EQ(told, all);
    EXPECT_EQ(got_[0].type, "LOW_BATTERY");
    EXPECT_EQ(got_[0].fleet, "north");
    EXPECT_EQ(waiting(), 0U);
    reopen();
    round();
    EXPECT_EQ(got_.size(), 1U);
    send(20'000, 1, kNow + 60'000, 5);
    round();
    EXPECT_EQ(got_.size(), 1U);
    EXPECT_EQ(outbox_->stats().joined, 1U);
}

TEST_F(EngineAlertsTest, NineteenVehiclesMakeNineteenNotifications) {
    send(0, 19, kNow, 5);
    round();
    ASSERT_EQ(got_.size(), 19U);
    std::set<std::string> ids;
    for (const auto& n : got_) {
        EXPECT_EQ(n.kind, model::Notification::Kind::alert);
        ids.insert(n.id);
    }
    EXPECT_EQ(ids.size(), 19U);
}

TEST_F(EngineAlertsTest, WhatLateDataMoveOrPeopleDoMakesNoSecondNotification) {
    send(1, 1, kNow, 5);
    round();
    ASSERT_EQ(got_.size(), 1U);
    const model::AlertId before = listed().at(0).id;
    engine::AlertAction action;
    action.kind = engine::AlertAction::Kind::acknowledge;
    action.who = "ann";
    ASSERT_TRUE(engine_->act_on_alert(before, action));
    send(1, 1, kNow - 30'000, 6);  // the run began earlier: another alert in its place
    round();
    const auto rows = listed();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_NE(rows[0].id, before);
    EXPECT_TRUE(rows[0].notified);
    EXPECT_EQ(rows[0].state, engine::AlertState::acknowledged);
    reopen();
    round();
    EXPECT_EQ(got_.size(), 1U);
}

TEST_F(EngineAlertsTest, AnAlertThatMovesWhileItWaitsIsToldOfOnceUnderItsNewId) {
    send(1, 1, kNow, 5);
    outbox_->plan();
    send(1, 1, kNow - 30'000, 6);
    ASSERT_EQ(listed().size(), 1U);
    round();
    ASSERT_EQ(got_.size(), 1U);
    EXPECT_EQ(got_[0].ids, std::vector{listed().at(0).id});
}

TEST_F(EngineAlertsTest, ALateAlertIsToldOfOnceAndHistoryNever) {
    send(1, 1, kNow, 50);
    send(1, 1, kNow - 2 * kMsPerHour, 5);  // late, but of today
    send(2, 1, kNow - kMsPerDay - 1, 5);   // history
    EXPECT_EQ(listed().size(), 2U);        // folds late rows, as the engine does in the background
    round();
    ASSERT_EQ(got_.size(), 1U);
    EXPECT_EQ(got_[0].alerts.at(0).device, "V-1");
    EXPECT_TRUE(got_[0].alerts.at(0).late);
    round();
    EXPECT_EQ(got_.size(), 1U);
}

TEST_F(EngineAlertsTest, WhatABulkLoadOrANewRuleFindsIsHistory) {
    {
        auto load = engine_->bulk_load();
        ASSERT_TRUE(load);
        engine::Batch batch;
        model::Record record;
        record.device = "V-1";
        record.fleet = "north";
        record.ts.ms = kNow;
        record.set(model::Field::battery, 500);
        batch.rows.records.push_back(record);
        ASSERT_TRUE((*load)->add(batch));
        ASSERT_TRUE((*load)->finish());
    }
    send(2, 1, kNow, 50);
    engine::RuleChange change;
    change.kind = engine::RuleChange::Kind::put_rule;
    change.rule = model::default_rule(model::RuleType::low_battery);
    change.rule.name = "below-60";
    change.rule.limit = 6'000;
    ASSERT_TRUE(engine_->change_rules({change}));
    EXPECT_EQ(listed().size(), 2U);
    round();
    EXPECT_TRUE(got_.empty());
}

}  // namespace
}  // namespace fleet::app
