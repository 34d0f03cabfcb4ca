// SPDX-License-Identifier: Apache-2.0
//
// The driver's bridge against a real node: schema, batches, pages, errors, a node that hangs.
//   cluster_cql_session HOST[:PORT] DATACENTRE [PID of the node's server, which it may stop and
//   continue]
// Account and TLS come from FLEET_CASSANDRA_USER, _PASSWORD, _TLS_CA_FILE and _TLS_VERIFY_HOST
// (false). Exits with 0, or with 1 at the first thing that is not as it should be. Started by
// `./dev cluster`.

#include "cql/bridge_session.hpp"

#include <fmt/format.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace fleet::cql;
using std::string_view_literals::operator""sv;

constexpr auto kWait = 60s;
constexpr int kDevices = 10;
constexpr int kRowsOfDevice = 1'000;
constexpr std::size_t kBatch = 30;
constexpr std::int64_t kAppended = 1'767'225'600'000'000;  // µs
constexpr std::int32_t kTtl = 86'400;
constexpr std::int32_t kDay = 20'454;

struct Failed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

void check(bool good, int line, const std::string& what) {
    if (!good) throw Failed(fmt::format("cql_session.cpp:{}: {}", line, what));
}

template <class T>
void check_ok(const Answer<T>& answer, int line) {
    if (answer.error) check(false, line, to_error(*answer.error).message);
}
#define CHECK(condition) check((condition), __LINE__, #condition)
#define CHECK_OK(answer) check_ok((answer), __LINE__)

