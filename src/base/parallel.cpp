// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.hpp"

namespace fleet {

Parallel::Parallel(unsigned threads) {
    for (unsigned i = 1; i < threads; ++i) helpers_.emplace_back([this] { help(); });
}

Parallel::~Parallel() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    start_.notify_all();
    for (std::thread& helper : helpers_) helper.join();
}

void Parallel::run(std::size_t count, const std::function<void(std::size_t)>& work) {
    std::unique_lock lock(mutex_);
    work_ = &work;
    next_ = 0;
    count_ = count;
    ++round_;
    start_.notify_all();
    while (next_ < count_) {
        const std::size_t i = next_++;
        lock.unlock();
        work(i);
        lock.lock();
    }
    end_.wait(lock, [this] { return running_ == 0; });
    work_ = nullptr;
}

void Parallel::help() {
    std::unique_lock lock(mutex_);
    std::uint64_t seen = 0;
    while (true) {
        start_.wait(lock, [&] { return stop_ || (round_ != seen && work_ != nullptr); });
        if (stop_) return;
        seen = round_;
        ++running_;
        while (work_ != nullptr && next_ < count_) {
            const std::size_t i = next_++;
            const auto* work = work_;
            lock.unlock();
            (*work)(i);
            lock.lock();
        }
        if (--running_ == 0) end_.notify_all();
    }
}

}  // namespace fleet
