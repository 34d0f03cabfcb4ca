// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace fleet {

/// The candidate nearest to `word` by edit distance (case does not count, a swap of neighbours is
/// one), if it is near enough to be a slip of the pen: at most a third of the longer text. Empty
/// otherwise, and for words over 64 bytes.
[[nodiscard]] std::string_view nearest_name(std::string_view word,
                                            std::span<const std::string_view> candidates);

/// "; did you mean 'limit'?" or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string_view> candidates);

}  // namespace fleet
