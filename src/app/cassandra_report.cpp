// SPDX-License-Identifier: Apache-2.0
#include "app/cassandra_report.hpp"

#include "app/output.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

namespace fleet::app {

namespace {

using devcluster::DatacentreState;
using devcluster::HealthReport;
using devcluster::LevelsHeld;
using devcluster::NodeHealth;
using devcluster::NodeStatus;
using devcluster::ProcessState;

std::string_view name_of(ProcessState state) {
    switch (state) {
        case ProcessState::gone: return "stopped";
        case ProcessState::running: return "running";
        case ProcessState::paused: return "paused";
    }
    return "stopped";
}

std::string_view yes(bool holds) { return holds ? "yes" : "no"; }

std::string shown(const std::optional<std::int64_t>& number) {
    return number ? fmt::format("{}", *number) : std::string();
}

std::set<std::string> schemas_of(const HealthReport& report) {
    std::set<std::string> versions;
    for (const NodeHealth& node : report.nodes)
        if (node.problem.empty()) versions.insert(node.schema_version);
    return versions;
}

void number_or_null(codec::JsonWriter& json, std::string_view name,
                    const std::optional<std::int64_t>& number) {
    if (number) {
        json.member_integer(name, *number);
    } else {
        json.member_null(name);
    }
}

void text_or_null(codec::JsonWriter& json, std::string_view name, const std::string& text) {
    if (text.empty()) {
        json.member_null(name);
    } else {
        json.member(name, text);
    }
}

}  // namespace

std::string status_text(const std::vector<NodeStatus>& nodes) {
    Table table(
        {"node", "name", "datacentre", "address", "process", "pid", "ring", "load", "owns"});
    int up = 0;
    for (const NodeStatus& node : nodes) {
        const auto& ring = node.ring;
        if (ring && ring->state == "UN") ++up;
        table.add({fmt::format("{}", node.spec.number), node.spec.name, node.spec.datacentre,
                   node.spec.address, std::string(name_of(node.process)),
                   node.pid == 0 ? std::string() : fmt::format("{}", node.pid),
                   ring ? ring->state : std::string(), ring ? ring->load : std::string(),
                   ring ? ring->owns : std::string()});
    }
    return table.text() + fmt::format("{} of {} nodes up and normal (UN).\n", up, nodes.size());
}

std::string status_json(const std::vector<NodeStatus>& nodes) {
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.key("nodes");
    json.begin_array();
    for (const NodeStatus& node : nodes) {
        json.begin_object();
        json.member_integer("node", node.spec.number);
        json.member("name", node.spec.name);
        json.member("datacentre", node.spec.datacentre);
        json.member("address", node.spec.address);
        json.member_integer("jmx_port", node.spec.jmx_port);
        json.member("process", name_of(node.process));
        number_or_null(json, "pid",
                       node.pid == 0 ? std::nullopt : std::optional<std::int64_t>(node.pid));
        text_or_null(json, "ring", node.ring ? node.ring->state : std::string());
        text_or_null(json, "load", node.ring ? node.ring->load : std::string());
        text_or_null(json, "owns", node.ring ? node.ring->owns : std::string());
        text_or_null(json, "host_id", node.ring ? node.ring->host_id : std::string());
        text_or_null(json, "rack", node.ring ? node.ring->rack : std::string());
        json.end_object();
    }
    json.end_array();
    json.end_object();
    return out + "\n";
}

std::string health_text(const HealthReport& report) {
    Table table({"node", "datacentre", "address", "answers", "hints", "compactions"});
    for (const NodeHealth& node : report.nodes)
        table.add({fmt::format("{}", node.spec.number), node.spec.datacentre, node.spec.address,
                   node.problem.empty() ? std::string("yes") : fmt::format("no: {}", node.problem),
                   shown(node.hints), shown(node.compactions)});
    std::string out = table.text();
    if (!report.keyspace) {
        out += fmt::format("There is no keyspace {} yet; `fleet cassandra schema` makes it.\n",
                           devcluster::kKeyspace);
    } else {
        for (const LevelsHeld& held : report.levels)
            out += fmt::format(
                "{}  LOCAL_QUORUM: {}; QUORUM: {}; EACH_QUORUM: {}; LOCAL_ONE: {}; ALL: {}\n",
                held.datacentre, yes(held.local_quorum), yes(held.quorum), yes(held.each_quorum),
                yes(held.local_one), yes(held.all));
        out += report.home_meets_quorum
                   ? "LOCAL_QUORUM of dc1 and QUORUM share a replica: a read at one sees writes at "
                     "the other.\n"
                   : "LOCAL_QUORUM of dc1 and QUORUM need not share a replica.\n";
    }
    const auto schemas = schemas_of(report);
    if (schemas.size() > 1)
        out += fmt::format("The nodes have {} versions of the schema: {}.\n", schemas.size(),
                           fmt::join(schemas, ", "));
    return out;
}

std::string health_json(const HealthReport& report) {
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.member_boolean("good", report.good());
    json.member_boolean("keyspace", report.keyspace);
    json.key("nodes");
    json.begin_array();
    for (const NodeHealth& node : report.nodes) {
        json.begin_object();
        json.member_integer("node", node.spec.number);
        json.member("datacentre", node.spec.datacentre);
        json.member("address", node.spec.address);
        json.member("process", name_of(node.process));
        json.member_boolean("answers", node.problem.empty());
        text_or_null(json, "problem", node.problem);
        text_or_null(json, "schema_version", node.schema_version);
        number_or_null(json, "hints", node.hints);
        number_or_null(json, "compactions", node.compactions);
        json.end_object();
    }
    json.end_array();
    json.key("datacentres");
    json.begin_array();
    for (std::size_t i = 0; i < report.datacentres.size(); ++i) {
        const DatacentreState& datacentre = report.datacentres[i];
        const LevelsHeld& held = report.levels[i];
        json.begin_object();
        json.member("name", datacentre.name);
        json.member_integer("replicas", datacentre.replicas);
        json.member_integer("nodes", datacentre.nodes);
        json.member_integer("live", datacentre.live);
        json.member_boolean("local_one", held.local_one);
        json.member_boolean("local_quorum", held.local_quorum);
        json.member_boolean("quorum", held.quorum);
        json.member_boolean("each_quorum", held.each_quorum);
        json.member_boolean("all", held.all);
        json.end_object();
    }
    json.end_array();
    json.member_boolean("local_quorum_meets_quorum", report.home_meets_quorum);
    json.end_object();
    return out + "\n";
}

}  // namespace fleet::app
