// SPDX-License-Identifier: Apache-2.0
#include "server/router.hpp"
#include "server/site_testing.hpp"

#include <algorithm>

namespace fleet::server {
namespace {

using namespace testing;

constexpr const char* kHourAgo = "2026-11-25T11:00:00.000Z";

/// Two fleets; V-1 has two records today and one yesterday, V-2 one without position, N-1 is of
/// another fleet.
class Routes : public SiteTest {
  protected:
    Routes() {
        start();
        const HttpAnswer answer = post(
            "application/x-ndjson",
            R"({"device_id":"V-1","fleet_id":"idf","ts":"2026-11-24T10:00:00Z","lat":48.5,"lon":2.5,"speed_kmh":10})"
            "\n"
            R"({"device_id":"V-1","ts":"2026-11-25T11:00:00Z","lat":48.8566,"lon":2.3522,"speed_kmh":42.5,"heading_deg":270,"battery_pct":81.25,"zone":"dépôt \"A\"","attributes":{"route":"7","load":1.5}})"
            "\n"
            R"({"device_id":"V-1","ts":"2026-11-25T11:58:00Z","lat":48.9,"lon":2.4,"speed_kmh":3,"temp_c":-5.5})"
            "\n"
            R"({"device_id":"V-2","fleet_id":"idf","ts":"2026-11-25T11:59:00Z","battery_pct":20,"humidity_pct":60})"
            "\n"
            R"({"device_id":"N-1","fleet_id":"north","ts":"2026-11-25T09:00:00Z","lat":50,"lon":3})"
            "\n");
        EXPECT_EQ(answer.body, R"({"accepted":5,"duplicates":0,"conflicts":0,"rejected":[]})");
    }
};

TEST_F(Routes, FleetsAreListedById) {
    const auto json = json_of("/api/v1/fleets");
    ASSERT_EQ(json["items"].size(), 2U);
    EXPECT_EQ(json["items"][0], (nlohmann::json{{"fleet_id", "idf"},
                                                {"devices", 2},
                                                {"last_ts", "2026-11-25T11:59:00.000Z"},
                                                {"retention_days", 30}}));
    EXPECT_TRUE(json["next"].is_null());
    const auto page = json_of("/api/v1/fleets?limit=1");
    EXPECT_EQ(page["items"].size(), 1U);
    const auto rest = json_of("/api/v1/fleets?limit=1&cursor=" + page["next"].get<std::string>());
    EXPECT_EQ(rest["items"][0]["fleet_id"], "north");
    EXPECT_TRUE(rest["next"].is_null());
}

TEST_F(Routes, DevicesArePagedByCursor) {
    const auto first = json_of("/api/v1/fleets/idf/devices?limit=1");
    ASSERT_EQ(first["items"].size(), 1U);
    EXPECT_EQ(first["items"][0]["device_id"], "V-1");
    EXPECT_EQ(first["items"][0]["records"], 3);
    EXPECT_EQ(first["items"][0]["first_seen"], "2026-11-24T10:00:00.000Z");
    const auto second =
        json_of("/api/v1/fleets/idf/devices?limit=1&cursor=" + first["next"].get<std::string>());
    EXPECT_EQ(second["items"][0]["device_id"], "V-2");
}

TEST_F(Routes, LatestHasEveryMemberAndNullForTheAbsent) {
    const auto json = json_of("/api/v1/devices/V-2/latest");
    EXPECT_EQ(json.size(), 14U);
    EXPECT_TRUE(json["lat"].is_null());
    EXPECT_TRUE(json["pos_ts"].is_null());
    EXPECT_EQ(json["battery_pct"], 20);
    EXPECT_EQ(json["state"], "stopped");
    EXPECT_EQ(json["age_s"], 60);
    const auto v1 = json_of("/api/v1/devices/V-1/latest");
    EXPECT_EQ(v1["ts"], "2026-11-25T11:58:00.000Z");
    EXPECT_EQ(v1["battery_pct"], 81.25);  // of the record before: groups age apart
    EXPECT_EQ(v1["lat"], 48.9);
    EXPECT_EQ(v1["zone"], "dépôt \"A\"");
    EXPECT_EQ(json_of("/api/v1/devices/N-1/latest")["state"], "offline");
}

