// SPDX-License-Identifier: Apache-2.0
#include "server/site_testing.hpp"

#include <string>

namespace fleet::server {
namespace {

using namespace testing;

/// V-1 at 8:00:00, 8:00:20 and 8:00:40 with 10, 20 and 20 km/h, and at 8:03 with 250.
class SeriesRoutes : public SiteTest {
  protected:
    SeriesRoutes() {
        start();
        std::string lines;
        for (const auto& [time, speed] :
             {std::pair{"08:00:00", 10}, {"08:00:20", 20}, {"08:00:40", 20}, {"08:03:00", 250}})
            lines += std::string(R"({"device_id":"V-1","fleet_id":"idf","ts":"2026-11-25T)") +
                     time + R"(Z","temp_c":-1,"speed_kmh":)" + std::to_string(speed) + "}\n";
        EXPECT_EQ(post("application/x-ndjson", lines).status, 200U);
    }
    static constexpr const char* kRange =
        "&from=2026-11-25T08:00:00Z&to=2026-11-25T08:04:00Z&points=4";
    std::string detail_of(const std::string& query) {
        const HttpAnswer answer = get("/api/v1/devices/V-1/series?" + query);
        EXPECT_EQ(answer.status, 400U) << query;
        return nlohmann::json::parse(answer.body)["detail"].get<std::string>();
    }
};

TEST_F(SeriesRoutes, APointHasEveryMemberAndGapsStayGaps) {
    const auto json = json_of(std::string("/api/v1/devices/V-1/series?metric=speed_kmh") + kRange);
    EXPECT_EQ(json, (nlohmann::json{{"metric", "speed_kmh"},
                                    {"bucket_s", 60},
                                    {"points",
                                     {{{"t", "2026-11-25T08:00:00.000Z"},
                                       {"min", 10},
                                       {"max", 20},
                                       {"mean", 16.666667},
                                       {"count", 3}},
                                      {{"t", "2026-11-25T08:03:00.000Z"},
                                       {"min", 250},
                                       {"max", 250},
                                       {"mean", 250},
                                       {"count", 1}}}}}));
}

TEST_F(SeriesRoutes, CsvHasTheSamePoints) {
    const HttpAnswer answer =
        get(std::string("/api/v1/devices/V-1/series?format=csv&metric=temp_c") + kRange);
    EXPECT_EQ(answer.body,
              "t,min,max,mean,count\n"
              "2026-11-25T08:00:00.000Z,-1,-1,-1,3\n"
              "2026-11-25T08:03:00.000Z,-1,-1,-1,1\n");
}

TEST_F(SeriesRoutes, DayAndDefaultsChooseTheBucket) {
    const std::string route = "/api/v1/devices/V-1/series?metric=speed_kmh";
    EXPECT_EQ(json_of(route)["bucket_s"], 1);  // three minutes of records
    EXPECT_EQ(json_of(route + "&day=2026-11-25")["bucket_s"], 300);
    EXPECT_EQ(json_of(route + "&day=2026-11-25&points=99999")["bucket_s"], 30);
    EXPECT_EQ(json_of(route + "&day=2026-11-24")["points"].size(), 0U);
    EXPECT_TRUE(json_of(route + "&day=2026-01-01").contains("retention_from"));
    EXPECT_EQ(get("/api/v1/devices/ghost/series?metric=speed_kmh").status, 404U);
}

TEST_F(SeriesRoutes, WrongParametersAreNamed) {
    EXPECT_NE(detail_of("points=5").find("'metric'"), std::string::npos);
    EXPECT_NE(detail_of("metric=speed_kph").find("did you mean 'speed_kmh'?"), std::string::npos);
    EXPECT_NE(detail_of("metric=rpm").find("known are: altitude_m"), std::string::npos);
    EXPECT_NE(detail_of("metric=heading_deg").find("no metric"), std::string::npos);
    for (const char* points : {"0", "-1", "x", "1.5", ""})
        EXPECT_NE(detail_of(std::string("metric=temp_c&points=") + points).find("'points'"),
                  std::string::npos);
    EXPECT_NE(detail_of("metric=temp_c&from=2026-11-25&to=2026-11-24").find("'from' is after"),
              std::string::npos);
    EXPECT_NE(detail_of("metric=temp_c&limit=4").find("unknown query parameter 'limit'"),
              std::string::npos);
}

}  // namespace
}  // namespace fleet::server
