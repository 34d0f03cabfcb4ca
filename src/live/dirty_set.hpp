// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace fleet::live {

/// A set of small numbers that many threads add to and one thread empties. Lock-free: one bit each,
/// in pages made on first use (8 KiB for 65,536 numbers). Adding happens-before the drain() that
/// reports it.
class DirtySet {
  public:
    DirtySet() = default;
    ~DirtySet() {
        for (auto& page : pages_) delete page.load(std::memory_order_relaxed);
    }
    DirtySet(const DirtySet&) = delete;
    DirtySet& operator=(const DirtySet&) = delete;

    /// Any thread. Numbers from kCapacity on are ignored (none are given out).
    void add(std::uint32_t number) noexcept {
        if (number >= kCapacity) return;
        std::atomic<Page*>& place = pages_[number / kPageBits];
        Page* page = place.load(std::memory_order_acquire);
        if (page == nullptr) {
            auto fresh = std::make_unique<Page>();
            if (place.compare_exchange_strong(page, fresh.get(), std::memory_order_acq_rel))
                page = fresh.release();
        }
        const std::uint32_t bit = number % kPageBits;
        // Always a read-modify-write: a plain look at the bit could see it set although a drain has
        // just taken it.
        (*page)[bit / 64].fetch_or(1ULL << (bit % 64), std::memory_order_acq_rel);
    }

    /// One thread. Removes all and calls `f(number)` for each, ascending.
    template <class F>
    void drain(F f) {
        for (std::size_t p = 0; p < pages_.size(); ++p) {
            Page* page = pages_[p].load(std::memory_order_acquire);
            if (page == nullptr) continue;
            for (std::size_t w = 0; w < page->size(); ++w) {
                if ((*page)[w].load(std::memory_order_relaxed) == 0) continue;
                std::uint64_t bits = (*page)[w].exchange(0, std::memory_order_acq_rel);
                for (; bits != 0; bits &= bits - 1)
                    f(static_cast<std::uint32_t>(p * kPageBits + w * 64 +
                                                 static_cast<std::size_t>(std::countr_zero(bits))));
            }
        }
    }

    static constexpr std::uint32_t kPageBits = 65'536;
    static constexpr std::uint32_t kCapacity = kPageBits * 4'096;  // 268 million

  private:
    using Page = std::array<std::atomic<std::uint64_t>, kPageBits / 64>;
    std::array<std::atomic<Page*>, kCapacity / kPageBits> pages_{};
};

}  // namespace fleet::live
