// SPDX-License-Identifier: Apache-2.0
#include "store/cassandra/trace.hpp"

#include "cql/session_testing.hpp"

#include <gtest/gtest.h>

#include <array>

namespace fleet::store::cassandra {
namespace {

using std::chrono::microseconds;
using std::string_literals::operator""s;

const std::string kSessions =
    "SELECT session_id, started_at, duration, request, coordinator, parameters FROM "
    "system_traces.sessions";
const std::vector<cql::ColumnInfo> kColumns{
    {"session_id", "uuid"}, {"started_at", "timestamp"}, {"duration", "int"},
    {"request", "text"},    {"coordinator", "inet"},     {"parameters", "map<text, text>"}};

/// Three traced requests, of which one is not written whole yet.
std::unique_ptr<cql::FakeSession> session() {
    auto out = std::make_unique<cql::FakeSession>();
    out->declare(kSessions, {}, kColumns);
    out->declare(kSessions + " WHERE session_id = ?", {{"session_id", "uuid"}}, kColumns, {0});
    out->declare(
        "SELECT source_elapsed, source, thread, activity FROM system_traces.events WHERE "
        "session_id = ?",
        {{"session_id", "uuid"}},
        {{"source_elapsed", "int"}, {"source", "inet"}, {"thread", "text"}, {"activity", "text"}},
        {0});
    out->answer = [](const cql::Asked& asked) {
        cql::Answer<cql::Rows> answer;
        if (asked.cql.find("events") != std::string::npos) {
            cql::PackedRows rows(4);
            rows.integer(120).blob("\x7f\0\0\x01"s).text("t").text("Parsing").end_row();
            rows.integer(4'500).blob("\x7f\0\0\x02"s).text("t").text("Merging data").end_row();
            answer.value.page = cql::page_of({{"source_elapsed", "int"},
                                              {"source", "inet"},
                                              {"thread", "text"},
                                              {"activity", "text"}},
                                             rows);
            return answer;
        }
        cql::PackedRows rows(6);
        const auto add = [&](std::uint8_t id, std::optional<int> took) {
            rows.uuid({id}).timestamp(1'767'225'600'000);
            if (took) {
                rows.integer(*took);
            } else {
                rows.null();
            }
            const std::pair<std::string_view, std::string_view> query{"query", "SELECT 1"};
            rows.text("Execute CQL3 prepared query").blob("\x7f\0\0\x01"s);
            rows.text_map(std::array{query}).end_row();
        };
        if (asked.rows.params() == 1) {
            add(1, 5'000);
        } else {
            add(1, 5'000);
            add(2, 900'000);
            add(3, std::nullopt);
        }
        answer.value.page = cql::page_of(kColumns, rows);
        return answer;
    };
    return out;
}

TEST(Trace, IsATimelineOfNodes) {
    const auto reader = TraceReader::open(session());
    ASSERT_TRUE(reader) << reader.error().message;
    const auto trace = (*reader)->trace({1});
    ASSERT_TRUE(trace) << trace.error().message;
    EXPECT_EQ(as_text(*trace),
              "  Execute CQL3 prepared query at 2026-01-01T00:00:00.000Z, coordinator 127.0.0.1, "
              "5.000 ms (trace 01000000-0000-0000-0000-000000000000)\n"
              "  SELECT 1\n"
              "       0.120 ms  127.0.0.1  Parsing\n"
              "       4.500 ms  127.0.0.2  Merging data\n");
}

TEST(Trace, TheSlowestComeFirstAndUnfinishedOnesNotAtAll) {
    const auto reader = TraceReader::open(session());
    const auto slow = (*reader)->slowest(std::chrono::milliseconds(1), 10);
    ASSERT_TRUE(slow);
    ASSERT_EQ(slow->size(), 2U);
    EXPECT_EQ((*slow)[0].took, microseconds(900'000));
    EXPECT_EQ((*reader)->slowest(std::chrono::milliseconds(10), 10)->size(), 1U);
    EXPECT_EQ((*reader)->slowest(std::chrono::milliseconds(0), 1)->size(), 1U);
}

TEST(Trace, AddressesOfBothFamiliesAreText) {
    EXPECT_EQ(address_text("\x0a\0\0\x05"s), "10.0.0.5");
    EXPECT_EQ(address_text(std::string(15, '\0') + '\x01'), "::1");
    EXPECT_EQ(address_text("ab"), "6162");
}

}  // namespace
}  // namespace fleet::store::cassandra
