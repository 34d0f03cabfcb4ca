// SPDX-License-Identifier: Apache-2.0
#include "model/alert.hpp"

#include "base/fault.hpp"

#include <charconv>

namespace fleet::model {

namespace {

/// FNV-1a with 128 bits (http://www.isthe.com/chongo/tech/comp/fnv): prime 2^88 + 0x13B.
class Fnv128 {
  public:
    void add(std::string_view text) noexcept {
        for (const char c : text) {
            low_ ^= static_cast<unsigned char>(c);
            multiply();
        }
    }
    void add_part(std::string_view text) noexcept {
        add(text);
        multiply();  // a zero byte
    }
    [[nodiscard]] AlertId id() const noexcept { return {high_, low_}; }

  private:
    void multiply() noexcept {
        constexpr std::uint64_t kSmall = 0x13B;
        // low · 0x13B in 128 bits, by halves
        const std::uint64_t lower = (low_ & 0xFFFF'FFFF) * kSmall;
        const std::uint64_t upper = (low_ >> 32) * kSmall + (lower >> 32);
        high_ = high_ * kSmall + (upper >> 32) + (low_ << 24);  // 2^88 = 2^64 · 2^24
        low_ = (upper << 32) | (lower & 0xFFFF'FFFF);
    }

    std::uint64_t high_ = 0x6c62272e07bb0142;
    std::uint64_t low_ = 0x62b821756295c58d;
};

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

std::string AlertId::text() const {
    std::string out;
    for (const std::uint64_t half : {high, low})
        for (int shift = 60; shift >= 0; shift -= 4) out.push_back(kDigits[half >> shift & 0xF]);
    return out;
}

std::optional<AlertId> AlertId::parse(std::string_view text) noexcept {
    if (text.size() != 32) return std::nullopt;
    AlertId id;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t digit = kDigits.find(text[i]);
        if (digit == std::string_view::npos) return std::nullopt;
        std::uint64_t& half = i < 16 ? id.high : id.low;
        half = half << 4 | digit;
    }
    return id;
}

AlertId alert_id(std::string_view rule, std::string_view device, std::string_view zone,
                 std::int64_t start_ms) noexcept {
    char digits[24];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), start_ms);
    Fnv128 hash;
    hash.add_part(rule);
    hash.add_part(device);
    hash.add_part(FLEET_FAULT("alert_id_without_zone") ? std::string_view() : zone);
    hash.add({digits, static_cast<std::size_t>(end.ptr - digits)});
    return hash.id();
}

}  // namespace fleet::model
