// SPDX-License-Identifier: Apache-2.0
#include "app/cluster_report.hpp"

#include "base/metric_text.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

namespace fleet::app {

namespace {

using codec::JsonWriter;
using replicate::Rung;

void write_nodes(JsonWriter& json, const cql::Topology& topology) {
    std::map<std::string, std::vector<const cql::Node*>> datacentres;
    for (const cql::Node& node : topology.nodes) datacentres[node.datacenter].push_back(&node);
    json.key("datacentres");
    json.begin_array();
    for (const auto& [name, nodes] : datacentres) {
        json.begin_object();
        json.member("name", name);
        json.key("nodes");
        json.begin_array();
        for (const cql::Node* node : nodes) {
            json.begin_object();
            json.member("address", node->address);
            json.member_boolean("connected", node->connected);
            json.end_object();
        }
        json.end_array();
        const auto replication = std::find_if(
            topology.replication.begin(), topology.replication.end(),
            [&, of = name](const cql::Replication& one) { return one.datacenter == of; });
        json.member_unsigned("replicas",
                             replication == topology.replication.end() ? 0 : replication->factor);
        json.end_object();
    }
    json.end_array();
}

void write_levels(JsonWriter& json, const ClusterNames& names,
                  const std::vector<replicate::RungState>& rungs,
                  const std::vector<LevelProbe>& levels) {
    json.key("levels");
    json.begin_array();
    for (const replicate::RungState& state : rungs) {
        json.begin_object();
        json.member("rung", replicate::to_string(state.rung));
        json.member("consistency", cql::to_string(replicate::consistency_of(state.rung)));
        json.member("datacentre", state.rung == Rung::remote ? names.remote_dc : names.home_dc);
        const auto probe = std::find_if(levels.begin(), levels.end(), [&](const LevelProbe& one) {
            return one.rung == state.rung;
        });
        json.member_boolean("works", probe != levels.end() && probe->took.has_value());
        json.member_or_null("error", probe == levels.end() ? "" : probe->error);
        json.member_boolean("left_out", state.open);
        json.member_unsigned("succeeded", state.succeeded);
        json.member_unsigned("failed", state.failed);
        json.end_object();
    }
    json.end_array();
}

void write_slow(JsonWriter& json, const std::vector<store::cassandra::SlowRead>& slow) {
    json.key("slow");
    json.begin_array();
    for (auto read = slow.rbegin(); read != slow.rend(); ++read) {
        json.begin_object();
        json.member_time("at", read->at);
        json.member("query", read->query);
        json.member("key", read->key);
        json.member_integer("took_ms", read->took.count());
        json.member_or_null("coordinator", read->coordinator);
        json.member_or_null("trace",
                            read->trace_id ? cql::to_string(*read->trace_id) : std::string());
        json.end_object();
    }
    json.end_array();
}

/// The rung that most reads succeed at now: the first that is not left out and works.
std::string_view rung_now(const std::vector<replicate::RungState>& rungs,
                          const std::vector<LevelProbe>& levels) {
    for (const replicate::RungState& state : rungs) {
        const auto probe = std::find_if(levels.begin(), levels.end(), [&](const LevelProbe& one) {
            return one.rung == state.rung;
        });
        if (!state.open && probe != levels.end() && probe->took)
            return replicate::to_string(state.rung);
    }
    return "none";
}

}  // namespace

std::string cluster_health_json(const ClusterNames& names, const store::CassandraHealth& health,
                                const std::vector<LevelProbe>& levels, const PollState& poll) {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    json.member_or_null("name", health.topology.cluster_name);
    json.member("keyspace", names.keyspace);
    json.member("home_dc", names.home_dc);
    json.member_or_null("remote_dc", names.remote_dc);
    json.member_or_null("error", health.topology_error);
    json.member_boolean("schema_agreed", !health.topology.schema_version.empty());
    write_nodes(json, health.topology);
    const std::string_view rung = rung_now(health.counts.reads.rungs, levels);
    json.member("rung", rung);
    json.member_boolean("stale", health.counts.reads.remote || poll.stale);
    write_levels(json, names, health.counts.reads.rungs, levels);
    json.key("reads");
    json.begin_object();
    json.member_unsigned("asked", health.counts.reads.asked);
    json.member_unsigned("failed", health.counts.reads.failed);
    json.member_unsigned("waiting", health.counts.reads.waiting);
    json.end_object();
    json.key("cache");
    json.begin_object();
    json.member_integer("max_age_ms", health.counts.cache_max_age_ms);
    json.member_unsigned("hits", health.counts.cache_hits);
    json.member_unsigned("misses", health.counts.cache_misses);
    const std::uint64_t all = health.counts.cache_hits + health.counts.cache_misses;
    if (all == 0) {
        json.member_null("hit_rate");
    } else {
        json.member_real("hit_rate",
                         static_cast<double>(health.counts.cache_hits) / static_cast<double>(all));
    }
    json.end_object();
    json.key("poll");
    json.begin_object();
    json.member_fixed_or_null("age_ms", poll.age_ms, 0);
    json.member_integer("took_ms", poll.took_ms);
    json.member_integer("interval_ms", poll.interval_ms);
    json.member_or_null("error", poll.error);
    json.end_object();
    write_slow(json, health.counts.reads.slow);
    json.end_object();
    return out;
}

void append_cluster_metrics(const store::CassandraCounts& counts, const PollState& poll,
                            std::string& out) {
    const auto to = std::back_inserter(out);
    const auto by_rung = [&](std::string_view name, std::string_view type, std::string_view help,
                             auto value_of) {
        describe_metric(out, name, type, help);
        for (const replicate::RungState& state : counts.reads.rungs)
            fmt::format_to(to, "{}{{rung=\"{}\"}} {}\n", name, replicate::to_string(state.rung),
                           value_of(state));
    };
    by_rung("fleet_cassandra_reads_total", "counter", "Reads that succeeded",
            [](const auto& state) { return state.succeeded; });
    by_rung("fleet_cassandra_read_failures_total", "counter",
            "Reads that failed there, and were tried elsewhere where there was another rung",
            [](const auto& state) { return state.failed; });
    by_rung("fleet_cassandra_rung_left_out", "gauge", "1 while the rung is only tried now and then",
            [](const auto& state) { return state.open ? 1 : 0; });
    describe_metric(out, "fleet_cassandra_cache_hits_total", "counter", "Answers that were kept");
    fmt::format_to(to, "fleet_cassandra_cache_hits_total {}\n", counts.cache_hits);
    describe_metric(out, "fleet_cassandra_cache_misses_total", "counter", "Answers that were read");
    fmt::format_to(to, "fleet_cassandra_cache_misses_total {}\n", counts.cache_misses);
    describe_metric(out, "fleet_cassandra_stale", "gauge",
                    "1 while answers come from the other datacentre");
    fmt::format_to(to, "fleet_cassandra_stale {}\n", counts.reads.remote || poll.stale ? 1 : 0);
    if (!poll.age_ms) return;
    describe_metric(out, "fleet_cassandra_poll_age_seconds", "gauge",
                    "Age of what live views show");
    fmt::format_to(to, "fleet_cassandra_poll_age_seconds {:.3f}\n",
                   static_cast<double>(*poll.age_ms) / 1'000);
}

}  // namespace fleet::app
