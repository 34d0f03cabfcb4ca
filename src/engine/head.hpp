// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/alert_table.hpp"
#include "engine/engine.hpp"
#include "engine/feed_marks.hpp"
#include "engine/registry.hpp"
#include "engine/rows_codec.hpp"
#include "engine/rule_book.hpp"
#include "engine/silence.hpp"
#include "engine/tables.hpp"
#include "fold/fold.hpp"
#include "model/record.hpp"
#include "model/stats.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace fleet::engine {

/// Rows of a chunk on disk at most; smaller neighbours are merged up to it.
inline constexpr std::size_t kChunkRows = 1024;

/// Milliseconds since the start of its UTC day.
[[nodiscard]] inline std::uint32_t within_day(std::int64_t ts_ms) noexcept {
    return static_cast<std::uint32_t>(ts_ms % kMsPerDay);
}

/// One chunk of a device-day as the head knows it.
struct ChunkSlot {
    std::uint32_t first_ms = 0;  ///< within the day; its key
    std::uint32_t last_ms = 0;
    std::uint32_t count = 0;
    std::shared_ptr<const std::string> bytes;  ///< nothing: as in the tables
    bool dirty = false;                        ///< differs from the tables
};

/// What the head holds of one device-day that is open or changed.
struct DayHead {
    Day day;
    bool chunks_known = false;      ///< `chunks` is the whole index (the open tail is never in it)
    std::vector<ChunkSlot> chunks;  ///< by first_ms, disjoint
    std::vector<std::uint32_t> erased;  ///< keys in the tables that must go
    bool row_known = false;             ///< `row` is loaded or made
    DayRow row;                         ///< as folded so far; stale while `refold`
    bool refold = false;                ///< a late row came: recompute before use
    bool dirty = false;
    std::shared_ptr<const fold::DayRules> rules;  ///< of `rules_epoch`
    std::uint64_t rules_epoch = 0;
    std::vector<model::AlertRun> published;  ///< row.result.alerts as the alert table has them
};

/// What the head holds of one device. Guarded by the mutex of its shard.
struct DeviceHead {
    bool known =
        false;  ///< restored or registered; registered ones are written with the next checkpoint
    bool dirty = false;
    DevicePersistent persistent;  ///< without `id`, `fleet` and `moves`, which the registry has
    model::Rows tail;  ///< newest rows that are in no chunk yet: one day, ascending, after every
                       ///< chunk of it
    bool tail_dirty = false;   ///< differs from its copy in the tables
    bool tail_stored = false;  ///< the tables hold a copy of it under its first time
    std::vector<std::unique_ptr<DayHead>> days;  ///< ascending
    std::vector<Day> gone;    ///< days that an erasure emptied, which the tables may still have
    std::string tombstone;    ///< stands for the id of an erased device; else empty
    model::Rows pending;      ///< late rows in order of arrival, not merged yet (bulk loads)
    bool open_known = false;  ///< `open_alerts` is loaded or made
    std::vector<model::AlertRun> open_alerts;  ///< alerts without end as the alert table has them
    bool unsettled = false;                    ///< in the shard's list of those to settle
    bool queued = false;                       ///< in the shard's queue for silence
    AlertCause cause = AlertCause::late;       ///< of the refolds that wait
    std::int64_t notify_from_ms = fold::kForEver;  ///< of the last batch
};

/// How rows came. Loaded ones have the defaults.
struct Arrival {
    std::int64_t received_ms = -1;  ///< wall clock; −1: not live
    /// Alerts that start then or later wait to be notified.
    std::int64_t notify_from_ms = fold::kForEver;
};

/// Where the outcome of each row goes. `statuses` may be null.
struct ApplyResult {
    RowStatus* statuses = nullptr;  ///< by row index of the batch
    std::uint64_t stored = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t conflicts = 0;
    std::uint64_t late = 0;

    void add(const ApplyResult& other) {
        stored += other.stored;
        duplicates += other.duplicates;
        conflicts += other.conflicts;
        late += other.late;
    }
};

/// The head: per device its open rows, changed chunks, fold state and latest, in RAM; and the only
/// way into the tables for rows. Work on one shard excludes other work on that shard; shards are
/// independent. Thread-safe.
class Head {
  public:
    Head(Registry& registry, Tables& tables, std::uint64_t tail_budget_bytes);

    /// Loads the device rows at start.
    [[nodiscard]] Result<void> restore();
    /// Makes room for a device before the registry shows it to anyone.
    void prepare_device(DeviceHandle device);
    /// Takes up a device that the registry has just interned; it is written with the next
    /// checkpoint.
    void add_device(DeviceHandle device);

