// SPDX-License-Identifier: Apache-2.0
#include "cql/bridge_session.hpp"

#include <gtest/gtest.h>

#if FLEET_WITH_CASSANDRA

#include "cql/fake_server_testing.hpp"

#include <algorithm>

namespace fleet::cql {
namespace {

using namespace std::chrono_literals;
using std::string_view_literals::operator""sv;

constexpr auto kWait = 20s;
constexpr auto kInsert = "INSERT INTO fleet.t (device_id, day, ts, lat) VALUES (?, ?, ?, ?)";
constexpr auto kSelect = "SELECT device_id, lat FROM fleet.t WHERE device_id = ?";

class BridgeSession : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(server.ok());
        server.statements[kInsert] = {.params = {{"device_id", "text"},
                                                 {"day", "date"},
                                                 {"ts", "timestamp"},
                                                 {"lat", "double"}},
                                      .key = {0, 1},
                                      .columns = {}};
        server.statements[kSelect] = {.params = {{"device_id", "text"}},
                                      .key = {0},
                                      .columns = {{"device_id", "text"}, {"lat", "double"}}};
        options.contact_points = server.address();
        options.home_dc = "dc1";
    }

    /// Opens the session and waits for its answer.
    std::optional<CqlError> connect() {
        std::optional<Answer<Done>> connected;
        auto opened =
            open_session(options, [&](Answer<Done> answer) { connected = std::move(answer); });
        EXPECT_TRUE(opened) << opened.error().message;
        session = std::move(opened).value();
        EXPECT_TRUE(dispatch_until(*session, [&] { return connected.has_value(); }, kWait));
        return connected->error;
    }

    void start() {
        server.start();
        const auto error = connect();
        ASSERT_FALSE(error) << error->message;
    }

    Statement prepare(std::string_view cql) {
        std::optional<Answer<Statement>> prepared;
        EXPECT_TRUE(session->prepare(
            cql, kWait, [&](Answer<Statement> answer) { prepared = std::move(answer); }));
        EXPECT_TRUE(dispatch_until(*session, [&] { return prepared.has_value(); }, kWait));
        EXPECT_TRUE(prepared->ok()) << prepared->error->message;
        return prepared->value;
    }

    Answer<Rows> execute(const Statement& statement, const PackedRows& rows,
                         const ExecuteOptions& how = {}, std::string_view page_state = {}) {
        std::optional<Answer<Rows>> done;
        const auto accepted =
            session->execute(statement, rows, how, page_state,
                             [&](Answer<Rows> answer) { done = std::move(answer); });
        EXPECT_TRUE(accepted) << accepted.error().message;
        EXPECT_TRUE(dispatch_until(*session, [&] { return done.has_value(); }, kWait));
        return std::move(done).value();
    }

    static PackedRows key(std::string_view device) {
        PackedRows rows(1);
        rows.text(device).end_row();
        return rows;
    }

    fake::Server server;
    ConnectOptions options;
    std::unique_ptr<Session> session;
};

TEST_F(BridgeSession, PrepareSaysTheTypesAndThePartitionKey) {
    start();
    const Statement insert = prepare(kInsert);
    EXPECT_TRUE(
        check_types(insert.params, std::array{"text"sv, "date"sv, "timestamp"sv, "double"sv}));
    EXPECT_EQ(insert.params[3].name, "lat");
    EXPECT_EQ(insert.key_params, (std::vector<std::uint16_t>{0, 1}));
    EXPECT_TRUE(insert.columns.empty());
    const Statement select = prepare(kSelect);
    EXPECT_EQ(select.columns, (std::vector<ColumnInfo>{{"device_id", "text"}, {"lat", "double"}}));
    EXPECT_NE(select.id, insert.id);
}

TEST_F(BridgeSession, AStatementThatCannotBeReadIsASyntaxError) {
    start();
    std::optional<Answer<Statement>> prepared;
    ASSERT_TRUE(session->prepare("SELEKT", kWait,
                                 [&](Answer<Statement> answer) { prepared = std::move(answer); }));
    ASSERT_TRUE(dispatch_until(*session, [&] { return prepared.has_value(); }, kWait));
    ASSERT_FALSE(prepared->ok());
    EXPECT_EQ(prepared->error->error, ErrorClass::syntax);
    EXPECT_EQ(prepared->error->message, "line 1:0 no viable alternative at input");
}

