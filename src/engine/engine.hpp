// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/alert.hpp"
#include "model/batch.hpp"
#include "model/device.hpp"
#include "model/field.hpp"
#include "model/reason.hpp"
#include "model/record.hpp"
#include "model/stats.hpp"
#include "model/trip.hpp"
#include "model/zone.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::engine {

/// Dense number of a device, fixed at registration and persisted. Hot paths never touch its string.
struct DeviceHandle {
    std::uint32_t value = 0;
    auto operator<=>(const DeviceHandle&) const = default;
};

/// `process`: acknowledged when the journal entry is in the page cache (survives kill -9, not power
/// loss). `sync`: acknowledged after the fsync that covers it (I1).
enum class Durability : std::uint8_t { sync, process };

struct EngineOptions {
    std::filesystem::path dir;
    Durability durability = Durability::sync;
    int retention_days = 30;  ///< default of a new fleet; 0 = unlimited
    /// Checkpoint when so much journal has gathered or so much time has passed.
    std::uint64_t checkpoint_journal_bytes = 64ULL << 20;
    std::int64_t checkpoint_interval_ms = 30'000;
    std::uint64_t journal_segment_bytes = 64ULL << 20;
    std::uint64_t disk_reserve_bytes = 256ULL << 20;  ///< below it ingest is refused (I10)
    /// Submitted and not yet applied; over it: overloaded.
    std::uint64_t queue_bytes = 64ULL << 20;
    std::uint64_t quarantine_bytes = 256ULL << 20;   ///< oldest entries go when it is larger
    std::uint64_t tail_budget_bytes = 256ULL << 20;  ///< RAM for rows that are not in a chunk yet
    unsigned apply_threads = 2;
    /// Keeps what a copy of the store elsewhere has to be told, see Engine::feed().
    bool feed = false;
    /// Journal that is kept for the feed; beyond it whole device-days are named instead.
    std::uint64_t feed_backlog_bytes = 1ULL << 30;
    /// New alerts wait in the outbox until someone reports them as notified. Off: none does.
    bool notify = false;
    /// An alert that starts longer than this before its records came is history when it is first
    /// seen: it does not wait to be notified.
    std::int64_t notify_max_age_ms = kMsPerDay;
    /// OFFLINE alerts for devices that fall silent. For who takes records all the time; off, what
    /// is loaded or looked at raises none.
    bool watch_offline = false;
    std::int64_t offline_ms = 30 * kMsPerMinute;  ///< limit of the built-in OFFLINE rule
    /// Called once when the disk lied about an fsync (I10): nothing is acknowledged any more, and
    /// the process has to exit non-zero. Nothing = log and end the process with status 1.
    std::function<void(const Error&)> on_fatal;
};

/// Decoded, validated rows of one source, on their way into the engine.
struct Batch {
    model::RecordBatch rows;
    std::string source;                     ///< "http", "file:a.csv", …; at most 256 bytes are kept
    bool auto_register = true;              ///< unknown devices are registered, else rejected
    std::string default_fleet = "default";  ///< fleet of new devices whose record names none
    /// Keeps the bytes behind the records' text alive.
    std::vector<std::shared_ptr<const void>> owners;
};

enum class RowStatus : std::uint8_t { stored, duplicate, conflict, rejected };

struct BatchResult {
    std::uint64_t sequence = 0;       ///< of the journal entry
    std::vector<RowStatus> statuses;  ///< of rows.records, in order; rejected = unknown_device
    std::uint64_t stored = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t conflicts = 0;
    std::uint64_t late = 0;
};

/// Totals since the data directory was made, exact over crashes (I2): received = stored +
/// duplicates + conflicts + quarantined + refused.
struct Accounting {
    std::uint64_t received = 0;
    std::uint64_t stored = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t conflicts = 0;
    std::uint64_t late = 0;
    std::uint64_t quarantined = 0;
    std::uint64_t refused = 0;  ///< since start; 429/503 and the like
    std::uint64_t erased = 0;   ///< rows that an erasure removed; they stay counted as stored
    std::array<std::uint64_t, model::kReasonCount> quarantined_by_reason{};
};

