// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/tables.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fleet::engine {

/// A space of the tables with the changes that are not written yet laid over it. Each row belongs
/// to an owner (a device number); the changes of one owner go to the tables together, in the
/// owner's WriteSet, so they share its fate in a crash. Thread-safe, except that the owner must not
/// change rows between collect() and written().
class Overlay {
  public:
    Overlay(Tables& tables, Space space) : tables_(tables), space_(space) {}

    void put(std::uint32_t owner, std::string key, std::string value);
    void erase(std::uint32_t owner, std::string key);
    [[nodiscard]] Result<std::optional<std::string>> get(std::string_view key) const;
    /// Rows with from ≤ key < to ("" = no end) in byte order. `visit` returns false to stop, and
    /// must not call the overlay.
    [[nodiscard]] Result<void> scan(std::string_view from, std::string_view to,
                                    const Tables::SpaceVisitor& visit) const;

    /// Adds the owner's changes to a set; written() drops them once the set is in the tables.
    void collect(std::uint32_t owner, Tables::WriteSet& set) const;
    void written(std::uint32_t owner);
    [[nodiscard]] bool changed(std::uint32_t owner) const;

  private:
    void note(std::uint32_t owner, std::string key, std::optional<std::string> value);

    Tables& tables_;
    Space space_;
    mutable std::mutex mutex_;
    std::map<std::string, std::optional<std::string>, std::less<>> rows_;  ///< nothing = erased
    std::unordered_map<std::uint32_t, std::vector<std::string>> keys_;     ///< by owner; may repeat
};

}  // namespace fleet::engine
