// SPDX-License-Identifier: Apache-2.0
// OFFLINE alerts: what the clock finds beside the fold.
#include "engine/engine_offline_testing.hpp"
#include "engine/rule_book.hpp"
#include "engine/silence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace fleet::engine::test {
namespace {

TEST_F(Offline, BeginsAtTheLimitAndNotBefore) {
    put({0});
    clock_->set_ms(kNoon + 30 * kMin - 1);
    EXPECT_EQ(alerts(), "");
    clock_->set_ms(kNoon + 30 * kMin);
    const auto found = rows();
    ASSERT_EQ(found.size(), 1U);
    const AlertRow& alert = found[0];
    EXPECT_EQ(alert.run.start_ms, kNoon + 30 * kMin);
    EXPECT_EQ(alert.run.end_ms, std::nullopt);
    EXPECT_EQ(alert.run.peak, std::nullopt);
    EXPECT_EQ(alert.run.limit, 1'800);
    EXPECT_EQ(alert.run.at, (model::GeoPoint{48'000'000, 2'000'000}));
    EXPECT_EQ(alert.run.severity, model::Severity::medium);
    EXPECT_FALSE(alert.late);
    EXPECT_EQ(alert.id, model::alert_id("offline", "V-1", "", kNoon + 30 * kMin));
    EXPECT_EQ(engine_->rules()->rule_name(alert.run.rule), "offline");
    clock_->set_minute(90);
    EXPECT_EQ(alerts(), "30-");
    verified();
}

TEST_F(Offline, EndsWithTheNextRecord) {
    put({0});
    clock_->set_minute(45);
    EXPECT_EQ(alerts(), "30-");
    put({45});
    EXPECT_EQ(alerts(), "30-45");
    EXPECT_EQ(rows()[0].run.peak, 45 * 60);
    EXPECT_FALSE(rows()[0].late);
    clock_->set_minute(75);
    EXPECT_EQ(alerts(), "30-45 75-");
    verified();
}

TEST_F(Offline, IsNoticedEvenIfNobodyLookedBeforeTheRecordCame) {
    put({0});
    clock_->set_minute(45);
    put({45});
    EXPECT_EQ(alerts(), "30-45");
}

TEST_F(Offline, IsNotRaisedWhileRecordsCome) {
    for (int minute = 0; minute < 200; minute += 20) {
        clock_->set_minute(minute);
        put({minute});
    }
    EXPECT_EQ(alerts(true), "");
}

TEST_F(Offline, OfOthersIsNoneOfAVehiclesBusiness) {
    put({0});
    put({0}, "V-2");
    clock_->set_minute(20);
    put({20}, "V-2");
    clock_->set_minute(40);
    EXPECT_EQ(alerts(), "30-");
    EXPECT_EQ(engine_->device(rows()[0].device).id, "V-1");
}

TEST_F(Offline, WithoutWatchNothingIsRaisedAndWhatWasRaisedEnds) {
    put({0});
    clock_->set_minute(40);
    EXPECT_EQ(alerts(), "30-");
    open({.watch = false});
    clock_->set_minute(100);
    EXPECT_EQ(alerts(), "30-");
    put({50});
    EXPECT_EQ(alerts(), "30-50");
    clock_->set_minute(200);
    EXPECT_EQ(alerts(true), "30-50");
    verified();
}

TEST_F(Offline, IsTakenBackByALateRecordAndBeginsLater) {
    put({0});
    clock_->set_minute(60);
    const model::AlertId first = rows().at(0).id;
    act(first, AlertAction::Kind::acknowledge);
    put({10});
    EXPECT_EQ(alerts(true), "!30- 40-");
    const AlertRow now = rows().at(0);
    EXPECT_TRUE(now.late);
    EXPECT_EQ(now.state, AlertState::acknowledged);
    EXPECT_EQ(now.run.at, (model::GeoPoint{48'000'000, 2'000'010}));
    put({35});
    EXPECT_EQ(alerts(), "");
    clock_->set_minute(65);
    EXPECT_EQ(alerts(), "65-");
    verified();
}

TEST_F(Offline, IsTakenBackWhenTheGapIsFilledAfterwards) {
    put({0});
    clock_->set_minute(60);
    EXPECT_EQ(alerts(), "30-");
    put({60});  // the newest first, then what was buffered
    EXPECT_EQ(alerts(), "30-60");
    put({40});
    EXPECT_EQ(alerts(), "30-40");
    put({10, 20, 30});
    EXPECT_EQ(alerts(), "");
    clock_->set_minute(95);
    EXPECT_EQ(alerts(), "90-");
    verified();
}

TEST_F(Offline, IsTheSameWhateverTheOrderInWhichAGapIsFilled) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        std::mt19937_64 rng(seed);
        const std::string device = fmt::format("V-{}", seed + 10);
        const std::string fleet = fmt::format("fleet-{}", seed);
        const std::int64_t base = clock_->now().ms;
        ASSERT_TRUE(engine_->submit_and_wait(batch(device, {base}, fleet)));
        clock_->set_ms(base + 300 * kMin);
        EXPECT_EQ(rows(false, fleet).size(), 1U);
        std::vector<std::int64_t> times;
        for (std::size_t i = 1 + rng() % 9; i > 0; --i)
            times.push_back(base + (1 + static_cast<std::int64_t>(rng() % 299)) * kMin);
        std::vector<std::int64_t> shuffled = times;
        std::shuffle(shuffled.begin(), shuffled.end(), rng);
        for (std::size_t at = 0; at < shuffled.size();) {
            const std::size_t end = std::min(shuffled.size(), at + 1 + rng() % 3);
            ASSERT_TRUE(engine_->submit_and_wait(
                batch(device,
                      {shuffled.begin() + static_cast<std::ptrdiff_t>(at),
                       shuffled.begin() + static_cast<std::ptrdiff_t>(end)},
                      fleet)));
            at = end;
        }
        times.push_back(base);
        times.push_back(base + 300 * kMin);  // now: the end of what can be known
        std::sort(times.begin(), times.end());
        std::string expected;
        for (std::size_t i = 1; i < times.size(); ++i)
            if (times[i] - times[i - 1] >= 30 * kMin)
                expected += fmt::format("{}-{} ", (times[i - 1] - base) / kMin + 30,
                                        i + 1 == times.size() ? -1 : (times[i] - base) / kMin);
        std::string found;
        auto all = rows(false, fleet);
        std::reverse(all.begin(), all.end());
        for (const AlertRow& a : all)
            found += fmt::format("{}-{} ", (a.run.start_ms - base) / kMin,
                                 a.run.end_ms ? (*a.run.end_ms - base) / kMin : -1);
        EXPECT_EQ(found, expected);
    }
    verified();
}

