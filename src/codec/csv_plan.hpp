// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec/csv.hpp"
#include "codec/record_builder.hpp"
#include "codec/target.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::codec {

/// The columns of one CSV file, ready to decode rows with. Immutable.
class CsvPlan {
  public:
    struct Column {
        std::string name;
        Target target;
    };
    char delimiter = ',';
    std::vector<Column> columns;
    std::vector<std::size_t> time_columns;  ///< joined by a blank into ts when there are several;
                                            ///< those columns have target ignore
    Target time_target;
    RowRules rules;
    bool fast = false;  ///< the fast row path may be tried
};

/// One CSV record: where it ends and what it is.
struct CsvRecord {
    enum class Kind : std::uint8_t {
        plain,      ///< no quote in it
        quoted,     ///< well-formed with quotes
        malformed,  ///< quotes that do not fit: the record is its first physical line
        oversized,  ///< longer than max_line: the record is its first physical line
        partial,    ///< more input is needed to say
    };
    Kind kind = Kind::partial;
    const char* end = nullptr;  ///< after the line end; for an oversized line without line end: the
                                ///< end of the input
    std::string_view text;      ///< without line end
    std::uint64_t lines = 1;    ///< physical lines
    bool line_end = true;       ///< false: its line goes on beyond the input (oversized, not last)
};

/// The record at `p` < `end`. The one place that decides where records end. Never looks further
/// than max_line bytes and a line end, so that a wrong quote cannot swallow the rest of a file.
[[nodiscard]] CsvRecord csv_record(const char* p, const char* end, char delimiter,
                                   std::size_t max_line, bool last) noexcept;

struct CsvCell {
    std::string_view text;  ///< between the quotes, if quoted
    bool quoted = false;
    bool escaped = false;  ///< has `""` for `"`
};
/// Cells of a plain or quoted record.
void csv_cells(const CsvRecord& record, char delimiter, std::vector<CsvCell>& cells);
/// Content of an escaped cell.
[[nodiscard]] std::string csv_unescaped(std::string_view text);

/// Decodes rows of a file piece by piece.
class CsvRows {
  public:
    explicit CsvRows(const CsvPlan& plan) : plan_(&plan) {}

    /// As Decoder::decode after the header. `before` is advanced.
    std::size_t decode(std::string_view bytes, bool last, std::size_t max_rows,
                       const model::TimeWindow& window, CsvExtent& before, model::RecordBatch& out);

  private:
    const char* fast_row(const char* p, const char* end, const model::TimeWindow& window,
                         std::uint64_t index, model::RecordBatch& out);
    void slow_row(const CsvRecord& record, const RowPlace& place, const model::TimeWindow& window,
                  model::RecordBatch& out);
    void cell(const CsvPlan::Column& column, const CsvCell& cell, model::RecordBatch& out);

    const CsvPlan* plan_;
    DateCache dates_;
    RecordBuilder builder_;
    std::vector<CsvCell> cells_;
    std::vector<model::Attribute> attributes_;
    std::vector<std::string_view> names_;  ///< of attribute columns, in the memory of the batch
    bool skipping_ = false;                ///< inside the rest of an oversized line
};

}  // namespace fleet::codec
