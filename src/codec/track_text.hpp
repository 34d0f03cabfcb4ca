// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/record.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fleet::codec {

/// Files that other programs read as a track.
enum class TrackFormat : std::uint8_t {
    geojson,  ///< RFC 7946: a point for each position, with everything that the record says
    gpx,      ///< GPX 1.1: a track, with a new segment after each silence over 10 min
};
[[nodiscard]] std::optional<TrackFormat> track_format(std::string_view name) noexcept;
[[nodiscard]] std::string_view media_type(TrackFormat format) noexcept;

/// Writes the rows of one device as a track: begin, then the rows in ascending order in as many
/// pieces as wanted, then end. Each call appends to `out`. Rows without a position are left out and
/// counted.
class TrackText {
  public:
    /// `device`: a valid device id, so it needs no escaping in XML. `creator` says who made a GPX.
    TrackText(TrackFormat format, std::string device, std::string creator);

    void begin(std::string& out) const;
    void add(std::string& out, std::span<const model::Sample> samples,
             const model::TextPool& texts);
    void end(std::string& out) const;

    [[nodiscard]] std::uint64_t written() const noexcept { return written_; }
    [[nodiscard]] std::uint64_t without_position() const noexcept { return without_position_; }

  private:
    void add_feature(std::string& out, const model::Sample& sample,
                     const model::TextPool& texts) const;
    void add_trackpoint(std::string& out, const model::Sample& sample) const;

    TrackFormat format_;
    std::string device_;
    std::string creator_;
    std::uint64_t written_ = 0;
    std::uint64_t without_position_ = 0;
    std::int64_t last_ms_ = 0;
};

}  // namespace fleet::codec
