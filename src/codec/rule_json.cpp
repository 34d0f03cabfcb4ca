// SPDX-License-Identifier: Apache-2.0
#include "codec/rule_json.hpp"

#include "codec/json_writer.hpp"
#include "codec/rule_members.hpp"

#include <fmt/format.h>

#include <utility>

namespace fleet::codec {

namespace {

constexpr MemberNames kNames{"rule", "a list of rules", "a rule's object"};

Result<std::vector<model::Rule>> read(std::string_view json, ZoneDatabase& zones, bool list) {
    if (json.size() > kMaxRuleFileBytes)
        return fail(Code::too_large, fmt::format("rules of {} bytes; at most {} are read",
                                                 json.size(), kMaxRuleFileBytes));
    RuleDecoder decoder(zones);
    read_members(json, list, kNames, decoder.problems(),
                 [&](std::string_view path, std::vector<Member> members) {
                     // As if it were not there.
                     std::erase_if(members, [](const Member& member) {
                         return member.value.kind == MemberValue::Kind::null;
                     });
                     decoder.add(path, {}, members);
                 });
    return std::move(decoder).finish();
}

void names(JsonWriter& json, std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    json.key(name);
    json.begin_array();
    for (const std::string& value : values) json.string(value);
    json.end_array();
}

}  // namespace

Result<model::Rule> decode_rule(std::string_view json, ZoneDatabase& zones) {
    FLEET_TRY(auto rules, read(json, zones, false));
    return std::move(rules.front());
}

Result<std::vector<model::Rule>> decode_rules(std::string_view json, ZoneDatabase& zones) {
    return read(json, zones, true);
}

void append_rule(std::string& out, const model::Rule& rule) {
    JsonWriter json(out);
    const bool alarm = rule.type == model::RuleType::device_alarm;
    json.begin_object();
    json.member("name", rule.name);
    json.member("type", name_of(rule.type));
    if (rule.type == model::RuleType::threshold) {
        json.member("metric", info(rule.metric).name);
        json.member("condition", rule.above ? "above" : "below");
    }
    const int decimals = rule.crosses_zones() ? 3 : rule.decimals();
    if (!alarm && !rule.crosses_zones()) json.member_fixed("limit", rule.limit, decimals);
    if (rule.judges_rows()) {
        json.member_fixed("min_duration_s", rule.min_duration_ms, 3);
        if (!alarm) json.member_fixed("hysteresis", rule.hysteresis, decimals);
        json.member_fixed("cool_down_s", rule.cool_down_ms, 3);
    }
    if (rule.severity) json.member("severity", name_of(*rule.severity));
    names(json, "fleets", rule.fleets);
    names(json, "devices", rule.devices);
    names(json, "zones", rule.zones);
    if (rule.hours) json.member("hours", rule.hours->text);
    json.end_object();
}

std::string encode_rule_list(std::span<const model::Rule> rules) {
    std::string out = R"({"items":[)";
    std::string built_in;
    for (const model::Rule& rule : rules) {
        if (out.back() != '[') out.push_back(',');
        append_rule(out, rule);
        if (!rule.built_in) continue;
        if (!built_in.empty()) built_in.push_back(',');
        append_json_string(built_in, rule.name);
    }
    return out + R"(],"next":null,"built_in":[)" + built_in + "]}";
}

}  // namespace fleet::codec
