// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fleet::codec::chunk {

/// Signed to unsigned so that small magnitudes of either sign are small: 0, −1, 1, −2, … → 0, 1, 2,
/// 3, …
[[nodiscard]] constexpr std::uint32_t zigzag(std::uint32_t v) noexcept {
    return (v << 1) ^ (0U - (v >> 31));
}
[[nodiscard]] constexpr std::uint32_t unzigzag(std::uint32_t v) noexcept {
    return (v >> 1) ^ (0U - (v & 1));
}

inline void put_u8(std::string& out, unsigned v) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(v)));
}

/// `bytes` low bytes of `v`, least significant first.
inline void put_le(std::string& out, std::uint64_t v, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) put_u8(out, static_cast<unsigned>((v >> (8 * i)) & 0xFF));
}

/// LEB128: seven bits a byte, least significant first, the high bit says that more follow.
inline void put_varint(std::string& out, std::uint32_t v) {
    for (; v >= 0x80; v >>= 7) put_u8(out, (v & 0x7F) | 0x80);
    put_u8(out, v);
}
[[nodiscard]] constexpr std::size_t varint_size(std::uint32_t v) noexcept {
    std::size_t size = 1;
    for (; v >= 0x80; v >>= 7) ++size;
    return size;
}

/// Reads untrusted bytes from the front. Every call says whether there was enough; a failed one
/// leaves the position undefined.
class ByteReader {
  public:
    explicit ByteReader(std::string_view bytes) noexcept : left_(bytes) {}

    [[nodiscard]] std::size_t left() const noexcept { return left_.size(); }

    [[nodiscard]] bool u8(unsigned& v) noexcept {
        if (left_.empty()) return false;
        v = static_cast<unsigned char>(left_.front());
        left_.remove_prefix(1);
        return true;
    }
    [[nodiscard]] bool le(std::uint64_t& v, unsigned bytes) noexcept {
        v = 0;
        unsigned byte = 0;
        for (unsigned i = 0; i < bytes; ++i) {
            if (!u8(byte)) return false;
            v |= static_cast<std::uint64_t>(byte) << (8 * i);
        }
        return true;
    }
    /// At most five bytes, and no more than 32 bits.
    [[nodiscard]] bool varint(std::uint32_t& v) noexcept {
        std::uint64_t value = 0;
        unsigned byte = 0;
        for (unsigned shift = 0; shift < 35; shift += 7) {
            if (!u8(byte)) return false;
            value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if (byte < 0x80) {
                v = static_cast<std::uint32_t>(value);
                return value <= 0xFFFF'FFFFU;
            }
        }
        return false;
    }
    [[nodiscard]] bool take(std::size_t size, std::string_view& bytes) noexcept {
        if (left_.size() < size) return false;
        bytes = left_.substr(0, size);
        left_.remove_prefix(size);
        return true;
    }

  private:
    std::string_view left_;
};

}  // namespace fleet::codec::chunk
