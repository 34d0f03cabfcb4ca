// SPDX-License-Identifier: Apache-2.0
#include "fold/device_state.hpp"

#include "fold/fold_testing.hpp"

#include <gtest/gtest.h>

#include <random>

namespace fleet::fold::testing {
namespace {

std::string bytes_of(const DeviceState& state) {
    std::string bytes;
    state.encode(bytes);
    return bytes;
}

/// A state with something in each of its parts.
DeviceState full() {
    DeviceState s;
    s.motion = Motion::moving;
    s.start_reason = model::TripStart::midnight;
    s.last = {kNoon, {48'123'456, -2'345'678}};
    s.candidate = {kNoon - 70'000, {48'123'000, -2'345'000}};
    s.departure = {kNoon - kHour, {-90'000'000, 180'000'000}};
    s.travel = {123'456'789, 45'678, 29'999};
    s.to_candidate = {123'400'000, 45'678, -1};
    fold::Run run;
    run.rule = 17;
    run.condition = {RuleType::threshold, Field::humidity, false};
    run.alert = true;
    run.severity = Severity::high;
    run.start_ms = kNoon - 5 * kMsPerDay;
    run.last_ms = kNoon;
    run.cool_down_ms = kHour;
    run.peak = -2'147'483'647 - 1;
    run.limit = 2'147'483'647;
    run.at = GeoPoint{90'000'000, -180'000'000};
    s.runs.push_back(run);
    run = {};
    run.rule = 4'000'000'000;
    run.condition.type = RuleType::device_alarm;
    run.suppressed = true;
    run.start_ms = run.last_ms = kNoon;
    run.alarm = "sos";
    s.runs.push_back(run);
    s.cool_downs = {{3, 0, kNoon + kHour}, {9, 75, kForEver}};
    s.zone_rules = {7, 8, 300};
    s.sides = {{75, 7, true, false, std::nullopt},
               {75, 8, true, true, Fix{kNoon - kMinute, {1, 2}}},
               {99, 7, false, false, Fix{kNoon, {48'123'456, -2'345'678}}}};
    return s;
}

TEST(DeviceState, ReadsBackWhatItWrote) {
    DeviceState speeding;
    speeding.motion = Motion::still;
    speeding.last = speeding.anchor = speeding.candidate = speeding.departure = {kNoon, kHome};
    speeding.at_anchor_ms = kNoon;
    speeding.speed_run_ms = kNoon - kMinute;
    DeviceState shifting = speeding;  // seen at its anchor yesterday, and aside since
    shifting.at_anchor_ms = kNoon - kMsPerDay;
    shifting.departure.ts_ms = kNoon - kHour;
    shifting.candidate = {kNoon - kMinute, north(kHome, 90)};
    DeviceState pointless;  // rows without position, and a run
    pointless.runs.push_back(full().runs[0]);
    pointless.runs[0].at.reset();
    for (const DeviceState& state : {DeviceState{}, full(), speeding, shifting, pointless}) {
        const auto read = DeviceState::decode(bytes_of(state));
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(*read, state);
    }
    EXPECT_EQ(*DeviceState::decode(""), DeviceState{});
}

TEST(DeviceState, OfAParkedDeviceIsSmall) {
    History h;
    for (int i = 0; i < 1'000; ++i) h.point(kMidnight + i * kMinute, kHome, 0);
    const Outcome out = fold_all(h, rule_set(model::built_in_rules()));
    EXPECT_LE(bytes_of(out.state).size(), 40U);
}

TEST(DeviceState, RefusesBytesThatAreNone) {
    const std::string good = bytes_of(full());
    for (std::size_t size = 1; size < good.size(); ++size) {
        const auto read = DeviceState::decode(std::string_view(good).substr(0, size));
        ASSERT_FALSE(read) << size;
        EXPECT_EQ(read.error().code, Code::corrupt);
    }
    EXPECT_EQ(DeviceState::decode(good + '\0').error().code, Code::corrupt);
    EXPECT_EQ(DeviceState::decode("\x01\x01").error().code, Code::corrupt);  // of the hours alone
    EXPECT_EQ(DeviceState::decode(std::string("\x02\x00", 2)).error().code, Code::corrupt);
    EXPECT_EQ(DeviceState::decode("\x04").error().code, Code::unsupported);
    EXPECT_EQ(DeviceState::decode(std::string("\x03\x80", 2)).error().code, Code::corrupt);
}

TEST(DeviceState, SurvivesDamage) {
    const std::string good = bytes_of(full());
    std::mt19937_64 random(3);
    int read = 0;
    for (int i = 0; i < 50'000; ++i) {
        std::string bad = good;
        for (std::uint64_t n = 1 + random() % 3; n > 0; --n)
            bad[random() % bad.size()] = static_cast<char>(random());
        if (random() % 4 == 0) bad.resize(random() % bad.size());
        const auto state = DeviceState::decode(bad);
        if (!state || bad.empty()) continue;
        ++read;
        EXPECT_EQ(bytes_of(*state), bad);  // whatever it reads, it is the only form of it
    }
    EXPECT_GT(read, 100);
}

TEST(DeviceState, GivesWhatIsOpen) {
    const DeviceState s = full();
    const auto trip = s.open_trip();
    ASSERT_TRUE(trip);
    EXPECT_EQ(trip->start_ms, s.departure.ts_ms);
    EXPECT_EQ(trip->end_ms, kNoon);
    EXPECT_EQ(trip->distance_mm, 123'456'789);
    EXPECT_EQ(trip->max_speed, 29'999);
    EXPECT_EQ(trip->end_reason, model::TripEnd::open);
    EXPECT_FALSE(s.open_stop());
    std::vector<model::AlertRun> alerts;
    s.open_alerts(alerts);
    ASSERT_EQ(alerts.size(), 1U);  // the other has been barred
    EXPECT_EQ(alerts[0].rule, 17U);
    EXPECT_FALSE(alerts[0].end_ms);
    EXPECT_FALSE(DeviceState{}.open_trip());
    EXPECT_FALSE(DeviceState{}.open_stop());
}

}  // namespace
}  // namespace fleet::fold::testing
