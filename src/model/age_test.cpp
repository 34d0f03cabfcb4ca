// SPDX-License-Identifier: Apache-2.0
#include "model/age.hpp"

#include <gtest/gtest.h>

namespace fleet::model {
namespace {

TEST(Age, BeginsWhenTheLimitIsReached) {
    const AgeLimits limits;
    EXPECT_EQ(age_of(1'000, 1'000, limits), Age::fresh);
    EXPECT_EQ(age_of(1'000, 1'000 + limits.stale_ms - 1, limits), Age::fresh);
    EXPECT_EQ(age_of(1'000, 1'000 + limits.stale_ms, limits), Age::stale);
    EXPECT_EQ(age_of(1'000, 1'000 + limits.offline_ms - 1, limits), Age::stale);
    EXPECT_EQ(age_of(1'000, 1'000 + limits.offline_ms, limits), Age::offline);
}

TEST(Age, OfAVehicleWithoutRecordsIsOffline) {
    EXPECT_EQ(age_of(-1, 0, AgeLimits()), Age::offline);
}

TEST(Age, OfARecordAheadOfTheClockIsFresh) {
    EXPECT_EQ(age_of(90'000, 1'000, AgeLimits()), Age::fresh);
}

}  // namespace
}  // namespace fleet::model
