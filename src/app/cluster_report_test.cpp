// SPDX-License-Identifier: Apache-2.0
#include "app/cluster_report.hpp"

#include "app/polled_fleets.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace fleet::app {
namespace {

using nlohmann::json;
using replicate::Rung;

replicate::RungState rung(Rung which) {
    replicate::RungState state;
    state.rung = which;
    return state;
}

TEST(ClusterReport, TellsWhatWorksAndHowOldAnswersAre) {
    store::CassandraHealth health;
    health.topology.cluster_name = "fleet_dev";
    health.topology.schema_version = "v";
    health.topology.nodes = {{.address = "a", .datacenter = "dc1", .connected = true},
                             {.address = "b", .datacenter = "dc1"},
                             {.address = "c", .datacenter = "dc2", .connected = true}};
    health.topology.replication = {{"dc1", 2}, {"dc2", 1}};
    health.counts.reads.rungs = {rung(Rung::local_quorum), rung(Rung::quorum), rung(Rung::remote)};
    health.counts.reads.rungs[0].open = true;
    health.counts.reads.slow = {
        {Timestamp{1}, "latest", "V-1", std::chrono::milliseconds(700), "a", {}},
        {Timestamp{2}, "days", "V-2", std::chrono::milliseconds(900), "", cql::TraceId{}}};
    health.counts.cache_hits = 3;
    health.counts.cache_misses = 1;
    PollState poll;
    poll.age_ms = 1'500;
    const json out =
        json::parse(cluster_health_json({"fleet_iot", "dc1", "dc2"}, health,
                                        {{Rung::local_quorum, {}, "no"},
                                         {Rung::quorum, std::chrono::microseconds(5), ""},
                                         {Rung::remote, std::chrono::microseconds(5), ""}},
                                        poll));
    EXPECT_EQ(out["rung"], "quorum");
    EXPECT_EQ(out["stale"], false);
    EXPECT_EQ(
        out["datacentres"][0],
        json({{"name", "dc1"},
              {"nodes",
               {{{"address", "a"}, {"connected", true}}, {{"address", "b"}, {"connected", false}}}},
              {"replicas", 2}}));
    EXPECT_EQ(out["levels"][0]["works"], false);
    EXPECT_EQ(out["levels"][0]["error"], "no");
    EXPECT_EQ(out["levels"][0]["left_out"], true);
    EXPECT_EQ(out["levels"][1]["consistency"], "QUORUM");
    EXPECT_EQ(out["levels"][2]["datacentre"], "dc2");
    EXPECT_EQ(out["cache"]["hit_rate"], 0.75);
    EXPECT_EQ(out["poll"]["age_ms"], 1'500);
    EXPECT_EQ(out["slow"][0]["query"], "days");  // newest first
    EXPECT_EQ(out["slow"][0]["trace"], "00000000-0000-0000-0000-000000000000");
    EXPECT_EQ(out["slow"][1]["trace"], nullptr);
    std::string metrics;
    append_cluster_metrics(health.counts, poll, metrics);
    for (const char* line :
         {"fleet_cassandra_rung_left_out{rung=\"local_quorum\"} 1\n",
          "fleet_cassandra_rung_left_out{rung=\"quorum\"} 0\n",
          "fleet_cassandra_cache_hits_total 3\n", "fleet_cassandra_poll_age_seconds 1.500\n"})
        EXPECT_NE(metrics.find(line), std::string::npos) << metrics;
}

TEST(ClusterReport, WithoutNodesNothingWorksAndNothingIsMadeUp) {
    store::CassandraHealth health;
    health.topology_error = "gone";
    health.counts.reads.rungs = {rung(Rung::local_quorum)};
    const json out =
        json::parse(cluster_health_json({"fleet_iot", "dc1", ""}, health, {}, PollState{}));
    EXPECT_EQ(out["rung"], "none");
    EXPECT_EQ(out["error"], "gone");
    EXPECT_EQ(out["remote_dc"], nullptr);
    EXPECT_EQ(out["cache"]["hit_rate"], nullptr);
    EXPECT_EQ(out["poll"]["age_ms"], nullptr);
}

}  // namespace
}  // namespace fleet::app
