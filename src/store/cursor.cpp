// SPDX-License-Identifier: Apache-2.0
#include "store/cursor.hpp"

#include "base/check.hpp"

namespace fleet::store {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kHeader = 2;
constexpr std::size_t kSum = 8;
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

Failure not_a_cursor() {
    return fail(Code::invalid_argument,
                "the cursor is not one of this list with these parameters: leave it out to start "
                "from the beginning");
}

void put(std::string& out, std::uint64_t value) {
    for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

std::string to_base64url(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        count += 8;
        while (count >= 6) out.push_back(kAlphabet[bits >> (count -= 6) & 63]);
    }
    if (count > 0) out.push_back(kAlphabet[bits << (6 - count) & 63]);
    return out;
}

bool from_base64url(std::string_view text, std::string& out) {
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const std::size_t value = kAlphabet.find(c);
        if (value == std::string_view::npos) return false;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) out.push_back(static_cast<char>(bits >> (count -= 8) & 0xFF));
    }
    return true;
}

std::uint64_t checksum(const CursorParams& params, std::string_view head) {
    return CursorParams(params).add(head).hash();
}

}  // namespace

CursorParams& CursorParams::add(std::string_view text) noexcept {
    add(static_cast<std::int64_t>(text.size()));  // so that "ab","c" is not "a","bc"
    for (const char c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100'0000'01B3;
    return *this;
}

CursorParams& CursorParams::add(std::int64_t number) noexcept {
    const auto value = static_cast<std::uint64_t>(number);
    for (int i = 0; i < 8; ++i) hash_ = (hash_ ^ (value >> (8 * i) & 0xFF)) * 0x100'0000'01B3;
    return *this;
}

std::string encode_cursor(CursorKind kind, const CursorParams& params, std::string_view key) {
    FLEET_CHECK(key.size() <= kMaxCursorKey);
    std::string bytes{kVersion, static_cast<char>(kind)};
    bytes.append(key);
    put(bytes, checksum(params, bytes));
    return to_base64url(bytes);
}

Result<std::string> decode_cursor(CursorKind kind, const CursorParams& params,
                                  std::string_view cursor) {
    std::string bytes;
    if (cursor.size() > 2 * (kHeader + kMaxCursorKey + kSum) || !from_base64url(cursor, bytes))
        return not_a_cursor();
    if (bytes.size() < kHeader + kSum || bytes[0] != kVersion ||
        bytes[1] != static_cast<char>(kind))
        return not_a_cursor();
    const std::string_view head = std::string_view(bytes).substr(0, bytes.size() - kSum);
    // Comparing the texts also refuses stray bits in the last character: one cursor, one spelling.
    if (cursor != encode_cursor(kind, params, head.substr(kHeader))) return not_a_cursor();
    return std::string(head.substr(kHeader));
}

std::string time_key(std::int64_t ts_ms) {
    std::string key;
    put(key, static_cast<std::uint64_t>(ts_ms));
    return key;
}

Result<std::int64_t> time_of_key(std::string_view key) {
    if (key.size() != 8) return not_a_cursor();
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i)
        value |= std::uint64_t{static_cast<unsigned char>(key[i])} << (8 * i);
    return static_cast<std::int64_t>(value);
}

}  // namespace fleet::store
