// SPDX-License-Identifier: Apache-2.0
#include "base/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace fleet {

std::size_t Histogram::bucket_of(std::uint64_t value) noexcept {
    if (value < kSub) return value;
    // The leading one selects the row, the kSubBits bits below it the bucket of the row.
    const auto row = static_cast<unsigned>(std::bit_width(value)) - 1 - kSubBits;
    return kSub * (row + 1) + (static_cast<std::size_t>(value >> row) - kSub);
}

std::uint64_t Histogram::upper_bound(std::size_t bucket) noexcept {
    if (bucket < kSub) return bucket;
    const auto row = static_cast<unsigned>(bucket / kSub) - 1;
    const std::uint64_t begin = static_cast<std::uint64_t>(bucket % kSub + kSub) << row;
    return begin + ((std::uint64_t{1} << row) - 1);
}

void Histogram::record(std::uint64_t value) noexcept {
    ++buckets_[bucket_of(value)];
    ++count_;
    sum_ += static_cast<double>(value);
    max_ = std::max(max_, value);
}

void Histogram::add(const Histogram& other) noexcept {
    for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
}

double Histogram::mean() const noexcept {
    return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

std::uint64_t Histogram::percentile(double percent) const noexcept {
    if (count_ == 0) return 0;
    const auto wanted = std::max(
        1.0, std::ceil(std::clamp(percent, 0.0, 100.0) / 100 * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
        seen += buckets_[i];
        if (static_cast<double>(seen) >= wanted) return std::min(upper_bound(i), max_);
    }
    return max_;
}

}  // namespace fleet
