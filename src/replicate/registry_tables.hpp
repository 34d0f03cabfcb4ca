// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/rule_book.hpp"
#include "replicate/tables.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::replicate {

// What the store knows beside records: fleets, their devices, zones and rules.

extern const Table kDevices;
extern const Table kFleetByDevice;
extern const Table kFleets;
extern const Table kZones;
extern const Table kRules;

extern const Deletion kDevice;          ///< partition of the fleet, device
extern const Deletion kFleetsOfDevice;  ///< device
extern const Deletion kLatestOfDevice;  ///< device
extern const Deletion kVersionsOfZone;  ///< "zones", zone
extern const Deletion kVersionsOfRule;  ///< "rules", rule

/// `first_ms`: oldest record, −1 for none yet. The other columns of the table are facts that this
/// store does not know; they are left to whoever does.
void pack_device(cql::PackedRows& out, std::string_view partition, std::string_view device,
                 std::int64_t first_ms, Absent absent);
/// The fleet of a device from a time on; 0 for the one that it was registered in.
void pack_fleet_by_device(cql::PackedRows& out, std::string_view device, std::int64_t from_ms,
                          std::string_view fleet);
/// `retention_days` 0: kept without end.
void pack_fleet(cql::PackedRows& out, std::string_view fleet, int retention_days,
                std::uint32_t buckets);

/// A form of a zone or a rule and when it begins to hold; without definition: it ends there.
struct Version {
    std::string name;
    std::int64_t from_ms = 0;  ///< 0: always
    std::optional<std::string> definition;
    bool operator==(const Version&) const = default;
};
/// Every version, by name and time. Zones are GeoJSON features, rules JSON objects, as the API has
/// them. A version that holds for no stored time (it only keeps a name) has none.
[[nodiscard]] std::vector<Version> zone_versions(const engine::RuleSnapshot& rules);
[[nodiscard]] std::vector<Version> rule_versions(const engine::RuleSnapshot& rules);
/// `table`: kZones or kRules.
void pack_version(cql::PackedRows& out, const Table& table, const Version& version);
/// Key of all versions of a name, for kVersionsOfZone and kVersionsOfRule.
void pack_versions_of(cql::PackedRows& out, const Table& table, std::string_view name);

}  // namespace fleet::replicate
