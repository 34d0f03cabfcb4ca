// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace fleet::cql {

/// Appends the bytes of an integer, most significant first.
template <std::integral T>
void append_big_endian(std::string& out, T value) {
    auto bits = static_cast<std::make_unsigned_t<T>>(value);
    char bytes[sizeof(T)];
    for (std::size_t i = sizeof(T); i-- > 0;) {
        bytes[i] = static_cast<char>(bits & 0xFFU);
        if constexpr (sizeof(T) > 1) bits = static_cast<std::make_unsigned_t<T>>(bits >> 8U);
    }
    out.append(bytes, sizeof(T));
}

/// The integer in the first `sizeof(T)` bytes, which must be there.
template <std::integral T>
T read_big_endian(std::string_view bytes) {
    std::make_unsigned_t<T> bits = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        if constexpr (sizeof(T) > 1) bits = static_cast<std::make_unsigned_t<T>>(bits << 8U);
        bits = static_cast<std::make_unsigned_t<T>>(bits | static_cast<unsigned char>(bytes[i]));
    }
    return static_cast<T>(bits);
}

}  // namespace fleet::cql