std::string setting(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::unique_ptr<Session> connect(const ConnectOptions& options) {
    // Right after its start a node may still be marked as down.
    for (int attempt = 1;; ++attempt) {
        std::optional<Answer<Done>> connected;
        auto opened =
            open_session(options, [&](Answer<Done> answer) { connected = std::move(answer); });
        check(opened.has_value(), __LINE__, opened ? "" : opened.error().message);
        CHECK(dispatch_until(**opened, [&] { return connected.has_value(); }, kWait));
        if (connected->ok()) return std::move(opened).value();
        check(attempt < 5, __LINE__, to_error(*connected->error).message);
    }
}

template <class T, class Call>
Answer<T> wait(Session& session, Call call) {
    std::optional<Answer<T>> done;
    const auto accepted = call([&](Answer<T> answer) { done = std::move(answer); });
    check(accepted.has_value(), __LINE__, accepted ? "" : accepted.error().message);
    CHECK(dispatch_until(session, [&] { return done.has_value(); }, kWait));
    return std::move(done).value();
}

Answer<Done> change(Session& session, std::string_view cql) {
    return wait<Done>(session,
                      [&](auto handler) { return session.change_schema(cql, kWait, handler); });
}

Statement prepare(Session& session, std::string_view cql) {
    const auto answer = wait<Statement>(
        session, [&](auto handler) { return session.prepare(cql, kWait, handler); });
    CHECK_OK(answer);
    return answer.value;
}

Answer<Rows> run(Session& session, const Statement& statement, const PackedRows& rows,
                 const ExecuteOptions& how = {}, std::string_view state = {}) {
    return wait<Rows>(session, [&](auto handler) {
        return session.execute(statement, rows, how, state, handler);
    });
}

void write(Session& session, const Statement& insert) {
    int acknowledged = 0;
    int batches = 0;
    int refused = 0;
    PackedRows rows(insert);
    const auto send = [&] {
        for (;;) {
            const auto accepted = session.execute(insert, rows, {.timestamp_us = kAppended}, {},
                                                  [&](const Answer<Rows>& answer) {
                                                      CHECK_OK(answer);
                                                      ++acknowledged;
                                                  });
            if (accepted) break;
            check(accepted.error().code == fleet::Code::overloaded, __LINE__,
                  accepted.error().message);
            ++refused;
            const std::size_t before = session.in_flight();
            CHECK(dispatch_until(session, [&] { return session.in_flight() < before; }, kWait));
        }
        ++batches;
        rows.clear();
    };
    const auto begin = std::chrono::steady_clock::now();
    for (int device = 0; device < kDevices; ++device) {
        for (int i = 0; i < kRowsOfDevice; ++i) {
            rows.text(fmt::format("V-{}", device)).date(kDay).timestamp(i);
            rows.real64(48.0 + i * 1e-4);
            if (i % 3 == 0) rows.null();
            if (i % 3 == 1) rows.unset();
            if (i % 3 == 2) rows.real(static_cast<float>(i) / 2);
            rows.text_map(std::array{std::pair{"door"sv, i % 2 == 0 ? "open"sv : ""sv}});
            rows.integer(kTtl).end_row();
            if (rows.row_count() == kBatch) send();
        }
        if (rows.row_count() > 0) send();
    }
    CHECK(dispatch_until(session, [&] { return acknowledged == batches; }, kWait));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    CHECK(refused > 0);
    fmt::print("{} rows in {} batches, {:.0f} rows/s, {} times too many in flight\n",
               kDevices * kRowsOfDevice, batches, kDevices * kRowsOfDevice / took.count(), refused);
}

void read(Session& session, const Statement& select, std::uint32_t page_rows) {
    int pages = 0;
    for (int device = 0; device < kDevices; ++device) {
        PackedRows key(select);
        key.text(fmt::format("V-{}", device)).date(kDay).end_row();
        std::string state;
        int i = kRowsOfDevice;
        for (bool more = true; more; ++pages) {
            const auto answer = run(session, select, key, {.page_rows = page_rows}, state);
            CHECK_OK(answer);
            CHECK(page_rows == 0 || answer.value.page.row_count() <= page_rows);
            RowReader reader(answer.value.page);
            while (reader.next().value()) {
                --i;
                CHECK(reader.timestamp(0).value() == i);
                CHECK(reader.real64(1).value() == 48.0 + i * 1e-4);
                const auto speed = reader.real(2).value();
                CHECK(i % 3 == 2 ? speed == static_cast<float>(i) / 2 : !speed.has_value());
                const auto extra = reader.text_map(3).value();
                CHECK(extra && extra->size() == 1 &&
                      (*extra)[0].second == (i % 2 == 0 ? "open"sv : ""sv));
                const auto left = reader.integer(4).value();
                CHECK(left && *left <= kTtl && *left > kTtl - 3'600);
                CHECK(reader.bigint(5).value() == kAppended);
            }
            more = answer.value.has_more;
            state = answer.value.page_state;
        }
        CHECK(i == 0);
    }
    fmt::print("{} rows read in {} pages of {}\n", kDevices * kRowsOfDevice, pages, page_rows);
}

void errors(Session& session, const Statement& select) {
    PackedRows key(select);
    key.text("V-1").date(kDay).end_row();
    const auto two =
        run(session, select, key, {.consistency = Consistency::two, .route = Route::any});
    CHECK(!two.ok() && two.error->error == ErrorClass::unavailable);
    CHECK(two.error->required == 2 && two.error->alive == 1 &&
          two.error->consistency == Consistency::two);
    CHECK(!two.error->coordinator_dc.empty());
    const auto exists = change(session, "CREATE TABLE fleet_bridge.t (a int PRIMARY KEY)");
    CHECK(!exists.ok() && exists.error->error == ErrorClass::already_exists);
    const auto syntax = change(session, "CREATE TABEL x");
    CHECK(!syntax.ok() && syntax.error->error == ErrorClass::syntax);
    const auto traced = run(session, select, key, {.trace = true});
    CHECK_OK(traced);
    CHECK(traced.trace_id.has_value());
    fmt::print("errors as expected; trace {}\n", to_string(*traced.trace_id));
}

void look_around(Session& session, const std::string& datacenter) {
    const auto topology = wait<Topology>(
        session, [&](auto handler) { return session.topology("fleet_bridge", kWait, handler); });
    CHECK_OK(topology);
    CHECK(!topology.value.nodes.empty() && !topology.value.schema_version.empty());
    CHECK(topology.value.replication.size() == 1 &&
          topology.value.replication[0].datacenter == datacenter);
    CHECK(topology.value.replication[0].factor == 1);
}

void hang(Session& session, const Statement& select, pid_t server) {
    PackedRows key(select);
    key.text("V-1").date(kDay).end_row();
    CHECK(::kill(server, SIGSTOP) == 0);
    const auto late = run(session, select, key, {.timeout = 300ms});
    CHECK(::kill(server, SIGCONT) == 0);
    CHECK(!late.ok() && late.error->error == ErrorClass::client_timeout);
    CHECK(late.latency < 1s);
    const auto back = run(session, select, key);
    CHECK_OK(back);
    fmt::print("a node that hangs: {} after {} ms; back after {} ms\n",
               to_string(late.error->error), late.latency.count() / 1'000,
               back.latency.count() / 1'000);
}

void run_all(int argc, char** argv) {
    const std::string datacenter = argv[2];
    const ConnectOptions options{
        .contact_points = argv[1],
        .home_dc = datacenter,
        .user = setting("FLEET_CASSANDRA_USER"),
        .password = setting("FLEET_CASSANDRA_PASSWORD"),
        .tls_ca_file = setting("FLEET_CASSANDRA_TLS_CA_FILE"),
        .tls_verify_host = setting("FLEET_CASSANDRA_TLS_VERIFY_HOST") != "false",
        .max_in_flight = 16};
    const auto session = connect(options);
    CHECK_OK(change(*session, "DROP KEYSPACE IF EXISTS fleet_bridge"));
    CHECK_OK(change(*session, fmt::format("CREATE KEYSPACE fleet_bridge WITH replication = "
                                          "{{'class': 'NetworkTopologyStrategy', '{}': 1}}",
                                          datacenter)));
    CHECK_OK(change(
        *session,
        "CREATE TABLE fleet_bridge.t (device_id text, day date, ts timestamp, lat double, "
        "speed_kmh float, extra frozen<map<text, text>>, PRIMARY KEY ((device_id, day), ts)) "
        "WITH CLUSTERING ORDER BY (ts DESC)"));
    const Statement insert =
        prepare(*session,
                "INSERT INTO fleet_bridge.t (device_id, day, ts, lat, speed_kmh, extra) "
                "VALUES (?, ?, ?, ?, ?, ?) USING TTL ?");
    const auto types =
        check_types(insert.params, std::array{"text"sv, "date"sv, "timestamp"sv, "double"sv,
                                              "float"sv, "map<text, text>"sv, "int"sv});
    check(types.has_value(), __LINE__, types ? "" : types.error().message);
    CHECK(insert.key_params.size() == 2);
    const Statement select =
        prepare(*session,
                "SELECT ts, lat, speed_kmh, extra, TTL(lat), WRITETIME(lat) FROM fleet_bridge.t "
                "WHERE device_id = ? AND day = ?");
    write(*session, insert);
    read(*session, select, 333);
    read(*session, select, 250);  // the last page is full, and an empty one may follow
    read(*session, select, 0);
    errors(*session, select);
    look_around(*session, datacenter);
    if (argc > 3) hang(*session, select, static_cast<pid_t>(std::atoi(argv[3])));
    CHECK_OK(change(*session, "DROP KEYSPACE fleet_bridge"));
    session->close();
    fmt::print("ok\n");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        fmt::print(stderr, "usage: {} HOST[:PORT] DATACENTRE [PID]\n", argv[0]);
        return 2;
    }
    try {
        run_all(argc, argv);
    } catch (const Failed& failed) {
        fmt::print(stderr, "{}\n", failed.what());
        return 1;
    }
    return 0;
}