TEST_F(Routes, LatestOfAPastDayIsTheStateAtItsEnd) {
    const auto json = json_of("/api/v1/fleets/idf/latest?day=2026-11-24");
    const auto& items = json["items"];
    const auto v1 = std::find_if(items.begin(), items.end(),
                                 [](const auto& i) { return i["device_id"] == "V-1"; });
    ASSERT_NE(v1, items.end());
    EXPECT_EQ((*v1)["lat"], 48.5);
    EXPECT_EQ((*v1)["age_s"], 50'399.999);
    EXPECT_EQ(json_of("/api/v1/fleets/idf/latest")["items"].size(), 2U);
}

TEST_F(Routes, LatestAtAnInstantHasTheRecordsUntilThen) {
    const auto v1_at = [&](const std::string& at) {
        const auto latest = json_of("/api/v1/fleets/idf/latest?at=" + at);
        for (const auto& item : latest["items"])
            if (item["device_id"] == "V-1") return item;
        return nlohmann::json();
    };
    EXPECT_EQ(v1_at("2026-11-25T11:57:59.999Z")["ts"], kHourAgo);
    EXPECT_EQ(v1_at("2026-11-25T11:58:00Z")["ts"], "2026-11-25T11:58:00.000Z");
    EXPECT_EQ(v1_at("2026-11-25T11:58:30Z")["age_s"], 30);
    EXPECT_EQ(v1_at("2026-11-25")["lat"], 48.5) << "a date is its start";
    EXPECT_EQ(v1_at("2099-01-01")["age_s"], 120) << "what is not over is now";
    EXPECT_EQ(get("/api/v1/fleets/idf/latest?at=soon").status, 400);
    EXPECT_EQ(get("/api/v1/fleets/idf/latest?at=2026-11-25&day=2026-11-25").status, 400);
}

TEST_F(Routes, HistoryIsNewestFirstAndLeavesOutWhatIsAbsent) {
    const auto json = json_of("/api/v1/devices/V-1/history");
    ASSERT_EQ(json["items"].size(), 3U);
    EXPECT_EQ(json["items"][0], (nlohmann::json{{"device_id", "V-1"},
                                                {"ts", "2026-11-25T11:58:00.000Z"},
                                                {"lat", 48.9},
                                                {"lon", 2.4},
                                                {"speed_kmh", 3},
                                                {"temp_c", -5.5}}));
    EXPECT_EQ(json["items"][1]["attributes"], (nlohmann::json{{"route", "7"}, {"load", 1.5}}));
    const auto ascending = json_of("/api/v1/devices/V-1/history?order=asc&day=2026-11-25");
    ASSERT_EQ(ascending["items"].size(), 2U);
    EXPECT_EQ(ascending["items"][0]["ts"], kHourAgo);
}

TEST_F(Routes, HistoryRangesAreHalfOpenAndTakeAnyZone) {
    const auto count = [&](const std::string& query) {
        return json_of("/api/v1/devices/V-1/history?" + query)["items"].size();
    };
    EXPECT_EQ(count("from=2026-11-25T11:00:00Z&to=2026-11-25T11:58:00Z"), 1U);
    EXPECT_EQ(count("from=2026-11-25T12:00:00%2B01:00"), 2U);
    EXPECT_EQ(count("from=2026-11-25T12:00:00+01:00"), 2U) << "a bare + is a blank in a query";
    EXPECT_EQ(count("to=2026-11-25"), 1U);
    EXPECT_EQ(count("from=2026-11-25&to=2026-11-25"), 0U);
    EXPECT_EQ(count("day=2026-11-23"), 0U);
}

TEST_F(Routes, HistoryFieldsChooseMembers) {
    const auto json = json_of("/api/v1/devices/V-1/history?fields=speed_kmh,zone&limit=2");
    EXPECT_EQ(json["items"][0],
              (nlohmann::json{
                  {"device_id", "V-1"}, {"ts", "2026-11-25T11:58:00.000Z"}, {"speed_kmh", 3}}));
    EXPECT_EQ(json["items"][1].size(), 4U);
    const auto rest = json_of("/api/v1/devices/V-1/history?fields=speed_kmh,zone&limit=2&cursor=" +
                              json["next"].get<std::string>());
    EXPECT_EQ(rest["items"].size(), 1U);
    EXPECT_TRUE(rest["next"].is_null());
}

TEST_F(Routes, AnalyticsHasHoursWithRecordsOnlyAndTodayByDefault) {
    const auto json = json_of("/api/v1/fleets/idf/analytics");
    EXPECT_EQ(json["day"], "2026-11-25");
    ASSERT_EQ(json["hours"].size(), 1U);
    const auto& hour = json["hours"][0];
    EXPECT_EQ(hour["hour"], 11);
    EXPECT_EQ(hour["records"], 3);
    EXPECT_EQ(hour["active_devices"], 2);
    EXPECT_EQ(hour["avg_speed_kmh"], 22.75);
    EXPECT_EQ(hour["max_speed_kmh"], 42.5);
    EXPECT_EQ(hour["min_battery_pct"], 20);
    EXPECT_EQ(hour["avg_temp_c"], -5.5);
    EXPECT_EQ(hour["avg_humidity_pct"], 60);
    EXPECT_GT(hour["distance_m"], 5'000);
    EXPECT_EQ(hour["alerts"], (nlohmann::json{{"HIGH", 0}, {"MEDIUM", 0}, {"LOW", 0}}));
    EXPECT_EQ(json_of("/api/v1/fleets/idf/analytics?day=2026-11-20")["hours"].size(), 0U);
}

TEST_F(Routes, SummaryAndKpis) {
    const auto summary = json_of("/api/v1/devices/V-1/summary?day=2026-11-25");
    EXPECT_EQ(summary["records"], 2);
    EXPECT_EQ(summary["avg_speed_kmh"], 22.75);
    EXPECT_EQ(summary["trips"], 1);
    EXPECT_EQ(summary["stops"], 0);
    EXPECT_EQ(summary["moving_s"], 58 * 60);
    EXPECT_DOUBLE_EQ(summary["distance_m"].get<double>(),
                     summary["driven_m"].get<double>() + summary["gap_distance_m"].get<double>());
    const auto kpis = json_of("/api/v1/fleets/idf/kpis");
    EXPECT_EQ(kpis, (nlohmann::json{{"fleet", "idf"},
                                    {"as_of", "2026-11-25T12:00:00.000Z"},
                                    {"devices", 2},
                                    {"active_devices", 2},
                                    {"avg_speed_kmh", 3},
                                    {"avg_battery_pct", 50.625},
                                    {"critical_alerts", 0}}));
    const auto past = json_of("/api/v1/fleets/idf/kpis?day=2026-11-24");
    EXPECT_EQ(past["active_devices"], 1);
    EXPECT_EQ(past["avg_speed_kmh"], 10);
    EXPECT_EQ(past["as_of"], "2026-11-25T00:00:00.000Z");
}

TEST_F(Routes, SearchFindsByPartOfTheId) {
    EXPECT_EQ(json_of("/api/v1/search?q=v-")["items"].size(), 2U);
    EXPECT_EQ(json_of("/api/v1/search?q=v-&limit=1")["items"].size(), 1U);
    EXPECT_EQ(problem_of(get("/api/v1/search"), 400), "invalid_argument");
    EXPECT_EQ(problem_of(get("/api/v1/search?q="), 400), "invalid_argument");
}

TEST_F(Routes, CsvIsOfferedOnLists) {
    const HttpAnswer history =
        get("/api/v1/devices/V-1/history?format=csv&limit=2&fields=lat,lon,zone,attributes");
    EXPECT_EQ(history.header("content-type"), "text/csv; charset=utf-8; header=present");
    EXPECT_EQ(history.body,
              "device_id,ts,lat,lon,zone,attr.load,attr.route\n"
              "V-1,2026-11-25T11:58:00.000Z,48.9,2.4,,,\n"
              "V-1,2026-11-25T11:00:00.000Z,48.8566,2.3522,\"dépôt \"\"A\"\"\",1.5,\"7\"\n");
    EXPECT_FALSE(history.header("fleet-next-cursor").empty());
    EXPECT_TRUE(get("/api/v1/fleets?format=csv")
                    .body.starts_with("fleet_id,devices,last_ts,retention_days\nidf,2,"));
    EXPECT_TRUE(get("/api/v1/fleets/idf/devices?format=csv")
                    .body.starts_with("device_id,fleet_id,first_seen,last_seen,records,name,plate,"
                                      "model,driver,enabled\n"));
    const HttpAnswer latest = get("/api/v1/fleets/idf/latest?format=csv");
    EXPECT_NE(latest.body.find("\nV-2,idf,2026-11-25T11:59:00.000Z,,,,,,20,,60,,stopped,60\n"),
              std::string::npos)
        << latest.body;
    EXPECT_NE(get("/api/v1/fleets/idf/analytics?format=csv")
                  .body.find("\nidf,2026-11-25,11,3,2,22.75,42.5,50.625,20,"),
              std::string::npos);
}

TEST_F(Routes, UnknownThingsAre404AndSayNothingElse) {
    for (const char* target :
         {"/api/v1/fleets/nowhere/latest", "/api/v1/fleets/nowhere/kpis", "/api/v1/devices/V-9",
          "/api/v1/devices/V-9/latest", "/api/v1/devices/V-9/history",
          "/api/v1/devices/V-9/summary", "/api/v1/fleets/nowhere/analytics",
          "/api/v1/devices/a%2Fb", "/api/v1/fleets/idf/nothing", "/api/v1", "/api/v1/fleets/",
          "/api/v2/fleets", "/api/v1/metrics"})
        EXPECT_EQ(problem_of(get(target), 404), "not_found") << target;
}

TEST_F(Routes, WrongParametersAreNamedWithTheNearestRightOne) {
    const HttpAnswer typo = get("/api/v1/devices/V-1/history?limt=5");
    EXPECT_EQ(problem_of(typo, 400), "unknown_parameter");
    EXPECT_NE(typo.body.find("did you mean 'limit'?"), std::string::npos);
    EXPECT_EQ(problem_of(get("/api/v1/fleets/idf/kpis?limit=5"), 400), "unknown_parameter");
    EXPECT_EQ(problem_of(get("/api/v1/devices/V-1/history?day=2026-11-25&day=2026-11-24"), 400),
              "repeated_parameter");
    const HttpAnswer field = get("/api/v1/devices/V-1/history?fields=sped_kmh");
    EXPECT_EQ(problem_of(field, 400), "invalid_argument");
    EXPECT_NE(field.body.find("did you mean 'speed_kmh'?"), std::string::npos);
    for (const char* query :
         {"day=2026-02-30", "day=today", "from=2026-11-25T10:00:00",
          "from=2026-11-26&to=2026-11-25", "day=2026-11-25&from=2026-11-25", "limit=0", "limit=-1",
          "limit=x", "limit=", "order=up", "format=xml", "cursor=nonsense!", "fields="})
        EXPECT_EQ(problem_of(get(std::string("/api/v1/devices/V-1/history?") + query), 400),
                  "invalid_argument")
            << query;
    EXPECT_EQ(get("/api/v1/devices/V-1/history?limit=99999999999999999999").status, 200)
        << "a larger limit is clamped";
}

TEST_F(Routes, EtagsSaveTheBody) {
    const HttpAnswer first = get("/api/v1/devices/V-1/history?day=2026-11-24");
    const std::string etag = first.header("etag");
    ASSERT_FALSE(etag.empty());
    Connection connection(server->port());
    connection.send(request_text("GET", "/api/v1/devices/V-1/history?day=2026-11-24",
                                 "If-None-Match: " + etag + "\r\n"));
    const HttpAnswer second = connection.read_answer(true);
    EXPECT_EQ(second.status, 304);
    EXPECT_EQ(second.header("etag"), etag);
    connection.send(request_text("GET", "/api/v1/devices/V-1/history?day=2026-11-25",
                                 "If-None-Match: " + etag + "\r\n"));
    EXPECT_EQ(connection.read_answer().status, 200);
    EXPECT_EQ(get("/api/v1/devices/V-1/latest").header("cache-control"), "no-store");
}

TEST_F(Routes, HeadOptionsAndWrongMethods) {
    const HttpAnswer head = fetch(server->port(), "HEAD", "/api/v1/fleets");
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("content-length"), std::to_string(get("/api/v1/fleets").body.size()));
    const HttpAnswer options_answer = fetch(server->port(), "OPTIONS", "/api/v1/ingest");
    EXPECT_EQ(options_answer.status, 204);
    EXPECT_EQ(options_answer.header("allow"), "POST, OPTIONS");
    EXPECT_EQ(fetch(server->port(), "OPTIONS", "*").status, 204);
    const HttpAnswer wrong = fetch(server->port(), "DELETE", "/api/v1/devices/V-1");
    EXPECT_EQ(problem_of(wrong, 405), "method_not_allowed");
    EXPECT_EQ(wrong.header("allow"), "GET, HEAD, PATCH, OPTIONS");
    EXPECT_EQ(get("/api/v1/ingest").header("allow"), "POST, OPTIONS");
    EXPECT_EQ(fetch(server->port(), "BREW", "/api/v1/fleets").status, 405);
    EXPECT_EQ(fetch(server->port(), "POST", "/live").status, 405);
}

TEST_F(Routes, EveryAnswerCarriesTheSecurityHeaders) {
    for (const char* target : {"/", "/api/v1/fleets", "/nowhere", "/metrics", "/api/v1/nowhere"}) {
        const HttpAnswer answer = get(target);
        EXPECT_EQ(answer.header("x-content-type-options"), "nosniff") << target;
        EXPECT_EQ(answer.header("x-frame-options"), "DENY") << target;
        EXPECT_NE(answer.header("content-security-policy").find("frame-ancestors 'none'"),
                  std::string::npos)
            << target;
        EXPECT_EQ(answer.header("access-control-allow-origin"), "") << target;
    }
    EXPECT_EQ(get("/").header("content-security-policy"),
              "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
              "font-src 'self'; connect-src 'self'; "
              "worker-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
              "form-action 'self'");
}

TEST_F(Routes, ATrackIsTheWholeRangeInOneFile) {
    const HttpAnswer gpx = get("/api/v1/devices/V-1/history?format=gpx");
    EXPECT_EQ(gpx.status, 200);
    EXPECT_EQ(gpx.header("content-type"), "application/gpx+xml");
    EXPECT_EQ(gpx.header("content-disposition"), "attachment");
    // Oldest first, and a new segment after each of the two silences.
    EXPECT_LT(gpx.body.find("2026-11-24T10:00:00.000Z"), gpx.body.find("2026-11-25T11:58:00.000Z"));
    EXPECT_NE(gpx.body.find("</trkseg>\n<trkseg>"), std::string::npos);
    const HttpAnswer day = get("/api/v1/devices/V-1/history?format=geojson&day=2026-11-25");
    EXPECT_EQ(day.header("content-type"), "application/geo+json");
    const auto json = nlohmann::json::parse(day.body);
    ASSERT_EQ(json["features"].size(), 2U);
    EXPECT_EQ(json["features"][0]["properties"]["zone"], "dépôt \"A\"");
    // Without any position it is an empty file, not an error.
    EXPECT_EQ(
        nlohmann::json::parse(get("/api/v1/devices/V-2/history?format=geojson").body)["features"]
            .size(),
        0U);
    for (const char* parameter : {"limit=5", "cursor=x", "order=desc", "fields=lat"})
        EXPECT_EQ(problem_of(
                      get(std::string("/api/v1/devices/V-1/history?format=gpx&") + parameter), 400),
                  "invalid_argument")
            << parameter;
    EXPECT_EQ(get("/api/v1/devices/V-9/history?format=gpx").status, 404);
}

TEST_F(Routes, TheNewestRejectedRecordsComeFirstAndAsText) {
    port_fake->quarantine = {
        {1, {kNoon - 1'000}, "http", 0, "bad_latitude", "lat is 91", "{\"lat\":91}"},
        {2, {kNoon}, "http", 4, "bad_syntax", "no JSON", std::string("\x01\xff", 2)},
        {3, {kNoon}, "file", 5, "too_large", "a long one", std::string(5'000, 'x')}};
    const auto items = json_of("/api/v1/quarantine")["items"];
    ASSERT_EQ(items.size(), 3U);
    EXPECT_EQ(items[2], (nlohmann::json{{"id", 1},
                                        {"received", "2026-11-25T11:59:59.000Z"},
                                        {"source", "http"},
                                        {"row", 1},
                                        {"reason", "bad_latitude"},
                                        {"detail", "lat is 91"},
                                        {"raw", "{\"lat\":91}"}}));
    EXPECT_EQ(items[1]["raw"], "0x01ff");
    EXPECT_EQ(items[0]["raw"].get<std::string>().size(), 2'000 + std::string("…").size());
    EXPECT_EQ(json_of("/api/v1/quarantine?limit=1")["items"][0]["id"], 3);
    EXPECT_EQ(get("/api/v1/quarantine?limit=x").status, 400);
}

TEST_F(Routes, HealthTellsHowLongDurableAnswersTook) {
    const auto acks = json_of("/api/v1/health")["ingest_ack"];
    ASSERT_EQ(acks["counts"].size(), acks["bounds_s"].size() + 1);
    std::uint64_t all = 0;
    for (const auto& n : acks["counts"]) all += n.get<std::uint64_t>();
    EXPECT_EQ(all, 1U) << "the one batch of the fixture";
    EXPECT_GE(json_of("/api/v1/health")["connections"], 1);
}

TEST_F(Routes, PagesAreTheKnownAddressesOnly) {
    EXPECT_EQ(get("/").status, 200);
    EXPECT_EQ(get("/live").status, 200);
    for (const char* target :
         {"/analytics", "/alerts", "/health", "/vehicles/V-1", "/vehicles/a:b_c.d"})
        EXPECT_EQ(get(target).status, 200) << target;
    EXPECT_EQ(get("/live?fleet=idf&sel=V-1").body, get("/").body);
    for (const char* target : {"/nowhere", "/live/", "/vehicles", "/vehicles/", "/vehicles/V-1/x",
                               "/index.htm", "/assets/", "/assets/none.js"}) {
        const HttpAnswer answer = get(target);
        EXPECT_EQ(answer.status, 404) << target;
        EXPECT_EQ(answer.header("content-type"), "text/html; charset=utf-8") << target;
    }
}

TEST_F(Routes, MetricsNameEveryOutcome) {
    post("application/x-ndjson",
         R"({"device_id":"V-1","ts":"2026-11-25T11:00:00Z","lat":95,"lon":2})");
    const HttpAnswer answer = get("/metrics");
    EXPECT_EQ(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    for (const char* line :
         {"fleet_records_total{outcome=\"received\"} 6\n",
          "fleet_records_total{outcome=\"stored\"} 5\n",
          "fleet_records_total{outcome=\"quarantined\"} 1\n",
          "fleet_quarantined_total{reason=\"bad_latitude\"} 1\n",
          "fleet_http_requests_total{route=\"ingest\",code=\"200\"} 2\n",
          "fleet_ingest_ack_seconds_count 2\n", "# TYPE fleet_http_request_seconds histogram\n",
          "process_resident_memory_bytes "})
        EXPECT_NE(answer.body.find(line), std::string::npos) << line;
    // Each sample belongs to a family that was described.
    std::istringstream lines(answer.body);
    std::string family;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# TYPE ")) family = line.substr(7, line.find(' ', 7) - 7);
        if (line.starts_with('#')) continue;
        EXPECT_TRUE(line.starts_with(family)) << line;
        EXPECT_NO_THROW(static_cast<void>(std::stod(line.substr(line.rfind(' '))))) << line;
    }
}

TEST(RoutesBeforeReady, HealthAnswersAndDataRoutesAskToWait) {
    class Early : public SiteTest {
      public:
        void TestBody() override {
            start(false);
            auto health = json_of("/api/v1/health");
            EXPECT_EQ(health["status"], "starting");
            EXPECT_EQ(health["accepting"], false);
            for (const Route& route : routes()) {
                if (!route.data) continue;
                std::string target = "/" + std::string(route.pattern);
                if (const auto at = target.find("{}"); at != std::string::npos)
                    target.replace(at, 2, "x");
                const HttpAnswer answer = fetch(server->port(), to_string(route.method), target);
                EXPECT_EQ(problem_of(answer, 503), "starting") << target;
                EXPECT_FALSE(answer.header("retry-after").empty());
            }
            EXPECT_EQ(problem_of(get("/api/v1/ready"), 503), "starting");
            EXPECT_EQ(get("/metrics").status, 200);
            set_ready();
            EXPECT_EQ(get("/api/v1/ready").status, 200);
            EXPECT_EQ(json_of("/api/v1/fleets")["items"].size(), 0U);
            health = json_of("/api/v1/health");
            EXPECT_EQ(health["status"], "ok");
            EXPECT_EQ(health["durability"], "sync");
            EXPECT_EQ(health["accounting"]["received"], 0);
        }
    };
    Early().TestBody();
}

TEST(RoutesOfAConfiguredMap, TilesJoinThePolicyAndNothingElse) {
    class Tiles : public SiteTest {
      public:
        void TestBody() override {
            options.map = {"https://tiles.example.org/{z}/{x}/{y}.png", "© Example"};
            start();
            const std::string policy = get("/").header("content-security-policy");
            EXPECT_NE(policy.find("img-src 'self' data: https://tiles.example.org;"),
                      std::string::npos)
                << policy;
            EXPECT_NE(policy.find("connect-src 'self' https://tiles.example.org;"),
                      std::string::npos)
                << policy;
            EXPECT_EQ(json_of("/api/v1/config")["map"]["attribution"], "© Example");
        }
    };
    Tiles().TestBody();
}

TEST(ServerStart, AddressesThatWouldHarmAreRefused) {
    const auto clock = std::make_shared<SystemClock>();
    const auto code = [&](ServerOptions options) {
        const auto server = Server::start(std::move(options), clock);
        return server ? std::string("started")
                      : std::string(to_string(server.error().code)) + ": " + server.error().message;
    };
    EXPECT_NE(code({.listen = "0.0.0.0:0"}).find("no accounts yet"), std::string::npos);
    EXPECT_NE(code({.listen = "[::]:0"}).find("no accounts yet"), std::string::npos);
    EXPECT_EQ(code({.listen = "0.0.0.0:0", .allow_public_bind = true}), "started");
    EXPECT_EQ(code({.listen = "localhost:0"}), "started");
    for (const char* wrong : {"", "8501", "localhost", "127.0.0.1:", "127.0.0.1:99999", "::1:80",
                              "example.org:80", "[127.0.0.1]:80"})
        EXPECT_TRUE(code({.listen = wrong}).starts_with("invalid_argument")) << wrong;
    for (const char* wrong : {"tiles", "ftp://a/{z}", "https://", "https://a; script-src *"})
        EXPECT_TRUE(
            code({.listen = "127.0.0.1:0", .map = {wrong, ""}}).starts_with("invalid_argument"))
            << wrong;
}

TEST(ServerStart, APortInUseIsOneClearError) {
    const auto clock = std::make_shared<SystemClock>();
    auto first = Server::start({.listen = "127.0.0.1:0"}, clock);
    ASSERT_TRUE(first);
    const auto second =
        Server::start({.listen = "127.0.0.1:" + std::to_string((*first)->port())}, clock);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::busy);
    EXPECT_NE(second.error().message.find("in use"), std::string::npos);
}

}  // namespace
}  // namespace fleet::server
