// SPDX-License-Identifier: Apache-2.0
// Rounds, and the rows of devices' days.
#include "replicate/copier.hpp"

#include "base/check.hpp"
#include "codec/json_writer.hpp"
#include "codec/record_json.hpp"
#include "model/reason.hpp"
#include "replicate/fold_tables.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace fleet::replicate {

using engine::DeviceHandle;
using engine::DeviceRow;

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
/// Rows that are closer together than this are read as one piece.
constexpr std::int64_t kReadGapMs = 10 * kMsPerMinute;
constexpr std::size_t kAllRows =
    10'000'000;  // more than a day of milliseconds can hold in practice
constexpr std::size_t kDaysUnderWay = 256;
constexpr std::int64_t kRememberNs = 5'000'000'000;
/// Vehicles of a fleet that one partition is meant for
/// (docs/cassandra-modeling.md).
constexpr std::size_t kDevicesPerBucket = 20'000;

}  // namespace

Copier::Gather::Gather(Copier& copier, RoundPtr round, Ask ask)
    : copier_(copier),
      round_(std::move(round)),
      ask_(ask),
      limits_(copier.options_.batch),
      rows_(copier.rows_for(ask)) {
    if (ask == Ask::telemetry && copier.options_.mode == WriteMode::async) limits_.rows = 1;
}

Result<void> Copier::Gather::begin(std::string partition) {
    if (partition == partition_) return {};
    FLEET_TRY_VOID(send());
    partition_ = std::move(partition);
    return {};
}

Result<void> Copier::Gather::send() {
    if (rows_.row_count() == 0) return {};
    FLEET_TRY_VOID(copier_.send_now(round_, ask_, rows_));
    rows_.clear();
    return {};
}

Copier::Copier(engine::Engine& engine, Target& target, CopyState& state, CopyOptions options,
               std::shared_ptr<const Clock> clock)
    : engine_(engine),
      feed_(*engine.feed()),
      target_(target),
      state_(state),
      options_(options),
      clock_(std::move(clock)),
      sender_(*target.session, target.statements, target.rungs, options.ladder, options.sender,
              clock_) {
    feed_.begin_again();
    flushed_ns_ = clock_->monotonic_ns() - options_.flush_interval_ms * kNsPerMs;
}

Result<void> Copier::begin() {
    if (begun_) return {};
    CopyMemory memory = state_.memory();
    fresh_ = !memory.begun;
    if (fresh_) {
        memory.begun = true;
        FLEET_TRY_VOID(state_.remember(std::move(memory)));
    }
    devices_done_ = state_.memory().devices;
    know_fleets();
    for (const FleetFacts& fleet : fleets_) {
        const auto members = engine_.devices_of(fleet.number);
        for (const DeviceHandle device : *members)
            if (device.value >= state_.memory().devices) touched_[device.value];
    }
    begun_ = true;
    return {};
}

Result<void> Copier::step() {
    constexpr std::size_t kAnswers = 4'096;
    target_.session->dispatch(kAnswers);
    FLEET_TRY_VOID(begin());
    FLEET_TRY_VOID(finish_rounds());
    if (closing_) FLEET_TRY_VOID(go_on_flushing());
    FLEET_TRY_VOID(take());
    if (!closing_ && flush_due()) FLEET_TRY_VOID(begin_flush());
    sender_.pump();
    return finish_rounds();
}

std::int64_t Copier::next_ns() const {
    constexpr std::int64_t kLookNs = 20 * kNsPerMs;  // for new entries
    const std::int64_t now = clock_->monotonic_ns();
    std::int64_t next = now + kLookNs;
    if (const auto sender = sender_.next_ns()) next = std::min(next, *sender);
    return std::max(next, now);
}