TEST_F(BridgeSession, ValuesNullsAndUnsetsArriveAsTheyWereBound) {
    start();
    const Statement insert = prepare(kInsert);
    PackedRows rows(insert);
    rows.text("V-1").date(16'500).unset().null().end_row();
    const auto answer = execute(insert, rows,
                                {.consistency = Consistency::quorum,
                                 .serial = SerialConsistency::local_serial,
                                 .route = Route::any,
                                 .timestamp_us = 1'424'995'200'000'123,
                                 .trace = true});
    ASSERT_TRUE(answer.ok()) << answer.error->message;
    EXPECT_EQ(answer.coordinator, server.address());
    EXPECT_EQ(answer.coordinator_dc, "dc1");
    ASSERT_TRUE(answer.trace_id);
    EXPECT_EQ(to_string(*answer.trace_id), "30313233-3435-3637-3839-616263646566");
    const auto calls = server.calls();
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0].opcode, fake::EXECUTE);
    EXPECT_EQ(calls[0].consistency, 0x4);
    EXPECT_EQ(calls[0].serial, 0x9);
    EXPECT_EQ(calls[0].timestamp, 1'424'995'200'000'123);
    EXPECT_TRUE(calls[0].trace);
    ASSERT_EQ(calls[0].rows.size(), 1U);
    const auto& row = calls[0].rows[0];
    ASSERT_EQ(row.size(), 4U);
    EXPECT_EQ(row[0].bytes, "V-1");
    EXPECT_EQ(row[1].bytes, "\x80\0\x40\x74"sv);
    EXPECT_EQ(row[2].length, -2);
    EXPECT_EQ(row[3].length, -1);
}

TEST_F(BridgeSession, RowsOfOnePartitionArriveAsOneUnloggedBatch) {
    start();
    const Statement insert = prepare(kInsert);
    PackedRows rows(insert);
    for (int i = 0; i < 30; ++i) rows.text("V-1").date(1).timestamp(i).real64(i).end_row();
    const auto answer = execute(insert, rows, {.timestamp_us = 5});
    ASSERT_TRUE(answer.ok()) << answer.error->message;
    const auto calls = server.calls();
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0].opcode, fake::BATCH);
    EXPECT_EQ(calls[0].batch_type, 1);
    EXPECT_EQ(calls[0].timestamp, 5);
    ASSERT_EQ(calls[0].rows.size(), 30U);
    EXPECT_EQ(calls[0].rows[29][2].bytes, "\0\0\0\0\0\0\0\x1d"sv);
}

TEST_F(BridgeSession, WhatIsNoBatchOfOnePartitionIsRefusedAtOnce) {
    options.max_batch_rows = 2;
    start();
    const Statement insert = prepare(kInsert);
    const auto refused = [&](const Statement& statement, const PackedRows& rows,
                             const ExecuteOptions& how = {}) {
        const auto result =
            session->execute(statement, rows, how, {}, [](const Answer<Rows>&) { FAIL(); });
        return result ? std::string("accepted") : std::string(to_string(result.error().code));
    };
    PackedRows rows(insert);
    rows.text("V-1").date(1).timestamp(1).null().end_row();
    EXPECT_EQ(refused(insert, rows, {.route = Route::remote}), "invalid_argument");
    EXPECT_EQ(refused(insert, rows, {.timeout = 0ms}), "invalid_argument");
    EXPECT_EQ(refused({.id = 77}, rows), "invalid_argument");
    EXPECT_EQ(refused(insert, key("V-1")), "invalid_argument");
    rows.text("V-1").date(2).timestamp(1).null().end_row();
    EXPECT_EQ(refused(insert, rows), "invalid_argument");
    rows.clear();
    EXPECT_EQ(refused(insert, rows), "invalid_argument");
    for (int i = 0; i < 3; ++i) rows.text("V-1").date(1).timestamp(i).null().end_row();
    EXPECT_EQ(refused(insert, rows), "too_large");
    rows.clear();
    rows.null().date(1).timestamp(1).null().end_row();
    EXPECT_EQ(refused(insert, rows), "invalid_argument");
    EXPECT_TRUE(server.calls().empty());
    EXPECT_EQ(session->in_flight(), 0U);
}

