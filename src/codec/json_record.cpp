// SPDX-License-Identifier: Apache-2.0
#include "codec/json_record.hpp"

#include "codec/utf8.hpp"

#include <fmt/format.h>

namespace fleet::codec {

namespace {

const Target kAttribute{};

/// The same text with `?` for every byte that is no part of valid UTF-8: shows whether the syntax
/// is right apart from that.
std::string with_valid_utf8(std::string_view text) {
    std::string out;
    const char* p = text.data();
    const char* const end = p + text.size();
    while (p != end) {
        const std::size_t length = utf8_length(p, end);
        if (length == 0) {
            out.push_back('?');
            ++p;
        } else {
            out.append(p, length);
            p += length;
        }
    }
    return out;
}

}  // namespace

std::string_view JsonRecordReader::kept_text(model::RecordBatch& out) {
    if (reader_.in_input()) return reader_.text();
    if (reader_.text().find('\0') != std::string_view::npos)
        builder_.problem(model::Reason::bad_syntax, {}, {}, "a NUL (\\u0000) in a text");
    return out.arena.copy(reader_.text());
}

bool JsonRecordReader::read(std::string_view text, bool prefix, model::RecordBatch& out) {
    reader_.reset(text, prefix);
    builder_.begin();
    has_attributes_ = false;
    const JsonToken first = reader_.next();
    if (first != JsonToken::begin_object) {
        problem_ = first == JsonToken::error ? reader_.problem() : "a record must be an object";
        return false;
    }
    for (std::size_t position = 0;; ++position) {
        const JsonToken token = reader_.next();
        if (token == JsonToken::end_object) break;
        if (token != JsonToken::key) {
            problem_ = reader_.problem();
            return false;
        }
        const std::string_view name = kept_text(out);
        const Target* target = guess_.find(name, position);
        const JsonToken value = reader_.next();
        const bool good = target == nullptr && name == "attributes"
                              ? attributes(value, out)
                              : member(target == nullptr ? kAttribute : *target, name, value, out);
        if (!good) {
            problem_ = reader_.problem();
            return false;
        }
    }
    if (reader_.next() != JsonToken::end) {
        problem_ = reader_.problem();
        return false;
    }
    return true;
}

bool JsonRecordReader::member(const Target& target, std::string_view name, JsonToken token,
                              model::RecordBatch& out) {
    switch (token) {
        case JsonToken::number: builder_.number(target, name, reader_.text()); return true;
        case JsonToken::string: builder_.string(target, name, kept_text(out)); return true;
        case JsonToken::boolean: builder_.boolean(target, name, reader_.boolean()); return true;
        case JsonToken::null: builder_.null(target, name); return true;
        case JsonToken::begin_object:
        case JsonToken::begin_array:
            builder_.unusable(target, name,
                              token == JsonToken::begin_object ? "is an object" : "is an array");
            return reader_.skip();
        default: return false;
    }
}

bool JsonRecordReader::attributes(JsonToken token, model::RecordBatch& out) {
    if (has_attributes_)
        builder_.problem(model::Reason::bad_syntax, "attributes", {}, "is given twice");
    has_attributes_ = true;
    if (token == JsonToken::null) return true;
    if (token != JsonToken::begin_object) {
        builder_.problem(model::Reason::bad_attribute, "attributes", {}, "must be an object");
        return token == JsonToken::begin_array ? reader_.skip() : token != JsonToken::error;
    }
    for (;;) {
        const JsonToken next = reader_.next();
        if (next == JsonToken::end_object) return true;
        if (next != JsonToken::key) return false;
        const std::string_view name = kept_text(out);
        if (!member(kAttribute, name, reader_.next(), out)) return false;
    }
}

void JsonRecordReader::file(std::string_view text, const RowRules& rules, const RowPlace& place,
                            model::RecordBatch& out) {
    std::string valid;  // must outlive finish()
    bool good = read(text, false, out);
    if (!good && reader_.bad_utf8()) {
        valid = with_valid_utf8(text);
        good = read(valid, false, out);
    }
    if (good) {
        builder_.finish(place, text, rules.window);
    } else {
        out.reject(model::Reason::bad_syntax, place.index, text,
                   fmt::format("{} {}, column {}: {}", place.unit, place.number,
                               reader_.offset() + 1, problem_));
    }
}

}  // namespace fleet::codec
