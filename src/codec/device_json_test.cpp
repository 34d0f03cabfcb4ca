// SPDX-License-Identifier: Apache-2.0
#include "codec/device_json.hpp"

#include "codec/device_members.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fleet::codec {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string problem(std::string_view json) {
    const auto read = decode_devices(json);
    return read ? "" : read.error().message;
}

TEST(DeviceJson, WhatIsAbsentStaysAndNullEmpties) {
    const auto read = decode_devices(
        R"([{"device_id":"van-7","fleet_id":"north","name":"Van 7","plate":null,"enabled":false},)"
        R"({"device_id":"van-8","records":12,"last_seen":"2026-11-25T12:00:00.000Z","enabled":null}])");
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->size(), 2U);
    const model::DeviceChange& first = read->front();
    EXPECT_EQ(first.id, "van-7");
    EXPECT_EQ(first.fleet, "north");
    EXPECT_EQ(first.name, "Van 7");
    EXPECT_EQ(first.plate, "");
    EXPECT_EQ(first.model, std::nullopt);
    EXPECT_EQ(first.enabled, false);
    EXPECT_EQ(read->back().fleet, "");
    EXPECT_EQ(read->back().enabled, true);
    EXPECT_EQ(*decode_devices(encode_device_changes(*read)), *read);
}

TEST(DeviceJson, EachProblemNamesItsMemberAndWhatWouldBeRight) {
    EXPECT_EQ(problem(R"([{"name":"x"}])"),
              "device[0].device_id: missing; every device needs its id");
    EXPECT_THAT(problem(R"([{"device_id":"a b"}])"),
                StartsWith("device[0].device_id: \"a b\" is no id; 1 to 64 letters"));
    EXPECT_THAT(problem(R"([{"device_id":"a","fleet_id":"é"}])"),
                StartsWith("device[0].fleet_id: \"é\" is no id"));
    EXPECT_EQ(problem(R"([{"device_id":"a","plat":"x"}])"),
              "device[0].plat: unknown; did you mean 'plate'?");
    EXPECT_EQ(problem(R"([{"device_id":"a","plate":123}])"),
              "device[0].plate: a number where a text belongs; put it in quotes");
    EXPECT_EQ(problem(R"([{"device_id":"a","enabled":"no"}])"),
              "device[0].enabled: \"no\" where true or false belongs");
    EXPECT_EQ(problem(R"([{"device_id":"a","name":"x","name":"y"}])"),
              "device[0].name: is there twice");
    EXPECT_EQ(problem(fmt::format(R"([{{"device_id":"a","driver":"{}"}}])", std::string(201, 'x'))),
              "device[0].driver: 201 bytes; at most 200 are taken");
    EXPECT_EQ(problem(R"([{"device_id":"a"},{"device_id":"b"},{"device_id":"a"}])"),
              "device[2].device_id: \"a\" is at device[0] too; name each device once");
    EXPECT_THAT(problem(R"([{"device_id":"a"},7,{"device_id":8}])"),
                AllOf(HasSubstr("2 problems, nothing was taken"),
                      HasSubstr("device[1]: a number where a device's object belongs"),
                      HasSubstr("device[2].device_id: a number where a text belongs")));
    EXPECT_EQ(problem(R"({"device_id":"a"})"), "an object where a list of devices belongs");
    EXPECT_THAT(problem(""), HasSubstr("it is no JSON from there on"));
    EXPECT_THAT(problem(R"([{"device_id":"a"},)"), HasSubstr("it is no JSON from there on"));
}

TEST(DeviceJson, ALoneDeviceTakesItsIdFromThePath) {
    const auto read = decode_device_change(R"({"plate":"AB"})", "van-7");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->id, "van-7");
    EXPECT_EQ(read->plate, "AB");
    EXPECT_TRUE(decode_device_change(R"({"device_id":"van-7"})", "van-7"));
    EXPECT_EQ(decode_device_change(R"({"device_id":"van-8"})", "van-7").error().message,
              "device_id: \"van-8\" where the path says \"van-7\"");
    EXPECT_EQ(decode_device(R"({"plate":"AB"})").error().message,
              "device_id: missing; every device needs its id");
}

TEST(DeviceJson, AHundredThousandDevicesAreTakenAndOneMoreIsNot) {
    std::string json = "[";
    for (std::size_t i = 0; i < kMaxDevices; ++i)
        json += fmt::format(R"({}{{"device_id":"d{}"}})", i == 0 ? "" : ",", i);
    const auto read = decode_devices(json + "]");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->size(), kMaxDevices);
    EXPECT_EQ(problem(json + R"(,{"device_id":"x"}])"),
              "device[100000]: at most 100000 devices are taken in one import; divide it");
}

}  // namespace
}  // namespace fleet::codec