TEST_F(Offline, IsNotRaisedForWhatWasLoadedOrCameLate) {
    auto load = engine_->bulk_load();
    ASSERT_TRUE(load);
    Batch loaded = batch("V-1", {kNoon - 10 * kMin, kNoon - 5 * kMin});
    ASSERT_TRUE((*load)->add(loaded));
    ASSERT_TRUE((*load)->finish());
    load->reset();
    put({-120}, "V-2");  // 2 h old when it arrives: nobody waited for it
    clock_->set_minute(300);
    EXPECT_EQ(alerts(true), "");
    put({299}, "V-1");  // from here on it reports
    clock_->set_minute(330);
    EXPECT_EQ(alerts(), "329-");
}

TEST_F(Offline, OfALoadedVehicleEndsWithWhatIsLoaded) {
    put({0});
    clock_->set_minute(60);
    EXPECT_EQ(alerts(), "30-");
    auto load = engine_->bulk_load();
    ASSERT_TRUE(load);
    Batch loaded = batch("V-1", {kNoon + 50 * kMin});
    ASSERT_TRUE((*load)->add(loaded));
    ASSERT_TRUE((*load)->finish());
    load->reset();
    EXPECT_EQ(alerts(), "30-50");
    verified();
}

TEST_F(Offline, SurvivesARestart) {
    put({0});
    clock_->set_minute(20);
    open();
    clock_->set_minute(29);
    EXPECT_EQ(alerts(), "");
    clock_->set_minute(30);
    const auto before = rows();
    ASSERT_EQ(before.size(), 1U);
    EXPECT_EQ(before[0].run.start_ms, kNoon + 30 * kMin);
    act(before[0].id, AlertAction::Kind::acknowledge);
    clock_->set_minute(50);
    open();
    clock_->set_minute(70);
    EXPECT_EQ(alerts(true), "30-");
    EXPECT_EQ(rows()[0].state, AlertState::acknowledged);
    put({70});
    EXPECT_EQ(alerts(), "30-70");
    open();
    EXPECT_EQ(alerts(), "30-70");
    verified();
}

