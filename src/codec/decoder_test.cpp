// SPDX-License-Identifier: Apache-2.0
// What holds for all formats: reason codes, limits, independence of how the input is cut.
#include "codec/decoder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace fleet::codec {
namespace {

constexpr std::int64_t kNowMs = 1'764'028'800'000;  // 2025-11-25T00:00:00Z

DecodeOptions options_for(Format format) {
    DecodeOptions options;
    options.format = format;
    options.window = {.now = {kNowMs}, .earliest = {kNowMs - 30 * kMsPerDay}};
    return options;
}

/// One line a row: `ok DEVICE TS MASK VALUES… zone alarm attributes`, or `REASON`, in row order.
std::vector<std::string> outcomes(const model::RecordBatch& batch, bool details = false) {
    std::vector<std::string> rows(batch.rows(), "missing");
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
        const model::Record& r = batch.records[i];
        std::string text = fmt::format("ok {}/{} {} {:x}", r.device, r.fleet, r.ts.ms, r.mask);
        for (const std::int32_t v : r.values) text += fmt::format(" {}", v);
        text += fmt::format(" {}|{}|", r.zone, r.alarm);
        for (const char c : model::encode_attributes(r.attributes))
            text += fmt::format("{:02x}", static_cast<unsigned char>(c));
        rows.at(batch.indexes[i]) = text;
    }
    for (const model::Reject& r : batch.rejects)
        rows.at(r.index) = std::string(to_string(r.reason)) +
                           (details ? fmt::format(" {} <{}>", r.detail, r.raw) : "");
    return rows;
}

std::vector<std::string> decoded(const DecodeOptions& options, std::string_view text) {
    model::RecordBatch batch;
    const auto decoder = decode_all(options, text, batch);
    if (!decoder) return {"error: " + decoder.error().message};
    return outcomes(batch);
}

/// The values of a row by name, as text for each format. No time or device unless given.
struct Row {
    std::vector<std::pair<std::string, std::string>> values;  ///< JSON literals
};

std::string bare(const std::string& literal) {
    return literal.starts_with('"') ? literal.substr(1, literal.size() - 2) : literal;
}

std::string as_csv(const Row& row) {
    std::string header;
    std::string line;
    for (const auto& [name, value] : row.values) {
        header += (header.empty() ? "" : ",") + name;
        line += (line.empty() ? "" : ",") + bare(value);
    }
    return header + "\n" + line + "\n";
}

std::string as_json(const Row& row) {
    std::string out = "{";
    for (const auto& [name, value] : row.values)
        out += fmt::format("{}\"{}\":{}", out.size() == 1 ? "" : ",", name, value);
    return out + "}";
}

std::string as_influx(const Row& row) {
    std::string tags = "m";
    std::string fields;
    std::string time;
    for (const auto& [name, value] : row.values) {
        if (name == "device_id") {
            tags += ",device_id=" + bare(value);
        } else if (name == "ts") {
            const auto t = parse_rfc3339(bare(value));
            time = t ? fmt::format(" {}000000", t->ms) : " " + bare(value);
        } else {
            fields += fmt::format("{}{}={}", fields.empty() ? "" : ",", name, value);
        }
    }
    return tags + " " + fields + time + "\n";
}

struct ReasonCase {
    const char* name;
    Row row;
    const char* reason;  ///< nullptr: valid
};

Row valid_with(const std::vector<std::pair<std::string, std::string>>& values) {
    Row row{{{"device_id", "\"v-1\""}, {"ts", "\"2025-11-24T12:00:00Z\""}}};
    row.values.insert(row.values.end(), values.begin(), values.end());
    return row;
}

