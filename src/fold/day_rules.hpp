// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fold/device_state.hpp"
#include "fold/rule_set.hpp"
#include "geo/zone_index.hpp"
#include "model/rule.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fleet::fold {

/// What runs of a rule compare. Built-in types have their own metric and direction, whatever the
/// rule says.
[[nodiscard]] Condition condition_of(const model::Rule& rule) noexcept;

/// Everything that a RuleSet was made of, compiled for all scopes and times together. Immutable.
class RuleTable {
  public:
    RuleTable(std::vector<RuleVersion> rules, std::vector<ZoneVersion> zones);

    /// Positions in rules(), ascending, that hold for a device of these classes.
    [[nodiscard]] std::vector<std::uint32_t> in_scope(std::uint32_t fleet_class,
                                                      std::uint32_t device_class) const;
    /// Fleets (devices) that the same rules name are of one class; those that none names are of 0.
    [[nodiscard]] std::uint32_t fleet_class(std::string_view fleet) const;
    [[nodiscard]] std::uint32_t device_class(std::string_view device) const;

    /// By number, then time; without the built-in rules that have stepped back.
    [[nodiscard]] const std::vector<RuleVersion>& rules() const noexcept { return rules_; }
    [[nodiscard]] const std::vector<ZoneVersion>& zones() const noexcept { return zones_; }
    /// Times at which any rule begins or ends to hold, ascending, without for ever.
    [[nodiscard]] const std::vector<std::int64_t>& rule_times() const noexcept {
        return rule_times_;
    }
    /// The same for zones and the rules that cross them.
    [[nodiscard]] const std::vector<std::int64_t>& zone_times() const noexcept {
        return zone_times_;
    }

    /// Positions of zones() that hold a place at a time, ascending.
    void containing(model::GeoPoint at, std::int64_t ts_ms, std::vector<std::uint32_t>& out) const;
    [[nodiscard]] double distance_mm(std::uint32_t zone_version, model::GeoPoint at) const noexcept;
    /// Position of the version of a zone (a rule) at a time; kNone: none holds.
    [[nodiscard]] std::uint32_t zone_at(std::uint32_t number, std::int64_t ts_ms) const noexcept;
    [[nodiscard]] std::uint32_t rule_at(std::uint32_t number, std::int64_t ts_ms) const noexcept;
    /// Whether a zone rule (a position in rules()) watches a zone, by number.
    [[nodiscard]] bool watches(std::uint32_t rule_version, std::uint32_t zone) const noexcept;
    [[nodiscard]] std::span<const std::uint32_t> zones_of(
        std::uint32_t rule_version) const noexcept {
        return zones_of_[rule_version];
    }

    static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };
    /// Names to classes, and which rule versions name each class.
    struct Classes {
        std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> of_name;
        std::vector<std::vector<std::uint32_t>> versions;  ///< by class, ascending
        [[nodiscard]] std::uint32_t of(std::string_view name) const;
        [[nodiscard]] bool names(std::uint32_t which, std::uint32_t version) const noexcept;
    };
    [[nodiscard]] static Classes classify(const std::vector<RuleVersion>& rules,
                                          std::vector<std::string> model::Rule::* names);

    std::vector<RuleVersion> rules_;
    std::vector<ZoneVersion> zones_;
    std::vector<std::int64_t> rule_times_;
    std::vector<std::int64_t> zone_times_;
    std::vector<std::vector<std::uint32_t>> zones_of_;  ///< by rule version; empty: all zones
    std::vector<std::uint32_t> everywhere_;  ///< rule versions that name neither fleet nor device
    Classes fleets_;
    Classes devices_;
    std::unique_ptr<const geo::ZoneIndex> index_;  ///< over all versions of all zones
};

/// One rule in force.
struct ActiveRule {
    std::uint32_t number = 0;
    std::uint32_t version = 0;  ///< position in RuleTable::rules()
    Condition condition;
    const model::Rule* rule = nullptr;
};

/// Rules that compare one value, those that hold first at the front: a row visits only those that
/// it meets.
struct Watches {
    struct Watch {
        std::int32_t limit = 0;
        std::uint32_t rule = 0;  ///< position in Segment::rules
    };
    std::vector<Watch> above;                                         ///< limits ascending
    std::vector<Watch> below;                                         ///< limits descending
    std::int64_t lowest = std::numeric_limits<std::int64_t>::max();   ///< limit above
    std::int64_t highest = std::numeric_limits<std::int64_t>::min();  ///< limit below

    [[nodiscard]] bool any_holds(std::int64_t value) const noexcept {
        return value > lowest || value < highest;
    }
};

/// Rules of one scope while none of them changes.
struct Segment {
    std::int64_t from_ms = kAlways;
    std::int64_t to_ms = kForEver;
    std::vector<ActiveRule> rules;  ///< by number
    struct MetricWatches {
        model::Field field = model::Field::speed;
        Watches watches;
    };
    std::vector<MetricWatches> metrics;
    Watches jumps;
    std::vector<std::uint32_t> alarms;      ///< positions in `rules`
    std::vector<std::uint32_t> zone_rules;  ///< numbers, ascending
    std::vector<std::uint32_t> all_zones;   ///< positions of zone rules that name no zone
    struct ZoneRule {
        std::uint32_t zone = 0;
        std::uint32_t rule = 0;  ///< position in `rules`
    };
    std::vector<ZoneRule> named_zones;  ///< the other zone rules, by zone, rule

    [[nodiscard]] const ActiveRule* find(std::uint32_t number) const noexcept;
};

class DayRules {
  public:
    DayRules(std::shared_ptr<const RuleTable> table, std::vector<Segment> segments)
        : table_(std::move(table)), segments_(std::move(segments)) {}
    [[nodiscard]] const RuleTable& table() const noexcept { return *table_; }
    /// That of a time within the day.
    [[nodiscard]] const Segment& at(std::int64_t ts_ms) const noexcept;

  private:
    std::shared_ptr<const RuleTable> table_;  // `segments_` point into it
    std::vector<Segment> segments_;           ///< ascending, without holes
};

/// Rules of a scope between two positions of rule_times(): from the time before `first` up to that
/// at `last`, or for ever.
[[nodiscard]] std::shared_ptr<const DayRules> compile(const std::shared_ptr<const RuleTable>& table,
                                                      std::span<const std::uint32_t> in_scope,
                                                      std::size_t first, std::size_t last);

}  // namespace fleet::fold
