// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fleet::engine {

/// Big-endian numbers in keys, so that byte order is numeric order. `bytes` is at most 8; reading
/// needs at + bytes ≤ in.size().
inline void put_be(std::string& out, std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(value >> shift & 0xFF));
}
[[nodiscard]] inline std::uint64_t get_be(std::string_view in, std::size_t at, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
        value = value << 8 | static_cast<unsigned char>(in[at + i]);
    return value;
}

/// A time such that earlier ones sort first, also negative ones.
[[nodiscard]] inline std::uint64_t sortable(std::int64_t ms) noexcept {
    return static_cast<std::uint64_t>(ms) ^ 1ULL << 63;
}
[[nodiscard]] inline std::int64_t unsortable(std::uint64_t key) noexcept {
    return static_cast<std::int64_t>(key ^ 1ULL << 63);
}

}  // namespace fleet::engine
