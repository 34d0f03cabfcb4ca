// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace fleet::app {

/// Turns SIGINT and SIGTERM into a request that a command looks at between its steps. A second
/// signal while the first is still being served ends the process at once with 130: what was
/// acknowledged is durable at any moment (I1). One at a time in a process; the former handlers come
/// back with the destructor.
class StopSignal {
  public:
    StopSignal();
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    [[nodiscard]] bool requested() const noexcept;
    /// Waits until a stop is requested or the time has passed. True when it was requested.
    bool wait_for_ms(std::int64_t ms) const;
    /// Waits until a stop is requested.
    void wait() const;
};

}  // namespace fleet::app
