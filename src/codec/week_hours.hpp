// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "codec/time_zone.hpp"
#include "model/week_hours.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::codec {

/// Offsets of a zone from 1970 to the end of stored time (2149), in whole minutes.
[[nodiscard]] std::vector<model::ZoneOffset> zone_offsets(const ZoneRules& rules);

/// Offsets of zones by name, from TZif files that the caller reads. Remembers what it has read. Not
/// thread-safe.
class ZoneDatabase {
  public:
    /// The bytes of the file of a zone, given a name that passed is_zone_name(). `not_found` when
    /// there is none.
    using ReadFile = std::function<Result<std::string>(const std::string& name)>;

    explicit ZoneDatabase(ReadFile read) : read_(std::move(read)) {}

    /// Of `UTC`, `GMT`, `Z` (empty), `+02:00`, or an IANA name. `invalid_argument` for what is no
    /// zone; what ReadFile gave, or `corrupt`, for a zone file that cannot be read.
    [[nodiscard]] Result<std::vector<model::ZoneOffset>> offsets(const std::string& name);

  private:
    ReadFile read_;
    std::map<std::string, std::vector<model::ZoneOffset>> known_;
};

/// Hours of the week, for example
///   Mo-Fr 06:00-20:00 Europe/Paris
///   Mo,We,Fr 06:00-12:00,14:00-18:00; Sa-Su 22:00-06:00
/// Days Mo Tu We Th Fr Sa Su (all when none is named), times hh:mm-hh:mm with the end not included
/// and up to 24:00; an end before its begin is on the next day. Several times for the same days
/// after a comma, other days after a comma or semicolon. The time zone comes last, UTC without one.
/// `invalid_argument` with what is wrong and what would be right, or an error of the zone file.
[[nodiscard]] Result<model::WeekHours> parse_week_hours(std::string_view text, ZoneDatabase& zones);

}  // namespace fleet::codec
