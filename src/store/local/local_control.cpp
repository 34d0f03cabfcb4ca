// SPDX-License-Identifier: Apache-2.0
#include "store/local/local_control.hpp"

#include "engine/rule_book.hpp"
#include "store/local/alert_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace fleet::store {

namespace {

using engine::RuleChange;
using engine::RuleSnapshot;
using Kind = RuleChange::Kind;

const std::string& key_of(const model::Rule& rule) { return rule.name; }
const std::string& key_of(const model::Zone& zone) { return zone.id; }

std::map<std::string_view, const model::Rule*> rules_of(const RuleSnapshot& snapshot) {
    // Built-in rules have stepped back where a rule of their type was ever made.
    std::array<bool, model::kRuleTypeCount> made{};
    for (const fold::RuleVersion& v : snapshot.rules)
        if (!v.rule.built_in) made[static_cast<std::size_t>(v.rule.type)] = true;
    std::map<std::string_view, const model::Rule*> found;
    for (const fold::RuleVersion& v : snapshot.rules)
        if (v.to_ms == fold::kForEver &&
            !(v.rule.built_in && made[static_cast<std::size_t>(v.rule.type)]))
            found[v.rule.name] = &v.rule;
    return found;
}

std::map<std::string_view, const model::Zone*> zones_of(const RuleSnapshot& snapshot) {
    std::map<std::string_view, const model::Zone*> found;
    for (const fold::ZoneVersion& v : snapshot.zones)
        if (v.to_ms == fold::kForEver) found[v.zone.id] = &v.zone;
    return found;
}

template <class Value>
std::optional<Value> find_in(const std::map<std::string_view, const Value*>& all,
                             const std::string& key) {
    const auto found = all.find(key);
    if (found == all.end()) return std::nullopt;
    return *found->second;
}

/// Counts what is new, and returns what is not there already.
template <class Value>
std::vector<Value> differing(const std::map<std::string_view, const Value*>& all,
                             std::vector<Value> wanted, ChangeCounts& counts) {
    std::vector<Value> rest;
    for (Value& value : wanted) {
        const auto found = all.find(key_of(value));
        if (found != all.end() && *found->second == value) {
            ++counts.unchanged;
            continue;
        }
        ++(found == all.end() ? counts.created : counts.changed);
        rest.push_back(std::move(value));
    }
    return rest;
}

/// Changes go into the journal as one entry, or they would not be all or nothing.
Result<void> fits_one_entry(Result<void> done) {
    if (!done && done.error().code == Code::too_large)
        return fail(Code::too_large, "that is too much for one import; divide the file");
    return done;
}

Result<void> check_action(const AlertAction& action) {
    if (action.who.empty() || action.who.size() > kMaxActionWho)
        return fail(Code::invalid_argument,
                    fmt::format("who: give a name of 1 to {} bytes", kMaxActionWho));
    if (action.text.size() > kMaxActionText)
        return fail(Code::invalid_argument, fmt::format("text: {} bytes; at most {} are taken",
                                                        action.text.size(), kMaxActionText));
    if (action.kind == AlertAction::Kind::comment && action.text.empty())
        return fail(Code::invalid_argument, "text: missing; a comment needs one");
    return {};
}

}  // namespace

LocalControl::LocalControl(std::shared_ptr<engine::Engine> engine,
                           std::shared_ptr<const Clock> clock)
    : engine_(std::move(engine)), clock_(std::move(clock)) {}

Result<std::vector<model::Rule>> LocalControl::rules() const {
    const auto snapshot = engine_->rules();
    std::vector<model::Rule> rules;
    for (const auto& [name, rule] : rules_of(*snapshot)) rules.push_back(*rule);
    return rules;
}

Result<std::optional<model::Rule>> LocalControl::rule(const std::string& name) const {
    const auto snapshot = engine_->rules();
    return find_in(rules_of(*snapshot), name);
}

Result<ZonePage> LocalControl::zones(const std::string& after, std::size_t limit) const {
    const auto snapshot = engine_->rules();
    const auto all = zones_of(*snapshot);
    ZonePage page;
    std::size_t vertices = 0;
    auto at = all.upper_bound(after);
    for (; at != all.end() && page.zones.size() < limit && vertices < kPageVertices; ++at) {
        vertices += vertices_of(at->second->shape);
        page.zones.push_back(*at->second);
    }
    page.more = at != all.end();
    return page;
}

Result<std::optional<model::Zone>> LocalControl::zone(const std::string& id) const {
    const auto snapshot = engine_->rules();
    return find_in(zones_of(*snapshot), id);
}

Result<std::optional<std::int64_t>> LocalControl::moment_of(Since since) const {
    if (!since) return std::optional<std::int64_t>();
    if (*since > clock_->now())
        return fail(Code::invalid_argument,
                    fmt::format("a change cannot hold from {}, which lies in the future",
                                format_rfc3339(*since)));
    return std::optional(since->ms);
}

template <class Value, class Current>
Result<ChangeCounts> LocalControl::put(std::vector<Value> values, Since since, Kind kind,
                                       Value RuleChange::* member, Current current) {
    FLEET_TRY(const auto moment, moment_of(since));
    const std::lock_guard lock(changing_);
    const auto snapshot = engine_->rules();
    ChangeCounts counts;
    std::vector<RuleChange> changes;
    for (Value& value : differing(current(*snapshot), std::move(values), counts)) {
        RuleChange change;
        change.kind = kind;
        change.*member = std::move(value);
        change.recompute_from_ms = moment;
        changes.push_back(std::move(change));
    }
    FLEET_TRY_VOID(fits_one_entry(engine_->change_rules(std::move(changes))));
    return counts;
}

