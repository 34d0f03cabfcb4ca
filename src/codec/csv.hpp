// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "codec/decode_options.hpp"
#include "model/batch.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace fleet::codec {

class CsvPlan;

/// What the columns of one CSV file mean. Immutable and thread-safe; copying is cheap.
/// CSV is RFC 4180 with `,`, `;` or tab, LF or CRLF, an optional byte order mark, quoted cells that
/// may hold line ends. Header names are those of design.md §4 exactly, `attr.NAME` for an extra
/// attribute; all others need a ColumnMapping. An empty cell is an absent value. A text that starts
/// with `'` and then one of `=+-@` loses the `'` (see record_csv.hpp). An unquoted attribute cell
/// is a boolean (true/false), a number (as in JSON, but an integer of over 15 digits is a text) or
/// a text; a quoted one is a text.
class CsvSchema {
  public:
    explicit CsvSchema(std::shared_ptr<const CsvPlan> plan) : plan_(std::move(plan)) {}
    [[nodiscard]] char delimiter() const noexcept;
    [[nodiscard]] std::size_t columns() const noexcept;
    [[nodiscard]] const CsvPlan& plan() const noexcept { return *plan_; }

  private:
    std::shared_ptr<const CsvPlan> plan_;
};

/// Reads the header record (without its line end). Fails with invalid_argument: empty or binary
/// header, unknown, nameless or duplicate columns, no device or no time column, a mapping of a
/// column that is not there. The message names column and remedy.
[[nodiscard]] Result<CsvSchema> parse_csv_header(std::string_view header,
                                                 const DecodeOptions& options);

struct CsvHeader {
    CsvSchema schema;
    std::size_t bytes = 0;    ///< where the rows begin
    std::uint64_t lines = 1;  ///< physical lines of the header
};
/// Header at the start of an input; nothing when `bytes` is no whole header yet (and not `last`).
[[nodiscard]] Result<std::optional<CsvHeader>> read_csv_header(std::string_view bytes, bool last,
                                                               const DecodeOptions& options);

/// Rows and physical lines.
struct CsvExtent {
    std::uint64_t rows = 0;
    std::uint64_t lines = 0;
};

/// Decodes all rows of a range of whole records (it starts at a record; the last one may lack its
/// line end). Stateless and thread-safe: ranges of one file can be decoded at the same time, each
/// into its own batch, and the result is the same as in one piece. `first` is what came before the
/// range in the file (`lines` with the header). Text of the records points into `bytes` or
/// `out.arena`. options.max_rows does not apply here. Returns the extent of the range. `window`
/// overrides the schema's.
CsvExtent decode_csv_rows(const CsvSchema& schema, std::string_view bytes, CsvExtent first,
                          const model::TimeWindow& window, model::RecordBatch& out);

/// Counts without decoding, to number ranges that are decoded in parallel; much faster than
/// decoding.
[[nodiscard]] CsvExtent csv_extent(const CsvSchema& schema, std::string_view bytes) noexcept;

/// The first place ≥ `near` where a record begins, or bytes.size(). `bytes` begins at a record.
/// Costs one pass over [0, near) when there is a quote in it (a line end inside quotes is none),
/// and one line otherwise.
[[nodiscard]] std::size_t find_split(const CsvSchema& schema, std::string_view bytes,
                                     std::size_t near) noexcept;

}  // namespace fleet::codec
