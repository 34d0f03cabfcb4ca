// SPDX-License-Identifier: Apache-2.0
#include "app/polled_fleets.hpp"

#include "store/cassandra/cassandra_testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

namespace fleet::app {
namespace {

using store::cassandra::FakeCluster;
using store::cassandra::first_text;
using store::cassandra::Query;
using testing::ElementsAre;

class Listener final : public engine::ChangeListener {
  public:
    void changed(engine::DeviceHandle device, std::uint32_t fleet) noexcept override {
        heard.emplace_back(device.value, fleet);
    }
    std::vector<std::pair<std::uint32_t, std::uint32_t>> heard;
};

/// A fleet of two vehicles, of which one can move; the cluster may fail.
struct Scene {
    FakeCluster cluster;
    std::atomic<std::int64_t> moved_ms{1'000};
    std::atomic<bool> failing{false};

    Scene() {
        cluster.has_fleet("north", 1, 30);
        cluster.on(Query::devices, [this](const cql::Asked&) {
            return cluster.rows(Query::devices, [](cql::PackedRows& out) {
                for (const char* id : {"V-1", "V-2"}) {
                    out.text(id);
                    out.end_row();
                }
            });
        });
        cluster.on(Query::latest, [this](const cql::Asked& asked) {
            if (failing) return store::cassandra::failure(cql::ErrorClass::unavailable);
            const std::int64_t ts = first_text(asked) == "V-2" ? moved_ms.load() : 500;
            return cluster.rows(Query::latest, [&](cql::PackedRows& out) {
                out.timestamp(ts);
                for (std::size_t i = 1; i < cluster.spec(Query::latest).columns.size(); ++i)
                    out.null();
                out.end_row();
            });
        });
    }
};

TEST(PolledFleets, AnnouncesWhatIsNewAndWhatChanged) {
    Scene scene;
    PolledFleets fleets(scene.cluster.open({.cache_max_age_ms = 5'000}),
                        model::ScopeForTests::everything(), 2'000, scene.cluster.timer);
    EXPECT_EQ(fleets.fleet_number("north"), std::nullopt);
    EXPECT_EQ(fleets.state().age_ms, std::nullopt);
    fleets.poll();
    const std::uint32_t north = fleets.fleet_number("north").value();
    const auto devices = fleets.devices_of(north);
    ASSERT_EQ(devices->size(), 2U);
    EXPECT_EQ(fleets.id_of((*devices)[1]), "V-2");
    EXPECT_EQ(fleets.fleet_of((*devices)[1]), north);
    EXPECT_EQ(fleets.latest((*devices)[1]).ts_ms, 1'000);
    EXPECT_EQ(fleets.critical_alerts(north), 0U);
    scene.cluster.timer->advance_ms(700);
    EXPECT_EQ(fleets.state().age_ms, 700);

    const auto listener = std::make_shared<Listener>();
    scene.moved_ms = 2'000;
    // The thread's first round tells of the one that moved, and of no other.
    fleets.start(listener);
    while (fleets.state().rounds < 2) std::this_thread::yield();
    fleets.stop();
    EXPECT_THAT(listener->heard, ElementsAre(std::pair((*devices)[1].value, north)));
    EXPECT_EQ(fleets.latest((*devices)[1]).ts_ms, 2'000);
}

TEST(PolledFleets, KeepsWhatItHasWhileTheClusterFails) {
    Scene scene;
    PolledFleets fleets(scene.cluster.open({.cache_max_age_ms = 0}),
                        model::ScopeForTests::everything(), 2'000, scene.cluster.timer);
    fleets.poll();
    scene.failing = true;
    scene.cluster.timer->advance_ms(9'000);
    fleets.poll();
    EXPECT_NE(fleets.state().error, "");
    EXPECT_EQ(fleets.state().age_ms, 9'000);
    EXPECT_EQ(fleets.devices_of(fleets.fleet_number("north").value())->size(), 2U);
    scene.failing = false;
    // The breakers let one read through after a while.
    scene.cluster.timer->advance_ms(60'000);
    fleets.poll();
    EXPECT_EQ(fleets.state().error, "");
    EXPECT_EQ(fleets.state().age_ms, 0);
}

}  // namespace
}  // namespace fleet::app
