// SPDX-License-Identifier: Apache-2.0
#include "codec/rule_members.hpp"

#include "base/suggest.hpp"
#include "codec/geojson.hpp"
#include "codec/json_writer.hpp"
#include "codec/number.hpp"
#include "model/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <utility>

namespace fleet::codec {

namespace {

using model::Rule;
using model::RuleType;
using Kind = MemberValue::Kind;

constexpr std::array<std::string_view, 13> kMembers{
    "name",        "type",     "metric", "condition", "limit", "min_duration_s", "hysteresis",
    "cool_down_s", "severity", "fleets", "devices",   "zones", "hours"};

std::string quoted(std::string_view text) {
    constexpr std::size_t kShown = 60;
    return fmt::format("\"{}\"{}", text.substr(0, kShown), text.size() > kShown ? "…" : "");
}

std::string joined(std::span<const std::string_view> names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

std::vector<std::string_view> type_names() {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < model::kRuleTypeCount; ++i)
        names.push_back(name_of(static_cast<RuleType>(i)));
    return names;
}

std::vector<std::string_view> metric_names() {
    std::vector<std::string_view> names;
    for (const model::FieldInfo& f : model::kFields) names.push_back(f.name);
    return names;
}

/// What the values of a rule are: name, resolution and range in stored units.
struct Scale {
    std::string_view name;
    int decimals;
    std::int64_t min;
    std::int64_t max;
};

Scale scale_of(const Rule& rule) {
    constexpr std::int64_t kNoEnd = std::numeric_limits<std::int32_t>::max();
    if (rule.type == RuleType::gps_jump) return {"the implied speed", 2, 0, kNoEnd};
    const model::FieldInfo& f = info(rule.metric);
    return {f.name, f.decimals, f.min, f.max};
}

std::string shown(std::int64_t units, int decimals) {
    std::string out;
    append_fixed(out, units, decimals);
    return out;
}

/// Reads one rule. Its members are looked up by name, so their order does not matter.
class OneRule {
  public:
    OneRule(std::string_view path, std::string_view place, const std::vector<Member>& members,
            ZoneDatabase& zones, ProblemList& problems)
        : path_(path), place_(place), members_(members), zones_(zones), problems_(problems) {}

    Rule read() {
        names_are_known();
        Rule rule;
        const auto type = read_type();
        if (type) rule = model::default_rule(*type);
        read_name(rule);
        read_severity(rule);
        rule.min_duration_ms = duration("min_duration_s", rule.min_duration_ms);
        rule.cool_down_ms = duration("cool_down_s", rule.cool_down_ms);
        names("fleets", rule.fleets);
        names("devices", rule.devices);
        read_hours(rule);
        if (!type) return rule;  // what the others mean depends on it
        read_zones(rule);
        const bool metric = read_metric(rule);
        const bool condition = read_condition(rule);
        if (rule.type == RuleType::offline) {
            read_silence(rule);
        } else if (metric && condition) {
            read_limit(rule);
        }
        return rule;
    }

    /// Where a member stands, or would stand.
    [[nodiscard]] std::string where(std::string_view name) const {
        const Member* m = find(name);
        const std::string_view place = m != nullptr ? std::string_view(m->place) : place_;
        return fmt::format("{}{}{}{}", path_, path_.empty() ? "" : ".", name,
                           place.empty() ? std::string() : fmt::format(" ({})", place));
    }

  private:
    [[nodiscard]] const Member* find(std::string_view name) const {
        const auto found = std::find_if(members_.begin(), members_.end(),
                                        [&](const Member& m) { return m.name == name; });
        return found == members_.end() ? nullptr : &*found;
    }
    void problem(std::string_view name, std::string_view what) { problems_.add(where(name), what); }

    /// The value of a member of a kind, if it is there and has it.
    const MemberValue* value(std::string_view name, Kind kind, std::string_view wanted) {
        const Member* m = find(name);
        if (m == nullptr) return nullptr;
        if (m->value.kind == kind) return &m->value;
        problem(name, fmt::format("{} where {} belongs", kind_of(m->value), wanted));
        return nullptr;
    }

