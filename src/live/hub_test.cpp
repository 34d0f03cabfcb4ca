// SPDX-License-Identifier: Apache-2.0
#include "live/hub.hpp"

#include "codec/live_frame.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace fleet::live {
namespace {

using codec::LiveRow;
using model::Field;

constexpr std::int64_t kNow = 1'795'590'489'000;

/// A store of two fleets in memory.
class FakeSource final : public Source {
  public:
    std::optional<std::uint32_t> fleet_number(std::string_view fleet) const override {
        for (std::uint32_t i = 0; i < fleets_.size(); ++i)
            if (fleets_[i] == fleet) return i;
        return std::nullopt;
    }
    std::shared_ptr<const std::vector<DeviceHandle>> devices_of(
        std::uint32_t fleet) const override {
        auto out = std::make_shared<std::vector<DeviceHandle>>();
        for (std::uint32_t i = 0; i < devices_.size(); ++i)
            if (devices_[i].fleet == fleet && !erased.contains(i)) out->push_back({i});
        return out;
    }
    std::uint32_t fleet_of(DeviceHandle device) const override {
        return devices_[device.value].fleet;
    }
    std::string id_of(DeviceHandle device) const override { return devices_[device.value].id; }
    model::Latest latest(DeviceHandle device) const override {
        ++reads;
        return devices_[device.value].latest;
    }

    std::optional<std::uint64_t> critical_alerts(std::uint32_t fleet) const override {
        return critical.at(fleet);
    }

    DeviceHandle add(std::string id, std::uint32_t fleet) {
        devices_.push_back({std::move(id), fleet, {}});
        return {static_cast<std::uint32_t>(devices_.size() - 1)};
    }
    model::Latest& state(DeviceHandle device) { return devices_[device.value].latest; }
    void move(DeviceHandle device, std::uint32_t fleet) { devices_[device.value].fleet = fleet; }
    std::uint32_t fleet(DeviceHandle device) const { return devices_[device.value].fleet; }

    std::set<std::uint32_t> erased;
    mutable std::size_t reads = 0;
    std::vector<std::optional<std::uint64_t>> critical{std::nullopt, 3};

  private:
    struct Device {
        std::string id;
        std::uint32_t fleet;
        model::Latest latest;
    };
    std::vector<std::string> fleets_{"idf", "north"};
    std::vector<Device> devices_;
};

/// A viewer that believes all it is told and complains when the protocol is broken.
class Viewer {
  public:
    explicit Viewer(Hub& hub, Format format = Format::binary,
                    model::FleetScope scope = model::ScopeForTests::everything())
        : hub_(hub), client_(hub.connect(format, std::move(scope), [this] { ++wakes; }).value()) {}
    ~Viewer() { hub_.disconnect(*client_); }
    Viewer(const Viewer&) = delete;
    Viewer& operator=(const Viewer&) = delete;

    std::optional<Close> say(std::string_view text) { return hub_.receive(*client_, text); }
    void greet() { EXPECT_FALSE(say(R"({"type":"hello"})")); }
    void sub(const std::string& fleet) {
        EXPECT_FALSE(say(R"({"type":"sub","fleet":")" + fleet + "\"}"));
    }
    void ack() { EXPECT_FALSE(say(R"({"type":"ack","seq":)" + std::to_string(seq) + "}")); }
    std::optional<Close> verdict() { return hub_.verdict(*client_); }
    std::optional<Outgoing> next() { return hub_.next(*client_); }

    /// Reads all there is; returns the number of messages.
    std::size_t drain(std::size_t most = 1'000'000) {
        std::size_t count = 0;
        for (; count < most; ++count) {
            const auto message = hub_.next(*client_);
            if (!message) break;
            if (message->binary) {
                frame(*message->payload);
            } else {
                text(*message->payload);
            }
        }
        return count;
    }
    void forget_wire() { binary_frames = deltas = 0, texts.clear(); }

    std::map<std::uint32_t, LiveRow> rows;
    std::vector<std::string> texts;
    std::size_t binary_frames = 0;
    std::size_t deltas = 0;
    std::size_t ids = 0;
    std::size_t zones = 0;
    std::uint32_t seq = 0;
    std::uint32_t epoch = 0;
    std::atomic<int> wakes{0};

