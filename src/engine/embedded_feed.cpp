// SPDX-License-Identifier: Apache-2.0
#include "engine/embedded_feed.hpp"

#include "codec/bytes.hpp"
#include "engine/head.hpp"
#include "engine/journal.hpp"
#include "engine/registry.hpp"
#include "engine/rows_codec.hpp"
#include "engine/tables.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace fleet::engine {

EmbeddedFeed::EmbeddedFeed(Parts parts)
    : parts_(std::move(parts)), reader_(parts_.fs, parts_.journal_dir) {}

Result<std::unique_ptr<EmbeddedFeed>> EmbeddedFeed::open(Parts parts, const Tables& tables) {
    std::unique_ptr<EmbeddedFeed> feed(new EmbeddedFeed(std::move(parts)));
    const std::uint64_t newest = feed->parts_.applied();
    std::optional<std::uint64_t> position;
    FLEET_TRY(const auto bytes, tables.meta(kFeedMeta));
    if (bytes && !bytes->empty()) {
        codec::ByteReader reader(*bytes);
        position = reader.varint();
        if (!reader.done())
            return fail(Code::corrupt, "the position of the change feed is damaged");
    }
    if (feed->parts_.fresh) position = 0;
    // A session without the feed may have given up what follows, and does not mark what it loads
    // around the journal: its checkpoints take the position away.
    if (position) {
        FLEET_TRY(const std::uint64_t before, feed->reader_.before_first_kept());
        if (before > *position) position.reset();
    }
    if (!position) {
        FLEET_TRY_VOID(feed->mark_everything());
        position = newest;
    }
    feed->position_ = feed->given_ = std::min(*position, newest);
    return feed;
}

Result<void> EmbeddedFeed::mark_everything() {
    std::uint64_t days = 0;
    for (std::uint32_t number = 0; number < parts_.registry.device_count(); ++number)
        days += parts_.head.mark_for_feed({number}, std::nullopt, true);
    FLEET_TRY_VOID(parts_.head.mark_alerts_for_feed());
    if (days > 0) spdlog::info("{} stored device-days will be copied whole", days);
    return {};
}

Result<std::vector<FeedEntry>> EmbeddedFeed::next(std::uint64_t max_bytes) {
    const std::lock_guard lock(mutex_);
    std::vector<FeedEntry> out;
    given_ = std::max(given_, position_.load());  // entries became marks meanwhile
    const std::uint64_t through = parts_.applied();
    const auto take = [&](std::uint64_t sequence, std::string_view payload) -> Result<void> {
        FLEET_TRY(const DecodedEntry decoded, decode_entry(payload));
        FeedEntry entry;
        entry.sequence = sequence;
        entry.received = decoded.received;
        std::vector<std::uint32_t> devices;
        const auto& records = decoded.batch.rows.records;
        parts_.registry.find_all(records, devices);
        entry.rows.reserve(records.size());
        for (std::size_t i = 0; i < records.size(); ++i)
            if (devices[i] != Registry::kAbsent)
                entry.rows.push_back({{devices[i]}, records[i].ts.ms});
        for (const AdminOperation& op : decoded.operations) {
            if (op.kind == AdminOperation::Kind::change_rule) entry.rules = true;
            if (op.kind == AdminOperation::Kind::erase) entry.erased.push_back({op.id, op.period});
            const auto note = [&](const std::string& id) {
                if (const auto device = parts_.registry.find(id)) entry.devices.push_back(*device);
            };
            if (op.kind == AdminOperation::Kind::register_device ||
                op.kind == AdminOperation::Kind::move_device)
                note(op.id);
            for (const model::DeviceChange& change : op.devices) note(change.id);
        }
        out.push_back(std::move(entry));
        return {};
    };
    auto last = reader_.read(given_, through, max_bytes, take);
    if (!last && last.error().code == Code::not_found && given_ < position_) return out;
    if (!last) return fail(std::move(last).error());
    given_ = *last;
    return out;
}

