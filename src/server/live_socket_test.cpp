// SPDX-License-Identifier: Apache-2.0
#include "codec/live_frame.hpp"
#include "server/site_testing.hpp"

namespace fleet::server {
namespace {

using namespace testing;

class LiveSocket : public SiteTest {
  protected:
    void report(const std::string& device, double speed, const std::string& fleet = "idf") {
        ts_ -= 1'000;
        const HttpAnswer answer =
            post("application/x-ndjson",
                 R"({"device_id":")" + device + R"(","fleet_id":")" + fleet + R"(","ts":)" +
                     std::to_string(kNoon - 60'000 + ++reports_ * 100) +
                     R"(,"lat":48.8566,"lon":2.3522,"speed_kmh":)" + std::to_string(speed) + "}");
        ASSERT_EQ(answer.status, 200) << answer.body;
    }
    /// The next binary frame.
    codec::LiveFrame frame(WebSocket& socket) {
        for (;;) {
            const auto message = socket.receive();
            if (message.opcode == 8) throw std::runtime_error("closed");
            if (message.opcode == 2) return codec::decode_frame(message.payload).value();
        }
    }

  private:
    std::int64_t ts_ = kNoon;
    int reports_ = 0;
};

TEST_F(LiveSocket, ShowsASnapshotThenChanges) {
    start();
    report("V-1", 10);
    WebSocket socket(server->port(), "/api/v1/live",
                     "Sec-WebSocket-Protocol: ft.live.1\r\nOrigin: http://localhost\r\n");
    EXPECT_EQ(socket.handshake.status, 101);
    EXPECT_EQ(socket.handshake.header("sec-websocket-protocol"), "ft.live.1");
    EXPECT_EQ(socket.handshake.header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    socket.send(R"({"type":"hello"})");
    socket.expect(R"({"type":"welcome","epoch":7,)");
    socket.send(R"({"type":"sub","fleet":"idf"})");
    socket.expect(R"({"type":"snap","fleet":"idf")");
    socket.expect(R"({"type":"ids","first":0,"ids":["V-1"]})");
    const codec::LiveFrame snap = frame(socket);
    EXPECT_EQ(snap.header.type, codec::FrameType::snap);
    ASSERT_EQ(snap.rows.size(), 1U);
    EXPECT_EQ(snap.rows[0].speed, 1'000);
    socket.expect(R"({"type":"kpi")");
    report("V-1", 55.5);
    const codec::LiveFrame delta = frame(socket);
    EXPECT_EQ(delta.header.type, codec::FrameType::delta);
    ASSERT_EQ(delta.rows.size(), 1U);
    EXPECT_EQ(delta.rows[0].speed, 5'550);
    socket.send(R"({"type":"ack","seq":)" + std::to_string(delta.header.seq) + "}");
    socket.send(R"({"type":"ping","t":12.5})");
    socket.expect(R"({"type":"pong","t":12.5})");
    EXPECT_EQ(json_of("/api/v1/health")["live"]["clients"], 1);
}

TEST_F(LiveSocket, JsonForThoseWithoutADecoder) {
    start();
    report("V-1", 10);
    WebSocket socket(server->port(), "/api/v1/live?format=json");
    EXPECT_EQ(socket.handshake.header("sec-websocket-protocol"), "");
    socket.send(R"({"type":"hello"})");
    socket.send(R"({"type":"sub","fleet":"idf"})");
    socket.expect(R"({"type":"snap","fleet":"idf","epoch":7,"seq":1,"base":")");
    report("V-2", 20);
    socket.expect(R"({"type":"ids","first":1,"ids":["V-2"]})");
    socket.expect(R"({"type":"delta","fleet":"idf")");
}

TEST_F(LiveSocket, WhatIsNotTheProtocolIsClosedWithItsCode) {
    start();
    report("V-1", 10);
    const auto close_of = [&](std::initializer_list<std::string> messages, unsigned opcode = 1) {
        WebSocket socket(server->port());
        for (const std::string& message : messages) socket.send(message, opcode);
        for (;;) {
            const auto answer = socket.receive();
            if (answer.opcode == 8) return answer.close_code();
        }
    };
    EXPECT_EQ(close_of({"nonsense"}), 4000U);
    EXPECT_EQ(close_of({R"({"type":"sub","fleet":"idf"})"}), 4000U);
    EXPECT_EQ(close_of({R"({"type":"hello"})", R"({"type":"sub","fleet":"nowhere"})"}), 4004U);
    EXPECT_EQ(close_of({R"({"type":"hello"})"}, 2), 4000U)
        << "binary messages are not of the protocol";
    EXPECT_EQ(close_of({std::string(70'000, 'x')}), 1009U);
}

TEST_F(LiveSocket, OnlyOurPagesMayOpenIt) {
    start();
    EXPECT_EQ(WebSocket(server->port(), "/api/v1/live", "Origin: http://evil.example\r\n")
                  .handshake.status,
              403);
    EXPECT_EQ(get("/api/v1/live").status, 426);
    EXPECT_EQ(WebSocket(server->port(), "/api/v1/live?format=xml").handshake.status, 400);
    EXPECT_EQ(WebSocket(server->port(), "/api/v1/fleets").handshake.status, 200)
        << "an upgrade elsewhere is ignored";
}

TEST_F(LiveSocket, AViewerThatDoesNotReadStopsNobody) {
    start();
    report("V-1", 10);
    WebSocket lazy(server->port());
    lazy.send(R"({"type":"hello"})");
    lazy.send(R"({"type":"sub","fleet":"idf"})");
    WebSocket keen(server->port());
    keen.send(R"({"type":"hello"})");
    keen.send(R"({"type":"sub","fleet":"idf"})");
    for (int i = 0; i < 5; ++i) {
        report("V-1", 20 + i);
        while (frame(keen).rows.at(0).speed != (20 + i) * 100) {
        }
    }
}

TEST_F(LiveSocket, GoneViewersAreForgotten) {
    start();
    report("V-1", 10);
    {
        WebSocket socket(server->port());
        socket.send(R"({"type":"hello"})");
        socket.expect(R"({"type":"welcome")");
        EXPECT_EQ(hub->clients(), 1U);
    }
    for (int i = 0; i < 1'000 && hub->clients() != 0; ++i) static_cast<void>(get("/api/v1/health"));
    EXPECT_EQ(hub->clients(), 0U);
}

TEST_F(LiveSocket, StopSaysGoodbye) {
    start();
    report("V-1", 10);
    {
        WebSocket socket(server->port());
        socket.send(R"({"type":"hello"})");
        socket.expect(R"({"type":"welcome")");
        server->request_stop();
        const auto last = socket.receive();
        EXPECT_EQ(last.opcode, 8U);
        EXPECT_EQ(last.close_code(), 1001U);
        socket.send(last.payload, 8);
    }
    const auto begin = std::chrono::steady_clock::now();
    server->join();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
}

TEST_F(LiveSocket, KpisEqualThoseOfTheApi) {
    start();
    report("V-1", 10);
    report("V-2", 33.33);
    report("V-3", 0.01);
    WebSocket socket(server->port());
    socket.send(R"({"type":"hello"})");
    socket.send(R"({"type":"sub","fleet":"idf"})");
    auto live_kpis = nlohmann::json::parse(socket.expect(R"({"type":"kpi")"));
    live_kpis.erase("type");
    EXPECT_EQ(live_kpis, json_of("/api/v1/fleets/idf/kpis"));
}

}  // namespace
}  // namespace fleet::server
