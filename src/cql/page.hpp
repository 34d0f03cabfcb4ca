// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "cql/types.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleet::cql {

/// Rows as the server sent them, not decoded yet. Copies share the bytes, which never change.
class Page {
  public:
    Page() = default;
    /// `bytes`: for each cell, row by row, a big-endian i32 length (-1: null) and the value. They
    /// live as long as `owner`.
    Page(std::vector<ColumnInfo> columns, std::size_t rows, std::string_view bytes,
         std::shared_ptr<const void> owner);

    [[nodiscard]] const std::vector<ColumnInfo>& columns() const noexcept;
    [[nodiscard]] std::size_t row_count() const noexcept { return rows_; }
    [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

  private:
    std::shared_ptr<const std::vector<ColumnInfo>> columns_;
    std::size_t rows_ = 0;
    std::string_view bytes_;
    std::shared_ptr<const void> owner_;
};

/// Goes through the rows of a page once. Texts and blobs point into the page. Reading checks
/// lengths: a cell that has not its type's length (Cassandra stores such) is `corrupt`, and so are
/// bytes that end too early. A null cell is an empty optional. Reading a cell as another type than
/// it has is not noticed when the length fits: compare with `check_types` after `prepare`.
class RowReader {
  public:
    explicit RowReader(Page page);

    /// Goes to the next row; false after the last.
    Result<bool> next();

    /// A cell's bytes. The column must exist (FLEET_CHECK), as for all below.
    [[nodiscard]] std::optional<std::string_view> raw(std::size_t column) const;
    [[nodiscard]] std::optional<std::string_view> text(std::size_t column) const {
        return raw(column);
    }

    [[nodiscard]] Result<std::optional<bool>> boolean(std::size_t column) const;
    [[nodiscard]] Result<std::optional<std::int8_t>> tinyint(std::size_t column) const;
    [[nodiscard]] Result<std::optional<std::int16_t>> smallint(std::size_t column) const;
    [[nodiscard]] Result<std::optional<std::int32_t>> integer(std::size_t column) const;
    [[nodiscard]] Result<std::optional<std::int64_t>> bigint(std::size_t column) const;
    [[nodiscard]] Result<std::optional<float>> real(std::size_t column) const;
    [[nodiscard]] Result<std::optional<double>> real64(std::size_t column) const;
    /// Days since 1970-01-01.
    [[nodiscard]] Result<std::optional<std::int32_t>> date(std::size_t column) const;
    /// Milliseconds since 1970-01-01T00:00Z.
    [[nodiscard]] Result<std::optional<std::int64_t>> timestamp(std::size_t column) const;
    [[nodiscard]] Result<std::optional<std::array<std::uint8_t, 16>>> uuid(
        std::size_t column) const;
    /// list<text> and set<text>. Cassandra stores no empty collection: it comes back as null.
    [[nodiscard]] Result<std::optional<std::vector<std::string_view>>> texts(
        std::size_t column) const;
    /// map<text, text>
    [[nodiscard]] Result<std::optional<std::vector<std::pair<std::string_view, std::string_view>>>>
    text_map(std::size_t column) const;

  private:
    template <class T>
    [[nodiscard]] Result<std::optional<T>> number(std::size_t column) const;
    [[nodiscard]] Error wrong_length(std::size_t column, std::size_t expected) const;

    Page page_;
    std::string_view rest_;
    std::size_t left_;
    std::size_t row_ = 0;
    std::vector<std::optional<std::string_view>> cells_;
};

}  // namespace fleet::cql
