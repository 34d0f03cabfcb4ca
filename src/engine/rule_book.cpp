// SPDX-License-Identifier: Apache-2.0
#include "engine/rule_book.hpp"

#include "codec/bytes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace fleet::engine {

namespace {

using codec::ByteReader;
using codec::ByteWriter;

constexpr std::string_view kStateKey = "state";

std::string key_of(char kind, std::uint32_t number) {
    std::string key(1, kind);
    for (int shift = 24; shift >= 0; shift -= 8)
        key.push_back(static_cast<char>(number >> shift & 0xFF));
    return key;
}

/// Ends the versions at `from`. The first one stays, though it may hold for no time at all: alerts
/// need its name.
template <class Version>
void cut(std::vector<Version>& versions, std::int64_t from) {
    while (versions.size() > 1 && versions.back().from_ms >= from) versions.pop_back();
    if (versions.empty()) return;
    Version& last = versions.back();
    last.to_ms = std::max(last.from_ms, std::min(last.to_ms, from));
}

const model::Rule& content(const fold::RuleVersion& v) { return v.rule; }
const model::Zone& content(const fold::ZoneVersion& v) { return v.zone; }
void set_content(fold::RuleVersion& v, const model::Rule& rule) { v.rule = rule; }
void set_content(fold::ZoneVersion& v, const model::Zone& zone) { v.zone = zone; }
std::string encode(const fold::RuleVersion& v) { return encode_rule(v.rule); }
std::string encode(const fold::ZoneVersion& v) { return encode_zone(v.zone); }

/// Returns the event time from which results change, or nothing when nothing does.
template <class Version, class Content>
std::optional<std::int64_t> put(std::vector<Version>& versions, std::uint32_t number,
                                const Content& value, std::int64_t moment) {
    const bool there = !versions.empty();
    if (there && versions.back().to_ms == fold::kForEver && content(versions.back()) == value)
        return std::nullopt;
    const std::int64_t from = there ? moment : fold::kAlways;
    cut(versions, from);
    Version version;
    version.number = number;
    version.from_ms = from;
    set_content(version, value);
    versions.push_back(std::move(version));
    return from;
}

template <class Version>
std::string encode_versions(const std::vector<Version>& versions) {
    std::string out;
    ByteWriter w(out);
    w.varint(versions.size());
    for (const Version& v : versions) {
        w.svarint(v.from_ms);
        w.svarint(v.to_ms);
        w.text(encode(v));
    }
    return out;
}

template <class Version, class Decode>
Result<std::vector<Version>> decode_versions(std::uint32_t number, std::string_view bytes,
                                             Decode decode) {
    ByteReader r(bytes);
    std::vector<Version> versions;
    const std::uint64_t count = r.varint();
    for (std::uint64_t i = 0; i < count && r.ok(); ++i) {
        Version v;
        v.number = number;
        v.from_ms = r.svarint();
        v.to_ms = r.svarint();
        FLEET_TRY(auto value, decode(r.text()));
        set_content(v, value);
        versions.push_back(std::move(v));
    }
    if (!r.done()) return fail(Code::corrupt, "a stored rule or zone is damaged");
    return versions;
}

}  // namespace

std::int64_t RuleSnapshot::changed_since(std::uint64_t old_epoch) const noexcept {
    std::int64_t from = fold::kForEver;
    for (const auto& [changed, since] : changes)
        if (changed > old_epoch) from = std::min(from, since);
    return from;
}

const model::Rule* RuleSnapshot::rule_at(std::uint32_t number, std::int64_t ts_ms) const noexcept {
    const auto begin = std::lower_bound(
        rules.begin(), rules.end(), number,
        [](const fold::RuleVersion& v, std::uint32_t wanted) { return v.number < wanted; });
    for (auto v = begin; v != rules.end() && v->number == number; ++v)
        if (v->from_ms <= ts_ms && ts_ms < v->to_ms) return &v->rule;
    return nullptr;
}

std::string_view RuleSnapshot::rule_name(std::uint32_t number) const noexcept {
    const auto found = rule_names.find(number);
    return found == rule_names.end() ? std::string_view() : std::string_view(found->second);
}

model::RuleType RuleSnapshot::rule_type(std::uint32_t number) const noexcept {
    const auto found = std::lower_bound(
        rules.begin(), rules.end(), number,
        [](const fold::RuleVersion& v, std::uint32_t wanted) { return v.number < wanted; });
    return found != rules.end() && found->number == number ? found->rule.type
                                                           : model::RuleType::threshold;
}

