// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fleet::fold {

/// Appends 7 bits a byte, lowest first, high bit = more follow.
inline void put_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

/// The same for signed numbers, small ones of either sign in few bytes.
inline void put_svarint(std::string& out, std::int64_t value) {
    put_varint(out,
               static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
}

inline void put_text(std::string& out, std::string_view text) {
    put_varint(out, text.size());
    out.append(text);
}

/// Reads what the functions above wrote. After a read past the end, or of bytes that they do not
/// write, ok() is false and everything reads as 0.
class VarintReader {
  public:
    explicit VarintReader(std::string_view bytes) noexcept : bytes_(bytes) {}

    [[nodiscard]] std::uint8_t byte() noexcept {
        if (at_ == bytes_.size()) return stop();
        return static_cast<std::uint8_t>(bytes_[at_++]);
    }
    [[nodiscard]] std::uint64_t number() noexcept {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const std::uint8_t b = byte();
            if (shift == 63 && b > 1) return stop();
            value |= std::uint64_t{b & 0x7FU} << shift;
            if (b < 0x80) return b == 0 && shift > 0 ? stop() : value;  // one form of a number
        }
        return stop();
    }
    [[nodiscard]] std::int64_t signed_number() noexcept {
        const std::uint64_t n = number();
        return static_cast<std::int64_t>(n >> 1) ^ -static_cast<std::int64_t>(n & 1);
    }
    /// A number that fits the type; any other makes ok() false.
    template <class Integer>
    [[nodiscard]] Integer narrow(std::int64_t value) noexcept {
        const auto narrowed = static_cast<Integer>(value);
        return static_cast<std::int64_t>(narrowed) == value ? narrowed : Integer{stop()};
    }
    [[nodiscard]] std::string_view text() noexcept {
        const std::uint64_t size = number();
        if (size > left()) {
            stop();
            return {};
        }
        const std::string_view found = bytes_.substr(at_, size);
        at_ += size;
        return found;
    }
    /// How many of something follow, of at least one byte each.
    [[nodiscard]] std::size_t count() noexcept {
        const std::uint64_t n = number();
        return n <= left() ? static_cast<std::size_t>(n) : stop();
    }
    std::uint8_t stop() noexcept {
        ok_ = false;
        at_ = bytes_.size();
        return 0;
    }
    [[nodiscard]] std::size_t left() const noexcept { return bytes_.size() - at_; }
    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] bool done() const noexcept { return ok_ && left() == 0; }

  private:
    std::string_view bytes_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

}  // namespace fleet::fold
