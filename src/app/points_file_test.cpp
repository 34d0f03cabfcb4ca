// SPDX-License-Identifier: Apache-2.0
#include "app/points_file.hpp"

#include <gtest/gtest.h>

namespace fleet::app {
namespace {

TEST(PointsFile, ColumnsAreFoundByNameAndRowsKeepTheirOrder) {
    const auto points = parse_points_file(
        "\xEF\xBB\xBFnote,lon, id "
        ",lat\r\nx,2.3522,b,48.8566\r\n\r\n\"y,\n\",-180,\"a\"\"1\",-90\r\n");
    ASSERT_TRUE(points) << points.error().message;
    ASSERT_EQ(points->rows.size(), 2U);
    EXPECT_EQ(points->rows[0].id, "b");
    EXPECT_EQ(points->rows[0].lat, "48.8566");
    EXPECT_EQ(points->rows[0].at, (model::GeoPoint{48'856'600, 2'352'200}));
    EXPECT_EQ(points->rows[1].id, "a\"1");
    EXPECT_EQ(points->rows[1].at, (model::GeoPoint{-90'000'000, -180'000'000}));
}

TEST(PointsFile, CoordinatesAreRoundedHalfAwayFromZero) {
    const auto points = parse_points_file("id\tlat\tlon\n1\t48.1234565\t-2.1234565\n");
    ASSERT_TRUE(points) << points.error().message;
    EXPECT_EQ(points->rows[0].at, (model::GeoPoint{48'123'457, -2'123'457}));
}

TEST(PointsFile, EveryWrongRowIsNamedWithItsLine) {
    const auto points = parse_points_file(
        "id,lat,lon\n1,90.0000001,0\n2,1,180.0000001\n3,,5\n\"4\n5\",1,2\n6,1\n7,nan,1\n8,1,2\n");
    ASSERT_FALSE(points);
    EXPECT_EQ(points.error().code, Code::invalid_argument);
    const std::string& message = points.error().message;
    for (const char* part :
         {"line 2: lat '90.0000001'", "line 3: lon '180.0000001'", "line 4: lat ''",
          "line 7: 2 cells where the header has 3", "line 8: lat 'nan'"})
        EXPECT_NE(message.find(part), std::string::npos) << part << " in " << message;
    EXPECT_EQ(message.find("line 5"), std::string::npos) << message;
    EXPECT_EQ(message.find("line 9"), std::string::npos) << message;
}

TEST(PointsFile, AHeaderThatIsNoneSaysWhatIsNeeded) {
    for (const auto& [text, part] : {std::pair{"", "line 1: a header"},
                                     {"id,lat\n1,2\n", "no column lon"},
                                     {"id,lat,lon,lat\n", "lat is there twice"},
                                     {"\"id,lat,lon\n1,2,3\n", "line 1: the quotes"}}) {
        const auto points = parse_points_file(text);
        ASSERT_FALSE(points) << text;
        EXPECT_NE(points.error().message.find(part), std::string::npos) << points.error().message;
    }
    const auto none = parse_points_file("id,lat,lon\n");
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->rows.empty());
}

}  // namespace
}  // namespace fleet::app
