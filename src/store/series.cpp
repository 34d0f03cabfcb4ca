// SPDX-License-Identifier: Apache-2.0
#include "store/series.hpp"

#include <algorithm>
#include <array>

namespace fleet::store {

namespace {

constexpr std::array kBelowADay{
    1 * kMsPerSecond,  2 * kMsPerSecond,  5 * kMsPerSecond, 10 * kMsPerSecond, 15 * kMsPerSecond,
    30 * kMsPerSecond, 1 * kMsPerMinute,  2 * kMsPerMinute, 5 * kMsPerMinute,  10 * kMsPerMinute,
    15 * kMsPerMinute, 30 * kMsPerMinute, 1 * kMsPerHour,   2 * kMsPerHour,    3 * kMsPerHour,
    6 * kMsPerHour,    12 * kMsPerHour};

}  // namespace

bool is_series_metric(model::Field field) noexcept {
    using model::Field;
    return field != Field::lat && field != Field::lon && field != Field::heading &&
           !model::info(field).boolean;
}

TimeRange series_range(TimeRange asked, TimeRange kept, std::optional<Timestamp> first,
                       std::optional<Timestamp> last) noexcept {
    if (!first || !last) return {kept.from, kept.from};
    if (asked.from.ms <= 0) kept.from = std::max(kept.from, *first);
    if (asked.to.ms > kMaxMs) kept.to = std::min(kept.to, Timestamp{last->ms + 1});
    return kept;
}

std::int64_t bucket_ms(TimeRange range, std::size_t points) noexcept {
    if (range.from >= range.to) return kBelowADay.front();
    const std::size_t most = points == 0 ? kDefaultPoints : std::min(points, kMaxPoints);
    const auto fits = [&](std::int64_t width) {
        const std::int64_t touched = (range.to.ms - 1) / width - range.from.ms / width + 1;
        return static_cast<std::uint64_t>(touched) <= most;
    };
    for (const std::int64_t width : kBelowADay)
        if (fits(width)) return width;
    std::int64_t days = 1;
    // Ends: a width over all of time has one bucket.
    while (true) {
        for (const std::int64_t step : {1, 2, 5})
            if (fits(days * step * kMsPerDay)) return days * step * kMsPerDay;
        days *= 10;
    }
}

void SeriesFold::add(std::span<const std::int64_t> ts_ms, std::span<const std::int32_t> values) {
    std::size_t i = 0;
    while (i < ts_ms.size()) {
        const std::int64_t start = ts_ms[i] - ts_ms[i] % width_ms_;
        if (points_.empty() || points_.back().t.ms != start)
            points_.push_back({{start}, values[i], values[i], 0, 0});
        SeriesPoint& point = points_.back();
        for (; i < ts_ms.size() && ts_ms[i] < start + width_ms_; ++i) {
            point.min = std::min(point.min, values[i]);
            point.max = std::max(point.max, values[i]);
            point.sum += values[i];
            ++point.count;
        }
    }
}

}  // namespace fleet::store
