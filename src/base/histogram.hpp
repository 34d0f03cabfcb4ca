// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace fleet {

/// Distribution of non-negative whole numbers (latencies in ns, sizes) in fixed memory: 128 buckets
/// for each power of two, so that every reported value is less than 0.8 % above a recorded one (the
/// layout of Gil Tene's HdrHistogram). Not thread-safe; one for each thread, joined by add().
class Histogram {
  public:
    void record(std::uint64_t value) noexcept;
    void add(const Histogram& other) noexcept;
    void clear() noexcept { *this = Histogram(); }

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    /// Exact; 0 when nothing was recorded.
    [[nodiscard]] double mean() const noexcept;
    [[nodiscard]] std::uint64_t max() const noexcept { return max_; }
    /// The smallest bucket bound that at least `percent` % of the recorded values do not exceed; 0
    /// when nothing was recorded.
    [[nodiscard]] std::uint64_t percentile(double percent) const noexcept;

  private:
    static constexpr unsigned kSubBits = 7;
    static constexpr std::size_t kSub = std::size_t{1} << kSubBits;
    static constexpr std::size_t kBuckets = kSub * (64 - kSubBits + 1);

    static std::size_t bucket_of(std::uint64_t value) noexcept;
    static std::uint64_t upper_bound(std::size_t bucket) noexcept;

    std::array<std::uint64_t, kBuckets> buckets_{};
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
    double sum_ = 0;
};

}  // namespace fleet
