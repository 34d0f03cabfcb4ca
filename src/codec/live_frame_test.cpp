// SPDX-License-Identifier: Apache-2.0
#include "codec/live_frame.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

namespace fleet::codec {
namespace {

constexpr std::int64_t kBase = 1'795'590'489'123;  // 2026-11-25T07:08:09.123Z

/// A moving vehicle with everything, a silent one, one without position, one at the edges of every
/// type.
std::vector<LiveRow> example_rows() {
    LiveRow full;
    full.slot = 0;
    full.ts_ms = kBase - 400;
    full.pos_ts_ms = kBase - 1'400;
    full.lat = 488'566'000;
    full.lon = 23'522'000;
    full.speed = 4'250;
    full.heading = 27'000;
    full.battery = 8'125;
    full.temp = -525;
    full.humidity = 6'000;
    full.zone = 1;
    full.flags = kMoving | kIgnition;
    LiveRow silent;
    silent.slot = 1;
    LiveRow nowhere;
    nowhere.slot = 2;
    nowhere.ts_ms = kBase;
    nowhere.battery = 0;
    nowhere.flags = kCharging;
    LiveRow edge;
    edge.slot = 7'999;
    edge.ts_ms = kBase - (static_cast<std::int64_t>(kNoAge) - 1);
    edge.pos_ts_ms = edge.ts_ms;
    edge.lat = -900'000'000;
    edge.lon = 1'800'000'000;
    edge.speed = 30'000;
    edge.heading = 36'000;
    edge.battery = 10'000;
    edge.temp = 10'000;
    edge.humidity = 10'000;
    edge.zone = 65'535;
    edge.flags = kMoving | kCharging | kIgnition;
    return {full, silent, nowhere, edge};
}

const FrameHeader kSnap{FrameType::snap, 3'735'928'559, 17, kBase};
const FrameHeader kDelta{FrameType::delta, 3'735'928'559, 18, kBase};

std::filesystem::path examples() {
    return std::filesystem::path(FLEET_SOURCE_DIR) / "api" / "examples";
}

std::string hex_lines(std::string_view bytes) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        out += kHex[static_cast<unsigned char>(bytes[i]) >> 4];
        out += kHex[static_cast<unsigned char>(bytes[i]) & 0xF];
        if (i % 32 == 31 || i + 1 == bytes.size()) out += '\n';
    }
    return out;
}

/// Compares with a file of api/examples, which the dashboard's tests read too.
/// FLEET_UPDATE_GOLDEN=1 writes it anew.
void expect_example(const std::string& name, const std::string& content) {
    const auto path = examples() / name;
    if (std::getenv("FLEET_UPDATE_GOLDEN") != nullptr)
        std::ofstream(path, std::ios::binary) << content;
    std::ifstream file(path, std::ios::binary);
    ASSERT_TRUE(file) << path;
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), content) << path;
}

TEST(LiveFrame, ExamplesAreWhatTheEncoderWrites) {
    const auto rows = example_rows();
    expect_example("live_snap.hex", hex_lines(encode_frame(kSnap, rows)));
    expect_example("live_snap.json", encode_frame_json(kSnap, "idf", rows) + "\n");
    const std::span<const LiveRow> one(rows.data(), 1);
    expect_example("live_delta.hex", hex_lines(encode_frame(kDelta, one)));
    expect_example("live_delta.json", encode_frame_json(kDelta, "idf", one) + "\n");
}

TEST(LiveFrame, DecodingGivesTheRowsBack) {
    const auto rows = example_rows();
    for (std::size_t count = 0; count <= rows.size(); ++count) {
        const std::span<const LiveRow> some(rows.data(), count);
        const std::string bytes = encode_frame(kSnap, some);
        EXPECT_EQ(bytes.size(), frame_bytes(count));
        EXPECT_EQ(bytes.size() % 4, 0U);
        const auto frame = decode_frame(bytes);
        ASSERT_TRUE(frame) << frame.error().message;
        EXPECT_EQ(frame->header, kSnap);
        EXPECT_EQ(frame->rows, std::vector<LiveRow>(some.begin(), some.end()));
    }
}

