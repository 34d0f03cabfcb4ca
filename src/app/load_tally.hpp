// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/batch.hpp"
#include "model/reason.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::app {

/// A growing set of ids, compact enough for a million. Not thread-safe.
class IdSet {
  public:
    /// True when it was not in yet.
    bool insert(std::string_view id);
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

  private:
    struct Slot {
        std::uint64_t hash = 0;  ///< 0 = free
        std::string_view id;
    };
    void grow();

    std::vector<Slot> slots_;
    std::size_t size_ = 0;
    model::Arena arena_;
};

/// Counts of a load as design.md §8 defines them.
struct LoadTally {
    std::uint64_t read = 0;
    std::uint64_t stored = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t conflicts = 0;
    std::optional<std::uint64_t> late = 0;  ///< nothing: a server does not tell
    std::uint64_t rejected = 0;
    std::array<std::uint64_t, model::kReasonCount> by_reason{};
    IdSet devices;

    void reject(model::Reason reason) {
        ++rejected;
        ++by_reason[static_cast<std::size_t>(reason)];
    }

    /// The object that `fleet load --json` ends with.
    [[nodiscard]] std::string json(double seconds) const;
    /// The same for people, several lines.
    [[nodiscard]] std::string text(double seconds) const;
};

}  // namespace fleet::app
