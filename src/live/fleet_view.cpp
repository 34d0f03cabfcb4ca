// SPDX-License-Identifier: Apache-2.0
#include "live/fleet_view.hpp"

#include "base/check.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace fleet::live {

namespace {

using codec::LiveRow;
using model::Field;

constexpr std::int32_t kMovingAbove = 500;  // 0.01 km/h
constexpr std::size_t kMaxZones = std::numeric_limits<std::uint16_t>::max();

LiveRow row_of(std::uint32_t slot, const model::Latest& latest) {
    LiveRow row;
    row.slot = slot;
    row.ts_ms = latest.ts_ms;
    const auto u16 = [&](Field f, std::uint16_t& to) {
        if (latest.has(f)) to = static_cast<std::uint16_t>(latest.value(f));
    };
    if (latest.has(Field::lat) && latest.has(Field::lon)) {
        row.pos_ts_ms = latest.ts_of(model::Group::position);
        row.lat = latest.value(Field::lat) * 10;  // stored in 1e-6 degree
        row.lon = latest.value(Field::lon) * 10;
    }
    u16(Field::speed, row.speed);
    u16(Field::heading, row.heading);
    u16(Field::battery, row.battery);
    u16(Field::humidity, row.humidity);
    if (latest.has(Field::temp)) row.temp = static_cast<std::int16_t>(latest.value(Field::temp));
    const auto flag = [&](bool on, std::uint8_t bit) {
        if (on) row.flags = static_cast<std::uint8_t>(row.flags | bit);
    };
    flag(latest.has(Field::speed) && latest.value(Field::speed) > kMovingAbove, codec::kMoving);
    flag(latest.has(Field::charging) && latest.value(Field::charging) != 0, codec::kCharging);
    flag(latest.has(Field::ignition) && latest.value(Field::ignition) != 0, codec::kIgnition);
    return row;
}

}  // namespace

std::uint32_t FleetView::add(std::string id) {
    const auto slot = static_cast<std::uint32_t>(rows_.size());
    ids_.push_back(std::move(id));
    LiveRow& row = rows_.emplace_back();
    row.slot = slot;
    changed_at_.push_back(0);
    is_outdated.push_back(false);
    return slot;
}

void FleetView::begin_changes(Timestamp now) noexcept {
    now_ms_ = now.ms;
    any_change_ = false;
}

void FleetView::set(std::uint32_t slot, const model::Latest& latest) {
    FLEET_CHECK(slot < rows_.size());
    if (!any_change_) {
        any_change_ = true;
        ++seq_;
        last_changes_.clear();
        deltas_.clear();
    }
    LiveRow row = row_of(slot, latest);
    if (!latest.zone.empty()) row.zone = zone_number(latest.zone);
    rows_[slot] = row;
    if (changed_at_[slot] == seq_) return;
    changed_at_[slot] = seq_;
    last_changes_.push_back(slot);
}

void FleetView::end_changes() {
    if (any_change_) std::sort(last_changes_.begin(), last_changes_.end());
}

std::uint16_t FleetView::zone_number(const std::string& zone) {
    const auto found = zone_numbers_.find(zone);
    if (found != zone_numbers_.end()) return found->second;
    if (zones_.size() == kMaxZones)
        return 0;  // more names than the wire has numbers: shown without a zone
    zones_.push_back(zone);
    const auto number = static_cast<std::uint16_t>(zones_.size());
    zone_numbers_.emplace(zone, number);
    return number;
}

Payload FleetView::encode(Format format, codec::FrameType type, std::uint32_t seq,
                          std::span<const LiveRow> rows) const {
    const codec::FrameHeader header{type, epoch_, seq, now_ms_};
    return std::make_shared<const std::string>(format == Format::binary
                                                   ? codec::encode_frame(header, rows)
                                                   : codec::encode_frame_json(header, name_, rows));
}

std::shared_ptr<const Train> FleetView::snapshot(Format format) {
    const auto f = static_cast<std::size_t>(format);
    const bool fresh =
        snapshots_[f] &&
        (snapshots_[f]->seq == seq_ || now_ms_ - snapshot_ms_[f] < kSnapshotReuseMs) &&
        now_ms_ >= snapshot_ms_[f];
    if (!fresh) {
        Train all = train();
        const std::span<const LiveRow> rows(rows_);
        for (std::size_t at = 0; at < rows.size(); at += rows_per_frame_)
            all.frames.push_back(
                encode(format, codec::FrameType::snap, seq_,
                       rows.subspan(at, std::min(rows_per_frame_, rows.size() - at))));
        snapshots_[f] = std::make_shared<const Train>(std::move(all));
        snapshot_ms_[f] = now_ms_;
    }
    return snapshots_[f];
}