  private:
    void text(const std::string& message) {
        texts.push_back(message);
        if (message.starts_with(R"({"type":"ids")")) {
            const std::size_t first = std::stoul(message.substr(message.find(':', 14) + 1));
            EXPECT_EQ(first, ids) << "ids come without gaps";
            const std::size_t list = message.find('[');
            ids += static_cast<std::size_t>(
                std::count(message.begin() + static_cast<std::ptrdiff_t>(list), message.end(),
                           '"') /
                2);
        }
        if (message.starts_with(R"({"type":"zones")"))
            zones += static_cast<std::size_t>(
                std::count(message.begin() + static_cast<std::ptrdiff_t>(message.find('[')),
                           message.end(), '"') /
                2);
        if (message.starts_with(R"({"type":"snap")")) {
            rows.clear();
            ids = zones = 0;
        }
        if (message.starts_with(R"({"type":"resume")")) zones = 0;
    }
    void frame(const std::string& bytes) {
        const auto decoded = codec::decode_frame(bytes);
        ASSERT_TRUE(decoded) << decoded.error().message;
        ++binary_frames;
        if (decoded->header.type == codec::FrameType::delta) ++deltas;
        epoch = decoded->header.epoch;
        seq = std::max(seq, decoded->header.seq);
        std::set<std::uint32_t> once;
        for (const LiveRow& row : decoded->rows) {
            EXPECT_LT(row.slot, ids) << "its id came before";
            EXPECT_LE(row.zone, zones) << "its zone came before";
            EXPECT_TRUE(once.insert(row.slot).second) << "at most once a frame";
            rows[row.slot] = row;
        }
    }

    Hub& hub_;
    std::shared_ptr<Client> client_;
};

class HubTest : public ::testing::Test {
  protected:
    HubTest() { make({}); }

    void make(HubOptions options) {
        options.epoch = 42;
        hub = Hub::create(options, source, clock);
    }
    DeviceHandle vehicle(const std::string& id, std::uint32_t fleet = 0) {
        return source->add(id, fleet);
    }
    /// A stored record, announced as the engine does.
    void report(DeviceHandle device, double speed_kmh, const std::string& zone = "",
                std::int64_t lat = 48'856'600) {
        model::Latest& latest = source->state(device);
        latest.ts_ms = clock->now().ms;
        latest.group_ts.fill(latest.ts_ms);
        latest.mask = model::bit(Field::lat) | model::bit(Field::lon) | model::bit(Field::speed) |
                      model::bit(Field::battery);
        latest.values[static_cast<std::size_t>(Field::lat)] = static_cast<std::int32_t>(lat);
        latest.values[static_cast<std::size_t>(Field::lon)] = 2'352'200;
        latest.values[static_cast<std::size_t>(Field::speed)] =
            static_cast<std::int32_t>(speed_kmh * 100);
        latest.values[static_cast<std::size_t>(Field::battery)] = 5'000;
        latest.zone = zone;
        hub->changed(device, source->fleet(device));
    }
    void beat() {
        clock->advance_ms(200);
        hub->tick();
    }
    /// Positions in the viewer equal those of the store.
    void expect_up_to_date(const Viewer& viewer, std::uint32_t fleet = 0) {
        const auto devices = source->devices_of(fleet);
        EXPECT_EQ(viewer.rows.size(), devices->size());
        std::multiset<std::pair<std::int64_t, std::int32_t>> shown;
        std::multiset<std::pair<std::int64_t, std::int32_t>> stored;
        for (const auto& [slot, row] : viewer.rows)
            shown.insert({row.ts_ms, row.speed == codec::kNoU16 ? -1 : row.speed});
        for (const DeviceHandle device : *devices) {
            const model::Latest latest = source->latest(device);
            stored.insert(
                {latest.ts_ms, latest.has(Field::speed) ? latest.value(Field::speed) : -1});
        }
        EXPECT_EQ(shown, stored);
    }

    std::shared_ptr<FakeSource> source = std::make_shared<FakeSource>();
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(Timestamp{kNow});
    std::shared_ptr<Hub> hub;
};

