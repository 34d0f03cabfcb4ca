// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "engine/tables.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace fleet::engine {

/// The erasures of a store, and how far their bytes are gone from its files. It goes to the tables
/// with each checkpoint; what is missing then comes out of the journal again. Thread-safe.
class ErasureLog {
  public:
    [[nodiscard]] Result<void> restore(const Tables& tables);

    /// Takes an erasure up, unless one of its sequence or later is there (I7).
    void add(Erasure erasure);
    [[nodiscard]] std::vector<Erasure> all() const;

    /// Whether some have left bytes behind.
    [[nodiscard]] bool due() const;
    /// What has to be scrubbed: up to which sequence, and the days, as far as they are known.
    struct Work {
        std::uint64_t through = 0;
        Day first;
        Day last;
    };
    [[nodiscard]] std::optional<Work> work() const;
    void scrubbed(std::uint64_t through);

    void collect(Tables::WriteSet& set) const;

  private:
    [[nodiscard]] bool due_locked() const;

    mutable std::mutex mutex_;
    std::vector<Erasure> erasures_;       ///< by sequence
    std::uint64_t scrubbed_through_ = 0;  ///< sequence
};

}  // namespace fleet::engine