Result<bool> Copier::idle() {
    const auto quiet = [&]() -> Result<bool> {
        if (!begun_ || closing_ || open_->pending > 0 || open_->through > 0 || !touched_.empty() ||
            !hours_.empty() || !entries_.empty() || fleets_differ() || !again_.empty() ||
            rules_touched_ || sender_.unfinished() > 0 || feed_.lag() > 0)
            return false;
        FLEET_TRY(const auto days, feed_.days(1));
        FLEET_TRY(const auto alerts, feed_.alerts(1));
        return days.empty() && alerts.empty();
    };
    FLEET_TRY(const bool before, quiet());
    if (!before || folded_) return before;
    // Rows that came late may still change alerts.
    for (const auto& [id, retention] : engine_.fleets()) {
        engine::AlertQuery query;
        query.fleet = engine_.fleet_number(id).value_or(0);
        query.to = {kMaxMs};
        query.limit = 1;
        FLEET_TRY_VOID(engine_.alerts(query));
    }
    folded_ = true;
    return quiet();
}

Result<void> Copier::finish_rounds() {
    if (!closing_ || !devices_flushed_ || closing_->pending > 0) return {};
    const Round& done = *closing_;
    if (done.through > 0) feed_.copied(done.through);
    for (const engine::FeedDay& day : done.days) {
        FLEET_TRY_VOID(feed_.day_copied(day));
        days_under_way_.erase({day.device.value, day.day.value, day.mark});
    }
    for (const engine::FeedAlert& alert : done.alerts) FLEET_TRY_VOID(feed_.alert_copied(alert));
    registered_beyond_.insert(done.registered.begin(), done.registered.end());
    while (!registered_beyond_.empty() && *registered_beyond_.begin() <= devices_done_) {
        devices_done_ = std::max(devices_done_, *registered_beyond_.begin() + 1);
        registered_beyond_.erase(registered_beyond_.begin());
    }
    CopyMemory memory = state_.memory();
    memory.devices = devices_done_;
    if (done.remember) {
        memory.fleets = done.memory.fleets;
        memory.rules_epoch = done.memory.rules_epoch;
    }
    const std::int64_t now = clock_->monotonic_ns();
    const bool other = !(memory == state_.memory());
    if (done.remember || (other && now - remembered_ns_ >= kRememberNs)) {
        FLEET_TRY_VOID(state_.remember(std::move(memory)));
        remembered_ns_ = now;
    }
    closing_.reset();
    return {};
}

Result<void> Copier::take() {
    // What is read at once becomes batches, so it is read when the last has gone
    // out, not row by row: the slower the cluster, the larger the batches.
    while (sender_.waiting() == 0 && sender_.unfinished_rows() < options_.pending_rows) {
        if (entries_.empty()) {
            FLEET_TRY(entries_, feed_.next(options_.read_bytes));
        }
        // An erasure asks the copy what it has: everything before has to be there.
        const bool erasure =
            std::any_of(entries_.begin(), entries_.end(),
                        [](const engine::FeedEntry& entry) { return !entry.erased.empty(); });
        if (erasure && (closing_ || sender_.unfinished() > 0)) return {};
        if (!entries_.empty()) {
            FLEET_TRY_VOID(take_entries());
        } else {
            const std::size_t before = sender_.unfinished();
            FLEET_TRY_VOID(take_days());
            if (sender_.unfinished() == before) return {};
        }
        sender_.pump();
    }
    return {};
}

Result<void> Copier::take_entries() {
    know_fleets();
    std::map<std::uint32_t, std::vector<std::int64_t>> rows;
    for (const engine::FeedEntry& entry : entries_) {
        for (const engine::FeedEntry::Row& row : entry.rows)
            rows[row.device.value].push_back(row.ts_ms);
        for (const DeviceHandle device : entry.devices) touched_[device.value];
        rules_touched_ = rules_touched_ || entry.rules;
        for (const auto& erased : entry.erased) FLEET_TRY_VOID(erase(erased));
    }
    for (auto& [device, times] : rows) FLEET_TRY_VOID(copy_rows({device}, times));
    open_->through = entries_.back().sequence;
    entries_.clear();
    folded_ = false;
    return {};
}