TEST(LiveFrame, HeaderAndColumnsLieWhereTheProtocolSays) {
    const std::string bytes = encode_frame(kSnap, example_rows());
    const auto u8 = [&](std::size_t at) {
        return static_cast<unsigned>(static_cast<unsigned char>(bytes[at]));
    };
    const auto u16 = [&](std::size_t at) { return u8(at) | u8(at + 1) << 8; };
    const auto u32 = [&](std::size_t at) { return u16(at) | u16(at + 2) << 16; };
    EXPECT_EQ(u16(0), 0x5446U);
    EXPECT_EQ(u8(2), 1U);
    EXPECT_EQ(u8(3), 1U);
    EXPECT_EQ(u32(4), 3'735'928'559U);
    EXPECT_EQ(u32(8), 17U);
    EXPECT_EQ(u32(12), 4U);
    EXPECT_EQ(u32(24 + 12), 7'999U);           // slot of the fourth row
    EXPECT_EQ(u32(24 + 16), 488'566'000U);     // lat of the first
    EXPECT_EQ(u32(24 + 16 + 4), 0x80000000U);  // no position
    EXPECT_EQ(u32(24 + 48), 400U);             // age
    EXPECT_EQ(u32(24 + 64), 1'400U);           // age of the position
    EXPECT_EQ(u32(24 + 64 + 4), 4'294'967'295U);
    EXPECT_EQ(u16(24 + 80), 4'250U);  // speed
    EXPECT_EQ(u16(24 + 80 + 2), 65'535U);
    EXPECT_EQ(u8(24 + 80 + 6 * 8), 5U);  // flags
}

TEST(LiveFrame, AgesOutsideTheWireAreClamped) {
    LiveRow ahead;
    ahead.ts_ms = kBase + 60'000;
    LiveRow ancient;
    ancient.ts_ms = 1;
    const auto frame = decode_frame(encode_frame(kDelta, std::vector{ahead, ancient}));
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->rows[0].ts_ms, kBase);
    EXPECT_EQ(frame->rows[1].ts_ms, -1);
}

TEST(LiveFrame, JsonTwinSaysTheSame) {
    const auto rows = example_rows();
    const auto json = nlohmann::json::parse(encode_frame_json(kSnap, "idf", rows));
    EXPECT_EQ(json["type"], "snap");
    EXPECT_EQ(json["seq"], 17);
    EXPECT_EQ(json["epoch"], 3'735'928'559U);
    EXPECT_EQ(json["base"], "2026-11-25T07:08:09.123Z");
    ASSERT_EQ(json["rows"].size(), 4U);
    EXPECT_DOUBLE_EQ(json["rows"][0]["lat"], 48.8566);
    EXPECT_DOUBLE_EQ(json["rows"][0]["temp_c"], -5.25);
    EXPECT_EQ(json["rows"][0]["age_ms"], 400);
    EXPECT_EQ(json["rows"][0]["moving"], true);
    EXPECT_TRUE(json["rows"][1]["lat"].is_null());
    EXPECT_TRUE(json["rows"][1]["age_ms"].is_null());
    EXPECT_EQ(json["rows"][2]["battery_pct"], 0);
}

TEST(LiveFrame, EveryCutAndEveryLongerFrameIsRefused) {
    const std::string bytes = encode_frame(kSnap, example_rows());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_frame(bytes.substr(0, size))) << size;
    EXPECT_FALSE(decode_frame(bytes + std::string(4, '\0')));
}

TEST(LiveFrame, MutatedFramesDecodeToWhatEncodesBackOrFail) {
    const std::string good = encode_frame(kSnap, example_rows());
    std::mt19937 random(20261125);
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes = good;
        const std::size_t at = random() % bytes.size();
        bytes[at] = static_cast<char>(random());
        const auto frame = decode_frame(bytes);
        if (!frame) continue;
        EXPECT_EQ(encode_frame(frame->header, frame->rows), bytes)
            << "seed 20261125, round " << i << ", byte " << at;
    }
}

TEST(LiveFrame, ForeignHeadersAreNamed) {
    std::string bytes = encode_frame(kSnap, {});
    bytes[2] = 2;
    EXPECT_EQ(decode_frame(bytes).error().code, Code::unsupported);
    bytes = encode_frame(kSnap, {});
    bytes[3] = 3;
    EXPECT_EQ(decode_frame(bytes).error().code, Code::corrupt);
    bytes = encode_frame(kSnap, {});
    bytes[0] = 0;
    EXPECT_EQ(decode_frame(bytes).error().code, Code::corrupt);
}

}  // namespace
}  // namespace fleet::codec
