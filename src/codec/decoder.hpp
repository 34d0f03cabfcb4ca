// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "codec/decode_options.hpp"
#include "model/batch.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace fleet::codec {

/// Turns a stream of bytes into records, in order. One per input; not thread-safe. No I/O, no
/// clock.
///
/// A row is a CSV record after the header, a line of NDJSON or line protocol, or an element of the
/// JSON array. Blank lines and, in the line protocol, comments are no rows. Every row ends up in
/// `out`, as a record or as a reject with the first failing check of design.md §4; rows are
/// numbered from 0 over the whole input.
class Decoder {
  public:
    virtual ~Decoder() = default;

    /// Decodes whole rows from the start of `bytes` into `out` (appending) and sets `consumed` to
    /// the bytes done with; the caller calls again with the unconsumed rest followed by more.
    /// `last` says that nothing follows: then the final row needs no line end, and all is consumed
    /// unless the batch is full. Stops early when `out` holds options.max_rows rows. Never leaves
    /// more than options.max_line bytes and a bit unconsumed for want of more input, so a fixed
    /// buffer of twice max_line is enough.
    ///
    /// Text of the records points into `bytes` or into out.arena: `bytes` must outlive the use of
    /// `out`, the decoder need not.
    ///
    /// Fails when the input as a whole is unusable (header, binary content, broken array): the
    /// message has line, column and remedy. Rows decoded before stay in `out`. After a failure the
    /// decoder must not be used again.
    virtual Result<void> decode(std::string_view bytes, bool last, model::RecordBatch& out,
                                std::size_t& consumed) = 0;

    /// Rows seen so far, good and bad.
    [[nodiscard]] virtual std::uint64_t rows() const noexcept = 0;

    /// For streams that live longer than a moment: the accepted times of the rows to come.
    virtual void set_window(const model::TimeWindow& window) noexcept = 0;
};

/// invalid_argument when the options contradict themselves (bad default id, unknown target, bad
/// time format).
[[nodiscard]] Result<std::unique_ptr<Decoder>> make_decoder(DecodeOptions options);

/// Decodes a complete input at once: a request body. `bytes` must outlive the use of `out`.
/// too_large when it has more than options.max_rows rows. Returns the decoder, which has counted
/// them.
[[nodiscard]] Result<std::unique_ptr<Decoder>> decode_all(DecodeOptions options,
                                                          std::string_view bytes,
                                                          model::RecordBatch& out);

}  // namespace fleet::codec
