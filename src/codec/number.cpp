// SPDX-License-Identifier: Apache-2.0
#include "codec/number.hpp"

#include <algorithm>
#include <string>

namespace fleet::codec {

namespace {

constexpr std::int64_t kClamp = 4'000'000'000'000'000'000;
constexpr int kMaxDigits = 19;  // what a u64 always holds

/// mantissa × 10^exponent, plus less than one unit of the mantissa when `more`.
struct Decimal {
    bool negative = false;
    bool more = false;
    std::uint64_t mantissa = 0;
    std::int64_t exponent = 0;
};

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::optional<Decimal> read_decimal(std::string_view text) noexcept {
    Decimal d;
    const char* p = text.data();
    const char* const end = p + text.size();
    if (p != end && (*p == '-' || *p == '+')) d.negative = *p++ == '-';
    int kept = 0;
    bool any = false;
    bool point = false;
    for (; p != end; ++p) {
        if (*p == '.') {
            if (point) return std::nullopt;
            point = true;
            continue;
        }
        if (!is_digit(*p)) break;
        any = true;
        const int digit = *p - '0';
        if (kept < kMaxDigits) {
            d.mantissa = d.mantissa * 10 + static_cast<unsigned>(digit);
            if (d.mantissa != 0) ++kept;
            if (point) --d.exponent;
        } else {
            d.more = d.more || digit != 0;
            if (!point) ++d.exponent;
        }
    }
    if (!any) return std::nullopt;
    if (p != end && (*p == 'e' || *p == 'E')) {
        ++p;
        bool negative = false;
        if (p != end && (*p == '-' || *p == '+')) negative = *p++ == '-';
        if (p == end) return std::nullopt;
        std::int64_t exponent = 0;
        for (; p != end && is_digit(*p); ++p) {
            if (exponent < 1'000'000'000) exponent = exponent * 10 + (*p - '0');
        }
        d.exponent += negative ? -exponent : exponent;
    }
    if (p != end) return std::nullopt;
    return d;
}

/// The text of `text` × `numerator`, digit by digit: for numbers with more digits than a word
/// holds, where a dropped digit could decide on which side of a bound the product lies.
std::string multiplied(std::string_view text, std::uint32_t numerator) {
    const std::size_t exponent = std::min(text.find_first_of("eE"), text.size());
    std::string out(text.substr(0, exponent));
    std::uint64_t carry = 0;
    for (std::size_t i = out.size(); i > 0; --i) {
        char& c = out[i - 1];
        if (!is_digit(c)) continue;  // sign and point stay where they are
        carry += static_cast<std::uint64_t>(c - '0') * numerator;
        c = static_cast<char>('0' + carry % 10);
        carry /= 10;
    }
    const std::size_t first = out.find_first_not_of("+-");
    out.insert(first, std::to_string(carry));
    return out.append(text.substr(exponent));
}

}  // namespace

std::optional<Factor> parse_factor(std::string_view text) noexcept {
    const auto d = read_decimal(text);
    if (!d || d->negative || d->more || d->mantissa == 0) return std::nullopt;
    std::uint64_t mantissa = d->mantissa;
    std::int64_t shift = d->exponent;
    while (mantissa % 10 == 0) {
        mantissa /= 10;
        ++shift;
    }
    if (mantissa > 999'999'999 || shift < -30 || shift > 30) return std::nullopt;
    return Factor{static_cast<std::uint32_t>(mantissa), static_cast<int>(shift)};
}

std::optional<model::Scaled> parse_scaled(std::string_view text, int decimals,
                                          Factor factor) noexcept {
    __extension__ using Wide =
        unsigned __int128;  // 19 digits × 10 digits × one more stay below 10^38
    const auto d = read_decimal(text);
    if (!d) return std::nullopt;
    if (d->more && factor.numerator != 1)
        return parse_scaled(multiplied(text, factor.numerator), decimals, {1, factor.shift});
    if (d->mantissa == 0) return model::Scaled{0, 0};
    const int sign = d->negative ? -1 : 1;
    Wide value = static_cast<Wide>(d->mantissa) * factor.numerator;
    std::int64_t shift = d->exponent + decimals + factor.shift;
    for (; shift > 0 && value < static_cast<Wide>(kClamp); --shift) value *= 10;
    if (shift > 0) return model::Scaled{sign * kClamp, 0};
    if (shift < -37) return model::Scaled{0, sign};  // below 0.05 units whatever the digits are
    Wide divisor = 1;
    for (; shift < 0; ++shift) divisor *= 10;
    Wide rounded = value / divisor;
    const Wide rest = value - rounded * divisor;
    int above = rest != 0 || d->more ? 1 : 0;
    if (rest >= divisor - rest) {  // 2 × rest ≥ divisor without overflow
        ++rounded;
        above = -1;
    }
    if (rounded > static_cast<Wide>(kClamp)) return model::Scaled{sign * kClamp, 0};
    return model::Scaled{sign * static_cast<std::int64_t>(rounded), sign * above};
}

}  // namespace fleet::codec
