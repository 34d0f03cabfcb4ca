// SPDX-License-Identifier: Apache-2.0
#include "codec/rule_json.hpp"

#include "codec/json_reader.hpp"
#include "codec/json_writer.hpp"
#include "codec/rule_members.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace fleet::codec {

namespace {

using Kind = MemberValue::Kind;

class RuleReader {
  public:
    RuleReader(std::string_view json, ZoneDatabase& zones) : reader_(json, 16), decoder_(zones) {}

    Result<std::vector<model::Rule>> read(bool list) {
        const JsonToken token = reader_.next();
        bool good = token != JsonToken::error;
        if (good && token != (list ? JsonToken::begin_array : JsonToken::begin_object)) {
            decoder_.problems().add({}, fmt::format("{} where {} belongs", kind_of(simple(token)),
                                                    list ? "a list of rules" : "a rule's object"));
            good = pass(token);
        } else if (good) {
            good = list ? rules() : rule({});
        }
        if (!good || reader_.next() != JsonToken::end)
            decoder_.problems().add({}, fmt::format("byte {}: {}; it is no JSON from there on",
                                                    reader_.offset(), reader_.problem()));
        return std::move(decoder_).finish();
    }

  private:
    // What reads returns false when the text is no JSON.

    bool pass(JsonToken token) {
        return (token != JsonToken::begin_object && token != JsonToken::begin_array) ||
               reader_.skip();
    }

    bool rules() {
        for (std::size_t i = 0;; ++i) {
            const JsonToken token = reader_.next();
            if (token == JsonToken::end_array) return true;
            if (token == JsonToken::error) return false;
            const std::string path = fmt::format("rule[{}]", i);
            if (token == JsonToken::begin_object) {
                if (!rule(path)) return false;
                continue;
            }
            decoder_.problems().add(
                path, fmt::format("{} where a rule's object belongs", kind_of(simple(token))));
            if (!pass(token)) return false;
        }
    }

    bool rule(std::string_view path) {
        std::vector<Member> members;
        for (;;) {
            const JsonToken token = reader_.next();
            if (token == JsonToken::end_object) break;
            if (token != JsonToken::key) return false;
            Member& member = members.emplace_back();
            member.name = reader_.text();
            const JsonToken first = reader_.next();
            if (first == JsonToken::error) return false;
            if (first == JsonToken::begin_array) {
                if (!items(member.value)) return false;
                continue;
            }
            member.value = simple(first);
            if (!pass(first)) return false;
            // As if it were not there.
            if (first == JsonToken::null) members.pop_back();
        }
        decoder_.add(path, {}, members);
        return true;
    }

    bool items(MemberValue& list) {
        list.kind = Kind::list;
        for (;;) {
            const JsonToken token = reader_.next();
            if (token == JsonToken::end_array) return true;
            if (token == JsonToken::error) return false;
            list.items.push_back(simple(token));
            if (!pass(token)) return false;
        }
    }

    /// A value without its inside.
    [[nodiscard]] MemberValue simple(JsonToken token) const {
        switch (token) {
            case JsonToken::string: return {Kind::text, std::string(reader_.text()), {}};
            case JsonToken::number: return {Kind::number, std::string(reader_.text()), {}};
            case JsonToken::boolean: return {Kind::boolean, "true or false", {}};
            case JsonToken::begin_object: return {Kind::other, "an object", {}};
            case JsonToken::begin_array: return {Kind::other, "a list", {}};
            default: return {Kind::other, "null", {}};
        }
    }

    JsonReader reader_;
    RuleDecoder decoder_;
};

Result<std::vector<model::Rule>> read(std::string_view json, ZoneDatabase& zones, bool list) {
    if (json.size() > kMaxRuleFileBytes)
        return fail(Code::too_large, fmt::format("rules of {} bytes; at most {} are read",
                                                 json.size(), kMaxRuleFileBytes));
    return RuleReader(json, zones).read(list);
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
