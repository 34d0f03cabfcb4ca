// SPDX-License-Identifier: Apache-2.0
#include "replicate/ladder.hpp"

#include <gtest/gtest.h>

namespace fleet::replicate {
namespace {

using cql::ErrorClass;
using Rungs = std::vector<Rung>;
constexpr std::int64_t kSecond = 1'000'000'000;

Rungs all_rungs() { return {Rung::local_quorum, Rung::quorum, Rung::remote}; }

/// Whether every quorum of all replicas meets every local quorum of the home datacentre: tried for
/// all sets of replicas, home being the first `home` ones.
bool always_meet(unsigned home, unsigned others) {
    const unsigned all = home + others;
    const auto bits = [](unsigned set) { return static_cast<unsigned>(__builtin_popcount(set)); };
    const unsigned home_mask = (1U << home) - 1;
    for (unsigned local = 0; local <= home_mask; ++local) {
        if (bits(local) < home / 2 + 1) continue;
        for (unsigned quorum = 0; quorum < 1U << all; ++quorum)
            if (bits(quorum) >= all / 2 + 1 && (local & quorum) == 0) return false;
    }
    return true;
}

TEST(Rungs, QuorumIsThereExactlyWhereItMeetsTheLocalOne) {
    for (unsigned home = 1; home <= 5; ++home) {
        for (unsigned others = 0; others <= 5; ++others) {
            std::vector<cql::Replication> replication{{"dc1", home}};
            if (others > 0) replication.push_back({"dc2", others});
            const auto rungs = rungs_of(replication, "dc1", "");
            ASSERT_TRUE(rungs);
            EXPECT_EQ(rungs->size() == 2, always_meet(home, others)) << home << "+" << others;
        }
    }
    EXPECT_EQ(rungs_of(std::vector<cql::Replication>{{"dc1", 2}, {"dc2", 2}}, "dc1", "dc2").value(),
              all_rungs());
    EXPECT_EQ(rungs_of(std::vector<cql::Replication>{{"dc1", 3}, {"dc2", 3}}, "dc1", "dc2").value(),
              (Rungs{Rung::local_quorum, Rung::remote}));
}

TEST(Rungs, ADatacentreWithoutReplicasIsRefusedWithThoseThatThereAre) {
    const std::vector<cql::Replication> replication{{"dc1", 2}, {"dc2", 2}};
    for (const auto& [home, remote] : {std::pair{"dc3", ""}, std::pair{"dc1", "dc3"}}) {
        const auto rungs = rungs_of(replication, home, remote);
        ASSERT_FALSE(rungs);
        EXPECT_EQ(rungs.error().code, Code::invalid_argument);
        EXPECT_NE(rungs.error().message.find("\"dc3\""), std::string::npos);
        EXPECT_NE(rungs.error().message.find("2 × dc1, 2 × dc2"), std::string::npos);
    }
}

TEST(Ladder, ClimbsRungByRungAndEndsInTheJournal) {
    Ladder ladder(all_rungs());
    ASSERT_EQ(ladder.begin(0), Rung::local_quorum);
    ASSERT_EQ(ladder.failed(Rung::local_quorum, ErrorClass::unavailable, 1), Rung::quorum);
    ASSERT_EQ(ladder.failed(Rung::quorum, ErrorClass::write_timeout, 2), Rung::remote);
    EXPECT_EQ(ladder.failed(Rung::remote, ErrorClass::no_connection, 3), std::nullopt);
    for (const RungState& state : ladder.states()) {
        EXPECT_EQ(state.in_flight, 0U);
        EXPECT_EQ(state.failed, 1U);
        EXPECT_FALSE(state.open);
    }
    EXPECT_FALSE(ladder.stale());
}

TEST(Ladder, ARequestThatIsWrongIsTriedNowhereElseAndBlamesNoRung) {
    Ladder ladder(all_rungs());
    for (int i = 0; i < 10; ++i) {
        ASSERT_EQ(ladder.begin(i), Rung::local_quorum);
        EXPECT_EQ(ladder.failed(Rung::local_quorum, ErrorClass::invalid, i), std::nullopt);
    }
    EXPECT_FALSE(ladder.states()[0].open);
    EXPECT_EQ(ladder.states()[0].failed, 0U);
}

TEST(Ladder, ThreeFailuresWithinASecondLeaveARungOutUntilAProbeSucceeds) {
    Ladder ladder(all_rungs());
    for (std::int64_t i = 0; i < 3; ++i) {
        const std::int64_t now = i * kSecond / 4;
        ASSERT_EQ(ladder.begin(now), Rung::local_quorum);
        ASSERT_EQ(ladder.failed(Rung::local_quorum, ErrorClass::write_timeout, now), Rung::quorum);
        ladder.succeeded(Rung::quorum, now);
    }
    EXPECT_TRUE(ladder.states()[0].open);
    ASSERT_EQ(ladder.take_events().size(), 1U);
    std::int64_t now = kSecond / 2 + 1;
    for (int i = 0; i < 100; ++i) {  // all go to the next rung at once
        ASSERT_EQ(ladder.begin(now), Rung::quorum);
        ladder.succeeded(Rung::quorum, now);
    }
    now = kSecond / 2 + 5 * kSecond;
    ASSERT_EQ(ladder.begin(now), Rung::local_quorum);  // one probe
    ASSERT_EQ(ladder.begin(now), Rung::quorum);        // and no second one beside it
    ladder.succeeded(Rung::quorum, now);
    ASSERT_EQ(ladder.failed(Rung::local_quorum, ErrorClass::write_timeout, now), Rung::quorum);
    ladder.succeeded(Rung::quorum, now);
    ASSERT_EQ(ladder.begin(now + 5 * kSecond - 1), Rung::quorum);
    ladder.succeeded(Rung::quorum, now);
    now += 5 * kSecond;
    ASSERT_EQ(ladder.begin(now), Rung::local_quorum);
    ladder.succeeded(Rung::local_quorum, now);
    EXPECT_FALSE(ladder.states()[0].open);
    EXPECT_EQ(ladder.take_events().size(), 1U);
    ASSERT_EQ(ladder.begin(now), Rung::local_quorum);
    EXPECT_EQ(ladder.states()[0].opened, 1U);
}

TEST(Ladder, FailuresThatAreFarApartLeaveNothingOut) {
    Ladder ladder(all_rungs());
    for (std::int64_t i = 0; i < 20; ++i) {
        const std::int64_t now = i * kSecond;
        ASSERT_EQ(ladder.begin(now), Rung::local_quorum);
        ASSERT_EQ(ladder.failed(Rung::local_quorum, ErrorClass::write_timeout, now), Rung::quorum);
        ladder.succeeded(Rung::quorum, now);
    }
    EXPECT_FALSE(ladder.states()[0].open);
}

TEST(Ladder, ASuspiciousRungGetsFewRequestsAtOnce) {
    Ladder ladder(all_rungs());
    ASSERT_EQ(ladder.begin(0), Rung::local_quorum);
    for (int i = 0; i < 100; ++i) ASSERT_EQ(ladder.begin(0), Rung::local_quorum);  // all is well
    ASSERT_EQ(ladder.failed(Rung::local_quorum, ErrorClass::write_timeout, 1), Rung::quorum);
    EXPECT_EQ(ladder.begin(1), Rung::quorum);  // 100 are under way already
    for (int i = 0; i < 97; ++i) ladder.succeeded(Rung::local_quorum, 1);
    EXPECT_EQ(ladder.begin(1), Rung::local_quorum);
    EXPECT_EQ(ladder.begin(1), Rung::quorum);
    EXPECT_EQ(ladder.begin(1 + kSecond), Rung::local_quorum);
}

TEST(Ladder, WhenNoRungIsLeftItSaysWhenToTryAgain) {
    Ladder ladder({Rung::local_quorum, Rung::quorum}, {.open_after = 1});
    ASSERT_EQ(ladder.begin(0), Rung::local_quorum);
    ASSERT_EQ(ladder.failed(Rung::local_quorum, ErrorClass::no_connection, 0), Rung::quorum);
    EXPECT_EQ(ladder.failed(Rung::quorum, ErrorClass::no_connection, 10), std::nullopt);
    EXPECT_EQ(ladder.begin(11), std::nullopt);
    EXPECT_EQ(ladder.retry_at(11), 5 * kSecond);
    EXPECT_EQ(ladder.begin(5 * kSecond), Rung::local_quorum);
    EXPECT_EQ(ladder.begin(5 * kSecond), std::nullopt);
    EXPECT_EQ(ladder.retry_at(5 * kSecond), 5 * kSecond + 10);
}

TEST(Ladder, WhatOnlyTheOtherDatacentreHasMakesReadsStaleUntilRepaired) {
    Ladder ladder(all_rungs());
    ASSERT_EQ(ladder.begin(0), Rung::local_quorum);
    ASSERT_EQ(ladder.failed(Rung::local_quorum, ErrorClass::no_connection, 1), Rung::quorum);
    ASSERT_EQ(ladder.failed(Rung::quorum, ErrorClass::unavailable, 2), Rung::remote);
    EXPECT_FALSE(ladder.stale());
    ladder.succeeded(Rung::remote, 3);
    EXPECT_TRUE(ladder.stale());
    ASSERT_EQ(ladder.begin(4), Rung::local_quorum);
    ladder.succeeded(Rung::local_quorum, 5);
    EXPECT_TRUE(ladder.stale());  // home answers, but what it missed it still misses
    ladder.repaired();
    EXPECT_FALSE(ladder.stale());
}

}  // namespace
}  // namespace fleet::replicate
