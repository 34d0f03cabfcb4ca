// SPDX-License-Identifier: Apache-2.0
#include "server/scan_route.hpp"
#include "server/site_testing.hpp"

#include <gmock/gmock.h>

#include <string>

namespace fleet::server {
namespace {

using namespace testing;
using model::Field;
using store::Compare;

TEST(Where, ReadsEveryOperatorInTheUnitOfTheField) {
    const auto conditions =
        *parse_where("speed_kmh>90,battery_pct<=20.5,lat>=-1,heading_deg<1,charging=true");
    EXPECT_EQ(conditions,
              (std::vector<store::ScanCondition>{{Field::speed, Compare::above, 90'00},
                                                 {Field::battery, Compare::at_most, 20'50},
                                                 {Field::lat, Compare::at_least, -1'000'000},
                                                 {Field::heading, Compare::below, 1'00},
                                                 {Field::charging, Compare::equal, 1}}));
}

TEST(Where, SaysWhatIsWrongAndWhatWouldBeRight) {
    const auto why = [](std::string_view text) {
        const auto conditions = parse_where(text);
        return conditions ? "accepted" : conditions.error().message;
    };
    EXPECT_THAT(why("sped_kmh>9"), ::testing::HasSubstr("did you mean 'speed_kmh'"));
    EXPECT_THAT(why("zone=1"), ::testing::HasSubstr("there are lat, lon"));
    EXPECT_THAT(why("speed_kmh"), ::testing::HasSubstr("needs one of < <= = >= >"));
    EXPECT_THAT(why("speed_kmh>"), ::testing::HasSubstr("'' is no number"));
    EXPECT_THAT(why("speed_kmh>fast"), ::testing::HasSubstr("'fast' is no number"));
    EXPECT_THAT(why("speed_kmh>90.001"), ::testing::HasSubstr("stored with 2 decimals"));
    EXPECT_THAT(why("speed_kmh>900"), ::testing::HasSubstr("never 900"));
    EXPECT_THAT(why("speed_kmh>90,"), ::testing::HasSubstr("''"));
    EXPECT_THAT(why(""), ::testing::HasSubstr("needs one of"));
    std::string many = "fuel_pct>1";
    for (int i = 0; i < 8; ++i) many += ",fuel_pct>1";
    EXPECT_THAT(why(many), ::testing::HasSubstr("more than 8"));
}

/// V-1 and V-2 with 10, 100 and 120 km/h at 8:00, 8:01 and 8:02.
class ScanRoutes : public SiteTest {
  protected:
    ScanRoutes() {
        start();
        std::string lines;
        for (const std::string id : {"V-1", "V-2"})
            for (const auto& [time, speed] :
                 {std::pair{"08:00:00", 10}, {"08:01:00", 100}, {"08:02:00", 120}})
                lines += R"({"device_id":")" + id + R"(","fleet_id":"idf","ts":"2026-11-25T)" +
                         time + R"(Z","battery_pct":50,"speed_kmh":)" + std::to_string(speed) +
                         "}\n";
        EXPECT_EQ(post("application/x-ndjson", lines).status, 200U);
    }
    static constexpr const char* kFast = "/api/v1/fleets/idf/scan?where=speed_kmh%3E90";
};

TEST_F(ScanRoutes, RowsCarryTheFieldsThatWereAskedFor) {
    const auto first = json_of(std::string(kFast) + "&fields=speed_kmh&limit=3");
    EXPECT_EQ(first["items"],
              (nlohmann::json{
                  {{"device_id", "V-1"}, {"ts", "2026-11-25T08:01:00.000Z"}, {"speed_kmh", 100}},
                  {{"device_id", "V-1"}, {"ts", "2026-11-25T08:02:00.000Z"}, {"speed_kmh", 120}},
                  {{"device_id", "V-2"}, {"ts", "2026-11-25T08:01:00.000Z"}, {"speed_kmh", 100}}}));
    const auto rest = json_of(std::string(kFast) + "&fields=speed_kmh&limit=3&cursor=" +
                              first["next"].get<std::string>());
    EXPECT_EQ(rest["items"].size(), 1U);
    EXPECT_TRUE(rest["next"].is_null());
    EXPECT_EQ(get(std::string(kFast) + "&format=csv&fields=battery_pct&limit=1").body,
              "device_id,ts,battery_pct\nV-1,2026-11-25T08:01:00.000Z,50\n");
}

TEST_F(ScanRoutes, AMetricGivesDays) {
    const auto days = json_of(std::string(kFast) + "&metric=speed_kmh");
    EXPECT_EQ(days["items"][1], (nlohmann::json{{"device_id", "V-2"},
                                                {"day", "2026-11-25"},
                                                {"min", 100},
                                                {"max", 120},
                                                {"mean", 110},
                                                {"count", 2}}));
    EXPECT_EQ(get(std::string(kFast) + "&metric=battery_pct&format=csv").body,
              "device_id,day,min,max,mean,count\n"
              "V-1,2026-11-25,50,50,50,2\nV-2,2026-11-25,50,50,50,2\n");
}

TEST_F(ScanRoutes, WhatCannotBeAskedIsRefused) {
    EXPECT_EQ(get("/api/v1/fleets/nowhere/scan").status, 404U);
    EXPECT_EQ(get("/api/v1/fleets/idf/scan?where=speed>1").status, 400U);
    EXPECT_EQ(get(std::string(kFast) + "&metric=speed_kmh&fields=lat").status, 400U);
    EXPECT_EQ(get(std::string(kFast) + "&metric=lat").status, 400U);
    EXPECT_EQ(json_of(std::string(kFast) + "&day=2026-11-24")["items"].size(), 0U);
}

}  // namespace
}  // namespace fleet::server