TEST_F(BridgeSession, PagesFollowEachOtherByTheirState) {
    server.on_call = [](const fake::Call& call) {
        const int page = call.page_state.empty() ? 0 : std::stoi(call.page_state);
        const std::string lat =
            fake::Writer().integer(std::int64_t{0x4045000000000000}).out;  // 42.0
        return fake::rows(
            {{"device_id", "text"}, {"lat", "double"}},
            page == 2
                ? std::vector<std::vector<std::optional<std::string>>>{}
                : std::vector<std::vector<std::optional<std::string>>>{{"V-" + std::to_string(page),
                                                                        lat},
                                                                       {"V-x", std::nullopt}},
            page == 2 ? "" : std::to_string(page + 1));
    };
    start();
    const Statement select = prepare(kSelect);
    std::vector<std::string> devices;
    std::string state;
    bool more = true;
    for (int pages = 0; more && pages < 10; ++pages) {
        const auto answer = execute(select, key("V-1"), {.page_rows = 2}, state);
        ASSERT_TRUE(answer.ok()) << answer.error->message;
        RowReader reader(answer.value.page);
        while (reader.next().value()) {
            devices.emplace_back(*reader.text(0));
            EXPECT_EQ(reader.real64(1).value(),
                      reader.text(0) == "V-x" ? std::nullopt : std::optional(42.0));
        }
        more = answer.value.has_more;
        state = answer.value.page_state;
    }
    EXPECT_FALSE(more);
    EXPECT_EQ(devices, (std::vector<std::string>{"V-0", "V-x", "V-1", "V-x"}));
    EXPECT_EQ(server.calls()[0].page_size, 2);
}

TEST_F(BridgeSession, APageOutlivesItsSession) {
    server.on_call = [](const fake::Call&) {
        return fake::rows({{"device_id", "text"}, {"lat", "double"}}, {{"V-1", std::nullopt}});
    };
    start();
    const auto answer = execute(prepare(kSelect), key("V-1"), {.page_rows = 0});
    ASSERT_TRUE(answer.ok()) << answer.error->message;
    session.reset();
    RowReader reader(answer.value.page);
    ASSERT_TRUE(reader.next().value());
    EXPECT_EQ(reader.text(0), "V-1");
}

struct ErrorCase {
    std::int32_t code;
    std::string details;
    ErrorClass expected;
};

TEST_F(BridgeSession, ErrorsOfTheServerKeepTheirClassAndTheirNumbers) {
    const auto level = [] { return fake::Writer().integer(std::uint16_t{6}); };
    const auto counts = [&](std::int32_t first, std::int32_t second) {
        return level().integer(first).integer(second);
    };
    const std::vector<ErrorCase> cases = {
        {0x1000, counts(2, 1).out, ErrorClass::unavailable},
        {0x1001, "", ErrorClass::overloaded},
        {0x1002, "", ErrorClass::bootstrapping},
        {0x1003, "", ErrorClass::server},
        {0x1100, counts(1, 2).text("UNLOGGED_BATCH").out, ErrorClass::write_timeout},
        {0x1200, counts(1, 2).integer(std::uint8_t{1}).out, ErrorClass::read_timeout},
        {0x1300, counts(1, 2).integer(std::int32_t{1}).integer(std::uint8_t{0}).out,
         ErrorClass::read_failure},
        {0x1500, counts(1, 2).integer(std::int32_t{1}).text("SIMPLE").out,
         ErrorClass::write_failure},
        {0x2000, "", ErrorClass::syntax},
        {0x2100, "", ErrorClass::unauthorized},
        {0x2200, "", ErrorClass::invalid},
        {0x2300, "", ErrorClass::invalid},
        {0x2400, fake::Writer().text("fleet").text("t").out, ErrorClass::already_exists},
        {0x0000, "", ErrorClass::server},
        {0x000A, "", ErrorClass::protocol},
        {0x7777, "", ErrorClass::server},
    };
    std::atomic<std::size_t> next = 0;
    server.on_call = [&](const fake::Call&) {
        return fake::error(cases[next].code, "because", cases[next].details);
    };
    start();
    const Statement select = prepare(kSelect);
    std::vector<CqlError> errors;
    for (; next < cases.size(); ++next) {
        SCOPED_TRACE(cases[next].code);
        const auto answer = execute(select, key("V-1"));
        ASSERT_FALSE(answer.ok());
        EXPECT_EQ(to_string(answer.error->error), to_string(cases[next].expected));
        EXPECT_EQ(answer.error->message, "because");
        EXPECT_EQ(answer.error->coordinator, server.address());
        EXPECT_EQ(answer.error->coordinator_dc, "dc1");
        errors.push_back(*answer.error);
    }
    EXPECT_EQ(server.calls().size(), cases.size()) << "nothing is tried twice";
    EXPECT_EQ(errors[0].required, 2);
    EXPECT_EQ(errors[0].alive, 1);
    EXPECT_EQ(errors[0].received, std::nullopt);
    EXPECT_EQ(errors[0].consistency, Consistency::local_quorum);
    EXPECT_EQ(errors[4].received, 1);
    EXPECT_EQ(errors[4].required, 2);
    EXPECT_EQ(errors[4].write_type, "UnloggedBatch");
    EXPECT_TRUE(errors[5].data_present);
    EXPECT_EQ(errors[7].failures, 1);
}

