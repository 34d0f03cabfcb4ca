// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec/chunk_bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace fleet::codec::chunk {

/// Values of a block. Arrays that a block is decoded into must have room for all of them, also when
/// it holds fewer.
inline constexpr std::size_t kBlock = 128;
/// Values that may have a width of their own within a block.
inline constexpr std::size_t kQuarter = 32;
inline constexpr std::size_t kQuarters = kBlock / kQuarter;

/// Bytes of `count` values of `width` bits.
[[nodiscard]] constexpr std::size_t packed_size(std::size_t count, unsigned width) noexcept {
    return (count * width + 7) / 8;
}

/// Appends the low `width` (0–32) bits of each value, without gaps, least significant bit first;
/// the last byte is filled with zeros.
void pack(const std::uint32_t* values, std::size_t count, unsigned width, std::string& out);

/// The inverse for up to kBlock values. `out` must have room for kBlock; what lies behind `count`
/// is overwritten too.
[[nodiscard]] bool unpack(ByteReader& in, std::size_t count, unsigned width,
                          std::uint32_t* out) noexcept;

/// Appends `count` (1–kBlock) numbers as one block: the cheapest of four predictions, then zigzag
/// and patched bit-packing (Zukowski et al., "Super-Scalar RAM-CPU Cache Compression", ICDE 2006;
/// Lemire and Boytsov, "Decoding billions of integers per second through vectorization", 2015) with
/// one width, or one a quarter where a vehicle stops or sets off. Numbers are modulo 2³².
/// values[-1] and values[-2] are those before the block, or 0; kBlock values must be readable.
void encode_block(const std::uint32_t* values, std::size_t count, std::string& out);

/// The inverse: values[-1] and values[-2] as above, room for kBlock. False for bytes that
/// encode_block() cannot have made.
[[nodiscard]] bool decode_block(ByteReader& in, std::size_t count, std::uint32_t* values) noexcept;

}  // namespace fleet::codec::chunk
