// SPDX-License-Identifier: Apache-2.0
#include "engine/journal_format.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <charconv>
#include <cstring>

namespace fleet::engine::journal_format {

namespace {

constexpr std::string_view kSegmentMagic = "FLEETJNL";
constexpr std::string_view kFenceMagic = "FLEETFNC";
constexpr std::size_t kChecksumAt = 56;  // in segment header and fence slot
constexpr std::size_t kIdDigits = 20;

template <class T>
void put(char* at, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) at[i] = static_cast<char>(value >> (8 * i));
}

template <class T>
T get(std::string_view bytes, std::size_t at) {
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        value = static_cast<T>(value | static_cast<T>(static_cast<unsigned char>(bytes[at + i]))
                                           << (8 * i));
    return value;
}

std::uint64_t hash(std::string_view bytes, std::uint64_t seed) {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

/// Length, sequence and synced: what the checksum covers beside the payload.
using EntryFields = std::array<char, 20>;

EntryFields entry_fields(std::uint32_t length, std::uint64_t sequence, std::uint64_t synced) {
    EntryFields fields;
    put(fields.data(), length);
    put(fields.data() + 4, sequence);
    put(fields.data() + 12, synced);
    return fields;
}

std::uint64_t entry_checksum(const EntryFields& fields, std::string_view payload,
                             std::uint64_t chain) {
    return hash({fields.data(), fields.size()}, hash(payload, chain));
}

std::uint32_t entry_mark(const EntryFields& fields, std::uint64_t checksum, std::uint64_t seed) {
    std::array<char, 28> covered;
    std::memcpy(covered.data(), fields.data(), fields.size());
    put(covered.data() + fields.size(), checksum);
    return static_cast<std::uint32_t>(hash({covered.data(), covered.size()}, seed));
}

/// Magic, version and checksum of the two kinds of header that have them at the same places.
HeaderState check_header(std::string_view bytes, std::string_view magic) {
    if (bytes.size() < kChecksumAt + 8 || bytes.substr(0, magic.size()) != magic)
        return HeaderState::damaged;
    // A newer version may check itself otherwise, so it is recognised by its number alone.
    if (get<std::uint32_t>(bytes, 8) > kVersion) return HeaderState::newer;
    if (get<std::uint64_t>(bytes, kChecksumAt) != hash(bytes.substr(0, kChecksumAt), 0))
        return HeaderState::damaged;
    return HeaderState::ok;
}

std::optional<std::uint64_t> id_of(std::string_view name, std::string_view suffix) {
    if (name.size() != kIdDigits + suffix.size() || name.substr(kIdDigits) != suffix)
        return std::nullopt;
    const char* const digits = name.data();
    std::uint64_t id = 0;
    const auto parsed = std::from_chars(digits, digits + kIdDigits, id);
    if (parsed.ec != std::errc() || parsed.ptr != digits + kIdDigits || id == 0)
        return std::nullopt;
    return id;
}

}  // namespace

SegmentHeaderBytes encode(const SegmentHeader& header) {
    SegmentHeaderBytes bytes{};
    std::memcpy(bytes.data(), kSegmentMagic.data(), kSegmentMagic.size());
    put(bytes.data() + 8, kVersion);
    put(bytes.data() + 16, header.id);
    put(bytes.data() + 24, header.first);
    put(bytes.data() + 32, header.previous);
    put(bytes.data() + 40, header.chain);
    put(bytes.data() + kChecksumAt, hash({bytes.data(), kChecksumAt}, 0));
    return bytes;
}

HeaderState decode(std::string_view bytes, SegmentHeader& header) {
    const HeaderState state = check_header(bytes, kSegmentMagic);
    if (state != HeaderState::ok) return state;
    header.id = get<std::uint64_t>(bytes, 16);
    header.first = get<std::uint64_t>(bytes, 24);
    header.previous = get<std::uint64_t>(bytes, 32);
    header.chain = get<std::uint64_t>(bytes, 40);
    return header.previous < header.first ? HeaderState::ok : HeaderState::damaged;
}

std::uint64_t seed_of(const SegmentHeaderBytes& bytes) {
    return get<std::uint64_t>({bytes.data(), bytes.size()}, kChecksumAt);
}
std::uint64_t seed_of(std::string_view bytes) { return get<std::uint64_t>(bytes, kChecksumAt); }

EntryHeaderBytes encode_entry(std::string_view payload, std::uint64_t sequence,
                              std::uint64_t synced, std::uint64_t seed, std::uint64_t chain,
                              std::uint64_t& checksum) {
    const auto length = static_cast<std::uint32_t>(payload.size());
    const EntryFields fields = entry_fields(length, sequence, synced);
    checksum = entry_checksum(fields, payload, chain);
    EntryHeaderBytes bytes;
    put(bytes.data(), length);
    put(bytes.data() + 4, entry_mark(fields, checksum, seed));
    put(bytes.data() + 8, sequence);
    put(bytes.data() + 16, synced);
    put(bytes.data() + 24, checksum);
    return bytes;
}

std::optional<EntryHeader> decode_entry(std::string_view bytes, std::uint64_t seed) {
    if (bytes.size() < kEntryHeaderBytes) return std::nullopt;
    EntryHeader header;
    header.length = get<std::uint32_t>(bytes, 0);
    header.sequence = get<std::uint64_t>(bytes, 8);
    header.synced = get<std::uint64_t>(bytes, 16);
    header.checksum = get<std::uint64_t>(bytes, 24);
    if (header.sequence == 0 || header.synced >= header.sequence) return std::nullopt;
    const EntryFields fields = entry_fields(header.length, header.sequence, header.synced);
    if (get<std::uint32_t>(bytes, 4) != entry_mark(fields, header.checksum, seed))
        return std::nullopt;
    return header;
}

bool verify_entry(const EntryHeader& header, std::string_view payload, std::uint64_t chain) {
    return header.checksum ==
           entry_checksum(entry_fields(header.length, header.sequence, header.synced), payload,
                          chain);
}

FenceSlotBytes encode_fence(std::uint64_t sequence) {
    FenceSlotBytes bytes{};
    std::memcpy(bytes.data(), kFenceMagic.data(), kFenceMagic.size());
    put(bytes.data() + 8, kVersion);
    put(bytes.data() + 16, sequence);
    put(bytes.data() + kChecksumAt, hash({bytes.data(), kChecksumAt}, 0));
    return bytes;
}

HeaderState decode_fence(std::string_view bytes, std::uint64_t& sequence) {
    const HeaderState state = check_header(bytes, kFenceMagic);
    if (state == HeaderState::ok) sequence = get<std::uint64_t>(bytes, 16);
    return state;
}

std::string segment_name(std::uint64_t id) { return fmt::format("{:020}.log", id); }
std::string spare_name(std::uint64_t id) { return fmt::format("{:020}.spare", id); }
std::optional<std::uint64_t> segment_id(std::string_view name) { return id_of(name, ".log"); }
std::optional<std::uint64_t> spare_id(std::string_view name) { return id_of(name, ".spare"); }

}  // namespace fleet::engine::journal_format