std::vector<ReasonCase> reason_cases() {
    std::vector<ReasonCase> cases{
        {"valid", valid_with({{"lat", "48.85"}, {"lon", "2.35"}, {"speed_kmh", "50"}}), nullptr},
        {"limits are inside",
         valid_with({{"lat", "-90"},
                     {"lon", "180"},
                     {"speed_kmh", "300"},
                     {"battery_pct", "100"},
                     {"fuel_pct", "0"},
                     {"humidity_pct", "100"},
                     {"temp_c", "-60"},
                     {"heading_deg", "360"},
                     {"satellites", "12"},
                     {"accuracy_m", "3.5"},
                     {"altitude_m", "-400"},
                     {"odometer_km", "123456.7"}}),
         nullptr},
        {"not an id",
         Row{{{"device_id", "\"v/1\""}, {"ts", "\"2025-11-24T12:00:00Z\""}, {"speed_kmh", "1"}}},
         "bad_syntax"},
        {"id too long",
         Row{{{"device_id", "\"" + std::string(65, 'x') + "\""},
              {"ts", "\"2025-11-24T12:00:00Z\""},
              {"speed_kmh", "1"}}},
         "bad_syntax"},
        {"no time", Row{{{"device_id", "\"v-1\""}, {"ts", "\"soon\""}, {"speed_kmh", "1"}}},
         "bad_timestamp"},
        {"future",
         Row{{{"device_id", "\"v-1\""}, {"ts", "\"2025-11-25T00:02:01Z\""}, {"speed_kmh", "1"}}},
         "future_ts"},
        {"two minutes ahead",
         Row{{{"device_id", "\"v-1\""}, {"ts", "\"2025-11-25T00:02:00Z\""}, {"speed_kmh", "1"}}},
         nullptr},
        {"too old",
         Row{{{"device_id", "\"v-1\""}, {"ts", "\"2025-10-01T00:00:00Z\""}, {"speed_kmh", "1"}}},
         "too_old"},
        {"latitude", valid_with({{"lat", "90.0000001"}, {"lon", "1"}}), "bad_latitude"},
        {"longitude", valid_with({{"lat", "1"}, {"lon", "-180.0000001"}}), "bad_longitude"},
        {"half", valid_with({{"lat", "1"}}), "half_position"},
        {"other half", valid_with({{"lon", "1"}}), "half_position"},
        {"bad half is bad", valid_with({{"lat", "91"}}), "bad_latitude"},
        {"null island", valid_with({{"lat", "0"}, {"lon", "-0.0"}}), "null_island"},
        {"near null island", valid_with({{"lat", "0.00000001"}, {"lon", "0"}}), nullptr},
        {"speed", valid_with({{"speed_kmh", "300.001"}}), "bad_speed"},
        {"negative speed", valid_with({{"speed_kmh", "-0.001"}}), "bad_speed"},
        {"speed 1e309", valid_with({{"speed_kmh", "1e309"}}), "bad_speed"},
        {"lat 1e309", valid_with({{"lat", "1e309"}, {"lon", "1"}}), "bad_latitude"},
        {"battery", valid_with({{"battery_pct", "100.004"}}), "bad_battery"},
        {"fuel", valid_with({{"fuel_pct", "-1"}}), "bad_fuel"},
        {"humidity", valid_with({{"humidity_pct", "101"}}), "bad_humidity"},
        {"temperature", valid_with({{"temp_c", "-60.001"}}), "bad_temp"},
        {"heading", valid_with({{"heading_deg", "360.001"}}), "bad_heading"},
        {"altitude", valid_with({{"altitude_m", "100000.1"}}), "bad_altitude"},
        {"accuracy", valid_with({{"accuracy_m", "-1"}}), "bad_accuracy"},
        {"satellites", valid_with({{"satellites", "256"}}), "bad_satellites"},
        {"odometer", valid_with({{"odometer_km", "-1"}}), "bad_odometer"},
        {"first check wins",
         valid_with({{"speed_kmh", "301"}, {"lat", "91"}, {"lon", "1"}, {"temp_c", "101"}}),
         "bad_latitude"},
        {"time before position",
         Row{{{"device_id", "\"v-1\""},
              {"ts", "\"2025-12-25T00:00:00Z\""},
              {"lat", "0"},
              {"lon", "0"}}},
         "future_ts"},
        {"id before time",
         Row{{{"device_id", "\"?\""}, {"ts", "\"soon\""}, {"lat", "0"}, {"lon", "0"}}},
         "bad_syntax"},
    };
    return cases;
}

TEST(Decoder, GivesEveryFormatTheSameReasonCode) {
    for (const ReasonCase& c : reason_cases()) {
        const std::string expected = c.reason == nullptr ? "ok" : c.reason;
        const auto check = [&](Format format, const std::string& text) {
            const auto rows = decoded(options_for(format), text);
            ASSERT_EQ(rows.size(), 1U) << c.name << "\n" << text;
            EXPECT_EQ(rows[0].substr(0, expected.size()), expected) << c.name << "\n"
                                                                    << text << "\n"
                                                                    << rows[0];
        };
        check(Format::csv, as_csv(c.row));
        check(Format::ndjson, as_json(c.row) + "\n");
        check(Format::json_array, "[" + as_json(c.row) + "]");
        check(Format::influx, as_influx(c.row));
    }
}

