// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "cql/types.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleet::cql {

/// How much one unlogged batch of one partition may hold: enough to spare the server work, little
/// enough for its time-out.
struct BatchLimits {
    std::size_t rows = 300;
    std::size_t bytes = std::size_t{64} * 1024;  ///< of values
};

/// Values of rows for one prepared statement, encoded once into a buffer that is used again after
/// `clear()`. A cell is a value, null (clears what was written before: a tombstone) or unset
/// (leaves it as it is). Cells come in the order of the statement's params; too many or too few are
/// a programmer error (FLEET_CHECK). Not thread safe.
class PackedRows {
  public:
    explicit PackedRows(std::size_t params) : params_(params) {}
    explicit PackedRows(const Statement& statement) : PackedRows(statement.params.size()) {}

    void clear() noexcept;

    PackedRows& null();
    PackedRows& unset();
    PackedRows& text(std::string_view value);  ///< text, ascii; UTF-8
    PackedRows& blob(std::string_view value);
    PackedRows& boolean(bool value);
    PackedRows& tinyint(std::int8_t value);
    PackedRows& smallint(std::int16_t value);
    PackedRows& integer(std::int32_t value);
    PackedRows& bigint(std::int64_t value);
    PackedRows& real(float value);  ///< CQL's float
    PackedRows& real64(double value);
    PackedRows& date(std::int32_t days);     ///< since 1970-01-01
    PackedRows& timestamp(std::int64_t ms);  ///< since 1970-01-01T00:00Z
    PackedRows& uuid(const std::array<std::uint8_t, 16>& value);
    PackedRows& texts(std::span<const std::string_view> values);  ///< list<text>, set<text>
    PackedRows& text_map(std::span<const std::pair<std::string_view, std::string_view>> values);

    /// Ends a row, whose cells must all be there.
    void end_row();
    /// Takes the last whole row away.
    void drop_row();

    /// A copy of one row; `index` < row_count().
    [[nodiscard]] PackedRows row(std::size_t index) const;

    [[nodiscard]] std::size_t row_count() const noexcept { return ends_.size(); }
    [[nodiscard]] std::size_t params() const noexcept { return params_; }
    [[nodiscard]] std::size_t size_bytes() const noexcept { return bytes_.size(); }
    /// Whole rows only.
    [[nodiscard]] std::string_view bytes() const;
    [[nodiscard]] bool within(const BatchLimits& limits) const noexcept {
        return row_count() <= limits.rows && size_bytes() <= limits.bytes;
    }

  private:
    PackedRows& value(std::string_view encoded);
    void begin_cell(std::int32_t length);

    std::size_t params_;
    std::size_t cells_ = 0;  ///< of the row that has begun
    std::string bytes_;
    std::vector<std::size_t> ends_;
};

/// Compares the types of a statement's params (or of its columns) with those that the code binds
/// (or reads), once after `prepare`. `invalid_argument` names the first difference.
Result<void> check_types(std::span<const ColumnInfo> found,
                         std::span<const std::string_view> expected);

}  // namespace fleet::cql
