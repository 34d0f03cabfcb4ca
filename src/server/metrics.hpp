// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/router.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fleet::ingest {
class IngestPort;
}

namespace fleet::server {

/// Durations in fixed buckets, as Prometheus wants them. Thread-safe; observing costs two relaxed
/// additions.
class Histogram {
  public:
    static constexpr std::array<double, 14> kBounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                    0.1,    0.25,  0.5,    1,     2.5,  5,     10};
    void observe(std::int64_t nanoseconds) noexcept;
    /// Numbers of durations by bucket, each up to its bound; the last above all of them.
    [[nodiscard]] std::array<std::uint64_t, kBounds.size() + 1> counts() const noexcept;
    /// Appends the `_bucket`, `_sum` and `_count` lines. `labels` is empty or like `route="x"`.
    void write(std::string& out, std::string_view name, std::string_view labels) const;

  private:
    std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets_{};
    std::atomic<std::int64_t> sum_ns_{0};
};

/// Counters of the server itself. Thread-safe.
class Metrics {
  public:
    void request(RouteId route, unsigned status, std::int64_t nanoseconds) noexcept;
    void ingest_ack(std::int64_t nanoseconds) noexcept { ingest_ack_.observe(nanoseconds); }
    [[nodiscard]] const Histogram& ingest_acks() const noexcept { return ingest_ack_; }
    std::atomic<std::int64_t> connections{0};
    std::atomic<std::uint64_t> connections_refused{0};
    std::atomic<std::uint64_t> live_messages{0};
    std::atomic<std::uint64_t> live_bytes{0};

    /// The whole page in the text format 0.0.4. `port` may be null (store not open yet, or a node
    /// that only shows).
    [[nodiscard]] std::string page(const ingest::IngestPort* port, std::size_t live_clients,
                                   std::uint64_t ingest_bytes_in_flight,
                                   std::string_view version) const;

  private:
    static constexpr std::array<std::uint16_t, 22> kStatuses{101, 200, 204, 304, 400, 403, 404, 405,
                                                             408, 411, 413, 415, 417, 421, 426, 429,
                                                             431, 500, 501, 503, 504, 0};
    std::array<std::array<std::atomic<std::uint64_t>, kStatuses.size()>, kRouteCount> requests_{};
    std::array<Histogram, kRouteCount> seconds_{};
    Histogram ingest_ack_;
};

/// CPU time, memory, open files and start time of this process (Linux, /proc).
void append_process_metrics(std::string& out);

}  // namespace fleet::server
