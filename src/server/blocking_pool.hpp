// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace fleet::server {

/// Threads for what blocks (reads of the store, decoding of large bodies), with a bounded queue.
/// Thread-safe.
class BlockingPool {
  public:
    using Task = std::function<void()>;  ///< must not throw

    BlockingPool(unsigned threads, std::size_t queue_limit);
    ~BlockingPool();  ///< like stop()
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;

    /// False when the queue is full or the pool stops: the task will not run.
    [[nodiscard]] bool try_run(Task task);
    /// Drops what waits, finishes what runs, ends the threads. Once is enough, twice is harmless;
    /// not from a task.
    void stop();
    [[nodiscard]] std::size_t waiting() const;

  private:
    void work();

    const std::size_t queue_limit_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Task> queue_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace fleet::server
