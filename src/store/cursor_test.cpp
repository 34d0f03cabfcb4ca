// SPDX-License-Identifier: Apache-2.0
#include "store/cursor.hpp"

#include "store/retention.hpp"
#include "store/search.hpp"

#include <gtest/gtest.h>

#include <string>

namespace fleet::store {
namespace {

CursorParams params() { return CursorParams().add("V-1").add(17); }

TEST(Cursor, GivesItsKeyBack) {
    for (std::size_t size = 0; size <= kMaxCursorKey; ++size) {
        const std::string key(size, '\xFE');
        const std::string cursor = encode_cursor(CursorKind::history, params(), key);
        EXPECT_EQ(cursor.find_first_not_of(
                      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                  std::string::npos);
        const auto decoded = decode_cursor(CursorKind::history, params(), cursor);
        ASSERT_TRUE(decoded) << size;
        EXPECT_EQ(*decoded, key);
    }
}

TEST(Cursor, IsRefusedForAnotherListOrOtherParameters) {
    const std::string cursor = encode_cursor(CursorKind::history, params(), time_key(5));
    EXPECT_EQ(decode_cursor(CursorKind::devices, params(), cursor).error().code,
              Code::invalid_argument);
    EXPECT_FALSE(decode_cursor(CursorKind::history, CursorParams().add("V-1").add(18), cursor));
    EXPECT_FALSE(decode_cursor(CursorKind::history, CursorParams().add("V-2").add(17), cursor));
    EXPECT_FALSE(decode_cursor(CursorKind::history, CursorParams().add("V-1"), cursor));
    EXPECT_NE(CursorParams().add("ab").add("c").hash(), CursorParams().add("a").add("bc").hash());
}

TEST(Cursor, IsRefusedWithAnyCharacterChangedAddedOrLost) {
    const std::string cursor =
        encode_cursor(CursorKind::history, params(), time_key(1'700'000'000'123));
    for (std::size_t i = 0; i < cursor.size(); ++i) {
        for (const char c : std::string("Az0-_=+ \xFF")) {
            std::string other = cursor;
            if (other[i] == c) continue;
            other[i] = c;
            EXPECT_FALSE(decode_cursor(CursorKind::history, params(), other)) << other;
        }
        EXPECT_FALSE(decode_cursor(CursorKind::history, params(), cursor.substr(0, i)));
    }
    EXPECT_FALSE(decode_cursor(CursorKind::history, params(), cursor + 'A'));
    EXPECT_FALSE(decode_cursor(CursorKind::history, params(), std::string(100'000, 'A')));
}

TEST(Cursor, TimeKeysHoldAnyTime) {
    for (const std::int64_t ts : {std::int64_t{0}, std::int64_t{-1}, kMaxMs})
        EXPECT_EQ(*time_of_key(time_key(ts)), ts);
    EXPECT_EQ(time_of_key("V-1").error().code, Code::invalid_argument);
}

TEST(Retention, GoesByWholeDays) {
    const Timestamp noon{100 * kMsPerDay + kMsPerDay / 2};
    EXPECT_EQ(kept_from(noon, 30), Timestamp{70 * kMsPerDay});
    EXPECT_EQ(kept_from(noon, 200), Timestamp{0});
    EXPECT_FALSE(kept_from(noon, 0));
}

TEST(Search, FoldsAsciiCase) {
    EXPECT_TRUE(contains_folded("Bus-12", "US-1"));
    EXPECT_TRUE(contains_folded("Bus-12", ""));
    EXPECT_TRUE(contains_folded("", ""));
    EXPECT_FALSE(contains_folded("Bus-12", "bus-13"));
    EXPECT_FALSE(contains_folded("", "a"));
}

}  // namespace
}  // namespace fleet::store
