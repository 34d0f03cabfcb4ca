// SPDX-License-Identifier: Apache-2.0
#include "server/blocking_pool.hpp"

#include <algorithm>
#include <utility>

namespace fleet::server {

BlockingPool::BlockingPool(unsigned threads, std::size_t queue_limit) : queue_limit_(queue_limit) {
    threads_.reserve(threads);
    for (unsigned i = 0; i < std::max(1U, threads); ++i) threads_.emplace_back([this] { work(); });
}

BlockingPool::~BlockingPool() { stop(); }

bool BlockingPool::try_run(Task task) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || queue_.size() >= queue_limit_) return false;
        queue_.push_back(std::move(task));
    }
    changed_.notify_one();
    return true;
}

void BlockingPool::stop() {
    std::deque<Task> dropped;  // their captures end outside the lock
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        dropped.swap(queue_);
    }
    changed_.notify_all();
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
}

std::size_t BlockingPool::waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

void BlockingPool::work() {
    for (;;) {
        Task task;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (stopping_) return;
            task = std::move(queue_.front());
            queue_.pop_front();
        }
        task();
    }
}

}  // namespace fleet::server
