// SPDX-License-Identifier: Apache-2.0
#include "codec/geojson.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <numeric>
#include <random>

namespace fleet::codec {
namespace {

using model::Circle;
using model::Corridor;
using model::GeoPoint;
using model::Polygons;
using model::Ring;
using model::Zone;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A Feature with id "z" and more properties.
std::string feature(const std::string& geometry, const std::string& more = "",
                    const std::string& id = "z") {
    return fmt::format(R"({{"type":"Feature","properties":{{"id":"{}"{}}},"geometry":{}}})", id,
                       more.empty() ? "" : "," + more, geometry);
}
std::string collection(const std::vector<std::string>& features) {
    std::string out = R"({"type":"FeatureCollection","features":[)";
    for (const std::string& f : features) out += (out.back() == '[' ? "" : ",") + f;
    return out + "]}";
}
std::string polygon(const std::string& coordinates) {
    return R"({"type":"Polygon","coordinates":)" + coordinates + "}";
}
const std::string kTriangle = R"({"type":"Polygon","coordinates":[[[0,0],[1,0],[0,1],[0,0]]]})";

std::vector<Zone> zones(const std::string& text) {
    auto decoded = decode_zones(text);
    EXPECT_TRUE(decoded) << (decoded ? "" : decoded.error().message);
    return decoded ? std::move(decoded).value() : std::vector<Zone>();
}
Zone zone(const std::string& text) {
    auto all = zones(text);
    return all.size() == 1 ? all.front() : Zone();
}
std::string problem(const std::string& text) {
    const auto decoded = decode_zones(text);
    return decoded ? "" : decoded.error().message;
}

TEST(GeoJson, GivesPolygonsWithHolesAndParts) {
    const Zone z = zone(collection({feature(
        polygon("[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[2,1],[1,2],[1,1]]]"),
        R"("name":"Dépôt \"A\"","confirm_s":1.5,"exit_margin_m":25,"population":12,"x":{"y":[]})")}));
    EXPECT_EQ(z.id, "z");
    EXPECT_EQ(z.name, "Dépôt \"A\"");
    EXPECT_EQ(z.confirm_ms, 1'500);
    EXPECT_EQ(z.exit_margin_mm, 25'000);
    const Ring outer{{0, 0}, {0, 4'000'000}, {4'000'000, 4'000'000}, {4'000'000, 0}};
    const Ring hole{{1'000'000, 1'000'000}, {1'000'000, 2'000'000}, {2'000'000, 1'000'000}};
    EXPECT_EQ(std::get<Polygons>(z.shape), (Polygons{{outer, hole}}));
    const Zone parts = zone(feature(R"({"coordinates":[[[[0,0],[1,0],[0,1],[0,0]]],
        [[[5,5,120.5],[6,5,0],[5,6,0],[5,5,99]]]],"type":"MultiPolygon","bbox":[0,0,6,6]})"));
    EXPECT_EQ(std::get<Polygons>(parts.shape).rings.size(), 2U);
}

TEST(GeoJson, GivesCirclesAndCorridors) {
    const auto both = zones(collection(
        {feature(R"({"type":"Point","coordinates":[2.3488,48.85341]})", R"("radius_m":250.5)", "a"),
         feature(R"({"type":"LineString","coordinates":[[0,1],[2,3]]})", R"("width_m":0.005)",
                 "b")}));
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(std::get<Circle>(both[0].shape), (Circle{{48'853'410, 2'348'800}, 250'500}));
    // Half of 5 mm is rounded away from zero.
    EXPECT_EQ(std::get<Corridor>(both[1].shape),
              (Corridor{{{1'000'000, 0}, {3'000'000, 2'000'000}}, 3}));
}

TEST(GeoJson, TakesCodeAndNomForIdAndName) {
    const auto named = [](const std::string& properties) {
        return zone(fmt::format(R"({{"type":"Feature","properties":{},"geometry":{}}})", properties,
                                kTriangle));
    };
    EXPECT_EQ(named(R"({"code":"75","nom":"Paris"})").id, "75");
    EXPECT_EQ(named(R"({"code":"75","nom":"Paris"})").name, "Paris");
    EXPECT_EQ(named(R"({"id":7,"code":"75"})").id, "7");
    EXPECT_EQ(named(R"({"id":null,"code":75,"name":null,"nom":"x"})").id, "75");
    EXPECT_EQ(named(R"({"id":"a","name":"n","nom":"x"})").name, "n");
}

TEST(GeoJson, RoundsCoordinatesHalfAwayFromZero) {
    const Zone z = zone(
        feature(R"({"type":"Point","coordinates":[-0.0000005,48.8534104999]})", R"("radius_m":1)"));
    EXPECT_EQ(std::get<Circle>(z.shape).centre, (GeoPoint{48'853'410, -1}));
}

TEST(GeoJson, TakesAByteOrderMarkAndAnEmptyCollection) {
    EXPECT_TRUE(zones("\xEF\xBB\xBF{\"type\":\"FeatureCollection\",\"features\":[]}").empty());
}

TEST(GeoJson, RefusesWhatIsNoZoneWithThePath) {
    const auto one = [](const std::string& geometry, const std::string& more = "") {
        return problem(collection({feature(geometry, more)}));
    };
    EXPECT_EQ(one(polygon("[[[0,0],[1,0],[0,1]]]")),
              "features[0].geometry.coordinates[0]: open ring: its last position must repeat the "
              "first");
    EXPECT_THAT(one(polygon("[[[0,0],[2,2],[2,0],[0,2],[0,0]]]")),
                HasSubstr("features[0].geometry.coordinates[0]: the ring crosses itself between "
                          "edge 0 ([0.000000,0.000000] to [2.000000,2.000000]) and edge 2"));
    EXPECT_THAT(one(R"({"type":"MultiPolygon","coordinates":[[[[0,0],[4,0],[4,4],[0,0]]],
                       [[[3,1],[9,1],[9,2],[3,2],[3,1]]]]})"),
                HasSubstr("features[0].geometry.coordinates[1][0]: the ring crosses "
                          "coordinates[0][0]: its edge"));
    EXPECT_THAT(one(polygon("[[[0,0],[1,0],[0,95],[0,0]]]")),
                HasSubstr("features[0].geometry.coordinates[0][2]: latitude 95 is outside"));
    EXPECT_THAT(one(polygon("[[[652469.02,6862035.26],[1,0],[0,1],[0,0]]]")),
                HasSubstr("coordinates[0][0]: longitude 652469.02 is outside -180 to 180; "
                          "coordinates are degrees of WGS 84"));
    EXPECT_THAT(one(polygon("[[[0,0],[1,\"0\"],[0,1],[0,0]]]")),
                HasSubstr("coordinates[0][1][1]: a text where a number belongs"));
    EXPECT_THAT(one(polygon("[[[0,0],[1],[0,1],[0,0]]]")),
                HasSubstr("coordinates[0][1]: a position needs longitude and latitude"));
    EXPECT_THAT(one(polygon("[[[0,0],[[1,0]],[0,1],[0,0]]]")),
                HasSubstr("coordinates[0][1][0]: positions stand at different depths"));
    EXPECT_THAT(one(polygon("[[[0,0],null,[0,1],[0,0]]]")),
                HasSubstr("coordinates[0][1]: null where an array belongs"));
    EXPECT_THAT(one(polygon("[[[[[1,1]]]]]")), HasSubstr("nested too deeply for a geometry"));
    EXPECT_THAT(one(polygon("[]")), HasSubstr("geometry.coordinates: empty"));
    EXPECT_THAT(one(polygon("7")), HasSubstr("geometry.coordinates: a number where an array"));
    EXPECT_THAT(one(polygon("[[0,0],[1,0],[0,1],[0,0]]")),
                HasSubstr("nested like those of a LineString, not of a Polygon"));
    EXPECT_THAT(one(R"({"type":"GeometryCollection","geometries":[]})"),
                HasSubstr("geometry.type: \"GeometryCollection\" is no zone; use Polygon"));
    EXPECT_THAT(one(R"({"type":"Polygon"})"), HasSubstr("geometry.coordinates: missing"));
    EXPECT_THAT(one(R"({"coordinates":[1,1]})"), HasSubstr("geometry.type: missing"));
    EXPECT_THAT(one("null"), HasSubstr("features[0].geometry: missing"));
    EXPECT_THAT(one("[]"), HasSubstr("features[0].geometry: an array where a geometry belongs"));
    const std::string point = R"({"type":"Point","coordinates":[1,1]})";
    EXPECT_THAT(one(point), HasSubstr("features[0].properties.radius_m: missing"));
    EXPECT_THAT(one(point, R"("radius_m":-1)"),
                HasSubstr("properties.radius_m: -1 is outside 0 to 10000000 m"));
    EXPECT_THAT(one(point, R"("radius_m":0.0001)"),
                HasSubstr("properties.radius_m: a radius of 0 m; it must be above 0"));
    EXPECT_THAT(one(point, R"("radius_m":"5")"),
                HasSubstr("properties.radius_m: a text where a number belongs"));
    EXPECT_THAT(one(R"({"type":"LineString","coordinates":[[1,1],[1,1]]})", R"("width_m":5)"),
                HasSubstr("features[0].geometry.coordinates: the line has fewer than 2"));
    EXPECT_THAT(one(R"({"type":"LineString","coordinates":[[1,1],[1,2]]})", R"("width_m":200001)"),
                HasSubstr("properties.width_m: 200001 is outside 0 to 200000 m"));
    EXPECT_THAT(one(kTriangle, R"("confirm_s":-0.1)"),
                HasSubstr("properties.confirm_s: -0.1 is outside 0 to 2592000 s"));
    EXPECT_THAT(one(kTriangle, R"("exit_margin_m":1e9)"), HasSubstr("properties.exit_margin_m"));
    EXPECT_THAT(one(kTriangle, R"("name":5)"),
                HasSubstr("properties.name: a number where a text belongs"));
    EXPECT_THAT(one(kTriangle, "\"name\":\"" + std::string(257, 'x') + "\""),
                HasSubstr("properties.name: longer than 256 bytes"));
    EXPECT_THAT(one(kTriangle, R"("id":"again")"),
                HasSubstr("properties.id: the member comes twice"));
}

TEST(GeoJson, RefusesIdsThatAreMissingBadOrTaken) {
    EXPECT_THAT(problem(collection({feature(kTriangle, "", "a b")})),
                HasSubstr("features[0].properties.id: \"a b\" is no id"));
    EXPECT_THAT(
        problem(R"({"type":"Feature","properties":{"code":"é"},"geometry":)" + kTriangle + "}"),
        HasSubstr("properties.code: \"é\" is no id"));
    EXPECT_THAT(
        problem(R"({"type":"Feature","properties":{"id":true},"geometry":)" + kTriangle + "}"),
        AllOf(HasSubstr("properties.id: true or false where a text or a number belongs"),
              Not(HasSubstr("missing"))));
    EXPECT_THAT(
        problem(R"({"type":"Feature","id":"q","properties":null,"geometry":)" + kTriangle + "}"),
        HasSubstr("properties.id: missing; each zone needs an id"));
    EXPECT_THAT(problem(collection({feature(kTriangle, "", "a"), feature(kTriangle, "", "b"),
                                    feature(kTriangle, "", "a")})),
                HasSubstr("features[2].properties.id: \"a\" is the id of features[0] too"));
}

TEST(GeoJson, RefusesOtherDocuments) {
    EXPECT_THAT(problem("[]"), HasSubstr("the file is an array; a FeatureCollection belongs here"));
    EXPECT_THAT(problem("{}"), HasSubstr("type: missing"));
    EXPECT_THAT(problem(kTriangle), HasSubstr("type: \"Polygon\" is not read"));
    EXPECT_THAT(problem(R"({"type":"FeatureCollection"})"), HasSubstr("features: missing"));
    EXPECT_THAT(problem(R"({"type":"FeatureCollection","features":{}})"),
                HasSubstr("features: an object where an array belongs"));
    EXPECT_THAT(problem(R"({"type":"Feature","features":[]})"), HasSubstr("a Feature has none"));
    EXPECT_THAT(problem(collection({"5", R"({"type":"feature"})", "{}"})),
                AllOf(HasSubstr("features[0]: a number where a Feature belongs"),
                      HasSubstr("features[1].type: \"feature\" where \"Feature\" belongs"),
                      HasSubstr("features[2].type: missing")));
    EXPECT_EQ(decode_zones("{}", 1).error().code, Code::too_large);
}

TEST(GeoJson, SaysWhereTheTextIsNoJson) {
    EXPECT_EQ(problem("{\"type\":\"FeatureCollection\",\n \"features\":[}"),
              "line 2, column 14: expected a value; it is no JSON from there on");
    EXPECT_THAT(problem(""), HasSubstr("line 1, column 1: the text ends inside a value"));
    EXPECT_THAT(problem(collection({}) + "x"), HasSubstr("text after the end of the value"));
    // What was found before is told too.
    EXPECT_THAT(problem(R"({"type":"FeatureCollection","features":[5,)"),
                AllOf(HasSubstr("2 problems"), HasSubstr("features[0]: a number"),
                      HasSubstr("line 1, column 43")));
}

TEST(GeoJson, ListsTheFirstTwentyProblemsAndTakesNothing) {
    std::vector<std::string> features;
    for (int i = 0; i < 30; ++i)
        features.push_back(feature(i == 0 ? kTriangle : "null", "", fmt::format("z{}", i)));
    const std::string message = problem(collection(features));
    EXPECT_THAT(message, AllOf(HasSubstr("29 problems, nothing was taken\n"),
                               HasSubstr("\n  features[20].geometry: missing"),
                               Not(HasSubstr("features[21]")), HasSubstr("… and 9 more")));
}

/// A ring that does not cross itself, around a place.
Ring star(GeoPoint centre, std::int32_t reach, std::mt19937_64& rng) {
    std::vector<GeoPoint> around{{1, 0},  {2, 1},  {1, 1},   {1, 2},   {0, 1},  {-1, 2},
                                 {-1, 1}, {-1, 0}, {-2, -1}, {-1, -1}, {0, -1}, {1, -1}};
    Ring ring;
    for (const GeoPoint d : around)
        if (rng() % 4 != 0 || d.lon == 0 || d.lat == 0)
            ring.push_back({centre.lat + d.lat * reach, centre.lon + d.lon * reach});
    return ring;
}

TEST(GeoJson, ReadsWhatItWroteAsTheSameZones) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937_64 rng(seed);
        const auto between = [&](std::int32_t low, std::int32_t high) {
            return std::uniform_int_distribution<std::int32_t>(low, high)(rng);
        };
        std::vector<Zone> written;
        for (int i = between(0, 6); i > 0; --i) {
            Zone z;
            z.id = fmt::format("zone-{}", i);
            if (between(0, 1) == 0) z.name = "Zoné \"\n" + std::to_string(i);
            z.confirm_ms = between(0, 2) * 1'234;
            z.exit_margin_mm = between(0, 2) * 777;
            const GeoPoint at{between(-80'000'000, 80'000'000), between(-170'000'000, 170'000'000)};
            switch (between(0, 2)) {
                case 0: z.shape = Circle{at, between(1, 1'000'000)}; break;
                case 1: {
                    Corridor line{{at}, between(1, 1'000'000)};
                    for (int p = between(1, 9); p > 0; --p)
                        line.line.push_back({line.line.back().lat + between(1, 9'999),
                                             line.line.back().lon - between(0, 9'999)});
                    z.shape = line;
                    break;
                }
                default: {
                    // Islands with a lake, an island in the lake, a pond in that.
                    Polygons polygons;
                    for (int part = between(1, 3); part > 0; --part) {
                        const GeoPoint centre{at.lat, at.lon + part * 900'000};
                        for (const std::int32_t reach : {80'000, 20'000, 5'000, 1'250}) {
                            polygons.rings.push_back(star(centre, reach, rng));
                            if (between(0, 1) == 0) break;
                        }
                    }
                    z.shape = polygons;
                }
            }
            written.push_back(z);
        }
        const std::string text = encode_zones(written);
        ASSERT_TRUE(nlohmann::json::accept(text)) << text;
        const auto read = decode_zones(text);
        ASSERT_TRUE(read) << read.error().message << text;
        ASSERT_EQ(*read, written) << text;
    }
}

TEST(GeoJson, WritesHolesInsideTheirPolygon) {
    const auto square = [](std::int32_t low, std::int32_t high) {
        return Ring{{low, low}, {low, high}, {high, high}, {high, low}};
    };
    Zone z;
    z.id = "z";
    // Hole first: it is a hole all the same.
    z.shape = Polygons{{square(1, 2), square(0, 9), square(20, 30)}};
    const auto json = nlohmann::json::parse(encode_zones(std::vector{z}));
    const auto& geometry = json["features"][0]["geometry"];
    EXPECT_EQ(geometry["type"], "MultiPolygon");
    ASSERT_EQ(geometry["coordinates"].size(), 2U);
    EXPECT_EQ(geometry["coordinates"][0].size(), 2U);
    EXPECT_EQ(geometry["coordinates"][1].size(), 1U);
    EXPECT_EQ(geometry["coordinates"][0][0][2][0], 9e-6);
}

}  // namespace
}  // namespace fleet::codec
