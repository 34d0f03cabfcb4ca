// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/validate.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace fleet::codec {

/// An exact decimal factor: numerator × 10^shift. Every unit that we convert is one (1 mph =
/// 1609344 × 10^-6 km/h).
struct Factor {
    std::uint32_t numerator = 1;
    int shift = 0;

    bool operator==(const Factor&) const = default;
};

/// The factor of a text such as "100", "0.001" or "1.609344": positive, at most 9 significant
/// digits; nothing otherwise.
[[nodiscard]] std::optional<Factor> parse_factor(std::string_view text) noexcept;

/// text × factor in stored units of 10^-decimals, rounded half away from zero by exact decimal
/// arithmetic; the exact side is kept in Scaled::above. Accepts
/// `[+-]digits[.digits][(e|E)[+-]digits]`, also `.5` and `5.`; nothing for any other text (blank,
/// nan, inf, hex, separators). Values beyond ±4e18 are clamped there, so that every range check
/// still fails. Any length.
[[nodiscard]] std::optional<model::Scaled> parse_scaled(std::string_view text, int decimals,
                                                        Factor factor = {}) noexcept;

inline constexpr std::uint64_t kPowersOfTen[] = {1,
                                                 10,
                                                 100,
                                                 1'000,
                                                 10'000,
                                                 100'000,
                                                 1'000'000,
                                                 10'000'000,
                                                 100'000'000,
                                                 1'000'000'000,
                                                 10'000'000'000,
                                                 100'000'000'000,
                                                 1'000'000'000'000};

/// The fast path of parse_scaled for `-?digits[.digits]` without factor. Reads from `p` up to the
/// first character that does not belong to the number and returns its address, or nullptr when the
/// text is not plain (no digit, more than 9 digits before or after the point, '.' without digits on
/// both sides): then ask parse_scaled. The text must end in a character that is neither digit nor
/// point.
[[nodiscard]] inline const char* parse_plain(const char* p, int decimals,
                                             model::Scaled& out) noexcept {
    const bool negative = *p == '-';
    if (negative) ++p;
    std::uint64_t value = 0;
    const char* const begin = p;
    unsigned digit = 0;
    while ((digit = static_cast<unsigned char>(*p) - unsigned{'0'}) <= 9) {
        value = value * 10 + digit;
        ++p;
    }
    if (p == begin || p - begin > 9) return nullptr;
    int fraction = 0;
    if (*p == '.') {
        const char* const point = ++p;
        while ((digit = static_cast<unsigned char>(*p) - unsigned{'0'}) <= 9) {
            value = value * 10 + digit;
            ++p;
        }
        if (p == point || p - point > 9) return nullptr;
        fraction = static_cast<int>(p - point);
    }
    int above = 0;
    if (fraction <= decimals) {
        value *= kPowersOfTen[decimals - fraction];
    } else {
        const std::uint64_t divisor = kPowersOfTen[fraction - decimals];
        const std::uint64_t quotient = value / divisor;
        const std::uint64_t rest = value - quotient * divisor;
        const bool up = rest * 2 >= divisor;
        above = up ? -1 : (rest != 0 ? 1 : 0);
        value = quotient + (up ? 1 : 0);
    }
    const auto rounded = static_cast<std::int64_t>(value);
    out = negative ? model::Scaled{-rounded, -above} : model::Scaled{rounded, above};
    return p;
}

}  // namespace fleet::codec
