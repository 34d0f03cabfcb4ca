// SPDX-License-Identifier: Apache-2.0
#include "codec/json_writer.hpp"

#include "base/check.hpp"
#include "codec/utf8.hpp"

#include <charconv>
#include <cmath>

namespace fleet::codec {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

template <class Integer>
void append_integer(std::string& out, Integer value) {
    char text[24];
    out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

void append_escape(std::string& out, unsigned char c) {
    static constexpr char kHex[] = "0123456789abcdef";
    switch (c) {
        case '"': out.append("\\\""); return;
        case '\\': out.append("\\\\"); return;
        case '\n': out.append("\\n"); return;
        case '\r': out.append("\\r"); return;
        case '\t': out.append("\\t"); return;
        default:
            out.append("\\u00");
            out.push_back(kHex[c >> 4]);
            out.push_back(kHex[c & 15]);
    }
}

}  // namespace

void append_fixed(std::string& out, std::int64_t units, int decimals) {
    FLEET_CHECK(decimals >= 0 && decimals <= 9);
    char text[32];
    char* const end = text + sizeof text;
    char* p = end;
    std::uint64_t rest = units < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(units)
                                   : static_cast<std::uint64_t>(units);
    bool fraction = false;
    for (int i = 0; i < decimals; ++i) {
        const auto digit = static_cast<char>(rest % 10);
        rest /= 10;
        if (digit != 0) fraction = true;
        if (fraction) *--p = static_cast<char>('0' + digit);
    }
    if (fraction) *--p = '.';
    do {
        *--p = static_cast<char>('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (units < 0) *--p = '-';
    out.append(p, end);
}

void append_real(std::string& out, double value) {
    if (!std::isfinite(value)) return;
    char text[64];
    if (std::abs(value) >= 1e15) {
        out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
        return;
    }
    char* end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, 6).ptr;
    while (end[-1] == '0') --end;
    if (end[-1] == '.') --end;
    const std::string_view digits(text, static_cast<std::size_t>(end - text));
    out.append(digits == "-0" ? std::string_view("0") : digits);
}

void append_json_string(std::string& out, std::string_view text) {
    out.push_back('"');
    const char* from = text.data();
    const char* p = from;
    const char* const end = from + text.size();
    while (p != end) {
        const auto c = static_cast<unsigned char>(*p);
        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
            ++p;
            continue;
        }
        std::size_t length = 1;
        if (c >= 0x80) {
            length = utf8_length(p, end);
            if (length != 0) {
                p += length;
                continue;
            }
        }
        out.append(from, p);
        if (c >= 0x80) {
            out.append(kReplacement);
        } else {
            append_escape(out, c);
        }
        from = ++p;
    }
    out.append(from, p);
    out.push_back('"');
}

void JsonWriter::key(std::string_view name) {
    comma();
    append_json_string(out_, name);
    out_.push_back(':');
    comma_ = false;
}

void JsonWriter::string(std::string_view text) {
    comma();
    append_json_string(out_, text);
    comma_ = true;
}

void JsonWriter::integer(std::int64_t value) {
    comma();
    append_integer(out_, value);
    comma_ = true;
}

void JsonWriter::unsigned_integer(std::uint64_t value) {
    comma();
    append_integer(out_, value);
    comma_ = true;
}

void JsonWriter::fixed(std::int64_t units, int decimals) {
    comma();
    append_fixed(out_, units, decimals);
    comma_ = true;
}

void JsonWriter::real(double value) {
    if (!std::isfinite(value)) return null();
    comma();
    append_real(out_, value);
    comma_ = true;
}

void JsonWriter::exact(double value) {
    if (!std::isfinite(value)) return null();
    comma();
    char text[40];
    out_.append(text, std::to_chars(text, text + sizeof text, value).ptr);
    comma_ = true;
}

void JsonWriter::time(Timestamp t) {
    comma();
    out_.push_back('"');
    append_rfc3339(out_, t);
    out_.push_back('"');
    comma_ = true;
}

}  // namespace fleet::codec
