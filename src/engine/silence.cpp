// SPDX-License-Identifier: Apache-2.0
#include "engine/silence.hpp"

#include <algorithm>
#include <functional>

namespace fleet::engine {

std::vector<Silence> split(const Silence& silence, std::span<const std::int64_t> times,
                           std::int64_t now_ms) {
    const auto first = std::upper_bound(times.begin(), times.end(), silence.since_ms);
    const auto last = std::lower_bound(first, times.end(), silence.end_ms);
    if (first == last) return {silence};
    const std::int64_t limit_ms = std::int64_t{silence.limit_s} * kMsPerSecond;
    std::vector<Silence> parts;
    Silence part = silence;
    for (auto time = first; time != last; ++time) {
        part.end_ms = *time;
        if (part.end_ms >= part.start_ms) parts.push_back(part);
        part.since_ms = *time;
        part.start_ms = *time + limit_ms;
    }
    part.end_ms = silence.end_ms;
    const bool long_enough =
        part.open() ? now_ms >= part.start_ms && now_ms - part.start_ms <= kSilenceIsHistoryMs
                    : part.end_ms >= part.start_ms;
    if (long_enough) parts.push_back(part);
    return parts;
}

void SilenceQueue::clear(std::int64_t now_ms) {
    heap_.clear();
    heap_.shrink_to_fit();
    base_ms_ = std::max(base_ms_, now_ms - 365 * kMsPerDay);
}

void SilenceQueue::push(std::int64_t due_ms, DeviceHandle device) {
    constexpr std::int64_t kMost = (std::int64_t{1} << (64 - kDeviceBits)) - 1;
    // A time that does not fit is only looked at too early, which does no harm.
    const auto due =
        static_cast<std::uint64_t>(std::clamp<std::int64_t>(due_ms - base_ms_, 0, kMost));
    heap_.push_back(due << kDeviceBits | device.value);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

std::optional<DeviceHandle> SilenceQueue::pop(std::int64_t now_ms) {
    if (heap_.empty()) return std::nullopt;
    const std::uint64_t first = heap_.front();
    if (static_cast<std::int64_t>(first >> kDeviceBits) > now_ms - base_ms_) return std::nullopt;
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    heap_.pop_back();
    return DeviceHandle{static_cast<std::uint32_t>(first & ((1ULL << kDeviceBits) - 1))};
}

}  // namespace fleet::engine
