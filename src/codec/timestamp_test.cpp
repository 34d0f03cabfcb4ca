// SPDX-License-Identifier: Apache-2.0
#include "codec/timestamp.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace fleet::codec {
namespace {

std::string shown(const std::optional<Timestamp>& t) { return t ? format_rfc3339(*t) : "none"; }

std::string parsed(const char* text, std::optional<std::string> format = {},
                   std::optional<TimeZone> zone = {}) {
    const auto parser = TimeParser::make(std::move(format), std::move(zone));
    return parser ? shown(parser->parse(text)) : parser.error().message;
}

TEST(Time, ReadsRfc3339AndEpochNumbersByMagnitude) {
    EXPECT_EQ(parsed("2026-11-25T07:08:09.123Z"), "2026-11-25T07:08:09.123Z");
    EXPECT_EQ(parsed("2026-11-25 07:08:09+02:00"), "2026-11-25T05:08:09.000Z");
    EXPECT_EQ(parsed("1700000000"), "2023-11-14T22:13:20.000Z");
    EXPECT_EQ(parsed("1700000000.1235"), "2023-11-14T22:13:20.124Z");
    EXPECT_EQ(parsed("1700000000123"), "2023-11-14T22:13:20.123Z");
    EXPECT_EQ(parsed("99999999999"), "5138-11-16T09:46:39.000Z");
    EXPECT_EQ(parsed("100000000000"), "1973-03-03T09:46:40.000Z");
}

TEST(Time, RefusesImpossibleDatesAndTimesWithoutZone) {
    for (const char* text :
         {"", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-25T24:00:00Z",
          "2026-11-25T07:60:00Z", "2026-11-25T07:08:09", "2026-11-25", "yesterday",
          "2026-11-25T07:08:09.Z", "nan", "11/25/2026 07:08:09"})
        EXPECT_EQ(parsed(text), "none") << text;
}

TEST(Time, UsesTheGivenZoneForTimesWithoutOne) {
    EXPECT_EQ(parsed("2026-11-25T07:08:09", {}, TimeZone(3'600)), "2026-11-25T06:08:09.000Z");
    EXPECT_EQ(parsed("2026-11-25 07:08:09.5", {}, TimeZone()), "2026-11-25T07:08:09.500Z");
    EXPECT_EQ(parsed("2026-11-25T07:08:09Z", {}, TimeZone(3'600)), "2026-11-25T07:08:09.000Z");
}

TEST(Time, ReadsStrftimeFormats) {
    const TimeZone utc;
    EXPECT_EQ(parsed("04/22/2021 08:42:50", "%m/%d/%Y %H:%M:%S", utc), "2021-04-22T08:42:50.000Z");
    EXPECT_EQ(parsed("4/2/2021 8:2:5", "%m/%d/%Y %H:%M:%S", utc), "2021-04-02T08:02:05.000Z");
    EXPECT_EQ(parsed("20210422084250", "%Y%m%d%H%M%S", utc), "2021-04-22T08:42:50.000Z");
    EXPECT_EQ(parsed("22-Apr-99 11:42:50.25 pm", "%d-%b-%y %I:%M:%S.%f %p", utc),
              "1999-04-22T23:42:50.250Z");
    EXPECT_EQ(parsed("2021-04-22 08:42:50 +0200", "%F %T %z"), "2021-04-22T06:42:50.000Z");
    EXPECT_EQ(parsed("1619080970.5", "%s"), "2021-04-22T08:42:50.500Z");
    EXPECT_EQ(parsed("04/22/2021 08:42:50", "%m/%d/%Y %H:%M:%S"), "none") << "no zone";
    EXPECT_EQ(parsed("02/30/2021 08:42:50", "%m/%d/%Y %H:%M:%S", utc), "none");
    EXPECT_EQ(parsed("04/22/2021 08:42:50 ", "%m/%d/%Y %H:%M:%S", utc), "none")
        << "text after the end";
}

TEST(Time, SaysWhatIsWrongWithAFormat) {
    EXPECT_NE(parsed("x", "%Y-%q").find("\"%q\" is not offered"), std::string::npos);
    EXPECT_NE(parsed("x", "%H:%M").find("has no date"), std::string::npos);
    EXPECT_NE(parsed("x", "%").find("is not offered"), std::string::npos);
}

TEST(Time, FastPathAgreesWithTheGeneralOne) {
    std::mt19937 rng(9);
    DateCache cache;
    int taken = 0;
    for (int i = 0; i < 50'000; ++i) {
        std::string text = format_rfc3339(
            {static_cast<std::int64_t>(rng()) * 1000 + static_cast<std::int64_t>(rng() % 1000)});
        if (rng() % 2 == 0) text[rng() % text.size()] = static_cast<char>(rng() % 128);
        if (rng() % 4 == 0) text = text.substr(0, 19) + "Z";
        const std::string padded = text + std::string(24, ',');
        Timestamp fast;
        const char* const end = parse_rfc3339_utc(padded.data(), cache, fast);
        if (end == nullptr || *end != ',') continue;
        ++taken;
        ASSERT_EQ(
            shown(parse_rfc3339({padded.data(), static_cast<std::size_t>(end - padded.data())})),
            format_rfc3339(fast))
            << text;
    }
    EXPECT_GT(taken, 20'000);
}

/// A TZif file of version 2 with one type per transition.
std::string tzif(const std::vector<std::pair<std::int64_t, std::int32_t>>& transitions,
                 std::int32_t first_offset, const std::string& rule) {
    const auto big = [](std::int64_t value, int bytes) {
        std::string out;
        for (int i = bytes - 1; i >= 0; --i)
            out.push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
        return out;
    };
    const auto header = [&](std::int64_t times, std::int64_t types, std::int64_t chars) {
        return "TZif2" + std::string(15, '\0') + big(0, 4) + big(0, 4) + big(0, 4) + big(times, 4) +
               big(types, 4) + big(chars, 4);
    };
    const auto count = static_cast<std::int64_t>(transitions.size());
    std::string out = header(0, 1, 1) + big(0, 4) + std::string(2, '\0') + std::string(1, '\0') +
                      header(count, count + 1, 1);
    for (const auto& t : transitions) out += big(t.first, 8);
    for (std::int64_t i = 0; i < count; ++i) out += big(i + 1, 1);
    out += big(first_offset, 4) + std::string(2, '\0');
    for (const auto& t : transitions) out += big(t.second, 4) + std::string(2, '\0');
    return out + std::string(1, '\0') + "\n" + rule + "\n";
}

TimeZone paris() {
    // The clock changes of 2021 as transitions, those of later years by rule.
    return TimeZone(*parse_tzif(tzif({{1'616'893'200, 7'200}, {1'635'642'000, 3'600}}, 3'600,
                                     "CET-1CEST,M3.5.0,M10.5.0/3")));
}

TEST(TimeZone, FollowsTransitionsAndTheRuleAfterThem) {
    const auto at = [](const char* text) { return parsed(text, {}, paris()); };
    EXPECT_EQ(at("2021-01-15T12:00:00"), "2021-01-15T11:00:00.000Z");
    EXPECT_EQ(at("2021-07-15T12:00:00"), "2021-07-15T10:00:00.000Z");
    EXPECT_EQ(at("2026-01-15T12:00:00"), "2026-01-15T11:00:00.000Z");
    EXPECT_EQ(at("2026-07-15T12:00:00"), "2026-07-15T10:00:00.000Z");
    EXPECT_EQ(at("2026-03-29T01:59:59"), "2026-03-29T00:59:59.000Z");
    EXPECT_EQ(at("2026-03-29T03:00:00"), "2026-03-29T01:00:00.000Z");
}

TEST(TimeZone, TakesTheFirstOfTwoTimesAndTheOffsetBeforeAGap) {
    const auto at = [](const char* text) { return parsed(text, {}, paris()); };
    EXPECT_EQ(at("2026-10-25T02:30:00"), "2026-10-25T00:30:00.000Z") << "occurs twice";
    EXPECT_EQ(at("2026-10-25T03:00:00"), "2026-10-25T02:00:00.000Z");
    EXPECT_EQ(at("2026-03-29T02:30:00"), "2026-03-29T01:30:00.000Z") << "never occurs";
}

TEST(TimeZone, KnowsTheOtherNotationsOfARule) {
    const auto offset = [](const char* rule, const char* utc) {
        const auto rules = parse_tzif(tzif({}, 0, rule));
        return rules ? (*rules)->offset_at(*parse_rfc3339(utc)) : -1;
    };
    EXPECT_EQ(offset("<-03>3", "2026-07-01T00:00:00Z"), -10'800);
    EXPECT_EQ(offset("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01T00:00:00Z"), 39'600)
        << "summer over the turn of the year";
    EXPECT_EQ(offset("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-07-01T00:00:00Z"), 36'000);
    EXPECT_EQ(offset("X0Y-2,J60/0,J300/0", "2024-03-01T00:00:00Z"), 7'200)
        << "J60 is 1 March in a leap year too";
    EXPECT_EQ(offset("X0Y-2,J60/0,J300/0", "2024-02-29T23:59:59Z"), 0);
    EXPECT_EQ(offset("X0Y,59/0,300/0", "2024-02-29T00:00:00Z"), 3'600)
        << "59 is 29 February in a leap year";
}

TEST(TimeZone, RefusesBytesThatAreNoZone) {
    const std::string good = tzif({{0, 3'600}}, 0, "CET-1");
    EXPECT_TRUE(parse_tzif(good));
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(parse_tzif(good.substr(0, size))) << size;
    EXPECT_FALSE(parse_tzif(tzif({}, 0, "CET-1CEST,M13.1.0,M4.1.0")));
    EXPECT_FALSE(parse_tzif(tzif({{100, 0}, {50, 0}}, 0, "")));
    EXPECT_EQ(parse_tzif("nonsense").error().code, Code::corrupt);
}

TEST(TimeZone, ReadsFixedOffsets) {
    const auto local = [](const char* zone) {
        const auto z = parse_fixed_zone(zone);
        return z ? z->to_utc(0).ms / 60'000 : 999'999;
    };
    EXPECT_EQ(local("UTC"), 0);
    EXPECT_EQ(local("Z"), 0);
    EXPECT_EQ(local("+02:00"), -120);
    EXPECT_EQ(local("-0530"), 330);
    EXPECT_EQ(local("+2"), -120);
    for (const char* bad :
         {"Europe/Paris", "", "+", "+25:00", "+02:60", "+02:", "02:00", "+123456"})
        EXPECT_EQ(local(bad), 999'999) << bad;
    EXPECT_TRUE(is_zone_name("America/Argentina/Buenos_Aires"));
    for (const char* bad : {"", "/etc/passwd", "../x", "a//b", "Europe/", "a.b"})
        EXPECT_FALSE(is_zone_name(bad)) << bad;
}

}  // namespace
}  // namespace fleet::codec
