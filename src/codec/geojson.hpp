// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "model/zone.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::codec {

inline constexpr std::size_t kMaxZoneFileBytes = std::size_t{256} << 20;
inline constexpr std::size_t kMaxZones = 100'000;
/// Of a zone's name, in bytes.
inline constexpr std::size_t kMaxZoneName = 256;
/// Confirm times, minimum durations and cool-downs: 30 days.
inline constexpr std::int64_t kMaxDurationMs = 30LL * 86'400'000;
/// Exit margins: 100 km.
inline constexpr std::int64_t kMaxMarginMm = 100'000'000;

/// Zones of a GeoJSON text (RFC 7946): a FeatureCollection or one Feature. Polygon and MultiPolygon
/// are areas, Point with `radius_m` is a circle, LineString with `width_m` a corridor of that whole
/// width. Coordinates are rounded half away from zero to 1e-6 degree, lengths to mm, times to ms.
/// Members and limits: docs/zones-and-rules.md. All zones or none: `invalid_argument` lists the
/// first 20 problems with their paths ("features[12].geometry.coordinates[0]: …"), `too_large` is a
/// text beyond `max_bytes`. Takes about a third of the text's size in memory beside the text, and
/// up to 150 MB while the largest possible zone is checked.
[[nodiscard]] Result<std::vector<model::Zone>> decode_zones(
    std::string_view text, std::size_t max_bytes = kMaxZoneFileBytes);

/// The zones as a FeatureCollection that decode_zones() reads as the same zones. Rings inside
/// another ring become its holes, whatever they were in the file they came from.
[[nodiscard]] std::string encode_zones(std::span<const model::Zone> zones);

/// One zone as a Feature, appended to `out`.
void append_zone(std::string& out, const model::Zone& zone);

}  // namespace fleet::codec
