// SPDX-License-Identifier: Apache-2.0
#include "server/target.hpp"

#include "server/gate.hpp"
#include "server/router.hpp"

#include <gtest/gtest.h>

#include <set>

namespace fleet::server {
namespace {

using Segments = std::vector<std::string>;

TEST(Target, PathAndQueryAreDecodedOnce) {
    const auto target =
        parse_target("/api/v1/devices/V%2D1%252F?q=a%20b+c&day=2026-11-25&empty=&bare&&x=%C3%A9");
    ASSERT_TRUE(target) << target.error().message;
    EXPECT_EQ(target->segments, (Segments{"api", "v1", "devices", "V-1%2F"}));
    EXPECT_EQ(*target->parameter("q"), "a b c");
    EXPECT_EQ(*target->parameter("day"), "2026-11-25");
    EXPECT_EQ(*target->parameter("empty"), "");
    EXPECT_EQ(*target->parameter("bare"), "");
    EXPECT_EQ(*target->parameter("x"), "é");
    EXPECT_EQ(target->parameter("none"), nullptr);
    EXPECT_EQ(target->path, "/api/v1/devices/V%2D1%252F");
}

TEST(Target, SegmentsKeepEmptyOnes) {
    EXPECT_EQ(parse_target("/")->segments, Segments{});
    EXPECT_EQ(parse_target("/a")->segments, (Segments{"a"}));
    EXPECT_EQ(parse_target("/a/")->segments, (Segments{"a", ""}));
    EXPECT_EQ(parse_target("//")->segments, (Segments{"", ""}));
    EXPECT_EQ(parse_target("/?a=b")->segments, Segments{});
}

TEST(Target, AbsoluteFormAndAsterisk) {
    EXPECT_EQ(parse_target("http://localhost:8501/a?b=c")->segments, (Segments{"a"}));
    EXPECT_EQ(parse_target("http://localhost")->segments, Segments{});
    EXPECT_EQ(parse_target("*")->path, "*");
}

TEST(Target, RefusesWhatCouldMeanTwoThings) {
    for (const char* text : {"", "a", "/%", "/%4", "/%zz", "/%00", "/%0a", "/a/./b", "/a/..",
                             "/%2e%2E/x", "/a#b", "/%ff", "/%ed%a0%80", "/?a=%", "/?\x7F",
                             "http://localhost?x", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q"})
        EXPECT_FALSE(parse_target(text)) << text;
    std::string many = "/?";
    for (int i = 0; i < 40; ++i) many += "a=1&";
    EXPECT_FALSE(parse_target(many));
}

TEST(Nearest, FindsTyposAndNothingFarAway) {
    const std::vector<std::string_view> known{"limit", "cursor", "format", "day"};
    EXPECT_EQ(nearest("limt", known), "limit");
    EXPECT_EQ(nearest("Day", known), "day");
    EXPECT_EQ(nearest("formatt", known), "format");
    EXPECT_EQ(nearest("zzzzzz", known), "");
    EXPECT_EQ(nearest(std::string(1'000, 'x'), known), "");
}

TEST(Router, EveryRouteMatchesItsOwnPatternOnly) {
    std::set<RouteId> seen;
    for (const Route& route : routes()) {
        std::string path = "/" + std::string(route.pattern);
        for (std::size_t at = 0; (at = path.find("{}")) != std::string::npos;)
            path.replace(at, 2, "x");
        const Match found = match(route.method, *parse_target(path));
        ASSERT_NE(found.route, nullptr) << path;
        EXPECT_EQ(found.route->id, route.id) << path;
        EXPECT_TRUE(seen.insert(route.id).second) << "a route has one pattern";
        EXPECT_EQ(match(route.method, *parse_target(path + "/")).route, nullptr) << path;
        EXPECT_NE(name_of(route.id), "none");
    }
    EXPECT_EQ(seen.size(), kRouteCount - 2) << "all but page and none";
}

TEST(Gate, LoopbackNames) {
    for (const char* name : {"localhost", "fleet.localhost", "127.0.0.1", "127.1.2.3", "::1"})
        EXPECT_TRUE(is_loopback_name(name)) << name;
    for (const char* name : {"", "localhost.example", "127.0.0.1.example", "127.0.0", "1270.0.0.1",
                             "127..0.1", "::2", "evil"})
        EXPECT_FALSE(is_loopback_name(name)) << name;
    EXPECT_EQ(host_name("[::1]:8501"), "::1");
    EXPECT_EQ(host_name("LocalHost:8501"), "localhost");
    EXPECT_EQ(host_name("[::1"), "[::1");
}

}  // namespace
}  // namespace fleet::server