TEST_F(BridgeSession, ASilentServerEndsInTheRequestsOwnDeadline) {
    std::atomic<bool> silent = true;
    server.on_call = [&](const fake::Call&) {
        return silent ? fake::silence() : fake::void_result();
    };
    start();
    const Statement select = prepare(kSelect);
    const auto late = execute(select, key("V-1"), {.timeout = 50ms});
    ASSERT_FALSE(late.ok());
    EXPECT_EQ(late.error->error, ErrorClass::client_timeout);
    EXPECT_EQ(late.error->coordinator, server.address());
    EXPECT_GE(late.latency, 50ms);
    silent = false;
    EXPECT_TRUE(execute(select, key("V-1")).ok());
}

TEST_F(BridgeSession, MoreThanIsAllowedInFlightIsRefusedUntilAnAnswerIsTaken) {
    options.max_in_flight = 2;
    server.on_call = [](const fake::Call& call) {
        return call.rows[0][0].bytes == "slow" ? fake::silence() : fake::void_result();
    };
    start();
    const Statement select = prepare(kSelect);
    int answers = 0;
    const auto submit = [&](std::string_view device) {
        return session->execute(select, key(device), {.timeout = 100ms}, {},
                                [&](const Answer<Rows>&) { ++answers; });
    };
    ASSERT_TRUE(submit("slow"));
    ASSERT_TRUE(submit("slow"));
    const auto third = submit("fast");
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, Code::overloaded);
    EXPECT_EQ(session->in_flight(), 2U);
    ASSERT_TRUE(dispatch_until(*session, [&] { return answers == 2; }, kWait));
    ASSERT_TRUE(submit("fast"));
    ASSERT_TRUE(dispatch_until(*session, [&] { return answers == 3; }, kWait));
    EXPECT_EQ(session->in_flight(), 0U);
}

TEST_F(BridgeSession, ManyAnswersAtOnceAllComeThroughSmallDispatches) {
    start();
    const Statement select = prepare(kSelect);
    std::size_t answers = 0;
    for (int i = 0; i < 500; ++i) {
        ASSERT_TRUE(session->execute(select, key("V-1"), {}, {}, [&](const Answer<Rows>& answer) {
            answers += answer.ok() ? 1 : 0;
        }));
    }
    ASSERT_TRUE(dispatch_until(
        *session,
        [&] {
            EXPECT_LE(session->dispatch(3), 3U);
            return answers == 500;
        },
        kWait));
    EXPECT_EQ(server.calls().size(), 500U);
}

