// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace fleet::codec {

/// Offsets of a zone over time. Immutable, thread-safe.
class ZoneRules {
  public:
    virtual ~ZoneRules() = default;
    /// Seconds east of UTC at an instant.
    [[nodiscard]] virtual std::int32_t offset_at(Timestamp utc) const noexcept = 0;
};

/// Rules from the bytes of a TZif file (RFC 8536, version 2 or later, transitions and the POSIX
/// rule of the footer). `corrupt` when the bytes are not such a file. The bytes are not kept.
[[nodiscard]] Result<std::shared_ptr<const ZoneRules>> parse_tzif(std::string_view bytes);

/// What turns the local time of a source into UTC: a fixed offset or the rules of a place. A value;
/// copying is cheap.
class TimeZone {
  public:
    TimeZone() = default;  ///< UTC
    explicit TimeZone(std::int32_t offset_seconds) : offset_seconds_(offset_seconds) {}
    explicit TimeZone(std::shared_ptr<const ZoneRules> rules) : rules_(std::move(rules)) {}

    /// `local_ms` counts as if the wall clock showed UTC. A time that occurs twice (clocks set
    /// back) is the first one; a time that never occurs (clocks set forward) is read with the
    /// offset before the change.
    [[nodiscard]] Timestamp to_utc(std::int64_t local_ms) const noexcept;

  private:
    std::int32_t offset_seconds_ = 0;
    std::shared_ptr<const ZoneRules> rules_;
};

/// `UTC`, `Z`, `GMT`, `+02:00`, `-0530`, `+2`. `not_found` for other texts, which may be names of
/// the zone database: then read that file (`is_zone_name` says whether the text may be a path) and
/// give its bytes to parse_tzif.
[[nodiscard]] Result<TimeZone> parse_fixed_zone(std::string_view text);

/// Whether `text` has the form of a name such as `Europe/Paris`: letters, digits, `_+-` and inner
/// slashes, so it never leaves a directory.
[[nodiscard]] bool is_zone_name(std::string_view text) noexcept;

}  // namespace fleet::codec
