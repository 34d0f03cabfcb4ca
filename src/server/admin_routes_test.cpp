// SPDX-License-Identifier: Apache-2.0
// Routes of zones, rules and work on alerts.
#include "server/site_testing.hpp"

namespace fleet::server {
namespace {

using namespace testing;

std::string square(const std::string& id, double south = 48) {
    const std::string s = std::to_string(south);
    const std::string n = std::to_string(south + 1);
    return R"({"type":"Feature","properties":{"id":")" + id +
           R"("},"geometry":{"type":"Polygon","coordinates":[[[2,)" + s + "],[3," + s + "],[3," +
           n + "],[2," + n + "],[2," + s + "]]]}}";
}

std::string collection(const std::vector<std::string>& features) {
    std::string out;
    for (const std::string& feature : features) out += (out.empty() ? "" : ",") + feature;
    return R"({"type":"FeatureCollection","features":[)" + out + "]}";
}

class Admin : public SiteTest {
  protected:
    Admin() { start(); }

    HttpAnswer send(std::string_view method, std::string_view target, std::string_view body = "",
                    std::string_view more = "Content-Type: application/json\r\n") {
        return fetch(server->port(), method, target, more, body);
    }
    HttpAnswer import_zones(const std::vector<std::string>& features) {
        return send("POST", "/api/v1/zones", collection(features));
    }
};

TEST_F(Admin, ZonesAreImportedPagedShownPutAndRemoved) {
    EXPECT_EQ(import_zones({square("a"), square("b"), square("c")}).body,
              R"({"created":3,"changed":0,"unchanged":0})");
    EXPECT_EQ(import_zones({square("a"), square("b", 49), square("d")}).body,
              R"({"created":1,"changed":1,"unchanged":1})");
    std::vector<std::string> ids;
    std::string cursor;
    do {
        const HttpAnswer page = get("/api/v1/zones?limit=3" + cursor);
        ASSERT_EQ(page.status, 200);
        EXPECT_EQ(page.header("content-type"), "application/geo+json");
        const auto json = nlohmann::json::parse(page.body);
        for (const auto& feature : json["features"]) ids.push_back(feature["properties"]["id"]);
        cursor = json["next"].is_null() ? "" : "&cursor=" + json["next"].get<std::string>();
    } while (!cursor.empty());
    EXPECT_EQ(ids, (std::vector<std::string>{"a", "b", "c", "d"}));
    EXPECT_EQ(problem_of(get("/api/v1/zones?limit=0"), 400), "invalid_argument");
    EXPECT_EQ(problem_of(get("/api/v1/zones?cursor=x"), 400), "invalid_argument");

    const HttpAnswer one = get("/api/v1/zones/b");
    EXPECT_EQ(one.status, 200);
    EXPECT_FALSE(one.header("etag").empty());
    EXPECT_EQ(send("PUT", "/api/v1/zones/b", one.body).status, 200);
    EXPECT_EQ(send("PUT", "/api/v1/zones/e", square("e")).status, 201);
    EXPECT_EQ(problem_of(send("PUT", "/api/v1/zones/e", square("f")), 400), "invalid_argument");
    EXPECT_EQ(
        problem_of(send("PUT", "/api/v1/zones/e", collection({square("e"), square("f")})), 400),
        "invalid_argument");
    const HttpAnswer gone = send("DELETE", "/api/v1/zones/e");
    EXPECT_EQ(gone.status, 204);
    EXPECT_EQ(gone.body, "");
    EXPECT_EQ(problem_of(get("/api/v1/zones/e"), 404), "not_found");
    EXPECT_EQ(problem_of(send("DELETE", "/api/v1/zones/e"), 404), "not_found");
}

TEST_F(Admin, RulesAreImportedShownPutAndRemoved) {
    const char* fast = R"({"name":"fast","type":"OVERSPEED","limit":90})";
    EXPECT_EQ(send("POST", "/api/v1/rules",
                   "[" + std::string(fast) + R"(,{"name":"cold","type":"TEMP_LOW"}])")
                  .body,
              R"({"created":2,"changed":0,"unchanged":0})");
    const auto list = json_of("/api/v1/rules");
    ASSERT_EQ(list["items"].size(), 2U);
    EXPECT_EQ(list["items"][1]["name"], "fast");
    EXPECT_EQ(list["built_in"].size(), 0U);
    EXPECT_EQ(json_of("/api/v1/rules/fast")["limit"], 90);
    EXPECT_EQ(send("PUT", "/api/v1/rules/fast", fast).status, 200);
    EXPECT_EQ(problem_of(send("PUT", "/api/v1/rules/slow", fast), 400), "invalid_argument");
    EXPECT_EQ(send("PUT", "/api/v1/rules/slow", R"({"name":"slow","type":"GPS_JUMP"})").status,
              201);
    EXPECT_EQ(send("DELETE", "/api/v1/rules/slow").status, 204);
    EXPECT_EQ(problem_of(get("/api/v1/rules/slow"), 404), "not_found");
}

TEST_F(Admin, WhatIsWrongInABodyIsInTheDetailAndNothingIsTaken) {
    const auto detail = [](const HttpAnswer& answer) {
        return nlohmann::json::parse(answer.body)["detail"].get<std::string>();
    };
    const HttpAnswer zones = import_zones({square("a"), square("b", 89.5)});
    EXPECT_EQ(problem_of(zones, 400), "invalid_argument");
    EXPECT_NE(detail(zones).find("features[1].geometry.coordinates[0]"), std::string::npos);
    const HttpAnswer rules =
        send("POST", "/api/v1/rules",
             R"([{"name":"x","type":"GPS_JUMP"},{"name":"y","type":"OVERSPEED","limit":900}])");
    EXPECT_EQ(problem_of(rules, 400), "invalid_argument");
    EXPECT_NE(detail(rules).find("rule[1].limit"), std::string::npos) << detail(rules);
    EXPECT_TRUE(json_of("/api/v1/rules")["items"].empty());
    EXPECT_EQ(get("/api/v1/zones").body,
              R"({"type":"FeatureCollection","features":[],"next":null})");
}

TEST_F(Admin, AZoneThatARuleNamesIsAConflict) {
    import_zones({square("a")});
    send("PUT", "/api/v1/rules/in", R"({"name":"in","type":"ZONE_ENTER","zones":["a"]})");
    EXPECT_EQ(problem_of(send("DELETE", "/api/v1/zones/a"), 409), "zone_in_use");
    send("DELETE", "/api/v1/rules/in");
    EXPECT_EQ(send("DELETE", "/api/v1/zones/a").status, 204);
}

TEST_F(Admin, RecomputeFromIsATime) {
    const std::string target = "/api/v1/zones?recompute_from=";
    EXPECT_EQ(send("POST", target + "2026-11-24", collection({square("a")})).status, 200);
    ASSERT_TRUE(control->last_since());
    EXPECT_EQ(format_rfc3339(*control->last_since()), "2026-11-24T00:00:00.000Z");
    EXPECT_EQ(send("DELETE", "/api/v1/zones/a").status, 204);
    EXPECT_FALSE(control->last_since());
    EXPECT_EQ(problem_of(send("POST", target + "soon", collection({})), 400), "invalid_argument");
    EXPECT_EQ(problem_of(get("/api/v1/rules?recompute_from=2026-11-24"), 400), "unknown_parameter");
}

TEST_F(Admin, AlertsAreAcknowledgedResolvedAndCommented) {
    const std::string alert = "/api/v1/alerts/" + MemoryControl::kAlert.text();
    HttpAnswer answer = send("POST", alert + "/ack", "", "");
    ASSERT_EQ(answer.status, 200) << answer.body;
    auto json = nlohmann::json::parse(answer.body);
    EXPECT_EQ(json["id"], MemoryControl::kAlert.text());
    EXPECT_EQ(json["state"], "ACKNOWLEDGED");
    EXPECT_EQ(json["actions"][0]["who"], "operator");
    answer = send("POST", alert + "/comment", R"({"who":"ada","text":"on my way"})");
    json = nlohmann::json::parse(answer.body);
    EXPECT_EQ(json["state"], "ACKNOWLEDGED");
    EXPECT_EQ(json["actions"][1]["action"], "comment");
    EXPECT_EQ(json["actions"][1]["text"], "on my way");
    answer = send("POST", alert + "/resolve", R"({"who":null})");
    EXPECT_EQ(nlohmann::json::parse(answer.body)["state"], "RESOLVED");

    EXPECT_EQ(problem_of(send("POST", alert + "/comment", "{}"), 400), "invalid_argument");
    for (const char* body : {R"({"who":1})", R"({"why":"x"})", "[]", R"({"who":"a")",
                             R"({"who":"a","who":"b"})", "{} {}"})
        EXPECT_EQ(problem_of(send("POST", alert + "/ack", body), 400), "invalid_argument") << body;
    const std::string nobody = "/api/v1/alerts/00000000000000000000000000000000/ack";
    EXPECT_EQ(problem_of(send("POST", nobody), 404), "not_found");
    EXPECT_EQ(problem_of(send("POST", "/api/v1/alerts/x/ack"), 404), "not_found");
}

TEST_F(Admin, BodiesHaveATypeAndALimit) {
    EXPECT_EQ(problem_of(send("POST", "/api/v1/zones", "{}", "Content-Type: text/plain\r\n"), 415),
              "unsupported");
    EXPECT_EQ(
        problem_of(send("POST", "/api/v1/rules", "[]", "Content-Type: application/geo+json\r\n"),
                   415),
        "unsupported");
    EXPECT_EQ(problem_of(send("POST", "/api/v1/zones", "{}",
                              "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"),
                         415),
              "unsupported");
    const std::string alert = "/api/v1/alerts/" + MemoryControl::kAlert.text() + "/comment";
    EXPECT_EQ(problem_of(send("POST", alert, std::string(70'000, ' ')), 413), "body_too_large");
    EXPECT_EQ(problem_of(send("DELETE", "/api/v1/zones/a", "{}"), 400), "unexpected_body");
}

TEST_F(Admin, OtherSitesMayNotChangeAnything) {
    const char* from = "Content-Type: application/json\r\nOrigin: http://evil.example\r\n";
    const std::string alert = "/api/v1/alerts/" + MemoryControl::kAlert.text();
    for (const auto& [method, target] :
         {std::pair<const char*, std::string>{"POST", "/api/v1/zones"},
          {"PUT", "/api/v1/zones/a"},
          {"DELETE", "/api/v1/zones/a"},
          {"POST", "/api/v1/rules"},
          {"PUT", "/api/v1/rules/a"},
          {"DELETE", "/api/v1/rules/a"},
          {"POST", alert + "/ack"},
          {"POST", alert + "/resolve"},
          {"POST", alert + "/comment"}})
        EXPECT_EQ(problem_of(send(method, target, "", from), 403), "bad_origin") << target;
}

TEST_F(Admin, AMethodThatAPathHasNotIsNamedWithThoseItHas) {
    const HttpAnswer wrong = send("PATCH", "/api/v1/zones/a");
    EXPECT_EQ(problem_of(wrong, 405), "method_not_allowed");
    EXPECT_EQ(wrong.header("allow"), "GET, HEAD, PUT, DELETE, OPTIONS");
    EXPECT_EQ(send("OPTIONS", "/api/v1/zones").header("allow"), "GET, HEAD, POST, OPTIONS");
}

class WithoutControl : public SiteTest {};

TEST_F(WithoutControl, ANodeWithoutItSaysSo) {
    start(false);
    EXPECT_EQ(problem_of(get("/api/v1/zones"), 503), "starting");
    server->set_ready({memory, port_fake, hub});
    EXPECT_EQ(problem_of(get("/api/v1/zones"), 503), "unavailable");
}

}  // namespace
}  // namespace fleet::server