TEST_F(BridgeSession, ClosingCancelsWhatIsInFlightAndRefusesTheRest) {
    server.on_call = [](const fake::Call&) { return fake::silence(); };
    start();
    const Statement select = prepare(kSelect);
    std::vector<ErrorClass> errors;
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(session->execute(select, key("V-1"), {}, {}, [&](const Answer<Rows>& answer) {
            errors.push_back(answer.error->error);
        }));
    }
    session->close();
    session->close();
    EXPECT_TRUE(errors.empty()) << "handlers run in dispatch() only";
    EXPECT_EQ(session->dispatch(), 5U);
    EXPECT_EQ(errors, std::vector<ErrorClass>(5, ErrorClass::cancelled));
    const auto after =
        session->execute(select, key("V-1"), {}, {}, [](const Answer<Rows>&) { FAIL(); });
    ASSERT_FALSE(after);
    EXPECT_EQ(after.error().code, Code::unavailable);
}

TEST_F(BridgeSession, ASessionThatGoesDropsWhatIsInFlight) {
    server.on_call = [](const fake::Call&) { return fake::silence(); };
    start();
    const Statement select = prepare(kSelect);
    auto alive = std::make_shared<int>(1);
    ASSERT_TRUE(
        session->execute(select, key("V-1"), {}, {}, [alive](const Answer<Rows>&) { FAIL(); }));
    session.reset();
    EXPECT_EQ(alive.use_count(), 1);
}

TEST_F(BridgeSession, AConnectionThatBreaksBreaksTheRequestOnIt) {
    std::atomic<bool> breaks = true;
    server.on_call = [&](const fake::Call&) {
        return breaks.exchange(false) ? fake::disconnect() : fake::void_result();
    };
    start();
    const auto answer = execute(prepare(kSelect), key("V-1"));
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(to_string(answer.error->error), "broken");
    EXPECT_TRUE(may_have_written(answer.error->error));
}

TEST_F(BridgeSession, BytesThatAreNotTheProtocolAreAnError) {
    std::atomic<int> shape = 0;
    server.on_call = [&](const fake::Call&) {
        fake::Answer whole =
            fake::rows({{"device_id", "text"}, {"lat", "double"}}, {{"V-1", "12345678"}});
        switch (shape) {
            case 0: whole.body.resize(whole.body.size() - 3); return whole;
            case 1: whole.body.resize(6); return whole;
            case 2: whole.body.clear(); return whole;
            default: return fake::Answer{.opcode = fake::READY, .body = {}};
        }
    };
    start();
    const Statement select = prepare(kSelect);
    for (; shape < 4; ++shape) {
        SCOPED_TRACE(shape);
        const auto answer = execute(select, key("V-1"));
        ASSERT_FALSE(answer.ok());
        EXPECT_EQ(to_string(answer.error->error), "protocol") << answer.error->message;
    }
}

TEST_F(BridgeSession, TheTopologyHasTheNodeAndTheReplication) {
    start();
    std::optional<Answer<Topology>> topology;
    ASSERT_TRUE(session->topology("fleet", kWait,
                                  [&](Answer<Topology> answer) { topology = std::move(answer); }));
    ASSERT_TRUE(dispatch_until(*session, [&] { return topology.has_value(); }, kWait));
    ASSERT_TRUE(topology->ok()) << topology->error->message;
    EXPECT_EQ(topology->value.cluster_name, "fake");
    EXPECT_EQ(topology->value.schema_version, "11111111-1111-1111-1111-111111111111");
    ASSERT_EQ(topology->value.nodes.size(), 1U);
    EXPECT_EQ(topology->value.nodes[0].address, server.address());
    EXPECT_EQ(topology->value.nodes[0].datacenter, "dc1");
    EXPECT_EQ(topology->value.nodes[0].rack, "r1");
    EXPECT_TRUE(topology->value.nodes[0].connected);
    ASSERT_EQ(topology->value.replication.size(), 1U);
    EXPECT_EQ(topology->value.replication[0].datacenter, "dc1");
    EXPECT_EQ(topology->value.replication[0].factor, 1U);

    topology.reset();
    ASSERT_TRUE(session->topology("nowhere", kWait,
                                  [&](Answer<Topology> answer) { topology = std::move(answer); }));
    ASSERT_TRUE(dispatch_until(*session, [&] { return topology.has_value(); }, kWait));
    ASSERT_FALSE(topology->ok());
    EXPECT_EQ(topology->error->error, ErrorClass::invalid);
}

