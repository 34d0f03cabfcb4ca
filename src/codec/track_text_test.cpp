// SPDX-License-Identifier: Apache-2.0
#include "codec/track_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <string>

namespace fleet::codec {
namespace {

using model::Field;

constexpr std::int64_t kNoon = 1'795'608'000'000;  // 2026-11-25T12:00:00Z

/// Three fixes, the last one twenty minutes after the second, and a record without position.
model::Rows drive() {
    model::Rows rows;
    const auto add = [&](std::int64_t minute, bool placed) {
        model::Record r;
        r.device = "V-1";
        r.ts = {kNoon + minute * kMsPerMinute};
        if (placed) {
            r.set(Field::lat, 48'856'600);
            r.set(Field::lon, 2'352'200);
            r.set(Field::speed, 4'250);
        } else {
            r.set(Field::battery, 2'000);
        }
        model::append(rows, r);
    };
    add(0, true);
    add(1, true);
    add(2, false);
    add(21, true);
    return rows;
}

std::string written(TrackFormat format, const model::Rows& rows) {
    TrackText track(format, "V-1", "Fleet Tracing 1");
    std::string out;
    track.begin(out);
    // In two pieces, as pages come.
    const std::span<const model::Sample> all(rows.samples);
    track.add(out, all.first(all.size() / 2), rows.texts);
    track.add(out, all.subspan(all.size() / 2), rows.texts);
    track.end(out);
    EXPECT_EQ(track.written() + track.without_position(), rows.size());
    return out;
}

std::size_t count(const std::string& text, std::string_view what) {
    std::size_t found = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
        ++found;
    return found;
}

TEST(TrackText, GpxBeginsASegmentAfterASilence) {
    const std::string gpx = written(TrackFormat::gpx, drive());
    EXPECT_EQ(count(gpx, "<trkpt "), 3U);
    EXPECT_EQ(count(gpx, "<trkseg>"), 2U);
    EXPECT_EQ(count(gpx, "</trkseg>"), 2U);
    EXPECT_NE(
        gpx.find("<trkpt lat=\"48.8566\" lon=\"2.3522\"><time>2026-11-25T12:21:00.000Z</time>"),
        std::string::npos)
        << gpx;
    EXPECT_TRUE(gpx.ends_with("</trkseg>\n</trk>\n</gpx>\n"));
}

TEST(TrackText, GeoJsonHasAPointForEachPositionWithTheRestAsProperties) {
    const auto json = nlohmann::json::parse(written(TrackFormat::geojson, drive()));
    ASSERT_EQ(json["features"].size(), 3U);
    const auto& first = json["features"][0];
    EXPECT_EQ(first["geometry"]["coordinates"], (nlohmann::json{2.3522, 48.8566}));
    EXPECT_EQ(first["properties"],
              (nlohmann::json{
                  {"device_id", "V-1"}, {"ts", "2026-11-25T12:00:00.000Z"}, {"speed_kmh", 42.5}}));
}

TEST(TrackText, NothingIsStillAFile) {
    EXPECT_EQ(nlohmann::json::parse(written(TrackFormat::geojson, {}))["features"].size(), 0U);
    const std::string gpx = written(TrackFormat::gpx, {});
    EXPECT_EQ(count(gpx, "trkseg"), 0U);
    EXPECT_TRUE(gpx.ends_with("</trk>\n</gpx>\n"));
}

}  // namespace
}  // namespace fleet::codec
