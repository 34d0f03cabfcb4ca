// SPDX-License-Identifier: Apache-2.0
#include "replicate/registry_tables.hpp"
#include "replicate/tables_testing.hpp"

#include "codec/geojson.hpp"
#include "codec/rule_json.hpp"

#include <gtest/gtest.h>

namespace fleet::replicate::test {
namespace {

model::Zone circle(std::string id, std::int64_t radius_mm) {
    model::Zone zone;
    zone.id = std::move(id);
    zone.shape = model::Circle{{1'000'000, 2'000'000}, radius_mm};
    return zone;
}

TEST(RegistryTables, EachFormOfAZoneBeginsWhereTheOneBeforeEnds) {
    engine::RuleSnapshot rules;
    rules.zones = {{1, fold::kAlways, 5'000, circle("b", 1'000)},
                   {1, 5'000, 9'000, circle("b", 2'000)},
                   {2, fold::kAlways, fold::kForEver, circle("a", 3'000)},
                   {3, 7'000, 7'000, circle("c", 1)}};  // kept for its name only
    const auto versions = zone_versions(rules);
    ASSERT_EQ(versions.size(), 4U);
    EXPECT_EQ(versions[0].name, "a");
    EXPECT_EQ(versions[0].from_ms, 0);
    EXPECT_EQ(versions[1].name, "b");
    EXPECT_EQ(versions[1].from_ms, 0);
    EXPECT_EQ(versions[2].from_ms, 5'000);
    EXPECT_EQ(versions[3].from_ms, 9'000);
    EXPECT_EQ(versions[3].definition, std::nullopt);
    const auto read = codec::decode_zones(*versions[2].definition);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->at(0), rules.zones[1].zone);
}

TEST(RegistryTables, AVersionWithoutDefinitionClearsTheCell) {
    cql::PackedRows rows = rows_for(kRules);
    pack_version(rows, kRules, {"r", 9, std::nullopt});
    Cells cells = cells_of(rows, kRules);
    EXPECT_EQ(cells["registry"].bytes, "rules");
    EXPECT_EQ(cells["valid_from"].integer(), 9);
    EXPECT_EQ(cells["definition"].length, kNull);
    rows = rows_for(kZones);
    pack_version(rows, kZones, {"z", 0, "{}"});
    cells = cells_of(rows, kZones);
    EXPECT_EQ(cells["registry"].bytes, "zones");
    EXPECT_EQ(cells["definition"].bytes, "{}");
}

TEST(RegistryTables, RulesAreWrittenAsTheApiHasThem) {
    engine::RuleSnapshot rules;
    model::Rule rule = model::default_rule(model::RuleType::overspeed);
    rule.name = "fast";
    rule.fleets = {"north"};
    rules.rules = {{16, fold::kAlways, fold::kForEver, rule}};
    const auto versions = rule_versions(rules);
    ASSERT_EQ(versions.size(), 1U);
    std::string expected;
    codec::append_rule(expected, rule);
    EXPECT_EQ(versions[0].definition, expected);
}

TEST(RegistryTables, FactsThatThisStoreDoesNotKnowAreNotWritten) {
    EXPECT_EQ(insert_cql("k", kDevices),
              "INSERT INTO k.devices_by_fleet (fleet_id, device_id, first_seen) VALUES (?, ?, ?)");
    cql::PackedRows rows = rows_for(kDevices);
    pack_device(rows, "north#1", "V-1", -1, Absent::unset);
    EXPECT_EQ(cells_of(rows, kDevices)["first_seen"].length, kUnset);
    rows.clear();
    pack_device(rows, "north#1", "V-1", 77, Absent::unset);
    EXPECT_EQ(cells_of(rows, kDevices)["first_seen"].integer(), 77);
    rows = rows_for(kFleets);
    pack_fleet(rows, "north", 0, 1);
    Cells cells = cells_of(rows, kFleets);
    EXPECT_EQ(cells["registry"].bytes, "fleets");
    EXPECT_EQ(cells["retention_days"].integer(), 0);
    EXPECT_EQ(cells["buckets"].integer(), 1);
    rows = rows_for(kFleetByDevice);
    pack_fleet_by_device(rows, "V-1", 0, "north");
    EXPECT_EQ(cells_of(rows, kFleetByDevice)["fleet_id"].bytes, "north");
}

}  // namespace
}  // namespace fleet::replicate::test
