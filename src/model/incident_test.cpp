// SPDX-License-Identifier: Apache-2.0
#include "model/incident.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace fleet::model {
namespace {

AlertStart alert(std::uint32_t device, std::int64_t start_ms, RuleType type = RuleType::overspeed) {
    return {{static_cast<std::uint64_t>(type) + 1,
             static_cast<std::uint64_t>(start_ms) * 1'000 + device},
            type,
            device,
            start_ms};
}

std::vector<AlertStart> storm(std::uint32_t devices, std::int64_t start_ms, std::int64_t step_ms,
                              RuleType type = RuleType::overspeed) {
    std::vector<AlertStart> out;
    for (std::uint32_t d = 0; d < devices; ++d)
        out.push_back(alert(d, start_ms + d * step_ms, type));
    return out;
}

TEST(Incidents, AreAlertsOfTwentyDevicesWithinAMinute) {
    EXPECT_TRUE(find_incidents({}).empty());
    EXPECT_TRUE(find_incidents(storm(19, 1'000, 10)).empty());
    const auto found = find_incidents(storm(20, 1'000, 10));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].start_ms, 1'000);
    EXPECT_EQ(found[0].devices, 20U);
    EXPECT_EQ(found[0].ids.size(), 20U);
    EXPECT_EQ(found[0].ids.front(), alert(0, 1'000).id);
}

TEST(Incidents, AMinuteIsInclusive) {
    auto alerts = storm(19, 0, 0);
    alerts.push_back(alert(19, 60'000));
    EXPECT_EQ(find_incidents(alerts).size(), 1U);
    alerts.back() = alert(19, 60'001);
    EXPECT_TRUE(find_incidents(alerts).empty());
}

TEST(Incidents, OneDeviceWithManyAlertsIsNone) {
    std::vector<AlertStart> alerts;
    for (int i = 0; i < 100; ++i) alerts.push_back(alert(1, i * 100));
    EXPECT_TRUE(find_incidents(alerts).empty());
}

TEST(Incidents, TypesAreApartAndTheNextWindowBeginsAfterTheIncident) {
    auto alerts = storm(25, 0, 100);
    const auto second = storm(25, 61'000, 100);
    alerts.insert(alerts.end(), second.begin(), second.end());
    const auto other = storm(20, 500, 0, RuleType::low_battery);
    alerts.insert(alerts.end(), other.begin(), other.end());
    const auto found = find_incidents(alerts);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].type, RuleType::overspeed);
    EXPECT_EQ(found[1].type, RuleType::low_battery);
    EXPECT_EQ(found[2].start_ms, 61'000);
}

TEST(Incidents, EqualTheDefinitionInAnyOrder) {
    std::size_t seen = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        std::mt19937_64 rng(seed);
        std::vector<AlertStart> alerts;
        const std::int64_t spread = 60'000 + static_cast<std::int64_t>(rng() % 200'000);
        for (int i = 0; i < 80; ++i)
            alerts.push_back(alert(static_cast<std::uint32_t>(rng() % 30),
                                   static_cast<std::int64_t>(rng()) % spread / 2 + spread));
        std::shuffle(alerts.begin(), alerts.end(), rng);
        const auto found = find_incidents(alerts);
        seen += found.size();
        // As the definition says it, without a window that slides.
        std::sort(alerts.begin(), alerts.end(), [](const auto& a, const auto& b) {
            return std::pair(a.start_ms, a.id) < std::pair(b.start_ms, b.id);
        });
        std::size_t number = 0;
        while (!alerts.empty()) {
            std::set<std::uint32_t> devices;
            std::size_t count = 0;
            for (const AlertStart& a : alerts) {
                if (a.start_ms > alerts.front().start_ms + 60'000) break;
                devices.insert(a.device);
                ++count;
            }
            if (devices.size() < 20) {
                alerts.erase(alerts.begin());
                continue;
            }
            ASSERT_LT(number, found.size()) << "seed " << seed;
            EXPECT_EQ(found[number].start_ms, alerts.front().start_ms);
            EXPECT_EQ(found[number].devices, devices.size());
            EXPECT_EQ(found[number].ids.size(), count);
            alerts.erase(alerts.begin(), alerts.begin() + static_cast<std::ptrdiff_t>(count));
            ++number;
        }
        EXPECT_EQ(number, found.size()) << "seed " << seed;
    }
    EXPECT_GT(seen, 100U);
}

}  // namespace
}  // namespace fleet::model
