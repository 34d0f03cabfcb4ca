// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "engine/file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::engine {

inline constexpr std::size_t kMaxJournalPayload = 64ULL << 20;

/// What an entry's acknowledgement means.
enum class JournalDurability : std::uint8_t {
    sync,     ///< the fsync that covers it has returned (I1)
    process,  ///< the kernel has it: survives the death of the process, not that of the machine
};

/// One payload on its way into the journal.
struct JournalEntry {
    using Completion = std::function<void(Result<std::uint64_t>)>;

    std::string payload;            ///< may be empty, at most kMaxJournalPayload
    std::shared_ptr<void> context;  ///< the caller's own, handed back untouched
    Completion done;                ///< may be empty; called once with the sequence or the error
    std::uint64_t sequence = 0;     ///< set by the journal when durable
};

/// Hears of whole groups. All calls come from the journal's one thread, in sequence order, before
/// the entries' own completions. It must not block for long (acknowledgements wait for it) and must
/// not call Journal::stop().
class JournalListener {
  public:
    virtual ~JournalListener() = default;
    /// These entries are durable. Payload and context may be moved out; `done` is called by the
    /// journal afterwards, unless it was moved out too.
    virtual void group_durable(std::span<JournalEntry> entries) noexcept = 0;
    /// None of these entries is in the journal, now or after a restart.
    /// Except after a failed fsync (fatal() comes first): then they may be.
    virtual void group_failed(std::span<JournalEntry> entries, const Error& error) noexcept = 0;
    /// The disk lied: nothing is acknowledged any more. The process has to exit non-zero and
    /// recover (I10).
    virtual void fatal(const Error& error) noexcept = 0;
};

struct JournalOptions {
    std::filesystem::path dir;       ///< the journal's own; made if missing
    std::shared_ptr<FileSystem> fs;  ///< nothing = posix_file_system()
    JournalDurability durability = JournalDurability::sync;
    std::uint64_t segment_bytes = 64ULL
                                  << 20;  ///< a segment ends before the entry that would pass it
    std::uint64_t max_queue_bytes = 64ULL << 20;  ///< appended and not yet durable
    std::uint64_t max_group_bytes = 8ULL
                                    << 20;  ///< one write; a larger entry is a group of its own
    /// How long a group that is smaller than window_bytes waits for company. 0: it takes what
    /// gathered during the last sync, which is best below about 64 waiters. At most 5,000.
    std::uint32_t window_us = 0;
    std::uint64_t window_bytes = 256ULL << 10;
    std::size_t spare_segments = 2;  ///< trimmed segments kept for reuse; 0 = none
    std::uint64_t fill_bytes = 1ULL
                               << 20;  ///< zeros written ahead when a small group grows the file
    std::shared_ptr<JournalListener> listener;  ///< may be nothing
};

/// Takes an entry on recovery. The payload's bytes live during the call only. An error ends the
/// opening.
using ReplaySink = std::function<Result<void>(std::uint64_t sequence, std::string_view payload)>;

/// The write-ahead log: what it acknowledged is there after a crash, in the order in which it was
/// acknowledged.
///
/// Entries carry sequences 1, 2, 3 …, which go on over restarts, also when everything was trimmed.
/// One thread writes what has gathered since its last sync with one write and one fdatasync
/// (natural group commit), then moves the fence ("synced up to sequence N") and acknowledges.
/// Recovery cuts what was never synced and refuses damage before the fence. The bytes on disk are
/// described in journal_format.hpp, the choice in docs/adr/0005-journal.md.
///
/// Thread-safe. The directory must belong to this process (FileSystem::lock on the data directory).
class Journal {
  public:
    /// Opens or creates, and replays every entry with a sequence above `replay_after` in order.
    /// Segments that lie wholly at or below it are not read. The next sequence is above both the
    /// last entry and `replay_after`. Errors: corrupt (damage before the fence, missing segments;
    /// all files are kept as they are), unsupported (newer format), unavailable, io, and those of
    /// the sink.
    [[nodiscard]] static Result<std::unique_ptr<Journal>> open(JournalOptions options,
                                                               std::uint64_t replay_after,
                                                               const ReplaySink& sink);
    virtual ~Journal() = default;  ///< stops

    /// Queues one payload. Refused at once, and `done` never called, with: overloaded (queue full),
    /// too_large, unavailable (stopped), io (failed).
    [[nodiscard]] Result<void> append(std::string payload, JournalEntry::Completion done);
    /// Queues several entries that get consecutive sequences: all of them or none. The entries are
    /// taken only on success.
    [[nodiscard]] virtual Result<void> append(std::span<JournalEntry> entries) = 0;

    /// Gives up every segment but the newest whose entries all have sequences ≤ `through`.
    [[nodiscard]] virtual Result<void> trim(std::uint64_t through) = 0;
    /// The next entry begins a segment, and until discard_spares() no file of trimmed segments is
    /// used again: so that after a trim() up to that entry no byte of earlier ones is left.
    virtual void roll() = 0;
    /// Removes the files of trimmed segments that were kept for reuse.
    [[nodiscard]] virtual Result<void> discard_spares() = 0;
    /// Bytes of entries in the segments that are kept.
    [[nodiscard]] virtual std::uint64_t bytes() const = 0;
    /// Segments that are kept.
    [[nodiscard]] virtual std::uint64_t segments() const = 0;
    /// Bytes appended since open(), replayed ones included: never falls, so that a caller can
    /// measure its own distance.
    [[nodiscard]] virtual std::uint64_t appended_bytes() const = 0;
    [[nodiscard]] virtual std::uint64_t queued_bytes() const = 0;
    /// Sequence of the newest acknowledged entry; after open() that of the newest entry found, or
    /// `replay_after`.
    [[nodiscard]] virtual std::uint64_t last_durable() const = 0;
    /// Fdatasyncs of segments since open().
    [[nodiscard]] virtual std::uint64_t syncs() const = 0;
    /// An fsync or an undo has failed: no acknowledgement will ever come again.
    [[nodiscard]] virtual bool failed() const = 0;
    /// Writes, syncs and acknowledges everything queued, then ends the thread. Later appends are
    /// refused. Idempotent. Returns the error that ended the journal, if one did.
    [[nodiscard]] virtual Result<void> stop() = 0;
};

}  // namespace fleet::engine
