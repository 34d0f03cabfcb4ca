// SPDX-License-Identifier: Apache-2.0
// What needs no node of Cassandra; tests/cluster has the rest.
#include "devcluster/cluster.hpp"

#include "devcluster/file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace fleet::devcluster {

namespace {

const Talk kQuiet{[](std::string_view) {}, [](std::int64_t) { return false; }};

class ClusterTest : public testing::Test {
  protected:
    void SetUp() override { std::filesystem::remove_all(dir_); }
    void TearDown() override { std::filesystem::remove_all(dir_); }
    [[nodiscard]] Place place() const { return {dir_, "", "/no/such/java"}; }
    /// As if node 1 had been started as `id`.
    void record_node_1(const ProcessId& id) const {
        ASSERT_TRUE(make_directory(dir_ / "node1"));
        ASSERT_TRUE(write_small_file(dir_ / "node1" / "pid", encode_process_id(id)));
    }

    std::filesystem::path dir_ =
        std::filesystem::path(testing::TempDir()) / ("fleet-cluster-" + std::to_string(::getpid()));
};

}  // namespace

using testing::HasSubstr;

TEST_F(ClusterTest, IsNotMadeByLookingAtIt) {
    const auto cluster = Cluster::open(place());
    ASSERT_FALSE(cluster);
    EXPECT_EQ(cluster.error().code, Code::not_found);
    EXPECT_THAT(cluster.error().message, HasSubstr("fleet cassandra up"));
    EXPECT_FALSE(std::filesystem::exists(dir_));
}

TEST_F(ClusterTest, RemembersNetworkAndHeap) {
    ASSERT_TRUE(Cluster::create(place(), "127.0.9", 256));
    const auto again = Cluster::create(place(), std::nullopt, std::nullopt);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->options(), (ClusterOptions{"127.0.9", 256}));
    EXPECT_EQ(again->nodes()[0].address, "127.0.9.1");
    ASSERT_TRUE(Cluster::create(place(), std::nullopt, 512));
    EXPECT_EQ(Cluster::open(place())->options(), (ClusterOptions{"127.0.9", 512}));
}

TEST_F(ClusterTest, NetworkChangesOnlyBeforeANodeHasRun) {
    ASSERT_TRUE(Cluster::create(place(), std::nullopt, std::nullopt));
    ASSERT_TRUE(Cluster::create(place(), "127.0.1", std::nullopt));
    record_node_1({4711, 1});
    const auto moved = Cluster::create(place(), "127.0.2", std::nullopt);
    ASSERT_FALSE(moved);
    EXPECT_EQ(moved.error().code, Code::already_exists);
    EXPECT_EQ(Cluster::open(place())->options().network, "127.0.1");
    EXPECT_TRUE(Cluster::create(place(), "127.0.1", std::nullopt));
}

TEST_F(ClusterTest, StalePidFileOfAnotherProgramIsNoNodeAndIsNeverSignalled) {
    auto cluster = Cluster::create(place(), std::nullopt, std::nullopt);
    ASSERT_TRUE(cluster);
    // This test's own process has the number and the start, but not the command line of a node.
    record_node_1(*process_now(::getpid()));
    const auto nodes = cluster->status(kQuiet);
    ASSERT_TRUE(nodes);
    EXPECT_EQ((*nodes)[0].process, ProcessState::gone);
    for (const Result<void>& refused :
         {cluster->kill(1, kQuiet), cluster->pause_node(1), cluster->resume(1)}) {
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Code::not_found);
    }
    const auto down = cluster->down(kQuiet);
    ASSERT_TRUE(down);
    EXPECT_EQ(down->stopped, 0);
}

TEST_F(ClusterTest, CommandsThatChangeItExcludeEachOther) {
    auto cluster = Cluster::create(place(), std::nullopt, std::nullopt);
    ASSERT_TRUE(cluster);
    {
        const auto held = DirectoryLock::take(dir_);
        ASSERT_TRUE(held);
        EXPECT_EQ(cluster->down(kQuiet).error().code, Code::busy);
        EXPECT_EQ(cluster->up(kQuiet).error().code, Code::busy);
    }
    EXPECT_TRUE(cluster->down(kQuiet));
}

TEST_F(ClusterTest, WithoutJavaItSaysSoAndStartsNothing) {
    auto cluster = Cluster::create(place(), std::nullopt, std::nullopt);
    ASSERT_TRUE(cluster);
    const auto up = cluster->up(kQuiet);
    ASSERT_FALSE(up);
    EXPECT_THAT(up.error().message, HasSubstr("/no/such/java"));
    EXPECT_FALSE(std::filesystem::exists(dir_ / "node1" / "pid"));
}

TEST_F(ClusterTest, HealthOfStoppedNodesHoldsNothing) {
    auto cluster = Cluster::create(place(), "127.0.98", std::nullopt);
    ASSERT_TRUE(cluster);
    const auto health = cluster->health();
    ASSERT_TRUE(health);
    EXPECT_FALSE(health->good());
    EXPECT_EQ(health->nodes[3].problem, "does not run");
    EXPECT_FALSE(health->levels[0].local_one);
    EXPECT_EQ(health->datacentres[1].nodes, 2);
}

TEST_F(ClusterTest, NodesAreOneToFour) {
    auto cluster = Cluster::create(place(), std::nullopt, std::nullopt);
    ASSERT_TRUE(cluster);
    for (const int number : {0, 5, -1})
        EXPECT_EQ(cluster->pause_node(number).error().code, Code::invalid_argument);
}

}  // namespace fleet::devcluster
