// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec/json_reader.hpp"
#include "codec/record_builder.hpp"
#include "codec/target.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace fleet::codec {

/// Reads JSON objects as records. Members: names of design.md §4 and mapped names; other members
/// are extra attributes (number, boolean, text; null is absent), as are those of an object
/// `attributes`. Strict about types: a number in quotes gets the field's code, except `ts`. A
/// member that comes twice is bad_syntax. Not thread-safe.
class JsonRecordReader {
  public:
    explicit JsonRecordReader(const TargetTable& targets) : reader_({}, kDepth), guess_(targets) {}

    /// Before the first record of each batch.
    void start(const RowRules& rules, model::RecordBatch& out) { builder_.start(rules, out); }

    /// Reads the object at the start of `text` and notes its members in builder(). False when it is
    /// no JSON object: see problem(). With `prefix` more may follow it: bytes() says where.
    bool read(std::string_view text, bool prefix, model::RecordBatch& out);
    [[nodiscard]] RecordBuilder& builder() noexcept { return builder_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return reader_.offset(); }

    [[nodiscard]] std::string_view problem() const noexcept { return problem_; }
    [[nodiscard]] bool bad_utf8() const noexcept { return reader_.bad_utf8(); }

    /// Reads and files one whole text.
    void file(std::string_view text, const RowRules& rules, const RowPlace& place,
              model::RecordBatch& out);

  private:
    static constexpr int kDepth = 8;
    [[nodiscard]] std::string_view kept_text(model::RecordBatch& out);
    bool member(const Target& target, std::string_view name, JsonToken token,
                model::RecordBatch& out);
    bool attributes(JsonToken token, model::RecordBatch& out);

    JsonReader reader_;
    TargetGuess guess_;
    RecordBuilder builder_;
    std::string_view problem_;
    bool has_attributes_ = false;
};

}  // namespace fleet::codec
