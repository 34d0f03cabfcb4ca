// SPDX-License-Identifier: Apache-2.0
#include "codec/json_reader.hpp"

#include "base/check.hpp"
#include "codec/utf8.hpp"

#include <array>

namespace fleet::codec {

namespace {

/// Characters that a string passes over without a second look: not `"`, `\`, a control character or
/// a byte above 127.
constexpr std::array<bool, 256> kPlain = [] {
    std::array<bool, 256> plain{};
    for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
    return plain;
}();

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

}  // namespace

JsonReader::JsonReader(std::string_view text, int max_depth) : max_depth_(max_depth) {
    FLEET_CHECK(max_depth >= 1 && max_depth <= kMaxDepth);
    reset(text);
}

void JsonReader::reset(std::string_view text, bool prefix) noexcept {
    begin_ = at_ = text.data();
    end_ = begin_ + text.size();
    text_ = problem_ = {};
    object_bits_ = 0;
    depth_ = 0;
    state_ = State::value;
    bad_utf8_ = false;
    prefix_ = prefix;
}

JsonToken JsonReader::fail(std::string_view problem) noexcept {
    problem_ = problem;
    state_ = State::failed;
    return JsonToken::error;
}

void JsonReader::blanks() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
}

JsonToken JsonReader::next() {
    if (state_ == State::failed) return JsonToken::error;
    if (state_ == State::done) {
        if (prefix_) return JsonToken::end;
        blanks();
        return at_ == end_ ? JsonToken::end : fail("text after the end of the value");
    }
    blanks();
    if (at_ == end_) return fail("the text ends inside a value");
    switch (state_) {
        case State::after_value: {
            const bool object = ((object_bits_ >> (depth_ - 1)) & 1U) != 0;
            if (*at_ == (object ? '}' : ']')) return close(object);
            if (*at_ != ',') return fail(object ? "expected ',' or '}'" : "expected ',' or ']'");
            ++at_;
            blanks();
            if (at_ == end_) return fail("the text ends inside a value");
            if (!object) return value();
            break;
        }
        case State::first_member:
            if (*at_ == '}') return close(true);
            break;
        case State::first_element:
            if (*at_ == ']') return close(false);
            return value();
        case State::colon:
            if (*at_ != ':') return fail("expected ':'");
            ++at_;
            blanks();
            if (at_ == end_) return fail("the text ends inside a value");
            return value();
        default: return value();
    }
    if (*at_ != '"') return fail("expected a member name in quotes");
    if (!string_body()) return JsonToken::error;
    state_ = State::colon;
    return JsonToken::key;
}

JsonToken JsonReader::close(bool object) noexcept {
    ++at_;
    --depth_;
    finished_value();
    return object ? JsonToken::end_object : JsonToken::end_array;
}

JsonToken JsonReader::value() {
    const char c = *at_;
    switch (c) {
        case '"':
            if (!string_body()) return JsonToken::error;
            finished_value();
            return JsonToken::string;
        case '{':
        case '[': {
            if (depth_ == max_depth_) return fail("nested too deeply");
            const std::uint64_t bit = std::uint64_t{1} << depth_;
            object_bits_ = c == '{' ? object_bits_ | bit : object_bits_ & ~bit;
            ++depth_;
            ++at_;
            state_ = c == '{' ? State::first_member : State::first_element;
            return c == '{' ? JsonToken::begin_object : JsonToken::begin_array;
        }
        case 't': boolean_ = true; return literal("true", JsonToken::boolean);
        case 'f': boolean_ = false; return literal("false", JsonToken::boolean);
        case 'n': return literal("null", JsonToken::null);
        default: return number();
    }
}

JsonToken JsonReader::literal(std::string_view word, JsonToken token) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < word.size() ||
        std::string_view(at_, word.size()) != word)
        return fail("expected a value");
    at_ += word.size();
    finished_value();
    return token;
}

