// SPDX-License-Identifier: Apache-2.0
#include "store/cassandra/trace.hpp"

#include "store/cassandra/decode.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace fleet::store::cassandra {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTimeout{10'000};
constexpr milliseconds kGrace{2'000};
constexpr milliseconds kLookAgain{50};
constexpr std::size_t kMostSessions = 100'000;

std::string text_or_none(const cql::RowReader& row, std::size_t column) {
    return std::string(row.text(column).value_or(std::string_view()));
}

/// Columns of sessions, behind the id: started_at, duration, request, coordinator, parameters.
Result<std::optional<Trace>> decode_session(const cql::RowReader& row) {
    Trace trace;
    FLEET_TRY(const auto id, row.uuid(0));
    FLEET_TRY(const auto started, row.timestamp(1));
    FLEET_TRY(const auto duration, row.integer(2));
    if (!id || !started || !duration) return std::optional<Trace>();  // not whole yet
    trace.id = *id;
    trace.started = Timestamp{std::clamp<std::int64_t>(*started, 0, kMaxMs)};
    trace.took = std::chrono::microseconds(*duration);
    trace.request = text_or_none(row, 3);
    trace.coordinator = address_text(row.raw(4).value_or(std::string_view()));
    FLEET_TRY(const auto parameters, row.text_map(5));
    if (parameters)
        for (const auto& [name, value] : *parameters)
            if (name == "query") trace.statement = value;
    return std::optional(std::move(trace));
}

}  // namespace

std::string address_text(std::string_view bytes) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
    if ((bytes.size() == 4 || bytes.size() == 16) &&
        ::inet_ntop(family, bytes.data(), text.data(), text.size()) != nullptr)
        return text.data();
    std::string out;
    for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return out;
}

std::string as_text(const Trace& trace) {
    std::string out =
        fmt::format("  {} at {}, coordinator {}, {:.3f} ms (trace {})\n",
                    trace.request.empty() ? "request" : trace.request,
                    format_rfc3339(trace.started), trace.coordinator,
                    static_cast<double>(trace.took.count()) / 1'000, cql::to_string(trace.id));
    if (!trace.statement.empty()) out += fmt::format("  {}\n", trace.statement);
    std::size_t width = 0;
    for (const TraceEvent& event : trace.events) width = std::max(width, event.node.size());
    for (const TraceEvent& event : trace.events)
        out += fmt::format("  {:>10.3f} ms  {:<{}}  {}\n",
                           static_cast<double>(event.at.count()) / 1'000, event.node, width,
                           event.activity);
    return out;
}

Result<cql::Statement> TraceReader::prepare(std::string_view cql,
                                            std::vector<std::string_view> types) {
    std::optional<cql::Answer<cql::Statement>> came;
    FLEET_TRY_VOID(session_->prepare(
        cql, kTimeout, [&](cql::Answer<cql::Statement> answer) { came = std::move(answer); }));
    if (!cql::dispatch_until(*session_, [&] { return came.has_value(); }, kTimeout + kGrace)) {
        session_->close();  // its handler must not run any more
        return fail(Code::unavailable, "Cassandra does not answer");
    }
    if (came->error) return cql::to_error(*came->error);
    FLEET_TRY_VOID(cql::check_types(came->value.columns, types));
    return std::move(came->value);
}

Result<std::unique_ptr<TraceReader>> TraceReader::open(std::unique_ptr<cql::Session> session) {
    std::unique_ptr<TraceReader> reader(new TraceReader());
    reader->session_ = std::move(session);
    const std::string columns =
        "SELECT session_id, started_at, duration, request, coordinator, parameters FROM "
        "system_traces.sessions";
    const std::vector<std::string_view> types{"uuid", "timestamp", "int",
                                              "text", "inet",      "map<text, text>"};
    FLEET_TRY(reader->one_, reader->prepare(columns + " WHERE session_id = ?", types));
    FLEET_TRY(reader->all_, reader->prepare(columns, types));
    FLEET_TRY(reader->events_,
              reader->prepare("SELECT source_elapsed, source, thread, activity FROM "
                              "system_traces.events WHERE session_id = ?",
                              {"int", "inet", "text", "text"}));
    return reader;
}

Result<cql::Rows> TraceReader::ask(const cql::Statement& statement, const cql::PackedRows& key,
                                   std::string_view page_state) {
    std::optional<cql::Answer<cql::Rows>> came;
    // Traces have two copies, wherever they lie.
    FLEET_TRY_VOID(session_->execute(
        statement, key,
        {.consistency = cql::Consistency::one, .route = cql::Route::any, .timeout = kTimeout},
        page_state, [&](cql::Answer<cql::Rows> answer) { came = std::move(answer); }));
    if (!cql::dispatch_until(*session_, [&] { return came.has_value(); }, kTimeout + kGrace)) {
        session_->close();
        return fail(Code::unavailable, "Cassandra does not answer");
    }
    if (came->error) return cql::to_error(*came->error);
    return std::move(came->value);
}

Result<Trace> TraceReader::trace(const cql::TraceId& id, milliseconds patience) {
    cql::PackedRows key(one_);
    key.uuid(id).end_row();
    std::optional<Trace> found;
    for (milliseconds waited{0}; !found; waited += kLookAgain) {
        FLEET_TRY(const cql::Rows rows, ask(one_, key, {}));
        FLEET_TRY_VOID(each_row(rows.page, [&](cql::RowReader& row) -> Result<void> {
            FLEET_TRY(found, decode_session(row));
            return {};
        }));
        if (found) break;
        if (waited >= patience)
            return fail(Code::not_found, fmt::format("the nodes have written no whole trace {}",
                                                     cql::to_string(id)));
        // Nothing is under way: it only passes the time.
        static_cast<void>(cql::dispatch_until(*session_, [] { return false; }, kLookAgain));
    }
    std::string state;
    for (bool more = true; more;) {
        FLEET_TRY(cql::Rows rows, ask(events_, key, state));
        FLEET_TRY_VOID(each_row(rows.page, [&](cql::RowReader& row) -> Result<void> {
            FLEET_TRY(const auto elapsed, row.integer(0));
            found->events.push_back({std::chrono::microseconds(elapsed.value_or(0)),
                                     address_text(row.raw(1).value_or(std::string_view())),
                                     text_or_none(row, 2), text_or_none(row, 3)});
            return {};
        }));
        more = rows.has_more;
        state = std::move(rows.page_state);
    }
    return std::move(*found);
}

Result<std::vector<Trace>> TraceReader::slowest(milliseconds least, std::size_t limit) {
    cql::PackedRows none(all_);
    none.end_row();
    std::vector<Trace> traces;
    std::string state;
    std::size_t seen = 0;
    // The whole table: it has no other order, holds a day of what was traced, and nothing else.
    for (bool more = true; more && seen < kMostSessions;) {
        FLEET_TRY(cql::Rows rows, ask(all_, none, state));
        seen += rows.page.row_count();
        FLEET_TRY_VOID(each_row(rows.page, [&](cql::RowReader& row) -> Result<void> {
            FLEET_TRY(auto trace, decode_session(row));
            if (trace && trace->took >= least) traces.push_back(std::move(*trace));
            return {};
        }));
        more = rows.has_more;
        state = std::move(rows.page_state);
    }
    std::sort(traces.begin(), traces.end(),
              [](const Trace& a, const Trace& b) { return a.took > b.took; });
    if (traces.size() > limit) traces.resize(limit);
    return traces;
}

}  // namespace fleet::store::cassandra
