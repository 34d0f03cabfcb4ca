// SPDX-License-Identifier: Apache-2.0
#include "app/cluster_control.hpp"

#include "app/time_zones.hpp"
#include "codec/geojson.hpp"
#include "codec/rule_json.hpp"

#include <algorithm>
#include <utility>

namespace fleet::app {

namespace {

using Defined = store::CassandraReader::Defined;
using Definition = store::CassandraReader::Definition;

Failure only_shows() {
    return fail(Code::unavailable,
                "this node only shows; change it on the node that takes the records");
}

Error corrupt(const Definition& definition, const Error& error) {
    return {Code::corrupt, "Cassandra holds a definition of " + definition.name +
                               " that cannot be read: " + error.message};
}

Result<model::Zone> zone_of(const Definition& definition) {
    auto zones = codec::decode_zones(definition.text);
    if (!zones) return corrupt(definition, zones.error());
    if (zones->size() != 1) return corrupt(definition, {Code::corrupt, "it is not one zone"});
    return std::move(zones->front());
}

}  // namespace

ClusterControl::ClusterControl(std::shared_ptr<store::CassandraReader> reader)
    : reader_(std::move(reader)) {}

Result<std::vector<model::Rule>> ClusterControl::rules() const {
    FLEET_TRY(const std::vector<Definition> definitions, reader_->definitions(Defined::rules));
    codec::ZoneDatabase time_zones = machine_time_zones();
    std::vector<model::Rule> rules;
    for (const Definition& definition : definitions) {
        auto rule = codec::decode_rule(definition.text, time_zones);
        if (!rule) return corrupt(definition, rule.error());
        rules.push_back(std::move(rule).value());
    }
    return rules;
}

Result<std::optional<model::Rule>> ClusterControl::rule(const std::string& name) const {
    FLEET_TRY(std::vector<model::Rule> all, rules());
    for (model::Rule& rule : all)
        if (rule.name == name) return std::optional(std::move(rule));
    return std::optional<model::Rule>();
}

Result<store::ZonePage> ClusterControl::zones(const std::string& after, std::size_t limit) const {
    FLEET_TRY(const std::vector<Definition> definitions, reader_->definitions(Defined::zones));
    store::ZonePage page;
    std::size_t vertices = 0;
    for (const Definition& definition : definitions) {
        if (definition.name <= after) continue;
        if (page.zones.size() == limit || vertices >= store::kPageVertices) {
            page.more = true;
            break;
        }
        FLEET_TRY(model::Zone zone, zone_of(definition));
        vertices += store::vertices_of(zone.shape);
        page.zones.push_back(std::move(zone));
    }
    return page;
}

Result<std::optional<model::Zone>> ClusterControl::zone(const std::string& id) const {
    FLEET_TRY(const std::vector<Definition> definitions, reader_->definitions(Defined::zones));
    for (const Definition& definition : definitions) {
        if (definition.name != id) continue;
        FLEET_TRY(model::Zone zone, zone_of(definition));
        return std::optional(std::move(zone));
    }
    return std::optional<model::Zone>();
}

Result<store::ChangeCounts> ClusterControl::put_rules(std::vector<model::Rule> /*rules*/,
                                                      Since /*since*/) {
    return only_shows();
}
Result<store::ChangeCounts> ClusterControl::put_zones(std::vector<model::Zone> /*zones*/,
                                                      Since /*since*/) {
    return only_shows();
}
Result<void> ClusterControl::remove_rule(const std::string& /*name*/, Since /*since*/) {
    return only_shows();
}
Result<void> ClusterControl::remove_zone(const std::string& /*id*/, Since /*since*/) {
    return only_shows();
}
Result<store::ChangeCounts> ClusterControl::put_devices(
    const model::FleetScope& /*scope*/, std::vector<model::DeviceChange> /*changes*/,
    store::Expect /*expect*/) {
    return only_shows();
}

Result<void> ClusterControl::move_device(const model::FleetScope& /*scope*/,
                                         const store::DeviceMove& /*move*/) {
    return only_shows();
}

Result<store::AlertStatus> ClusterControl::act_on_alert(const model::FleetScope& /*scope*/,
                                                        const model::AlertId& /*id*/,
                                                        store::AlertAction /*action*/) {
    return only_shows();
}

}  // namespace fleet::app