TEST_F(HubTest, ANewViewerGetsWelcomeSnapshotAndKpis) {
    const auto a = vehicle("V-1");
    vehicle("V-2");
    report(a, 50, "depot");
    Viewer viewer(*hub);
    viewer.greet();
    EXPECT_EQ(viewer.drain(), 1U);
    EXPECT_EQ(
        viewer.texts[0],
        R"({"type":"welcome","epoch":42,"tick_ms":200,"stale_s":300,"offline_s":1800,"version":"0.1.0"})");
    viewer.sub("idf");
    beat();
    EXPECT_GT(viewer.wakes, 0);
    viewer.drain();
    ASSERT_EQ(viewer.texts.size(), 5U);
    EXPECT_EQ(viewer.texts[1], R"({"type":"snap","fleet":"idf","seq":1,"devices":2})");
    EXPECT_EQ(viewer.texts[2], R"({"type":"ids","first":0,"ids":["V-1","V-2"]})");
    EXPECT_EQ(viewer.texts[3], R"({"type":"zones","first":1,"zones":["depot"]})");
    EXPECT_EQ(
        viewer.texts[4],
        R"({"type":"kpi","fleet":"idf","as_of":"2026-11-25T07:08:09.200Z","devices":2,"active_devices":1,)"
        R"("avg_speed_kmh":50,"avg_battery_pct":50,"critical_alerts":null})");
    expect_up_to_date(viewer);
    EXPECT_EQ(viewer.rows[0].lat, 488'566'000);
    EXPECT_EQ(viewer.rows[0].flags, codec::kMoving);
    EXPECT_EQ(viewer.rows[1].ts_ms, -1);
}

TEST_F(HubTest, ADeltaHoldsWhatChangedAndNothingElse) {
    const auto a = vehicle("V-1");
    const auto b = vehicle("V-2");
    report(a, 10);
    report(b, 20);
    Viewer viewer(*hub);
    viewer.greet();
    viewer.sub("idf");
    beat();
    viewer.drain();
    viewer.forget_wire();
    const std::size_t reads = source->reads;
    report(b, 30);
    report(b, 40);
    beat();
    EXPECT_EQ(source->reads, reads + 1);
    viewer.drain();
    EXPECT_EQ(viewer.deltas, 1U);
    expect_up_to_date(viewer);
    beat();
    viewer.forget_wire();
    viewer.drain();
    EXPECT_EQ(viewer.binary_frames, 0U) << "nothing changed, nothing is sent";
}

TEST_F(HubTest, CriticalAlertsAreThoseOfTheFleet) {
    Viewer viewer(*hub);
    viewer.greet();
    viewer.sub("north");
    beat();
    viewer.drain();
    ASSERT_FALSE(viewer.texts.empty());
    EXPECT_NE(viewer.texts.back().find(R"("critical_alerts":3})"), std::string::npos)
        << viewer.texts.back();
}

TEST_F(HubTest, ViewersAtTheSamePlaceShareTheBytes) {
    const auto a = vehicle("V-1");
    report(a, 10);
    Viewer one(*hub);
    Viewer two(*hub);
    for (Viewer* viewer : {&one, &two}) {
        viewer->greet();
        viewer->sub("idf");
    }
    beat();
    one.drain();
    two.drain();
    report(a, 20);
    beat();
    const auto first = one.next();
    const auto second = two.next();
    ASSERT_TRUE(first && second && first->binary);
    EXPECT_EQ(first->payload.get(), second->payload.get());
}

TEST_F(HubTest, ALaggardGetsOneFrameWithTheNewestOfEverything) {
    std::vector<DeviceHandle> devices;
    for (int i = 0; i < 10; ++i) devices.push_back(vehicle("V-" + std::to_string(i)));
    for (const auto d : devices) report(d, 10);
    Viewer viewer(*hub);
    viewer.greet();
    viewer.sub("idf");
    beat();
    viewer.drain();
    viewer.forget_wire();
    for (int round = 0; round < 4; ++round) {  // the viewer does not read meanwhile
        report(devices[static_cast<std::size_t>(round)], 20 + round);
        report(devices[9], 60 + round);
        beat();
    }
    viewer.drain();
    EXPECT_EQ(viewer.deltas, 1U);
    expect_up_to_date(viewer);
}

TEST_F(HubTest, DevicesThatJoinLaterAreNamedBeforeTheyAreShown) {
    report(vehicle("V-1"), 10);
    Viewer viewer(*hub);
    viewer.greet();
    viewer.sub("idf");
    beat();
    viewer.drain();
    report(vehicle("A-new"), 20, "yard");
    report(vehicle("N-1", 1), 99);  // of another fleet: not shown here
    vehicle("B-silent");            // registered, nothing announces it
    for (int i = 0; i < 6; ++i) beat();
    viewer.drain();
    EXPECT_EQ(viewer.ids, 3U);
    EXPECT_EQ(viewer.zones, 1U);
    expect_up_to_date(viewer);
}

