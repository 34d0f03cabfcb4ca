// SPDX-License-Identifier: Apache-2.0
#include "store/cassandra/aged_map.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

namespace fleet::store::cassandra {
namespace {

using Map = AgedMap<int>;

struct Scene {
    std::shared_ptr<ManualClock> timer = std::make_shared<ManualClock>(Timestamp{1'000});
    std::atomic<int> reads{0};

    int get(Map& map, const std::string& key) {
        const auto value =
            map.get(key, [&]() -> Result<Aged<int>> { return Aged<int>{++reads, 0, false}; });
        return (*value)->value;
    }
};

TEST(AgedMap, ReadsAgainWhenTheValueIsTooOld) {
    Scene scene;
    Map map(100, 10, scene.timer);
    EXPECT_EQ(scene.get(map, "a"), 1);
    scene.timer->advance_ms(100);
    EXPECT_EQ(scene.get(map, "a"), 1);
    scene.timer->advance_ms(1);
    EXPECT_EQ(scene.get(map, "a"), 2);
    EXPECT_EQ(map.counts().hits, 1U);
    EXPECT_EQ(map.counts().misses, 2U);
}

TEST(AgedMap, WithAnAgeOfZeroEveryCallReads) {
    Scene scene;
    Map map(0, 10, scene.timer);
    EXPECT_EQ(scene.get(map, "a"), 1);
    EXPECT_EQ(scene.get(map, "a"), 2);
    EXPECT_EQ(map.counts().entries, 0U);
}

TEST(AgedMap, HoldsNoMoreThanItsBound) {
    Scene scene;
    Map map(100, 4, scene.timer);
    for (int i = 0; i < 100; ++i) {
        scene.get(map, std::to_string(i));
        EXPECT_LE(map.counts().entries, 5U);
    }
    EXPECT_EQ(scene.get(map, "99"), 100);  // the newest stays
}

TEST(AgedMap, AnErrorIsNotKept) {
    Scene scene;
    Map map(100, 4, scene.timer);
    const auto bad =
        map.get("a", []() -> Result<Aged<int>> { return fail(Code::unavailable, "not now"); });
    EXPECT_EQ(bad.error().code, Code::unavailable);
    EXPECT_EQ(scene.get(map, "a"), 1);
}

TEST(AgedMap, CallersOfOneKeyShareOneRead) {
    Scene scene;
    Map map(100, 4, scene.timer);
    std::latch reading(1);
    std::latch go_on(1);
    std::thread first([&] {
        const auto value = map.get("a", [&]() -> Result<Aged<int>> {
            reading.count_down();
            go_on.wait();
            return Aged<int>{++scene.reads, 0, false};
        });
        EXPECT_EQ((*value)->value, 1);
    });
    reading.wait();
    std::thread second([&] { EXPECT_EQ(scene.get(map, "a"), 1); });
    go_on.count_down();
    first.join();
    second.join();
    EXPECT_EQ(scene.reads, 1);
}

}  // namespace
}  // namespace fleet::store::cassandra
