// SPDX-License-Identifier: Apache-2.0
#include "app/cluster_reader.hpp"
#include "app/commands.hpp"
#include "app/output.hpp"
#include "codec/json_writer.hpp"
#include "store/cassandra/trace.hpp"

#include <fmt/format.h>

namespace fleet::app {

namespace {

using store::cassandra::Trace;

void write_json(codec::JsonWriter& json, const Trace& trace) {
    json.begin_object();
    json.member("trace", cql::to_string(trace.id));
    json.member_time("at", trace.started);
    json.member_fixed("took_ms", trace.took.count(), 3);
    json.member("coordinator", trace.coordinator);
    json.member_or_null("statement", trace.statement);
    json.key("events");
    json.begin_array();
    for (const auto& event : trace.events) {
        json.begin_object();
        json.member_fixed("at_ms", event.at.count(), 3);
        json.member("node", event.node);
        json.member("activity", event.activity);
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

}  // namespace

Result<ExitCode> run_cassandra_slow(const CommandContext& context) {
    const CassandraOptions& options = context.invocation.cassandra;
    FLEET_TRY(auto session, open_cluster_session(context.config));
    FLEET_TRY(const auto reader, store::cassandra::TraceReader::open(std::move(session)));
    FLEET_TRY(const std::vector<Trace> slowest,
              reader->slowest(std::chrono::milliseconds(options.least_ms),
                              static_cast<std::size_t>(options.limit)));
    std::string text;
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.key("items");
    json.begin_array();
    for (const Trace& one : slowest) {
        FLEET_TRY(const Trace whole, reader->trace(one.id));
        text += store::cassandra::as_text(whole) + "\n";
        write_json(json, whole);
    }
    json.end_array();
    json.end_object();
    if (context.invocation.common.output == Output::json) {
        print(out + "\n");
    } else if (text.empty()) {
        say("no traced request took so long");
    } else {
        print(text);
    }
    return ExitCode::ok;
}

}  // namespace fleet::app
