// SPDX-License-Identifier: Apache-2.0
#include "cql/page.hpp"

#include <gtest/gtest.h>

namespace fleet::cql {
namespace {

using std::string_view_literals::operator""sv;

RowReader reader_of(std::vector<ColumnInfo> columns, std::size_t rows, std::string_view bytes) {
    auto owner = std::make_shared<const std::string>(bytes);
    return RowReader(Page(std::move(columns), rows, *owner, owner));
}

TEST(Page, NoRowsAreNoRows) {
    RowReader reader{Page()};
    EXPECT_FALSE(reader.next().value());
}

TEST(Page, CopiesShareTheBytes) {
    auto owner = std::make_shared<const std::string>("\0\0\0\1x"sv);
    const std::weak_ptr<const std::string> watch = owner;
    Page page({{"c", "text"}}, 1, *owner, owner);
    owner.reset();
    RowReader reader(page);
    page = Page();
    ASSERT_TRUE(reader.next().value());
    EXPECT_EQ(reader.text(0), "x");
    EXPECT_FALSE(watch.expired());
    reader = RowReader(Page());
    EXPECT_TRUE(watch.expired());
}

TEST(Page, ACellOfTheWrongLengthIsCorrupt) {
    // Cassandra lets a client store a double of no bytes.
    RowReader reader = reader_of({{"lat", "double"}}, 2, "\0\0\0\0\0\0\0\3abc"sv);
    ASSERT_TRUE(reader.next().value());
    const auto empty = reader.real64(0);
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.error().code, Code::corrupt);
    EXPECT_EQ(empty.error().message, "column lat (double) of row 0 has 0 bytes instead of 8");
    ASSERT_TRUE(reader.next().value());
    EXPECT_FALSE(reader.integer(0));
    EXPECT_FALSE(reader.boolean(0));
    EXPECT_FALSE(reader.uuid(0));
    EXPECT_FALSE(reader.texts(0));
}

TEST(Page, BytesThatEndTooEarlyAreCorruptAtEveryCut) {
    const auto whole = "\0\0\0\4\0\0\0\7\xff\xff\xff\xff"sv;
    RowReader good = reader_of({{"a", "int"}, {"b", "text"}}, 1, whole);
    ASSERT_TRUE(good.next().value());
    EXPECT_EQ(good.integer(0).value(), 7);
    EXPECT_EQ(good.raw(1), std::nullopt);
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        SCOPED_TRACE(cut);
        RowReader reader = reader_of({{"a", "int"}, {"b", "text"}}, 1, whole.substr(0, cut));
        const auto next = reader.next();
        ASSERT_FALSE(next);
        EXPECT_EQ(next.error().code, Code::corrupt);
    }
}

TEST(Page, BytesAfterTheLastRowAreCorrupt) {
    RowReader reader = reader_of({{"a", "int"}}, 1, "\0\0\0\1x\0"sv);
    ASSERT_TRUE(reader.next().value());
    EXPECT_FALSE(reader.next());
}

TEST(Page, ACollectionThatEndsTooEarlyIsCorrupt) {
    // Two elements are promised, one is there.
    const auto list = "\0\0\0\2\0\0\0\1a"sv;
    RowReader right =
        reader_of({{"l", "list<text>"}}, 1, std::string("\0\0\0\x9"sv) + std::string(list));
    ASSERT_TRUE(right.next().value());
    EXPECT_FALSE(right.texts(0));
    EXPECT_FALSE(right.text_map(0));
}

}  // namespace
}  // namespace fleet::cql
