// SPDX-License-Identifier: Apache-2.0
// Routes that add and change devices.
#include "server/site_testing.hpp"

namespace fleet::server {
namespace {

using namespace testing;

class Devices : public SiteTest {
  protected:
    Devices() { start(); }

    HttpAnswer send(std::string_view method, std::string_view target, std::string_view body) {
        return fetch(server->port(), method, target, "Content-Type: application/json\r\n", body);
    }
};

constexpr std::string_view kAll = "/api/v1/devices";

TEST_F(Devices, OneIsAddedShownChangedAndFound) {
    const HttpAnswer added = send(
        "POST", kAll, R"( {"device_id":"van-7","fleet_id":"north","name":"Van 7","plate":"AB-1"})");
    EXPECT_EQ(added.status, 201);
    EXPECT_EQ(added.body,
              R"({"device_id":"van-7","fleet_id":"north","first_seen":null,"last_seen":null,)"
              R"("records":0,"name":"Van 7","plate":"AB-1","model":null,"driver":null,)"
              R"("enabled":true,"fleets":[{"fleet":"north","from":null}]})");
    EXPECT_EQ(added.header("cache-control"), "no-store");
    EXPECT_EQ(problem_of(send("POST", kAll, R"({"device_id":"van-7"})"), 409), "already_exists");
    const HttpAnswer changed =
        send("PATCH", "/api/v1/devices/van-7", R"({"name":null,"driver":"Ada","enabled":false})");
    EXPECT_EQ(changed.status, 200);
    EXPECT_EQ(get("/api/v1/devices/van-7").body, changed.body);
    const auto now = json_of("/api/v1/devices/van-7");
    EXPECT_EQ(now["name"], nullptr);
    EXPECT_EQ(now["plate"], "AB-1");
    EXPECT_EQ(now["driver"], "Ada");
    EXPECT_EQ(now["enabled"], false);
    EXPECT_EQ(json_of("/api/v1/search?q=ab-1")["items"][0], now);
    EXPECT_EQ(json_of("/api/v1/fleets/north/devices")["items"][0], now);
    EXPECT_EQ(get("/api/v1/fleets/north/devices?format=csv").body,
              "device_id,fleet_id,first_seen,last_seen,records,name,plate,model,driver,enabled\n"
              "van-7,north,,,0,,AB-1,,Ada,false\n");
    const HttpAnswer refused =
        post("application/x-ndjson", R"({"device_id":"van-7","ts":"2026-11-25T11:00:00Z"})");
    EXPECT_EQ(refused.body, R"({"accepted":0,"duplicates":0,"conflicts":0,)"
                            R"("rejected":[{"index":0,"code":"unknown_device"}]})");
}

TEST_F(Devices, AnImportIsTakenAsAWholeOrNotAtAll) {
    EXPECT_EQ(send("POST", kAll, R"([{"device_id":"a","plate":"1"},{"device_id":"b"}])").body,
              R"({"created":2,"changed":0,"unchanged":0})");
    EXPECT_EQ(
        send("POST", kAll, R"([{"device_id":"a","plate":"2"},{"device_id":"b"},{"device_id":"c"}])")
            .body,
        R"({"created":1,"changed":1,"unchanged":1})");
    const HttpAnswer wrong =
        send("POST", kAll, R"([{"device_id":"d"},{"device_id":"a","plate":7},{"device_id":"d"}])");
    EXPECT_EQ(problem_of(wrong, 400), "invalid_argument");
    EXPECT_NE(wrong.body.find("device[1].plate: a number where a text belongs"), std::string::npos);
    EXPECT_NE(wrong.body.find("device[2].device_id"), std::string::npos);
    EXPECT_EQ(get("/api/v1/devices/d").status, 404);
    EXPECT_EQ(json_of("/api/v1/devices/a")["plate"], "2");
    // What was listed can be sent back.
    const std::string listed = json_of("/api/v1/fleets/default/devices")["items"].dump();
    EXPECT_EQ(send("POST", kAll, listed).body, R"({"created":0,"changed":0,"unchanged":3})");
}

TEST_F(Devices, OneIsMovedFromADayOn) {
    send("POST", kAll, R"({"device_id":"van-7","fleet_id":"north"})");
    const std::string move = "/api/v1/devices/van-7/move";
    const HttpAnswer today = send("POST", move, R"({"fleet_id":"south"})");
    EXPECT_EQ(today.status, 200);
    const HttpAnswer before = send("POST", move, R"({"fleet_id":"west","from":"2026-11-20"})");
    EXPECT_EQ(before.status, 200);
    EXPECT_EQ(get("/api/v1/devices/van-7").body, before.body);
    const auto now = json_of("/api/v1/devices/van-7");
    EXPECT_EQ(now["fleet_id"], "south");
    EXPECT_EQ(now["fleets"].dump(),
              R"([{"fleet":"north","from":null},{"fleet":"west","from":"2026-11-20"},)"
              R"({"fleet":"south","from":"2026-11-25"}])");
    EXPECT_TRUE(json_of("/api/v1/fleets/north/devices")["items"].empty());
    EXPECT_EQ(json_of("/api/v1/fleets/south/devices")["items"].size(), 1U);
    for (const std::string_view wrong :
         {"", "[]", R"({"fleet_id":7})", R"({"fleet_id":"a b"})", R"({"from":"2026-11-20"})",
          R"({"fleet_id":"x","from":"yesterday"})", R"({"fleet":"x"})"})
        EXPECT_EQ(problem_of(send("POST", move, wrong), 400), "invalid_argument") << wrong;
    EXPECT_EQ(problem_of(send("POST", "/api/v1/devices/nobody/move", R"({"fleet_id":"x"})"), 404),
              "not_found");
}

TEST_F(Devices, WhatCannotBeReadIsRefused) {
    for (const std::string_view body : {"", "7", "[7]", "{", R"({"name":"x"})"})
        EXPECT_EQ(problem_of(send("POST", kAll, body), 400), "invalid_argument") << body;
    EXPECT_EQ(problem_of(send("PATCH", "/api/v1/devices/nobody", R"({"plate":"x"})"), 404),
              "not_found");
    EXPECT_EQ(problem_of(send("PATCH", "/api/v1/devices/a", R"({"device_id":"b"})"), 400),
              "invalid_argument");
    EXPECT_EQ(problem_of(post("text/csv", "device_id\na\n", "", kAll), 415), "unsupported");
    const HttpAnswer method = get(kAll);
    EXPECT_EQ(method.status, 405);
    EXPECT_EQ(method.header("allow"), "POST, OPTIONS");
}

}  // namespace
}  // namespace fleet::server
