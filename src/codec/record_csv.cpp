// SPDX-License-Identifier: Apache-2.0
#include "codec/record_csv.hpp"

#include "base/check.hpp"
#include "base/time.hpp"
#include "codec/json_writer.hpp"
#include "codec/record_builder.hpp"

#include <algorithm>
#include <charconv>

namespace fleet::codec {

namespace {

/// Whether `text`, after any number of `'`, begins as a formula does.
bool is_formula(std::string_view text) noexcept {
    const std::size_t first = text.find_first_not_of('\'');
    return first != std::string_view::npos &&
           std::string_view("=+-@\t\r").find(text[first]) != std::string_view::npos;
}

void append_cell(std::string& out, std::string_view text, bool quoted) {
    if (is_formula(text)) {
        quoted = quoted || text.find_first_of(",;\t\"\r\n") != std::string_view::npos;
        if (!quoted) {
            out.push_back('\'');
            out.append(text);
            return;
        }
        out.append("\"'");
    } else {
        if (!quoted && text.find_first_of(",;\t\"\r\n") == std::string_view::npos) {
            out.append(text);
            return;
        }
        out.push_back('"');
    }
    for (const char c : text) {
        if (c == '"') out.push_back('"');
        out.push_back(c);
    }
    out.push_back('"');
}

void append_attribute(std::string& out, const model::AttributeValue& value) {
    if (const bool* flag = std::get_if<bool>(&value)) {
        out.append(*flag ? "true" : "false");
        return;
    }
    if (const double* number = std::get_if<double>(&value)) {
        char text[40];
        const std::string_view digits(
            text,
            static_cast<std::size_t>(std::to_chars(text, text + sizeof text, *number).ptr - text));
        out.append(digits);
        const auto typed = attribute_of_text(digits);  // a long integer would be taken for a text
        if (typed && std::holds_alternative<std::string_view>(*typed)) out.append(".0");
        return;
    }
    // Quotes say that it is a text, where decoding would take it for another type or for absent.
    const std::string_view text = std::get<std::string_view>(value);
    const auto typed = attribute_of_text(text);
    append_cell(out, text,
                text.empty() || !typed || !std::holds_alternative<std::string_view>(*typed));
}

}  // namespace

void append_csv_text(std::string& out, std::string_view text) { append_cell(out, text, false); }

void append_csv_header(std::string& out, const CsvColumns& columns) {
    out.append("device_id");
    if (columns.fleet) out.append(",fleet_id");
    out.append(",ts");
    for (const model::FieldInfo& f : model::kFields)
        if ((columns.fields & model::bit(f.field)) != 0) out.append(",").append(f.name);
    if ((columns.fields & model::kZoneBit) != 0) out.append(",zone");
    if ((columns.fields & model::kAlarmBit) != 0) out.append(",alarm");
    for (const std::string& name : columns.attributes) {
        out.push_back(',');
        append_cell(out, "attr." + name, false);
    }
    out.push_back('\n');
}

void append_csv_row(std::string& out, std::string_view device, std::string_view fleet,
                    const model::Sample& sample, const model::TextPool& texts,
                    const CsvColumns& columns, std::vector<model::Attribute>& scratch) {
    append_csv_text(out, device);
    if (columns.fleet) {
        out.push_back(',');
        append_csv_text(out, fleet);
    }
    out.push_back(',');
    append_rfc3339(out, {sample.ts_ms});
    for (const model::FieldInfo& f : model::kFields) {
        if ((columns.fields & model::bit(f.field)) == 0) continue;
        out.push_back(',');
        if (!sample.has(f.field)) continue;
        if (f.boolean) {
            out.append(sample.value(f.field) != 0 ? "true" : "false");
        } else {
            append_fixed(out, sample.value(f.field), f.decimals);
        }
    }
    if ((columns.fields & model::kZoneBit) != 0) {
        out.push_back(',');
        append_csv_text(out, texts.text(sample.zone));
    }
    if ((columns.fields & model::kAlarmBit) != 0) {
        out.push_back(',');
        append_csv_text(out, texts.text(sample.alarm));
    }
    if (!columns.attributes.empty()) {
        scratch.clear();
        FLEET_CHECK(model::decode_attributes(texts.text(sample.attributes),
                                             scratch));  // what is stored passed its checksum
        for (const std::string& name : columns.attributes) {
            out.push_back(',');
            const auto found =
                std::find_if(scratch.begin(), scratch.end(),
                             [&](const model::Attribute& a) { return a.name == name; });
            if (found != scratch.end()) append_attribute(out, found->value);
        }
    }
    out.push_back('\n');
}

}  // namespace fleet::codec