    /// Takes what is said about a device; without effect when `sequence` was applied before (I7).
    void change_device(DeviceHandle device, const model::DeviceChange& change,
                       std::uint64_t sequence);

    /// Moves a device to another fleet from a day on, with what follows from it; without effect
    /// when `sequence` was applied before (I7).
    [[nodiscard]] Result<void> move_device(DeviceHandle device, Day from, std::uint32_t fleet,
                                           std::uint64_t sequence);

    /// One device's rows of a batch, in their order of arrival: `records[order[i]]`. Skipped when
    /// `sequence` (not 0) was applied to the device before (I7). `defer` lets late rows gather
    /// until merge_pending() or a read.
    struct Group {
        DeviceHandle device;
        std::span<const std::uint32_t> order;
    };
    [[nodiscard]] Result<void> apply(std::uint8_t shard, std::span<const Group> groups,
                                     std::span<const model::Record> records, std::uint64_t sequence,
                                     bool defer, const Arrival& arrival, ApplyResult& result);
    /// Folds anew what late rows or changed rules have made stale, of at most `devices` devices of
    /// a shard. Returns whether more are left.
    [[nodiscard]] Result<bool> settle_some(std::uint8_t shard, std::size_t devices);
    /// Takes up new rules; stored rows are judged again when their device is settled.
    void set_rules(const std::shared_ptr<const RuleSnapshot>& rules);
    /// Makes the alerts of a fleet complete before they are read.
    [[nodiscard]] Result<void> settle_fleet(std::uint32_t fleet);
    [[nodiscard]] Result<void> act_on_alert(DeviceHandle device, const model::AlertId& id,
                                            AlertAction action);
    void alert_notified(DeviceHandle device, const model::AlertId& id);

    // --- silence, judged by the clock (docs/fold.md, Beside the fold; head_silence.cpp) ---
    /// OFFLINE alerts are made from now on. Before set_rules().
    void watch_offline() noexcept { watching_ = true; }
    /// Since when vehicles can report. Nobody is judged in the first kListenFirstMs from then on.
    void listen_since(std::int64_t since_ms) noexcept { listening_since_ms_ = since_ms; }
    /// What began before the OFFLINE rules were made is not notified.
    void silence_rules_since(std::int64_t since_ms) noexcept { silence_rules_ms_ = since_ms; }
    /// Every device that was heard live is looked at from now on.
    void queue_all(std::int64_t now_ms);
    /// Makes the alerts that are due at `now_ms`.
    [[nodiscard]] Result<void> look_for_silence(std::int64_t now_ms, std::int64_t notify_from_ms);
    /// Makes an OFFLINE alert that is not there but was, by its id: who replays what was done with
    /// it comes before the clock that made it.
    [[nodiscard]] Result<void> recall_silence(DeviceHandle device, const model::AlertId& id,
                                              std::int64_t notify_from_ms);
    /// OFFLINE alerts made so far; they are in no journal.
    [[nodiscard]] std::uint64_t silences_made() const noexcept { return silences_made_; }

    [[nodiscard]] const AlertTable& alerts() const noexcept { return alerts_; }
    [[nodiscard]] Result<std::vector<model::Trip>> trips(DeviceHandle device, Timestamp from,
                                                         Timestamp to);
    [[nodiscard]] Result<std::vector<model::Stop>> stops(DeviceHandle device, Timestamp from,
                                                         Timestamp to);
    /// Merges what apply() deferred, of one shard. Adds the outcomes of all deferred rows since the
    /// last call, also of those that something else has merged meanwhile.
    [[nodiscard]] Result<void> merge_pending(std::uint8_t shard, ApplyResult& result);

    /// Writes everything of a shard that changed since the last call into the tables (not yet
    /// flushed).
    [[nodiscard]] Result<void> write_back(std::uint8_t shard);
    /// Puts the fleets into a set if they changed since they were last written; returns the version
    /// to note on success.
    [[nodiscard]] std::uint64_t put_fleets(Tables::WriteSet& set) const;
    /// Removes device-days before `keep_from`.
    [[nodiscard]] Result<void> expire(DeviceHandle device, Day keep_from);
    /// Removes a device's rows of a period, or all that is known of it, with what follows from
    /// them; adds to `report`. Without effect when `sequence` was applied before (I7).
    [[nodiscard]] Result<void> erase(DeviceHandle device, const std::optional<ErasePeriod>& period,
                                     std::uint64_t sequence, EraseReport& report);
    /// Sequence of the last entry that erased the whole device of this id, 0 = none: earlier
    /// entries about it are not applied again (I7). Only for the thread that dispatches entries.
    [[nodiscard]] std::uint64_t erased_through(std::string_view device_id) const;

