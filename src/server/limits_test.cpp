// SPDX-License-Identifier: Apache-2.0
#include "server/site_testing.hpp"

#include <zlib.h>

#include <thread>

namespace fleet::server {
namespace {

using namespace testing;

std::string gzip_of_zeros(std::size_t size) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string in(size, ' ');
    std::string out(compressBound(static_cast<uLong>(size)) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

class LimitsOf : public SiteTest {};

TEST_F(LimitsOf, AHeaderTooLargeIs431AndClosed) {
    start();
    Connection connection(server->port());
    connection.send("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + std::string(20'000, 'x') +
                    "\r\n\r\n");
    EXPECT_EQ(problem_of(connection.read_answer(), 431), "header_too_large");
    EXPECT_TRUE(connection.at_end());
}

TEST_F(LimitsOf, AHeaderThatDoesNotEndIs408AndClosed) {
    options.limits.header_timeout_ms = 100;
    start();
    Connection connection(server->port());
    connection.send("GET / HTTP/1.1\r\nHost: lo");
    EXPECT_EQ(problem_of(connection.read_answer(), 408), "header_timeout");
    EXPECT_TRUE(connection.at_end());
}

TEST_F(LimitsOf, DrippingBytesDoNotExtendTheHeaderTimeout) {
    options.limits.header_timeout_ms = 200;
    start();
    Connection connection(server->port());
    std::thread dripper([&] {
        for (int i = 0; i < 40 && connection.send(i == 0 ? "GET / HTTP/1.1\r\nX: " : "x"); ++i)
            // NOLINT(fleet-banned-call): a slow peer is what is tested
            std::this_thread::sleep_for(std::chrono::milliseconds(25));
    });
    EXPECT_EQ(problem_of(connection.read_answer(), 408), "header_timeout");
    dripper.join();
}

TEST_F(LimitsOf, ABodyThatDoesNotComeIs408) {
    options.limits.body_timeout_ms = 100;
    start();
    Connection connection(server->port());
    connection.send(
        "POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "text/csv\r\nContent-Length: 100\r\n\r\ndevice");
    EXPECT_EQ(problem_of(connection.read_answer(), 408), "body_timeout");
    EXPECT_TRUE(connection.at_end());
}

TEST_F(LimitsOf, AnIdleConnectionIsClosedInSilence) {
    options.limits.idle_timeout_ms = 100;
    start();
    Connection connection(server->port());
    EXPECT_TRUE(connection.at_end());
}

TEST_F(LimitsOf, ABodyTooLargeIs413BeforeItIsSent) {
    start();
    Connection connection(server->port());
    connection.send(
        "POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "text/csv\r\nContent-Length: 1000000000\r\n\r\n");
    EXPECT_EQ(problem_of(connection.read_answer(), 413), "body_too_large");
    EXPECT_TRUE(connection.at_end());
}

TEST_F(LimitsOf, AChunkedBodyTooLargeIs413) {
    options.limits.ingest_body_bytes = 1'000;
    start();
    Connection connection(server->port());
    connection.send(
        "POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "text/csv\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 20; ++i) connection.send("64\r\n" + std::string(100, 'x') + "\r\n");
    EXPECT_EQ(problem_of(connection.read_answer(), 413), "body_too_large");
}

TEST_F(LimitsOf, OtherRoutesHaveTheSmallLimit) {
    options.limits.body_bytes = 1'000;
    start();
    EXPECT_EQ(problem_of(
                  fetch(server->port(), "GET", "/api/v1/fleets", "", std::string(1'001, 'x')), 413),
              "body_too_large");
    EXPECT_EQ(fetch(server->port(), "GET", "/api/v1/fleets", "", std::string(1'000, 'x')).status,
              200);
}

TEST_F(LimitsOf, APostWithoutLengthIs411) {
    start();
    Connection connection(server->port());
    connection.send(
        "POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n\r\n");
    EXPECT_EQ(problem_of(connection.read_answer(), 411), "length_required");
}

TEST_F(LimitsOf, ABombIs413AndCostsNoMemoryBeyondTheLimit) {
    options.limits.inflated_bytes = 4 << 20;
    start();
    const std::string bomb = gzip_of_zeros(64 << 20);
    ASSERT_LT(bomb.size(), 100'000U);
    EXPECT_EQ(problem_of(post("text/csv", bomb, "Content-Encoding: gzip\r\n"), 413), "too_large");
    options.limits.inflated_bytes = 64 << 20;
}

TEST_F(LimitsOf, ARatioNoTelemetryHasIs413) {
    options.limits.inflate_ratio = 10;
    start();
    EXPECT_EQ(
        problem_of(post("text/csv", gzip_of_zeros(2 << 20), "Content-Encoding: gzip\r\n"), 413),
        "too_large");
}

TEST_F(LimitsOf, ABatchOfTooManyRecordsIs413AndTakesNothing) {
    options.limits.batch_records = 3;
    start();
    std::string body;
    for (int i = 0; i < 4; ++i)
        body += R"({"device_id":"A","ts":)" + std::to_string(kNoon - 1'000 * i) + "}\n";
    EXPECT_EQ(problem_of(post("application/x-ndjson", body), 413), "too_large");
    EXPECT_EQ(port_fake->batches(), 0U);
}

TEST_F(LimitsOf, BytesInFlightAreBoundedAndGivenBack) {
    options.limits.ingest_in_flight_bytes = 3'000;
    port_fake->hold = true;
    start();
    const std::string body = R"({"device_id":"A","ts":"2026-11-25T11:00:00Z","attributes":{"x":")" +
                             std::string(200, 'x') + "\"}}" + std::string(1'500, '\n');
    Connection first(server->port());
    first.send(
        request_text("POST", "/api/v1/ingest", "Content-Type: application/x-ndjson\r\n", body));
    port_fake->wait_for_held(1);
    const HttpAnswer refused = post("application/x-ndjson", body);
    EXPECT_EQ(problem_of(refused, 429), "overloaded");
    EXPECT_FALSE(refused.header("retry-after").empty());
    EXPECT_EQ(get("/api/v1/fleets").status, 200) << "reads go on";
    port_fake->release();
    EXPECT_EQ(first.read_answer().status, 200);
    EXPECT_EQ(post("application/x-ndjson", body).status, 200);
}

TEST_F(LimitsOf, ConnectionsOverTheCapAreTurnedAway) {
    options.limits.connections = 2;
    start();
    Connection one(server->port());
    Connection two(server->port());
    one.send(request_text("GET", "/api/v1/health"));
    EXPECT_EQ(one.read_answer().status, 200);
    two.send(request_text("GET", "/api/v1/health"));
    EXPECT_EQ(two.read_answer().status, 200);
    Connection three(server->port());
    EXPECT_EQ(three.read_answer().status, 503);
    EXPECT_TRUE(three.at_end());
}

TEST_F(LimitsOf, BrokenRequestsAre400AndClosed) {
    start();
    const std::string head = "POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\n";
    for (const std::string& text : std::vector<std::string>{
             "NONSENSE\r\n\r\n", "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
             "GET /\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
             "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
             "GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
             "GET /a/../b HTTP/1.1\r\nHost: localhost\r\n\r\n",
             "GET /a/%2e%2e/b HTTP/1.1\r\nHost: localhost\r\n\r\n",
             "GET /api/v1/search?q=%FF HTTP/1.1\r\nHost: localhost\r\n\r\n",
             head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
             head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
             head + "Content-Length: -5\r\n\r\n"}) {
        Connection connection(server->port());
        connection.send(text);
        const HttpAnswer answer = connection.read_answer();
        EXPECT_EQ(answer.status, 400) << text;
        EXPECT_TRUE(connection.at_end()) << text;
    }
    EXPECT_EQ(get("/api/v1/health").status, 200);
}

TEST_F(LimitsOf, RandomBytesNeverStopTheServer) {
    start();
    std::uint32_t random = 1;
    for (int round = 0; round < 50; ++round) {
        Connection connection(server->port());
        std::string bytes =
            round % 2 == 0 ? "POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\n" : "";
        for (int i = 0; i < 500; ++i)
            bytes += static_cast<char>((random = random * 1'664'525 + 1'013'904'223) >> 24);
        connection.send(bytes + "\r\n\r\n");
    }
    EXPECT_EQ(get("/api/v1/health").status, 200);
}

TEST_F(LimitsOf, ForeignPagesMayNotWriteAndForeignNamesMayNotRead) {
    start();
    const std::string body = R"({"device_id":"A","ts":"2026-11-25T11:00:00Z"})";
    const auto with_origin = [&](const std::string& origin) {
        return post("application/x-ndjson", body, "Origin: " + origin + "\r\n");
    };
    EXPECT_EQ(problem_of(with_origin("http://evil.example"), 403), "bad_origin");
    EXPECT_EQ(problem_of(with_origin("null"), 403), "bad_origin");
    EXPECT_EQ(problem_of(with_origin("http://localhost.evil.example"), 403), "bad_origin");
    EXPECT_EQ(problem_of(with_origin("http://localhost:1"), 403), "bad_origin")
        << "another port is another origin";
    EXPECT_EQ(problem_of(with_origin("https://localhost"), 403), "bad_origin");
    EXPECT_EQ(port_fake->batches(), 0U);
    EXPECT_EQ(with_origin("http://localhost").status, 200);

    Connection rebound(server->port());
    rebound.send("GET /api/v1/fleets HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    EXPECT_EQ(problem_of(rebound.read_answer(), 421), "bad_host");
    for (const char* host : {"localhost:8501", "127.0.0.1", "[::1]:8501", "LOCALHOST"}) {
        Connection connection(server->port());
        connection.send(std::string("GET /api/v1/fleets HTTP/1.1\r\nHost: ") + host + "\r\n\r\n");
        EXPECT_EQ(connection.read_answer().status, 200) << host;
    }
}

TEST_F(LimitsOf, NamesOfAProxyCanBeAllowed) {
    options.host_names = {"fleet.example.org"};
    start();
    Connection connection(server->port());
    connection.send(
        "POST /api/v1/ingest HTTP/1.1\r\nHost: fleet.example.org\r\nOrigin: "
        "https://fleet.example.org\r\n"
        "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n[]");
    EXPECT_EQ(connection.read_answer().status, 200);
}

TEST_F(LimitsOf, OldClientsAndKeepAlive) {
    start();
    Connection old(server->port());
    old.send("GET /api/v1/health HTTP/1.0\r\n\r\n");
    EXPECT_EQ(problem_of(old.read_answer(), 421), "bad_host")
        << "no Host is no name of this machine";
    Connection close(server->port());
    close.send(request_text("GET", "/api/v1/health", "Connection: close\r\n"));
    EXPECT_EQ(close.read_answer().header("connection"), "close");
    EXPECT_TRUE(close.at_end());
}

TEST_F(LimitsOf, StopFinishesWhatRunsAndRefusesTheRest) {
    port_fake->hold = true;
    start();
    Connection idle(server->port());
    idle.send(request_text("GET", "/api/v1/health"));
    EXPECT_EQ(idle.read_answer().status, 200);
    Connection busy(server->port());
    busy.send(request_text("POST", "/api/v1/ingest", "Content-Type: application/x-ndjson\r\n",
                           R"({"device_id":"A","ts":"2026-11-25T11:00:00Z"})"));
    port_fake->wait_for_held(1);
    server->request_stop();
    EXPECT_TRUE(idle.at_end());
    port_fake->release();
    const HttpAnswer answer = busy.read_answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(busy.at_end());
    server->join();
    EXPECT_THROW(Connection(server->port()), std::runtime_error);
}

TEST_F(LimitsOf, StopDoesNotWaitLongerThanTheDrain) {
    options.limits.drain_ms = 200;
    port_fake->hold = true;
    start();
    Connection stuck(server->port());
    stuck.send(request_text("POST", "/api/v1/ingest", "Content-Type: application/x-ndjson\r\n",
                            R"({"device_id":"A","ts":"2026-11-25T11:00:00Z"})"));
    port_fake->wait_for_held(1);
    const auto begin = std::chrono::steady_clock::now();
    server->request_stop();
    server->join();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    port_fake->release();  // a confirmation after the end harms nobody
}

}  // namespace
}  // namespace fleet::server
