// SPDX-License-Identifier: Apache-2.0
#include "app/load_tally.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

namespace fleet::app {
namespace {

TEST(IdSet, CountsEveryIdOnceWhileItGrows) {
    IdSet ids;
    for (int round = 0; round < 3; ++round)
        for (int i = 0; i < 20'000; ++i)
            EXPECT_EQ(ids.insert("V-" + std::to_string(i)), round == 0);
    EXPECT_EQ(ids.size(), 20'000U);
}

TEST(LoadTally, TheObjectHasTheMembersOfTheContractAndOmitsZeros) {
    LoadTally tally;
    tally.read = 4;
    tally.stored = 2;
    tally.reject(model::Reason::bad_speed);
    tally.reject(model::Reason::bad_speed);
    tally.devices.insert("a");
    const auto object = nlohmann::ordered_json::parse(tally.json(2.0));
    EXPECT_EQ(
        object.dump(),
        R"({"read":4,"stored":2,"duplicates":0,"conflicts":0,"late":0,"rejected":2,"rejected_by_reason":{"bad_speed":2},)"
        R"("devices":1,"seconds":2,"rows_per_s":2})");
    tally.late.reset();
    EXPECT_TRUE(nlohmann::json::parse(tally.json(1)).at("late").is_null());
}

}  // namespace
}  // namespace fleet::app