    void names_are_known() {
        std::set<std::string_view> seen;
        for (const Member& m : members_) {
            if (std::find(kMembers.begin(), kMembers.end(), m.name) == kMembers.end()) {
                const std::string hint = did_you_mean(m.name, kMembers);
                problems_.add(
                    where(std::string_view(m.name).substr(0, 60)),
                    fmt::format("unknown{}",
                                hint.empty() ? "; a rule has " + joined(kMembers) : hint));
            } else if (!seen.insert(m.name).second) {
                problem(m.name, "the member comes twice");
            }
        }
    }

    std::optional<RuleType> read_type() {
        const std::vector<std::string_view> types = type_names();
        if (find("type") == nullptr) problem("type", "missing; it is one of " + joined(types));
        const MemberValue* v = value("type", Kind::text, "a text");
        if (v == nullptr) return std::nullopt;
        const auto type = model::rule_type_of(v->text);
        if (!type) {
            const std::string hint = did_you_mean(v->text, types);
            problem("type", fmt::format("{} is no type{}", quoted(v->text),
                                        hint.empty() ? "; it is one of " + joined(types) : hint));
        }
        return type;
    }

    void read_name(Rule& rule) {
        if (find("name") == nullptr) problem("name", "missing; each rule has a name of its own");
        const MemberValue* v = value("name", Kind::text, "a text");
        if (v == nullptr) return;
        if (!model::is_valid_id(v->text)) {
            problem("name", fmt::format("{} is no name: 1 to 64 letters, digits or any of '._:-'",
                                        quoted(v->text)));
        } else {
            rule.name = v->text;
        }
    }

    void read_severity(Rule& rule) {
        const MemberValue* v = value("severity", Kind::text, "a text");
        if (v == nullptr) return;
        static constexpr std::array<std::string_view, 3> kNames{"HIGH", "MEDIUM", "LOW"};
        rule.severity = model::severity_of(v->text);
        if (rule.severity) return;
        const std::string hint = did_you_mean(v->text, kNames);
        problem("severity", fmt::format("{} is no severity{}", quoted(v->text),
                                        hint.empty() ? "; it is one of " + joined(kNames) : hint));
    }

