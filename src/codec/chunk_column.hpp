// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec/chunk.hpp"
#include "codec/chunk_bytes.hpp"
#include "codec/chunk_pack.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::codec::chunk {

/// Which rows of a chunk carry a column: bit i % 64 of word i / 64 is row i.
struct Presence {
    std::array<std::uint64_t, kMaxChunkRows / 64> words{};

    [[nodiscard]] bool has(std::size_t row) const noexcept {
        return ((words[row / 64] >> (row % 64)) & 1) != 0;
    }
    void set(std::size_t row) noexcept { words[row / 64] |= std::uint64_t{1} << (row % 64); }
    bool operator==(const Presence&) const = default;
};

/// Numbers of one column, with the room before and behind them that blocks need (see
/// chunk_pack.hpp).
class NumberBuffer {
  public:
    [[nodiscard]] std::uint32_t* data() noexcept { return numbers_.data() + kBefore; }
    [[nodiscard]] const std::uint32_t* data() const noexcept { return numbers_.data() + kBefore; }
    /// The two numbers before the first count as 0.
    void clear_before() noexcept { std::fill_n(numbers_.data(), kBefore, 0U); }

  private:
    static constexpr std::size_t kBefore = 2;
    std::array<std::uint32_t, kBefore + kMaxChunkRows + kBlock>
        numbers_;  // left as it comes: 17 KB are not worth a wipe
};

// The first byte of a column ("head") says how its presence and its body are written. Persisted:
// never renumber.
inline constexpr unsigned kPresenceMask = 0x03;
inline constexpr unsigned kAllRows = 0x00;
inline constexpr unsigned kSameAsColumn = 0x01;  ///< u8: an earlier column with this presence
inline constexpr unsigned kBitmap = 0x02;        ///< one bit a row
inline constexpr unsigned kRuns =
    0x03;  ///< varint lengths: present, absent, present, … up to the last row
inline constexpr unsigned kKindMask = 0x0C;
inline constexpr unsigned kConstant = 0x00;
inline constexpr unsigned kRamp = 0x04;    ///< numbers: equal steps
inline constexpr unsigned kBlocks = 0x08;  ///< numbers: blocks of chunk_pack.hpp
inline constexpr unsigned kDictionary =
    0x0C;  ///< numbers: the distinct ones in order, then indexes into them
inline constexpr unsigned kPackedIds = 0x04;  ///< texts: dictionary, bit-packed ids
inline constexpr unsigned kIdRuns = 0x08;     ///< texts: dictionary, ids with run lengths
inline constexpr unsigned kDivisor = 0x10;    ///< numbers: the blocks hold multiples of a number
inline constexpr unsigned kUnusedBits = 0xE0;

/// Appends the presence of a column as bitmap or runs, whichever is smaller; returns its head bits.
[[nodiscard]] unsigned put_presence(const Presence& presence, std::size_t rows, std::string& out);
/// Reads what put_presence() wrote (`mode`: kBitmap or kRuns) and counts the present rows.
[[nodiscard]] bool get_presence(ByteReader& in, unsigned mode, std::size_t rows, Presence& presence,
                                std::size_t& present);

/// Appends 1 or more numbers (signed, as two's complement); returns their head bits. `numbers` is
/// overwritten.
[[nodiscard]] unsigned put_numbers(NumberBuffer& numbers, std::size_t count, std::string& out);
[[nodiscard]] bool get_numbers(ByteReader& in, unsigned head, std::size_t count,
                               NumberBuffer& numbers);

/// Appends 1 or more texts, given by their ids in `texts`; returns their head bits.
[[nodiscard]] unsigned put_texts(std::span<const std::uint32_t> ids, const model::TextPool& texts,
                                 std::string& out);
/// Reads the texts of a column into `texts` and their ids into `ids` (cleared before). An entry for
/// which `valid` is false is damage, as is a dictionary with more entries than rows.
[[nodiscard]] bool get_texts(ByteReader& in, unsigned head, std::size_t count,
                             bool (*valid)(std::string_view), model::TextPool& texts,
                             std::vector<std::uint32_t>& ids);

}  // namespace fleet::codec::chunk
