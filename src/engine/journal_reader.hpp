// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/journal.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace fleet::engine {

/// Reads a journal while it is being written, in order and again from anywhere: what replication
/// goes by. It remembers its place, so following the end costs what is new. Not thread-safe; the
/// writer may be another thread.
class JournalReader {
  public:
    /// The directory is that of an open Journal; `fs` = nothing: the machine's files.
    JournalReader(std::shared_ptr<FileSystem> fs, std::filesystem::path dir);
    ~JournalReader();
    JournalReader(const JournalReader&) = delete;
    JournalReader& operator=(const JournalReader&) = delete;

    /// Gives the sink the entries with after < sequence ≤ through in order, at least one if there
    /// is one, no more than those that reach `max_bytes` of payload together. `through` must not
    /// be above Journal::last_durable(). Returns the last sequence that it gave, or that was left
    /// out by the journal itself; `after` if there is none. An error of the sink ends the reading
    /// and comes back; the entry counts as not given.
    /// not_found: the segment that follows `after` was given up (Journal::trim), see
    /// before_first_kept(). corrupt: an acknowledged entry cannot be read.
    [[nodiscard]] Result<std::uint64_t> read(std::uint64_t after, std::uint64_t through,
                                             std::uint64_t max_bytes, const ReplaySink& sink);
    /// The sequence before the oldest entry that is kept.
    [[nodiscard]] Result<std::uint64_t> before_first_kept() const;

  private:
    /// Opens the segment in which the entry after `after` lies, or will lie.
    [[nodiscard]] Result<void> find(std::uint64_t after);
    [[nodiscard]] Result<void> enter(std::uint64_t id);
    [[nodiscard]] Result<void> enter_next();
    /// Why the place cannot be read: the segment is gone, or damaged. Leaves the place.
    [[nodiscard]] Failure unreadable();
    struct Position;

    std::shared_ptr<FileSystem> fs_;
    std::filesystem::path dir_;
    std::unique_ptr<Position> position_;
};

}  // namespace fleet::engine