bool RuleSnapshot::beside_fold(std::uint32_t number, std::int64_t start_ms) const noexcept {
    const model::Rule* rule = rule_at(number, start_ms);
    return (rule != nullptr ? rule->type : rule_type(number)) == model::RuleType::offline;
}

std::string_view RuleSnapshot::zone_id(std::uint32_t number) const noexcept {
    const auto found = zone_ids.find(number);
    return found == zone_ids.end() ? std::string_view() : std::string_view(found->second);
}

RuleBook::RuleBook(std::int32_t offline_s) {
    std::uint32_t next = 1;
    for (model::Rule& rule : model::built_in_rules()) {
        const bool offline = rule.type == model::RuleType::offline;
        const std::uint32_t number = offline ? kOfflineRule : next++;
        if (offline) rule.limit = offline_s;
        rule_numbers_.emplace(rule.name, number);
        fold::RuleVersion version;
        version.number = number;
        version.rule = rule;
        version.rule.built_in = true;
        rules_[number].push_back(std::move(version));
    }
    publish();
}

Result<void> RuleBook::restore(const Tables& tables) {
    const std::lock_guard lock(mutex_);
    FLEET_TRY_VOID(tables.scan(
        Space::book, "", "", [&](std::string_view key, std::string_view value) -> Result<bool> {
            if (key == kStateKey) {
                ByteReader r(value);
                sequence_ = r.varint();
                next_rule_ = static_cast<std::uint32_t>(r.varint());
                next_zone_ = static_cast<std::uint32_t>(r.varint());
                const std::uint64_t count = r.varint();
                for (std::uint64_t i = 0; i < count && r.ok(); ++i) {
                    const std::uint64_t epoch = r.varint();
                    changes_.emplace_back(epoch, r.svarint());
                }
                if (!r.done()) return fail(Code::corrupt, "the state of the rules is damaged");
                return true;
            }
            if (key.size() != 5) return fail(Code::corrupt, "a key of the rules is damaged");
            std::uint32_t number = 0;
            for (std::size_t i = 1; i < 5; ++i)
                number = number << 8 | static_cast<unsigned char>(key[i]);
            if (key[0] == 'r') {
                FLEET_TRY(rules_[number],
                          decode_versions<fold::RuleVersion>(number, value, decode_rule));
                if (!rules_[number].empty())
                    rule_numbers_[rules_[number].back().rule.name] = number;
            } else {
                FLEET_TRY(zones_[number],
                          decode_versions<fold::ZoneVersion>(number, value, decode_zone));
                if (!zones_[number].empty()) zone_numbers_[zones_[number].back().zone.id] = number;
            }
            return true;
        }));
    publish();
    return {};
}

void RuleBook::publish() {
    auto fresh = std::make_shared<RuleSnapshot>();
    fresh->epoch = changes_.empty() ? 0 : changes_.back().first;
    fresh->changes = changes_;
    for (const auto& [number, versions] : rules_) {
        for (const fold::RuleVersion& v : versions) fresh->rules.push_back(v);
        if (!versions.empty()) fresh->rule_names.emplace(number, versions.back().rule.name);
    }
    for (const auto& [number, versions] : zones_) {
        for (const fold::ZoneVersion& v : versions) fresh->zones.push_back(v);
        if (!versions.empty()) fresh->zone_ids.emplace(number, versions.back().zone.id);
    }
    fresh->set = std::make_unique<const fold::RuleSet>(fresh->rules, fresh->zones);
    fresh->silence = std::make_unique<const SilenceRules>(fresh->rules);
    snapshot_ = std::move(fresh);
}

std::shared_ptr<const RuleSnapshot> RuleBook::snapshot() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
}

