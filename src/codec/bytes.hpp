// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace fleet::codec {

/// Signed to unsigned so that small magnitudes stay small: 0, −1, 1, −2 … → 0, 1, 2, 3 …
[[nodiscard]] constexpr std::uint64_t zigzag(std::int64_t v) noexcept {
    return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
[[nodiscard]] constexpr std::int64_t unzigzag(std::uint64_t v) noexcept {
    return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}

/// Appends little-endian and LEB128 values to a string that it does not own.
class ByteWriter {
  public:
    explicit ByteWriter(std::string& out) : out_(out) {}

    void u8(std::uint8_t v) { out_.push_back(static_cast<char>(v)); }
    void u32(std::uint32_t v) { raw(v); }
    void u64(std::uint64_t v) { raw(v); }
    void varint(std::uint64_t v) {
        char bytes[10];
        std::size_t n = 0;
        while (v >= 0x80) {
            bytes[n++] = static_cast<char>(v | 0x80);
            v >>= 7;
        }
        bytes[n++] = static_cast<char>(v);
        out_.append(bytes, n);
    }
    void svarint(std::int64_t v) { varint(zigzag(v)); }
    void text(std::string_view v) {
        varint(v.size());
        out_.append(v);
    }

  private:
    template <class T>
    void raw(T v) {
        char bytes[sizeof(T)];
        for (std::size_t i = 0; i < sizeof(T); ++i)
            bytes[i] = static_cast<char>(v >> (8 * i) & 0xFF);
        out_.append(bytes, sizeof bytes);
    }
    std::string& out_;
};

/// Reads what ByteWriter wrote. After a read past the end or a malformed varint `ok()` is false and
/// all reads give 0 or "".
class ByteReader {
  public:
    explicit ByteReader(std::string_view in) : in_(in) {}

    [[nodiscard]] bool ok() const noexcept { return ok_; }
    /// All read and nothing wrong.
    [[nodiscard]] bool done() const noexcept { return ok_ && pos_ == in_.size(); }
    [[nodiscard]] std::size_t left() const noexcept { return in_.size() - pos_; }

    std::uint8_t u8() noexcept {
        return take(1) ? static_cast<std::uint8_t>(in_[pos_ - 1]) : std::uint8_t{0};
    }
    std::uint32_t u32() noexcept { return raw<std::uint32_t>(); }
    std::uint64_t u64() noexcept { return raw<std::uint64_t>(); }
    std::uint64_t varint() noexcept {
        std::uint64_t v = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            if (!take(1)) return 0;
            const auto byte = static_cast<unsigned char>(in_[pos_ - 1]);
            if (shift == 63 && byte > 1) break;
            v |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if (byte < 0x80) return v;
        }
        ok_ = false;
        return 0;
    }
    std::int64_t svarint() noexcept { return unzigzag(varint()); }
    std::string_view text() noexcept {
        const std::uint64_t size = varint();
        if (size > left()) ok_ = false;
        if (!ok_) return {};
        pos_ += size;
        return in_.substr(pos_ - size, size);
    }

  private:
    bool take(std::size_t n) noexcept {
        if (!ok_ || left() < n) {
            ok_ = false;
            return false;
        }
        pos_ += n;
        return true;
    }
    template <class T>
    T raw() noexcept {
        if (!take(sizeof(T))) return 0;
        T v = 0;
        for (std::size_t i = 0; i < sizeof(T); ++i)
            v |= static_cast<T>(
                static_cast<T>(static_cast<unsigned char>(in_[pos_ - sizeof(T) + i])) << (8 * i));
        return v;
    }
    std::string_view in_;
    std::size_t pos_ = 0;
    bool ok_ = true;
};

}  // namespace fleet::codec
