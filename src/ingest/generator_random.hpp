// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace fleet::ingest {

/// Spreads every bit of `x` over all bits (finaliser of SplitMix64; Steele, Lea, Flood, "Fast
/// splittable pseudorandom number generators", 2014).
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) noexcept {
    x = (x ^ (x >> 30)) * 0xBF58'476D'1CE4'E5B9U;
    x = (x ^ (x >> 27)) * 0x94D0'49BB'1331'11EBU;
    return x ^ (x >> 31);
}
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t key, std::uint64_t counter) noexcept {
    return mix(key + (counter + 1) * 0x9E37'79B9'7F4A'7C15U);
}

/// Numbers that are a function of a key and a counter only: the same on every platform, and any of
/// them without the ones before. Integers throughout, because floating point and the distributions
/// of the standard library differ between machines.
class Random {
  public:
    explicit constexpr Random(std::uint64_t key) noexcept : key_(key) {}

    constexpr std::uint64_t next() noexcept { return mix(key_, counter_++); }
    /// In [0, bound), bound ≥ 1.
    constexpr std::uint32_t below(std::uint32_t bound) noexcept {
        return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
    }
    /// In [low, high].
    constexpr std::int32_t between(std::int32_t low, std::int32_t high) noexcept {
        return low + static_cast<std::int32_t>(below(static_cast<std::uint32_t>(high - low) + 1));
    }
    constexpr bool one_in(std::uint32_t n) noexcept { return below(n) == 0; }

  private:
    std::uint64_t key_;
    std::uint64_t counter_ = 0;
};

/// Nearly normal with standard deviation `sigma`, from 64 random bits: the sum of four uniform
/// numbers (Irwin–Hall), so never beyond 3.5 σ.
[[nodiscard]] constexpr std::int32_t gaussian(std::uint64_t bits, std::int64_t sigma) noexcept {
    const auto part = [bits](unsigned i) {
        return static_cast<std::int64_t>((bits >> (16 * i)) & 0xFFFF);
    };
    const std::int64_t sum = part(0) + part(1) + part(2) + part(3) - 2 * 65'535;
    constexpr std::int64_t kSigmaOfSum = 37'837;  // 65,536 · √(4 / 12)
    return static_cast<std::int32_t>(sum * sigma / kSigmaOfSum);
}

}  // namespace fleet::ingest