TEST(Decoder, GivesEveryFormatTheSameRecord) {
    const Row row = valid_with({{"lat", "48.8566969"},
                                {"lon", "2.35"},
                                {"speed_kmh", "50.005"},
                                {"charging", "true"},
                                {"ignition", "false"},
                                {"zone", "\"zone_a\""},
                                {"alarm", "\"sos\""},
                                {"temp_c", "-3.5"}});
    const auto csv = decoded(options_for(Format::csv), as_csv(row));
    EXPECT_EQ(csv, decoded(options_for(Format::ndjson), as_json(row)));
    EXPECT_EQ(csv, decoded(options_for(Format::json_array), "[" + as_json(row) + "]"));
    EXPECT_EQ(csv, decoded(options_for(Format::influx), as_influx(row)));
    ASSERT_EQ(csv.size(), 1U);
    EXPECT_EQ(
        csv[0],
        "ok v-1/ 1763985600000 1523 48856697 2350000 0 0 0 5001 0 0 1 0 -350 0 0 0 zone_a|sos|");
}

TEST(Decoder, ConvertsSpeedsBeforeItChecksThem) {
    DecodeOptions mph = options_for(Format::csv);
    mph.speed_unit = SpeedUnit::mph;
    mph.map = *parse_column_map("speed=speed_kmh");
    EXPECT_EQ(decoded(mph, "device_id,ts,speed\na,2025-11-24T12:00:00Z,255\n")[0], "bad_speed");
    EXPECT_EQ(decoded(mph, "device_id,ts,speed\na,2025-11-24T12:00:00Z,100\n")[0].substr(0, 26),
              "ok a/ 1763985600000 20 0 0");
    DecodeOptions knots = options_for(Format::influx);
    knots.speed_unit = SpeedUnit::knots;
    EXPECT_EQ(
        decoded(knots, "m,name=a velocity=161.987041036717 1763985600000000000")[0].substr(0, 2),
        "ok");
    EXPECT_EQ(decoded(knots, "m,name=a velocity=161.987041036718 1763985600000000000")[0],
              "bad_speed");
}

TEST(Decoder, FillsInTheDefaultFleetAndDevice) {
    for (const Format format : {Format::csv, Format::ndjson, Format::json_array, Format::influx}) {
        DecodeOptions options = options_for(format);
        options.fleet = "north";
        options.device = "boat";
        const Row row{{{"ts", "\"2025-11-24T12:00:00Z\""}, {"speed_kmh", "1"}}};
        const std::string text = format == Format::csv      ? as_csv(row)
                                 : format == Format::influx ? as_influx(row)
                                 : format == Format::ndjson ? as_json(row)
                                                            : "[" + as_json(row) + "]";
        EXPECT_EQ(decoded(options, text).at(0).substr(0, 14), "ok boat/north ") << text;
        options.device = "";
        EXPECT_NE(decoded(options, text).at(0).substr(0, 2), "ok");
        options.device = "not an id";
        EXPECT_FALSE(make_decoder(options));
    }
}

std::string long_line(Format format, std::size_t size) {
    std::string filler;
    switch (format) {
        case Format::csv: filler = "a,2025-11-24T12:00:00Z,1,"; break;
        case Format::ndjson:
        case Format::json_array:
            filler = R"({"device_id":"a","ts":"2025-11-24T12:00:00Z","x":")";
            break;
        case Format::influx: filler = "m,name=a x=\""; break;
    }
    return filler + std::string(size - std::min(size, filler.size()), 'x');
}

