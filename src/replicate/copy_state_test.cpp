// SPDX-License-Identifier: Apache-2.0
#include "replicate/copy_state.hpp"

#include "replicate/copier_testing.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace fleet::replicate::test {
namespace {

TEST(CopyState, StampsGrowOverRestartsAndWhenTheClockGoesBack) {
    const TemporaryDirectory dir;
    const auto file = dir.path() / "copy";
    const auto clock = std::make_shared<ManualClock>(Timestamp{5'000});
    std::int64_t last = 0;
    {
        auto state = CopyState::open(file, clock);
        ASSERT_TRUE(state) << state.error().message;
        const auto first = state->next_stamp();
        ASSERT_TRUE(first);
        EXPECT_EQ(*first, 5'000'000);  // µs
        last = *first;
        for (int i = 0; i < 100; ++i) {
            const auto next = state->next_stamp();
            ASSERT_TRUE(next);
            EXPECT_GT(*next, last);
            last = *next;
        }
        clock->set({1'000});
        EXPECT_EQ(state->next_stamp().value(), last + 1);
        last += 1;
    }
    auto again = CopyState::open(file, clock);  // as after kill -9: nothing was closed
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_GT(again->next_stamp().value(), last);
    EXPECT_GE(again->next_stamp().value(), again->memory().stamps_through - 10'000'000);
}

TEST(CopyState, MemoryReadsBackAndADamagedFileIsRefusedWithAWayOut) {
    CopyMemory memory;
    memory.stamps_through = 77;
    memory.begun = true;
    memory.devices = 12;
    memory.rules_epoch = 5;
    memory.fleets = {{"north", {30, 1}}, {"south", {0, 4}}};
    const std::string text = encode(memory);
    EXPECT_EQ(decode_memory(text).value(), memory);
    for (std::size_t length = 0; length < text.size(); ++length) {
        const auto cut = decode_memory(std::string_view(text).substr(0, length));
        ASSERT_FALSE(cut) << length;
        EXPECT_EQ(cut.error().code, Code::corrupt);
    }
    EXPECT_EQ(decode_memory("fleet-copy 2\nend\n").error().code, Code::unsupported);
    const TemporaryDirectory dir;
    std::ofstream(dir.path() / "copy") << "nonsense\n";
    const auto state =
        CopyState::open(dir.path() / "copy", std::make_shared<ManualClock>(Timestamp{0}));
    ASSERT_FALSE(state);
    EXPECT_NE(state.error().message.find("remove it"), std::string::npos);
}

}  // namespace
}  // namespace fleet::replicate::test