TEST_F(HubTest, AnErasedDeviceIsShownToNobodyAnyMore) {
    const DeviceHandle gone = vehicle("V-gone");
    const DeviceHandle kept = vehicle("V-kept");
    report(gone, 10);
    report(kept, 20);
    Viewer viewer(*hub);
    viewer.greet();
    viewer.sub("idf");
    beat();
    viewer.drain();
    EXPECT_EQ(viewer.rows.size(), 2U);
    const std::uint32_t seen = viewer.seq;
    viewer.forget_wire();
    source->erased.insert(gone.value);
    source->state(gone) = {};
    hub->changed(gone, 0);
    for (int i = 0; i < 8; ++i) beat();
    viewer.drain();
    EXPECT_EQ(viewer.ids, 1U);
    expect_up_to_date(viewer);
    for (const std::string& text : viewer.texts) EXPECT_EQ(text.find("V-gone"), std::string::npos);
    report(kept, 30);
    beat();
    viewer.drain();
    expect_up_to_date(viewer);
    // Slots mean something else now: who saw the old ones begins anew.
    Viewer late(*hub);
    EXPECT_FALSE(
        late.say(R"({"type":"hello","epoch":42,"slots":1,"seq":)" + std::to_string(seen) + "}"));
    late.sub("idf");
    beat();
    late.drain();
    EXPECT_TRUE(late.texts[1].starts_with(R"({"type":"snap")")) << late.texts[1];
    expect_up_to_date(late);
}

TEST_F(HubTest, ADeviceThatIsMovedGoesFromTheViewersOfOneFleetToThoseOfTheOther) {
    const DeviceHandle moved = vehicle("V-moved");
    report(moved, 10);
    report(vehicle("V-kept"), 20);
    report(vehicle("N-1", 1), 30);
    Viewer idf(*hub);
    Viewer north(*hub);
    idf.greet();
    north.greet();
    idf.sub("idf");
    north.sub("north");
    beat();
    idf.drain();
    north.drain();
    source->move(moved, 1);
    hub->changed(moved, 0);
    report(vehicle("V-new"), 40);  // the fleet keeps its size
    for (int i = 0; i < 8; ++i) {
        beat();
        idf.drain();
        north.drain();
    }
    expect_up_to_date(idf);
    expect_up_to_date(north, 1);
    report(moved, 50);
    beat();
    idf.drain();
    north.drain();
    expect_up_to_date(idf);
    expect_up_to_date(north, 1);
}

TEST_F(HubTest, LargeFleetsComeInChunksWithTheirIdsBetween) {
    make({.rows_per_frame = 10});
    std::vector<DeviceHandle> devices;
    for (int i = 0; i < 35; ++i) devices.push_back(vehicle("V-" + std::to_string(i)));
    for (const auto d : devices) report(d, 10);
    Viewer viewer(*hub);
    viewer.greet();
    viewer.sub("idf");
    beat();
    viewer.drain();
    EXPECT_EQ(viewer.binary_frames, 4U);
    expect_up_to_date(viewer);
    viewer.forget_wire();
    for (const auto d : devices) report(d, 11);
    beat();
    viewer.drain();
    EXPECT_EQ(viewer.deltas, 4U);
    expect_up_to_date(viewer);
}

TEST_F(HubTest, ResumeSendsOnlyWhatChangedMeanwhile) {
    make({.rows_per_frame = 10});
    std::vector<DeviceHandle> devices;
    for (int i = 0; i < 35; ++i) devices.push_back(vehicle("V-" + std::to_string(i)));
    for (const auto d : devices) report(d, 10);
    Viewer before(*hub);
    before.greet();
    before.sub("idf");
    beat();
    before.drain();
    report(devices[3], 70);
    report(vehicle("V-late"), 5);
    beat();

    Viewer after(*hub);
    after.rows = before.rows;
    after.ids = before.ids;
    EXPECT_FALSE(after.say(R"({"type":"hello","epoch":42,"slots":35,"seq":)" +
                           std::to_string(before.seq) + "}"));
    after.sub("idf");
    after.drain();
    EXPECT_EQ(after.texts[1],
              R"({"type":"resume","fleet":"idf","seq":)" + std::to_string(before.seq) + "}");
    expect_up_to_date(after);
    EXPECT_EQ(after.ids, 36U);
}

