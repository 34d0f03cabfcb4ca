// SPDX-License-Identifier: Apache-2.0
#include "base/fault.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

namespace fleet {
namespace {

#ifdef FLEET_FAULTS

// Each case runs in a process of its own, because the environment is read once. The exit code is
// the result.
int on_at(const char* setting, int times) {
    ::setenv("FLEET_FAULT", setting, 1);
    int on = 0;
    for (int i = 0; i < times; ++i) on += FLEET_FAULT("lose_it") ? 1 : 0;
    return on;
}

TEST(FaultDeathTest, IsOnWhenNamedFromTheGivenTimeOn) {
    ::testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_EXIT(::_exit(on_at("lose_it", 5)), ::testing::ExitedWithCode(5), "");
    EXPECT_EXIT(::_exit(on_at("lose_it:4", 5)), ::testing::ExitedWithCode(2), "");
    EXPECT_EXIT(::_exit(on_at("other,lose_it:2", 5)), ::testing::ExitedWithCode(4), "");
    EXPECT_EXIT(::_exit(on_at("other", 5)), ::testing::ExitedWithCode(0), "");
    EXPECT_EXIT(::_exit(on_at("lose_it:x", 5)), ::testing::KilledBySignal(SIGABRT), "");
}

TEST(FaultDeathTest, CrashPointEndsTheProcessAtTheGivenTime) {
    ::testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_EXIT(
        {
            ::setenv("FLEET_CRASH", "here:3", 1);
            for (int i = 0; i < 2; ++i) FLEET_CRASH_POINT("here");
            FLEET_CRASH_POINT("there");
            if (::write(2, "alive", 5) != 5) ::_exit(1);
            FLEET_CRASH_POINT("here");
            ::_exit(0);
        },
        ::testing::ExitedWithCode(137), "alive");
}

#else

TEST(Fault, IsAConstantInANormalBuild) {
    static_assert(!FLEET_FAULT("anything"));
    ::setenv("FLEET_CRASH", "here", 1);
    FLEET_CRASH_POINT("here");
    SUCCEED();
}

#endif

}  // namespace
}  // namespace fleet
