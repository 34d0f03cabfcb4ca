// SPDX-License-Identifier: Apache-2.0
#include "engine/feed_marks.hpp"

#include "engine/key_bytes.hpp"

#include <algorithm>
#include <string>

namespace fleet::engine {

namespace {

std::string device_key(std::uint64_t device) {
    std::string key;
    put_be(key, device, 4);
    return key;
}
std::string day_key(DeviceHandle device, std::uint64_t day) {
    std::string key = device_key(device.value);
    put_be(key, day, 2);
    return key;
}
std::string time_key(DeviceHandle device, std::int64_t ts_ms) {
    std::string key = device_key(device.value);
    put_be(key, sortable(ts_ms), 8);
    return key;
}
std::string mark_bytes(std::uint64_t mark) {
    std::string bytes;
    put_be(bytes, mark, 8);
    return bytes;
}
Result<std::uint64_t> mark_of(std::string_view bytes) {
    if (bytes.size() != 8) return fail(Code::corrupt, "a mark of the change feed is damaged");
    return get_be(bytes, 0, 8);
}

}  // namespace

FeedMarks::FeedMarks(Tables& tables)
    : days_(tables, Space::unsent_days), lost_(tables, Space::lost_values) {}

void FeedMarks::add_day(DeviceHandle device, Day day) {
    if (on()) days_.put(device.value, day_key(device, day.value), mark_bytes(next_mark_++));
}

void FeedMarks::add_lost_values(DeviceHandle device, std::int64_t ts_ms) {
    if (on()) lost_.put(device.value, time_key(device, ts_ms), {});
}

Result<std::vector<FeedDay>> FeedMarks::days(std::size_t limit) const {
    std::vector<FeedDay> out;
    FLEET_TRY_VOID(
        days_.scan("", "", [&](std::string_view key, std::string_view value) -> Result<bool> {
            if (key.size() != 6) return fail(Code::corrupt, "a mark of the change feed is damaged");
            FLEET_TRY(const std::uint64_t mark, mark_of(value));
            if (out.size() >= limit) return false;
            out.push_back({{static_cast<std::uint32_t>(get_be(key, 0, 4))},
                           Day{static_cast<std::uint16_t>(get_be(key, 4, 2))},
                           mark});
            return true;
        }));
    return out;
}

Result<bool> FeedMarks::remove_day(const FeedDay& day) {
    const std::string key = day_key(day.device, day.day.value);
    FLEET_TRY(const auto found, days_.get(key));
    if (!found) return false;
    FLEET_TRY(const std::uint64_t mark, mark_of(*found));
    if (mark != day.mark) return false;
    days_.erase(day.device.value, key);
    return true;
}

Result<bool> FeedMarks::lost_values(DeviceHandle device, std::int64_t ts_ms) const {
    FLEET_TRY(const auto found, lost_.get(time_key(device, ts_ms)));
    return found.has_value();
}

Result<void> FeedMarks::forget(DeviceHandle device, std::int64_t from_ms, std::int64_t to_ms) {
    std::vector<std::string> keys;
    FLEET_TRY_VOID(lost_.scan(time_key(device, from_ms), time_key(device, to_ms),
                              [&](std::string_view key, std::string_view) {
                                  keys.emplace_back(key);
                                  return Result<bool>(true);
                              }));
    for (std::string& key : keys) lost_.erase(device.value, std::move(key));
    return {};
}

Result<std::uint64_t> FeedMarks::largest_mark() const {
    std::uint64_t largest = 0;
    FLEET_TRY_VOID(
        days_.scan("", "", [&](std::string_view, std::string_view value) -> Result<bool> {
            FLEET_TRY(const std::uint64_t mark, mark_of(value));
            largest = std::max(largest, mark);
            return true;
        }));
    return largest;
}

void FeedMarks::collect(DeviceHandle device, Tables::WriteSet& set) const {
    days_.collect(device.value, set);
    lost_.collect(device.value, set);
}

void FeedMarks::written(DeviceHandle device) {
    days_.written(device.value);
    lost_.written(device.value);
}

}  // namespace fleet::engine
