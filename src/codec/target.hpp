// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "codec/decode_options.hpp"
#include "model/field.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fleet::codec {

/// Where a value of a source goes in a record.
struct Target {
    enum class Kind : std::uint8_t {
        device,
        fleet,
        time,
        number,
        boolean,
        zone,
        alarm,
        attribute,
        ignore
    };
    Kind kind = Kind::attribute;
    model::Field field{};   ///< of number and boolean
    Factor factor;          ///< of number
    std::string attribute;  ///< name, for attribute; empty: the name of the source

    bool operator==(const Target&) const = default;
};

/// Target of a name of design.md §4, of `attr:NAME` and of `-`; nothing for other names.
[[nodiscard]] std::optional<Target> target_of(std::string_view name);

/// Targets of the names of a source: those of design.md §4, and what the options map. Immutable.
class TargetTable {
  public:
    struct Alias {
        std::string_view source;
        std::string_view target;
        Factor factor;
    };
    /// `aliases` are further names that the format has by itself; the options' map goes before
    /// them.
    [[nodiscard]] static Result<TargetTable> make(const DecodeOptions& options,
                                                  const std::vector<Alias>& aliases = {});

    /// Null for a name that is not in the table.
    [[nodiscard]] const Target* find(std::string_view name) const noexcept;

  private:
    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    std::unordered_map<std::string, Target, Hash, std::equal_to<>> targets_;
};

/// Finds targets faster when names come in the same order in each record, as they mostly do. Not
/// thread-safe.
class TargetGuess {
  public:
    explicit TargetGuess(const TargetTable& table) : table_(&table) {}

    /// Target of the `position`-th name of a record; null when it is not in the table.
    [[nodiscard]] const Target* find(std::string_view name, std::size_t position) {
        if (position < kSlots && slots_[position].name == name) return slots_[position].target;
        return look_up(name, position);
    }

  private:
    static constexpr std::size_t kSlots = 32;
    struct Slot {
        std::string name;
        const Target* target = nullptr;
    };
    const Target* look_up(std::string_view name, std::size_t position);

    const TargetTable* table_;
    Slot slots_[kSlots];
};

/// The factor for a number that becomes `field`: the mapping's own, else the speed unit's for the
/// speed.
[[nodiscard]] Factor factor_for(model::Field field, const std::optional<Factor>& own,
                                SpeedUnit unit) noexcept;

}  // namespace fleet::codec
