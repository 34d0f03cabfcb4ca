// SPDX-License-Identifier: Apache-2.0
#include "app/rule_file.hpp"

#include "base/suggest.hpp"
#include "codec/rule_members.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <array>
#include <cmath>

namespace fleet::app {

namespace {

using codec::Member;
using codec::MemberValue;
using Kind = MemberValue::Kind;

std::string line_of(const toml::node& node) {
    return fmt::format("line {}", node.source().begin.line);
}

MemberValue value_of(const toml::node& node, bool inside_list = false) {
    if (const auto* text = node.as_string()) return {Kind::text, text->get(), {}};
    if (const auto* flag = node.as_boolean())
        return {Kind::boolean, flag->get() ? "true" : "false", {}};
    if (const auto* number = node.as_integer())
        return {Kind::number, fmt::format("{}", number->get()), {}};
    if (const auto* number = node.as_floating_point()) {
        if (!std::isfinite(number->get())) return {Kind::other, "nan or inf", {}};
        // The shortest text that reads back as the number: what was written, for up to 15 digits.
        return {Kind::number, fmt::format("{}", number->get()), {}};
    }
    if (const auto* array = node.as_array(); array != nullptr && !inside_list) {
        MemberValue list{Kind::list, {}, {}};
        for (const toml::node& item : *array) list.items.push_back(value_of(item, true));
        return list;
    }
    if (node.is_array()) return {Kind::other, "a list", {}};
    return {Kind::other, node.is_table() ? "a table" : "a date or time", {}};
}

void add_rule(std::size_t number, const toml::node& node, codec::RuleDecoder& decoder) {
    const std::string path = fmt::format("rule[{}]", number);
    const toml::table* table = node.as_table();
    if (table == nullptr) {
        decoder.problems().add(
            fmt::format("{} ({})", path, line_of(node)),
            fmt::format("{} where a table belongs", codec::kind_of(value_of(node))));
        return;
    }
    std::vector<Member> members;
    for (const auto& [key, value] : *table)
        members.push_back({std::string(key.str()), value_of(value), line_of(value)});
    decoder.add(path, line_of(node), members);
}

}  // namespace

Result<std::vector<model::Rule>> parse_rule_file(std::string_view text,
                                                 codec::ZoneDatabase& zones) {
    if (text.size() > codec::kMaxRuleFileBytes)
        return fail(Code::too_large, fmt::format("a rule file of {} bytes; at most {} are read",
                                                 text.size(), codec::kMaxRuleFileBytes));
    toml::table file;
    try {
        file = toml::parse(text);
    } catch (const toml::parse_error& error) {
        return fail(Code::invalid_argument,
                    fmt::format("line {}, column {}: {}", error.source().begin.line,
                                error.source().begin.column, error.description()));
    }
    codec::RuleDecoder decoder(zones);
    static constexpr std::array<std::string_view, 1> kKnown{"rule"};
    for (const auto& [key, value] : file)
        if (key.str() != kKnown[0])
            decoder.problems().add(fmt::format("{} ({})", key.str().substr(0, 60), line_of(value)),
                                   fmt::format("unknown; each rule begins with [[rule]]{}",
                                               did_you_mean(key.str(), kKnown)));
    const toml::node* rules = file.get("rule");
    if (rules == nullptr) {
        if (decoder.problems().empty())
            decoder.problems().add({}, "there is no rule; each begins with [[rule]]");
    } else if (const toml::array* list = rules->as_array()) {
        for (std::size_t i = 0; i < list->size(); ++i) add_rule(i, *list->get(i), decoder);
    } else {
        decoder.problems().add(fmt::format("rule ({})", line_of(*rules)),
                               "one table; write [[rule]] in double brackets");
    }
    return std::move(decoder).finish();
}

}  // namespace fleet::app
