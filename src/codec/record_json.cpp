// SPDX-License-Identifier: Apache-2.0
#include "codec/record_json.hpp"

#include "base/check.hpp"

#include <bit>
#include <vector>

namespace fleet::codec {

namespace {

void append_attributes(JsonWriter& json, std::string_view bytes) {
    std::vector<model::Attribute> attributes;
    FLEET_CHECK(model::decode_attributes(bytes, attributes));  // what is stored passed its checksum
    json.key("attributes");
    json.begin_object();
    for (const model::Attribute& a : attributes) {
        json.key(a.name);
        if (const bool* flag = std::get_if<bool>(&a.value)) {
            json.boolean(*flag);
        } else if (const double* number = std::get_if<double>(&a.value)) {
            json.exact(*number);
        } else {
            json.string(std::get<std::string_view>(a.value));
        }
    }
    json.end_object();
}

}  // namespace

void append_sample_members(JsonWriter& json, const model::Sample& sample,
                           const model::TextPool& texts, std::uint32_t fields) {
    json.member_time("ts", {sample.ts_ms});
    const std::uint32_t mask = sample.mask & fields;
    for (std::uint32_t rest = mask & ((1U << model::kFieldCount) - 1); rest != 0;
         rest &= rest - 1) {
        const model::FieldInfo& f =
            model::kFields[static_cast<std::size_t>(std::countr_zero(rest))];
        json.key(f.name);
        if (f.boolean) {
            json.boolean(sample.value(f.field) != 0);
        } else {
            json.fixed(sample.value(f.field), f.decimals);
        }
    }
    if ((mask & model::kZoneBit) != 0) json.member("zone", texts.text(sample.zone));
    if ((mask & model::kAlarmBit) != 0) json.member("alarm", texts.text(sample.alarm));
    if ((mask & model::kAttributesBit) != 0) append_attributes(json, texts.text(sample.attributes));
}

void append_sample(JsonWriter& json, std::string_view device, std::string_view fleet,
                   const model::Sample& sample, const model::TextPool& texts,
                   std::uint32_t fields) {
    json.begin_object();
    json.member("device_id", device);
    if (!fleet.empty()) json.member("fleet_id", fleet);
    append_sample_members(json, sample, texts, fields);
    json.end_object();
}

}  // namespace fleet::codec
