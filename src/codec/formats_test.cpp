// SPDX-License-Identifier: Apache-2.0
// What is particular to NDJSON, the JSON array and the line protocol.
#include "codec/decoder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace fleet::codec {
namespace {

using model::Field;
using model::Reason;

struct Decoded {
    std::unique_ptr<const std::string> text;  ///< the records point into it
    model::RecordBatch batch;
    std::string error;
};

Decoded decoded(Format format, std::string_view text, DecodeOptions options = {}) {
    options.format = format;
    options.window.now = {1'764'028'800'000};
    Decoded d;
    d.text = std::make_unique<const std::string>(text);
    const auto decoder = decode_all(options, *d.text, d.batch);
    if (!decoder) d.error = decoder.error().message;
    return d;
}

std::string reason_of_json(const std::string& members) {
    const auto d =
        decoded(Format::ndjson, R"({"device_id":"a","ts":"2025-11-24T12:00:00Z")" + members + "}");
    return d.batch.rejects.empty() ? "ok" : std::string(to_string(d.batch.rejects[0].reason));
}

TEST(Ndjson, GivesAWrongTypeTheCodeOfItsField) {
    struct Case {
        const char* members;
        const char* reason;
    };
    const Case cases[] = {
        {R"(,"speed_kmh":"12.5")", "bad_speed"},
        {R"(,"speed_kmh":true)", "bad_speed"},
        {R"(,"speed_kmh":[1])", "bad_speed"},
        {R"(,"speed_kmh":{})", "bad_speed"},
        {R"(,"speed_kmh":null)", "ok"},
        {R"(,"lat":"1","lon":2)", "bad_latitude"},
        {R"(,"lat":1,"lon":null)", "half_position"},
        {R"(,"charging":1)", "bad_charging"},
        {R"(,"charging":"true")", "bad_charging"},
        {R"(,"ignition":false)", "ok"},
        {R"(,"zone":5)", "bad_syntax"},
        {R"(,"zone":null,"alarm":"")", "ok"},
        {R"(,"fleet_id":"no/id")", "bad_syntax"},
        {R"(,"x":{"y":1})", "bad_attribute"},
        {R"(,"x":[1])", "bad_attribute"},
        {R"(,"x":null)", "ok"},
        {R"(,"x":1e309)", "bad_attribute"},
        {R"(,"x":1e-400)", "ok"},
        {R"(,"":1)", "bad_attribute"},
        {R"(,"attributes":{"a":1,"b":"t","c":false,"d":null})", "ok"},
        {R"(,"attributes":[1])", "bad_attribute"},
        {R"(,"attributes":null)", "ok"},
        {R"(,"attributes":{"a":{}})", "bad_attribute"},
        {R"(,"a":1,"attributes":{"a":1})", "bad_syntax"},
        {R"(,"attributes":{},"attributes":{})", "bad_syntax"},
        {R"(,"lat":1,"lat":1,"lon":1)", "bad_syntax"},
        {R"(,"lat":null,"lat":1,"lon":1)", "bad_syntax"},
        {R"(,"ts":"2025-11-24T12:00:00Z")", "bad_syntax"},
        {R"(,"zone":"a\u0000b")", "bad_syntax"},
        {R"(,"x":nan)", "bad_syntax"},
        {R"(,"x":01)", "bad_syntax"},
        {R"(,"x":1,)", "bad_syntax"},
        {R"(} {"y":1)", "bad_syntax"},
        {R"(,"x":[[[[[[[[1]]]]]]]])", "bad_syntax"},
        {",\"zone\":\"\xff\"", "bad_utf8"},
        {",\"zone\":\"\xff\" \"x\":1", "bad_syntax"},
        {",\"zone\":\"\xff\",\"speed_kmh\":999", "bad_utf8"},
    };
    for (const Case& c : cases) EXPECT_EQ(reason_of_json(c.members), c.reason) << c.members;
    EXPECT_EQ(reason_of_json(fmt::format(R"(,"zone":"{}")", std::string(65, 'z'))), "too_large");
    EXPECT_EQ(reason_of_json(fmt::format(R"(,"x":"{}")", std::string(257, 'z'))), "bad_attribute");
    EXPECT_EQ(reason_of_json(fmt::format(R"(,"{}":1)", std::string(65, 'n'))), "bad_attribute");
}

TEST(Ndjson, ReadsEpochTimesEscapesAndAttributes) {
    const auto d = decoded(Format::ndjson,
                           "\xEF\xBB\xBF{\"device_id\":\"a\",\"ts\":1763985600.25,\"zone\":"
                           "\"caf\\u00e9\",\"b\\u006fx\":true,\"n\":-0.5}\r\n"
                           "\n  \n{\"ts\":1763985600250,\"device_id\":\"b\"}");
    ASSERT_EQ(d.batch.records.size(), 2U);
    const model::Record& r = d.batch.records[0];
    EXPECT_EQ(r.ts.ms, 1'763'985'600'250);
    EXPECT_EQ(r.zone, "café");
    ASSERT_EQ(r.attributes.size(), 2U);
    EXPECT_EQ(r.attributes[0].name, "box");
    EXPECT_EQ(std::get<double>(r.attributes[1].value), -0.5);
    EXPECT_EQ(d.batch.records[1].ts.ms, 1'763'985'600'250);
    EXPECT_EQ(d.batch.indexes[1], 1U) << "blank lines are no rows";
}

TEST(Ndjson, NamesLineAndColumnOfASyntaxError) {
    const auto d =
        decoded(Format::ndjson, "{\"device_id\":\"a\",\"ts\":1763985600}\n{\"device_id\" 1}\n17\n");
    ASSERT_EQ(d.batch.rejects.size(), 2U);
    EXPECT_EQ(d.batch.rejects[0].detail, "line 2, column 14: expected ':'");
    EXPECT_EQ(d.batch.rejects[1].detail.substr(0, 8), "line 3, ");
    EXPECT_NE(d.batch.rejects[1].detail.find("a record must be an object"), std::string::npos);
}

TEST(Ndjson, MapsMembers) {
    DecodeOptions options;
    options.map =
        *parse_column_map("id=device_id,when=ts,v=speed_kmh*3.6,secret=-,t=attr:temperature_raw");
    const auto d = decoded(
        Format::ndjson, R"({"id":"a","when":1763985600,"v":10,"secret":{"x":[]},"t":5})", options);
    ASSERT_EQ(d.batch.records.size(), 1U) << d.batch.rejects.at(0).detail;
    EXPECT_EQ(d.batch.records[0].value(Field::speed), 3'600);
    ASSERT_EQ(d.batch.records[0].attributes.size(), 1U);
    EXPECT_EQ(d.batch.records[0].attributes[0].name, "temperature_raw");
    options.map = *parse_column_map("a+b=ts");
    EXPECT_NE(decoded(Format::ndjson, "{}", options).error.find("only be joined in CSV"),
              std::string::npos);
}

TEST(Decoding, RefusesBinaryInput) {
    const std::string binary("\x1f\x8b\x08\0\0\0\n", 7);
    for (const Format format : {Format::csv, Format::ndjson, Format::influx})
        EXPECT_NE(decoded(format, binary).error.find("binary"), std::string::npos)
            << static_cast<int>(format);
    EXPECT_NE(decoded(Format::json_array, binary).error.find("byte 1: expected '['"),
              std::string::npos);
    const auto one_bad_row =
        decoded(Format::ndjson, std::string("{\"device_id\":\"a") + '\0' +
                                    "\"}\n{\"device_id\":\"a\",\"ts\":1763985600}\n");
    EXPECT_EQ(one_bad_row.error, "") << "a NUL in a record is that record's fault";
    EXPECT_EQ(one_bad_row.batch.rejects.size(), 1U);
    EXPECT_EQ(one_bad_row.batch.records.size(), 1U);
}

TEST(Decoding, LeavesABatchThatOutlivesItsDecoder) {
    DecodeOptions options;
    options.device = std::string(60, 'd');  // too long to lie inside a string object
    options.fleet = std::string(60, 'f');
    options.map = *parse_column_map("x=attr:" + std::string(60, 'n'));
    struct Case {
        Format format;
        const char* text;
    };
    for (const Case& c : {Case{Format::csv, "ts,x\n1763985600,1\n1763985600,\"q\"\n"},
                          Case{Format::ndjson, R"({"ts":1763985600,"x":1})"},
                          Case{Format::json_array, R"([{"ts":1763985600,"x":1}])"},
                          Case{Format::influx, "m x=1 1763985600000000000"}}) {
        const Decoded d = decoded(c.format, c.text, options);  // the decoder is gone
        ASSERT_FALSE(d.batch.records.empty()) << c.text;
        for (const model::Record& r : d.batch.records) {
            EXPECT_EQ(r.device, options.device);
            EXPECT_EQ(r.fleet, options.fleet);
            ASSERT_EQ(r.attributes.size(), 1U);
            EXPECT_EQ(r.attributes[0].name, std::string(60, 'n'));
        }
    }
}

TEST(JsonArray, KeepsTheNeighboursOfABadElement) {
    const auto d = decoded(
        Format::json_array,
        R"([{"device_id":"a","ts":1763985600}, {"device_id":"b",,"x":"]}"}, 5, "},{", [{}], null,
        {"device_id":"c","ts":1763985600,"x":nan},{"device_id":"d","ts":1763985600}])");
    EXPECT_EQ(d.error, "");
    ASSERT_EQ(d.batch.records.size(), 2U);
    EXPECT_EQ(d.batch.indexes, (std::vector<std::uint32_t>{0, 7}));
    ASSERT_EQ(d.batch.rejects.size(), 6U);
    for (const model::Reject& r : d.batch.rejects)
        EXPECT_EQ(r.reason, Reason::bad_syntax) << r.detail;
    EXPECT_EQ(d.batch.rejects[0].detail, "element 1, column 18: expected a member name in quotes");
}

