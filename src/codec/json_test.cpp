// SPDX-License-Identifier: Apache-2.0
#include "codec/json_reader.hpp"
#include "codec/json_writer.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <random>
#include <string>

namespace fleet::codec {
namespace {

/// Writes what the reader sees again, compactly; nothing if it is not strict JSON.
std::optional<std::string> echoed(std::string_view text, int depth = 8) {
    JsonReader reader(text, depth);
    std::string out;
    JsonWriter json(out);
    for (;;) {
        switch (reader.next()) {
            case JsonToken::begin_object: json.begin_object(); break;
            case JsonToken::end_object: json.end_object(); break;
            case JsonToken::begin_array: json.begin_array(); break;
            case JsonToken::end_array: json.end_array(); break;
            case JsonToken::key: json.key(reader.text()); break;
            case JsonToken::string: json.string(reader.text()); break;
            case JsonToken::number: json.raw(reader.text()); break;
            case JsonToken::boolean: json.boolean(reader.boolean()); break;
            case JsonToken::null: json.null(); break;
            case JsonToken::end: return out;
            case JsonToken::error: return std::nullopt;
        }
    }
}

TEST(JsonReader, AcceptsWhatRfc8259Accepts) {
    for (const char* text : {"0", "-0.5e+10", "\"\"", "true", " null ", "[]", "{}", "[1,2,[3]]",
                             R"({"a":{"b":[true,false,null]}})", R"("\u00e9\ud83d\ude00\n\/\\")",
                             "\"é😀\"", "[1 , 2]", "\t[\r\n]\n"})
        EXPECT_TRUE(echoed(text)) << text;
    EXPECT_EQ(echoed(R"("\u00e9\ud83d\ude00")"), "\"é😀\"");
}

TEST(JsonReader, RefusesEverythingElse) {
    for (const char* text : {"",
                             " ",
                             "{",
                             "[",
                             "[1,]",
                             "{\"a\":1,}",
                             "{a:1}",
                             "{'a':1}",
                             "01",
                             "1.",
                             ".5",
                             "+1",
                             "1e",
                             "-",
                             "nan",
                             "NaN",
                             "Infinity",
                             "tru",
                             "\"a",
                             "\"\\x\"",
                             "\"\\u12\"",
                             "\"\\ud800\"",
                             "\"\\ude00\"",
                             "\"\\ud800\\u0041\"",
                             "\"a\nb\"",
                             "\"\x01\"",
                             "\"\xff\"",
                             "\"\xc0\xaf\"",
                             "\"\xed\xa0\x80\"",
                             "[1 2]",
                             "{\"a\" 1}",
                             "{\"a\":}",
                             "1 2",
                             "[]]",
                             "{}x",
                             "// c\n1",
                             "[1}",
                             "{\"a\":1]"})
        EXPECT_FALSE(echoed(text)) << text;
}

TEST(JsonReader, StopsAtItsDepth) {
    EXPECT_TRUE(echoed("[[[[[[[[1]]]]]]]]"));
    EXPECT_FALSE(echoed("[[[[[[[[[1]]]]]]]]]"));
    EXPECT_FALSE(echoed(std::string(100'000, '[')));
    EXPECT_TRUE(echoed(std::string(64, '[') + std::string(64, ']'), 64));
}

TEST(JsonReader, SaysWhereItFailedAndWhy) {
    JsonReader reader(R"({"a":1,"b" 2})");
    while (reader.next() != JsonToken::error) {
    }
    EXPECT_EQ(reader.problem(), "expected ':'");
    EXPECT_EQ(reader.offset(), 11U);
    EXPECT_EQ(reader.next(), JsonToken::error);
    EXPECT_FALSE(reader.bad_utf8());
    JsonReader utf8("\"ab\xff\"");
    EXPECT_EQ(utf8.next(), JsonToken::error);
    EXPECT_TRUE(utf8.bad_utf8());
    EXPECT_EQ(utf8.offset(), 3U);
}

TEST(JsonReader, SkipsAValueOfAnyShape) {
    JsonReader reader(R"({"a":{"x":[1,{"y":2}]},"b":[[],{}],"c":"t","d":5})");
    EXPECT_EQ(reader.next(), JsonToken::begin_object);
    EXPECT_EQ(reader.next(), JsonToken::key);
    EXPECT_TRUE(reader.skip()) << "after a key";
    EXPECT_EQ(reader.next(), JsonToken::key);
    EXPECT_EQ(reader.text(), "b");
    EXPECT_EQ(reader.next(), JsonToken::begin_array);
    EXPECT_TRUE(reader.skip()) << "after a begin";
    EXPECT_EQ(reader.next(), JsonToken::key);
    EXPECT_TRUE(reader.skip()) << "of a plain value";
    EXPECT_EQ(reader.next(), JsonToken::key);
    EXPECT_EQ(reader.text(), "d");
    EXPECT_EQ(reader.next(), JsonToken::number);
    EXPECT_EQ(reader.next(), JsonToken::end_object);
    EXPECT_EQ(reader.next(), JsonToken::end);
}

TEST(JsonReader, AgreesWithAnotherReaderOnMutatedTexts) {
    const std::string seeds[] = {
        R"({"device_id":"v-1","ts":"2026-11-25T07:08:09.123Z","lat":48.85,"lon":-2.3e0,"ok":true,"none":null,"tags":["a","é",{"x":[]}]})",
        R"([[1,-2.5e-3,0],["\u00e9\ud83d\ude00","\\\"\/\b\f\n\r\t"],{"a":{"b":{"c":{}}}}])",
        R"("plain")", "  [ 1 , 2 ]  "};
    std::mt19937 rng(17);
    static constexpr char kAlphabet[] = "{}[]\",:\\u0123456789.eE+-truefalsn \n\xc3\xa9\xff";
    int accepted = 0;
    for (int round = 0; round < 60'000; ++round) {
        std::string text = seeds[rng() % std::size(seeds)];
        for (auto edits = rng() % 4; edits > 0; --edits) {
            const std::size_t at = rng() % text.size();
            const char c = kAlphabet[rng() % (sizeof kAlphabet - 1)];
            switch (rng() % 3) {
                case 0: text[at] = c; break;
                case 1: text.insert(text.begin() + static_cast<std::ptrdiff_t>(at), c); break;
                default: text.erase(at, 1 + rng() % 3); break;
            }
            if (text.empty()) text = "1";
        }
        const auto other = nlohmann::json::parse(text, nullptr, false);
        const auto ours = echoed(text, 64);
        if (!ours && !other.is_discarded()) {
            // The other reader takes numbers beyond double as an error, ours keeps text; nothing
            // else may differ.
            FAIL() << "seed 17, round " << round << ": only the other reader takes " << text;
        }
        if (ours && other.is_discarded()) {
            EXPECT_NE(text.find_first_of("eE"), std::string::npos)
                << "seed 17, round " << round << ": only ours takes " << text;
            continue;
        }
        if (!ours) continue;
        ++accepted;
        // Equal as values: our echo read by the other reader. A member that comes twice is the last
        // one there, both times.
        ASSERT_EQ(nlohmann::json::parse(*ours, nullptr, false), other)
            << "seed 17, round " << round << ": " << text;
    }
    EXPECT_GT(accepted, 15'000);
}

std::string written(auto write) {
    std::string out;
    JsonWriter json(out);
    write(json);
    return out;
}

TEST(JsonWriter, WritesNumbersWithoutTrailingZeros) {
    const auto fixed = [](std::int64_t units, int decimals) {
        return written([&](JsonWriter& j) { j.fixed(units, decimals); });
    };
    EXPECT_EQ(fixed(2550, 2), "25.5");
    EXPECT_EQ(fixed(-5, 2), "-0.05");
    EXPECT_EQ(fixed(100, 2), "1");
    EXPECT_EQ(fixed(0, 6), "0");
    EXPECT_EQ(fixed(48'856'697, 6), "48.856697");
    EXPECT_EQ(fixed(1234, 0), "1234");
    EXPECT_EQ(fixed(std::numeric_limits<std::int64_t>::min(), 0), "-9223372036854775808");
    const auto real = [](double v) { return written([&](JsonWriter& j) { j.real(v); }); };
    EXPECT_EQ(real(18.1002881), "18.100288");
    EXPECT_EQ(real(0.1), "0.1");
    EXPECT_EQ(real(-0.0), "0");
    EXPECT_EQ(real(-1e-9), "0");
    EXPECT_EQ(real(100), "100");
    EXPECT_EQ(real(1e20), "1e+20");
    EXPECT_EQ(real(std::nan("")), "null");
    EXPECT_EQ(real(std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonWriter, PutsCommasAndEscapes) {
    EXPECT_EQ(written([](JsonWriter& j) {
                  j.begin_object();
                  j.member("a\"b", "x\ny\x01\xff é");
                  j.key("list");
                  j.begin_array();
                  j.integer(-1);
                  j.begin_object();
                  j.end_object();
                  j.null();
                  j.end_array();
                  j.member_time("t", {0});
                  j.member_boolean("b", true);
                  j.end_object();
              }),
              "{\"a\\\"b\":\"x\\ny\\u0001\xEF\xBF\xBD "
              "é\",\"list\":[-1,{},null],\"t\":\"1970-01-01T00:00:00.000Z\",\"b\":true}");
}

TEST(JsonWriter, WritesWhatTheReaderReads) {
    std::mt19937 rng(23);
    for (int round = 0; round < 2'000; ++round) {
        std::string text;
        for (auto i = rng() % 20; i > 0; --i) text.push_back(static_cast<char>(rng() % 128));
        text += rng() % 2 == 0 ? "é😀" : "";
        const std::string json = written([&](JsonWriter& j) { j.string(text); });
        JsonReader reader(json);
        ASSERT_EQ(reader.next(), JsonToken::string);
        ASSERT_EQ(reader.text(), text);
        ASSERT_EQ(nlohmann::json::parse(json).get<std::string>(), text);
    }
}

}  // namespace
}  // namespace fleet::codec