struct EngineStats {
    Accounting accounting;
    std::uint64_t devices = 0;
    std::uint64_t fleets = 0;
    std::uint64_t journal_bytes = 0;
    std::uint64_t journal_segments = 0;  ///< files that are kept, spares not counted
    std::uint64_t journal_sequence = 0;  ///< last durable
    std::uint64_t checkpoint_sequence = 0;
    std::uint64_t table_bytes = 0;  ///< files of the tables
    std::uint64_t disk_free_bytes = 0;
    std::uint64_t disk_reserve_bytes = 0;  ///< below it ingest is refused
    std::uint64_t queue_bytes = 0;
    std::uint64_t syncs = 0;
    std::uint64_t tail_rows = 0;
    bool accepting = true;
    std::string refusing_because;  ///< empty while accepting
};

struct DeviceRow {
    DeviceHandle handle;
    std::string id;
    std::string fleet;
    std::uint64_t records = 0;
    std::int64_t first_ms = -1;
    std::int64_t last_ms = -1;
    std::shared_ptr<const model::DeviceDetails> details;  ///< never null
    /// From which day on; the last one is that of now. Empty: it was never moved.
    std::vector<std::pair<Day, std::string>> fleets;
};

struct QuarantineEntry {
    std::uint64_t id = 0;  ///< ascending with time
    Timestamp received;
    std::string source;
    std::uint32_t index = 0;
    std::string reason;
    std::string detail;
    std::string raw;
};

/// What verify() found. Empty `differences` = everything equal.
struct VerifyReport {
    std::uint64_t device_days = 0;
    std::uint64_t chunks = 0;
    std::uint64_t rows = 0;
    std::vector<std::string> differences;  ///< "device D day YYYY-MM-DD: …", at most 1,000
    std::uint64_t difference_count = 0;
    /// Device-days (and lists) among them that cannot be read, so that nothing can write them anew.
    std::uint64_t damaged = 0;
};

enum class AlertState : std::uint8_t { open, acknowledged, resolved };

/// What an operator did with an alert.
struct AlertAction {
    enum class Kind : std::uint8_t { acknowledge, resolve, comment } kind{};
    std::uint64_t sequence = 0;  ///< of the journal entry
    Timestamp at;                ///< of receipt
    std::string who;
    std::string text;
};

/// State after all actions: that of the last one that is no comment.
[[nodiscard]] AlertState state_of(std::span<const AlertAction> actions) noexcept;

struct AlertRow {
    model::AlertId id;
    std::uint32_t fleet = 0;
    DeviceHandle device;
    model::AlertRun run;
    bool late = false;       ///< late data made or moved it
    bool retracted = false;  ///< late data took it back
    bool notified = false;   ///< someone was told of it, or of what it replaces
    AlertState state = AlertState::open;
    std::vector<AlertAction> actions;  ///< oldest first
};

/// An alert that someone was told of.
struct NotifiedAlert {
    DeviceHandle device;
    model::AlertId id;
};

/// Alerts of a fleet with from ≤ start < to, newest first.
struct AlertQuery {
    std::uint32_t fleet = 0;
    Timestamp from;
    Timestamp to;
    std::optional<model::Severity> severity;
    std::optional<model::RuleType> type;
    std::optional<AlertState> state;
    std::optional<DeviceHandle> device;
    bool retracted = false;  ///< retracted ones too
    std::string after;       ///< `next` of the page before
    std::size_t limit = 1'000;
};

struct AlertPage {
    std::vector<AlertRow> items;
    std::string next;  ///< bytes for `after`; empty at the end
};

/// Alerts that start in each hour of a UTC day, by severity (its value is the position).
using AlertStarts = std::array<std::array<std::uint64_t, 3>, 24>;

/// Trips, stops and time in motion of a device-day, by start.
struct DayMotion {
    std::uint64_t trips = 0;
    std::uint64_t stops = 0;
    std::int64_t moving_s = 0;
};

/// A device goes to a fleet, on a UTC day and after it until its next move.
struct DeviceMove {
    std::string device;
    std::string fleet;
    Day from;
};

/// One change of rules or zones.
struct RuleChange {
    enum class Kind : std::uint8_t { put_rule, remove_rule, put_zone, remove_zone } kind{};
    model::Rule rule;  ///< for put_rule
    model::Zone zone;  ///< for put_zone
    std::string name;  ///< for removals
    /// The change holds from here instead of its moment; new rules and zones hold always.
    std::optional<std::int64_t> recompute_from_ms;
};

