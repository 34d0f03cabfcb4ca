// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec/decoder.hpp"
#include "codec/record_builder.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

namespace fleet::codec {

/// Decoder of formats with one record a line: finds the lines, numbers them, and refuses those over
/// the limit.
class LineDecoder : public Decoder {
  public:
    Result<void> decode(std::string_view bytes, bool last, model::RecordBatch& out,
                        std::size_t& consumed) final;
    [[nodiscard]] std::uint64_t rows() const noexcept final { return rows_; }
    void set_window(const model::TimeWindow& window) noexcept final { rules_.window = window; }

  protected:
    LineDecoder(RowRules rules, std::size_t max_rows)
        : rules_(std::move(rules)), max_rows_(max_rows) {}

    [[nodiscard]] const RowRules& rules() const noexcept { return rules_; }

  private:
    /// Before the first line of each batch.
    virtual void start(model::RecordBatch& out) = 0;
    /// Whether a line that is not blank is none of the rows (a comment).
    [[nodiscard]] virtual bool skipped(std::string_view line) const noexcept = 0;
    /// Whether the first line can be of this format at all, although it holds a NUL.
    [[nodiscard]] virtual bool plausible(std::string_view first_line) const noexcept = 0;
    virtual void line(std::string_view text, const RowPlace& place, model::RecordBatch& out) = 0;

    RowRules rules_;
    std::size_t max_rows_;
    std::uint64_t rows_ = 0;
    std::uint64_t lines_ = 0;
    bool skipping_ = false;  ///< inside the rest of an oversized line
    bool started_ = false;
};

}  // namespace fleet::codec
