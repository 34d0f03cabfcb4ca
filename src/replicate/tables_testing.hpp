// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cql/packed_rows.hpp"
#include "replicate/tables.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::replicate::test {

inline constexpr std::int32_t kNull = -1;
inline constexpr std::int32_t kUnset = -2;

inline std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

struct Cell {
    std::int32_t length = kUnset;
    std::string bytes;

    [[nodiscard]] double real() const {
        const std::uint64_t bits = big_endian(bytes);
        if (bytes.size() == 4) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        EXPECT_EQ(bytes.size(), 8U);
        return std::bit_cast<double>(bits);
    }
    [[nodiscard]] std::int64_t integer() const {
        const std::uint64_t bits = big_endian(bytes);
        if (bytes.size() == 8) return static_cast<std::int64_t>(bits);
        if (bytes.size() == 4) return static_cast<std::int32_t>(bits);
        EXPECT_EQ(bytes.size(), 1U);
        return static_cast<std::int8_t>(bits);
    }
};

using Cells = std::map<std::string, Cell>;

/// Cells of each row by column name; the TTL is "ttl".
inline std::vector<Cells> rows_of(const cql::PackedRows& rows, const Table& table) {
    std::string_view bytes = rows.bytes();
    std::vector<Cells> all;
    for (std::size_t row = 0; row < rows.row_count(); ++row) {
        Cells out;
        const std::size_t count = table.columns.size() + (table.expires ? 1 : 0);
        for (std::size_t i = 0; i < count; ++i) {
            Cell cell;
            cell.length = static_cast<std::int32_t>(big_endian(bytes.substr(0, 4)));
            bytes.remove_prefix(4);
            if (cell.length > 0) {
                cell.bytes = bytes.substr(0, static_cast<std::size_t>(cell.length));
                bytes.remove_prefix(static_cast<std::size_t>(cell.length));
            }
            out[i < table.columns.size() ? std::string(table.columns[i].name) : "ttl"] = cell;
        }
        all.push_back(std::move(out));
    }
    EXPECT_TRUE(bytes.empty());
    return all;
}

/// Cells of the only row.
inline Cells cells_of(const cql::PackedRows& rows, const Table& table) {
    EXPECT_EQ(rows.row_count(), 1U);
    return rows_of(rows, table).at(0);
}

inline cql::PackedRows rows_for(const Table& table) {
    return cql::PackedRows(table.columns.size() + (table.expires ? 1 : 0));
}

}  // namespace fleet::replicate::test
