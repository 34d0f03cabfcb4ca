// SPDX-License-Identifier: Apache-2.0
#include "codec/week_hours.hpp"

#include "base/time.hpp"
#include "codec/week_hours_testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fleet::codec {
namespace {

using testing::HasSubstr;

model::WeekHours hours(std::string_view text) {
    ZoneDatabase zones = two_zones();
    auto parsed = parse_week_hours(text, zones);
    EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message);
    return parsed ? std::move(parsed).value() : model::WeekHours();
}

std::string problem(std::string_view text) {
    ZoneDatabase zones = two_zones();
    const auto parsed = parse_week_hours(text, zones);
    if (parsed) return "";
    EXPECT_EQ(parsed.error().code, text.find("Broken") == std::string_view::npos
                                       ? Code::invalid_argument
                                       : Code::corrupt);
    return parsed.error().message;
}

/// Ranges of minutes of the week, "Mo 06:00-Mo 20:00" …
std::string minutes(std::string_view text) {
    const auto bits = hours(text).minutes;
    std::string out;
    const auto clock = [](std::size_t m) {
        static constexpr const char* kDays[] = {"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "end"};
        const auto two = [](std::size_t n) {
            return std::string(n < 10 ? "0" : "") + std::to_string(n);
        };
        return std::string(kDays[m / 1'440]) + ' ' + two(m % 1'440 / 60) + ':' + two(m % 60);
    };
    for (std::size_t m = 0; m < bits.size(); ++m) {
        if (!bits[m] || (m > 0 && bits[m - 1])) continue;
        std::size_t end = m;
        while (end < bits.size() && bits[end]) ++end;
        out += (out.empty() ? "" : ", ") + clock(m) + '-' + clock(end);
    }
    return out;
}

TEST(WeekHoursText, NamesDaysAndTimes) {
    EXPECT_EQ(minutes("Mo 06:00-20:00"), "Mo 06:00-Mo 20:00");
    EXPECT_EQ(minutes("Sa-Su 8:30-9:00"), "Sa 08:30-Sa 09:00, Su 08:30-Su 09:00");
    EXPECT_EQ(minutes("Mo,We 06:00-07:00"), "Mo 06:00-Mo 07:00, We 06:00-We 07:00");
    EXPECT_EQ(minutes("mo-tu,FR 00:00-24:00"), "Mo 00:00-We 00:00, Fr 00:00-Sa 00:00");
    EXPECT_EQ(minutes("Sa-Mo 12:00-13:00"),
              "Mo 12:00-Mo 13:00, Sa 12:00-Sa 13:00, Su 12:00-Su 13:00");
    EXPECT_EQ(minutes("00:00-24:00"), "Mo 00:00-end 00:00");
}

TEST(WeekHoursText, GoesOverMidnightAndTheEndOfTheWeek) {
    EXPECT_EQ(minutes("Mo 22:00-06:00"), "Mo 22:00-Tu 06:00");
    EXPECT_EQ(minutes("Su 22:00-06:00"), "Mo 00:00-Mo 06:00, Su 22:00-end 00:00");
    EXPECT_EQ(minutes("Mo 22:00-00:00"), "Mo 22:00-Tu 00:00");
}

TEST(WeekHoursText, ListsSeveralSpans) {
    EXPECT_EQ(minutes("Mo 06:00-12:00,14:00-18:00; Tu 08:00-09:00"),
              "Mo 06:00-Mo 12:00, Mo 14:00-Mo 18:00, Tu 08:00-Tu 09:00");
    EXPECT_EQ(minutes("Mo 06:00-12:00, Tu , We 08:00-09:00 ,10:00-11:00"),
              "Mo 06:00-Mo 12:00, Tu 08:00-Tu 09:00, Tu 10:00-Tu 11:00, We 08:00-We 09:00, We "
              "10:00-We 11:00");
    EXPECT_EQ(minutes("Mo 06:00-12:00; Mo 11:00-13:00 UTC"), "Mo 06:00-Mo 13:00");
}

TEST(WeekHoursText, EndsWithTheTimeZone) {
    EXPECT_EQ(hours("Mo 06:00-20:00").time_zone, "UTC");
    EXPECT_TRUE(hours("Mo 06:00-20:00").offsets.empty());
    EXPECT_EQ(hours("Mo 06:00-20:00 GMT").time_zone, "UTC");
    EXPECT_EQ(hours("Mo 06:00-20:00 -03:30").offsets, (std::vector<model::ZoneOffset>{{0, -210}}));
    const auto paris = hours("  Mo-Fr 06:00-20:00  Europe/Paris ");
    EXPECT_EQ(paris.text, "Mo-Fr 06:00-20:00  Europe/Paris");
    EXPECT_EQ(paris.time_zone, "Europe/Paris");
    const auto awake = [&](const char* t) {
        return model::awake(paris, parse_rfc3339(t).value().ms);
    };
    EXPECT_FALSE(awake("2026-07-20T03:59:59Z"));
    EXPECT_TRUE(awake("2026-07-20T04:00:00Z"));
    EXPECT_FALSE(awake("2026-11-23T04:59:59Z"));
    EXPECT_TRUE(awake("2026-11-23T05:00:00Z"));
    EXPECT_FALSE(awake("2026-11-22T12:00:00Z"));  // Sunday
}

TEST(WeekHoursText, SaysWhatIsWrong) {
    EXPECT_THAT(problem(""), HasSubstr("it is empty; write hours as in \"Mo-Fr 06:00-20:00"));
    EXPECT_THAT(problem("Lu 06:00-20:00"), HasSubstr("\"Lu\" is no day: Mo Tu We Th Fr Sa Su"));
    EXPECT_THAT(problem("Mo- 06:00-20:00"), HasSubstr("is no day"));
    EXPECT_THAT(problem("Mo"), HasSubstr("a time is missing"));
    EXPECT_THAT(problem("Mo 6-20"), HasSubstr("\"6-20\" is no time from 00:00 to 24:00"));
    EXPECT_THAT(problem("Mo 06:60-20:00"), HasSubstr("\"06:60-20:00\" is no time"));
    EXPECT_THAT(problem("Mo 06:0-20:00"), HasSubstr("is no time"));
    EXPECT_THAT(problem("Mo 06:000-20:00"), HasSubstr("is no time"));
    EXPECT_THAT(problem("Mo 06:00-24:01"), HasSubstr("\"24:01\" is no time"));
    EXPECT_THAT(problem("Mo 24:00-06:00"), HasSubstr("24:00 is an end"));
    EXPECT_THAT(problem("Mo 06:00"), HasSubstr("where '-' and the end belong"));
    EXPECT_THAT(problem("Mo 06:00-06:00"), HasSubstr("the whole day is 00:00-24:00"));
    EXPECT_THAT(problem("Mo 06:00-20:00;"), HasSubstr("a time is missing"));
    EXPECT_THAT(
        problem("Mo 06:00-20:00 Europe/Pari"),
        HasSubstr("\"Europe/Pari\" is no time zone that this machine knows (no such file)"));
    EXPECT_THAT(problem("Mo 06:00-20:00 ../etc"),
                HasSubstr("\"../etc\" is no time zone: write UTC"));
    EXPECT_THAT(problem("Mo 06:00-20:00 UTC; Tu 06:00-20:00"),
                HasSubstr("\"; Tu 06:00-20:00\" follows the time zone"));
    EXPECT_THAT(problem("Mo 06:00-20:00 Broken/File"), HasSubstr("not a time zone file"));
    EXPECT_THAT(problem(std::string(600, 'M')), HasSubstr("longer than 512 bytes"));
}

TEST(ZoneOffsets, AreThoseOfTheRulesAtEveryChange) {
    const auto rules = parse_tzif(tzif_of_rule("CET-1CEST,M3.5.0,M10.5.0/3"));
    ASSERT_TRUE(rules);
    const auto offsets = zone_offsets(**rules);
    EXPECT_EQ(offsets.size(), 1U + 2 * 179 + 1);  // 1970 to the spring of 2149
    model::WeekHours hours;
    hours.offsets = offsets;
    for (std::int64_t ms = 0; ms <= kMaxMs; ms += 17 * 60'000'000LL + 60'000)
        ASSERT_EQ(model::offset_min(hours, ms) * 60, (*rules)->offset_at({ms})) << ms;
    for (std::size_t i = 1; i < offsets.size(); ++i) {
        const std::int64_t at = offsets[i].from_min * kMsPerMinute;
        ASSERT_EQ((*rules)->offset_at({at}), offsets[i].offset_min * 60);
        ASSERT_EQ((*rules)->offset_at({at - 1}), offsets[i - 1].offset_min * 60);
    }
}

TEST(ZoneOffsets, AreReadOncePerZone) {
    int reads = 0;
    ZoneDatabase zones([&](const std::string&) -> Result<std::string> {
        ++reads;
        return tzif_of_rule("IST-5:30");
    });
    for (int i = 0; i < 3; ++i) {
        const auto offsets = zones.offsets("Asia/Kolkata");
        ASSERT_TRUE(offsets);
        EXPECT_EQ(*offsets, (std::vector<model::ZoneOffset>{{0, 330}}));
    }
    EXPECT_EQ(reads, 1);
}

}  // namespace
}  // namespace fleet::codec
