// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::codec {

enum class JsonToken : std::uint8_t {
    begin_object,
    end_object,
    begin_array,
    end_array,
    key,
    string,
    number,
    boolean,
    null,
    end,    ///< the value is complete and only blanks followed
    error,  ///< see problem(); every later call gives error again
};

/// Strict pull reader of one RFC 8259 text: no comments, trailing commas, lone surrogates, raw
/// control characters, invalid UTF-8, or nesting deeper than `max_depth`. Numbers stay text, so no
/// digit is lost. Duplicate keys are the caller's question. Not thread-safe; `text` must outlive
/// the reader.
class JsonReader {
  public:
    static constexpr int kMaxDepth = 64;

    explicit JsonReader(std::string_view text, int max_depth = 8);
    /// Starts anew with another text; keeps memory. The reader then does not look beyond the value
    /// when `prefix`: end comes right after it, and offset() says where.
    void reset(std::string_view text, bool prefix = false) noexcept;

    [[nodiscard]] JsonToken next();

    /// Of the last key or string: its content without escapes. Of the last number: its literal.
    /// Points into the input when in_input(), else into the reader, until the next call.
    [[nodiscard]] std::string_view text() const noexcept { return text_; }
    [[nodiscard]] bool in_input() const noexcept { return in_input_; }
    /// Of the last boolean.
    [[nodiscard]] bool boolean() const noexcept { return boolean_; }
    /// Objects and arrays that are open.
    [[nodiscard]] int depth() const noexcept { return depth_; }

    /// After begin_object, begin_array or key: passes over that value to its end. False on error.
    [[nodiscard]] bool skip();

    /// Why the last token is an error: a phrase such as "expected ':'", and where (bytes from the
    /// start). Empty before.
    [[nodiscard]] std::string_view problem() const noexcept { return problem_; }
    /// Whether the error is invalid UTF-8 rather than syntax.
    [[nodiscard]] bool bad_utf8() const noexcept { return bad_utf8_; }
    [[nodiscard]] std::size_t offset() const noexcept {
        return static_cast<std::size_t>(at_ - begin_);
    }

  private:
    enum class State : std::uint8_t {
        value,
        first_member,
        member,
        colon,
        first_element,
        after_value,
        done,
        failed
    };

    JsonToken fail(std::string_view problem) noexcept;
    JsonToken value();
    JsonToken close(bool object) noexcept;
    JsonToken literal(std::string_view word, JsonToken token) noexcept;
    JsonToken number() noexcept;
    bool string_body();
    bool escaped_body(const char* from);
    bool hex4(const char* p, std::uint32_t& value) const noexcept;
    void blanks() noexcept;
    void finished_value() noexcept { state_ = depth_ == 0 ? State::done : State::after_value; }

    const char* begin_ = nullptr;
    const char* at_ = nullptr;
    const char* end_ = nullptr;
    std::string_view text_;
    std::string_view problem_;
    std::string unescaped_;
    std::uint64_t object_bits_ = 0;  ///< bit d: what is open at depth d + 1 is an object
    int depth_ = 0;
    int max_depth_ = 8;
    State state_ = State::value;
    bool in_input_ = true;
    bool boolean_ = false;
    bool bad_utf8_ = false;
    bool prefix_ = false;
};

}  // namespace fleet::codec