TEST(Decoder, RefusesALongLineInConstantMemoryAndGoesOn) {
    for (const Format format : {Format::csv, Format::ndjson, Format::json_array, Format::influx}) {
        const Row good = valid_with({{"speed_kmh", "1"}});
        const std::string good_text = format == Format::csv      ? "v-1,2025-11-24T12:00:00Z,1,z\n"
                                      : format == Format::influx ? as_influx(good)
                                                                 : as_json(good) + "\n";
        const std::string separator = format == Format::json_array ? "\"}\n," : "\n";
        std::string text = format == Format::csv          ? "device_id,ts,speed_kmh,zone\n"
                           : format == Format::json_array ? "["
                                                          : "";
        text.append(good_text).append(format == Format::json_array ? "," : "");
        text.append(long_line(format, 5'000'000)).append(separator).append(good_text);
        if (format == Format::json_array) text += "]";

        auto decoder = *make_decoder(options_for(format));
        std::vector<std::string> reasons;
        std::string buffer;
        std::size_t fed = 0;
        while (fed < text.size() || !buffer.empty()) {
            const std::size_t piece = std::min<std::size_t>(text.size() - fed, 40'000);
            buffer += text.substr(fed, piece);
            fed += piece;
            model::RecordBatch batch;
            std::size_t consumed = 0;
            ASSERT_TRUE(decoder->decode(buffer, fed == text.size(), batch, consumed));
            for (const model::Reject& r : batch.rejects) {
                reasons.emplace_back(to_string(r.reason));
                EXPECT_LE(r.raw.size(), model::kMaxRawBytes);
                EXPECT_EQ(r.index, 1U);
            }
            for (std::size_t i = 0; i < batch.records.size(); ++i) reasons.emplace_back("ok");
            buffer.erase(0, consumed);
            ASSERT_LE(buffer.size(), (64U << 10) + 2);
            if (fed == text.size()) break;
        }
        EXPECT_TRUE(buffer.empty());
        EXPECT_EQ(reasons, (std::vector<std::string>{"ok", "too_large", "ok"}))
            << static_cast<int>(format);
    }
}

TEST(Decoder, DrawsTheLineAtExactlyMaxLineBytes) {
    for (const Format format : {Format::csv, Format::ndjson, Format::influx}) {
        DecodeOptions options = options_for(format);
        const std::string header = format == Format::csv ? "device_id,ts,speed_kmh,attr.x\n" : "";
        for (const char* line_end : {"\n", "\r\n", ""}) {
            std::string line = format == Format::csv ? "a,2025-11-24T12:00:00Z,1,"
                               : format == Format::ndjson
                                   ? R"({"device_id":"a","ts":"2025-11-24T12:00:00Z","x":"pppp"})"
                                   : "m,name=a x=1 1763985600000000000";
            if (format == Format::csv) line += "pppppppp";
            options.max_line = line.size();
            EXPECT_EQ(decoded(options, header + line + line_end).at(0).substr(0, 2), "ok") << line;
            options.max_line = line.size() - 1;
            EXPECT_EQ(decoded(options, header + line + line_end).at(0), "too_large") << line;
        }
    }
}

TEST(Decoder, CountsAtMostThirtyTwoAttributes) {
    std::string json = R"({"device_id":"a","ts":"2025-11-24T12:00:00Z")";
    for (int i = 0; i < 32; ++i) json += fmt::format(",\"x{}\":{}", i, i);
    EXPECT_EQ(decoded(options_for(Format::ndjson), json + "}").at(0).substr(0, 2), "ok");
    EXPECT_EQ(decoded(options_for(Format::ndjson), json + ",\"y\":1}").at(0), "too_large");
}

TEST(Decoder, StopsWhenTheBatchIsFull) {
    for (const Format format : {Format::csv, Format::ndjson, Format::json_array, Format::influx}) {
        DecodeOptions options = options_for(format);
        const Row row = valid_with({{"speed_kmh", "1"}});
        std::string text = format == Format::csv          ? "device_id,ts,speed_kmh\n"
                           : format == Format::json_array ? "["
                                                          : "";
        for (int i = 0; i < 10; ++i) {
            text += format == Format::csv      ? "v-1,2025-11-24T12:00:00Z,1\n"
                    : format == Format::influx ? as_influx(row)
                                               : as_json(row) + "\n";
            if (format == Format::json_array && i < 9) text += ",";
        }
        if (format == Format::json_array) text += "]";
        text += "\n \n";
        if (format == Format::csv) text.resize(text.size() - 2);  // a blank is a row there
        options.max_rows = 10;
        model::RecordBatch all;
        EXPECT_TRUE(decode_all(options, text, all)) << "exactly as many as allowed";
        options.max_rows = 9;
        model::RecordBatch few;
        const auto refused = decode_all(options, text, few);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Code::too_large);
        auto decoder = *make_decoder(options);
        std::size_t at = 0;
        std::vector<std::size_t> sizes;
        for (int call = 0; call < 3; ++call) {
            model::RecordBatch batch;
            std::size_t consumed = 0;
            ASSERT_TRUE(decoder->decode(std::string_view(text).substr(at), true, batch, consumed));
            at += consumed;
            sizes.push_back(batch.rows());
        }
        EXPECT_EQ(sizes, (std::vector<std::size_t>{9, 1, 0}));
        EXPECT_EQ(at, text.size());
        EXPECT_EQ(decoder->rows(), 10U);
    }
}

