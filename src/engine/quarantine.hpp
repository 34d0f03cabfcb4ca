// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "engine/tables.hpp"

#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleet::engine {

/// Rejected records and the counters that belong to them. New entries gather in RAM (the journal
/// has them) and go to the tables together with the counters and the sequence up to which both are
/// complete, so that replay counts none twice. Thread-safe.
class Quarantine {
  public:
    Quarantine(Tables& tables, std::uint64_t max_bytes) : tables_(tables), max_bytes_(max_bytes) {}

    [[nodiscard]] Result<void> restore();

    /// Takes the rejects of an entry and counts its rows as received, unless `sequence` (not 0) was
    /// taken before.
    void add(std::uint64_t sequence, std::uint64_t received_rows,
             std::span<const model::Reject> rejects, const std::string& source, Timestamp received);
    void remove(std::uint64_t sequence, std::uint64_t id);
    /// Removes the entries whose record or detail names a device; their number.
    [[nodiscard]] Result<std::uint64_t> erase_naming(std::uint64_t sequence,
                                                     std::string_view device);
    void count_refused(std::uint64_t rows);

    /// Writes what has gathered into the tables (not flushed).
    [[nodiscard]] Result<void> write_back();
    /// Entries with an id above `after`, oldest first.
    [[nodiscard]] Result<std::vector<QuarantineEntry>> list(std::uint64_t after, std::size_t limit);
    /// The newest `limit` entries, newest first. Ids of removed entries are looked over for a while
    /// only: where many were removed, fewer come.
    [[nodiscard]] Result<std::vector<QuarantineEntry>> newest(std::size_t limit);
    /// Adds received, quarantined and refused to `accounting`.
    void account(Accounting& accounting) const;

  private:
    [[nodiscard]] std::string encode_state() const;

    Tables& tables_;
    std::uint64_t max_bytes_;
    mutable std::mutex mutex_;
    std::uint64_t sequence_ = 0;  ///< entries up to here are included
    std::uint64_t next_id_ = 1;
    std::uint64_t bytes_ = 0;  ///< of the entries in the tables and `fresh_`
    Accounting counters_;
    std::vector<std::pair<std::uint64_t, std::string>> fresh_;
    std::vector<std::uint64_t> removed_;
    bool changed_ = false;
};

}  // namespace fleet::engine
