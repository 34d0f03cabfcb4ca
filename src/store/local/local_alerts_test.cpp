// SPDX-License-Identifier: Apache-2.0
// What only the engine has: rules and zones of one's own, late data, people.
#include "store/cursor.hpp"
#include "store/incidents.hpp"
#include "store/local/local_reader.hpp"
#include "store/paging.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

namespace fleet::store {
namespace {

using model::Field;

constexpr Timestamp kNow{20'527 * kMsPerDay + 12 * kMsPerHour};
constexpr TimeRange kEver{Timestamp{0}, Timestamp{kMaxMs}};

class LocalAlerts : public testing::Test {
  public:
    LocalAlerts() {
        std::string path =
            (std::filesystem::temp_directory_path() / "fleet-alerts-XXXXXX").string();
        if (::mkdtemp(path.data()) == nullptr) ADD_FAILURE() << "cannot make " << path;
        directory_ = path;
        engine::EngineOptions options;
        options.dir = directory_;
        options.durability = engine::Durability::process;
        options.disk_reserve_bytes = 0;
        auto engine = engine::Engine::open(options, clock_);
        if (!engine) throw std::runtime_error(engine.error().message);
        engine_ = std::move(*engine);
        reader_ = std::make_unique<LocalReader>(engine_, clock_);
    }
    ~LocalAlerts() override {
        reader_.reset();
        engine_.reset();
        std::error_code ignored;  // what is left in the temporary folder harms nobody
        std::filesystem::remove_all(directory_, ignored);
    }

  protected:
    void put(std::string_view device, std::int64_t seconds,
             std::initializer_list<std::pair<Field, std::int32_t>> fields) {
        engine::Batch batch;
        batch.source = "test";
        batch.default_fleet = fleet_;
        model::Record& record = batch.rows.records.emplace_back();
        batch.rows.indexes.push_back(0);
        record.device = device;
        record.ts = {kNow.ms + seconds * kMsPerSecond};
        for (const auto& [field, value] : fields) record.set(field, value);
        const auto done = engine_->submit_and_wait(std::move(batch));
        ASSERT_TRUE(done) << done.error().message;
    }
    void speed(std::int64_t seconds, std::int32_t kmh) {
        put("V-1", seconds, {{Field::speed, kmh * 100}});
    }
    void act(const model::AlertId& id, engine::AlertAction::Kind kind, std::string text = {}) {
        engine::AlertAction action;
        action.kind = kind;
        action.at = kNow;
        action.who = "ann";
        action.text = std::move(text);
        const auto done = engine_->act_on_alert(id, std::move(action));
        ASSERT_TRUE(done) << done.error().message;
    }
    void change(engine::RuleChange change) {
        const auto done = engine_->change_rules({std::move(change)});
        ASSERT_TRUE(done) << done.error().message;
    }
    std::vector<Alert> alerts(const AlertFilter& filter = {}) {
        auto page = reader_->alerts(all_, "north", filter, kEver, {});
        EXPECT_TRUE(page) << page.error().message;
        return page ? std::move(page->items) : std::vector<Alert>();
    }
    std::uint64_t critical() {
        return reader_->kpis(all_, "north", kNow, kMsPerHour)->critical_alerts.value();
    }

    std::string fleet_ = "north";
    std::filesystem::path directory_;
    const model::FleetScope all_ = model::ScopeForTests::everything();
    std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>(kNow);
    std::shared_ptr<engine::Engine> engine_;
    std::unique_ptr<LocalReader> reader_;
};

TEST_F(LocalAlerts, WhatPeopleDoChangesTheStateAndTheCount) {
    using Kind = engine::AlertAction::Kind;
    for (const int second : {0, 20, 40}) speed(second, 160);
    const model::AlertId id = alerts().at(0).id;
    EXPECT_EQ(critical(), 1U);
    act(id, Kind::acknowledge);
    act(id, Kind::comment, "called the driver");
    EXPECT_EQ(alerts().at(0).state, AlertState::acknowledged);
    EXPECT_EQ(critical(), 1U);
    AlertFilter open;
    open.state = AlertState::open;
    EXPECT_TRUE(alerts(open).empty());
    act(id, Kind::resolve);
    const Alert alert = *reader_->alert(all_, id);
    EXPECT_EQ(alert.state, AlertState::resolved);
    EXPECT_EQ(critical(), 0U);
    EXPECT_EQ(reader_->kpis_of_day(all_, "north", day_of(kNow))->critical_alerts, 0U);
    EXPECT_EQ(reader_->analytics(all_, "north", day_of(kNow))->alerts[12],
              (SeverityCounts{1, 0, 0}));
    ASSERT_EQ(alert.actions.size(), 3U);
    EXPECT_EQ(alert.actions[1],
              (AlertAction{AlertAction::Kind::comment, kNow, "ann", "called the driver"}));
}

TEST_F(LocalAlerts, WhatLateDataTakesBackIsListedOnlyWhenAskedFor) {
    speed(0, 160);
    speed(30, 160);
    speed(60, 50);
    const model::AlertId first = alerts().at(0).id;
    speed(15, 50);  // late: neither half lasts 10 s
    EXPECT_TRUE(alerts().empty());
    EXPECT_EQ(critical(), 0U);
    EXPECT_EQ(reader_->analytics(all_, "north", day_of(kNow))->alerts[12], SeverityCounts{});
    EXPECT_EQ(reader_->alert(all_, first).error().code, Code::not_found);
    AlertFilter filter;
    filter.retracted = true;
    const std::vector<Alert> listed = alerts(filter);
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].id, first);
    EXPECT_TRUE(listed[0].retracted);
}

TEST_F(LocalAlerts, AnAlertThatLateDataMovedIsFoundByItsNewIdOnly) {
    speed(0, 160);
    speed(30, 160);
    speed(60, 50);
    const model::AlertId first = alerts().at(0).id;
    speed(-20, 160);  // it began earlier, and nothing has read that yet
    EXPECT_EQ(reader_->alert(all_, first).error().code, Code::not_found);
    const std::vector<Alert> now = alerts();
    ASSERT_EQ(now.size(), 1U);
    EXPECT_EQ(now[0].start, (Timestamp{kNow.ms - 20'000}));
    EXPECT_TRUE(now[0].late);
    EXPECT_EQ(reader_->alert(all_, now[0].id)->id, now[0].id);
}

TEST_F(LocalAlerts, RulesAndZonesHaveTheirNamesAndUnits) {
    engine::RuleChange zone;
    zone.kind = engine::RuleChange::Kind::put_zone;
    zone.zone.id = "depot";
    zone.zone.shape = model::Circle{{48'000'000, 2'000'000}, 500'000};
    change(zone);
    engine::RuleChange enter;
    enter.kind = engine::RuleChange::Kind::put_rule;
    enter.rule = model::default_rule(model::RuleType::zone_enter);
    enter.rule.name = "comes-home";
    change(enter);
    engine::RuleChange satellites;
    satellites.kind = engine::RuleChange::Kind::put_rule;
    satellites.rule = model::default_rule(model::RuleType::threshold);
    satellites.rule.name = "few-satellites";
    satellites.rule.metric = Field::satellites;
    satellites.rule.above = false;
    satellites.rule.limit = 4;
    change(satellites);
    put("V-1", 0, {{Field::lat, 48'100'000}, {Field::lon, 2'000'000}});
    put("V-1", 60, {{Field::lat, 48'000'000}, {Field::lon, 2'000'000}});
    put("V-1", 120, {{Field::satellites, 3}});
    AlertFilter filter;
    filter.type = model::RuleType::threshold;
    const std::vector<Alert> few = alerts(filter);
    ASSERT_EQ(few.size(), 1U);
    EXPECT_EQ(few[0].rule, "few-satellites");
    EXPECT_EQ(few[0].decimals, 0);
    EXPECT_EQ(few[0].peak, 3);
    filter.type = model::RuleType::zone_enter;
    const std::vector<Alert> crossing = alerts(filter);
    ASSERT_EQ(crossing.size(), 1U);
    EXPECT_EQ(crossing[0].rule, "comes-home");
    EXPECT_EQ(crossing[0].zone, "depot");
    EXPECT_EQ(crossing[0].end, crossing[0].start);
    EXPECT_EQ(crossing[0].peak, std::nullopt);
    EXPECT_EQ(crossing[0].id, model::alert_id("comes-home", "V-1", "depot", crossing[0].start.ms));
    // A rule that is gone still names its alerts.
    engine::RuleChange gone;
    gone.kind = engine::RuleChange::Kind::remove_rule;
    gone.name = "few-satellites";
    clock_->advance_ms(kMsPerHour);
    change(gone);
    filter.type = model::RuleType::threshold;
    ASSERT_EQ(alerts(filter).size(), 1U);
    EXPECT_EQ(alerts(filter)[0].rule, "few-satellites");
    EXPECT_EQ(alerts(filter)[0].decimals, 0);
}

class SilentFleet : public LocalAlerts {
  public:
    SilentFleet() {
        reader_.reset();
        engine_.reset();
        engine::EngineOptions options;
        options.dir = directory_;
        options.durability = engine::Durability::process;
        options.disk_reserve_bytes = 0;
        options.watch_offline = true;
        options.offline_ms = 90 * kMsPerSecond;
        auto engine = engine::Engine::open(options, clock_);
        if (!engine) throw std::runtime_error(engine.error().message);
        engine_ = std::move(*engine);
        reader_ = std::make_unique<LocalReader>(engine_, clock_);
    }

  protected:
    /// A record of each of so many devices now, all at once, and silence from then on.
    void fall_silent(std::size_t devices) {
        std::vector<std::string> ids;
        for (std::size_t i = 0; i < devices; ++i) ids.push_back("V-" + std::to_string(i));
        engine::Batch batch;
        batch.source = "test";
        batch.default_fleet = fleet_;
        for (std::size_t i = 0; i < devices; ++i) {
            model::Record& record = batch.rows.records.emplace_back();
            batch.rows.indexes.push_back(static_cast<std::uint32_t>(i));
            record.device = ids[i];
            record.ts = {kNow.ms + static_cast<std::int64_t>(i % 1'000)};
            record.set(Field::speed, 10'00);
        }
        const auto done = engine_->submit_and_wait(std::move(batch));
        ASSERT_TRUE(done) << done.error().message;
        clock_->advance_ms(10 * kMsPerMinute);
    }
    std::vector<model::Incident> incidents_of() {
        const auto page = incidents(*reader_, all_, "north", kEver, {});
        EXPECT_TRUE(page) << page.error().message;
        return page ? page->items : std::vector<model::Incident>();
    }
};

TEST_F(SilentFleet, OfTenThousandIsOneIncident) {
    fall_silent(10'000);
    const std::vector<model::Incident> found = incidents_of();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].type, model::RuleType::offline);
    EXPECT_EQ(found[0].devices, 10'000U);
    EXPECT_EQ(found[0].ids.size(), 10'000U);
    EXPECT_EQ(found[0].start_ms, kNow.ms + 90 * kMsPerSecond);
}

TEST_F(SilentFleet, OfNineteenIsNone) {
    fall_silent(19);
    EXPECT_TRUE(incidents_of().empty());
    EXPECT_EQ(alerts().size(), 19U);
}

TEST_F(SilentFleet, IsCountedAndNamedWhereItIsListed) {
    fall_silent(3);
    AlertFilter filter;
    filter.type = model::RuleType::offline;
    const std::vector<Alert> found = alerts(filter);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[2].rule, "offline");
    EXPECT_EQ(found[2].type, model::RuleType::offline);
    EXPECT_EQ(found[2].severity, model::Severity::medium);
    EXPECT_EQ(found[2].start, Timestamp{kNow.ms + 90 * kMsPerSecond});
    EXPECT_EQ(found[2].limit, 90);
    EXPECT_EQ(found[2].peak, std::nullopt);
    EXPECT_EQ(found[2].decimals, 0);
    EXPECT_EQ(reader_->analytics(all_, "north", day_of(kNow))->alerts[12],
              (SeverityCounts{0, 3, 0}));
    EXPECT_EQ(critical(), 0U);  // MEDIUM
    EXPECT_EQ(reader_->alert(all_, found[0].id)->id, found[0].id);
}

TEST_F(LocalAlerts, AForgedCursorOpensNoOtherFleet) {
    for (const int second : {0, 20, 40}) speed(second, 160);
    fleet_ = "south";
    for (const int second : {0, 20, 40}) put("S-1", second, {{Field::speed, 160'00}});
    const auto fleet = engine_->fleet_number("north");
    ASSERT_TRUE(fleet);
    // The place of an alert as the engine writes it: fleet, start, id.
    std::string key(28, '\0');
    key[3] = static_cast<char>(*fleet);
    const auto forged = [&] {
        return encode_cursor(CursorKind::alerts, alert_params("south", {}, kEver), key);
    };
    EXPECT_EQ(reader_->alerts(all_, "south", {}, kEver, {1, forged()}).error().code,
              Code::invalid_argument);
    key.resize(27);
    EXPECT_EQ(reader_->alerts(all_, "south", {}, kEver, {1, forged()}).error().code,
              Code::invalid_argument);
}

}  // namespace
}  // namespace fleet::store
