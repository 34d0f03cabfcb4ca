// SPDX-License-Identifier: Apache-2.0
#include "live/dirty_set.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace fleet::live {
namespace {

TEST(DirtySet, DrainGivesEachNumberOnceAscending) {
    DirtySet set;
    for (const std::uint32_t n : {700'000U, 3U, 64U, 63U, 3U, 65'536U, 0U}) set.add(n);
    std::vector<std::uint32_t> seen;
    set.drain([&](std::uint32_t n) { seen.push_back(n); });
    EXPECT_EQ(seen, (std::vector<std::uint32_t>{0, 3, 63, 64, 65'536, 700'000}));
    seen.clear();
    set.drain([&](std::uint32_t n) { seen.push_back(n); });
    EXPECT_TRUE(seen.empty());
}

TEST(DirtySet, NumbersBeyondItsCapacityAreIgnored) {
    DirtySet set;
    set.add(DirtySet::kCapacity);
    set.drain([](std::uint32_t n) { FAIL() << n; });
}

/// The promise that views rest on: a state written before add() is seen by the drain that reports
/// it, and no add is lost.
TEST(DirtySet, NoChangeIsLostBetweenWritersAndTheDrain) {
    constexpr std::uint32_t kDevices = 1'000;
    constexpr int kRounds = 200;
    DirtySet set;
    std::vector<std::atomic<int>> state(kDevices);
    std::vector<int> shown(kDevices, 0);
    std::atomic<int> running{2};
    std::vector<std::thread> writers;
    for (int w = 0; w < 2; ++w)
        writers.emplace_back([&, w] {
            for (int round = 1; round <= kRounds; ++round)
                for (std::uint32_t d = static_cast<std::uint32_t>(w); d < kDevices; d += 2) {
                    state[d].store(round, std::memory_order_relaxed);
                    set.add(d);
                }
            --running;
        });
    const auto drain = [&] {
        set.drain([&](std::uint32_t d) { shown[d] = state[d].load(std::memory_order_relaxed); });
    };
    while (running > 0) drain();
    for (std::thread& writer : writers) writer.join();
    drain();
    for (std::uint32_t d = 0; d < kDevices; ++d) EXPECT_EQ(shown[d], kRounds) << d;
}

}  // namespace
}  // namespace fleet::live
