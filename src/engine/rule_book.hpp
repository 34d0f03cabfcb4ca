// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "engine/silence_rules.hpp"
#include "engine/tables.hpp"
#include "fold/rule_set.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace fleet::engine {

/// Rules and zones of one moment, with all their versions over event time. Immutable, shared.
struct RuleSnapshot {
    std::uint64_t epoch = 0;  ///< grows with every change
    /// Epoch and the event time from which stored rows are judged otherwise since, ascending by
    /// epoch.
    std::vector<std::pair<std::uint64_t, std::int64_t>> changes;
    std::vector<fold::RuleVersion> rules;  ///< by number, then time
    std::vector<fold::ZoneVersion> zones;
    std::unique_ptr<const fold::RuleSet> set;
    std::unique_ptr<const SilenceRules> silence;
    std::unordered_map<std::uint32_t, std::string> rule_names;
    std::unordered_map<std::uint32_t, std::string> zone_ids;

    /// Earliest event time whose results differ from those of an older epoch; fold::kForEver: none.
    [[nodiscard]] std::int64_t changed_since(std::uint64_t old_epoch) const noexcept;
    /// The version that holds at a time (now, say), or nothing.
    [[nodiscard]] const model::Rule* rule_at(std::uint32_t number,
                                             std::int64_t ts_ms) const noexcept;
    [[nodiscard]] std::string_view rule_name(std::uint32_t number) const noexcept;
    [[nodiscard]] std::string_view zone_id(std::uint32_t number) const noexcept;
    [[nodiscard]] model::RuleType rule_type(std::uint32_t number) const noexcept;
    /// Whether an alert of a rule that starts then comes from the clock, not from the fold.
    [[nodiscard]] bool beside_fold(std::uint32_t number, std::int64_t start_ms) const noexcept;
};

/// Number of the built-in OFFLINE rule, which is computed beside the fold.
inline constexpr std::uint32_t kOfflineRule = 15;
inline constexpr std::uint32_t kFirstOwnRule = 16;  ///< below: built-in

/// Keeps rules and zones, gives them their numbers, and turns each change into a new snapshot.
/// Thread-safe; changes come from one thread in the order of the journal.
class RuleBook {
  public:
    using Change = RuleChange;

    /// `offline_s`: limit of the built-in OFFLINE rule in seconds.
    explicit RuleBook(std::int32_t offline_s);
    [[nodiscard]] Result<void> restore(const Tables& tables);

    [[nodiscard]] std::shared_ptr<const RuleSnapshot> snapshot() const;
    /// What check() must find before a change is journaled: removal of what is there, no removal of
    /// a zone that a rule names, rules that name known zones. All changes are judged together.
    /// Errors: not_found, invalid_argument.
    [[nodiscard]] Result<void> check(const std::vector<Change>& changes) const;
    /// Applies all changes as one, unless `sequence` was applied before. Returns whether anything
    /// changed.
    bool apply(const std::vector<Change>& changes, std::int64_t moment_ms, std::uint64_t sequence);

    /// Adds what changed since the last call of written() to a set; returns the version for
    /// written().
    [[nodiscard]] std::uint64_t collect(Tables::WriteSet& set) const;
    void written(std::uint64_t version);

  private:
    template <class Version>
    using Versions =
        std::map<std::uint32_t, std::vector<Version>>;  ///< by number, ascending in time

    void publish();

    mutable std::mutex mutex_;
    Versions<fold::RuleVersion> rules_;
    Versions<fold::ZoneVersion> zones_;
    std::unordered_map<std::string, std::uint32_t> rule_numbers_;
    std::unordered_map<std::string, std::uint32_t> zone_numbers_;
    std::uint32_t next_rule_ = kFirstOwnRule;
    std::uint32_t next_zone_ = 1;
    std::uint64_t sequence_ = 0;
    std::vector<std::pair<std::uint64_t, std::int64_t>> changes_;
    std::map<std::pair<char, std::uint32_t>, std::uint64_t>
        dirty_;  ///< 'r' or 'z' and number → version of the change
    std::uint64_t version_ = 0;
    std::uint64_t written_ = 0;
    std::shared_ptr<const RuleSnapshot> snapshot_;
};

[[nodiscard]] std::string encode_rule(const model::Rule& rule);
[[nodiscard]] Result<model::Rule> decode_rule(std::string_view bytes);
[[nodiscard]] std::string encode_zone(const model::Zone& zone);
[[nodiscard]] Result<model::Zone> decode_zone(std::string_view bytes);

}  // namespace fleet::engine
