// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"
#include "model/field.hpp"
#include "store/time_range.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace fleet::store {

inline constexpr std::size_t kDefaultPoints = 500;
inline constexpr std::size_t kMaxPoints = 5'000;

/// What a series is asked for.
struct SeriesRequest {
    model::Field metric = model::Field::speed;
    /// A side that is as far as time goes (0, or beyond kMaxMs) is that of the device's records.
    TimeRange range;
    std::size_t points = kDefaultPoints;  ///< most buckets; clamped to kMaxPoints, 0 = default
};

/// What the rows of one bucket say that carry the metric, in stored units: nothing is sampled away.
struct SeriesPoint {
    Timestamp t;  ///< start of the bucket
    std::int32_t min = 0;
    std::int32_t max = 0;
    std::int64_t sum = 0;
    std::uint64_t count = 0;  ///< rows, at least 1
    bool operator==(const SeriesPoint&) const = default;
};

/// One metric of a device over time, in equal buckets that begin at multiples of their width since
/// 1970. Buckets without a value are left out.
struct Series {
    model::Field metric = model::Field::speed;
    std::int64_t bucket_s = 1;
    std::vector<SeriesPoint> points;          ///< ascending
    std::optional<Timestamp> retention_from;  ///< set when the range reaches before what is kept
};

/// Fields with a minimum, a maximum and a mean: not coordinates, not yes and no, and not the
/// heading, whose 359° and 1° lie beside each other.
[[nodiscard]] bool is_series_metric(model::Field field) noexcept;

/// The part of a kept range for which a width is chosen (see SeriesRequest::range); `first` and
/// `last` are the times of the device's records. from ≥ to: there is nothing.
[[nodiscard]] TimeRange series_range(TimeRange asked, TimeRange kept,
                                     std::optional<Timestamp> first,
                                     std::optional<Timestamp> last) noexcept;

/// The least width of 1, 2, 5, 10, 15, 30 s, 1, 2, 5, 10, 15, 30 min, 1, 2, 3, 6, 12 h and 1, 2, 5,
/// 10, 20, 50, … days at which [from, to) touches at most `points` buckets (0 = default), in
/// milliseconds. 1 s for an empty range.
[[nodiscard]] std::int64_t bucket_ms(TimeRange range, std::size_t points) noexcept;

/// Gathers values in ascending order of time into buckets. Not thread-safe.
class SeriesFold {
  public:
    explicit SeriesFold(std::int64_t width_ms) noexcept : width_ms_(width_ms) {}
    /// Side by side, ascending, none before those of earlier calls.
    void add(std::span<const std::int64_t> ts_ms, std::span<const std::int32_t> values);
    [[nodiscard]] std::vector<SeriesPoint> take() && { return std::move(points_); }

  private:
    std::int64_t width_ms_;
    std::vector<SeriesPoint> points_;
};

}  // namespace fleet::store
