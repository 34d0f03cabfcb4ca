// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "codec/number.hpp"
#include "codec/time_zone.hpp"
#include "model/validate.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::codec {

enum class Format : std::uint8_t { csv, ndjson, json_array, influx };
/// Unit of a number that becomes `speed_kmh`.
enum class SpeedUnit : std::uint8_t { kmh, mph, mps, knots };
/// Unit of the integer at the end of a line of the line protocol.
enum class InfluxPrecision : std::uint8_t { ns, us, ms, s };

/// Where a column, member, tag or field of the source goes.
/// `sources` has one name, or several for `ts` (CSV only): their cells are joined by one blank.
struct ColumnMapping {
    std::vector<std::string> sources;
    /// A name of design.md §4, `attr:NAME` for an extra attribute, or `-` to ignore the source.
    std::string target;
    /// Numbers are multiplied by it; for `speed_kmh` it replaces the speed unit.
    std::optional<Factor> factor;

    bool operator==(const ColumnMapping&) const = default;
};

/// How a source is to be read. The value of the flags of `fleet load` and of a source's settings.
struct DecodeOptions {
    Format format = Format::csv;
    std::vector<ColumnMapping> map;
    /// Of whatever becomes speed_kmh.
    SpeedUnit speed_unit = SpeedUnit::kmh;
    /// For times without a zone; while absent they are bad_timestamp.
    std::optional<TimeZone> time_zone;
    /// See TimeParser; absent: RFC 3339 or epoch s/ms.
    std::optional<std::string> time_format;
    InfluxPrecision precision = InfluxPrecision::ns;
    /// Bytes of one record; longer ones are too_large.
    std::size_t max_line = 64 << 10;
    /// A batch is full with so many rows; 0: no limit.
    std::size_t max_rows = 0;
    /// For records that name no fleet; may be empty.
    std::string fleet;
    /// For records that name no device; empty: they are bad_syntax.
    std::string device;
    model::TimeWindow window;
};

/// `csv`, `ndjson`, `json`, `influx`; invalid_argument that lists them otherwise.
[[nodiscard]] Result<Format> parse_format(std::string_view text);
/// Format by the ending of a file name (.csv .tsv .ndjson .jsonl .json .lp .influx .line, an ending
/// .gz or .zst is skipped).
[[nodiscard]] std::optional<Format> format_of_name(std::string_view file_name) noexcept;
/// Format by the first bytes of the (decompressed) content; csv when nothing speaks for another
/// one.
[[nodiscard]] Format detect_format(std::string_view first_bytes) noexcept;
/// `kmh`, `mph`, `mps`, `knots`; invalid_argument that lists them otherwise.
[[nodiscard]] Result<SpeedUnit> parse_speed_unit(std::string_view text);
[[nodiscard]] Factor factor_of(SpeedUnit unit) noexcept;
/// `ns`, `us`, `ms`, `s`.
[[nodiscard]] Result<InfluxPrecision> parse_precision(std::string_view text);

/// The value of `--map`:
/// `latitude=lat,Date+Time=ts,odo_m=odometer_km*0.001,route=attr:route,driver=-`. The last `=` of
/// an entry divides; `\,` `\+` `\=` `\\` stand for those characters in a source name; an empty
/// source is the column without a name. invalid_argument names the entry and, for an unknown
/// target, the nearest known one.
[[nodiscard]] Result<std::vector<ColumnMapping>> parse_column_map(std::string_view text);

/// Names of design.md §4 that a source can give, in the order of exports.
[[nodiscard]] const std::vector<std::string_view>& known_columns();
/// Up to `count` known columns nearest to `name` by edit distance, quoted and joined by ", ".
[[nodiscard]] std::string nearest_columns(std::string_view name, std::size_t count = 2);

}  // namespace fleet::codec
