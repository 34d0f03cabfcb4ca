// SPDX-License-Identifier: Apache-2.0
// Recomputing what the tables hold from the chunks, and comparing.
#include "codec/chunk.hpp"
#include "engine/head.hpp"
#include "fold/fold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace fleet::engine {

namespace {

void note(VerifyReport& report, std::string difference) {
    constexpr std::size_t kMaxListed = 1000;
    ++report.difference_count;
    if (report.differences.size() < kMaxListed) report.differences.push_back(std::move(difference));
}

/// Number and sum of hashes of a device's alerts, so that two lists can be compared in any order.
struct AlertSum {
    std::uint64_t alerts = 0;
    std::uint64_t hash = 0;
    bool operator==(const AlertSum&) const = default;

    void add(const AlertTable::Entry& entry) {
        std::string bytes = fmt::format("{} {} {}/", entry.fleet, entry.id.high, entry.id.low);
        fold::encode_alerts(std::span(&entry.run, 1), bytes);
        ++alerts;
        hash += std::hash<std::string>()(bytes);
    }
};

}  // namespace

Result<void> Head::verify_day(DeviceHandle device, Day day, bool rebuild, VerifyReport& report) {
    auto done = recompute_day(device, day, rebuild, report);
    if (done || done.error().code != Code::corrupt) return done;
    // What cannot be read ends this day's check, not that of the others.
    ++report.damaged;
    note(report, fmt::format("device {} day {}: {}", registry_.device(device).id, format_day(day),
                             done.error().message));
    return {};
}

Result<void> Head::recompute_day(DeviceHandle device, Day day, bool rebuild, VerifyReport& report) {
    const Registry::DeviceEntry& entry = registry_.device(device);
    Shard& shard = shards_[entry.shard];
    const auto differs = [&](std::string_view what) {
        note(report, fmt::format("device {} day {}: {}", entry.id, format_day(day), what));
    };
    const std::lock_guard lock(shard.mutex);
    DeviceHead& h = head(device);
    FLEET_TRY_VOID(settle(shard, h, device));
    ++report.device_days;
    FLEET_TRY(DayHead* const opened, open_day(h, device, day));
    DayHead& head_day = *opened;
    // Chunks are read afresh from the tables, so that what is on disk is judged and not a copy in
    // RAM.
    FLEET_TRY(const std::vector<StoredChunk> stored, tables_.chunks(key(device, day)));
    for (const StoredChunk& chunk : stored) {
        model::Rows rows;
        if (auto decoded = codec::decode_chunk(chunk.bytes, rows); !decoded)
            return fail(Code::corrupt,
                        fmt::format("the chunk at {} is damaged: {}",
                                    format_rfc3339({day.begin().ms + chunk.first_ms}),
                                    decoded.error().message));
        if (rows.samples.front().ts_ms != day.begin().ms + chunk.first_ms)
            differs("a chunk's first time is not that of its key");
    }
    model::Rows rows;
    FLEET_TRY_VOID(all_rows(h, device, head_day, rows));
    report.chunks += head_day.chunks.size() + (h.tail.empty() ? 0 : 1);
    report.rows += rows.size();
    for (std::size_t i = 1; i < rows.size(); ++i) {
        if (rows.samples[i - 1].ts_ms < rows.samples[i].ts_ms) continue;
        differs("rows are not in ascending time order");
        return {};
    }
    DayRow fresh;
    FLEET_TRY(fresh.state, state_before(h, device, day));
    fold::DayFold fold(fresh.state, fresh.result, day_rules(shard, device, head_day));
    for (const model::Sample& row : rows.samples) fold.step(row, rows.texts);
    if (!(fresh == head_day.row)) {
        differs("the day's statistics, trips, stops or alerts are not those of its rows");
        if (rebuild) {
            head_day.refold = true;
            want_settling(shard, h, device, AlertCause::rules);
            mark_dirty(shard, h, device);
            FLEET_TRY_VOID(settle(shard, h, device));
        }
    }
    // Days that were opened only to be looked at go again.
    if (!h.dirty && h.days.size() > 1) h.days.erase(h.days.begin(), h.days.end() - 1);
    return {};
}

