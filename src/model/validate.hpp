// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/record.hpp"

#include <cstdint>
#include <optional>

namespace fleet::model {

/// A number brought to the stored unit of a field: rounded half away from zero, and on which side
/// the exact value lies.
struct Scaled {
    std::int64_t rounded = 0;
    int above = 0;  ///< sign of (exact − rounded)

    [[nodiscard]] bool exceeds(std::int64_t bound) const noexcept {
        return rounded > bound || (rounded == bound && above > 0);
    }
    [[nodiscard]] bool below(std::int64_t bound) const noexcept {
        return rounded < bound || (rounded == bound && above < 0);
    }
};

/// What a decoder found wrong in one record while it read all of it. validate() picks the one to
/// name.
struct Problems {
    std::uint32_t mask = 0;  ///< a bit per Reason
    bool exact_zero_lat = false;
    bool exact_zero_lon = false;

    void add(Reason reason) noexcept { mask |= 1U << static_cast<unsigned>(reason); }
    [[nodiscard]] bool has(Reason reason) const noexcept {
        return (mask & (1U << static_cast<unsigned>(reason))) != 0;
    }
};

/// Sets a numeric field, or notes the field's reason when the exact value is out of range.
inline void set_field(Record& record, Problems& problems, Field field, Scaled value) noexcept {
    const FieldInfo& f = info(field);
    if (value.exceeds(f.max) || value.below(f.min)) {
        problems.add(f.reason);
        record.mask |= bit(field);  // present, so that a bad latitude is not a half position
        return;
    }
    if (field == Field::lat) problems.exact_zero_lat = value.rounded == 0 && value.above == 0;
    if (field == Field::lon) problems.exact_zero_lon = value.rounded == 0 && value.above == 0;
    record.set(field, static_cast<std::int32_t>(value.rounded));
}

/// A field that is there but is no number.
inline void set_bad_field(Record& record, Problems& problems, Field field) noexcept {
    problems.add(info(field).reason);
    record.mask |= bit(field);
}

/// `number` in the field's unit (not the stored one) as Scaled; NaN and infinity give nothing. The
/// decimal value is that of the shortest text that reads back as `number`, so 0.285 rounds as
/// people expect.
[[nodiscard]] std::optional<Scaled> scale(double number, int decimals) noexcept;

/// Which event times are accepted at receipt.
struct TimeWindow {
    Timestamp now;
    std::int64_t future_tolerance_ms = 2 * kMsPerMinute;
    Timestamp earliest{0};  ///< now − retention, or 0 to keep history
};

/// The first failing check of design.md §4, except `unknown_device` (the registry's question).
/// Pure.
[[nodiscard]] std::optional<Reason> validate(const Record& record, const Problems& problems,
                                             const TimeWindow& window) noexcept;

}  // namespace fleet::model
