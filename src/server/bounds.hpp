// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace fleet::server {

/// Bytes that may be in memory at once for some purpose. Thread-safe. Outlives its reservations.
class ByteBudget {
  public:
    explicit ByteBudget(std::uint64_t limit) noexcept : limit_(limit) {}

    [[nodiscard]] bool take(std::uint64_t bytes) noexcept {
        std::uint64_t used = used_.load(std::memory_order_relaxed);
        do {
            if (bytes > limit_ || used > limit_ - bytes) return false;
        } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
        return true;
    }
    void give_back(std::uint64_t bytes) noexcept {
        used_.fetch_sub(bytes, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t used() const noexcept {
        return used_.load(std::memory_order_relaxed);
    }

  private:
    const std::uint64_t limit_;
    std::atomic<std::uint64_t> used_{0};
};

/// A share of a budget, given back at the end of its life. Move-only; not thread-safe.
class Reservation {
  public:
    Reservation() = default;
    explicit Reservation(ByteBudget& budget) noexcept : budget_(&budget) {}
    Reservation(Reservation&& other) noexcept
        : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
    Reservation& operator=(Reservation&& other) noexcept {
        std::swap(budget_, other.budget_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~Reservation() {
        if (bytes_ != 0) budget_->give_back(bytes_);
    }

    /// Makes the share at least `bytes` large; false and unchanged when the budget is spent.
    [[nodiscard]] bool grow_to(std::uint64_t bytes) noexcept {
        if (budget_ == nullptr || bytes <= bytes_) return true;
        if (!budget_->take(bytes - bytes_)) return false;
        bytes_ = bytes;
        return true;
    }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  private:
    ByteBudget* budget_ = nullptr;  ///< null: unlimited
    std::uint64_t bytes_ = 0;
};

}  // namespace fleet::server
