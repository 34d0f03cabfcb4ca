// SPDX-License-Identifier: Apache-2.0
#include "base/suggest.hpp"

#include <gtest/gtest.h>

#include <array>

namespace fleet {
namespace {

constexpr std::array<std::string_view, 3> kNames{"hysteresis", "limit", "LOW_BATTERY"};

TEST(Suggest, FindsTheNameThatWasMeant) {
    EXPECT_EQ(nearest_name("hysterisis", kNames), "hysteresis");
    EXPECT_EQ(nearest_name("limti", kNames), "limit");
    EXPECT_EQ(nearest_name("low_batery", kNames), "LOW_BATTERY");
    EXPECT_EQ(did_you_mean("Limit", kNames), "; did you mean 'limit'?");
}

TEST(Suggest, IsSilentAboutOtherWords) {
    EXPECT_EQ(nearest_name("zones", kNames), "");
    EXPECT_EQ(nearest_name("", kNames), "");
    EXPECT_EQ(nearest_name(std::string(1'000, 'l'), kNames), "");
    EXPECT_EQ(did_you_mean("colour", kNames), "");
}

}  // namespace
}  // namespace fleet