TEST_F(Offline, SurvivesACrashWithWhatPeopleDid) {
    put({0});
    put({0}, "V-2");
    clock_->set_minute(40);
    const auto before = rows();
    ASSERT_EQ(before.size(), 2U);
    for (const AlertRow& a : before)
        if (engine_->device(a.device).id == "V-1") act(a.id, AlertAction::Kind::resolve);
    put({41}, "V-2");  // ends that of V-2, all since the last checkpoint
    crash();
    clock_->set_minute(44);
    auto after = rows(true);
    ASSERT_EQ(after.size(), 2U);
    for (const AlertRow& a : after) {
        EXPECT_FALSE(a.retracted);
        const bool first = engine_->device(a.device).id == "V-1";
        EXPECT_EQ(a.state, first ? AlertState::resolved : AlertState::open);
        EXPECT_EQ(a.run.end_ms.has_value(), !first);
        EXPECT_EQ(a.run.start_ms, kNoon + 30 * kMin);
    }
    verified();
}

TEST_F(Offline, IsJudgedAfterVehiclesHadTimeToComeBack) {
    put({0});
    put({0}, "V-2");
    put({0}, "V-3");
    engine_.reset();
    clock_->set_minute(60);  // nobody could report meanwhile
    open();
    clock_->set_minute(61);
    EXPECT_EQ(alerts(), "");
    put({61}, "V-2");
    put({10, 35, 55}, "V-3");
    crash();
    EXPECT_EQ(alerts(true), "");
    clock_->set_minute(62.9);
    EXPECT_EQ(alerts(), "");
    clock_->set_minute(63);
    EXPECT_EQ(alerts(), "30-");
    EXPECT_EQ(engine_->device(rows()[0].device).id, "V-1");
}

TEST_F(Offline, NoticedMoreThanADayLaterIsHistory) {
    put({0});
    engine_.reset();
    clock_->set_minute(24 * 60 + 31);
    open();
    clock_->set_minute(24 * 60 + 40);
    EXPECT_EQ(alerts(true), "");
    put({24 * 60 + 40});
    EXPECT_EQ(alerts(true), "");
}

TEST_F(Offline, IsNotRaisedBecauseTheClockOfTheMachineJumps) {
    put({0});
    put({0}, "V-2");
    clock_->set_minute(1);
    EXPECT_EQ(alerts(), "");
    clock_->jump(5 * kMsPerHour);
    put({1}, "V-2");  // its own clock is right
    EXPECT_EQ(alerts(true), "");
    clock_->set_minute(2);
    put({300 + 2});  // has slept, too
    EXPECT_EQ(alerts(true), "");
    clock_->set_minute(20);
    EXPECT_EQ(alerts(true), "");
    put({20}, "V-2");
    EXPECT_EQ(alerts(true), "");
    clock_->set_minute(32);
    EXPECT_EQ(alerts(), "332-");
}

TEST_F(Offline, DoesNotMindAClockThatIsSetBack) {
    put({0});
    clock_->set_minute(40);
    EXPECT_EQ(alerts(), "30-");
    clock_->jump(-5 * kMsPerHour);
    EXPECT_EQ(alerts(), "30-");
    put({-250}, "V-2");
    put({-250});
    EXPECT_EQ(alerts(), "30-");
    clock_->set_minute(80);  // minute -220 by its face
    EXPECT_EQ(alerts(), "-220- 30-");
    clock_->jump(5 * kMsPerHour);
    put({80});
    EXPECT_EQ(alerts(), "-220- 30-80");
    verified();
}

