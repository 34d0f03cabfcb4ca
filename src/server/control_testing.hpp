// SPDX-License-Identifier: Apache-2.0
// Zones, rules and one alert in memory, for tests.
#pragma once

#include "store/control.hpp"
#include "store/memory/memory_store.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace fleet::server::testing {

/// The simplest FleetControl: what was put is there. One alert, of V-1 in fleet idf. Devices are
/// those of a store.
class MemoryControl final : public store::FleetControl {
  public:
    static constexpr model::AlertId kAlert{0xA1, 0xE7};

    static constexpr Day kToday{20'782};  // 2026-11-25

    explicit MemoryControl(std::shared_ptr<store::MemoryStore> store) : store_(std::move(store)) {}

    Result<std::vector<model::Rule>> rules() const override {
        const std::lock_guard lock(mutex_);
        std::vector<model::Rule> out;
        for (const auto& [name, rule] : rules_) out.push_back(rule);
        return out;
    }
    Result<std::optional<model::Rule>> rule(const std::string& name) const override {
        return find(rules_, name);
    }
    Result<store::ZonePage> zones(const std::string& after, std::size_t limit) const override {
        const std::lock_guard lock(mutex_);
        store::ZonePage page;
        auto at = zones_.upper_bound(after);
        for (; at != zones_.end() && page.zones.size() < limit; ++at)
            page.zones.push_back(at->second);
        page.more = at != zones_.end();
        return page;
    }
    Result<std::optional<model::Zone>> zone(const std::string& id) const override {
        return find(zones_, id);
    }
    Result<store::ChangeCounts> put_rules(std::vector<model::Rule> rules, Since since) override {
        return put(rules_, std::move(rules), since, &model::Rule::name);
    }
    Result<store::ChangeCounts> put_zones(std::vector<model::Zone> zones, Since since) override {
        return put(zones_, std::move(zones), since, &model::Zone::id);
    }
    Result<void> remove_rule(const std::string& name, Since since) override {
        return remove(rules_, name, since);
    }
    Result<void> remove_zone(const std::string& id, Since since) override {
        return remove(zones_, id, since);
    }
    Result<store::ChangeCounts> put_devices(const model::FleetScope& scope,
                                            std::vector<model::DeviceChange> changes,
                                            store::Expect expect) override {
        const std::lock_guard lock(mutex_);
        store::ChangeCounts counts;
        for (const model::DeviceChange& change : changes) {
            const auto known = store_->device(scope, change.id);
            if (known && expect == store::Expect::absent)
                return fail(Code::already_exists, "there is one already");
            if (!known && expect == store::Expect::present)
                return fail(Code::not_found, "there is no device " + change.id);
            ++(!known                                                     ? counts.created
               : model::changed(known->details, change) == known->details ? counts.unchanged
                                                                          : counts.changed);
        }
        for (const model::DeviceChange& change : changes) store_->change_device(change);
        return counts;
    }
    Result<void> move_device(const model::FleetScope& scope,
                             const store::DeviceMove& move) override {
        const std::lock_guard lock(mutex_);
        if (!store_->device(scope, move.device))
            return fail(Code::not_found, "there is no device " + move.device);
        store_->move_device(move.device, move.fleet, move.from.value_or(kToday));
        return {};
    }
    Result<store::AlertStatus> act_on_alert(const model::FleetScope& scope,
                                            const model::AlertId& id,
                                            store::AlertAction action) override {
        const std::lock_guard lock(mutex_);
        if (id != kAlert || !scope.allows("idf")) return fail(Code::not_found, "there is no alert");
        if (action.kind == store::AlertAction::Kind::comment && action.text.empty())
            return fail(Code::invalid_argument, "text: missing; a comment needs one");
        alert_.fleet = "idf";
        alert_.device = "V-1";
        using Kind = store::AlertAction::Kind;
        if (action.kind != Kind::comment)
            alert_.state = action.kind == Kind::acknowledge ? store::AlertState::acknowledged
                                                            : store::AlertState::resolved;
        alert_.actions.push_back(std::move(action));
        return alert_;
    }

    [[nodiscard]] Since last_since() const {
        const std::lock_guard lock(mutex_);
        return since_;
    }

  private:
    template <class Value>
    std::optional<Value> find(const std::map<std::string, Value>& all,
                              const std::string& key) const {
        const std::lock_guard lock(mutex_);
        const auto found = all.find(key);
        return found == all.end() ? std::optional<Value>() : std::optional<Value>(found->second);
    }
    template <class Value>
    Result<store::ChangeCounts> put(std::map<std::string, Value>& all, std::vector<Value> values,
                                    Since since, std::string Value::* key) {
        const std::lock_guard lock(mutex_);
        since_ = since;
        store::ChangeCounts counts;
        for (Value& value : values) {
            const auto [at, fresh] = all.try_emplace(value.*key, value);
            ++(fresh ? counts.created : at->second == value ? counts.unchanged : counts.changed);
            at->second = std::move(value);
        }
        return counts;
    }
    template <class Value>
    Result<void> remove(std::map<std::string, Value>& all, const std::string& key, Since since) {
        const std::lock_guard lock(mutex_);
        since_ = since;
        if (all.erase(key) == 0) return fail(Code::not_found, "there is none of this name");
        return {};
    }

    std::shared_ptr<store::MemoryStore> store_;
    mutable std::mutex mutex_;
    std::map<std::string, model::Rule> rules_;
    std::map<std::string, model::Zone> zones_;
    store::AlertStatus alert_;
    Since since_;
};

}  // namespace fleet::server::testing
