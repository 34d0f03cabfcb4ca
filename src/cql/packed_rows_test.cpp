// SPDX-License-Identifier: Apache-2.0
#include "cql/packed_rows.hpp"

#include "cql/page.hpp"

#include <gtest/gtest.h>
#include <array>
#include <cmath>
#include <limits>
#include <random>

namespace fleet::cql {
namespace {

using std::string_view_literals::operator""sv;

/// The packed rows read back as if they were a page: the encodings are the same, except that a page
/// has no unset.
RowReader reader_of(const PackedRows& rows) {
    std::vector<ColumnInfo> columns;
    for (std::size_t i = 0; i < rows.params(); ++i)
        columns.push_back({"c" + std::to_string(i), "any"});
    auto bytes = std::make_shared<const std::string>(rows.bytes());
    return RowReader(Page(std::move(columns), rows.row_count(), *bytes, bytes));
}

TEST(PackedRows, NullUnsetAndEmptyAreThreeThings) {
    PackedRows rows(3);
    rows.null().unset().text("").end_row();
    EXPECT_EQ(rows.bytes(), "\xff\xff\xff\xff\xff\xff\xff\xfe\0\0\0\0"sv);
}

TEST(PackedRows, IntegersAreBigEndianAndDatesCountFromTheMiddle) {
    PackedRows rows(3);
    rows.integer(-2).date(0).boolean(true).end_row();
    EXPECT_EQ(rows.bytes(), "\0\0\0\4\xff\xff\xff\xfe\0\0\0\4\x80\0\0\0\0\0\0\1\1"sv);
}

TEST(PackedRows, EveryTypeComesBackAsItWas) {
    const std::array<std::uint8_t, 16> id{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255};
    PackedRows rows(14);
    rows.text("Überlandstraße")
        .blob("\0\1"sv)
        .boolean(false)
        .tinyint(-7)
        .smallint(-300)
        .integer(-70'000);
    rows.bigint(std::numeric_limits<std::int64_t>::min())
        .real(12.5F)
        .real64(-0.1)
        .date(-1)
        .timestamp(1'424'995'200'123);
    rows.uuid(id).texts(std::array{"a"sv, ""sv, "long one"sv});
    rows.text_map(std::array{std::pair{"k"sv, "v"sv}, std::pair{"empty"sv, ""sv}}).end_row();

    RowReader reader = reader_of(rows);
    ASSERT_TRUE(reader.next().value());
    EXPECT_EQ(reader.text(0), "Überlandstraße");
    EXPECT_EQ(reader.raw(1), "\0\1"sv);
    EXPECT_EQ(reader.boolean(2).value(), false);
    EXPECT_EQ(reader.tinyint(3).value(), -7);
    EXPECT_EQ(reader.smallint(4).value(), -300);
    EXPECT_EQ(reader.integer(5).value(), -70'000);
    EXPECT_EQ(reader.bigint(6).value(), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(reader.real(7).value(), 12.5F);
    EXPECT_EQ(reader.real64(8).value(), -0.1);
    EXPECT_EQ(reader.date(9).value(), -1);
    EXPECT_EQ(reader.timestamp(10).value(), 1'424'995'200'123);
    EXPECT_EQ(reader.uuid(11).value(), id);
    EXPECT_EQ(reader.texts(12).value(), (std::vector{"a"sv, ""sv, "long one"sv}));
    EXPECT_EQ(reader.text_map(13).value(),
              (std::vector{std::pair{"k"sv, "v"sv}, std::pair{"empty"sv, ""sv}}));
    EXPECT_FALSE(reader.next().value());
}

TEST(PackedRows, AnyNumbersComeBackAsTheyWere) {
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937_64 random(seed);
        const auto count = 1 + random() % 20;
        PackedRows rows(3);
        std::vector<std::pair<std::int64_t, std::string>> expected;
        for (std::uint64_t i = 0; i < count; ++i) {
            expected.emplace_back(static_cast<std::int64_t>(random()),
                                  std::string(random() % 40, static_cast<char>(random())));
            rows.bigint(expected.back().first).text(expected.back().second).null().end_row();
        }
        RowReader reader = reader_of(rows);
        for (const auto& [number, text] : expected) {
            ASSERT_TRUE(reader.next().value());
            EXPECT_EQ(reader.bigint(0).value(), number);
            EXPECT_EQ(reader.text(1), text);
            EXPECT_EQ(reader.raw(2), std::nullopt);
        }
        EXPECT_FALSE(reader.next().value());
    }
}

TEST(PackedRows, ARowThatIsDroppedLeavesThoseBefore) {
    PackedRows rows(1);
    rows.text("kept").end_row();
    const std::string before(rows.bytes());
    rows.text("dropped").end_row();
    EXPECT_FALSE(rows.within({.rows = 1}));
    rows.drop_row();
    EXPECT_EQ(rows.bytes(), before);
    EXPECT_TRUE(rows.within({.rows = 1}));
    EXPECT_FALSE(rows.within({.bytes = before.size() - 1}));
    rows.drop_row();
    EXPECT_EQ(rows.bytes(), "");
    rows.text("again").end_row();
    EXPECT_EQ(rows.row_count(), 1U);
}

TEST(PackedRowsDeathTest, ARowWithTooFewOrTooManyCellsIsAFaultOfTheProgram) {
    PackedRows rows(2);
    rows.null();
    EXPECT_DEATH(rows.end_row(), "cells_ == params_");
    rows.null();
    EXPECT_DEATH(rows.null(), "cells_");
}

TEST(CheckTypes, SaysWhichColumnDiffers) {
    const std::vector<ColumnInfo> found = {{"device_id", "text"}, {"ts", "timestamp"}};
    EXPECT_TRUE(check_types(found, std::array{"text"sv, "timestamp"sv}));
    const auto differs = check_types(found, std::array{"text"sv, "bigint"sv});
    ASSERT_FALSE(differs);
    EXPECT_EQ(differs.error().message,
              "column ts is timestamp, bigint is expected: does the schema fit this version?");
    EXPECT_FALSE(check_types(found, std::array{"text"sv}));
}

TEST(PackedRows, ARowOfSeveralCanBeTakenByItself) {
    PackedRows rows(2);
    for (const std::string_view text : {"first", "", "third"}) rows.text(text).null().end_row();
    for (std::size_t i = 0; i < 3; ++i) {
        PackedRows alone(2);
        alone.text(std::array<std::string_view, 3>{"first", "", "third"}.at(i)).null().end_row();
        EXPECT_EQ(rows.row(i).bytes(), alone.bytes());
        EXPECT_EQ(rows.row(i).row_count(), 1U);
    }
}

}  // namespace
}  // namespace fleet::cql
