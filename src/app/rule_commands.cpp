// SPDX-License-Identifier: Apache-2.0
#include "app/commands.hpp"
#include "app/control_report.hpp"
#include "app/control_source.hpp"
#include "app/output.hpp"
#include "app/rule_file.hpp"
#include "app/text_file.hpp"
#include "app/time_zones.hpp"
#include "codec/rule_json.hpp"
#include "codec/rule_members.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace fleet::app {

namespace {

using Json = nlohmann::ordered_json;

Result<ExitCode> import(const CommandContext& context) {
    const ControlOptions& options = context.invocation.control;
    const Output output = context.invocation.common.output;
    FLEET_TRY(const std::string text, read_text_file(options.file, codec::kMaxRuleFileBytes));
    codec::ZoneDatabase time_zones = machine_time_zones();
    auto rules = parse_rule_file(text, time_zones);
    if (!rules) return refuse_file(rules.error(), options.file, output);
    FLEET_TRY(const auto source, open_control(context.config, options.url, Missing::create));
    const auto counts =
        source->control().put_rules(std::move(rules).value(), since_of(options.recompute));
    if (!counts) return refuse_file(counts.error(), options.file, output);
    FLEET_TRY_VOID(source->close());
    print_counts("rules", *counts, output);
    return ExitCode::ok;
}

std::string cell_of(const Json& rule, std::string_view member) {
    const auto found = rule.find(member);
    if (found == rule.end()) return {};
    if (found->is_string()) return found->get<std::string>();
    if (!found->is_array()) return found->dump();
    std::string joined;
    for (const Json& item : *found) {
        if (!joined.empty()) joined.push_back('|');
        joined += item.get<std::string>();
    }
    return joined;
}

Result<ExitCode> list(const CommandContext& context) {
    const Output output = context.invocation.common.output;
    FLEET_TRY(const auto source,
              open_control(context.config, context.invocation.control.url, Missing::refuse));
    FLEET_TRY(const auto rules, source->control().rules());
    FLEET_TRY_VOID(source->close());
    if (output == Output::json) {
        print(codec::encode_rule_list(rules) + "\n");
        return ExitCode::ok;
    }
    static constexpr std::array<std::string_view, 14> kColumns{
        "name",        "type",     "metric", "condition", "limit", "min_duration_s", "hysteresis",
        "cool_down_s", "severity", "fleets", "devices",   "zones", "hours",          "built_in"};
    Table table(std::vector<std::string>(kColumns.begin(), kColumns.end()));
    for (const model::Rule& rule : rules) {
        std::string text;
        codec::append_rule(text, rule);
        const Json members = Json::parse(text);
        std::vector<std::string> cells;
        for (const std::string_view column : kColumns)
            cells.push_back(column == "built_in" ? (rule.built_in ? "yes" : "no")
                                                 : cell_of(members, column));
        table.add(std::move(cells));
    }
    print(output == Output::csv ? table.csv() : table.text());
    if (rules.empty()) say("no rules; `fleet rule import FILE` takes them from TOML");
    return ExitCode::ok;
}

Result<ExitCode> remove(const CommandContext& context) {
    const ControlOptions& options = context.invocation.control;
    const Output output = context.invocation.common.output;
    FLEET_TRY(const auto source, open_control(context.config, options.url, Missing::refuse));
    if (auto done = source->control().remove_rule(options.name, since_of(options.recompute)); !done)
        return refuse(done.error(), output);
    FLEET_TRY_VOID(source->close());
    print_removed("rule", options.name, output);
    return ExitCode::ok;
}

}  // namespace

Result<ExitCode> run_rule(const CommandContext& context) {
    switch (context.invocation.command) {
        case Command::rule_import: return import(context);
        case Command::rule_list: return list(context);
        default: return remove(context);
    }
}

}  // namespace fleet::app
