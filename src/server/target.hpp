// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleet::server {

inline constexpr std::size_t kMaxPathSegments = 16;
inline constexpr std::size_t kMaxQueryParameters = 32;

/// The target of a request, taken apart and percent-decoded once.
struct Target {
    std::string path;  ///< as sent, without the query; for messages and static files
    std::vector<std::string> segments;  ///< decoded; "/" has none, "/a/" has "a" and ""
    std::vector<std::pair<std::string, std::string>>
        query;  ///< decoded, in order, names may repeat
    std::string raw_query;

    /// First value of a name, or null.
    [[nodiscard]] const std::string* parameter(std::string_view name) const noexcept;
};

/// Takes origin-form (`/a?b=c`), absolute-form (`http://host/a?b=c`) and `*`. invalid_argument: bad
/// percent-encoding, control characters, NUL, text that is not UTF-8, dot segments, too many
/// segments or parameters.
[[nodiscard]] Result<Target> parse_target(std::string_view text);

/// The candidate with the smallest edit distance to `word`, or empty when none is near (distance
/// over a third of the length).
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string_view>& candidates);

}  // namespace fleet::server
