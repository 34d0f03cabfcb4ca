// SPDX-License-Identifier: Apache-2.0
#include "cql/page.hpp"

#include "base/check.hpp"
#include "cql/big_endian.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <bit>

namespace fleet::cql {
namespace {

/// A length and that many bytes; null for a negative length. False when the bytes end too early.
bool take_cell(std::string_view& rest, std::optional<std::string_view>& cell) {
    if (rest.size() < 4) return false;
    const auto length = read_big_endian<std::int32_t>(rest);
    rest.remove_prefix(4);
    cell.reset();
    if (length < 0) return true;
    if (rest.size() < static_cast<std::size_t>(length)) return false;
    cell = rest.substr(0, static_cast<std::size_t>(length));
    rest.remove_prefix(static_cast<std::size_t>(length));
    return true;
}

}  // namespace

Page::Page(std::vector<ColumnInfo> columns, std::size_t rows, std::string_view bytes,
           std::shared_ptr<const void> owner)
    : columns_(std::make_shared<const std::vector<ColumnInfo>>(std::move(columns))),
      rows_(rows),
      bytes_(bytes),
      owner_(std::move(owner)) {}

const std::vector<ColumnInfo>& Page::columns() const noexcept {
    static const std::vector<ColumnInfo> kNone;
    return columns_ ? *columns_ : kNone;
}

RowReader::RowReader(Page page)
    : page_(std::move(page)), rest_(page_.bytes()), left_(page_.row_count()) {
    cells_.resize(page_.columns().size());
}

Result<bool> RowReader::next() {
    if (left_ == 0) {
        if (!rest_.empty())
            return fail(Code::corrupt,
                        fmt::format("{} bytes after the last row of a page", rest_.size()));
        return false;
    }
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        if (!take_cell(rest_, cells_[i])) {
            return fail(Code::corrupt, fmt::format("a page ends within row {}, column {}", row_,
                                                   page_.columns()[i].name));
        }
    }
    --left_;
    ++row_;
    return true;
}

std::optional<std::string_view> RowReader::raw(std::size_t column) const {
    FLEET_CHECK(row_ > 0 && column < cells_.size());
    return cells_[column];
}

Error RowReader::wrong_length(std::size_t column, std::size_t expected) const {
    const ColumnInfo& info = page_.columns()[column];
    return {Code::corrupt,
            fmt::format("column {} ({}) of row {} has {} bytes instead of {}", info.name, info.type,
                        row_ - 1, cells_[column]->size(), expected)};
}

template <class T>
Result<std::optional<T>> RowReader::number(std::size_t column) const {
    const auto cell = raw(column);
    if (!cell) return std::optional<T>();
    if (cell->size() != sizeof(T)) return wrong_length(column, sizeof(T));
    return std::optional<T>(read_big_endian<T>(*cell));
}

Result<std::optional<bool>> RowReader::boolean(std::size_t column) const {
    FLEET_TRY(const auto byte, number<std::uint8_t>(column));
    return byte ? std::optional<bool>(*byte != 0) : std::nullopt;
}

Result<std::optional<std::int8_t>> RowReader::tinyint(std::size_t column) const {
    return number<std::int8_t>(column);
}
Result<std::optional<std::int16_t>> RowReader::smallint(std::size_t column) const {
    return number<std::int16_t>(column);
}
Result<std::optional<std::int32_t>> RowReader::integer(std::size_t column) const {
    return number<std::int32_t>(column);
}
Result<std::optional<std::int64_t>> RowReader::bigint(std::size_t column) const {
    return number<std::int64_t>(column);
}
Result<std::optional<std::int64_t>> RowReader::timestamp(std::size_t column) const {
    return bigint(column);
}

Result<std::optional<float>> RowReader::real(std::size_t column) const {
    FLEET_TRY(const auto bits, number<std::uint32_t>(column));
    return bits ? std::optional<float>(std::bit_cast<float>(*bits)) : std::nullopt;
}

Result<std::optional<double>> RowReader::real64(std::size_t column) const {
    FLEET_TRY(const auto bits, number<std::uint64_t>(column));
    return bits ? std::optional<double>(std::bit_cast<double>(*bits)) : std::nullopt;
}

Result<std::optional<std::int32_t>> RowReader::date(std::size_t column) const {
    FLEET_TRY(const auto days, number<std::uint32_t>(column));
    return days ? std::optional<std::int32_t>(static_cast<std::int32_t>(*days - 0x80000000U))
                : std::nullopt;
}

Result<std::optional<std::array<std::uint8_t, 16>>> RowReader::uuid(std::size_t column) const {
    std::optional<std::array<std::uint8_t, 16>> id;
    if (const auto cell = raw(column)) {
        if (cell->size() != 16) return wrong_length(column, 16);
        std::copy(cell->begin(), cell->end(), id.emplace().begin());
    }
    return id;
}

Result<std::optional<std::vector<std::string_view>>> RowReader::texts(std::size_t column) const {
    const auto cell = raw(column);
    std::optional<std::vector<std::string_view>> texts;
    if (!cell) return texts;
    if (cell->size() < 4) return wrong_length(column, 4);
    const auto count = read_big_endian<std::int32_t>(*cell);
    std::string_view rest = cell->substr(4);
    texts.emplace();
    for (std::int32_t i = 0; i < count; ++i) {
        std::optional<std::string_view> text;
        if (!take_cell(rest, text) || !text) {
            return fail(Code::corrupt,
                        fmt::format("column {} of row {}: a collection ends after {} of {}",
                                    page_.columns()[column].name, row_ - 1, i, count));
        }
        texts->push_back(*text);
    }
    return texts;
}

Result<std::optional<std::vector<std::pair<std::string_view, std::string_view>>>>
RowReader::text_map(std::size_t column) const {
    const auto cell = raw(column);
    std::optional<std::vector<std::pair<std::string_view, std::string_view>>> map;
    if (!cell) return map;
    if (cell->size() < 4) return wrong_length(column, 4);
    const auto count = read_big_endian<std::int32_t>(*cell);
    std::string_view rest = cell->substr(4);
    map.emplace();
    for (std::int32_t i = 0; i < count; ++i) {
        std::optional<std::string_view> key;
        std::optional<std::string_view> text;
        if (!take_cell(rest, key) || !take_cell(rest, text) || !key || !text) {
            return fail(Code::corrupt,
                        fmt::format("column {} of row {}: a map ends after {} of {}",
                                    page_.columns()[column].name, row_ - 1, i, count));
        }
        map->emplace_back(*key, *text);
    }
    return map;
}

}  // namespace fleet::cql
