// SPDX-License-Identifier: Apache-2.0
#include "devcluster/consistency.hpp"

#include <gtest/gtest.h>

#include <tuple>

namespace fleet::devcluster {

namespace {

std::vector<DatacentreState> two_by_two(int down1, int down2) {
    return {{"dc1", 2, 2, 2 - down1}, {"dc2", 2, 2, 2 - down2}};
}

}  // namespace

TEST(Consistency, TwoByTwoHoldsWhatWasMeasuredOnRealNodes) {
    // down in dc1, down in dc2, dc1 LOCAL_QUORUM, dc1 QUORUM, dc2 LOCAL_QUORUM, dc2 QUORUM
    const std::tuple<int, int, bool, bool, bool, bool> rows[] = {
        {0, 0, true, true, true, true},     {0, 1, true, true, false, true},
        {0, 2, true, false, false, false},  {1, 0, false, true, true, true},
        {2, 0, false, false, true, false},  {1, 1, false, false, false, false},
        {1, 2, false, false, false, false}, {2, 1, false, false, false, false},
        {2, 2, false, false, false, false},
    };
    for (const auto& [down1, down2, lq1, q1, lq2, q2] : rows) {
        SCOPED_TRACE(testing::Message() << down1 << " and " << down2 << " down");
        const auto held = levels_held(two_by_two(down1, down2));
        ASSERT_EQ(held.size(), 2U);
        EXPECT_EQ(held[0].local_quorum, lq1);
        EXPECT_EQ(held[0].quorum, q1);
        EXPECT_EQ(held[1].local_quorum, lq2);
        EXPECT_EQ(held[1].quorum, q2);
    }
}

TEST(Consistency, EachQuorumAndAllFailWithAnyNode) {
    const auto whole = levels_held(two_by_two(0, 0));
    EXPECT_TRUE(whole[0].each_quorum && whole[0].all);
    const auto one_down = levels_held(two_by_two(0, 1));
    EXPECT_FALSE(one_down[0].each_quorum || one_down[0].all);
    EXPECT_TRUE(one_down[1].local_one);
    EXPECT_FALSE(levels_held(two_by_two(0, 2))[1].local_one);
}

TEST(Consistency, DownNodesAreCountedAsReplicasOfOneRow) {
    // Five nodes with three replicas: two down may both hold a row, one left is no quorum.
    const auto held = levels_held({{"dc1", 3, 5, 3}});
    EXPECT_FALSE(held[0].local_quorum);
    EXPECT_TRUE(held[0].local_one);
    EXPECT_TRUE(levels_held({{"dc1", 3, 5, 4}})[0].local_quorum);
}

TEST(Consistency, WithoutReplicasNothingHolds) {
    const auto held = levels_held({{"dc1", 0, 2, 2}, {"dc2", 2, 2, 2}});
    EXPECT_FALSE(held[0].local_one || held[0].local_quorum);
    EXPECT_TRUE(held[0].quorum) << "through a node of dc1, from the replicas of dc2";
}

TEST(Consistency, QuorumMeetsLocalQuorumForTwoAndTwoButNotForThreeAndThree) {
    EXPECT_TRUE(local_quorum_meets_quorum(two_by_two(0, 0), "dc1"));
    EXPECT_FALSE(local_quorum_meets_quorum({{"dc1", 3, 3, 3}, {"dc2", 3, 3, 3}}, "dc1"));
    EXPECT_TRUE(local_quorum_meets_quorum({{"dc1", 2, 2, 2}, {"dc2", 1, 1, 1}}, "dc1"));
    EXPECT_FALSE(local_quorum_meets_quorum({{"dc1", 3, 3, 3}, {"dc2", 2, 2, 2}}, "dc1"));
    EXPECT_FALSE(local_quorum_meets_quorum(two_by_two(0, 0), "dc3"));
}

}  // namespace fleet::devcluster