TEST_F(HubTest, ACutAtAnyMessageOfASnapshotIsRepairedByResume) {
    make({.rows_per_frame = 10});
    std::vector<DeviceHandle> devices;
    for (int i = 0; i < 25; ++i) devices.push_back(vehicle("V-" + std::to_string(i)));
    for (const auto d : devices) report(d, 10);
    Viewer keeper(*hub);  // keeps the fleet watched
    keeper.greet();
    keeper.sub("idf");
    beat();
    keeper.drain();
    for (std::size_t cut = 2; cut < 12; ++cut) {
        SCOPED_TRACE(cut);
        Viewer first(*hub);
        first.greet();
        first.sub("idf");
        first.drain(cut);
        report(devices[cut], 20 + static_cast<double>(cut));
        beat();
        Viewer second(*hub);
        second.rows = first.rows;
        second.ids = first.ids;
        EXPECT_FALSE(second.say(R"({"type":"hello","epoch":42,"seq":)" + std::to_string(first.seq) +
                                R"(,"slots":)" + std::to_string(first.ids) + "}"));
        second.sub("idf");
        beat();
        second.drain();
        expect_up_to_date(second);
    }
}

TEST_F(HubTest, ResumeOfAnotherEpochOrFromTheFutureStartsAnew) {
    report(vehicle("V-1"), 10);
    for (const char* hello : {R"({"type":"hello","epoch":41,"seq":1,"slots":1})",
                              R"({"type":"hello","epoch":42,"seq":9,"slots":1})",
                              R"({"type":"hello","epoch":42,"seq":1,"slots":2})",
                              R"({"type":"hello","epoch":42,"seq":1})"}) {
        Viewer viewer(*hub);
        EXPECT_FALSE(viewer.say(hello));
        viewer.sub("idf");
        beat();
        viewer.drain();
        ASSERT_GE(viewer.texts.size(), 2U) << hello;
        EXPECT_TRUE(viewer.texts[1].starts_with(R"({"type":"snap")")) << hello;
        expect_up_to_date(viewer);
    }
}

