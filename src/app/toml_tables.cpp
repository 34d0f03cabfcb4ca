// SPDX-License-Identifier: Apache-2.0
#include "app/toml_tables.hpp"

#include "base/suggest.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <string>

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

void read_table(std::string_view path, const toml::node& node, codec::ProblemList& problems,
                const TableSink& sink) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
        problems.add(fmt::format("{} ({})", path, line_of(node)),
                     fmt::format("{} where a table belongs", codec::kind_of(value_of(node))));
        return;
    }
    std::vector<Member> members;
    for (const auto& [key, value] : *table)
        members.push_back({std::string(key.str()), value_of(value), line_of(value)});
    sink(path, line_of(node), members);
}

}  // namespace

Result<void> read_tables(std::string_view text, std::string_view name, codec::ProblemList& problems,
                         const TableSink& sink) {
    toml::table file;
    try {
        file = toml::parse(text);
    } catch (const toml::parse_error& error) {
        return fail(Code::invalid_argument,
                    fmt::format("line {}, column {}: {}", error.source().begin.line,
                                error.source().begin.column, error.description()));
    }
    const std::array<std::string_view, 1> known{name};
    for (const auto& [key, value] : file)
        if (key.str() != name)
            problems.add(fmt::format("{} ({})", key.str().substr(0, 60), line_of(value)),
                         fmt::format("unknown; each {0} begins with [[{0}]]{1}", name,
                                     did_you_mean(key.str(), known)));
    const toml::node* tables = file.get(name);
    if (tables == nullptr) {
        if (problems.empty())
            problems.add({}, fmt::format("there is no {0}; each begins with [[{0}]]", name));
    } else if (const toml::array* list = tables->as_array()) {
        for (std::size_t i = 0; i < list->size(); ++i)
            read_table(fmt::format("{}[{}]", name, i), *list->get(i), problems, sink);
    } else {
        problems.add(fmt::format("{} ({})", name, line_of(*tables)),
                     fmt::format("one table; write [[{}]] in double brackets", name));
    }
    return {};
}

}  // namespace fleet::app
