// SPDX-License-Identifier: Apache-2.0
#include "codec/csv.hpp"

#include "codec/decoder.hpp"
#include "codec/record_csv.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <list>
#include <random>
#include <string>
#include <thread>

namespace fleet::codec {
namespace {

using model::Field;
using model::Reason;

constexpr std::int64_t kNowMs = 1'764'028'800'000;  // 2025-11-25T00:00:00Z

DecodeOptions csv_options(std::string_view map = {}) {
    DecodeOptions options;
    options.window.now = {kNowMs};
    options.map = *parse_column_map(map);
    return options;
}

model::RecordBatch rows_of(const std::string& input, const DecodeOptions& options = csv_options()) {
    static std::list<std::string> kept;  // text of the records points into it
    const std::string& text = kept.emplace_back(input);
    model::RecordBatch batch;
    const auto decoder = decode_all(options, text, batch);
    EXPECT_TRUE(decoder) << (decoder ? "" : decoder.error().message);
    return batch;
}

std::string header_error(std::string_view header, const DecodeOptions& options = csv_options()) {
    const auto schema = read_csv_header(header, true, options);
    return schema ? "" : schema.error().message;
}

TEST(CsvHeader, SaysWhatIsWrongAndWhatToDo) {
    struct Case {
        std::string header;
        std::vector<std::string> parts;
    };
    const Case cases[] = {
        {"", {"empty", "device_id,ts"}},
        {"\n", {"line 1", "empty"}},
        {"\xEF\xBB\xBF", {"empty"}},
        {"device_id,ts,latitude,lon",
         {"line 1", "column 3 \"latitude\"", "\"lat\"", "--map \"latitude=FIELD\""}},
        {"vehicle,ts", {"column 1 \"vehicle\" is unknown", "--map"}},
        {"ts,lat,lon", {"no column \"device_id\"", "--map \"COLUMN=device_id\""}},
        {"device_id,lat,lon", {"no column \"ts\"", "--map"}},
        {"device_id,ts,lat,lon,lat", {"columns 3 \"lat\" and 5 \"lat\"", "--map \"lat=-\""}},
        {"device_id,ts,", {"column 3 has no name", "--map \"=-\""}},
        {std::string("PK\x03\x04\0\0,ts\n", 10), {"binary", "--format"}},
        {"device_id,ts,caf\xe9", {"not UTF-8"}},
        {"\"device_id,ts", {"quotes"}},
        {std::string(100'000, 'x'), {"longer than 65536 bytes"}},
        {"Device_ID,ts", {"\"Device_ID\" is unknown", "\"device_id\""}},
    };
    for (const Case& c : cases) {
        const std::string message = header_error(c.header);
        for (const std::string& part : c.parts)
            EXPECT_NE(message.find(part), std::string::npos) << part << " not in: " << message;
    }
}

TEST(CsvHeader, ChecksTheMapAgainstTheColumns) {
    EXPECT_NE(header_error("id,ts", csv_options("ident=device_id"))
                  .find("names the column \"ident\", which is not in the header (id, ts)"),
              std::string::npos);
    EXPECT_NE(header_error("id,ts", csv_options("id=device_id,id=zone")).find("twice"),
              std::string::npos);
    EXPECT_NE(header_error("a,b,ts", csv_options("a=device_id,b=device_id")).find("same field"),
              std::string::npos);
    EXPECT_NE(header_error("a,a,ts", csv_options("a=device_id")).find("is there twice"),
              std::string::npos);
    EXPECT_EQ(header_error("device_id,ts,x,x,", csv_options("x=-,=-")), "");
    EXPECT_EQ(header_error(" device_id , \"ts\"", csv_options()),
              "line 1: the quotes of the header do not fit; write names that hold a "
              "delimiter as \"a,b\" and a quote as \"\"");
    EXPECT_EQ(header_error(" device_id ,\"ts\"", csv_options()), "");
}

TEST(CsvHeader, WaitsForItsLineEnd) {
    const auto none = read_csv_header("device_id,t", false, csv_options());
    ASSERT_TRUE(none);
    EXPECT_FALSE(*none);
    const auto some = read_csv_header(
        "\xEF\xBB\xBF"
        "device_id,\"ts\"\r\nrest",
        false, csv_options());
    ASSERT_TRUE(some);
    ASSERT_TRUE(*some);
    EXPECT_EQ((*some)->bytes, 19U);
    EXPECT_EQ((*some)->schema.columns(), 2U);
}

TEST(Csv, AHeaderAloneIsNoError) {
    EXPECT_EQ(rows_of("device_id,ts").rows(), 0U);
    EXPECT_EQ(rows_of("device_id,ts\r\n\r\n\n").rows(), 0U);
}

TEST(Csv, TakesColumnsInAnyOrderAndEmptyCellsAsAbsent) {
    const auto batch = rows_of(
        "speed_kmh,ts,zone,lon,device_id,lat,temp_c\n,2025-11-24T12:00:00Z,,2.5,v-1,48.5,\n");
    ASSERT_EQ(batch.records.size(), 1U);
    const model::Record& r = batch.records[0];
    EXPECT_EQ(r.device, "v-1");
    EXPECT_EQ(r.mask, model::bit(Field::lat) | model::bit(Field::lon));
    EXPECT_EQ(r.value(Field::lat), 48'500'000);
    EXPECT_TRUE(r.zone.empty());
}

TEST(Csv, ReadsTheThreeDelimitersCrLfAndTheByteOrderMark) {
    for (const char delimiter : {',', ';', '\t'}) {
        std::string text =
            "\xEF\xBB\xBF"
            "device_id,ts,zone\r\nv-1,2025-11-24T12:00:00Z,a\r\n";
        std::replace(text.begin(), text.end(), ',', delimiter);
        const auto batch = rows_of(text);
        ASSERT_EQ(batch.records.size(), 1U) << delimiter;
        EXPECT_EQ(batch.records[0].zone, "a");
    }
}

TEST(Csv, ReadsQuotedCellsWithQuotesDelimitersAndLineEnds) {
    const auto batch = rows_of(
        "device_id,ts,zone,speed_kmh\n\"v-1\",\"2025-11-24T12:00:00Z\",\"a \"\"b\"\", "
        "c\r\nd\",\"5\"\nv-2,2025-11-24T12:00:00Z,é,6\n");
    ASSERT_EQ(batch.records.size(), 2U);
    EXPECT_EQ(batch.records[0].zone, "a \"b\", c\r\nd");
    EXPECT_EQ(batch.records[0].value(Field::speed), 500);
    EXPECT_EQ(batch.records[1].zone, "é");
    EXPECT_EQ(batch.indexes[1], 1U);
}

TEST(Csv, RejectsARowOfTheWrongShapeAndNamesItsLine) {
    const auto batch = rows_of(
        "device_id,ts,zone\n"
        "a,2025-11-24T12:00:00Z,\"two\nlines\"\n"
        "b,2025-11-24T12:00:00Z,x,y\n"
        "c,2025-11-24T12:00:00Z\n"
        "d,2025-11-24T12:00:00Z,\"open\n"
        "e,2025-11-24T12:00:00Z,\"x\"y\n"
        "f,2025-11-24T12:00:00Z,x\"y\n"
        "g,2025-11-24T12:00:00Z,ok\n");
    ASSERT_EQ(batch.records.size(), 2U);
    EXPECT_EQ(batch.records[1].device, "g") << "an open quote does not swallow the rows after it";
    ASSERT_EQ(batch.rejects.size(), 5U);
    for (const model::Reject& r : batch.rejects) EXPECT_EQ(r.reason, Reason::bad_syntax);
    EXPECT_EQ(batch.rejects[0].detail, "line 4: 4 cells, but the header has 3 columns");
    EXPECT_EQ(batch.rejects[0].raw, "b,2025-11-24T12:00:00Z,x,y");
    EXPECT_EQ(batch.rejects[1].detail, "line 5: 2 cells, but the header has 3 columns");
    EXPECT_EQ(batch.rejects[2].raw, "d,2025-11-24T12:00:00Z,\"open");
    EXPECT_EQ(batch.rejects[4].index, 5U);
}

TEST(Csv, TellsLineColumnAndValueOfABadCell) {
    const auto batch = rows_of(
        "device_id,ts,speed,lat,lon\na,2025-11-24T12:00:00Z,255,1,1\nb,2025-02-30T00:00:00Z,1,1,"
        "1\nc,2025-11-24T12:00:00Z,nan,1,1\n"
        "d,2025-11-24 12:00:00,1,1,1\n,2025-11-24T12:00:00Z,1,1,1\ne,2025-11-24T12:00:00Z,fast,,\n",
        [] {
            DecodeOptions o = csv_options("speed=speed_kmh");
            o.speed_unit = SpeedUnit::mph;
            return o;
        }());
    ASSERT_EQ(batch.rejects.size(), 6U);
    EXPECT_EQ(batch.rejects[0].detail,
              "line 2: speed \"255\" is out of range 0 to 300 of speed_kmh");
    EXPECT_EQ(batch.rejects[1].reason, Reason::bad_timestamp);
    EXPECT_EQ(batch.rejects[1].detail.substr(0, 47),
              "line 3: ts \"2025-02-30T00:00:00Z\" is no time wi");
    EXPECT_EQ(batch.rejects[2].reason, Reason::bad_speed);
    EXPECT_EQ(batch.rejects[2].detail, "line 4: speed \"nan\" is no number");
    EXPECT_EQ(batch.rejects[3].reason, Reason::bad_timestamp);
    EXPECT_NE(batch.rejects[3].detail.find("--time-zone"), std::string::npos);
    EXPECT_EQ(batch.rejects[4].reason, Reason::bad_syntax);
    EXPECT_EQ(batch.rejects[4].detail, "line 6: device_id is missing");
    EXPECT_EQ(batch.rejects[5].reason, Reason::bad_speed);
}

TEST(Csv, RefusesBadBytesRowByRow) {
    const std::string text =
        std::string("device_id,ts,zone\na,2025-11-24T12:00:00Z,\xff\nb,2025-11-24T12:00:00Z,") +
        '\0' + "\nc,2025-11-24T12:00:00Z,x\n";
    const auto batch = rows_of(text);
    ASSERT_EQ(batch.rejects.size(), 2U);
    EXPECT_EQ(batch.rejects[0].reason, Reason::bad_utf8);
    EXPECT_EQ(batch.rejects[1].reason, Reason::bad_syntax);
    EXPECT_EQ(batch.records.size(), 1U);
}

TEST(Csv, JoinsTwoColumnsToATime) {
    DecodeOptions options =
        csv_options("Date+Time=ts,Speed=speed_kmh,LAT=lat,LON=lon,Mode=attr:mode,Weather=-");
    options.device = "twizy-1";
    options.time_zone = TimeZone();
    options.time_format = "%m/%d/%Y %H:%M:%S";
    const auto batch = rows_of(
        "Date,Speed,Time,Mode,LAT,LON,Weather\n04/22/"
        "2021,1.5,08:42:50,N,33.986153,-6.724960,Clouds\n04/31/2021,1,08:42:50,N,1,1,x\n",
        options);
    ASSERT_EQ(batch.records.size(), 1U);
    EXPECT_EQ(format_rfc3339(batch.records[0].ts), "2021-04-22T08:42:50.000Z");
    EXPECT_EQ(batch.records[0].device, "twizy-1");
    ASSERT_EQ(batch.records[0].attributes.size(), 1U);
    EXPECT_EQ(batch.records[0].attributes[0].name, "mode");
    ASSERT_EQ(batch.rejects.size(), 1U);
    EXPECT_EQ(batch.rejects[0].reason, Reason::bad_timestamp);
}

TEST(Csv, GivesAttributesTheirTypes) {
    const auto batch = rows_of(
        "device_id,ts,attr.a,attr.b,attr.c,attr.d,attr.e,attr.f\nv,2025-11-24T12:00:00Z,12.50,true,"
        "007,\"12\",,text\n"
        "v,2025-11-24T12:00:01Z,1e999,,,,,\n");
    ASSERT_EQ(batch.records.size(), 1U);
    const auto attributes = batch.records[0].attributes;
    ASSERT_EQ(attributes.size(), 5U);
    EXPECT_EQ(std::get<double>(attributes[0].value), 12.5);
    EXPECT_EQ(std::get<bool>(attributes[1].value), true);
    EXPECT_EQ(std::get<std::string_view>(attributes[2].value), "007");
    EXPECT_EQ(std::get<std::string_view>(attributes[3].value), "12") << "quoted: a text";
    EXPECT_EQ(std::get<std::string_view>(attributes[4].value), "text");
    ASSERT_EQ(batch.rejects.size(), 1U);
    EXPECT_EQ(batch.rejects[0].reason, Reason::bad_attribute);
}

TEST(Csv, ReadsBooleansAndRejectsOtherWords) {
    const auto batch = rows_of(
        "device_id,ts,charging,ignition\nv,2025-11-24T12:00:00Z,true,0\nv,2025-11-24T12:00:00Z,1,"
        "false\nv,2025-11-24T12:00:00Z,yes,0\nv,2025-11-24T12:00:00Z,1,2\n");
    ASSERT_EQ(batch.records.size(), 2U);
    EXPECT_EQ(batch.records[0].value(Field::charging), 1);
    EXPECT_EQ(batch.records[0].value(Field::ignition), 0);
    ASSERT_EQ(batch.rejects.size(), 2U);
    EXPECT_EQ(batch.rejects[0].reason, Reason::bad_charging);
    EXPECT_EQ(batch.rejects[1].reason, Reason::bad_ignition);
}

TEST(Csv, TakesBlanksAroundNumbersButNotInsideIds) {
    const auto batch = rows_of(
        "device_id,ts,speed_kmh\nv, 2025-11-24T12:00:00Z , 5 \n v,2025-11-24T12:00:00Z,5\n");
    ASSERT_EQ(batch.records.size(), 1U);
    EXPECT_EQ(batch.records[0].value(Field::speed), 500);
    EXPECT_EQ(batch.rejects.at(0).reason, Reason::bad_syntax);
}

/// Rows with some of everything.
std::string mixed_rows(std::mt19937& rng, bool quotes) {
    std::string text;
    const auto rows = rng() % 60;
    for (std::uint64_t i = 0; i < rows; ++i) {
        switch (rng() % (quotes ? 9 : 4)) {
            case 0: text += "\n"; break;
            case 1: text += "\r\n"; break;
            case 2: text += fmt::format("v-{},2025-11-24T12:00:00Z,x\n", i); break;
            case 3: text += fmt::format("v-{},2025-11-24T12:00:00Z,{},y\r\n", i, i); break;
            case 4: text += fmt::format("v-{},2025-11-24T12:00:00Z,\"a\nb\"\n", i); break;
            case 5: text += fmt::format("v-{},2025-11-24T12:00:00Z,\"open\n", i); break;
            case 6: text += fmt::format("v-{},2025-11-24T12:00:00Z,st\"ray\n", i); break;
            case 7: text += fmt::format("v-{},2025-11-24T12:00:00Z,\"\"\"\n", i); break;
            default: text += std::string(300, 'z') + "\n"; break;
        }
    }
    if (rng() % 2 == 0 && !text.empty()) text.pop_back();
    return text;
}

std::string shown(const model::RecordBatch& batch) {
    std::string out;
    for (std::size_t i = 0; i < batch.records.size(); ++i)
        out += fmt::format("{} {} {}\n", batch.indexes[i], batch.records[i].device,
                           batch.records[i].zone);
    for (const model::Reject& r : batch.rejects)
        out += fmt::format("{} {} {} {}\n", r.index, to_string(r.reason), r.detail, r.raw);
    return out;
}

TEST(Csv, RangesInParallelGiveTheSameAsOnePiece) {
    std::mt19937 rng(29);
    for (int round = 0; round < 1'500; ++round) {
        DecodeOptions options = csv_options();
        options.max_line = 200;
        const CsvSchema schema = *parse_csv_header("device_id,ts,zone", options);
        const std::string text = mixed_rows(rng, round % 3 != 0);
        model::RecordBatch whole;
        const CsvExtent extent = decode_csv_rows(schema, text, {0, 1}, options.window, whole);
        const CsvExtent counted = csv_extent(schema, text);
        ASSERT_EQ(counted.rows, extent.rows) << "seed 29, round " << round << "\n" << text;
        ASSERT_EQ(counted.lines, extent.lines) << "seed 29, round " << round << "\n" << text;
        ASSERT_EQ(whole.rows(), extent.rows);

        const std::size_t split = find_split(schema, text, text.empty() ? 0 : rng() % text.size());
        model::RecordBatch first;
        model::RecordBatch second;
        const std::string head = text.substr(0, split);
        const std::string tail = text.substr(split);
        const CsvExtent before = csv_extent(schema, head);
        std::thread other([&] {
            (void)decode_csv_rows(schema, tail, {before.rows, 1 + before.lines}, options.window,
                                  second);
        });
        (void)decode_csv_rows(schema, head, {0, 1}, options.window, first);
        other.join();
        model::RecordBatch both = std::move(first);
        both.records.insert(both.records.end(), second.records.begin(), second.records.end());
        both.indexes.insert(both.indexes.end(), second.indexes.begin(), second.indexes.end());
        both.rejects.insert(both.rejects.end(), second.rejects.begin(), second.rejects.end());
        ASSERT_EQ(shown(both), shown(whole))
            << "seed 29, round " << round << ", split at " << split << "\n"
            << text;
    }
}

TEST(Csv, NeutralisesFormulasAndTakesTheGuardOffAgain) {
    const auto cell = [](std::string_view text) {
        std::string out;
        append_csv_text(out, text);
        return out;
    };
    EXPECT_EQ(cell("=1+1"), "'=1+1");
    EXPECT_EQ(cell("-x"), "'-x");
    EXPECT_EQ(cell("@a,b"), "\"'@a,b\"");
    EXPECT_EQ(cell("'=x"), "''=x");
    EXPECT_EQ(cell("it's"), "it's");
    EXPECT_EQ(cell("a\"b"), "\"a\"\"b\"");
    for (const char* zone : {"=1", "'=1", "''+1", "-", "@x,\"y\"", "plain", "'quote", "it's, so"}) {
        const auto batch =
            rows_of("device_id,ts,zone\nv,2025-11-24T12:00:00Z," + cell(zone) + "\n");
        ASSERT_EQ(batch.records.size(), 1U) << zone;
        EXPECT_EQ(batch.records[0].zone, zone);
    }
}

}  // namespace
}  // namespace fleet::codec