Result<void> RuleBook::check(const std::vector<Change>& changes) const {
    const std::lock_guard lock(mutex_);
    // What would be there afterwards, by name.
    std::map<std::string, model::Rule> rules;
    std::set<std::string> zones;
    for (const auto& [number, versions] : rules_)
        if (!versions.empty() && versions.back().to_ms == fold::kForEver)
            rules[versions.back().rule.name] = versions.back().rule;
    for (const auto& [number, versions] : zones_)
        if (!versions.empty() && versions.back().to_ms == fold::kForEver)
            zones.insert(versions.back().zone.id);
    for (const Change& change : changes) {
        switch (change.kind) {
            case Change::Kind::put_rule: rules[change.rule.name] = change.rule; break;
            case Change::Kind::put_zone: zones.insert(change.zone.id); break;
            case Change::Kind::remove_rule:
                if (rules.erase(change.name) == 0)
                    return fail(Code::not_found, fmt::format("there is no rule {}", change.name));
                break;
            case Change::Kind::remove_zone:
                if (zones.erase(change.name) == 0)
                    return fail(Code::not_found, fmt::format("there is no zone {}", change.name));
                break;
        }
    }
    constexpr std::size_t kMaxRules = 10'000;
    constexpr std::size_t kMaxZones = 100'000;
    if (rules.size() > kMaxRules)
        return fail(Code::invalid_argument, fmt::format("{} rules would be there, at most {} are "
                                                        "allowed: remove some, or join them by "
                                                        "naming several fleets or zones in one",
                                                        rules.size(), kMaxRules));
    if (zones.size() > kMaxZones)
        return fail(Code::invalid_argument,
                    fmt::format("{} zones would be there, at most {} are allowed", zones.size(),
                                kMaxZones));
    for (const auto& [name, rule] : rules)
        for (const std::string& zone : rule.zones)
            if (!zones.contains(zone))
                return fail(Code::invalid_argument,
                            fmt::format("rule {} names the zone {}, which {}", name, zone,
                                        zone_numbers_.contains(zone)
                                            ? "would be gone: change or remove the rule first"
                                            : "is not there: import it first"));
    return {};
}

bool RuleBook::apply(const std::vector<Change>& changes, std::int64_t moment_ms,
                     std::uint64_t sequence) {
    const std::lock_guard lock(mutex_);
    if (sequence <= sequence_) return false;
    sequence_ = sequence;
    ++version_;
    std::int64_t from = fold::kForEver;
    bool changed = false;
    const auto touch = [&](char kind, std::uint32_t number, std::optional<std::int64_t> since,
                           bool judges_rows = true) {
        if (!since) return;
        changed = true;
        dirty_[{kind, number}] = version_;
        if (judges_rows) from = std::min(from, *since);
    };
    const auto judges_rows = [&](std::uint32_t number) {
        const auto& versions = rules_[number];
        return !versions.empty() && versions.back().rule.judges_rows();
    };
    for (const Change& change : changes) {
        const std::int64_t moment = change.recompute_from_ms.value_or(moment_ms);
        switch (change.kind) {
            case Change::Kind::put_rule: {
                auto [it, fresh] = rule_numbers_.try_emplace(change.rule.name, next_rule_);
                if (fresh) {
                    ++next_rule_;
                } else if (it->second < kFirstOwnRule) {
                    // An own rule under the name of a built-in one: that one has never been.
                    touch('r', it->second, fold::kAlways, judges_rows(it->second));
                    cut(rules_[it->second], fold::kAlways);
                    it->second = next_rule_++;
                }
                const bool rows = change.rule.judges_rows() || judges_rows(it->second);
                touch('r', it->second, put(rules_[it->second], it->second, change.rule, moment),
                      rows);
                break;
            }
            case Change::Kind::put_zone: {
                const auto [it, fresh] = zone_numbers_.try_emplace(change.zone.id, next_zone_);
                if (fresh) ++next_zone_;
                touch('z', it->second, put(zones_[it->second], it->second, change.zone, moment));
                break;
            }
            case Change::Kind::remove_rule:
                if (const auto it = rule_numbers_.find(change.name); it != rule_numbers_.end()) {
                    cut(rules_[it->second], moment);
                    touch('r', it->second, moment, judges_rows(it->second));
                }
                break;
            case Change::Kind::remove_zone:
                if (const auto it = zone_numbers_.find(change.name); it != zone_numbers_.end()) {
                    cut(zones_[it->second], moment);
                    touch('z', it->second, moment);
                }
                break;
        }
    }
    if (!changed) return false;
    if (from != fold::kForEver) changes_.emplace_back(sequence, from);
    publish();
    return true;
}

std::uint64_t RuleBook::collect(Tables::WriteSet& set) const {
    const std::lock_guard lock(mutex_);
    if (version_ == written_) return version_;
    for (const auto& [name, version] : dirty_) {
        const auto& [kind, number] = name;
        set.put(
            Space::book, key_of(kind, number),
            kind == 'r' ? encode_versions(rules_.at(number)) : encode_versions(zones_.at(number)));
    }
    std::string state;
    ByteWriter w(state);
    w.varint(sequence_);
    w.varint(next_rule_);
    w.varint(next_zone_);
    w.varint(changes_.size());
    for (const auto& [epoch, from] : changes_) {
        w.varint(epoch);
        w.svarint(from);
    }
    set.put(Space::book, kStateKey, state);
    return version_;
}

void RuleBook::written(std::uint64_t version) {
    const std::lock_guard lock(mutex_);
    written_ = std::max(written_, version);
    std::erase_if(dirty_, [&](const auto& entry) { return entry.second <= version; });
}

}  // namespace fleet::engine
