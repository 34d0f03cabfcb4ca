// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "model/geometry.hpp"

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::app {

inline constexpr std::size_t kMaxPointsBytes = std::size_t{256} << 20;

/// A row of a file of points. Texts point into the file's text, or into PointsFile::owned.
struct PointRow {
    std::string_view id;
    std::string_view lat;  ///< as written
    std::string_view lon;
    model::GeoPoint at;  ///< rounded to stored units, halves away from zero
};

struct PointsFile {
    std::vector<PointRow> rows;    ///< in the order of the file
    std::list<std::string> owned;  ///< ids that had escaped quotes
};

/// Points of a CSV text with a header that names the columns id, lat, lon; others are ignored. All
/// rows or none: `invalid_argument` lists the first 20 that are wrong with their lines. `text` must
/// outlive the rows.
[[nodiscard]] Result<PointsFile> parse_points_file(std::string_view text);

}  // namespace fleet::app
