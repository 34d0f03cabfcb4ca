// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace fleet {

/// Runs a function over a range of numbers on this thread and some helpers. One caller at a time.
class Parallel {
  public:
    explicit Parallel(unsigned threads);  ///< in all, the caller's included; at least 1
    ~Parallel();
    Parallel(const Parallel&) = delete;
    Parallel& operator=(const Parallel&) = delete;

    /// Calls `work(i)` once for each i < count, in any order; returns when all have returned.
    /// `work` must not throw.
    void run(std::size_t count, const std::function<void(std::size_t)>& work);

  private:
    void help();

    std::mutex mutex_;
    std::condition_variable start_;
    std::condition_variable end_;
    const std::function<void(std::size_t)>* work_ = nullptr;
    std::size_t next_ = 0;
    std::size_t count_ = 0;
    std::size_t running_ = 0;
    std::uint64_t round_ = 0;
    bool stop_ = false;
    std::vector<std::thread> helpers_;
};

}  // namespace fleet