std::shared_ptr<const Train> FleetView::delta(Format format, std::uint32_t from,
                                              std::size_t first_unknown) {
    const bool shared = first_unknown >= slots();
    if (shared)
        if (const auto found = deltas_.find({format, from}); found != deltas_.end())
            return found->second;

    std::vector<LiveRow> rows;
    if (shared && from + 1 == seq_) {
        for (const std::uint32_t slot : last_changes_) rows.push_back(rows_[slot]);
    } else {
        for (std::size_t slot = 0; slot < rows_.size(); ++slot)
            if (changed_at_[slot] > from || slot >= first_unknown) rows.push_back(rows_[slot]);
    }
    Train changes = train();
    const std::span<const LiveRow> all(rows);
    for (std::size_t at = 0; at < rows.size(); at += rows_per_frame_) {
        const std::size_t count = std::min(rows_per_frame_, rows.size() - at);
        // Only the last frame says the new number: who loses the connection in between resumes from
        // the old one.
        const bool last = at + count == rows.size();
        changes.frames.push_back(
            encode(format, codec::FrameType::delta, last ? seq_ : from, all.subspan(at, count)));
    }
    auto result = std::make_shared<const Train>(std::move(changes));
    if (shared) deltas_.emplace(std::pair(format, from), result);
    return result;
}

Payload FleetView::ids(std::size_t first, std::size_t& end) {
    const std::size_t frame = first / rows_per_frame_;
    end = std::min((frame + 1) * rows_per_frame_, slots());
    const bool full = first % rows_per_frame_ == 0 && end - first == rows_per_frame_;
    if (full && frame < id_frames_.size() && id_frames_[frame]) return id_frames_[frame];
    std::string text;
    codec::JsonWriter json(text);
    json.begin_object();
    json.member("type", "ids");
    json.member_integer("first", static_cast<std::int64_t>(first));
    json.key("ids");
    json.begin_array();
    for (std::size_t slot = first; slot < end; ++slot) json.string(ids_[slot]);
    json.end_array();
    json.end_object();
    auto payload = std::make_shared<const std::string>(std::move(text));
    if (full) {
        if (id_frames_.size() <= frame) id_frames_.resize(frame + 1);
        id_frames_[frame] = payload;
    }
    return payload;
}

Payload FleetView::zones(std::size_t first) const {
    std::string text;
    codec::JsonWriter json(text);
    json.begin_object();
    json.member("type", "zones");
    json.member_integer("first", static_cast<std::int64_t>(first + 1));
    json.key("zones");
    json.begin_array();
    for (std::size_t i = first; i < zones_.size(); ++i) json.string(zones_[i]);
    json.end_array();
    json.end_object();
    return std::make_shared<const std::string>(std::move(text));
}

void FleetView::update_kpis(Timestamp now, std::int64_t window_ms, std::int64_t future_ms,
                            std::optional<std::uint64_t> critical_alerts) {
    std::uint64_t active = 0;
    model::MetricStats speed;
    model::MetricStats battery;
    for (const LiveRow& row : rows_) {
        if (row.ts_ms < 0 || row.ts_ms < now.ms - window_ms || row.ts_ms > now.ms + future_ms)
            continue;
        ++active;
        if (row.speed != codec::kNoU16) speed.add(row.speed);
        if (row.battery != codec::kNoU16) battery.add(row.battery);
    }
    const auto write_mean = [](codec::JsonWriter& json, std::string_view name,
                               const model::MetricStats& stats) {
        if (const auto mean = stats.mean()) {
            json.member_real(name, *mean / 100.0);
        } else {
            json.member_null(name);
        }
    };
    const auto write = [&](codec::JsonWriter& json) {
        json.member_integer("devices", static_cast<std::int64_t>(slots()));
        json.member_integer("active_devices", static_cast<std::int64_t>(active));
        write_mean(json, "avg_speed_kmh", speed);
        write_mean(json, "avg_battery_pct", battery);
        if (critical_alerts) {
            json.member_integer("critical_alerts", static_cast<std::int64_t>(*critical_alerts));
        } else {
            json.member_null("critical_alerts");
        }
    };
    std::string members;
    codec::JsonWriter probe(members);
    write(probe);
    if (kpi_ && members == kpi_members_) return;
    kpi_members_ = std::move(members);
    std::string text;
    codec::JsonWriter json(text);
    json.begin_object();
    json.member("type", "kpi");
    json.member("fleet", name_);
    json.member_time("as_of", now);
    write(json);
    json.end_object();
    kpi_ = std::make_shared<const std::string>(std::move(text));
    ++kpi_version_;
}

}  // namespace fleet::live