void EmbeddedFeed::begin_again() {
    const std::lock_guard lock(mutex_);
    given_ = position_;
}

void EmbeddedFeed::copied(std::uint64_t sequence) {
    std::uint64_t now = position_;
    while (now < sequence && !position_.compare_exchange_weak(now, sequence)) {
    }
}

std::uint64_t EmbeddedFeed::lag() const {
    const std::uint64_t newest = parts_.journal.last_durable();
    const std::uint64_t position = position_;
    return newest > position ? newest - position : 0;
}

Result<std::vector<FeedDay>> EmbeddedFeed::days(std::size_t limit) const {
    return parts_.head.feed_marks().days(limit);
}

Result<void> EmbeddedFeed::day_copied(const FeedDay& day) {
    return parts_.head.feed_day_copied(day);
}

Result<std::vector<FeedAlert>> EmbeddedFeed::alerts(std::size_t limit) const {
    return parts_.head.feed_marks().alerts(limit);
}

Result<std::optional<AlertRow>> EmbeddedFeed::alert(const FeedAlert& alert) const {
    return parts_.head.alerts().find_any(alert.device.value, alert.id);
}

Result<void> EmbeddedFeed::alert_copied(const FeedAlert& alert) {
    return parts_.head.feed_alert_copied(alert);
}

Result<model::DayHours> EmbeddedFeed::hours(std::uint32_t fleet, Day day,
                                            std::uint8_t shard) const {
    return parts_.head.shard_hours(fleet, day, shard);
}

Result<bool> EmbeddedFeed::lost_values(DeviceHandle device, std::int64_t ts_ms) const {
    return parts_.head.feed_marks().lost_values(device, ts_ms);
}

Result<bool> EmbeddedFeed::mark_entry(std::string_view payload) {
    FLEET_TRY(const DecodedEntry decoded, decode_entry(payload));
    // What is gone cannot be found again by copying what is there.
    if (std::any_of(
            decoded.operations.begin(), decoded.operations.end(),
            [](const AdminOperation& op) { return op.kind == AdminOperation::Kind::erase; }))
        return false;
    std::vector<std::uint32_t> devices;
    const auto& records = decoded.batch.rows.records;
    parts_.registry.find_all(records, devices);
    std::pair<std::uint32_t, Day> before{Registry::kAbsent, Day{}};
    for (std::size_t i = 0; i < records.size(); ++i) {
        const std::pair<std::uint32_t, Day> day{devices[i], day_of(records[i].ts)};
        if (devices[i] == Registry::kAbsent || day == before) continue;
        parts_.head.mark_for_feed({day.first}, day.second);
        before = day;
    }
    return true;
}

Result<std::uint64_t> EmbeddedFeed::before_checkpoint(std::uint64_t through) {
    if (parts_.journal.bytes() <= parts_.max_backlog_bytes)
        return std::min<std::uint64_t>(through, position_);
    JournalReader reader(parts_.fs, parts_.journal_dir);
    std::uint64_t at = position_;
    std::uint64_t entries = 0;
    bool erasure = false;
    while (at < through && !erasure) {
        const auto read =
            reader.read(at, through, UINT64_MAX,
                        [&](std::uint64_t sequence, std::string_view payload) -> Result<void> {
                            FLEET_TRY(const bool marked, mark_entry(payload));
                            erasure = !marked;
                            if (erasure)
                                return fail(Code::unavailable, "an erasure has to be told");
                            at = sequence;
                            ++entries;
                            return {};
                        });
        if (!read && !erasure) return fail(read.error());
        if (read) at = *read;
    }
    if (entries > 0)
        spdlog::warn(
            "{} journal entries that are not copied yet are given up, since they exceed "
            "the backlog of {} MiB: their device-days will be copied whole",
            entries, parts_.max_backlog_bytes >> 20);
    return at;
}

std::string EmbeddedFeed::encode_position(std::uint64_t position) {
    std::string bytes;
    codec::ByteWriter(bytes).varint(position);
    return bytes;
}

}  // namespace fleet::engine