Result<ChangeCounts> LocalControl::put_rules(std::vector<model::Rule> rules, Since since) {
    return put(std::move(rules), since, Kind::put_rule, &RuleChange::rule, rules_of);
}

Result<ChangeCounts> LocalControl::put_zones(std::vector<model::Zone> zones, Since since) {
    return put(std::move(zones), since, Kind::put_zone, &RuleChange::zone, zones_of);
}

Result<void> LocalControl::remove_rule(const std::string& name, Since since) {
    FLEET_TRY(const auto moment, moment_of(since));
    const std::lock_guard lock(changing_);
    // A built-in rule that has stepped back is there for the engine, and for nobody else.
    if (!rules_of(*engine_->rules()).contains(name))
        return fail(Code::not_found, fmt::format("there is no rule {}", name));
    RuleChange change;
    change.kind = Kind::remove_rule;
    change.name = name;
    change.recompute_from_ms = moment;
    return engine_->change_rules({std::move(change)});
}

Result<void> LocalControl::remove_zone(const std::string& id, Since since) {
    FLEET_TRY(const auto moment, moment_of(since));
    const std::lock_guard lock(changing_);
    FLEET_TRY(const auto held, rules());
    if (const auto names = rules_naming(held, id); !names.empty())
        return fail(Code::invalid_argument, zone_in_use(id, names));
    RuleChange change;
    change.kind = Kind::remove_zone;
    change.name = id;
    change.recompute_from_ms = moment;
    return engine_->change_rules({std::move(change)});
}

Result<ChangeCounts> LocalControl::put_devices(const model::FleetScope& scope,
                                               std::vector<model::DeviceChange> changes,
                                               Expect expect) {
    const std::lock_guard lock(changing_);
    ChangeCounts counts;
    std::vector<model::DeviceChange> differing;
    for (model::DeviceChange& change : changes) {
        const auto handle = engine_->find_device(change.id);
        const auto missing = [&] {
            return fail(Code::not_found, fmt::format("there is no device {}", change.id));
        };
        if (!handle) {
            if (expect == Expect::present) return missing();
            const std::string_view fleet =
                change.fleet.empty() ? model::kDefaultFleet : std::string_view(change.fleet);
            if (!scope.allows(fleet))
                return fail(Code::not_found, fmt::format("there is no fleet {}", fleet));
            ++counts.created;
            differing.push_back(std::move(change));
            continue;
        }
        const engine::DeviceRow row = engine_->device(*handle);
        // An id that is taken where the scope does not look cannot be made there.
        if (expect == Expect::absent)
            return fail(Code::already_exists,
                        fmt::format("there is a device {} already", change.id));
        if (!scope.allows(row.fleet)) return missing();
        const bool stays = change.fleet.empty() || change.fleet == row.fleet;
        if (stays && model::changed(*row.details, change) == *row.details) {
            ++counts.unchanged;
            continue;
        }
        ++counts.changed;
        differing.push_back(std::move(change));
    }
    FLEET_TRY_VOID(fits_one_entry(engine_->change_devices(std::move(differing))));
    return counts;
}

Result<void> LocalControl::move_device(const model::FleetScope& scope, const DeviceMove& move) {
    const std::lock_guard lock(changing_);
    const auto handle = engine_->find_device(move.device);
    if (!handle || !scope.allows(engine_->device(*handle).fleet))
        return fail(Code::not_found, fmt::format("there is no device {}", move.device));
    if (!scope.allows(move.fleet))
        return fail(Code::not_found, fmt::format("there is no fleet {}", move.fleet));
    return engine_->move_devices(
        {{move.device, move.fleet, move.from.value_or(day_of(clock_->now()))}});
}

Result<AlertStatus> LocalControl::act_on_alert(const model::FleetScope& scope,
                                               const model::AlertId& id, AlertAction action) {
    FLEET_TRY_VOID(check_action(action));
    const auto missing = [&] {
        return fail(Code::not_found, fmt::format("there is no alert {}", id.text()));
    };
    FLEET_TRY(const auto before, engine_->alert(id));
    // Hidden by the scope and not there at all must read the same (I12).
    if (!before) return missing();
    if (!scope.allows(engine_->fleet_id(before->fleet))) return missing();
    if (before->actions.size() >= kMaxActions)
        return fail(
            Code::invalid_argument,
            fmt::format("alert {} has {} actions, more are not taken", id.text(), kMaxActions));
    engine::AlertAction done;
    done.kind = engine_kind(action.kind);
    done.who = std::move(action.who);
    done.text = std::move(action.text);
    FLEET_TRY_VOID(engine_->act_on_alert(id, std::move(done)));
    FLEET_TRY(const auto after, engine_->alert(id));
    if (!after) return missing();
    AlertStatus status;
    status.fleet = engine_->fleet_id(after->fleet);
    status.device = engine_->device(after->device).id;
    status.state = store_state(after->state);
    status.actions = store_actions(after->actions);
    return status;
}

}  // namespace fleet::store
