// SPDX-License-Identifier: Apache-2.0
#include "cql/session.hpp"

#include <poll.h>
#include <algorithm>

namespace fleet::cql {

bool dispatch_until(Session& session, const std::function<bool()>& finished,
                    std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (!finished()) {
        if (session.dispatch() > 0) continue;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
                              deadline - std::chrono::steady_clock::now())
                              .count();
        if (left <= 0) return false;
        pollfd event{.fd = session.event_fd(), .events = POLLIN, .revents = 0};
        // An interrupted or failed wait only means one more look.
        static_cast<void>(::poll(&event, 1, static_cast<int>(std::min<std::int64_t>(left, 1'000))));
    }
    return true;
}

}  // namespace fleet::cql