JsonToken JsonReader::number() noexcept {
    const char* p = at_;
    if (p != end_ && *p == '-') ++p;
    if (p == end_ || !is_digit(*p)) return fail("expected a value");
    if (*p == '0') {
        ++p;
        if (p != end_ && is_digit(*p)) return fail("a number with a leading zero");
    } else {
        while (p != end_ && is_digit(*p)) ++p;
    }
    if (p != end_ && *p == '.') {
        const char* const point = ++p;
        while (p != end_ && is_digit(*p)) ++p;
        if (p == point) return fail("a number without digits after the point");
    }
    if (p != end_ && (*p == 'e' || *p == 'E')) {
        ++p;
        if (p != end_ && (*p == '+' || *p == '-')) ++p;
        const char* const exponent = p;
        while (p != end_ && is_digit(*p)) ++p;
        if (p == exponent) return fail("a number without digits in its exponent");
    }
    text_ = {at_, static_cast<std::size_t>(p - at_)};
    in_input_ = true;
    at_ = p;
    finished_value();
    return JsonToken::number;
}

bool JsonReader::string_body() {
    const char* const from = ++at_;
    const char* p = from;
    for (;;) {
        while (p != end_ && kPlain[static_cast<unsigned char>(*p)]) ++p;
        if (p == end_) break;
        if (*p == '"') {
            text_ = {from, static_cast<std::size_t>(p - from)};
            in_input_ = true;
            at_ = p + 1;
            return true;
        }
        const auto c = static_cast<unsigned char>(*p);
        if (c == '\\') {
            at_ = p;
            return escaped_body(from);
        }
        if (c < 0x20) break;
        const std::size_t length = utf8_length(p, end_);
        if (length == 0) break;
        p += length;
    }
    at_ = p;
    return escaped_body(from);
}

/// The rest of a string from the first character that needs care: copies it without escapes, or
/// finds the error.
bool JsonReader::escaped_body(const char* from) {
    unescaped_.assign(from, at_);
    const auto failed = [&](const char* where, std::string_view problem) {
        at_ = where;
        fail(problem);
        return false;
    };
    const char* p = at_;
    while (p != end_) {
        const auto c = static_cast<unsigned char>(*p);
        if (c == '"') {
            text_ = unescaped_;
            in_input_ = false;
            at_ = p + 1;
            return true;
        }
        if (c < 0x20) return failed(p, "a control character in a string");
        if (c != '\\') {
            const std::size_t length = utf8_length(p, end_);
            if (length == 0) {
                bad_utf8_ = true;
                return failed(p, "invalid UTF-8");
            }
            unescaped_.append(p, length);
            p += length;
            continue;
        }
        if (++p == end_) break;
        switch (*p) {
            case '"':
            case '\\':
            case '/': unescaped_.push_back(*p); break;
            case 'b': unescaped_.push_back('\b'); break;
            case 'f': unescaped_.push_back('\f'); break;
            case 'n': unescaped_.push_back('\n'); break;
            case 'r': unescaped_.push_back('\r'); break;
            case 't': unescaped_.push_back('\t'); break;
            case 'u': {
                std::uint32_t code = 0;
                if (!hex4(p + 1, code)) return failed(p, "an escape \\u without four hex digits");
                p += 4;
                if (code >= 0xDC00 && code < 0xE000) return failed(p, "a lone surrogate");
                if (code >= 0xD800 && code < 0xDC00) {
                    std::uint32_t low = 0;
                    if (end_ - p < 3 || p[1] != '\\' || p[2] != 'u' || !hex4(p + 3, low) ||
                        low < 0xDC00 || low >= 0xE000)
                        return failed(p, "a lone surrogate");
                    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                    p += 6;
                }
                append_utf8(unescaped_, code);
                break;
            }
            default: return failed(p, "an unknown escape");
        }
        ++p;
    }
    return failed(end_, "the text ends inside a string");
}

bool JsonReader::hex4(const char* p, std::uint32_t& value) const noexcept {
    if (end_ - p < 4) return false;
    value = 0;
    for (int i = 0; i < 4; ++i) {
        const char c = p[i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) return false;
        value = value * 16 + static_cast<std::uint32_t>(digit);
    }
    return true;
}

bool JsonReader::skip() {
    const int level = state_ == State::colon || state_ == State::value ? depth_ : depth_ - 1;
    do {
        if (next() == JsonToken::error) return false;
    } while (depth_ > level || state_ == State::colon);
    return true;
}

}  // namespace fleet::codec
