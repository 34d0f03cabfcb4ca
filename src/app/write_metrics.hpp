// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/histogram.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace fleet::app {

/// User and system time of this process, in seconds.
[[nodiscard]] double process_cpu_s();
/// Resident memory of this process.
[[nodiscard]] std::uint64_t process_memory_bytes();
/// Bytes that this process caused to be written to disk.
[[nodiscard]] std::uint64_t process_disk_bytes();

/// What batch, stream and load measure while they write (R13). Thread-safe.
class WriteMetrics {
  public:
    WriteMetrics();

    /// A write that was acknowledged after `latency_ns`, over all its attempts.
    void written(std::uint64_t records, std::uint64_t latency_ns);
    /// Records of a write that failed for good, or that found no place.
    void failed(std::uint64_t records);

    struct Snapshot {
        double seconds = 0;
        std::uint64_t records = 0;
        std::uint64_t errors = 0;
        std::uint64_t writes = 0;
        double mean_ms = 0;
        double p50_ms = 0;
        double p95_ms = 0;
        double p99_ms = 0;
        double max_ms = 0;
        double cpu_s = 0;
        std::uint64_t memory_bytes = 0;

        [[nodiscard]] double records_per_s() const {
            return seconds > 0 ? static_cast<double>(records) / seconds : 0;
        }
    };
    /// Since the start.
    [[nodiscard]] Snapshot total() const;
    /// Since the last call of interval().
    [[nodiscard]] Snapshot interval();

  private:
    struct Counts {
        std::uint64_t records = 0;
        std::uint64_t errors = 0;
        Histogram latency;
        std::int64_t start_ns = 0;
        double start_cpu_s = 0;
    };
    [[nodiscard]] static Snapshot snapshot(const Counts& counts);

    mutable std::mutex mutex_;
    Counts total_;
    Counts interval_;
};

/// What the bytes of a run were, beside its snapshot.
struct WriteCosts {
    std::uint64_t bytes_written = 0;
    std::optional<double> server_cpu_s;
};

/// One line for people; `costs` only at the end.
[[nodiscard]] std::string metrics_line(const WriteMetrics::Snapshot& s,
                                       const std::optional<WriteCosts>& costs);
/// The members of a JSON object (without braces) for the end of a run.
[[nodiscard]] std::string metrics_json_members(const WriteMetrics::Snapshot& s,
                                               const WriteCosts& costs);

}  // namespace fleet::app
