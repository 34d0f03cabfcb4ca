// SPDX-License-Identifier: Apache-2.0
#include "store/local/local_control.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace fleet::store {
namespace {

constexpr std::int64_t kNow = 1'795'608'000'000;  // 2026-11-25T12:00:00Z

class LocalControlTest : public ::testing::Test {
  public:
    LocalControlTest() {
        std::string path = (std::filesystem::temp_directory_path() / "fleet-control-XXXXXX");
        if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make " + path);
        path_ = path;
        open();
    }
    ~LocalControlTest() override {
        control.reset();
        engine.reset();
        std::error_code ignored;  // what is left in the temporary folder harms nobody
        std::filesystem::remove_all(path_, ignored);
    }

  protected:
    void open() {
        control.reset();
        engine.reset();
        engine::EngineOptions options;
        options.dir = path_;
        auto opened = engine::Engine::open(options, clock);
        if (!opened) throw std::runtime_error(opened.error().message);
        engine = std::shared_ptr<engine::Engine>(std::move(opened).value());
        control = std::make_unique<LocalControl>(engine, clock);
    }
    static model::Rule rule(const std::string& name, model::RuleType type, std::int32_t limit = 0) {
        model::Rule made = model::default_rule(type);
        made.name = name;
        if (limit != 0) made.limit = limit;
        return made;
    }
    static model::Zone zone(const std::string& id, std::int64_t radius_mm = 500'000) {
        model::Zone made;
        made.id = id;
        made.shape = model::Circle{{48'850'000, 2'350'000}, radius_mm};
        return made;
    }
    static model::FleetScope everything() { return model::ScopeForTests::everything(); }
    std::vector<std::string> names() {
        std::vector<std::string> out;
        const auto rules = control->rules();
        EXPECT_TRUE(rules);
        for (const model::Rule& held : *rules) out.push_back(held.name);
        return out;
    }
    std::string counts(const Result<ChangeCounts>& done) {
        if (!done) return done.error().message;
        return std::to_string(done->created) + " " + std::to_string(done->changed) + " " +
               std::to_string(done->unchanged);
    }
    /// A vehicle that was too fast for a minute; the id of its alert.
    model::AlertId make_alert() {
        EXPECT_TRUE(control->put_rules({rule("fast", model::RuleType::overspeed, 9'000)}, {}));
        engine::Batch batch;
        batch.source = "test";
        batch.default_fleet = "north";
        const std::string device = "V-1";
        for (int i = 0; i < 5; ++i) {
            model::Record record;
            record.device = device;
            record.ts.ms = kNow - 600'000 + i * 30'000;
            record.set(model::Field::speed, 12'000);
            batch.rows.records.push_back(record);
            batch.rows.indexes.push_back(static_cast<std::uint32_t>(i));
        }
        EXPECT_TRUE(engine->submit_and_wait(std::move(batch)));
        engine::AlertQuery query;
        query.fleet = engine->fleet_number("north").value_or(0);
        query.to = {kNow};
        const auto page = engine->alerts(query);
        EXPECT_TRUE(page && page->items.size() == 1);
        return page && !page->items.empty() ? page->items[0].id : model::AlertId{};
    }

    std::filesystem::path path_;
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(Timestamp{kNow});
    std::shared_ptr<engine::Engine> engine;
    std::unique_ptr<LocalControl> control;
};

TEST_F(LocalControlTest, AnImportSaysWhatIsNewChangedAndUnchangedAndMakesNoVersionOfTheLast) {
    EXPECT_EQ(counts(control->put_zones({zone("a"), zone("b")}, {})), "2 0 0");
    EXPECT_EQ(counts(control->put_zones({zone("b"), zone("a", 9'000), zone("c")}, {})), "1 1 1");
    const std::uint64_t versions = engine->stats().journal_sequence;
    EXPECT_EQ(counts(control->put_zones({zone("b"), zone("c")}, {})), "0 0 2");
    EXPECT_EQ(engine->stats().journal_sequence, versions);
    EXPECT_EQ(counts(control->put_rules({rule("x", model::RuleType::overspeed, 5'000)}, {})),
              "1 0 0");
    EXPECT_EQ(counts(control->put_rules({rule("x", model::RuleType::overspeed, 5'100)}, {})),
              "0 1 0");
    open();
    EXPECT_EQ(counts(control->put_rules({rule("x", model::RuleType::overspeed, 5'100)}, {})),
              "0 0 1");
    EXPECT_EQ(control->zone("a").value()->shape, zone("a", 9'000).shape);
    EXPECT_FALSE(control->zone("d").value());
}

TEST_F(LocalControlTest, ZonesComeInPagesOfAFewLargeShapes) {
    ASSERT_TRUE(control->put_zones({zone("a"), zone("b"), zone("c")}, {}));
    const auto one = control->zones("a", 1);
    ASSERT_TRUE(one);
    ASSERT_EQ(one->zones.size(), 1U);
    EXPECT_EQ(one->zones.front().id, "b");
    EXPECT_TRUE(one->more);
    EXPECT_FALSE(control->zones("a", 2).value().more);
    model::Zone large = zone("b");
    large.shape = model::Corridor{std::vector<model::GeoPoint>(kPageVertices), 1'000};
    ASSERT_TRUE(control->put_zones({large}, {}));
    const auto two = control->zones("", 10);
    ASSERT_TRUE(two);
    EXPECT_EQ(two->zones.size(), 2U);
    EXPECT_TRUE(two->more);
    const auto all = all_zones(*control);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->size(), 3U);
}

TEST_F(LocalControlTest, OneWrongRuleKeepsAllOut) {
    model::Rule enters = rule("enters", model::RuleType::zone_enter);
    enters.zones = {"nowhere"};
    const auto before = names();
    const auto done =
        control->put_rules({rule("fast", model::RuleType::overspeed, 9'000), enters}, {});
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().message.find("nowhere"), std::string::npos) << done.error().message;
    EXPECT_EQ(names(), before);
}

TEST_F(LocalControlTest, ABuiltInRuleStepsBackBehindOneOfItsTypeAndCanBeRemoved) {
    EXPECT_EQ(std::ranges::count(names(), "overspeed"), 1);
    ASSERT_TRUE(control->put_rules({rule("fast", model::RuleType::overspeed, 9'000)}, {}));
    EXPECT_EQ(std::ranges::count(names(), "overspeed"), 0);
    EXPECT_EQ(control->remove_rule("overspeed", {}).error().code, Code::not_found);
    EXPECT_TRUE(control->rule("gps-jump").value()->built_in);
    ASSERT_TRUE(control->remove_rule("gps-jump", {}));
    EXPECT_EQ(control->remove_rule("gps-jump", {}).error().code, Code::not_found);
    EXPECT_FALSE(control->rule("gps-jump").value());
}

TEST_F(LocalControlTest, AZoneThatRulesNameStaysAndTheMessageNamesThem) {
    ASSERT_TRUE(control->put_zones({zone("a"), zone("b")}, {}));
    model::Rule enters = rule("enters", model::RuleType::zone_enter);
    enters.zones = {"a"};
    model::Rule exits = rule("exits", model::RuleType::zone_exit);
    exits.zones = {"b", "a"};
    ASSERT_TRUE(control->put_rules({enters, exits}, {}));
    const auto refused = control->remove_zone("a", {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message,
              "zone a is named by the rules enters, exits: change or remove them first");
    ASSERT_TRUE(control->remove_rule("enters", {}));
    ASSERT_TRUE(control->remove_rule("exits", {}));
    EXPECT_TRUE(control->remove_zone("a", {}));
    EXPECT_EQ(control->remove_zone("a", {}).error().code, Code::not_found);
}

TEST_F(LocalControlTest, NothingHoldsFromTheFuture) {
    const auto done = control->put_zones({zone("a")}, Timestamp{kNow + 1});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::invalid_argument);
    EXPECT_TRUE(control->put_zones({zone("a")}, Timestamp{kNow}));
}

TEST_F(LocalControlTest, NotesOfAnAlertGiveItsState) {
    const model::AlertId id = make_alert();
    const auto ack =
        control->act_on_alert(everything(), id, {AlertAction::Kind::acknowledge, {}, "ada", ""});
    ASSERT_TRUE(ack) << ack.error().message;
    EXPECT_EQ(ack->state, AlertState::acknowledged);
    EXPECT_EQ(ack->fleet, "north");
    EXPECT_EQ(ack->device, "V-1");
    const auto said = control->act_on_alert(everything(), id,
                                            {AlertAction::Kind::comment, {}, "bob", "on my way"});
    ASSERT_TRUE(said);
    EXPECT_EQ(said->state, AlertState::acknowledged);
    const auto end =
        control->act_on_alert(everything(), id, {AlertAction::Kind::resolve, {}, "ada", ""});
    ASSERT_TRUE(end);
    EXPECT_EQ(end->state, AlertState::resolved);
    ASSERT_EQ(end->actions.size(), 3U);
    EXPECT_EQ(end->actions[1].text, "on my way");
    EXPECT_EQ(end->actions[1].at.ms, kNow);
}

TEST_F(LocalControlTest, NotesAreRefusedForHiddenAlertsAndWrongTexts) {
    const model::AlertId id = make_alert();
    const auto hidden = control->act_on_alert(model::ScopeForTests::only({"south"}), id,
                                              {AlertAction::Kind::acknowledge, {}, "eve", ""});
    ASSERT_FALSE(hidden);
    EXPECT_EQ(hidden.error().code, Code::not_found);
    const model::AlertId nowhere{1, 2};
    const auto missing = control->act_on_alert(everything(), nowhere,
                                               {AlertAction::Kind::acknowledge, {}, "ada", ""});
    ASSERT_FALSE(missing);
    EXPECT_EQ(hidden.error().message, "there is no alert " + id.text());
    EXPECT_EQ(missing.error().message, "there is no alert " + nowhere.text());
    for (const AlertAction& note :
         {AlertAction{AlertAction::Kind::comment, {}, "ada", ""},
          AlertAction{AlertAction::Kind::acknowledge, {}, "", ""},
          AlertAction{AlertAction::Kind::comment, {}, "ada", std::string(kMaxActionText + 1, 'x')},
          AlertAction{
              AlertAction::Kind::acknowledge, {}, std::string(kMaxActionWho + 1, 'x'), ""}}) {
        const auto refused = control->act_on_alert(everything(), id, note);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Code::invalid_argument);
    }
    EXPECT_TRUE(control->act_on_alert(
        everything(), id,
        {AlertAction::Kind::comment, {}, "ada", std::string(kMaxActionText, 'x')}));
}

}  // namespace
}  // namespace fleet::store
