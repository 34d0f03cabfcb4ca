// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "codec/time_zone.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::codec {

/// Reads the times of a source. Immutable and thread-safe.
/// Without a format: RFC 3339 (with `T` or a blank), the same without zone if a time zone is set,
/// or an epoch number by magnitude (below 1e11 seconds, else milliseconds; fractions allowed,
/// rounded exactly to ms half away from zero). With a format, only that: %Y %y %m %d %b %H %M %S %f
/// (1–9 digits of a second) %s (epoch seconds, fraction allowed) %z (Z, ±hh:mm, ±hhmm) %T
/// (%H:%M:%S) %F (%Y-%m-%d) %p (AM, PM with %I) %I %%, all else literal. Numbers may lack leading
/// zeros. %y: 69–99 are 19xx, others 20xx.
class TimeParser {
  public:
    /// invalid_argument for an unknown conversion, or a format without date.
    [[nodiscard]] static Result<TimeParser> make(std::optional<std::string> format,
                                                 std::optional<TimeZone> zone);

    /// Nothing for a text that is no time, or has no zone while none is set.
    [[nodiscard]] std::optional<Timestamp> parse(std::string_view text) const noexcept;
    /// Whether parse() takes RFC 3339, so that parse_rfc3339_utc may be tried first.
    [[nodiscard]] bool plain() const noexcept { return !format_; }
    [[nodiscard]] bool has_zone() const noexcept { return zone_.has_value(); }

  private:
    std::optional<std::string> format_;
    std::optional<TimeZone> zone_;
};

/// Epoch number by magnitude, see TimeParser.
[[nodiscard]] std::optional<Timestamp> parse_epoch(std::string_view text) noexcept;

/// The date that was parsed last: rows of a file mostly share it. One per thread.
struct DateCache {
    char date[10] = {};
    std::int64_t midnight_ms = 0;
};

/// Date of `text` (10 characters `YYYY-MM-DD`) through the cache; false if it does not exist.
[[nodiscard]] bool cached_midnight(const char* text, DateCache& cache,
                                   std::int64_t& midnight_ms) noexcept;

/// Fast path for `YYYY-MM-DDThh:mm:ss[.fff]Z` at `p`, of which at least 24 characters are readable:
/// returns the address after it, or nullptr when the text has another form or no valid value: then
/// ask TimeParser.
[[nodiscard]] const char* parse_rfc3339_utc(const char* p, DateCache& cache,
                                            Timestamp& out) noexcept;

}  // namespace fleet::codec
