// SPDX-License-Identifier: Apache-2.0
#include "model/alert.hpp"
#include "server/site_testing.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fleet::server {
namespace {

using namespace testing;

/// V-1 rests at 8:00, drives north at 150 km/h from 8:10 to 8:15 and rests again; V-2 has little
/// battery at 9:00 for a minute, and goes on having it from 10:00.
class FoldRoutes : public SiteTest {
  protected:
    FoldRoutes() {
        start();
        std::string lines;
        for (int minute = 0; minute <= 30; ++minute) {
            const int driven = std::clamp(minute - 10, 0, 5);
            const bool moves = minute > 10 && minute < 15;
            lines += fmt::format(
                R"({{"device_id":"V-1","fleet_id":"idf","ts":"2026-11-25T08:{:02}:00Z","lat":{},"lon":2.5,"speed_kmh":{}}})"
                "\n",
                minute, 48.5 + driven * 0.02, moves ? 150 : 0);
        }
        for (const auto& [time, battery] :
             {std::pair{"09:00:00", 15}, {"09:01:00", 60}, {"10:00:00", 9}, {"10:01:00", 8}})
            lines += fmt::format(
                R"({{"device_id":"V-2","fleet_id":"idf","ts":"2026-11-25T{}Z","battery_pct":{}}})"
                "\n",
                time, battery);
        lines += R"({"device_id":"N-1","fleet_id":"north","ts":"2026-11-25T09:00:00Z"})";
        EXPECT_EQ(post("application/x-ndjson", lines).status, 200U);
    }
};

TEST_F(FoldRoutes, TripsHaveEveryMember) {
    const auto json = json_of("/api/v1/devices/V-1/trips");
    ASSERT_EQ(json["items"].size(), 1U);
    EXPECT_EQ(json["items"][0], (nlohmann::json{{"id", "V-1@2026-11-25T08:10:00.000Z"},
                                                {"device_id", "V-1"},
                                                {"start", "2026-11-25T08:10:00.000Z"},
                                                {"end", "2026-11-25T08:15:00.000Z"},
                                                {"distance_m", json["items"][0]["distance_m"]},
                                                {"driven_m", json["items"][0]["distance_m"]},
                                                {"max_speed_kmh", 150},
                                                {"from_lat", 48.5},
                                                {"from_lon", 2.5},
                                                {"to_lat", 48.6},
                                                {"to_lon", 2.5},
                                                {"start_reason", "distance"},
                                                {"end_reason", "stop"}}));
    EXPECT_NEAR(json["items"][0]["distance_m"].get<double>(), 11'119.5, 0.1);
    EXPECT_TRUE(json["next"].is_null());
    EXPECT_EQ(json_of("/api/v1/devices/V-1/trips?day=2026-11-24")["items"].size(), 0U);
    EXPECT_EQ(json_of("/api/v1/devices/V-1/trips?from=2026-11-25T08:10:00Z")["items"].size(), 1U);
    EXPECT_EQ(json_of("/api/v1/devices/V-1/trips?to=2026-11-25T08:10:00Z")["items"].size(), 0U);
    EXPECT_EQ(json_of("/api/v1/devices/V-2/trips")["items"].size(), 0U);
}

TEST_F(FoldRoutes, StopsAreOldestFirstAndPaged) {
    const auto json = json_of("/api/v1/devices/V-1/stops?limit=1");
    ASSERT_EQ(json["items"].size(), 1U);
    EXPECT_EQ(json["items"][0], (nlohmann::json{{"device_id", "V-1"},
                                                {"start", "2026-11-25T08:00:00.000Z"},
                                                {"end", "2026-11-25T08:10:00.000Z"},
                                                {"lat", 48.5},
                                                {"lon", 2.5},
                                                {"duration_s", 600}}));
    const auto rest =
        json_of("/api/v1/devices/V-1/stops?limit=1&cursor=" + json["next"].get<std::string>());
    ASSERT_EQ(rest["items"].size(), 1U);
    EXPECT_EQ(rest["items"][0]["start"], "2026-11-25T08:15:00.000Z");
    EXPECT_EQ(rest["items"][0]["duration_s"], 900);
    EXPECT_TRUE(rest["next"].is_null());
}

TEST_F(FoldRoutes, AlertsAreNewestFirstWithEveryMember) {
    const auto json = json_of("/api/v1/fleets/idf/alerts");
    ASSERT_EQ(json["items"].size(), 3U);
    const std::string id = model::alert_id("low-battery", "V-2", "", kNoon - 2 * kMsPerHour).text();
    EXPECT_EQ(json["items"][0], (nlohmann::json{{"id", id},
                                                {"fleet_id", "idf"},
                                                {"device_id", "V-2"},
                                                {"rule", "low-battery"},
                                                {"type", "LOW_BATTERY"},
                                                {"severity", "HIGH"},
                                                {"state", "OPEN"},
                                                {"start", "2026-11-25T10:00:00.000Z"},
                                                {"end", nullptr},
                                                {"peak", 8},
                                                {"limit", 20},
                                                {"lat", nullptr},
                                                {"lon", nullptr},
                                                {"zone", nullptr},
                                                {"alarm", nullptr},
                                                {"late", false},
                                                {"retracted", false}}));
    EXPECT_EQ(json["items"][1]["severity"], "MEDIUM");
    EXPECT_EQ(json["items"][1]["end"], "2026-11-25T09:00:00.000Z");
    EXPECT_EQ(json["items"][2]["type"], "OVERSPEED");
    EXPECT_EQ(json["items"][2]["peak"], 150);
    EXPECT_EQ(json["items"][2]["lat"], 48.52);
    auto one = json_of("/api/v1/alerts/" + id);
    EXPECT_EQ(one["actions"], nlohmann::json::array());
    one.erase("actions");
    EXPECT_EQ(one, json["items"][0]);
}

TEST_F(FoldRoutes, AlertsAreFiltered) {
    const auto count = [&](const std::string& query) {
        return json_of("/api/v1/fleets/idf/alerts?" + query)["items"].size();
    };
    EXPECT_EQ(count("severity=HIGH"), 2U);
    EXPECT_EQ(count("severity=MEDIUM"), 1U);
    EXPECT_EQ(count("type=OVERSPEED"), 1U);
    EXPECT_EQ(count("state=OPEN"), 3U);
    EXPECT_EQ(count("state=RESOLVED"), 0U);
    EXPECT_EQ(count("device=V-2"), 2U);
    EXPECT_EQ(count("device=V-2&severity=HIGH&retracted=false"), 1U);
    EXPECT_EQ(count("day=2026-11-25"), 3U);
    EXPECT_EQ(count("day=2026-11-24"), 0U);
    EXPECT_EQ(count("from=2026-11-25T09:00:00Z&to=2026-11-25T10:00:00Z"), 1U);
    EXPECT_EQ(json_of("/api/v1/fleets/north/alerts")["items"].size(), 0U);
}

TEST_F(FoldRoutes, WrongValuesAreAnsweredWithTheRightOnes) {
    const auto detail = [&](const std::string& target) {
        const HttpAnswer answer = get("/api/v1/" + target);
        EXPECT_EQ(problem_of(answer, 400), "invalid_argument") << target;
        return nlohmann::json::parse(answer.body)["detail"].get<std::string>();
    };
    EXPECT_EQ(detail("fleets/idf/alerts?severity=high"),
              "'severity' must be one of HIGH, MEDIUM, LOW");
    EXPECT_EQ(detail("fleets/idf/alerts?state=closed"),
              "'state' must be one of OPEN, ACKNOWLEDGED, RESOLVED");
    EXPECT_EQ(detail("fleets/idf/alerts?type=SPEED"),
              "'type' must be one of OVERSPEED, LOW_BATTERY, TEMP_HIGH, TEMP_LOW, GPS_JUMP, "
              "DEVICE_ALARM, ZONE_ENTER, ZONE_EXIT, THRESHOLD, OFFLINE");
    EXPECT_EQ(detail("fleets/idf/alerts?retracted=yes"), "'retracted' must be true or false");
    EXPECT_NE(detail("fleets/idf/alerts?device=a%20b").find("'device'"), std::string::npos);
    EXPECT_NE(detail("fleets/idf/alerts?day=2026-11-25&from=2026-11-25").find("not both"),
              std::string::npos);
    EXPECT_NE(detail("devices/V-1/trips?from=yesterday").find("'from'"), std::string::npos);
    EXPECT_NE(detail("devices/V-1/stops?cursor=x").find("cursor"), std::string::npos);
    EXPECT_NE(detail("alerts/12").find("32"), std::string::npos);
    EXPECT_EQ(problem_of(get("/api/v1/fleets/idf/alerts?severty=HIGH"), 400), "unknown_parameter");
    for (const char* target :
         {"devices/V-9/trips", "devices/V-9/stops", "fleets/none/alerts",
          "fleets/idf/alerts?device=V-9", "alerts/0123456789abcdef0123456789abcdef"})
        EXPECT_EQ(problem_of(get(std::string("/api/v1/") + target), 404), "not_found") << target;
}

TEST_F(FoldRoutes, BeyondRetentionIsEmptyAndSaysSo) {
    for (const char* target : {"devices/V-1/trips", "devices/V-1/stops", "fleets/idf/alerts"}) {
        const auto json = json_of(std::string("/api/v1/") + target + "?day=2026-01-01");
        EXPECT_TRUE(json["items"].empty());
        EXPECT_EQ(json["retention_from"], "2026-10-26T00:00:00.000Z") << target;
    }
}

TEST_F(FoldRoutes, FiguresCountThem) {
    const auto summary = json_of("/api/v1/devices/V-1/summary?day=2026-11-25");
    EXPECT_EQ(summary["trips"], 1);
    EXPECT_EQ(summary["stops"], 2);
    EXPECT_EQ(summary["moving_s"], 300);
    EXPECT_EQ(json_of("/api/v1/fleets/idf/kpis")["critical_alerts"], 2);
    EXPECT_EQ(json_of("/api/v1/fleets/north/kpis")["critical_alerts"], 0);
    const auto day = json_of("/api/v1/fleets/idf/analytics?day=2026-11-25");
    ASSERT_EQ(day["hours"].size(), 3U);
    EXPECT_EQ(day["hours"][1]["alerts"], (nlohmann::json{{"HIGH", 0}, {"MEDIUM", 1}, {"LOW", 0}}));
    const HttpAnswer csv = get("/api/v1/fleets/idf/analytics?day=2026-11-25&format=csv");
    EXPECT_NE(csv.body.find(",distance_m,alerts_high,alerts_medium,alerts_low\n"),
              std::string::npos);
    EXPECT_NE(csv.body.find("idf,2026-11-25,10,2,1,,,8.5,8,,,,,0,1,0,0\n"), std::string::npos)
        << csv.body;
}

TEST_F(FoldRoutes, CsvHasTheSameMembers) {
    EXPECT_TRUE(get("/api/v1/devices/V-1/trips?format=csv")
                    .body.starts_with("id,device_id,start,end,distance_m,driven_m,max_speed_kmh,"
                                      "from_lat,from_lon,to_lat,to_lon,start_reason,end_reason\n"
                                      "V-1@2026-11-25T08:10:00.000Z,V-1,2026-11-25T08:10:00.000Z,"
                                      "2026-11-25T08:15:00.000Z,11119."));
    EXPECT_EQ(get("/api/v1/devices/V-1/stops?format=csv&limit=1").body,
              "device_id,start,end,lat,lon,duration_s\n"
              "V-1,2026-11-25T08:00:00.000Z,2026-11-25T08:10:00.000Z,48.5,2.5,600\n");
    const HttpAnswer alerts = get("/api/v1/fleets/idf/alerts?format=csv&limit=1");
    EXPECT_TRUE(alerts.body.starts_with(
        "id,fleet_id,device_id,rule,type,severity,state,start,end,peak,limit,lat,lon,zone,alarm,"
        "late,retracted\n"));
    EXPECT_NE(alerts.body.find(",idf,V-2,low-battery,LOW_BATTERY,HIGH,OPEN,"
                               "2026-11-25T10:00:00.000Z,,8,20,,,,,false,false\n"),
              std::string::npos)
        << alerts.body;
    EXPECT_FALSE(alerts.header("fleet-next-cursor").empty());
}

}  // namespace
}  // namespace fleet::server
