// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace fleet::server {

namespace asio = boost::asio;
/// A one-thread event loop. Shared, because completions of other threads may come after the server
/// has stopped.
using Io = std::shared_ptr<asio::io_context>;

/// One value on its way from any thread to a coroutine of one event loop. Keeps the loop alive.
template <class T>
class Handoff : public std::enable_shared_from_this<Handoff<T>> {
  public:
    explicit Handoff(Io io) : io_(std::move(io)), timer_(*io_) {}

    /// Any thread, once. After the loop has ended it does nothing.
    void set(T value) {
        // Weak: a loop that has ended keeps what is posted to it, and must not keep itself by it.
        asio::post(*io_, [weak = this->weak_from_this(), value = std::move(value)]() mutable {
            const auto self = weak.lock();
            if (!self) return;
            self->value_.emplace(std::move(value));
            self->timer_.cancel();
        });
    }
    /// On the loop, once. Nothing when the deadline passes or `give_up` becomes true first; a later
    /// value is dropped. The caller holds a shared pointer to this until it returns.
    asio::awaitable<std::optional<T>> get(std::chrono::milliseconds deadline,
                                          const std::atomic<bool>& give_up) {
        constexpr std::chrono::milliseconds kSlice{250};
        const auto end = std::chrono::steady_clock::now() + deadline;
        while (!value_ && !give_up && std::chrono::steady_clock::now() < end) {
            timer_.expires_at(std::min(end, std::chrono::steady_clock::now() + kSlice));
            boost::system::error_code ignored;  // expiry and cancellation both show in value_
            co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        co_return std::move(value_);
    }

  private:
    Io io_;  // before the timer, which lives in it
    asio::steady_timer timer_;
    std::optional<T> value_;
};

}  // namespace fleet::server