    [[nodiscard]] DevicePersistent device(DeviceHandle device) const;
    [[nodiscard]] model::Latest latest(DeviceHandle device) const;
    [[nodiscard]] Result<model::Latest> latest_at(DeviceHandle device, Timestamp at);
    [[nodiscard]] std::vector<Day> days_of(DeviceHandle device) const;
    /// Rows of one day in [from, to), ascending; chunks outside are not decoded.
    [[nodiscard]] Result<model::Rows> day_rows(DeviceHandle device, Day day, Timestamp from,
                                               Timestamp to);
    /// One field of such rows; what of them is in chunks is not put together to rows.
    [[nodiscard]] Result<void> day_column(DeviceHandle device, model::Field field, Day day,
                                          Timestamp from, Timestamp to, const ColumnVisitor& visit);
    [[nodiscard]] Result<DayRow> day_row(DeviceHandle device, Day day);
    [[nodiscard]] Result<model::DayHours> fleet_day(std::uint32_t fleet, Day day);

    /// Recomputes a device-day from its chunks and compares; with `rebuild` the row is replaced.
    /// What is damaged is noted in the report, other errors are returned.
    [[nodiscard]] Result<void> verify_day(DeviceHandle device, Day day, bool rebuild,
                                          VerifyReport& report);

    /// Compares the list of alerts with what the devices' days hold; with `rebuild` the list is
    /// replaced where it differs.
    [[nodiscard]] Result<void> verify_alerts(bool rebuild, VerifyReport& report);

    // --- what the change feed keeps with the devices' rows ---
    [[nodiscard]] FeedMarks& feed_marks() noexcept { return feed_marks_; }
    /// Marks a day if the device has it, or all of its days; returns their number.
    std::uint64_t mark_for_feed(DeviceHandle device, std::optional<Day> day, bool replace = false);
    [[nodiscard]] Result<void> feed_day_copied(const FeedDay& day);
    [[nodiscard]] Result<void> feed_alert_copied(const FeedAlert& alert);
    /// Marks all alerts.
    [[nodiscard]] Result<void> mark_alerts_for_feed();
    /// Hours of a fleet's day over the devices of one shard.
    [[nodiscard]] Result<model::DayHours> shard_hours(std::uint32_t fleet, Day day,
                                                      std::uint8_t shard);

