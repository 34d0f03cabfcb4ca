// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/handoff.hpp"
#include "server/site.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <functional>
#include <list>
#include <memory>

namespace fleet::server {

/// Open connections of one event loop, so that deadlines and a stop reach them. Only used on that
/// loop. None of the calls into a connection ends it at once: what it waits for fails, later, on
/// the loop; so the list does not change meanwhile.
class Connections {
  public:
    struct Handle {
        std::function<void()> finish;  ///< end after what it is doing
        std::function<void()> abort;   ///< cut it
        std::function<void(std::chrono::steady_clock::time_point)>
            expire;  ///< look at its deadline
    };
    using Key = std::list<Handle>::iterator;

    [[nodiscard]] Key add(Handle handle) { return open_.insert(open_.end(), std::move(handle)); }
    void remove(Key key) { open_.erase(key); }
    void finish_all() {
        for (Handle& handle : open_) handle.finish();
    }
    void abort_all() {
        for (Handle& handle : open_) handle.abort();
    }
    void expire_all(std::chrono::steady_clock::time_point now) {
        for (Handle& handle : open_) handle.expire(now);
    }
    [[nodiscard]] bool empty() const noexcept { return open_.empty(); }

  private:
    std::list<Handle> open_;
};

/// One event loop with what lives on it.
struct Loop {
    Io io;
    Connections connections;
};

/// Serves HTTP on a connected socket until it ends, and the live socket after an upgrade. `site`
/// and `loop` are kept alive. The caller has counted it in Metrics::connections; the end is counted
/// here.
asio::awaitable<void> serve_connection(asio::ip::tcp::socket socket, std::shared_ptr<Site> site,
                                       std::shared_ptr<Loop> loop);

}  // namespace fleet::server