TEST_F(BridgeSession, AChangeOfTheSchemaIsAnsweredWhenTheNodesAgree) {
    server.on_call = [](const fake::Call&) { return fake::schema_change(); };
    start();
    std::optional<Answer<Done>> changed;
    ASSERT_TRUE(session->change_schema("CREATE KEYSPACE fleet", kWait,
                                       [&](Answer<Done> answer) { changed = std::move(answer); }));
    ASSERT_TRUE(dispatch_until(*session, [&] { return changed.has_value(); }, kWait));
    EXPECT_TRUE(changed->ok()) << changed->error->message;
    EXPECT_EQ(changed->coordinator_dc, "dc1");
    EXPECT_EQ(server.calls().back().cql, "CREATE KEYSPACE fleet");
}

TEST_F(BridgeSession, ARouteWithoutANodeIsNoConnectionAtOnce) {
    options.remote_dc = "dc2";
    start();
    const Statement select = prepare(kSelect);
    const auto answer = execute(select, key("V-1"), {.route = Route::remote});
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(to_string(answer.error->error), "no_connection") << answer.error->message;
    EXPECT_TRUE(execute(select, key("V-1"), {.route = Route::home}).ok());
    EXPECT_EQ(server.calls().size(), 1U);
}

TEST_F(BridgeSession, APasswordThatIsWrongIsAnAuthenticationError) {
    server.user = "fleet";
    server.password = "secret";
    options.user = "fleet";
    options.password = "wrong";
    server.start();
    auto error = connect();
    ASSERT_TRUE(error);
    EXPECT_EQ(to_string(error->error), "authentication") << error->message;
    options.password = "secret";
    error = connect();
    EXPECT_FALSE(error) << error->message;
}

TEST_F(BridgeSession, NobodyThereIsNoConnectionAndSoAreRequestsAfterIt) {
    {
        const fake::Server gone;
        options.contact_points = gone.address();
    }
    const auto error = connect();
    ASSERT_TRUE(error);
    EXPECT_EQ(to_string(error->error), "no_connection") << error->message;
    std::optional<Answer<Statement>> prepared;
    ASSERT_TRUE(session->prepare(kSelect, kWait,
                                 [&](Answer<Statement> answer) { prepared = std::move(answer); }));
    ASSERT_TRUE(dispatch_until(*session, [&] { return prepared.has_value(); }, kWait));
    EXPECT_EQ(to_string(prepared->error->error), "no_connection");
}

TEST(BridgeSessionOptions, WhatCannotBeIsRefusedWithItsReason) {
    const auto refused = [](const ConnectOptions& options) {
        const auto opened = open_session(options, [](const Answer<Done>&) { FAIL(); });
        return opened ? std::string("opened") : opened.error().message;
    };
    EXPECT_EQ(refused({}), "Cassandra: no contact point: give at least one host[:port]");
    EXPECT_EQ(refused({.contact_points = "a", .max_in_flight = 0}),
              "Cassandra: max_in_flight: 1 to 32768, the streams of a connection");
    EXPECT_EQ(refused({.contact_points = "a", .remote_dc = "dc2"}),
              "Cassandra: a remote datacentre needs a home datacentre");
    EXPECT_EQ(refused({.contact_points = "a", .user = "\xff"}),
              "Cassandra: user: not a text in UTF-8");
    EXPECT_EQ(refused({.contact_points = "a", .connect_timeout = 0ms}),
              "Cassandra: a timeout of 0 ms");
    EXPECT_EQ(refused({.contact_points = "a", .tls_ca_file = "/nowhere.pem"})
                  .find("Cassandra: TLS CA file /nowhere.pem: "),
              0U);
}

}  // namespace
}  // namespace fleet::cql

#else

namespace fleet::cql {
namespace {

TEST(BridgeSession, WithoutTheDriverSaysHowToGetIt) {
    const auto opened =
        open_session({.contact_points = "127.0.0.1"}, [](const Answer<Done>&) { FAIL(); });
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::unsupported);
    EXPECT_NE(opened.error().message.find("cargo"), std::string::npos);
}

}  // namespace
}  // namespace fleet::cql

#endif
