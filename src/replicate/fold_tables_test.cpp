// SPDX-License-Identifier: Apache-2.0
#include "replicate/fold_tables.hpp"
#include "replicate/tables_testing.hpp"

#include "model/value_text.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace fleet::replicate::test {
namespace {

constexpr std::int64_t kStart = 1'767'225'600'000;  // 2026-01-01T00:00:00Z

engine::AlertRow overspeed() {
    engine::AlertRow alert;
    alert.id = {0x0123456789abcdef, 0xfedcba9876543210};
    alert.run.start_ms = kStart + 5'000;
    alert.run.severity = model::Severity::medium;
    alert.run.peak = 11'799;
    alert.run.limit = 11'000;
    alert.run.at = model::GeoPoint{48'856'614, 2'352'222};
    return alert;
}

AlertNames names_for_test() {
    return {.partition = "north#2",
            .device = "V-1",
            .rule = "overspeed",
            .type = model::RuleType::overspeed,
            .zone = {},
            .decimals = 2};
}

/// Texts of a bound list.
std::vector<std::string> list_of(const Cell& cell) {
    std::string_view bytes = cell.bytes;
    std::vector<std::string> out;
    const std::uint64_t count = big_endian(bytes.substr(0, 4));
    bytes.remove_prefix(4);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::size_t length = big_endian(bytes.substr(0, 4));
        out.emplace_back(bytes.substr(4, length));
        bytes.remove_prefix(4 + length);
    }
    return out;
}

