// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace fleet::ingest {

using engine::Batch;
using engine::BatchResult;
using engine::EngineStats;
using engine::QuarantineEntry;
using engine::RowStatus;

/// What a source of records needs from the store behind it, and no more. Thread-safe; calls return
/// at once.
class IngestPort {
  public:
    using Completion = std::function<void(Result<BatchResult>)>;

    virtual ~IngestPort() = default;
    /// Takes all of the batch or nothing of it. `done` is called exactly once, on any thread, also
    /// from inside submit(); it must not block. A result means: every row is durable (I1), stored
    /// or in the quarantine. An error `overloaded` or `unavailable` means that nothing was taken
    /// and a retry makes sense.
    virtual void submit(Batch batch, Completion done) = 0;
    /// Counts records that a source refused without submitting them; what submit() refuses it has
    /// counted itself (I2).
    virtual void count_refused(std::uint64_t records) = 0;
    /// Oldest event time that is still accepted for a fleet at `now`. Empty fleet: the oldest of
    /// all fleets, because the records may belong to any. A fleet that does not exist yet gets the
    /// default retention.
    [[nodiscard]] virtual Timestamp earliest(std::string_view fleet, Timestamp now) const = 0;
    [[nodiscard]] virtual EngineStats stats() const = 0;
    /// The newest entries of the quarantine, newest first. Reads the disk, unlike the other calls.
    [[nodiscard]] virtual Result<std::vector<QuarantineEntry>> newest_quarantined(
        std::size_t limit) const = 0;
};

}  // namespace fleet::ingest
