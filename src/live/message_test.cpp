// SPDX-License-Identifier: Apache-2.0
#include "live/message.hpp"

#include <gtest/gtest.h>

namespace fleet::live {
namespace {

TEST(LiveMessage, ReadsEveryType) {
    const auto hello = parse_message(
        R"({"type":"hello","epoch":7,"seq":9,"slots":60,"tz":"Europe/Paris","x":{"y":[1]}})");
    ASSERT_TRUE(hello) << hello.error().message;
    EXPECT_EQ(hello->type, MessageType::hello);
    EXPECT_EQ(hello->epoch, 7U);
    EXPECT_EQ(hello->seq, 9U);
    EXPECT_EQ(hello->slots, 60U);
    const auto sub = parse_message(R"({"fleet":"idf","type":"sub"})");
    ASSERT_TRUE(sub);
    EXPECT_EQ(sub->fleet, "idf");
    const auto ack = parse_message(R"({"type":"ack","seq":4294967295})");
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->seq, 4'294'967'295U);
    EXPECT_TRUE(parse_message(R"({"type":"hello","epoch":null,"seq":null,"slots":null})"));
}

TEST(LiveMessage, PongCarriesTheTimeAsItCame) {
    EXPECT_EQ(parse_message(R"({"type":"ping","t":1795590489123.5})")->t, "1795590489123.5");
    EXPECT_EQ(parse_message(R"({"type":"ping","t":"a\"b"})")->t, R"("a\"b")");
    EXPECT_EQ(parse_message(R"({"type":"ping"})")->t, "null");
}

TEST(LiveMessage, RefusesWhatTheProtocolDoesNotKnow) {
    for (const char* text :
         {"", "[]", "1", "{", R"({"type":"sub"})", R"({"type":"ack"})", R"({"type":"shout"})", "{}",
          R"({"type":"hello","seq":-1})", R"({"type":"hello","seq":1.5})",
          R"({"type":"hello","seq":4294967296})", R"({"type":["hello"]})",
          R"({"type":"sub","fleet":1})", R"({"type":"ping"} x)",
          "{\"type\":\"ping\",\"t\":\"\xFF\"}"})
        EXPECT_FALSE(parse_message(text)) << text;
}

}  // namespace
}  // namespace fleet::live