struct RuleSnapshot;  // engine/rule_book.hpp
class ChangeFeed;     // engine/change_feed.hpp

/// Event times from ≤ ts < to.
struct ErasePeriod {
    Timestamp from;
    Timestamp to;
    bool operator==(const ErasePeriod&) const = default;
};

/// What an erasure took.
struct EraseReport {
    std::uint64_t rows = 0;
    std::uint64_t device_days = 0;  ///< that held them
    std::uint64_t alerts = 0;       ///< with what people did to them
    std::uint64_t quarantined = 0;  ///< rejected records that name the device
    /// False: nothing of it is shown any more, but old bytes are still in files of the directory,
    /// because the disk refused; it is tried again in the background.
    bool scrubbed = false;
};

/// An erasure as the store remembers it: a device by a hash of its id, not by the id.
struct Erasure {
    std::uint64_t sequence = 0;  ///< of its journal entry
    Timestamp at;
    std::string subject;                ///< '#' and 32 hexadecimal digits
    std::optional<ErasePeriod> period;  ///< nothing: the whole device
    bool operator==(const Erasure&) const = default;
};

/// What changed since the caller last asked, for live views.
class ChangeListener {
  public:
    virtual ~ChangeListener() = default;
    /// Called on an apply thread, with the shard's lock held: must only note the handle. `fleet` is
    /// a fleet's number.
    virtual void changed(DeviceHandle device, std::uint32_t fleet) noexcept = 0;
};

/// Loads without the journal: one caller, rows become durable at finish() (or with a checkpoint on
/// the way, when memory asks for it). Killed before: a prefix-consistent part is there, loading
/// again completes it (I3).
class BulkLoad {
  public:
    virtual ~BulkLoad() = default;
    /// Applies a batch in its order. Records that submit() would quarantine move to its rejects.
    /// The batch's bytes need to live only during the call.
    /// Thread-compatible.
    [[nodiscard]] virtual Result<void> add(Batch& batch) = 0;
    /// Applies halves parsed in parallel, in order, with both cores. Same contract as add().
    [[nodiscard]] virtual Result<void> add(std::span<Batch* const> batches) = 0;
    /// Totals so far: late, duplicates and conflicts of buffered late rows are counted when they
    /// are merged, at the latest by finish().
    [[nodiscard]] virtual const BatchResult& totals() const = 0;
    [[nodiscard]] virtual Result<void> finish() = 0;
};

/// Takes values of one field and the times of their rows, side by side and ascending; each call
/// goes on where the one before ended.
using ColumnVisitor =
    std::function<void(std::span<const std::int64_t> ts_ms, std::span<const std::int32_t> values)>;

/// The embedded store. Thread-safe. Owns its directory (one process at a time) and its threads.
class Engine {
  public:
    /// Opens or creates. Errors: busy (another process), unsupported (newer version), corrupt
    /// (damage before the fence), io.
    [[nodiscard]] static Result<std::unique_ptr<Engine>> open(EngineOptions options,
                                                              std::shared_ptr<const Clock> clock);
    virtual ~Engine() = default;

    using Completion = std::function<void(Result<BatchResult>)>;
    /// Journals, syncs, applies, then calls `done` on an engine thread (it must not block).
    /// Refusals come before anything was taken: overloaded (queue full), unavailable (disk reserve,
    /// stopping). Records of an unknown device with auto_register off, and those of a disabled
    /// one, are quarantined as unknown_device.
    virtual void submit(Batch batch, Completion done) = 0;
    /// submit() and wait. For command-line use and tests.
    [[nodiscard]] Result<BatchResult> submit_and_wait(Batch batch);
    [[nodiscard]] virtual Result<std::unique_ptr<BulkLoad>> bulk_load() = 0;
    /// Counts records that a server refused before they were taken (I2).
    virtual void count_refused(std::uint64_t records) = 0;

    /// Retention of a fleet in days, 0 = unlimited; creates the fleet if needed. Durable on return.
    [[nodiscard]] virtual Result<void> set_retention(const std::string& fleet, int days) = 0;
    /// Registers a device in a fleet. already_exists if the id is known. Durable on return.
    [[nodiscard]] virtual Result<void> register_device(const std::string& id,
                                                       const std::string& fleet) = 0;