Result<void> Copier::take_days() {
    if (days_under_way_.size() < kDaysUnderWay) {
        constexpr std::size_t kSome = 16;
        FLEET_TRY(const auto days, feed_.days(days_under_way_.size() + kSome));
        know_fleets();
        for (const engine::FeedDay& day : days) {
            const std::tuple key{day.device.value, day.day.value, day.mark};
            if (days_under_way_.contains(key)) continue;
            FLEET_TRY_VOID(copy_day(day.device, day.day, day.replace));
            days_under_way_.insert(key);
            open_->days.push_back(day);
            folded_ = false;
            if (sender_.unfinished_rows() >= options_.pending_rows) return {};
        }
    }
    while (!again_.empty() && sender_.unfinished_rows() < options_.pending_rows) {
        FLEET_TRY_VOID(copy_day(again_.front().first, again_.front().second, false));
        again_.pop_front();
    }
    return {};
}

Result<void> Copier::copy_rows(DeviceHandle device, std::vector<std::int64_t>& times) {
    const DeviceRow row = engine_.device(device);
    const FleetFacts* fleet = facts_of(row.fleet);
    if (!known(row) || fleet == nullptr) return {};
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
    Gather gather(*this, open_, Ask::telemetry);
    Touched& touched = touched_[device.value];
    for (std::size_t at = 0; at < times.size();) {
        const Day day = day_of({times[at]});
        std::size_t end = at + 1;
        while (end < times.size() && day_of({times[end]}) == day &&
               times[end] - times[end - 1] <= kReadGapMs)
            ++end;
        FLEET_TRY(const model::Rows rows, read(device, {times[at]}, {times[end - 1] + 1}));
        FLEET_TRY_VOID(gather.begin(format_day(day)));
        for (const model::Sample& sample : rows.samples) {
            while (at < end && times[at] < sample.ts_ms) ++at;  // gone since
            if (at == end || times[at] != sample.ts_ms) continue;
            FLEET_TRY_VOID(pack_row(gather, row, *fleet, sample, rows.texts));
        }
        touched.days.insert(day);
        at = end;
    }
    return gather.send();
}

Result<void> Copier::copy_day(DeviceHandle device, Day day, bool replace) {
    const DeviceRow row = engine_.device(device);
    const FleetFacts* fleet = facts_of(row.fleet);
    if (!known(row) || fleet == nullptr) return {};
    Touched& touched = touched_[device.value];
    touched.days.insert(day);
    if (replace) {
        touched.clear = true;
        cql::PackedRows key = rows_for(Ask::delete_telemetry_of_day);
        key.text(row.id).date(day.value).end_row();
        FLEET_TRY_VOID(send_now(open_, Ask::delete_telemetry_of_day, std::move(key)));
    }
    FLEET_TRY(const model::Rows rows, read(device, day.begin(), day.end()));
    Gather gather(*this, open_, Ask::telemetry);
    for (const model::Sample& sample : rows.samples)
        FLEET_TRY_VOID(pack_row(gather, row, *fleet, sample, rows.texts));
    return gather.send();
}

Result<model::Rows> Copier::read(DeviceHandle device, Timestamp from, Timestamp to) {
    auto rows = engine_.rows(device, from, to, kAllRows, false);
    if (rows || rows.error().code != Code::corrupt) return rows;
    // What cannot be read cannot be copied, and must not hold up the rest.
    spdlog::error(
        "rows of device {} from {} to {} cannot be read and are not in "
        "the copy: {}",
        engine_.device(device).id, format_rfc3339(from), format_rfc3339(to), rows.error().message);
    return model::Rows();
}

Result<void> Copier::pack_row(Gather& gather, const DeviceRow& device, const FleetFacts& fleet,
                              const model::Sample& sample, const model::TextPool& texts) {
    const auto left = ttl(fleet, sample.ts_ms);
    if (!left) return {};
    FLEET_TRY(const bool lost, feed_.lost_values(device.handle, sample.ts_ms));
    return gather.add([&](cql::PackedRows& rows) {
        pack_telemetry(rows, device.id, device.fleet, sample, texts,
                       lost ? Absent::clear : Absent::unset, *left);
    });
}

