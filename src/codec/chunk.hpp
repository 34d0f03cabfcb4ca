// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/column.hpp"
#include "model/record.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace fleet::codec {

/// Rows of one device and one UTC day as compressed columns: the immutable unit of storage. The
/// bytes are described in docs/chunk-format.md. All functions are pure and thread-safe.
inline constexpr std::size_t kMaxChunkRows = 4096;

/// What the head of a chunk says about it.
struct ChunkInfo {
    std::int64_t first_ms = 0;
    std::int64_t last_ms = 0;
    std::uint32_t count = 0;  ///< rows, 1 to kMaxChunkRows
    std::uint32_t mask = 0;   ///< presence bits (model/field.hpp) that occur in at least one row
};

/// Columns of decode_columns(): all of them.
inline constexpr std::uint32_t kAllColumns = ~0U;

/// Encodes 1 to kMaxChunkRows valid rows with strictly ascending times of one UTC day; `texts` owns
/// their text. A breach of that, or a value outside its field's range, is a programmer error
/// (FLEET_CHECK). Rows that are equal in content give equal bytes, whatever numbers their texts
/// have; values of absent fields do not count.
[[nodiscard]] std::string encode_chunk(std::span<const model::Sample> samples,
                                       const model::TextPool& texts);
/// The same, appended to `out`.
void encode_chunk(std::span<const model::Sample> samples, const model::TextPool& texts,
                  std::string& out);

/// Appends the rows of a chunk to `rows`, which then are valid in every respect: times ascend
/// within one day, values lie in their ranges, texts are of legal length. Otherwise `corrupt` with
/// what is wrong (`unsupported` for a later version of the format), and the samples of `rows` are
/// as before. Any bytes may be given. Memory is bounded by kMaxChunkRows rows of the largest legal
/// text.
[[nodiscard]] Result<void> decode_chunk(std::string_view bytes, model::Rows& rows);

/// The same, with only the times and the columns in `mask` (presence bits); the others are absent
/// from the rows and are not decoded. The checksum is verified over the whole chunk.
[[nodiscard]] Result<void> decode_columns(std::string_view bytes, std::uint32_t mask,
                                          model::Rows& rows);

/// Appends the times and values of one numeric column, of the rows that carry it: as
/// decode_columns(), but nothing is put together to rows. `out` is as before on an error.
[[nodiscard]] Result<void> decode_column(std::string_view bytes, model::Field field,
                                         model::ColumnValues& out);

/// Verifies the checksum and reads the head; no column is decoded.
[[nodiscard]] Result<ChunkInfo> chunk_info(std::string_view bytes);

}  // namespace fleet::codec
