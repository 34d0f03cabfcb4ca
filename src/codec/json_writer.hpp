// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::codec {

/// Appends compact JSON to a string that it does not own. Puts the commas; nesting is the caller's
/// duty. Not thread-safe.
class JsonWriter {
  public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    void begin_object() { open('{'); }
    void end_object() { close('}'); }
    void begin_array() { open('['); }
    void end_array() { close(']'); }

    void key(std::string_view name);

    /// Text must be UTF-8; bytes that are not become U+FFFD.
    void string(std::string_view text);
    void integer(std::int64_t value);
    void unsigned_integer(std::uint64_t value);
    void boolean(bool value) { raw(value ? "true" : "false"); }
    void null() { raw("null"); }
    /// `units` × 10^-decimals without trailing zeros: 2550 with 2 decimals is 25.5.
    void fixed(std::int64_t units, int decimals);
    /// At most 6 decimals, without trailing zeros, never in scientific notation below 1e15; null
    /// for NaN and infinity.
    void real(double value);
    /// Shortest text that reads back as the same double; null for NaN and infinity.
    void exact(double value);
    /// "YYYY-MM-DDThh:mm:ss.sssZ"
    void time(Timestamp t);
    /// A value that is JSON already.
    void raw(std::string_view json) {
        comma();
        out_.append(json);
        comma_ = true;
    }

    // Member = key and value.
    void member(std::string_view name, std::string_view text) { key(name), string(text); }
    void member(std::string_view name, const char* text) { key(name), string(text); }
    void member_integer(std::string_view name, std::int64_t value) { key(name), integer(value); }
    void member_unsigned(std::string_view name, std::uint64_t value) {
        key(name), unsigned_integer(value);
    }
    void member_real(std::string_view name, double value) { key(name), real(value); }
    void member_fixed(std::string_view name, std::int64_t units, int decimals) {
        key(name), fixed(units, decimals);
    }
    void member_boolean(std::string_view name, bool value) { key(name), boolean(value); }
    void member_null(std::string_view name) { key(name), null(); }
    /// Null where there is none.
    template <class Units>
    void member_fixed_or_null(std::string_view name, const std::optional<Units>& units,
                              int decimals) {
        if (units) {
            member_fixed(name, *units, decimals);
        } else {
            member_null(name);
        }
    }
    /// Null for an empty text.
    void member_or_null(std::string_view name, std::string_view text) {
        if (text.empty()) {
            member_null(name);
        } else {
            member(name, text);
        }
    }
    void member_time(std::string_view name, Timestamp t) { key(name), time(t); }

  private:
    void comma() {
        if (comma_) out_.push_back(',');
    }
    void open(char c) {
        comma();
        out_.push_back(c);
        comma_ = false;
    }
    void close(char c) {
        out_.push_back(c);
        comma_ = true;
    }

    std::string& out_;
    bool comma_ = false;
};

/// `units` × 10^-decimals as text without trailing zeros; decimals 0–9.
void append_fixed(std::string& out, std::int64_t units, int decimals);
/// Text of `value` as JsonWriter::real writes it; nothing is appended for NaN and infinity.
void append_real(std::string& out, double value);
/// `text` in quotes with JSON escapes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace fleet::codec