    /// Registers devices and changes what is said about them (docs/devices.md): all together or
    /// none. Durable on return. Errors: invalid_argument (a member is wrong, a device is named
    /// twice or would have to leave its fleet), too_large.
    [[nodiscard]] virtual Result<void> change_devices(std::vector<model::DeviceChange> changes) = 0;

    /// Moves devices, all together; a fleet that is not there is made. What they did from the day
    /// on counts in the new fleet (docs/adr/0010-fleet-membership.md). Durable on return. Errors:
    /// not_found (a device), invalid_argument (a fleet's id, a day after today, a device that is
    /// named twice).
    [[nodiscard]] virtual Result<void> move_devices(std::vector<DeviceMove> moves) = 0;

    // --- reading; never blocks writers for longer than one device's work ---
    /// Id and retention in days (0 = unlimited).
    [[nodiscard]] virtual std::vector<std::pair<std::string, int>> fleets() const = 0;
    [[nodiscard]] virtual std::optional<std::uint32_t> fleet_number(
        std::string_view fleet) const = 0;
    [[nodiscard]] virtual std::string fleet_id(std::uint32_t fleet) const = 0;
    [[nodiscard]] virtual std::optional<DeviceHandle> find_device(std::string_view id) const = 0;
    [[nodiscard]] virtual DeviceRow device(DeviceHandle handle) const = 0;
    [[nodiscard]] virtual std::uint32_t fleet_of(DeviceHandle handle) const = 0;
    /// Devices of a fleet sorted by id (a snapshot that later registrations replace).
    [[nodiscard]] virtual std::shared_ptr<const std::vector<DeviceHandle>> devices_of(
        std::uint32_t fleet) const = 0;
    /// Devices that were in a fleet on a day, likewise.
    [[nodiscard]] virtual std::shared_ptr<const std::vector<DeviceHandle>> devices_on(
        std::uint32_t fleet, Day day) const = 0;
    [[nodiscard]] virtual model::Latest latest(DeviceHandle handle) const = 0;
    /// State at an instant: rows with ts ≤ at.
    [[nodiscard]] virtual Result<model::Latest> latest_at(DeviceHandle handle,
                                                          Timestamp at) const = 0;
    /// Rows of [from, to) in ascending or descending order, at most `limit`.
    [[nodiscard]] virtual Result<model::Rows> rows(DeviceHandle handle, Timestamp from,
                                                   Timestamp to, std::size_t limit,
                                                   bool descending) const = 0;
    /// One field of the rows of [from, to) that carry it, in stored units. Of chunks, only the
    /// times and this column are decoded, and only of those that touch the range.
    [[nodiscard]] virtual Result<void> column(DeviceHandle handle, model::Field field,
                                              Timestamp from, Timestamp to,
                                              const ColumnVisitor& visit) const = 0;
    [[nodiscard]] virtual Result<model::DayHours> device_day(DeviceHandle handle,
                                                             Day day) const = 0;
    [[nodiscard]] virtual Result<model::DayHours> fleet_day(std::uint32_t fleet, Day day) const = 0;
    /// UTC days on which the device has rows, ascending.
    [[nodiscard]] virtual std::vector<Day> days_of(DeviceHandle handle) const = 0;

