// SPDX-License-Identifier: Apache-2.0
#include "replicate/registry_tables.hpp"

#include "base/check.hpp"
#include "codec/geojson.hpp"
#include "codec/rule_json.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace fleet::replicate {

using cql::PackedRows;

namespace {

constexpr std::array<Column, 3> kDeviceColumns{
    {{"fleet_id", "text"}, {"device_id", "text"}, {"first_seen", "timestamp"}}};

constexpr std::array<Column, 3> kFleetByDeviceColumns{
    {{"device_id", "text"}, {"valid_from", "timestamp"}, {"fleet_id", "text"}}};

constexpr std::array<Column, 4> kFleetColumns{
    {{"registry", "text"}, {"fleet_id", "text"}, {"retention_days", "int"}, {"buckets", "int"}}};

constexpr std::array<Column, 4> kZoneColumns{{{"registry", "text"},
                                              {"zone_id", "text"},
                                              {"valid_from", "timestamp"},
                                              {"definition", "text"}}};

constexpr std::array<Column, 4> kRuleColumns{
    {{"registry", "text"}, {"rule", "text"}, {"valid_from", "timestamp"}, {"definition", "text"}}};

/// A partition of its own for each list; its name is that of the table.
std::string_view registry_of(const Table& table) noexcept { return table.name; }

template <class Stored, class Name, class Define>
std::vector<Version> versions_of(const std::vector<Stored>& stored, Name name, Define define) {
    std::vector<Version> out;
    for (auto v = stored.begin(); v != stored.end(); ++v) {
        // Stored times begin at 0, so what holds from there on holds always.
        if (v->from_ms >= v->to_ms || v->to_ms <= 0) continue;
        std::string text;
        define(text, *v);
        out.push_back({name(*v), std::max<std::int64_t>(v->from_ms, 0), std::move(text)});
        const auto next = v + 1;
        const bool goes_on =
            next != stored.end() && next->number == v->number && next->from_ms == v->to_ms;
        if (v->to_ms != fold::kForEver && !goes_on)
            out.push_back({name(*v), std::max<std::int64_t>(v->to_ms, 0), std::nullopt});
    }
    std::sort(out.begin(), out.end(), [](const Version& a, const Version& b) {
        return std::tie(a.name, a.from_ms) < std::tie(b.name, b.from_ms);
    });
    return out;
}

}  // namespace

const Table kDevices{"devices_by_fleet", kDeviceColumns, false};
const Table kFleetByDevice{"fleet_by_device", kFleetByDeviceColumns, false};
const Table kFleets{"fleets", kFleetColumns, false};
const Table kZones{"zones", kZoneColumns, false};
const Table kRules{"rules", kRuleColumns, false};

const Deletion kDevice{kDevices, 2};
const Deletion kFleetsOfDevice{kFleetByDevice, 1};
const Deletion kLatestOfDevice{kLatest, 1};
const Deletion kVersionsOfZone{kZones, 2};
const Deletion kVersionsOfRule{kRules, 2};

void pack_device(PackedRows& out, std::string_view partition, std::string_view device,
                 std::int64_t first_ms, Absent absent) {
    out.text(partition).text(device);
    if (first_ms >= 0) {
        out.timestamp(first_ms);
    } else if (absent == Absent::clear) {
        out.null();
    } else {
        out.unset();
    }
    out.end_row();
}

void pack_fleet_by_device(PackedRows& out, std::string_view device, std::int64_t from_ms,
                          std::string_view fleet) {
    out.text(device).timestamp(from_ms).text(fleet).end_row();
}

void pack_fleet(PackedRows& out, std::string_view fleet, int retention_days,
                std::uint32_t buckets) {
    out.text(registry_of(kFleets)).text(fleet).integer(retention_days);
    out.integer(static_cast<std::int32_t>(std::max(buckets, 1U))).end_row();
}

std::vector<Version> zone_versions(const engine::RuleSnapshot& rules) {
    return versions_of(
        rules.zones, [](const fold::ZoneVersion& v) { return v.zone.id; },
        [](std::string& out, const fold::ZoneVersion& v) { codec::append_zone(out, v.zone); });
}

std::vector<Version> rule_versions(const engine::RuleSnapshot& rules) {
    return versions_of(
        rules.rules, [](const fold::RuleVersion& v) { return v.rule.name; },
        [](std::string& out, const fold::RuleVersion& v) { codec::append_rule(out, v.rule); });
}

void pack_version(PackedRows& out, const Table& table, const Version& version) {
    out.text(registry_of(table)).text(version.name).timestamp(version.from_ms);
    if (version.definition) {
        out.text(*version.definition);
    } else {
        out.null();
    }
    out.end_row();
}

void pack_versions_of(PackedRows& out, const Table& table, std::string_view name) {
    out.text(registry_of(table)).text(name).end_row();
}

}  // namespace fleet::replicate