    std::int64_t duration(std::string_view name, std::int64_t fallback) {
        const MemberValue* v = value(name, Kind::number, "a number of seconds");
        if (v == nullptr) return fallback;
        const auto ms = parse_scaled(v->text, 3);
        if (ms && !ms->below(0) && !ms->exceeds(kMaxDurationMs)) return ms->rounded;
        problem(name, fmt::format("{} is not from 0 to {} s", v->text.substr(0, 40),
                                  kMaxDurationMs / 1'000));
        return fallback;
    }

    void names(std::string_view name, std::vector<std::string>& out) {
        const MemberValue* v =
            value(name, Kind::list, fmt::format("a list such as [\"{}\"]", "north"));
        if (v == nullptr) return;
        if (v->items.empty()) problem(name, "an empty list; leave it out when the rule is for all");
        if (v->items.size() > kMaxRuleNames)
            return problem(name, fmt::format("a list of {} names; at most {}", v->items.size(),
                                             kMaxRuleNames));
        std::set<std::string_view> seen;
        for (std::size_t i = 0; i < v->items.size(); ++i) {
            const MemberValue& item = v->items[i];
            const std::string path = fmt::format("{}[{}]", name, i);
            if (item.kind != Kind::text) {
                problem_in(name, path, fmt::format("{} where a text belongs", kind_of(item)));
            } else if (!model::is_valid_id(item.text)) {
                problem_in(name, path,
                           fmt::format("{} is no id: 1 to 64 letters, digits or any of '._:-'",
                                       quoted(item.text)));
            } else if (!seen.insert(item.text).second) {
                problem_in(name, path, fmt::format("{} comes twice", quoted(item.text)));
            } else {
                out.push_back(item.text);
            }
        }
    }

    /// About a part of a member.
    void problem_in(std::string_view member, std::string_view part, std::string_view what) {
        std::string path = where(member);
        path.replace(path_.size() + (path_.empty() ? 0 : 1), member.size(), part);
        problems_.add(path, what);
    }

    void read_zones(Rule& rule) {
        if (rule.crosses_zones()) {
            names("zones", rule.zones);
        } else if (find("zones") != nullptr) {
            problem("zones", fmt::format("{} looks at no zones; only ZONE_ENTER and ZONE_EXIT do",
                                         name_of(rule.type)));
        }
    }

    void read_hours(Rule& rule) {
        const MemberValue* v = value("hours", Kind::text, "a text");
        if (v == nullptr) return;
        auto hours = parse_week_hours(v->text, zones_);
        if (!hours) return problem("hours", hours.error().message);
        rule.hours = std::move(hours).value();
    }

    /// False after a problem.
    bool read_metric(Rule& rule) {
        if (rule.type != RuleType::threshold) {
            if (find("metric") == nullptr) return true;
            problem("metric", fmt::format("only a THRESHOLD has one; what {} looks at is fixed",
                                          name_of(rule.type)));
            return true;
        }
        const std::vector<std::string_view> metrics = metric_names();
        if (find("metric") == nullptr)
            problem("metric", "missing; a THRESHOLD compares one of " + joined(metrics));
        const MemberValue* v = value("metric", Kind::text, "a text");
        if (v == nullptr) return false;
        const auto field = model::field_of(v->text);
        if (field) {
            rule.metric = *field;
            return true;
        }
        const std::string hint = did_you_mean(v->text, metrics);
        problem("metric", fmt::format("{} is no metric{}", quoted(v->text),
                                      hint.empty() ? "; it is one of " + joined(metrics) : hint));
        return false;
    }

    bool read_condition(Rule& rule) {
        if (rule.type != RuleType::threshold) {
            if (find("condition") == nullptr) return true;
            problem("condition", fmt::format("only a THRESHOLD has one; that of {} is fixed",
                                             name_of(rule.type)));
            return true;
        }
        if (find("condition") == nullptr) problem("condition", "missing; it is above or below");
        const MemberValue* v = value("condition", Kind::text, "a text");
        if (v == nullptr) return false;
        rule.above = v->text == "above";
        if (rule.above || v->text == "below") return true;
        problem("condition", fmt::format("{} is neither above nor below", quoted(v->text)));
        return false;
    }

    /// Limit of an OFFLINE rule: whole seconds of silence.
    void read_silence(Rule& rule) {
        for (const std::string_view name : {"min_duration_s", "hysteresis", "cool_down_s"})
            if (find(name) != nullptr)
                problem(name, "OFFLINE has none: its limit is how long a vehicle must be silent");
        const MemberValue* v = value("limit", Kind::number, "a number");
        if (v == nullptr) return;
        constexpr std::int64_t kMostSeconds = 30 * 24 * 3'600;
        const auto seconds = parse_scaled(v->text, 0);
        if (!seconds || seconds->below(1) || seconds->exceeds(kMostSeconds)) {
            problem("limit", fmt::format("{} is not from 1 to {}: the seconds without a record "
                                         "after which a vehicle is offline",
                                         v->text.substr(0, 40), kMostSeconds));
        } else {
            rule.limit = static_cast<std::int32_t>(seconds->rounded);
        }
    }

    /// Limit and hysteresis, which only make sense together.
    void read_limit(Rule& rule) {
        if (rule.crosses_zones() || rule.type == RuleType::device_alarm) {
            if (find("limit") != nullptr)
                problem("limit", fmt::format("{} has none", name_of(rule.type)));
            read_margin(rule);
            return;
        }
        const Scale scale = scale_of(rule);
        const auto number = [&](std::string_view name, std::int32_t& out) {
            const MemberValue* v = value(name, Kind::number, "a number");
            if (v == nullptr) return find(name) == nullptr;
            const auto units = parse_scaled(v->text, scale.decimals);
            constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
            if (!units || units->exceeds(kMost) || units->below(-kMost)) {
                problem(name, fmt::format("{} is far out of range", v->text.substr(0, 40)));
                return false;
            }
            out = static_cast<std::int32_t>(units->rounded);
            return true;
        };
        const bool has_limit = find("limit") != nullptr;
        if (!has_limit && rule.type == RuleType::threshold) {
            problem(
                "limit",
                fmt::format("missing; a THRESHOLD has no default ({} is from {} to {})", scale.name,
                            shown(scale.min, scale.decimals), shown(scale.max, scale.decimals)));
            return;
        }
        const bool limit = number("limit", rule.limit);
        const bool hysteresis = number("hysteresis", rule.hysteresis);
        if (hysteresis && rule.hysteresis < 0) {
            problem("hysteresis", "negative; it is how far a value must come back from the limit");
        } else if (limit && hysteresis) {
            run_begins_and_ends(rule, scale);
        }
    }

    void run_begins_and_ends(const Rule& rule, const Scale& scale) {
        const auto text = [&](std::int64_t units) { return shown(units, scale.decimals); };
        const std::string range =
            fmt::format("{} is from {} to {}", scale.name, text(scale.min), text(scale.max));
        const bool never = rule.above ? rule.limit >= scale.max : rule.limit <= scale.min;
        if (never)
            return problem("limit",
                           fmt::format("no value is ever {} {}: {}", rule.above ? "above" : "below",
                                       text(rule.limit), range));
        const bool always = rule.above ? rule.limit < scale.min : rule.limit > scale.max;
        if (always)
            return problem("limit",
                           fmt::format("every value is {} {}: {}", rule.above ? "above" : "below",
                                       text(rule.limit), range));
        const std::int64_t hysteresis = rule.hysteresis;
        const std::int64_t room = rule.above ? rule.limit - scale.min : scale.max - rule.limit;
        if (hysteresis <= room) return;
        const std::int64_t end = rule.above ? rule.limit - hysteresis : rule.limit + hysteresis;
        problem("hysteresis",
                fmt::format(
                    "{}{} with the limit {} lets a run end only at {} or {}, and {}; give at "
                    "most {}",
                    text(hysteresis), find("hysteresis") == nullptr ? " (the default)" : "",
                    text(rule.limit), text(end), rule.above ? "less" : "more", range, text(room)));
    }

    /// Hysteresis of a zone rule: the exit margin in metres.
    void read_margin(Rule& rule) {
        const MemberValue* v = value("hysteresis", Kind::number, "a number");
        if (v == nullptr) return;
        const auto mm = parse_scaled(v->text, 3);
        if (rule.type == RuleType::device_alarm) {
            if (!mm || mm->rounded != 0 || mm->above != 0)
                problem("hysteresis",
                        "DEVICE_ALARM has no value that could come back; leave it out");
        } else if (!mm || mm->below(0) || mm->exceeds(kMaxMarginMm)) {
            problem("hysteresis", fmt::format("{} is not from 0 to {} m", v->text.substr(0, 40),
                                              kMaxMarginMm / 1'000));
        } else {
            rule.hysteresis = static_cast<std::int32_t>(mm->rounded);
        }
    }

    std::string_view path_;
    std::string_view place_;
    const std::vector<Member>& members_;
    ZoneDatabase& zones_;
    ProblemList& problems_;
};

}  // namespace

void RuleDecoder::add(std::string_view path, std::string_view place,
                      const std::vector<Member>& members) {
    if (count_++ >= kMaxRules) {
        if (count_ == kMaxRules + 1)
            problems_.add(path, fmt::format("there are at most {} rules", kMaxRules));
        return;
    }
    OneRule one(path, place, members, zones_, problems_);
    Rule rule = one.read();
    if (!rule.name.empty()) {
        const auto [first, added] = names_.emplace(rule.name, path);
        if (!added)
            problems_.add(one.where("name"),
                          fmt::format("\"{}\" is the name of {} too", rule.name, first->second));
    }
    rules_.push_back(std::move(rule));
}

Result<std::vector<Rule>> RuleDecoder::finish() && {
    if (!problems_.empty()) return fail(problems_.error());
    return std::move(rules_);
}

}  // namespace fleet::codec