void Copier::send(const RoundPtr& round, Ask ask, cql::PackedRows rows, std::int64_t stamp) {
    ++round->pending;
    Request request;
    request.ask = ask;
    request.rows = std::move(rows);
    request.stamp_us = stamp;
    request.done = [this, round, ask](const std::vector<Refused>& wrong, const cql::Rows&) {
        --round->pending;
        if (!wrong.empty()) refused(ask, wrong);
    };
    sender_.push(std::move(request));
}

Result<void> Copier::send_now(const RoundPtr& round, Ask ask, cql::PackedRows rows) {
    FLEET_TRY(const std::int64_t stamp, state_.next_stamp());
    send(round, ask, std::move(rows), stamp);
    return {};
}

void Copier::refused(Ask ask, const std::vector<Refused>& rows) {
    const std::string_view table = asks_of("")[static_cast<std::size_t>(ask)].table;
    for (const Refused& one : rows) {
        spdlog::error("Cassandra refuses a row of {}, which is left out of the copy: {}", table,
                      one.error.message);
        if (ask != Ask::telemetry) continue;
        // The key, from the bound cells: text, date, timestamp.
        std::string_view bytes = one.row.bytes();
        const auto cell = [&] {
            std::uint64_t length = 0;
            for (const char c : bytes.substr(0, 4))
                length = length << 8 | static_cast<unsigned char>(c);
            const std::string_view value = bytes.substr(4, length);
            bytes.remove_prefix(4 + length);
            return value;
        };
        const std::string device(cell());
        cell();
        std::uint64_t ts = 0;
        for (const char c : cell()) ts = ts << 8 | static_cast<unsigned char>(c);
        const Timestamp at{static_cast<std::int64_t>(ts)};
        std::string raw;
        if (const auto handle = engine_.find_device(device)) {
            const auto found = engine_.rows(*handle, at, {at.ms + 1}, 1, false);
            if (found && !found->empty()) {
                codec::JsonWriter json(raw);
                codec::append_sample(json, device, engine_.device(*handle).fleet,
                                     found->samples.front(), found->texts);
            }
        }
        // Types were compared, so its size is all that can be wrong with a row.
        engine::Batch batch;
        batch.source = "cassandra";
        batch.rows.reject(
            model::Reason::too_large, 0, raw,
            fmt::format("device {}, {}: {}", device, format_rfc3339(at), one.error.message));
        engine_.submit(std::move(batch), [](const Result<engine::BatchResult>& result) {
            if (!result)
                spdlog::error(
                    "a row that Cassandra refused could not "
                    "be put into the quarantine: "
                    "{}",
                    result.error().message);
        });
        ++quarantined_;
    }
}

cql::PackedRows Copier::rows_for(Ask ask) const {
    return cql::PackedRows(target_.statements.at(ask));
}

bool Copier::known(const DeviceRow& device) const {
    return engine_.find_device(device.id) == device.handle;
}

void Copier::know_fleets() {
    fleets_.clear();
    for (const auto& [id, retention] : engine_.fleets()) {
        const auto number = engine_.fleet_number(id);
        if (!number) continue;
        // Decided once: where rows lie depends on it.
        const auto [buckets, fresh] = buckets_.try_emplace(id, 1);
        const auto& remembered = state_.memory().fleets;
        if (const auto found = remembered.find(id); fresh && found != remembered.end()) {
            buckets->second = found->second.buckets;
        } else if (fresh) {
            const std::size_t devices = engine_.devices_of(*number)->size();
            while (buckets->second * kDevicesPerBucket < devices) buckets->second *= 2;
        }
        fleets_.push_back({*number, id, retention, buckets->second});
    }
}

const Copier::FleetFacts* Copier::facts_of(std::string_view fleet) const {
    const auto found = std::find_if(fleets_.begin(), fleets_.end(),
                                    [&](const FleetFacts& f) { return f.id == fleet; });
    return found == fleets_.end() ? nullptr : &*found;
}

std::optional<std::int32_t> Copier::ttl(const FleetFacts& fleet, std::int64_t ts_ms) const {
    return ttl_seconds(ts_ms, fleet.retention_days, now_ms());
}

}  // namespace fleet::replicate