TEST(JsonArray, RefusesWhatIsNoArray) {
    struct Case {
        const char* text;
        const char* message;
    };
    const Case cases[] = {
        {"", "byte 1: the array ends too early"},
        {"  ", "byte 3: the array ends too early"},
        {"{\"a\":1}", "byte 1: expected '['"},
        {"[", "ends too early"},
        {"[{\"a\":1}", "after 1 whole records"},
        {"[{\"a\":1},", "ends too early"},
        {"[{\"a\":1},]", "byte 10: expected a record"},
        {"[{\"a\":1} {\"a\":1}]", "byte 10: expected ',' or ']'"},
        {"[] x", "byte 4: text after the end"},
        {"[{\"a\":\"", "ends too early"},
        {"[,]", "expected a record"},
    };
    for (const Case& c : cases)
        EXPECT_NE(decoded(Format::json_array, c.text).error.find(c.message), std::string::npos)
            << c.text << ": " << decoded(Format::json_array, c.text).error;
    EXPECT_EQ(decoded(Format::json_array, " [ ] \n").error, "");
}

TEST(Influx, ReadsTheFleetSetOfTsbs) {
    const auto d =
        decoded(Format::influx,
                "readings,name=truck_0,fleet=South,driver=Trish,model=H-2,load_capacity=1500 "
                "latitude=52.31854,longitude=4.72037,elevation=124,velocity=87.5,heading=221,grade="
                "0 1763985600000000000\n"
                "diagnostics,name=truck_0,fleet=South fuel_state=0.285,current_load=0,status=0i "
                "1763985600000000000\n");
    ASSERT_EQ(d.batch.records.size(), 2U) << d.batch.rejects.at(0).detail;
    const model::Record& r = d.batch.records[0];
    EXPECT_EQ(r.device, "truck_0");
    EXPECT_EQ(r.fleet, "South");
    EXPECT_EQ(r.ts.ms, 1'763'985'600'000);
    EXPECT_EQ(r.value(Field::lat), 52'318'540);
    EXPECT_EQ(r.value(Field::altitude), 1'240);
    EXPECT_EQ(r.value(Field::speed), 8'750);
    EXPECT_EQ(r.value(Field::heading), 22'100);
    ASSERT_EQ(r.attributes.size(), 4U);
    EXPECT_EQ(std::get<std::string_view>(r.attributes[2].value), "1500") << "tags are texts";
    EXPECT_EQ(d.batch.records[1].value(Field::fuel), 2'850) << "fuel_state is a fraction of 1";
    EXPECT_EQ(std::get<double>(d.batch.records[1].attributes[1].value), 0.0);
}

TEST(Influx, FollowsTheGrammar) {
    const auto one = [](const std::string& line) {
        const auto d = decoded(Format::influx, line);
        if (d.batch.records.empty())
            return d.batch.rejects.empty() ? std::string("none")
                                           : std::string(to_string(d.batch.rejects[0].reason));
        const model::Record& r = d.batch.records[0];
        std::string out = std::string(r.device);
        for (const model::Attribute& a : r.attributes) {
            out += fmt::format(" {}=", a.name);
            if (const auto* text = std::get_if<std::string_view>(&a.value))
                out += fmt::format("'{}'", *text);
            if (const auto* flag = std::get_if<bool>(&a.value)) out += *flag ? "true" : "false";
            if (const auto* number = std::get_if<double>(&a.value))
                out += fmt::format("{}", *number);
        }
        return out;
    };
    const std::string time = " 1763985600000000000";
    EXPECT_EQ(one("m\\,x\\ y,name=v-1,a\\ b=c\\=d f=1i,g=2u,h=-1.5e2,i=t,j=FALSE,k=\"x, \\\"y\\\" "
                  "\\\\ z\"" +
                  time),
              "v-1 a b='c=d' f=1 g=2 h=-150 i=true j=false k='x, \"y\" \\ z'");
    EXPECT_EQ(one("m,device=b,name=c,device_id=a x=1" + time), "a device='b' name='c' x=1");
    EXPECT_EQ(one("# comment"), "none");
    EXPECT_EQ(one("  m,name=v x=1   1763985600000000000  "), "v x=1") << "blanks between the parts";
    EXPECT_EQ(one("m,name=v x=1"), "bad_timestamp");
    EXPECT_EQ(one("m,name=v x=1 soon"), "bad_timestamp");
    EXPECT_EQ(one("m,name=v x=1 1.5"), "bad_timestamp");
    EXPECT_EQ(one("m,name=v x=1.5i" + time), "bad_attribute");
    EXPECT_EQ(one("m,name=v x=nan" + time), "bad_attribute");
    EXPECT_EQ(one("m,name=v lat=nan,lon=1" + time), "bad_latitude");
    EXPECT_EQ(one("m,name=v speed_kmh=\"5\"" + time), "bad_speed");
    EXPECT_EQ(one("m,name=v charging=2" + time), "bad_charging");
    EXPECT_EQ(one("m,name=v charging=1i,ignition=F" + time), "v");
    EXPECT_EQ(one("m,name=v zone=5" + time), "bad_syntax");
    for (const char* bad :
         {"m", "m,name=v", "m,name=v ", "m,name=v x", "m,name=v x=", "m,name=v =1", "m,name= x=1",
          "m,=v x=1", ",name=v x=1", "m,name x=1", "m,name=v x=1,", "m,name=v x=\"open",
          "m,name=v x=\"a\"b", "m,name=v x=1 1 1", "m,name=v,name=w x=1", "m,name=v x=1,x=2",
          "m x=1", "x"})
        EXPECT_EQ(one(std::string(bad) + (std::string_view(bad).ends_with("1 1 1") ? "" : time)),
                  "bad_syntax")
            << bad;
}

TEST(Influx, TakesTheTimeInTheGivenPrecision) {
    const auto ms = [](const char* time, InfluxPrecision precision) {
        DecodeOptions options;
        options.precision = precision;
        const auto d = decoded(Format::influx, std::string("m,name=v x=1 ") + time, options);
        return d.batch.records.empty() ? -1 : d.batch.records[0].ts.ms;
    };
    EXPECT_EQ(ms("1763985600123500000", InfluxPrecision::ns), 1'763'985'600'124);
    EXPECT_EQ(ms("1763985600123499999", InfluxPrecision::ns), 1'763'985'600'123);
    EXPECT_EQ(ms("1763985600123499", InfluxPrecision::us), 1'763'985'600'123);
    EXPECT_EQ(ms("1763985600123", InfluxPrecision::ms), 1'763'985'600'123);
    EXPECT_EQ(ms("1763985600", InfluxPrecision::s), 1'763'985'600'000);
    EXPECT_EQ(ms("-1", InfluxPrecision::s), -1);
}

TEST(Influx, MapsTagsAndFields) {
    DecodeOptions options;
    options.map = *parse_column_map("truck=device_id,driver=-,v=speed_kmh,t=temp_c");
    options.speed_unit = SpeedUnit::mps;
    const auto d =
        decoded(Format::influx, "m,truck=a,driver=x v=10,t=5 1763985600000000000", options);
    ASSERT_EQ(d.batch.records.size(), 1U);
    EXPECT_EQ(d.batch.records[0].device, "a");
    EXPECT_EQ(d.batch.records[0].value(Field::speed), 3'600);
    EXPECT_TRUE(d.batch.records[0].attributes.empty());
}

}  // namespace
}  // namespace fleet::codec
