// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The bytes of the journal, all numbers little endian.
///
/// Directory:   fence · <id>.log, ids without a hole · <id>.spare, trimmed segments for reuse,
/// content meaningless
///
/// Segment:     header (64 bytes) · entry · entry · … · anything (zeros written ahead, or what a
/// reused file held before)
///   0  magic "FLEETJNL"          8  version u32            12  0 u32
///   16 id u64 (as in the name)   24 first sequence u64     32  last sequence before this segment
///   u64 40 chain before u64: checksum of the last entry of the segment before 48 0 u64 56 checksum
///   of bytes 0–55: also the start of this segment's chain
///
/// Entry:       header (32 bytes) · payload · zeros up to a multiple of 8
///   0  payload length u32        4  mark u32: check of the other 28 bytes, seeded with the
///   segment's checksum 8  sequence u64              16 synced u64: all entries up to this sequence
///   were synced before this one was written 24 checksum u64: of bytes 0–23 without the mark, and
///   the payload, seeded with the checksum of the entry before
///
/// The chain makes an entry valid only behind the very entries that it was written behind, so what
/// a reused file held before, or a cut tail, can never be taken for an entry. The mark finds
/// entries behind a damaged place: if one of them says that the damaged place was synced,
/// acknowledged data is gone and the journal must say so.
///
/// Fence:       four slots of 64 bytes, one a kilobyte: magic "FLEETFNC" · version u32 · 0 u32 ·
/// sequence u64 · 0 … · checksum of the first 56 bytes at 56. Slots 0 and 1 are written by turns
/// and synced each time; 2 and 3 are written by turns and not synced. So at any moment of a power
/// cut a synced slot is whole. The fence is the largest sequence of any valid slot.
namespace fleet::engine::journal_format {

inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kSegmentHeaderBytes = 64;
inline constexpr std::size_t kEntryHeaderBytes = 32;
inline constexpr std::size_t kFenceSlots = 4;
inline constexpr std::size_t kFenceSlotBytes = 64;
inline constexpr std::size_t kFenceStride = 1024;

struct SegmentHeader {
    std::uint64_t id = 0;
    std::uint64_t first = 0;  ///< sequence of the first entry
    std::uint64_t previous =
        0;  ///< last sequence before the segment: first − 1 unless numbers were left out
    std::uint64_t chain = 0;  ///< checksum of entry `previous`
};

struct EntryHeader {
    std::uint32_t length = 0;
    std::uint64_t sequence = 0;
    std::uint64_t synced = 0;
    std::uint64_t checksum = 0;
};

using SegmentHeaderBytes = std::array<char, kSegmentHeaderBytes>;
using EntryHeaderBytes = std::array<char, kEntryHeaderBytes>;
using FenceSlotBytes = std::array<char, kFenceSlotBytes>;

enum class HeaderState : std::uint8_t { ok, damaged, newer };

[[nodiscard]] SegmentHeaderBytes encode(const SegmentHeader& header);
/// The header, if `bytes` (at least kSegmentHeaderBytes) hold one.
HeaderState decode(std::string_view bytes, SegmentHeader& header);
/// Where the chain and the marks of a segment start: the checksum of its header.
[[nodiscard]] std::uint64_t seed_of(const SegmentHeaderBytes& bytes);
[[nodiscard]] std::uint64_t seed_of(std::string_view bytes);

/// Header of an entry behind one with checksum `chain`, in the segment with `seed`.
[[nodiscard]] EntryHeaderBytes encode_entry(std::string_view payload, std::uint64_t sequence,
                                            std::uint64_t synced, std::uint64_t seed,
                                            std::uint64_t chain, std::uint64_t& checksum);
/// The header at the start of `bytes` if its mark is right. Says nothing about the payload.
[[nodiscard]] std::optional<EntryHeader> decode_entry(std::string_view bytes, std::uint64_t seed);
/// Whether header and payload are whole and lie behind the entry with checksum `chain`.
[[nodiscard]] bool verify_entry(const EntryHeader& header, std::string_view payload,
                                std::uint64_t chain);
/// Bytes of an entry on disk.
[[nodiscard]] constexpr std::uint64_t entry_bytes(std::uint64_t payload) noexcept {
    return kEntryHeaderBytes + (payload + 7) / 8 * 8;
}

[[nodiscard]] FenceSlotBytes encode_fence(std::uint64_t sequence);
HeaderState decode_fence(std::string_view bytes, std::uint64_t& sequence);

/// `00000000000000000012.log`
[[nodiscard]] std::string segment_name(std::uint64_t id);
[[nodiscard]] std::string spare_name(std::uint64_t id);
/// The id of a name made by segment_name() or spare_name().
[[nodiscard]] std::optional<std::uint64_t> segment_id(std::string_view name);
[[nodiscard]] std::optional<std::uint64_t> spare_id(std::string_view name);

}  // namespace fleet::engine::journal_format