    // --- what the fold found (docs/fold.md) ---
    /// Trips (stops) that start in [from, to), oldest first; the last may be open.
    [[nodiscard]] virtual Result<std::vector<model::Trip>> trips(DeviceHandle handle,
                                                                 Timestamp from,
                                                                 Timestamp to) const = 0;
    [[nodiscard]] virtual Result<std::vector<model::Stop>> stops(DeviceHandle handle,
                                                                 Timestamp from,
                                                                 Timestamp to) const = 0;
    /// Errors: invalid_argument (`after` is of another fleet).
    [[nodiscard]] virtual Result<AlertPage> alerts(const AlertQuery& query) const = 0;
    /// HIGH alerts of a fleet with from ≤ start < to that are neither resolved nor retracted. Cheap
    /// from the second question about a fleet on.
    [[nodiscard]] virtual Result<std::uint64_t> unresolved_high(std::uint32_t fleet, Timestamp from,
                                                                Timestamp to) const = 0;
    /// Of a fleet, with their present severity and without retracted ones. Cheap while no alert of
    /// the day changes.
    [[nodiscard]] virtual Result<AlertStarts> alert_starts(std::uint32_t fleet, Day day) const = 0;
    /// One alert that is not retracted.
    [[nodiscard]] virtual Result<std::optional<AlertRow>> alert(const model::AlertId& id) const = 0;
    /// Durable on return. not_found: there is no such alert.
    [[nodiscard]] virtual Result<void> act_on_alert(const model::AlertId& id,
                                                    AlertAction action) = 0;
    /// Alerts that wait to be notified, at most `limit`, in no order that means something. An alert
    /// that late data take back waits no longer.
    [[nodiscard]] virtual Result<std::vector<AlertRow>> waiting_alerts(std::size_t limit) const = 0;
    /// They wait no longer; those that do not wait are left alone. All together, durable on return.
    [[nodiscard]] virtual Result<void> alerts_notified(std::span<const NotifiedAlert> alerts) = 0;
    /// Rules and zones with all their versions, and their numbers.
    [[nodiscard]] virtual std::shared_ptr<const RuleSnapshot> rules() const = 0;
    /// Applies all or nothing. Durable on return; stored rows are judged again in the background,
    /// at the latest when they are asked for. Errors: not_found, invalid_argument.
    [[nodiscard]] virtual Result<void> change_rules(std::vector<RuleChange> changes) = 0;

    [[nodiscard]] virtual Result<std::vector<QuarantineEntry>> quarantine(
        std::uint64_t after, std::size_t limit) const = 0;
    /// The newest entries, newest first; `limit` of them, fewer when most of the newest were
    /// removed.
    [[nodiscard]] virtual Result<std::vector<QuarantineEntry>> newest_quarantined(
        std::size_t limit) const = 0;
    /// Removes entries, after they were re-driven. Durable on return.
    [[nodiscard]] virtual Result<void> quarantine_remove(std::span<const std::uint64_t> ids) = 0;

    /// Nothing unless EngineOptions::feed. Lives until stop().
    [[nodiscard]] virtual ChangeFeed* feed() const = 0;
    // --- erasure (docs/erasure.md) ---
    /// Removes a device, or its rows of a period, with all that follows from them, and then their
    /// bytes from the files of the directory. Rows that arrive later are stored, whatever their
    /// time. Nothing is shown any more from the moment it is in the journal; it survives a crash
    /// from there on. Costs a checkpoint and a compaction of the days it touches. Errors: not_found
    /// (no such device), invalid_argument (from ≥ to), busy (a bulk load is under way), corrupt (a
    /// chunk that has to be cut cannot be read), unavailable.
    [[nodiscard]] virtual Result<EraseReport> erase(const std::string& device,
                                                    std::optional<ErasePeriod> period) = 0;
    /// Every erasure that this store has done, oldest first.
    [[nodiscard]] virtual std::vector<Erasure> erasures() const = 0;
    /// Does those that this store has not done, to devices that it holds: for a store made from a
    /// backup that is older than they are. What it took, all together.
    [[nodiscard]] virtual Result<EraseReport> repeat_erasures(
        std::span<const Erasure> erasures) = 0;

    virtual void set_listener(std::shared_ptr<ChangeListener> listener) = 0;
    [[nodiscard]] virtual EngineStats stats() const = 0;

    // --- upkeep ---
    [[nodiscard]] virtual Result<void> checkpoint() = 0;
    /// Checkpoint, then full compaction of the tables.
    [[nodiscard]] virtual Result<void> compact() = 0;
    /// Recomputes every device-day from its chunks and compares with the tables; `rebuild` writes
    /// what was recomputed.
    [[nodiscard]] virtual Result<VerifyReport> verify(bool rebuild) = 0;
    /// Makes a copy of the store at `to` that can be opened as a data directory, while writes go
    /// on. It holds everything that was acknowledged before the call. Costs no space at first where
    /// `to` is in the same file system. Errors: already_exists (`to` is not empty), unavailable (no
    /// space), io. Nothing is left behind on an error.
    [[nodiscard]] virtual Result<void> backup(const std::filesystem::path& to) = 0;
    /// Drains, checkpoints and closes (I15). Called by the destructor too, where an error can only
    /// be logged.
    [[nodiscard]] virtual Result<void> stop() = 0;
};

}  // namespace fleet::engine
