// SPDX-License-Identifier: Apache-2.0
#include "server/ingest_body.hpp"
#include "server/site_testing.hpp"

#include <zlib.h>
#include <zstd.h>

#include <thread>

namespace fleet::server {
namespace {

using namespace testing;

std::string gzip(std::string_view text) {
    std::string out(compressBound(static_cast<uLong>(text.size())) + 64, '\0');
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string copy(text);
    stream.next_in = reinterpret_cast<Bytef*>(copy.data());
    stream.avail_in = static_cast<uInt>(copy.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string zstd(std::string_view text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
    return out;
}

std::string lines(int count, int first = 0) {
    std::string out;
    for (int i = 0; i < count; ++i)
        out += R"({"device_id":"V-)" + std::to_string(i % 100) + R"(","ts":)" +
               std::to_string(kNoon - 3'600'000 + (first + i) * 100) +
               R"(,"lat":48.8566,"lon":2.3522,"speed_kmh":42.5})" + "\n";
    return out;
}

class Ingest : public SiteTest {
  protected:
    void TearDown() override {
        if (server) {
            const auto stats = port_fake->stats().accounting;
            EXPECT_EQ(stats.received, stats.stored + stats.duplicates + stats.conflicts +
                                          stats.quarantined + stats.refused);
        }
    }
};

TEST_F(Ingest, TakesEveryFormat) {
    start();
    const char* one = R"({"accepted":1,"duplicates":0,"conflicts":0,"rejected":[]})";
    EXPECT_EQ(
        post("application/json", R"([{"device_id":"A","ts":"2026-11-25T11:00:00Z","speed_kmh":1}])")
            .body,
        one);
    EXPECT_EQ(post("application/json; charset=UTF-8",
                   "\n {\"device_id\":\"B\",\n \"ts\":\"2026-11-25T11:00:00Z\"}")
                  .body,
              one);
    EXPECT_EQ(post("application/x-ndjson", R"({"device_id":"C","ts":"2026-11-25T11:00:00Z"})").body,
              one);
    EXPECT_EQ(post("text/csv", "device_id,ts,lat,lon\nD,2026-11-25T11:00:00Z,48.5,2.5\n").body,
              one);
    EXPECT_EQ(post("text/plain", "telemetry,device_id=E speed_kmh=12.5 1795604400000000000\n").body,
              one);
    EXPECT_EQ(json_of("/api/v1/fleets/default/devices")["items"].size(), 5U);
    EXPECT_EQ(port_fake->last_source, "http");
}

TEST_F(Ingest, TakesCompressedBodies) {
    start();
    const std::string text = lines(1'000);
    EXPECT_EQ(post("application/x-ndjson", gzip(text), "Content-Encoding: gzip\r\n").body,
              R"({"accepted":1000,"duplicates":0,"conflicts":0,"rejected":[]})");
    EXPECT_EQ(post("application/x-ndjson", zstd(text), "Content-Encoding: zstd\r\n").body,
              R"({"accepted":0,"duplicates":1000,"conflicts":0,"rejected":[]})");
    EXPECT_EQ(post("application/x-ndjson", gzip(lines(5)) + gzip(lines(5, 5)),
                   "Content-Encoding: gzip\r\n")
                  .status,
              200)
        << "members in a row";
}

TEST_F(Ingest, EveryRecordGetsItsFate) {
    start();
    const HttpAnswer answer = post("application/json", R"([
        {"device_id":"A","ts":"2026-11-25T11:00:00Z","speed_kmh":10},
        {"device_id":"A","ts":"2026-11-25T11:00:00Z","speed_kmh":10},
        {"device_id":"A","ts":"2026-11-25T11:00:00Z","speed_kmh":20},
        {"device_id":"A","ts":"2026-11-25T11:00:01Z","lat":91,"lon":2},
        {"device_id":"A","ts":"2026-11-25T12:03:00Z"},
        {"device_id":"A","ts":"2026-10-01T00:00:00Z"},
        {"device_id":"A","ts":"2026-11-25T11:00:02Z","lat":0,"lon":0},
        {"device_id":"no good","ts":"2026-11-25T11:00:03Z"},
        17
    ])");
    EXPECT_EQ(answer.status, 200);
    const auto json = nlohmann::json::parse(answer.body);
    EXPECT_EQ(json["accepted"], 1);
    EXPECT_EQ(json["duplicates"], 1);
    EXPECT_EQ(json["conflicts"], 1);
    std::vector<std::pair<int, std::string>> rejected;
    for (const auto& r : json["rejected"]) rejected.emplace_back(r["index"], r["code"]);
    EXPECT_EQ(rejected, (std::vector<std::pair<int, std::string>>{{3, "bad_latitude"},
                                                                  {4, "future_ts"},
                                                                  {5, "too_old"},
                                                                  {6, "null_island"},
                                                                  {7, "bad_syntax"},
                                                                  {8, "bad_syntax"}}));
}

TEST_F(Ingest, UnknownDevicesAreRejectedWhereRegistrationIsOff) {
    options.auto_register = false;
    start();
    ASSERT_TRUE(memory->register_device("KNOWN", "idf"));
    const auto json = nlohmann::json::parse(
        post("application/x-ndjson", R"({"device_id":"NEW","ts":"2026-11-25T11:00:00Z"}
{"device_id":"KNOWN","ts":"bad"}
{"device_id":"KNOWN","ts":"2026-11-25T11:00:00Z"})")
            .body);
    EXPECT_EQ(json, nlohmann::json::parse(R"({"accepted":1,"duplicates":0,"conflicts":0,
        "rejected":[{"index":0,"code":"unknown_device"},{"index":1,"code":"bad_timestamp"}]})"));
}

TEST_F(Ingest, NewDevicesJoinTheNamedFleet) {
    start();
    post("application/x-ndjson", R"({"device_id":"A","ts":"2026-11-25T11:00:00Z"}
{"device_id":"B","fleet_id":"south","ts":"2026-11-25T11:00:00Z"})",
         "", "/api/v1/ingest?fleet=west");
    EXPECT_EQ(json_of("/api/v1/devices/A")["fleet_id"], "west");
    EXPECT_EQ(json_of("/api/v1/devices/B")["fleet_id"], "south");
    EXPECT_EQ(problem_of(post("application/x-ndjson", "{}", "", "/api/v1/ingest?fleet=a%20b"), 400),
              "invalid_argument");
}

TEST_F(Ingest, ABodyThatIsUnusableAsAWholeTakesNothing) {
    start();
    EXPECT_EQ(problem_of(post("text/csv", "device_id,tz\nA,1\n"), 400), "invalid_argument");
    EXPECT_EQ(problem_of(post("text/csv", "lat,lon\n1,2\n"), 400), "invalid_argument");
    EXPECT_EQ(problem_of(post("application/json",
                              "[{\"device_id\":\"A\",\"ts\":\"2026-11-25T11:00:00Z\"}"),
                         400),
              "invalid_argument");
    EXPECT_EQ(problem_of(post("application/x-ndjson", gzip("x").substr(0, 12),
                              "Content-Encoding: gzip\r\n"),
                         400),
              "invalid_argument");
    EXPECT_EQ(
        problem_of(post("application/x-ndjson", "not gzip at all", "Content-Encoding: gzip\r\n"),
                   400),
        "invalid_argument");
    EXPECT_EQ(problem_of(post("application/x-ndjson", zstd(lines(10)).substr(0, 40),
                              "Content-Encoding: zstd\r\n"),
                         400),
              "invalid_argument");
    EXPECT_EQ(port_fake->batches(), 0U);
}

TEST_F(Ingest, NothingInTheBodyIsNothingToDo) {
    start();
    const char* none = R"({"accepted":0,"duplicates":0,"conflicts":0,"rejected":[]})";
    EXPECT_EQ(post("application/json", "[]").body, none);
    EXPECT_EQ(post("text/csv", "device_id,ts\n").body, none);
    EXPECT_EQ(port_fake->batches(), 0U);
}

TEST_F(Ingest, OtherMediaAreNamedAsSuch) {
    start();
    EXPECT_EQ(problem_of(post("application/xml", "<a/>"), 415), "unsupported");
    EXPECT_EQ(problem_of(post("text/csv; charset=latin1", "a"), 415), "unsupported");
    EXPECT_EQ(problem_of(fetch(server->port(), "POST", "/api/v1/ingest", "", "x"), 415),
              "unsupported");
    const HttpAnswer encoded = post("text/csv", "x", "Content-Encoding: br\r\n");
    EXPECT_EQ(problem_of(encoded, 415), "unsupported");
    EXPECT_EQ(encoded.header("accept-encoding"), "gzip, zstd");
}

TEST_F(Ingest, TheAnswerWaitsForTheStore) {
    port_fake->hold = true;
    start();
    Connection connection(server->port());
    connection.send(
        request_text("POST", "/api/v1/ingest", "Content-Type: application/x-ndjson\r\n", lines(1)));
    port_fake->wait_for_held(1);
    pollfd p{connection.fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&p, 1, 50), 0) << "no answer before the store confirmed";
    port_fake->release();
    EXPECT_EQ(connection.read_answer().status, 200);
}

TEST_F(Ingest, AStoreThatDoesNotConfirmIsSaidSo) {
    options.limits.request_deadline_ms = 50;
    port_fake->hold = true;
    start();
    EXPECT_EQ(problem_of(post("application/x-ndjson", lines(1)), 504), "deadline_exceeded");
    port_fake->release();  // the late confirmation finds nobody
    EXPECT_EQ(post("application/x-ndjson", lines(1)).body,
              R"({"accepted":0,"duplicates":1,"conflicts":0,"rejected":[]})");
}

TEST_F(Ingest, RefusalsOfTheStoreAreCountedAndRetryable) {
    port_fake->refuse_with = Error(Code::overloaded, "the queue is full");
    start();
    HttpAnswer answer = post("application/x-ndjson", lines(7));
    EXPECT_EQ(problem_of(answer, 429), "overloaded");
    EXPECT_EQ(answer.header("retry-after"), "1");
    port_fake->refuse_with = Error(Code::unavailable, "below the disk reserve");
    answer = post("application/x-ndjson", lines(3));
    EXPECT_EQ(problem_of(answer, 503), "unavailable");
    EXPECT_EQ(port_fake->stats().accounting.refused, 10U) << "counted once, by the store";
    port_fake->refuse_with = Error(Code::io, "the journal cannot be synced");
    EXPECT_EQ(problem_of(post("application/x-ndjson", lines(3)), 500), "io");
}

TEST_F(Ingest, LargeBodiesAndPipelinedRequestsKeepTheirOrder) {
    start();
    Connection connection(server->port());
    const std::string large = lines(5'000);  // decoded on the pool
    std::thread sender([&] {
        for (int i = 0; i < 3; ++i) {
            connection.send(request_text("POST", "/api/v1/ingest",
                                         "Content-Type: application/x-ndjson\r\n", large));
            connection.send(request_text("GET", "/api/v1/devices/V-1"));
        }
    });
    for (int i = 0; i < 3; ++i) {
        const auto counts = nlohmann::json::parse(connection.read_answer().body);
        EXPECT_EQ(counts[i == 0 ? "accepted" : "duplicates"], 5'000);
        EXPECT_EQ(nlohmann::json::parse(connection.read_answer().body)["records"], 50);
    }
    sender.join();
}

TEST_F(Ingest, ChunkedBodiesAndExpectContinueWork) {
    start();
    Connection connection(server->port());
    connection.send(
        "POST /api/v1/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
        "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(connection.read_answer(true).status, 100);
    const std::string body = lines(2);
    for (const std::string_view part :
         {std::string_view(body).substr(0, 30), std::string_view(body).substr(30)}) {
        char size[16];
        std::snprintf(size, sizeof size, "%zx\r\n", part.size());
        connection.send(size + std::string(part) + "\r\n");
    }
    connection.send("0\r\n\r\n");
    EXPECT_EQ(connection.read_answer().body,
              R"({"accepted":2,"duplicates":0,"conflicts":0,"rejected":[]})");
    connection.send(request_text("GET", "/api/v1/health"));
    EXPECT_EQ(connection.read_answer().status, 200) << "the connection goes on";
}

TEST_F(Ingest, ANodeThatOnlyShowsRefuses) {
    start(false);
    server->set_ready({memory, nullptr, nullptr});
    EXPECT_EQ(problem_of(post("application/x-ndjson", lines(1)), 503), "unavailable");
    EXPECT_EQ(json_of("/api/v1/health")["accepting"], false);
    EXPECT_EQ(json_of("/api/v1/health")["status"], "ok");
}

}  // namespace
}  // namespace fleet::server
