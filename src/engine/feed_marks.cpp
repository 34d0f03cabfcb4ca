// SPDX-License-Identifier: Apache-2.0
#include "engine/feed_marks.hpp"

#include "engine/key_bytes.hpp"

#include <algorithm>
#include <string>

namespace fleet::engine {

namespace {

/// In the mark of a day: FeedDay::replace.
constexpr std::uint64_t kReplace = 1ULL << 63;

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

std::string alert_key(DeviceHandle device, const model::AlertId& id) {
    std::string key = device_key(device.value);
    put_be(key, id.high, 8);
    put_be(key, id.low, 8);
    return key;
}
/// Mark, severities, fleet, start.
std::string alert_bytes(const FeedAlert& alert, std::uint64_t mark) {
    std::string bytes = mark_bytes(mark);
    put_be(bytes, alert.severities, 1);
    put_be(bytes, alert.fleet, 4);
    put_be(bytes, sortable(alert.start_ms), 8);
    return bytes;
}
Result<FeedAlert> alert_of(std::string_view key, std::string_view bytes) {
    if (key.size() != 20 || bytes.size() != 21)
        return fail(Code::corrupt, "a mark of the change feed is damaged");
    FeedAlert alert;
    alert.device = {static_cast<std::uint32_t>(get_be(key, 0, 4))};
    alert.id = {get_be(key, 4, 8), get_be(key, 12, 8)};
    alert.mark = get_be(bytes, 0, 8);
    alert.severities = static_cast<std::uint8_t>(get_be(bytes, 8, 1));
    alert.fleet = static_cast<std::uint32_t>(get_be(bytes, 9, 4));
    alert.start_ms = unsortable(get_be(bytes, 13, 8));
    return alert;
}

}  // namespace

FeedMarks::FeedMarks(Tables& tables)
    : days_(tables, Space::unsent_days),
      lost_(tables, Space::lost_values),
      alerts_(tables, Space::unsent_alerts) {}

void FeedMarks::add_day(DeviceHandle device, Day day, bool replace) {
    if (!on()) return;
    std::string key = day_key(device, day.value);
    if (!replace) {
        const auto found = days_.get(key);
        const auto before = found && *found ? mark_of(**found) : Result<std::uint64_t>(0);
        replace = before && (*before & kReplace) != 0;
    }
    const std::uint64_t mark = next_mark_++ | (replace ? kReplace : 0);
    days_.put(device.value, std::move(key), mark_bytes(mark));
}

void FeedMarks::add_lost_values(DeviceHandle device, std::int64_t ts_ms) {
    if (on()) lost_.put(device.value, time_key(device, ts_ms), {});
}

Result<void> FeedMarks::add_alert(FeedAlert alert) {
    if (!on()) return {};
    std::string key = alert_key(alert.device, alert.id);
    FLEET_TRY(const auto found, alerts_.get(key));
    if (found) {
        FLEET_TRY(const FeedAlert before, alert_of(key, *found));
        alert.severities |= before.severities;
    }
    alerts_.put(alert.device.value, std::move(key), alert_bytes(alert, next_mark_++));
    return {};
}

Result<std::vector<FeedAlert>> FeedMarks::alerts(std::size_t limit) const {
    std::vector<FeedAlert> out;
    FLEET_TRY_VOID(
        alerts_.scan("", "", [&](std::string_view key, std::string_view value) -> Result<bool> {
            if (out.size() >= limit) return false;
            FLEET_TRY(FeedAlert alert, alert_of(key, value));
            out.push_back(alert);
            return true;
        }));
    return out;
}

Result<bool> FeedMarks::remove_alert(const FeedAlert& alert) {
    std::string key = alert_key(alert.device, alert.id);
    FLEET_TRY(const auto found, alerts_.get(key));
    if (!found) return false;
    FLEET_TRY(const FeedAlert now, alert_of(key, *found));
    if (now.mark != alert.mark) return false;
    alerts_.erase(alert.device.value, std::move(key));
    return true;
}

Result<void> FeedMarks::forget_alerts(DeviceHandle device) {
    std::vector<std::string> keys;
    FLEET_TRY_VOID(alerts_.scan(device_key(device.value),
                                device_key(std::uint64_t{device.value} + 1),
                                [&](std::string_view key, std::string_view) {
                                    keys.emplace_back(key);
                                    return Result<bool>(true);
                                }));
    for (std::string& key : keys) alerts_.erase(device.value, std::move(key));
    return {};
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
                           mark,
                           (mark & kReplace) != 0});
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
            largest = std::max(largest, mark & ~kReplace);
            return true;
        }));
    FLEET_TRY_VOID(
        alerts_.scan("", "", [&](std::string_view key, std::string_view value) -> Result<bool> {
            FLEET_TRY(const FeedAlert alert, alert_of(key, value));
            largest = std::max(largest, alert.mark);
            return true;
        }));
    return largest;
}

void FeedMarks::collect(DeviceHandle device, Tables::WriteSet& set) const {
    days_.collect(device.value, set);
    lost_.collect(device.value, set);
    alerts_.collect(device.value, set);
}

void FeedMarks::written(DeviceHandle device) {
    days_.written(device.value);
    lost_.written(device.value);
    alerts_.written(device.value);
}

}  // namespace fleet::engine
