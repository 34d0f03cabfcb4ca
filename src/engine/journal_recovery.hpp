// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/journal.hpp"
#include "engine/journal_fence.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace fleet::engine {

/// A segment that is kept, oldest first in a list.
struct JournalSegment {
    std::uint64_t id = 0;
    std::uint64_t last = 0;   ///< sequence of its last entry; of the one before it when it is empty
    std::uint64_t bytes = 0;  ///< of its entries
};

/// What recovery found: where the journal goes on.
struct JournalState {
    std::unique_ptr<JournalFence> fence;
    std::vector<JournalSegment> segments;
    std::vector<std::string> spares;   ///< names of files for reuse
    std::uint64_t replayed_bytes = 0;  ///< entries given to the sink
    // The newest segment; nothing if there is none.
    std::unique_ptr<File> file;
    std::uint64_t file_bytes = 0;  ///< length of the file
    std::uint64_t end = 0;         ///< where its next entry goes
    std::uint64_t seed = 0;        ///< checksum of its header
    std::uint64_t chain = 0;       ///< checksum of its last entry; seed when it is empty
};

/// Reads the directory, gives entries above `replay_after` to the sink, cuts the torn tail and
/// moves the fence to the last entry. Nothing is changed before all entries were read, so after an
/// error all files are as they were.
[[nodiscard]] Result<JournalState> recover_journal(const JournalOptions& options,
                                                   std::uint64_t replay_after,
                                                   const ReplaySink& sink);

}  // namespace fleet::engine