TEST_F(Offline, FollowsTheRulesOfItsType) {
    const std::uint64_t epoch = engine_->rules()->epoch;
    RuleChange change;
    change.rule = model::default_rule(model::RuleType::offline);
    change.rule.name = "quick";
    change.rule.limit = 60;
    change.rule.severity = model::Severity::high;
    change.rule.devices = {"V-1"};
    put({0});
    put({0}, "V-2");
    clock_->set_minute(10);
    EXPECT_EQ(alerts(), "");
    ASSERT_TRUE(engine_->change_rules({change}));
    EXPECT_EQ(engine_->rules()->epoch, epoch);  // nothing is folded anew for it
    EXPECT_EQ(alerts(), "1-");
    EXPECT_EQ(rows()[0].id, model::alert_id("quick", "V-1", "", kNoon + kMin));
    EXPECT_EQ(rows()[0].run.limit, 60);
    EXPECT_EQ(*engine_->unresolved_high(*engine_->fleet_number("north"), {0}, {kNoon * 2}), 1U);
    clock_->set_minute(100);
    EXPECT_EQ(alerts(), "1-");  // the built-in rule has stepped back
    put({100});
    EXPECT_EQ(alerts(), "1-100");
    change.rule.limit = 20 * 60;
    ASSERT_TRUE(engine_->change_rules({change}));
    clock_->set_minute(119);
    EXPECT_EQ(alerts(), "1-100");
    clock_->set_minute(120);
    EXPECT_EQ(alerts(), "1-100 120-");
    RuleChange removal;
    removal.kind = RuleChange::Kind::remove_rule;
    removal.name = "quick";
    ASSERT_TRUE(engine_->change_rules({removal}));
    put({120});
    clock_->set_minute(500);
    EXPECT_EQ(alerts(), "1-100 120-120");
    EXPECT_EQ(engine_->rules()->rule_type(rows()[0].run.rule), model::RuleType::offline);
    open();
    EXPECT_EQ(alerts(), "1-100 120-120");
    verified();
}

TEST_F(Offline, WakesAtTheHoursOfItsRule) {
    RuleChange change;
    change.rule = model::default_rule(model::RuleType::offline);
    change.rule.name = "by-day";
    change.rule.hours.emplace();  // no minute of the week …
    const std::int64_t week_minute = (kNoon / kMin + 3 * 24 * 60) % (7 * 24 * 60);
    for (int minute = 100; minute < 200; ++minute)  // … but these
        change.rule.hours->minutes.set(static_cast<std::size_t>(week_minute + minute));
    ASSERT_TRUE(engine_->change_rules({change}));
    put({0});
    clock_->set_minute(120);
    EXPECT_EQ(alerts(), "");  // it began outside of them
    put({120});
    clock_->set_minute(160);
    EXPECT_EQ(alerts(), "150-");
}

TEST_F(Offline, CountsWhereTheListShowsIt) {
    put({0});
    put({0}, "V-2");
    clock_->set_minute(100);
    EXPECT_EQ(rows().size(), 2U);
    const auto starts = engine_->alert_starts(*engine_->fleet_number("north"), day_of({kNoon}));
    ASSERT_TRUE(starts);
    EXPECT_EQ((*starts)[12], (std::array<std::uint64_t, 3>{0, 2, 0}));
    put({100});
    EXPECT_EQ((*engine_->alert_starts(*engine_->fleet_number("north"), day_of({kNoon})))[12],
              (std::array<std::uint64_t, 3>{0, 2, 0}));
    put({101, 10, 25}, "V-2");
    EXPECT_EQ((*engine_->alert_starts(*engine_->fleet_number("north"), day_of({kNoon})))[12],
              (std::array<std::uint64_t, 3>{0, 2, 0}));
    EXPECT_EQ(alerts(), "30-100 55-101");
}