TEST_F(HubTest, ChangingTheFleetStartsWithASnapshotOfIt) {
    report(vehicle("V-1"), 10);
    report(vehicle("N-1", 1), 30);
    Viewer viewer(*hub);
    viewer.greet();
    viewer.sub("idf");
    beat();
    viewer.drain();
    viewer.sub("north");
    beat();
    viewer.drain();
    expect_up_to_date(viewer, 1);
    EXPECT_EQ(viewer.rows.begin()->second.speed, 3'000);
}

TEST_F(HubTest, ChangesWhileNobodyWatchedAreInTheNextSnapshot) {
    const auto a = vehicle("V-1");
    report(a, 10);
    {
        Viewer viewer(*hub);
        viewer.greet();
        viewer.sub("idf");
        beat();
        viewer.drain();
    }
    const std::size_t reads = source->reads;
    report(a, 77);
    beat();
    EXPECT_EQ(source->reads, reads) << "without viewers nothing is read";
    Viewer viewer(*hub);
    viewer.greet();
    viewer.sub("idf");
    beat();
    viewer.drain();
    expect_up_to_date(viewer);
}

TEST_F(HubTest, KpisComeWhenTheyChangeAtMostOnceASecond) {
    const auto a = vehicle("V-1");
    report(a, 10);
    Viewer viewer(*hub);
    viewer.greet();
    viewer.sub("idf");
    beat();
    viewer.drain();
    const auto kpis = [&] {
        return std::count_if(viewer.texts.begin(), viewer.texts.end(), [](const std::string& t) {
            return t.starts_with(R"({"type":"kpi")");
        });
    };
    EXPECT_EQ(kpis(), 1);
    for (int i = 0; i < 10; ++i) {  // two seconds
        report(a, 20 + i);
        beat();
        viewer.drain();
    }
    EXPECT_GE(kpis(), 2);
    EXPECT_LE(kpis(), 3);
    const auto before = kpis();
    for (int i = 0; i < 20; ++i) {
        beat();
        viewer.drain();
    }
    EXPECT_LE(kpis(), before + 1) << "unchanged figures are not repeated";
    clock->advance_ms(6 * kMsPerMinute);  // the vehicle falls silent
    beat();
    viewer.drain();
    EXPECT_NE(viewer.texts.back().find(R"("active_devices":0)"), std::string::npos);
}

TEST_F(HubTest, SlowAcknowledgementsHalveTheRateAndRecoveryRestoresIt) {
    const auto a = vehicle("V-1");
    report(a, 10);
    Viewer viewer(*hub);
    viewer.greet();
    viewer.sub("idf");
    beat();
    viewer.drain();
    viewer.ack();
    int speed = 0;
    const auto run = [&](int ticks, bool acknowledge) {
        for (int i = 0; i < ticks; ++i) {
            report(a, speed++ % 100);
            beat();
            viewer.drain();
            if (acknowledge) viewer.ack();
        }
    };
    run(60, false);  // 12 s without an ack
    viewer.forget_wire();
    run(32, false);  // 6.4 s at 3.2 s
    EXPECT_LE(viewer.deltas, 3U);
    EXPECT_FALSE(viewer.verdict());
    viewer.forget_wire();
    run(200, true);
    const auto lag = [&](const char* ms) {
        return std::count(viewer.texts.begin(), viewer.texts.end(),
                          std::string(R"({"type":"lag","ms":)") + ms + "}");
    };
    EXPECT_EQ(lag("200"), 1);
    viewer.forget_wire();
    run(10, true);
    EXPECT_EQ(viewer.deltas, 10U);
    expect_up_to_date(viewer);
}

TEST_F(HubTest, AConnectionThatTakesInNothingIsGivenUp) {
    const auto a = vehicle("V-1");
    report(a, 10);
    Viewer viewer(*hub);
    viewer.greet();
    viewer.sub("idf");
    beat();
    ASSERT_TRUE(viewer.next());  // this message never gets out
    clock->advance_ms(29'000);
    hub->tick();
    EXPECT_FALSE(viewer.verdict());
    viewer.wakes = 0;
    clock->advance_ms(1'500);
    hub->tick();
    EXPECT_GT(viewer.wakes, 0);
    ASSERT_TRUE(viewer.verdict());
    EXPECT_EQ(viewer.verdict()->code, 4008);
}

TEST_F(HubTest, WrongMessagesCloseWithTheirCode) {
    vehicle("V-1");
    Viewer viewer(*hub);
    EXPECT_EQ(viewer.say(R"({"type":"sub","fleet":"idf"})")->code, 4000) << "hello first";
    viewer.greet();
    EXPECT_EQ(viewer.say(R"({"type":"hello"})")->code, 4000) << "hello once";
    EXPECT_EQ(viewer.say("x")->code, 4000);
    EXPECT_EQ(viewer.say(R"({"type":"sub","fleet":"nowhere"})")->code, 4004);
    std::optional<Close> flood;
    for (int i = 0; i < 100 && !flood; ++i) flood = viewer.say(R"({"type":"ping","t":1})");
    ASSERT_TRUE(flood);
    EXPECT_EQ(flood->code, 4008);
}

TEST_F(HubTest, AFleetOutsideTheScopeLooksLikeNone) {
    vehicle("V-1");
    Viewer viewer(*hub, Format::binary, model::ScopeForTests::only({"north"}));
    viewer.greet();
    EXPECT_EQ(viewer.say(R"({"type":"sub","fleet":"idf"})")->code, 4004);
}

TEST_F(HubTest, TheNumberOfViewersIsBounded) {
    make({.max_clients = 1});
    Viewer viewer(*hub);
    EXPECT_EQ(hub->clients(), 1U);
    const auto second = hub->connect(Format::binary, model::ScopeForTests::everything(), [] {});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::overloaded);
}

TEST_F(HubTest, JsonTwinIsText) {
    report(vehicle("V-1"), 10);
    Viewer viewer(*hub, Format::json);
    viewer.greet();
    viewer.sub("idf");
    beat();
    viewer.drain();
    EXPECT_EQ(viewer.binary_frames, 0U);
    EXPECT_TRUE(std::any_of(viewer.texts.begin(), viewer.texts.end(), [](const std::string& t) {
        return t.find(R"("rows":[{"slot":0,"lat":48.8566,"lon":2.3522)") != std::string::npos;
    }));
}

}  // namespace
}  // namespace fleet::live
