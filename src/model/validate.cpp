// SPDX-License-Identifier: Apache-2.0
#include "model/validate.hpp"

#include <bit>
#include <charconv>
#include <cmath>

namespace fleet::model {

std::optional<Scaled> scale(double number, int decimals) noexcept {
    if (!std::isfinite(number)) return std::nullopt;
    // Shortest round-trip text, scientific: d.ddddde±xx. The digits are shifted, not multiplied.
    char text[40];
    const auto end =
        std::to_chars(text, text + sizeof text, number, std::chars_format::scientific).ptr;
    const char* p = text;
    const bool negative = *p == '-';
    if (negative) ++p;
    char digits[24];
    int count = 0;
    while (p != end && *p != 'e') {
        if (*p != '.') digits[count++] = static_cast<char>(*p - '0');
        ++p;
    }
    int exponent = 0;
    if (p != end) {
        ++p;
        if (*p == '+') ++p;
        std::from_chars(p, end, exponent);
    }
    const int integer_digits = exponent + 1 + decimals;  // digits before the point after scaling
    if (integer_digits > 18)
        return Scaled{negative ? -4'000'000'000'000'000'000 : 4'000'000'000'000'000'000, 0};
    std::int64_t value = 0;
    for (int i = 0; i < integer_digits; ++i) value = value * 10 + (i < count ? digits[i] : 0);
    bool rest = false;
    int first = 0;
    if (integer_digits >= 0 && integer_digits < count) first = digits[integer_digits];
    for (int i = integer_digits > 0 ? integer_digits : 0; i < count; ++i)
        rest = rest || digits[i] != 0;
    int above = 0;
    if (first >= 5) {
        ++value;
        above = -1;  // rounded away from zero: the exact magnitude is below
    } else if (rest) {
        above = 1;
    }
    if (negative) {
        value = -value;
        above = -above;
    }
    return Scaled{value, above};
}

std::optional<Reason> validate(const Record& record, const Problems& problems,
                               const TimeWindow& window) noexcept {
    Problems found = problems;
    if (record.ts.ms < 0 || record.ts.ms > kMaxMs) found.add(Reason::bad_timestamp);
    if (record.ts.ms > window.now.ms + window.future_tolerance_ms) found.add(Reason::future_ts);
    if (record.ts < window.earliest) found.add(Reason::too_old);
    const bool lat = record.has(Field::lat);
    const bool lon = record.has(Field::lon);
    if (lat != lon) found.add(Reason::half_position);
    if (lat && lon && found.exact_zero_lat && found.exact_zero_lon) found.add(Reason::null_island);
    if (found.mask == 0) return std::nullopt;
    return static_cast<Reason>(std::countr_zero(found.mask));
}

}  // namespace fleet::model