Result<std::vector<AlertTable::Entry>> Head::alerts_of(const Shard& shard, DeviceHead& h,
                                                       DeviceHandle device) const {
    std::vector<AlertTable::Entry> out;
    const Registry::DeviceEntry& entry = registry_.device(device);
    const std::vector<Day>& days = h.persistent.days;
    for (const Day day : days) {
        DayRow stored;
        FLEET_TRY(const DayRow* const row, peek_row(h, device, day, stored));
        std::vector<model::AlertRun> runs = row->result.alerts;
        if (day == days.back()) row->state.open_alerts(runs);
        for (const model::AlertRun& run : runs)
            if (run.start_ms >= days.front().begin().ms)
                out.push_back({model::alert_id(shard.rules->rule_name(run.rule), entry.id,
                                               shard.rules->zone_id(run.zone), run.start_ms),
                               entry.fleet_at(day_of({run.start_ms})), device.value, run});
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return out;
}

Result<void> Head::verify_silences(Shard& shard, DeviceHead& h, DeviceHandle device,
                                   std::span<const AlertTable::Entry> open, bool rebuild,
                                   VerifyReport& report) {
    std::vector<model::AlertId> listed;
    for (const AlertTable::Entry& entry : open) listed.push_back(entry.id);
    std::vector<model::AlertId> held;
    for (const Silence& silence : h.persistent.silences.all())
        if (silence.open()) held.push_back(entry_of(shard, device, silence, std::nullopt).id);
    std::sort(listed.begin(), listed.end());
    std::sort(held.begin(), held.end());
    if (listed == held) return {};
    note(report,
         fmt::format("device {}: the list has {} open OFFLINE alerts of it, its row has {}, "
                     "and they are not the same",
                     registry_.device(device).id, listed.size(), held.size()));
    if (!rebuild) return {};
    for (const AlertTable::Entry& entry : open)
        if (!std::binary_search(held.begin(), held.end(), entry.id))
            FLEET_TRY_VOID(alerts_.remove(entry, AlertCause::rules));
    for (const Silence& silence : h.persistent.silences.all()) {
        const AlertTable::Entry entry = entry_of(shard, device, silence, std::nullopt);
        if (silence.open() && !std::binary_search(listed.begin(), listed.end(), entry.id))
            FLEET_TRY_VOID(alerts_.add(entry, AlertCause::rules, fold::kForEver));
    }
    mark_dirty(shard, h, device);
    return {};
}

Result<void> Head::verify_alerts(bool rebuild, VerifyReport& report) {
    std::vector<std::unique_lock<std::mutex>> locks;  // the list is of all shards
    for (Shard& shard : shards_) locks.emplace_back(shard.mutex);
    std::unordered_map<std::uint32_t, AlertSum> listed;
    // Those of the clock are not in the days: which are open is what the device remembers.
    std::unordered_map<std::uint32_t, std::vector<AlertTable::Entry>> silent;
    const auto beside_fold = [&](const AlertTable::Entry& entry) {
        const Shard& shard = shards_[registry_.device({entry.device}).shard];
        return shard.rules->beside_fold(entry.run.rule, entry.run.start_ms);
    };
    FLEET_TRY_VOID(alerts_.for_each([&](const AlertTable::Entry& entry) -> Result<void> {
        if (entry.device >= registry_.device_count()) {
            note(report, fmt::format("the list of alerts names device number {}, which does not "
                                     "exist",
                                     entry.device));
            return {};
        }
        if (beside_fold(entry)) {
            if (!entry.run.end_ms) silent[entry.device].push_back(entry);
            return {};
        }
        const std::vector<Day>& days = head({entry.device}).persistent.days;
        if (!days.empty() && entry.run.start_ms >= days.front().begin().ms)
            listed[entry.device].add(entry);
        return {};
    }));
    for (std::uint32_t number = 0; number < registry_.device_count(); ++number) {
        const DeviceHandle device{number};
        Shard& shard = shards_[registry_.device(device).shard];
        DeviceHead& h = head(device);
        FLEET_TRY_VOID(verify_silences(shard, h, device, silent[number], rebuild, report));
        FLEET_TRY(const std::vector<AlertTable::Entry> held, alerts_of(shard, h, device));
        AlertSum sum;
        for (const AlertTable::Entry& entry : held) sum.add(entry);
        const AlertSum found = listed[number];
        if (found == sum) continue;
        note(report, fmt::format("device {}: the list of alerts has {} of it, its days hold {}, "
                                 "and they are not the same",
                                 registry_.device(device).id, found.alerts, sum.alerts));
        if (!rebuild) continue;
        std::vector<AlertTable::Entry> wrong;
        FLEET_TRY_VOID(alerts_.for_each([&](const AlertTable::Entry& entry) -> Result<void> {
            if (entry.device == number && !beside_fold(entry)) wrong.push_back(entry);
            return {};
        }));
        for (const AlertTable::Entry& entry : wrong)
            FLEET_TRY_VOID(alerts_.remove(entry, AlertCause::rules));
        for (const AlertTable::Entry& entry : held)
            FLEET_TRY_VOID(alerts_.add(entry, AlertCause::rules, fold::kForEver));
        mark_dirty(shard, h, device);
    }
    return {};
}

}  // namespace fleet::engine
