// SPDX-License-Identifier: Apache-2.0
#include "codec/decoder.hpp"
#include "codec/record_csv.hpp"
#include "codec/record_json.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace fleet::codec {
namespace {

using model::Attribute;
using model::AttributeValue;
using model::Field;

constexpr std::int64_t kNowMs = 1'764'028'800'000;

/// A random valid row with texts that are awkward in both formats.
void add_random(model::Rows& rows, std::mt19937& rng) {
    static constexpr std::string_view kTexts[] = {
        "zone_a", "=1+1", "a,b",   "say \"hi\"", "two\nlines", "café 😀", "'=x", "12",
        "true",   "-",    " pad ", "x\ry",       "\t",         "1e5",     "\\"};
    const auto text = [&] { return kTexts[rng() % std::size(kTexts)]; };
    model::Record r;
    r.device = "v-1";
    r.ts = {kNowMs - static_cast<std::int64_t>(rng() % 1'000'000)};
    for (const model::FieldInfo& f : model::kFields) {
        if (rng() % 2 == 0) continue;
        const auto width = static_cast<std::uint64_t>(f.max - f.min) + 1;
        r.set(f.field, static_cast<std::int32_t>(f.min + static_cast<std::int64_t>(rng() % width)));
    }
    if (r.has(Field::lat) != r.has(Field::lon)) {
        r.set(Field::lat, 1);
        r.set(Field::lon, 1);
    }
    if (rng() % 2 == 0) r.zone = text();
    if (rng() % 2 == 0) r.alarm = text();
    std::vector<Attribute> attributes;
    static constexpr double kNumbers[] = {
        0, -0.5, 1.0 / 7, 1e15, 1234567890123456, 1e22, 1e300, 5e-324, -123456789012345};
    if (rng() % 2 == 0)
        attributes.push_back({"number", AttributeValue(kNumbers[rng() % std::size(kNumbers)])});
    if (rng() % 2 == 0) attributes.push_back({"flag", AttributeValue(rng() % 2 == 0)});
    if (rng() % 2 == 0)
        attributes.push_back(
            {"te,xt", AttributeValue(rng() % 5 == 0 ? std::string_view() : text())});
    r.attributes = attributes;
    model::append(rows, r);
}

void expect_equal(const model::Rows& expected, const model::RecordBatch& batch,
                  const std::string& text) {
    ASSERT_TRUE(batch.rejects.empty()) << batch.rejects[0].detail << "\n" << text;
    ASSERT_EQ(batch.records.size(), expected.size()) << text;
    model::Rows actual;
    for (const model::Record& r : batch.records) {
        EXPECT_EQ(r.device, "v-1");
        EXPECT_EQ(r.fleet, "north");
        model::append(actual, r);
    }
    for (std::size_t i = 0; i < actual.size(); ++i) {
        const model::Sample& a = actual.samples[i];
        const model::Sample& e = expected.samples[i];
        ASSERT_EQ(a.ts_ms, e.ts_ms);
        ASSERT_EQ(a.mask, e.mask) << text;
        ASSERT_EQ(a.values, e.values) << text;
        ASSERT_EQ(actual.texts.text(a.zone), expected.texts.text(e.zone)) << text;
        ASSERT_EQ(actual.texts.text(a.alarm), expected.texts.text(e.alarm)) << text;
        ASSERT_EQ(actual.texts.text(a.attributes), expected.texts.text(e.attributes)) << text;
    }
}

TEST(RecordText, ReadsBackTheJsonThatItWrote) {
    std::mt19937 rng(31);
    for (int round = 0; round < 400 && !testing::Test::HasFailure(); ++round) {
        model::Rows rows;
        for (int i = 0; i < 5; ++i) add_random(rows, rng);
        std::string lines;
        std::string array;
        JsonWriter json(array);
        json.begin_array();
        for (const model::Sample& s : rows.samples) {
            JsonWriter line(lines);
            append_sample(line, "v-1", "north", s, rows.texts);
            lines += "\n";
            append_sample(json, "v-1", "north", s, rows.texts);
        }
        json.end_array();
        for (const Format format : {Format::ndjson, Format::json_array}) {
            DecodeOptions options;
            options.format = format;
            options.window.now = {kNowMs};
            model::RecordBatch batch;
            const std::string& text = format == Format::ndjson ? lines : array;
            const auto decoder = decode_all(options, text, batch);
            ASSERT_TRUE(decoder) << decoder.error().message;
            expect_equal(rows, batch, text);
        }
    }
}

TEST(RecordText, ReadsBackTheCsvThatItWrote) {
    std::mt19937 rng(37);
    for (int round = 0; round < 400 && !testing::Test::HasFailure(); ++round) {
        model::Rows rows;
        for (int i = 0; i < 5; ++i) add_random(rows, rng);
        CsvColumns columns;
        columns.attributes = {"number", "flag", "te,xt"};
        std::string text;
        std::vector<Attribute> scratch;
        append_csv_header(text, columns);
        for (const model::Sample& s : rows.samples)
            append_csv_row(text, "v-1", "north", s, rows.texts, columns, scratch);
        DecodeOptions options;
        options.window.now = {kNowMs};
        model::RecordBatch batch;
        const auto decoder = decode_all(options, text, batch);
        ASSERT_TRUE(decoder) << decoder.error().message;
        expect_equal(rows, batch, text);
    }
}

TEST(RecordText, OmitsAbsentValuesAndUnwantedFields) {
    model::Rows rows;
    model::Record r;
    r.ts = {1'763'985'600'123};
    r.set(Field::speed, 2'550);
    r.set(Field::charging, 1);
    r.zone = "a";
    const std::vector<Attribute> attributes{{"n", AttributeValue(0.1)}};
    r.attributes = attributes;
    model::append(rows, r);
    std::string out;
    JsonWriter json(out);
    append_sample(json, "d", "", rows.samples[0], rows.texts);
    EXPECT_EQ(
        out,
        R"({"device_id":"d","ts":"2025-11-24T12:00:00.123Z","speed_kmh":25.5,"charging":true,"zone":"a","attributes":{"n":0.1}})");
    std::string few;
    JsonWriter other(few);
    append_sample(other, "d", "f", rows.samples[0], rows.texts, model::bit(Field::speed));
    EXPECT_EQ(
        few,
        R"({"device_id":"d","fleet_id":"f","ts":"2025-11-24T12:00:00.123Z","speed_kmh":25.5})");
    std::string csv;
    std::vector<Attribute> scratch;
    const CsvColumns columns{
        .fleet = false,
        .fields = model::bit(Field::speed) | model::bit(Field::lat) | model::kZoneBit,
        .attributes = {}};
    append_csv_header(csv, columns);
    append_csv_row(csv, "d", "f", rows.samples[0], rows.texts, columns, scratch);
    EXPECT_EQ(csv, "device_id,ts,lat,speed_kmh,zone\nd,2025-11-24T12:00:00.123Z,,25.5,a\n");
}

}  // namespace
}  // namespace fleet::codec
