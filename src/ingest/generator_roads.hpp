// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fleet::ingest {

/// A place in 1e-6 degrees.
struct Place {
    std::int32_t lat = 0;
    std::int32_t lon = 0;
};

/// Metres on the ground between two places a few kilometres apart, in mm, by equirectangular
/// projection at their mean latitude (48–49.5° N) on the sphere of the fold (R = 6 371 008.8 m).
/// Integers only.
[[nodiscard]] std::int64_t ground_mm(Place a, Place b) noexcept;
/// Course from a to b in 0.01°, 0 = north, 9000 = east, below 36000.
[[nodiscard]] std::int32_t course_cdeg(Place a, Place b) noexcept;
/// Whole square root.
[[nodiscard]] std::int64_t whole_sqrt(std::int64_t x) noexcept;

/// A straight piece of road, driven in one direction.
struct Segment {
    Place from;
    Place to;
    std::int32_t length_mm = 0;
    std::int32_t course = 0;  ///< 0.01°
    std::int32_t limit_mm_s = 0;
    std::uint8_t from_zone = 0;  ///< 0–2: zone_a, zone_b, zone_c
    std::uint8_t to_zone = 0;
};

/// A road between two junctions, in one direction.
struct Link {
    std::uint16_t from = 0;
    std::uint16_t to = 0;
    std::uint32_t first_segment = 0;
    std::uint32_t segments = 0;
    std::int32_t limit_mm_s = 0;
    std::int64_t travel_ms = 0;
};

/// A road network over Île-de-France, made from a seed: street grids at real towns, roads between
/// neighbouring towns, and two rings around Paris. Every junction can be reached from every other.
/// Immutable, thread-safe.
class Roads {
  public:
    explicit Roads(std::uint64_t seed);

    [[nodiscard]] std::span<const Place> junctions() const noexcept { return junctions_; }
    [[nodiscard]] std::span<const Segment> segments() const noexcept { return segments_; }
    [[nodiscard]] const Link& link(std::uint16_t id) const noexcept { return links_[id]; }
    /// First link of the fastest way; `from` and `to` differ.
    [[nodiscard]] std::uint16_t next_link(std::uint16_t from, std::uint16_t to) const noexcept {
        return next_[from * junctions_.size() + to];
    }
    /// Junctions within `radius_mm` of one (without it), nearest first; never empty.
    [[nodiscard]] std::vector<std::uint16_t> around(std::uint16_t junction,
                                                    std::int64_t radius_mm) const;
    /// Junctions where vehicles are based, of a part of the area: 0 north, 1 south, 2 east.
    [[nodiscard]] std::span<const std::uint16_t> depots(std::size_t part) const noexcept {
        return depots_[part];
    }
    [[nodiscard]] bool in_town(std::uint16_t junction) const noexcept { return in_town_[junction]; }

  private:
    std::uint16_t add_junction(Place place, bool in_town);
    void add_road(std::uint16_t a, std::uint16_t b, std::int32_t limit_mm_s,
                  std::span<const Place> between);
    void add_way(std::uint16_t a, std::uint16_t b, std::int32_t limit_mm_s,
                 std::span<const Place> all);
    void find_ways();

    std::vector<Place> junctions_;
    std::vector<bool> in_town_;
    std::vector<Segment> segments_;
    std::vector<Link> links_;
    std::vector<std::uint16_t> next_;  ///< junctions × junctions
    std::vector<std::uint16_t> depots_[3];
};

}  // namespace fleet::ingest