/// Texts with every kind of trouble, for the property below.
std::string troubled_text(Format format, std::mt19937& rng) {
    static const char* const kCsv[] = {"a,2025-11-24T12:00:00Z,50,zone_a",
                                       "\"b\",\"2025-11-24T12:00:01.5Z\",\"7\",\"x, \"\"y\"\"\"",
                                       "c,2025-11-24T12:00:02Z,,",
                                       "d,2025-11-24T12:00:03Z,1,\"two\nlines\"",
                                       "e,2025-11-24T12:00:04Z,1,\"open",
                                       "f,2025-11-24T12:00:05Z,1,\"a\"b",
                                       "g,2025-11-24T12:00:06Z,1",
                                       "h,2025-11-24T12:00:07Z,1,a,b",
                                       "",
                                       "i,2025-11-24T12:00:08Z,999,z",
                                       "j,2025-11-24T12:00:09Z,1,\xff",
                                       "k,2025-11-24T12:00:10Z,1,caf\xc3\xa9",
                                       "l,2025-11-24T12:00:11Z,1,x\"y",
                                       "m,\"2025-11-24T12:00:12Z\"\r,1,z"};
    static const char* const kJson[] = {
        R"({"device_id":"a","ts":"2025-11-24T12:00:00Z","speed_kmh":50})",
        R"({"device_id":"b","ts":1763985600,"zone":"a\"]}\\","x":{"y":[1]}})",
        R"({"device_id":"c","ts":"2025-11-24T12:00:00Z","speed_kmh":nan})",
        R"({"device_id":"d","ts":"2025-11-24T12:00:00Z" "x":1})",
        "{\"device_id\":\"e\",\"ts\":\"2025-11-24T12:00:00Z\",\"zone\":\"\xff\"}",
        R"([1,2])",
        R"("text")",
        "17",
        R"({"device_id":"f","ts":"2025-11-24T12:00:00Z","n":"\u00e9"})"};
    static const char* const kInflux[] = {
        "m,name=a,fleet=x speed_kmh=5,odo=7i 1763985600000000000",
        "# a comment",
        "",
        "m,name=b lat=1,lon=2,note=\"x, \\\"y\\\" z\" 1763985601000000000",
        "m,name=c speed_kmh=5",
        "m,name=d",
        "m,name=e x=\"open 1",
        "m,name=f\\ g x=1 1",
        "m x=1 1763985600000000000",
        "m,name=h z=\xff 1763985600000000000"};
    std::string out = format == Format::csv          ? "device_id,ts,speed_kmh,zone\n"
                      : format == Format::json_array ? "["
                                                     : "";
    const auto rows = 1 + rng() % 12;
    for (std::size_t i = 0; i < rows; ++i) {
        if (format == Format::csv) out += kCsv[rng() % std::size(kCsv)];
        if (format == Format::influx) out += kInflux[rng() % std::size(kInflux)];
        if (format == Format::ndjson || format == Format::json_array)
            out += kJson[rng() % std::size(kJson)];
        if (format == Format::json_array) {
            out += i + 1 < rows ? (rng() % 2 == 0 ? "," : " ,\n") : "";
        } else if (i + 1 < rows || rng() % 2 == 0) {
            out += rng() % 3 == 0 ? "\r\n" : "\n";
        }
    }
    if (format == Format::json_array) out += "]\n";
    return out;
}

