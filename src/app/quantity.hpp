// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::app {

/// "250ms", "30s", "5m", "12h", "30d" or a plain number of seconds, as milliseconds. One unit,
/// decimals allowed ("1.5s"). Nothing when it is not a duration, is negative or is longer than 100
/// years.
[[nodiscard]] std::optional<std::int64_t> parse_duration_ms(std::string_view text);
/// The shortest text that parse_duration_ms reads back: "30s", "1500ms".
[[nodiscard]] std::string format_duration_ms(std::int64_t ms);

/// "64MiB", "64MB", "512K" (= KiB), or plain bytes. Nothing when it is not a size, is negative or
/// is over 1 EiB.
[[nodiscard]] std::optional<std::int64_t> parse_size(std::string_view text);
/// "64MiB" where it is exact, else plain bytes.
[[nodiscard]] std::string format_size(std::int64_t bytes);

/// "1/s", "2.5/s", "600/m", or a plain number a second; 0 = no limit. Per second.
[[nodiscard]] std::optional<double> parse_rate(std::string_view text);

/// A whole number with optional sign and `_` between digits; nothing when anything else is there or
/// it overflows.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

}  // namespace fleet::app
