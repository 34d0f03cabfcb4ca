// SPDX-License-Identifier: Apache-2.0
#include "notify/outbox.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace fleet::notify {
namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;  // 2026-01-01T00:00:00Z

/// A store that keeps alerts in a map.
class FakeSource final : public AlertSource {
  public:
    std::map<model::AlertId, StoredAlert> alerts;
    std::set<model::AlertId> queue;  ///< those that wait
    bool broken = false;             ///< takes no marks
    int marks = 0;

    model::AlertId add(std::uint32_t device, std::int64_t start_ms, bool history = false) {
        StoredAlert a;
        a.id = model::alert_id("rule", std::to_string(device), "", start_ms);
        a.fleet = 7;
        a.device = device;
        a.type = model::RuleType::device_alarm;
        a.run.start_ms = start_ms;
        a.run.severity = model::Severity::medium;
        alerts[a.id] = a;
        if (!history) queue.insert(a.id);
        return a.id;
    }
    Result<std::vector<StoredAlert>> waiting(std::size_t limit) override {
        std::vector<StoredAlert> out;
        for (const model::AlertId& id : queue)
            if (out.size() < limit) out.push_back(alerts.at(id));
        return out;
    }
    Result<std::vector<StoredAlert>> between(std::uint32_t fleet, model::RuleType type,
                                             std::int64_t from_ms, std::int64_t to_ms) override {
        std::vector<StoredAlert> out;
        for (const auto& [id, a] : alerts)
            if (a.fleet == fleet && a.type == type && a.run.start_ms >= from_ms &&
                a.run.start_ms <= to_ms)
                out.push_back(a);
        return out;
    }
    Result<void> notified(std::span<const AlertKey> keys) override {
        if (broken) return fail(Code::unavailable, "the disk is full");
        ++marks;
        for (const AlertKey& key : keys) {
            queue.erase(key.id);
            if (alerts.contains(key.id)) alerts[key.id].notified = true;
        }
        return {};
    }
    model::AlertNotice describe(const StoredAlert& alert) override {
        model::AlertNotice notice;
        notice.id = alert.id;
        notice.device = std::to_string(alert.device);
        return notice;
    }
    std::string fleet_id(const StoredAlert&) override { return "north"; }
};

/// Answers what it is told to, and keeps what it accepted.
struct Receiver {
    std::vector<model::Notification> got;
    Outcome answer;
    int attempts = 0;
};
class FakeChannel final : public Channel {
  public:
    FakeChannel(std::string name, Receiver& receiver)
        : name_(std::move(name)), receiver_(receiver) {}
    const std::string& name() const override { return name_; }
    Outcome send(const model::Notification& n, const std::stop_token&) override {
        ++receiver_.attempts;
        if (receiver_.answer.kind == Outcome::Kind::accepted) receiver_.got.push_back(n);
        return receiver_.answer;
    }

  private:
    std::string name_;
    Receiver& receiver_;
};

struct Desk {
    std::shared_ptr<FakeSource> source = std::make_shared<FakeSource>();
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(Timestamp{kNow});
    Receiver hook;
    Receiver mail;
    std::unique_ptr<Outbox> outbox;