TEST(FoldTables, AnOpenAlertBindsItsKeyAndLeavesOutWhatItDoesNotHave) {
    cql::PackedRows rows = rows_for(kAlerts);
    pack_alert(rows, names_for_test(), overspeed(), Absent::unset, 99);
    Cells cells = cells_of(rows, kAlerts);
    EXPECT_EQ(cells["fleet_id"].bytes, "north#2");
    EXPECT_EQ(big_endian(cells["day"].bytes), 0x8000'0000U + day_of({kStart}).value);
    EXPECT_EQ(cells["severity"].bytes, "MEDIUM");
    EXPECT_EQ(cells["ts"].integer(), kStart + 5'000);
    EXPECT_EQ(cells["alert_type"].bytes, "OVERSPEED");
    EXPECT_EQ(cells["alert_id"].bytes, "0123456789abcdeffedcba9876543210");
    EXPECT_EQ(cells["state"].bytes, "OPEN");
    EXPECT_EQ(std::lround(cells["peak"].real() * 100), 11'799);
    EXPECT_EQ(cells["decimals"].integer(), 2);
    EXPECT_EQ(cells["ttl"].integer(), 99);
    for (const char* absent : {"end_ts", "zone", "alarm", "acked_by", "comment", "actions"})
        EXPECT_EQ(cells[absent].length, kUnset) << absent;
    rows.clear();
    pack_alert(rows, names_for_test(), overspeed(), Absent::clear, 99);
    cells = cells_of(rows, kAlerts);  // it was closed before, and is open again
    EXPECT_EQ(cells["end_ts"].length, kNull);
    EXPECT_EQ(cells["acked_by"].length, kNull);
}

TEST(FoldTables, WhatOperatorsDidIsThereAsAWholeAndAsTheLastOfEachKind) {
    using Kind = engine::AlertAction::Kind;
    engine::AlertRow alert = overspeed();
    alert.actions = {{Kind::acknowledge, 1, {kStart}, "ada", ""},
                     {Kind::comment, 2, {kStart + 1}, "bob", "first"},
                     {Kind::acknowledge, 3, {kStart + 2}, "eve", "again"},
                     {Kind::comment, 4, {kStart + 3}, "bob", "second"}};
    alert.state = engine::state_of(alert.actions);
    cql::PackedRows rows = rows_for(kAlerts);
    pack_alert(rows, names_for_test(), alert, Absent::unset, 99);
    Cells cells = cells_of(rows, kAlerts);
    EXPECT_EQ(cells["state"].bytes, "ACKNOWLEDGED");
    EXPECT_EQ(cells["acked_by"].bytes, "eve");
    EXPECT_EQ(cells["acked_at"].integer(), kStart + 2);
    EXPECT_EQ(cells["resolved_by"].length, kUnset);
    EXPECT_EQ(cells["comment"].bytes, "second");
    const auto actions = list_of(cells["actions"]);
    ASSERT_EQ(actions.size(), 16U);
    EXPECT_EQ(actions[4], "comment");
    EXPECT_EQ(actions[5], "2026-01-01T00:00:00.001Z");
    EXPECT_EQ(actions[6], "bob");
    EXPECT_EQ(actions[7], "first");
    rows = rows_for(kAlertStates);
    pack_alert_state(rows, names_for_test(), alert, Absent::unset);
    cells = cells_of(rows, kAlertStates);
    EXPECT_EQ(cells["zone"].length, 0);  // part of the key: empty, not absent
    EXPECT_EQ(cells["acked_by"].bytes, "eve");
    EXPECT_EQ(cells["state"].bytes, "ACKNOWLEDGED");
}

TEST(FoldTables, AnAlertIsNamedByTheRuleThatHeldWhenItBegan) {
    engine::RuleSnapshot rules;
    model::Rule warm = model::default_rule(model::RuleType::temp_high);
    warm.name = "watch";
    model::Rule fast = model::default_rule(model::RuleType::overspeed);
    fast.name = "watch";
    rules.rules = {{16, fold::kAlways, kStart, warm}, {16, kStart, fold::kForEver, fast}};
    rules.rule_names.emplace(16, "watch");
    rules.zone_ids.emplace(3, "depot");
    engine::AlertRow alert = overspeed();
    alert.run.rule = 16;
    alert.run.zone = 3;
    engine::DeviceRow device;
    device.id = "V-0001";
    device.fleet = "north";
    AlertNames names = names_of(alert, device, rules, 1'000);
    EXPECT_EQ(names.partition, "north#223");
    EXPECT_EQ(names.rule, "watch");
    EXPECT_EQ(names.type, model::RuleType::overspeed);
    EXPECT_EQ(names.zone, "depot");
    alert.run.start_ms = kStart - 1;
    names = names_of(alert, device, rules, 1);
    EXPECT_EQ(names.partition, "north");
    EXPECT_EQ(names.type, model::RuleType::temp_high);
}

TEST(FoldTables, ATripWithoutSpeedHasNoneAndReadsBackExactly) {
    model::Trip trip;
    trip.start_ms = kStart + 1;
    trip.end_ms = kStart + 2;
    trip.distance_mm = 123'456'789'012;
    trip.from = {-12'345'678, 179'999'999};
    trip.to = {1, -1};
    trip.end_reason = model::TripEnd::silence;
    cql::PackedRows rows = rows_for(kTrips);
    pack_trip(rows, "V-1", trip, Absent::unset, 5);
    Cells cells = cells_of(rows, kTrips);
    EXPECT_EQ(cells["start_ts"].integer(), kStart + 1);
    EXPECT_EQ(cells["distance_mm"].integer(), 123'456'789'012);
    EXPECT_EQ(cells["max_speed_kmh"].length, kUnset);
    EXPECT_EQ(model::from_real(model::Field::lat, cells["from_lat"].real()), -12'345'678);
    EXPECT_EQ(model::from_real(model::Field::lon, cells["from_lon"].real()), 179'999'999);
    EXPECT_EQ(cells["end_reason"].bytes, model::name_of(model::TripEnd::silence));
    model::Stop stop{kStart, kStart + 9, {5, 6}, true};
    rows = rows_for(kStops);
    pack_stop(rows, "V-1", stop, 5);
    cells = cells_of(rows, kStops);
    EXPECT_EQ(cells["end_ts"].integer(), kStart + 9);
    EXPECT_EQ(cells["open"].integer(), 1);
}

}  // namespace
}  // namespace fleet::replicate::test
