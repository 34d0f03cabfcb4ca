// SPDX-License-Identifier: Apache-2.0
#include "app/device_file.hpp"

#include "codec/device_json.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace fleet::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string devices(std::string_view text) {
    const auto parsed = parse_device_file(text);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
    return parsed ? codec::encode_device_changes(*parsed) : "";
}

std::string problem(std::string_view text) {
    const auto parsed = parse_device_file(text);
    return parsed ? "" : parsed.error().message;
}

constexpr std::string_view kTwo =
    R"([{"device_id":"van-7","fleet_id":"north","name":"Van \"7\", blue","plate":"","enabled":false},)"
    R"({"device_id":"van-8","name":"","plate":"AB-123-CD"}])";

TEST(DeviceFile, CsvTomlAndJsonSayTheSame) {
    EXPECT_EQ(devices("device_id,fleet_id,name,plate,enabled\n"
                      "van-7,north,\"Van \"\"7\"\", blue\",,false\n"
                      "\n"
                      "van-8,,, AB-123-CD ,\n"),
              kTwo);
    EXPECT_EQ(devices("\xEF\xBB\xBF\r\nplate;device_id;enabled;name;fleet_id\r\n"
                      ";van-7;false;\"Van \"\"7\"\", blue\";north\r\n"
                      "AB-123-CD;van-8;;;\r\n"),
              kTwo);
    EXPECT_EQ(devices("# vans\n"
                      "[[device]]\ndevice_id = \"van-7\"\nfleet_id = \"north\"\n"
                      "name = 'Van \"7\", blue'\nplate = \"\"\nenabled = false\n"
                      "[[device]]\ndevice_id = \"van-8\"\nname = \"\"\nplate = \"AB-123-CD\"\n"),
              kTwo);
    EXPECT_EQ(devices(kTwo), kTwo);
    EXPECT_EQ(devices(fmt::format(R"({{"items":{},"next":null}})", kTwo)), kTwo);
}

TEST(DeviceFile, SaysTheLineAndTheMemberAndWhatWouldBeRight) {
    EXPECT_THAT(problem(""), StartsWith("the file is empty; a CSV with a header"));
    EXPECT_THAT(problem(" \n\n"), StartsWith("the file is empty"));
    EXPECT_EQ(problem("device_id,plate\n"), "there is no device below the header");
    EXPECT_EQ(problem("device_id,plat\na,b\n"),
              "line 1: the column 'plat' is unknown; did you mean 'plate'?");
    EXPECT_THAT(problem("name,plate\na,b\n"), StartsWith("line 1: no column device_id; a header"));
    EXPECT_EQ(problem("device_id,plate,plate\na,b,c\n"), "line 1: the column plate is there twice");
    EXPECT_EQ(problem("device_id,plate\na,b\nc\n"), "line 3: 1 cells where the header has 2");
    EXPECT_EQ(problem("device_id\na\nb\na\n"),
              "device_id (line 4): \"a\" is at line 2 too; name each device once");
    EXPECT_THAT(problem("device_id,fleet_id\na,no rth\n"),
                StartsWith("fleet_id (line 2): \"no rth\" is no id; 1 to 64 letters"));
    EXPECT_EQ(problem("device_id,enabled\na,maybe\n"),
              "enabled (line 2): \"maybe\" where true or false belongs");
    EXPECT_EQ(problem("device_id,plate\na,\xff\n"),
              "line 2: plate is no UTF-8; save the file as UTF-8");
    EXPECT_EQ(problem(fmt::format("device_id,driver\na,{}\n", std::string(201, 'x'))),
              "driver (line 2): 201 bytes; at most 200 are taken");
    EXPECT_THAT(problem("device_id,name\na,\"x\nb,y\n"), HasSubstr("the quotes do not close"));
    EXPECT_EQ(problem("[[device]]\ndevice_id = \"a\"\nplate = 12\n"),
              "device[0].plate (line 3): a number where a text belongs; put it in quotes");
    EXPECT_THAT(problem("[[devices]]\ndevice_id = \"a\"\n"),
                StartsWith("devices (line 1): unknown; each device begins with [[device]]"));
    EXPECT_THAT(problem("device_id = \"a\n"), StartsWith("line 1, column"));
    EXPECT_EQ(problem(R"([{"device_id":"a"},{"device_id":"b","enabled":1}])"),
              "device[1].enabled: a number where true or false belongs");
    EXPECT_THAT(problem("device_id\n\n#1\na b\n"), AllOf(HasSubstr("2 problems, nothing was taken"),
                                                         HasSubstr("line 3"), HasSubstr("line 4")));
}

TEST(DeviceFile, AHundredThousandRowsAreTaken) {
    std::string csv = "device_id,plate\n";
    for (int i = 0; i < 100'000; ++i) csv += fmt::format("d{},P{}\n", i, i);
    const auto parsed = parse_device_file(csv);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->size(), 100'000U);
    EXPECT_EQ(parsed->back().plate, "P99999");
    EXPECT_THAT(problem(csv + "more,x\n"), HasSubstr("at most 100000 devices are taken"));
}

}  // namespace
}  // namespace fleet::app