TEST_F(Offline, ExpiresThoughItStartsOnADayWithoutRecords) {
    open({.watch = true, .retention_days = 2}, directory_.path() / "short");
    clock_->set_minute(11 * 60 + 50);  // 23:50
    put({11 * 60 + 50});
    put({11 * 60 + 50}, "V-2");
    clock_->set_minute(12 * 60 + 40);
    EXPECT_EQ(alerts(), "740- 740-");
    put({12 * 60 + 40}, "V-2");
    EXPECT_EQ(rows().size(), 2U);
    clock_->set_minute(5 * 24 * 60);
    put({5 * 24 * 60}, "V-2");
    open({.watch = true, .retention_days = 2}, directory_.path() / "short");
    // Retention runs in the background right after the start.
    for (int i = 0; i < 100'000 && !rows(true).empty(); ++i) std::this_thread::yield();
    for (const AlertRow& a : rows(true)) EXPECT_GT(a.run.start_ms, kNoon + 3 * kMsPerDay);
    verified();
}

TEST_F(Offline, WaitsToBeNotifiedOnce) {
    const Options notify{.watch = true, .notify = true};
    open(notify);
    put({0});
    clock_->set_minute(31);
    EXPECT_EQ(alerts(), "30-");
    EXPECT_EQ(keys(Space::outbox).size(), 1U);
    open(notify);
    clock_->set_minute(40);
    put({5});  // replaces it, and so does what waits
    EXPECT_EQ(alerts(), "35-");
    const auto waiting = keys(Space::outbox);
    ASSERT_EQ(waiting.size(), 1U);
    open(notify);
    clock_->set_minute(80);
    put({80});
    EXPECT_EQ(alerts(), "35-80");
    EXPECT_EQ(keys(Space::outbox), waiting);
}

TEST_F(Offline, IsNotNotifiedWhereItBeganBeforeItsRule) {
    const Options notify{.watch = true, .notify = true};
    open(notify);
    put({0});
    clock_->set_minute(20);
    RuleChange change;
    change.rule = model::default_rule(model::RuleType::offline);
    change.rule.name = "quick";
    change.rule.limit = 15 * 60;
    ASSERT_TRUE(engine_->change_rules({change}));
    EXPECT_EQ(alerts(), "15-");
    EXPECT_EQ(keys(Space::outbox).size(), 0U);
    open(notify);
    put({20});
    clock_->set_minute(36);
    EXPECT_EQ(alerts(), "15-20 35-");
    EXPECT_EQ(keys(Space::outbox).size(), 1U);
}

TEST_F(Offline, ThatIsMissingInTheListIsFoundAndPutBack) {
    put({0});
    clock_->set_minute(40);
    EXPECT_EQ(alerts(), "30-");
    const auto found = keys(Space::alerts);
    ASSERT_EQ(found.size(), 1U);
    {
        const auto tables = Tables::open(engine_dir_ / "tables");
        ASSERT_TRUE(tables);
        Tables::WriteSet set;
        set.erase(Space::alerts, found[0]);
        ASSERT_TRUE((*tables)->write(set));
        ASSERT_TRUE((*tables)->flush());
    }
    open();
    EXPECT_EQ(alerts(), "");
    const auto damaged = engine_->verify(true);
    ASSERT_TRUE(damaged);
    ASSERT_EQ(damaged->differences.size(), 1U);
    EXPECT_EQ(damaged->differences[0],
              "device V-1: the list has 0 open OFFLINE alerts of it, its row has 1, and they are "
              "not the same");
    EXPECT_EQ(alerts(), "30-");
    verified();
}

TEST_F(Offline, CostsNothingThatAVerificationMisses) {
    for (int device = 0; device < 50; ++device) put({0}, fmt::format("V-{}", device));
    clock_->set_minute(40);
    EXPECT_EQ(rows().size(), 50U);
    ASSERT_TRUE(engine_->checkpoint());
    for (int device = 0; device < 50; device += 2) put({40}, fmt::format("V-{}", device));
    verified();
    const auto rebuilt = engine_->verify(true);
    ASSERT_TRUE(rebuilt);
    EXPECT_EQ(rows().size(), 50U);
    EXPECT_EQ(rebuilt->difference_count, 0U);
}

}  // namespace
}  // namespace fleet::engine::test
