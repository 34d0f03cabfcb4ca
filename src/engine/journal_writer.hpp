// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/journal_recovery.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fleet::engine {

/// Puts groups of entries into segments, and gives old segments up. write() and close() belong to
/// the journal's thread; the rest is thread-safe.
class JournalWriter {
  public:
    enum class Outcome : std::uint8_t {
        durable,  ///< as JournalDurability says, and the fence says so too
        undone,   ///< no room: nothing of the group is left, the next one may work
        fatal,    ///< the state of the disk is unknown
    };
    struct Written {
        Outcome outcome = Outcome::durable;
        std::optional<Error> error;
    };

    /// Goes on where `state` ends, with sequences above `last`. The options must outlive the
    /// writer.
    JournalWriter(const JournalOptions& options, JournalState state, std::uint64_t last);

    /// Writes entries whose sequences follow the last durable one.
    [[nodiscard]] Written write(std::span<const JournalEntry> group);
    /// Makes everything durable, also with JournalDurability::process.
    [[nodiscard]] Result<void> close();

    [[nodiscard]] Result<void> trim(std::uint64_t through);
    void roll();
    [[nodiscard]] Result<void> discard_spares();
    [[nodiscard]] std::uint64_t bytes() const;
    [[nodiscard]] std::uint64_t segments() const;
    [[nodiscard]] std::uint64_t syncs() const noexcept {
        return syncs_.load(std::memory_order_relaxed);
    }

  private:
    /// A step of write() failed: whether the group can be taken back decides about the outcome.
    struct Problem {
        Error error;
        bool final = false;  ///< a sync failed
    };
    using Step = std::optional<Problem>;

    [[nodiscard]] Step cut_failed_tail();
    [[nodiscard]] Step begin_segment(std::uint64_t first);
    [[nodiscard]] Step seal();
    [[nodiscard]] Step put(std::span<const JournalEntry> group, std::uint64_t bytes);
    [[nodiscard]] Step sync();

    const JournalOptions& options_;
    FileSystem& fs_;

    // The journal thread's own.
    std::unique_ptr<JournalFence> fence_;
    std::unique_ptr<File> file_;  ///< newest segment, nothing before the first entry
    std::uint64_t file_bytes_;
    std::uint64_t end_;
    std::uint64_t seed_;
    std::uint64_t chain_;
    std::uint64_t last_;  ///< sequence of the last entry that is there
    bool jump_;  ///< the next sequence leaves some out, which only a segment's header can say
    bool tail_to_cut_ = false;  ///< bytes of an undone group may lie behind end_
    const std::string zeros_;

    mutable std::mutex mutex_;  ///< guards the four below
    bool roll_ = false;         ///< the next entry begins a segment
    bool reuse_ = true;         ///< spares may become segments
    std::deque<JournalSegment> segments_;
    std::vector<std::string> spares_;
    std::mutex trim_mutex_;  ///< one trim at a time
    std::atomic<std::uint64_t> syncs_ = 0;
};

}  // namespace fleet::engine