    void set_listener(std::shared_ptr<ChangeListener> listener);
    [[nodiscard]] std::uint64_t tail_rows() const noexcept {
        return tail_rows_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t pending_rows() const noexcept {
        return pending_rows_.load(std::memory_order_relaxed);
    }
    /// Bytes of encoded chunks that are not in the tables yet.
    [[nodiscard]] std::uint64_t dirty_bytes() const noexcept {
        return dirty_bytes_.load(std::memory_order_relaxed);
    }
    /// Sums of the devices' counters (I2).
    [[nodiscard]] Accounting accounting() const;

  private:
    static constexpr std::size_t kBlock = 1024;
    static constexpr std::size_t kBlocks = 65'536;
    struct FleetDayKey {
        std::uint32_t fleet;
        Day day;
        bool operator==(const FleetDayKey&) const = default;
    };
    struct FleetDayHash {
        std::size_t operator()(const FleetDayKey& k) const noexcept {
            return static_cast<std::size_t>(k.fleet) * 65'537 + k.day.value;
        }
    };
    struct Shard {
        mutable std::mutex mutex;
        std::vector<DeviceHandle> devices;  ///< ascending
        std::vector<DeviceHandle> dirty;
        std::vector<DeviceHandle> with_pending;
        /// Outcomes of deferred rows that were merged, perhaps by a read or the upkeep, and that
        /// merge_pending() has not told of yet.
        ApplyResult merged;
        std::vector<DeviceHandle> unsettled;
        std::shared_ptr<const RuleSnapshot> rules;
        SilenceQueue queue;
        /// Shortest silence that may make an alert; for ever: none is made.
        std::int64_t silence_after_ms = fold::kForEver;
        /// Hours of a fleet's day over this shard's devices; made on demand, kept right by every
        /// change.
        std::unordered_map<FleetDayKey, model::DayHours, FleetDayHash> fleet_days;
        Accounting counters;  ///< sums over the devices of the shard
    };

    /// Where the rows of a device-day in [from, to) are: chunks that touch the range, ascending,
    /// then rows of the tail. As of one instant.
    struct DayParts {
        std::vector<std::shared_ptr<const std::string>> chunks;
        model::Rows tail;
    };
    [[nodiscard]] Result<DayParts> day_parts(DeviceHandle device, Day day, Timestamp from,
                                             Timestamp to);
    /// Adds whose chunk it is.
    [[nodiscard]] Failure of_day(const Error& error, DeviceHandle device, Day day) const;
    [[nodiscard]] DeviceHead& head(DeviceHandle device) const;
    [[nodiscard]] DayKey key(DeviceHandle device, Day day) const;
    [[nodiscard]] std::size_t tail_capacity() const noexcept;
    void mark_dirty(Shard& shard, DeviceHead& head, DeviceHandle device);
    [[nodiscard]] static DayHead* find_day(const DeviceHead& head, Day day);

    // All below: with the shard's mutex held.
    [[nodiscard]] Result<void> apply_group(Shard& shard, const Group& group,
                                           std::span<const model::Record> records,
                                           std::uint64_t sequence, bool defer,
                                           const Arrival& arrival, ApplyResult& result);
    /// Settles the devices of a fleet that need it.
    [[nodiscard]] Result<void> settle_members(Shard& shard, std::uint32_t fleet);
    /// The row of a day that the device has, without opening the day: that in memory, else that of
    /// the tables, which is put into `stored`.
    [[nodiscard]] Result<const DayRow*> peek_row(const DeviceHead& head, DeviceHandle device,
                                                 Day day, DayRow& stored) const;
    /// Rows of the days that may hold what starts in [from, to), and whether it is the newest day.
    template <class Visit>
    [[nodiscard]] Result<void> visit_rows(DeviceHandle device, Timestamp from, Timestamp to,
                                          Visit visit);
    void want_settling(Shard& shard, DeviceHead& head, DeviceHandle device, AlertCause cause);
    /// State at the end of the last day with rows before `day`.
    [[nodiscard]] Result<fold::DeviceState> state_before(DeviceHead& head, DeviceHandle device,
                                                         Day day);
    [[nodiscard]] const fold::DayRules& day_rules(const Shard& shard, DeviceHandle device,
                                                  DayHead& day) const;
    /// Marks the days that were folded with older rules.
    [[nodiscard]] Result<void> take_rules(Shard& shard, DeviceHead& head, DeviceHandle device);
    [[nodiscard]] Result<void> know_open_alerts(DeviceHead& head, DeviceHandle device);
    /// Alerts that the days of a device hold and that start on one of them, by id.
    [[nodiscard]] Result<std::vector<AlertTable::Entry>> alerts_of(const Shard& shard,
                                                                   DeviceHead& head,
                                                                   DeviceHandle device) const;
    /// Brings the alert table up to these days, and to the alerts that are open if the newest day
    /// is among them.
    [[nodiscard]] Result<void> sync_alerts(Shard& shard, DeviceHead& head, DeviceHandle device,
                                           std::span<DayHead* const> days, AlertCause cause,
                                           std::int64_t notify_from_ms);
    void queue_shard(Shard& shard, std::int64_t now_ms);
    /// Makes the alerts of one device that are due; returns when to look again (fold::kForEver:
    /// when it has reported).
    /// Drops the silences that begin, end or start an alert in a period; returns the number of
    /// alerts that went which do not start in it.
    [[nodiscard]] Result<std::uint64_t> erase_silences(Shard& shard, DeviceHead& head,
                                                       DeviceHandle device,
                                                       const ErasePeriod& period);
    [[nodiscard]] Result<std::int64_t> judge_silence(Shard& shard, DeviceHead& head,
                                                     DeviceHandle device, std::int64_t now_ms,
                                                     std::int64_t notify_from_ms);
    [[nodiscard]] Result<void> fall_silent(Shard& shard, DeviceHead& head, DeviceHandle device,
                                           const Silence& silence, std::int64_t notify_from_ms);
    /// Rows came, which end or divide silences.
    [[nodiscard]] Result<void> break_silences(Shard& shard, DeviceHead& head, const Group& group,
                                              std::span<const model::Record> records,
                                              const Arrival& arrival);
    [[nodiscard]] AlertTable::Entry entry_of(const Shard& shard, DeviceHandle device,
                                             const Silence& silence,
                                             std::optional<model::GeoPoint> at) const;
    /// Compares what a device remembers of its silences with the list.
    [[nodiscard]] Result<void> verify_silences(Shard& shard, DeviceHead& head, DeviceHandle device,
                                               std::span<const AlertTable::Entry> open,
                                               bool rebuild, VerifyReport& report);
    [[nodiscard]] Result<DayHead*> open_day(DeviceHead& head, DeviceHandle device, Day day);
    [[nodiscard]] Result<void> load_chunks(const DeviceHead& head, DeviceHandle device,
                                           DayHead& day);
    [[nodiscard]] Result<void> load_slot(DeviceHandle device, const DayHead& day, std::size_t slot,
                                         model::Rows& out) const;
    [[nodiscard]] Result<void> seal_tail(DeviceHead& head, DeviceHandle device);
    void replace_slots(DayHead& day, std::size_t at, std::size_t count, const model::Rows& rows);
    /// Merges rows of any times; `original` gives their index for the statuses (empty: none are
    /// kept).
    [[nodiscard]] Result<void> merge_late(Shard& shard, DeviceHead& head, DeviceHandle device,
                                          const model::Rows& incoming,
                                          std::span<const std::uint32_t> original,
                                          ApplyResult& result);
    [[nodiscard]] Result<void> merge_device_pending(Shard& shard, DeviceHead& head,
                                                    DeviceHandle device);
    [[nodiscard]] Result<void> all_rows(const DeviceHead& head, DeviceHandle device, DayHead& day,
                                        model::Rows& out);
    /// Folds a day anew; returns whether the state at its end is another than before.
    [[nodiscard]] Result<bool> refold(Shard& shard, DeviceHead& head, DeviceHandle device,
                                      DayHead& day);
    [[nodiscard]] Result<void> recompute_day(DeviceHandle device, Day day, bool rebuild,
                                             VerifyReport& report);
    [[nodiscard]] Result<void> settle(Shard& shard, DeviceHead& head, DeviceHandle device);
    [[nodiscard]] Result<void> take_membership(Shard& shard, DeviceHead& head, DeviceHandle device,
                                               const MembershipChange& change);
    /// AlertTable::forget() in every fleet that the device was in.
    [[nodiscard]] Result<std::uint64_t> forget_alerts(DeviceHandle device, std::int64_t from_ms,
                                                      std::int64_t before_ms,
                                                      AlertTable::Forget why);
    void erase_device(Shard& shard, DeviceHead& head, DeviceHandle device);
    [[nodiscard]] Result<void> erase_period(Shard& shard, DeviceHead& head, DeviceHandle device,
                                            const ErasePeriod& period, EraseReport& report);
    /// Reads the chunks that a period cuts in two, so that one that is damaged stops an erasure
    /// before anything has changed.
    [[nodiscard]] Result<void> check_cuts(DeviceHead& head, DeviceHandle device,
                                          const ErasePeriod& period);
    /// Removes the rows of a period from a day; their number.
    [[nodiscard]] Result<std::uint64_t> erase_rows(DeviceHead& head, DeviceHandle device,
                                                   DayHead& day, const ErasePeriod& period);
    /// Brings first and last time and latest in line with the rows that are left.
    [[nodiscard]] Result<void> know_ends(DeviceHead& head, DeviceHandle device,
                                         const ErasePeriod& period);
    void write_device(DeviceHead& head, DeviceHandle device, Tables::WriteSet& set);
    void mark_written(DeviceHead& head);
    [[nodiscard]] Result<model::DayHours> shard_day(Shard& shard, std::uint8_t number,
                                                    std::uint32_t fleet, Day day);

    Registry& registry_;
    Tables& tables_;
    FeedMarks feed_marks_;
    AlertTable alerts_;
    std::uint64_t tail_budget_bytes_;
    std::array<Shard, kShards> shards_;
    std::unique_ptr<std::array<std::unique_ptr<std::array<DeviceHead, kBlock>>, kBlocks>> blocks_;
    std::mutex grow_mutex_;
    std::shared_ptr<ChangeListener> listener_;
    std::mutex listener_mutex_;
    bool watching_ = false;
    std::atomic<std::int64_t> listening_since_ms_{fold::kAlways};
    std::atomic<std::int64_t> silence_rules_ms_{fold::kAlways};
    std::atomic<std::uint64_t> silences_made_{0};
    std::atomic<std::uint64_t> fleets_written_{0};  ///< fleet_version() that the tables hold
    std::unordered_map<std::string, std::uint64_t> erased_;  ///< by erased_name()
    std::atomic<std::uint64_t> tail_rows_{0};
    std::atomic<std::uint64_t> pending_rows_{0};
    std::atomic<std::uint64_t> dirty_bytes_{0};
};

}  // namespace fleet::engine