TEST(Decoder, DoesNotDependOnHowTheInputIsCut) {
    std::mt19937 rng(41);
    for (int round = 0; round < 4'000; ++round) {
        const auto format = static_cast<Format>(rng() % 4);
        DecodeOptions options = options_for(format);
        options.max_line = rng() % 2 == 0 ? 64U << 10 : 60 + rng() % 60;
        const std::string text = troubled_text(format, rng);
        model::RecordBatch whole;
        const auto expected = decode_all(options, text, whole);
        ASSERT_TRUE(expected) << expected.error().message << "\n" << text;

        auto decoder = *make_decoder(options);
        std::vector<std::string> rows;
        std::string buffer;
        std::size_t fed = 0;
        for (bool last = false; !last;) {
            const std::size_t piece = std::min<std::size_t>(text.size() - fed, 1 + rng() % 40);
            buffer += text.substr(fed, piece);
            fed += piece;
            last = fed == text.size();
            const std::string copy =
                buffer;  // in its own memory, so that reading beyond it is seen by the sanitizer
            model::RecordBatch batch;
            std::size_t consumed = 0;
            ASSERT_TRUE(decoder->decode(copy, last, batch, consumed)) << "seed 41, round " << round;
            ASSERT_LE(consumed, copy.size());
            for (std::uint32_t& i : batch.indexes) i -= static_cast<std::uint32_t>(rows.size());
            for (model::Reject& r : batch.rejects)
                r.index -= static_cast<std::uint32_t>(rows.size());
            for (std::string& row : outcomes(batch, true)) rows.push_back(std::move(row));
            buffer.erase(0, consumed);
        }
        EXPECT_TRUE(buffer.empty());
        ASSERT_EQ(rows, outcomes(whole, true)) << "seed 41, round " << round << "\n" << text;
        ASSERT_EQ(decoder->rows(), rows.size());
    }
}

TEST(Options, ParseTheColumnMap) {
    const auto map = parse_column_map(
        "latitude=lat,Date+Time=ts,odo_m=odometer_km*0.001,route=attr:route,note=-,=-,a\\,b\\+c="
        "zone");
    ASSERT_TRUE(map) << map.error().message;
    ASSERT_EQ(map->size(), 7U);
    EXPECT_EQ((*map)[0], (ColumnMapping{{"latitude"}, "lat", {}}));
    EXPECT_EQ((*map)[1], (ColumnMapping{{"Date", "Time"}, "ts", {}}));
    EXPECT_EQ((*map)[2], (ColumnMapping{{"odo_m"}, "odometer_km", Factor{1, -3}}));
    EXPECT_EQ((*map)[3].target, "attr:route");
    EXPECT_EQ((*map)[5].sources[0], "");
    EXPECT_EQ((*map)[6].sources[0], "a,b+c");
    for (const char* bad :
         {"latitude", "x=latitude", "a+b=lat", "x=zone*2", "x=lat*nan", "x=attr:"}) {
        const auto refused = parse_column_map(bad);
        ASSERT_FALSE(refused) << bad;
        EXPECT_EQ(refused.error().code, Code::invalid_argument);
    }
    EXPECT_NE(parse_column_map("x=latitude").error().message.find("\"lat\""), std::string::npos);
}

TEST(Options, NameTheNearestColumns) {
    EXPECT_EQ(nearest_columns("latitude", 1), "\"lat\"");
    EXPECT_EQ(nearest_columns("Speed", 1), "\"speed_kmh\"");
    EXPECT_EQ(nearest_columns("battery", 1), "\"battery_pct\"");
    EXPECT_EQ(nearest_columns("temperature", 1), "\"temp_c\"");
}

TEST(Options, TellFormatsByNameAndContent) {
    EXPECT_EQ(format_of_name("a/b.csv.gz"), Format::csv);
    EXPECT_EQ(format_of_name("x.jsonl.zst"), Format::ndjson);
    EXPECT_EQ(format_of_name("x.json"), Format::json_array);
    EXPECT_EQ(format_of_name("x.lp"), Format::influx);
    EXPECT_EQ(format_of_name("x.bin"), std::nullopt);
    EXPECT_EQ(detect_format("\xEF\xBB\xBF \n{\"a\":1}"), Format::ndjson);
    EXPECT_EQ(detect_format("[{}]"), Format::json_array);
    EXPECT_EQ(detect_format("readings,name=truck_0 latitude=1 5\n"), Format::influx);
    EXPECT_EQ(detect_format("device_id,ts,lat\n"), Format::csv);
    EXPECT_FALSE(parse_format("xml"));
    EXPECT_FALSE(parse_speed_unit("m/s"));
    EXPECT_FALSE(parse_precision("h"));
}

}  // namespace
}  // namespace fleet::codec
