// SPDX-License-Identifier: Apache-2.0
#include "model/device.hpp"

#include <gtest/gtest.h>

namespace fleet::model {
namespace {

TEST(Device, AChangeLeavesWhatItDoesNotName) {
    const DeviceDetails before{"Van 7", "AB-123-CD", "Kangoo", "Ada", true};
    DeviceChange change;
    change.id = "van-7";
    EXPECT_EQ(changed(before, change), before);
    change.plate = "EF-456-GH";
    change.driver = "";
    change.enabled = false;
    EXPECT_EQ(changed(before, change), (DeviceDetails{"Van 7", "EF-456-GH", "Kangoo", "", false}));
}

TEST(Device, AChangeSaysWhichMemberIsWrong) {
    DeviceChange change;
    change.id = "van-7";
    EXPECT_EQ(problem_of(change), "");
    change.fleet = "no rth";
    EXPECT_EQ(problem_of(change), "fleet_id: 1 to 64 letters, digits, or . _ : - belong here");
    change.fleet = "north";
    change.driver = std::string(kMaxDeviceText, 'x');
    EXPECT_EQ(problem_of(change), "");
    change.driver->push_back('x');
    EXPECT_EQ(problem_of(change), "driver: 201 bytes; at most 200 are taken");
    change.driver = "two\nlines";
    EXPECT_EQ(problem_of(change), "driver: has control characters; one line of text belongs here");
    change.id = "#1";
    EXPECT_EQ(problem_of(change), "device_id: 1 to 64 letters, digits, or . _ : - belong here");
}

}  // namespace
}  // namespace fleet::model