    explicit Desk(OutboxOptions options = {}) { restart(options); }
    /// What a kill leaves: the source, and nothing of the outbox.
    void restart(OutboxOptions options = {}) {
        std::vector<std::unique_ptr<Channel>> channels;
        channels.push_back(std::make_unique<FakeChannel>("hook", hook));
        channels.push_back(std::make_unique<FakeChannel>("mail", mail));
        outbox = std::make_unique<Outbox>(options, source, std::move(channels), clock);
    }
    void deliver_all() {
        for (std::size_t channel : {0U, 1U})
            while (outbox->deliver(channel)) {
            }
    }
    /// One look, delivery, and the look that marks.
    void round() {
        outbox->plan();
        deliver_all();
        outbox->plan();
    }
    void wait_and_round() {
        outbox->plan();  // sees what is new
        clock->advance_ms(65'000);
        round();
    }
};

TEST(Outbox, TellsEveryChannelOnceAfterTheWait) {
    Desk desk;
    const model::AlertId id = desk.source->add(1, kNow);
    desk.round();
    EXPECT_TRUE(desk.hook.got.empty());
    desk.clock->advance_ms(64'999);
    desk.round();
    EXPECT_TRUE(desk.hook.got.empty());
    desk.clock->advance_ms(1);
    desk.round();
    ASSERT_EQ(desk.hook.got.size(), 1U);
    ASSERT_EQ(desk.mail.got.size(), 1U);
    EXPECT_EQ(desk.hook.got[0].kind, model::Notification::Kind::alert);
    EXPECT_EQ(desk.hook.got[0].ids, std::vector{id});
    EXPECT_EQ(desk.hook.got[0].type, "DEVICE_ALARM");
    EXPECT_EQ(desk.hook.got[0].fleet, "north");
    EXPECT_EQ(desk.hook.got[0].severity, model::Severity::medium);
    EXPECT_TRUE(desk.source->queue.empty());
    desk.wait_and_round();
    EXPECT_EQ(desk.hook.attempts, 1);
    const OutboxStats stats = desk.outbox->stats();
    EXPECT_EQ(stats.channels[0].sent, 1U);
    EXPECT_EQ(stats.undelivered, 0U);
    EXPECT_EQ(stats.waiting, 0U);
}

TEST(Outbox, TenThousandVehiclesMakeOneNotificationThatNamesThemAll) {
    Desk desk;
    std::set<model::AlertId> ids;
    for (std::uint32_t d = 0; d < 10'000; ++d) ids.insert(desk.source->add(d, kNow + d % 60'000));
    desk.wait_and_round();
    ASSERT_EQ(desk.hook.got.size(), 1U);
    const model::Notification& n = desk.hook.got[0];
    EXPECT_EQ(n.kind, model::Notification::Kind::incident);
    EXPECT_EQ(n.devices, 10'000U);
    EXPECT_EQ(std::set(n.ids.begin(), n.ids.end()), ids);
    EXPECT_EQ(n.alerts.size(), model::Notification::kMaxNotices);
    EXPECT_EQ(desk.source->marks, 1);
    EXPECT_TRUE(desk.source->queue.empty());
}

TEST(Outbox, NineteenVehiclesAreNoIncident) {
    Desk desk;
    for (std::uint32_t d = 0; d < 19; ++d) desk.source->add(d, kNow);
    desk.wait_and_round();
    ASSERT_EQ(desk.hook.got.size(), 19U);
    for (const auto& n : desk.hook.got) {
        EXPECT_EQ(n.kind, model::Notification::Kind::alert);
        EXPECT_EQ(n.ids.size(), 1U);
    }
}

TEST(Outbox, TwentyAlertsOfNineteenVehiclesAreNoIncident) {
    Desk desk;
    for (std::uint32_t d = 0; d < 19; ++d) desk.source->add(d, kNow);
    desk.source->add(0, kNow + 1'000);
    desk.wait_and_round();
    EXPECT_EQ(desk.hook.got.size(), 20U);
}

TEST(Outbox, WhatJoinsAnIncidentMakesNoSecondNotificationNotEvenAfterARestart) {
    Desk desk;
    for (std::uint32_t d = 0; d < 30; ++d) desk.source->add(d, kNow);
    desk.wait_and_round();
    ASSERT_EQ(desk.hook.got.size(), 1U);
    desk.source->add(100, kNow + 60'000);
    desk.wait_and_round();
    desk.restart();
    desk.source->add(101, kNow + 30'000);
    desk.wait_and_round();
    EXPECT_EQ(desk.hook.got.size(), 1U);
    EXPECT_TRUE(desk.source->queue.empty());
    EXPECT_EQ(desk.outbox->stats().joined, 1U);
    desk.source->add(102, kNow + 60'001);  // the minute is over
    desk.wait_and_round();
    EXPECT_EQ(desk.hook.got.size(), 2U);
}

TEST(Outbox, WhatJoinsWhileTheIncidentIsNotDeliveredYetJoinsItToo) {
    Desk desk;
    for (std::uint32_t d = 0; d < 20; ++d) desk.source->add(d, kNow);
    desk.outbox->plan();
    desk.clock->advance_ms(65'000);
    desk.outbox->plan();
    desk.source->add(100, kNow + 1'000);
    desk.outbox->plan();
    desk.clock->advance_ms(65'000);
    desk.round();
    EXPECT_EQ(desk.hook.got.size(), 1U);
    EXPECT_TRUE(desk.source->queue.empty());
}

TEST(Outbox, AlertsThatBecomeAnIncidentAfterSomeWereToldOfAreOneMore) {
    Desk desk;
    for (std::uint32_t d = 0; d < 15; ++d) desk.source->add(d, kNow);
    desk.wait_and_round();
    ASSERT_EQ(desk.hook.got.size(), 15U);
    for (std::uint32_t d = 15; d < 30; ++d) desk.source->add(d, kNow + 1'000);
    desk.wait_and_round();
    ASSERT_EQ(desk.hook.got.size(), 16U);
    EXPECT_EQ(desk.hook.got.back().kind, model::Notification::Kind::incident);
    EXPECT_EQ(desk.hook.got.back().ids.size(), 30U);
}

TEST(Outbox, HistoryThatNobodyIsToldOfHidesNoNewAlert) {
    Desk desk;
    for (std::uint32_t d = 0; d < 50; ++d) desk.source->add(d, kNow, true);
    const model::AlertId id = desk.source->add(100, kNow);
    desk.wait_and_round();
    ASSERT_EQ(desk.hook.got.size(), 1U);
    EXPECT_EQ(desk.hook.got[0].ids, std::vector{id});
}

TEST(Outbox, AFailingChannelIsTriedAgainLaterAndDelaysNoOther) {
    Desk desk;
    desk.source->add(1, kNow);
    desk.mail.answer = {Outcome::Kind::later, "nobody answers", {}};
    desk.wait_and_round();
    EXPECT_EQ(desk.hook.got.size(), 1U);
    EXPECT_EQ(desk.mail.attempts, 1);
    EXPECT_FALSE(desk.source->queue.empty());  // not marked before all are done
    EXPECT_EQ(desk.outbox->stats().channels[1].retries, 1U);
    EXPECT_EQ(desk.outbox->stats().channels[1].last_error, "nobody answers");
    desk.clock->advance_ms(999);
    desk.round();
    EXPECT_EQ(desk.mail.attempts, 1);  // the pause is 1 to 2 s
    desk.source->add(2, kNow);
    desk.wait_and_round();
    EXPECT_EQ(desk.hook.got.size(), 2U);
    desk.mail.answer = {};
    desk.clock->advance_ms(300'000);
    desk.round();
    EXPECT_EQ(desk.mail.got.size(), 2U);
    EXPECT_EQ(desk.hook.attempts, 2);  // it accepted: not asked again
    EXPECT_TRUE(desk.source->queue.empty());
}

TEST(Outbox, ARefusalIsFinalCountedAndMarked) {
    Desk desk;
    desk.source->add(1, kNow);
    desk.hook.answer = {Outcome::Kind::refused, "the receiver answered 410", {}};
    desk.wait_and_round();
    desk.clock->advance_ms(kMsPerHour);
    desk.round();
    EXPECT_EQ(desk.hook.attempts, 1);
    EXPECT_EQ(desk.mail.got.size(), 1U);
    EXPECT_EQ(desk.outbox->stats().channels[0].failed, 1U);
    EXPECT_EQ(desk.outbox->stats().channels[1].failed, 0U);
    EXPECT_TRUE(desk.source->queue.empty());
}

TEST(Outbox, GivesUpAfterItsTimeAndSaysSo) {
    Desk desk;
    desk.source->add(1, kNow);
    desk.hook.answer = {Outcome::Kind::later, "503", {}};
    desk.wait_and_round();
    for (int i = 0; i < 6 * 60; ++i) {
        desk.clock->advance_ms(kMsPerMinute);
        desk.round();
    }
    EXPECT_EQ(desk.outbox->stats().channels[0].failed, 1U);
    EXPECT_GE(desk.hook.attempts, 60);
    EXPECT_LE(desk.hook.attempts, 100);
    EXPECT_TRUE(desk.source->queue.empty());
    EXPECT_EQ(desk.outbox->stats().undelivered, 0U);
}

TEST(Outbox, ObeysRetryAfter) {
    Desk desk;
    desk.source->add(1, kNow);
    desk.hook.answer = {Outcome::Kind::later, "429", 120'000};
    desk.wait_and_round();
    desk.clock->advance_ms(119'999);
    desk.round();
    EXPECT_EQ(desk.hook.attempts, 1);
    desk.clock->advance_ms(1);
    desk.round();
    EXPECT_EQ(desk.hook.attempts, 2);
}

TEST(Outbox, KilledBeforeTheMarkTellsAgainUnderTheSameId) {
    Desk desk;
    desk.source->add(1, kNow);
    desk.outbox->plan();
    desk.clock->advance_ms(65'000);
    desk.outbox->plan();
    desk.deliver_all();
    ASSERT_EQ(desk.hook.got.size(), 1U);
    desk.restart();
    desk.wait_and_round();
    ASSERT_EQ(desk.hook.got.size(), 2U);
    EXPECT_EQ(desk.hook.got[0].id, desk.hook.got[1].id);
    EXPECT_TRUE(desk.source->queue.empty());
}

TEST(Outbox, TellsNobodyTwiceWhileTheStoreTakesNoMarks) {
    Desk desk;
    desk.source->add(1, kNow);
    desk.source->broken = true;
    desk.wait_and_round();
    EXPECT_EQ(desk.outbox->stats().last_error, "the disk is full");
    desk.source->add(2, kNow);
    desk.wait_and_round();
    EXPECT_EQ(desk.hook.got.size(), 2U);  // the new one is not held up
    desk.source->broken = false;
    desk.wait_and_round();
    EXPECT_EQ(desk.hook.got.size(), 2U);
    EXPECT_EQ(desk.outbox->stats().last_error, "");
    EXPECT_TRUE(desk.source->queue.empty());
}

TEST(Outbox, WhatLateDataTookBackIsNotToldOf) {
    Desk desk;
    const model::AlertId gone = desk.source->add(1, kNow);
    desk.outbox->plan();
    desk.clock->advance_ms(65'000);
    desk.outbox->plan();
    desk.source->queue.erase(gone);
    desk.source->alerts.erase(gone);
    desk.outbox->plan();
    desk.deliver_all();
    desk.outbox->plan();
    EXPECT_EQ(desk.hook.attempts, 0);
    EXPECT_EQ(desk.outbox->stats().undelivered, 0U);
    EXPECT_EQ(desk.outbox->stats().channels[0].sent, 0U);
}

TEST(Outbox, AnAlertBelowTheSeverityIsToldOfWhenItRises) {
    OutboxOptions options;
    options.min_severity = model::Severity::high;
    Desk desk(options);
    const model::AlertId rises = desk.source->add(1, kNow);
    const model::AlertId ends = desk.source->add(2, kNow);
    desk.wait_and_round();
    EXPECT_EQ(desk.hook.attempts, 0);
    EXPECT_EQ(desk.source->queue.size(), 2U);
    desk.source->alerts[rises].run.severity = model::Severity::high;
    desk.source->alerts[ends].run.end_ms = kNow + 1'000;
    desk.round();
    ASSERT_EQ(desk.hook.got.size(), 1U);
    EXPECT_EQ(desk.hook.got[0].ids, std::vector{rises});
    EXPECT_TRUE(desk.source->queue.empty());
    EXPECT_EQ(desk.outbox->stats().below, 1U);
}

TEST(Outbox, WhatWaitedForLongerThanADayIsNotToldOfButCounted) {
    Desk desk;
    desk.source->add(1, kNow - kMsPerDay - 1);
    desk.source->add(2, kNow - kMsPerDay + 70'000);
    desk.wait_and_round();
    ASSERT_EQ(desk.hook.got.size(), 1U);
    EXPECT_EQ(desk.hook.got[0].alerts.at(0).device, "2");
    EXPECT_EQ(desk.outbox->stats().expired, 1U);
    EXPECT_TRUE(desk.source->queue.empty());
}

TEST(Outbox, KeepsNoMoreUndeliveredThanItsLimit) {
    OutboxOptions options;
    options.undelivered = 3;
    Desk desk(options);
    for (std::uint32_t d = 0; d < 5; ++d) desk.source->add(d, kNow);
    desk.outbox->plan();
    desk.clock->advance_ms(65'000);
    desk.outbox->plan();
    EXPECT_EQ(desk.outbox->stats().undelivered, 3U);
    desk.deliver_all();
    desk.round();
    EXPECT_EQ(desk.hook.got.size(), 5U);
    EXPECT_TRUE(desk.source->queue.empty());
}

TEST(Outbox, ItsThreadsDeliverAndEndWhenAsked) {
    OutboxOptions options;
    options.group_wait_ms = 0;
    Desk desk(options);
    const auto clock = std::make_shared<SystemClock>();
    std::vector<std::unique_ptr<Channel>> channels;
    channels.push_back(std::make_unique<FakeChannel>("hook", desk.hook));
    desk.source->add(1, clock->now().ms);
    Outbox outbox(options, desk.source, std::move(channels), clock);
    outbox.start();
    const std::int64_t deadline = clock->monotonic_ns() + 20'000'000'000;
    while ((outbox.stats().channels[0].sent == 0 || outbox.stats().undelivered != 0) &&
           clock->monotonic_ns() < deadline)
        std::this_thread::yield();
    outbox.request_stop();
    outbox.join();
    EXPECT_EQ(desk.hook.got.size(), 1U);
}

TEST(RetryPolicy, DoublesUpToItsLongestPauseAndSpreads) {
    const RetryPolicy policy;
    EXPECT_EQ(policy.pause_ms(1, 0, {}), 1'000);
    EXPECT_EQ(policy.pause_ms(1, 1, {}), 2'000);
    EXPECT_EQ(policy.pause_ms(4, 1, {}), 16'000);
    EXPECT_EQ(policy.pause_ms(99, 1, {}), 300'000);
    EXPECT_EQ(policy.pause_ms(99, 0, {}), 150'000);
    EXPECT_EQ(policy.pause_ms(1, 1, 60'000), 60'000);
    EXPECT_EQ(policy.pause_ms(1, 1, 99'000'000), 3'600'000);
    EXPECT_TRUE(policy.gives_up(100, 0, 0));
    EXPECT_TRUE(policy.gives_up(1, 21'600'000, 1));
    EXPECT_FALSE(policy.gives_up(99, 21'000'000, 600'000));
}

}  // namespace
}  // namespace fleet::notify
