// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/parallel.hpp"
#include "engine/embedded_feed.hpp"
#include "engine/engine.hpp"
#include "engine/erasure_log.hpp"
#include "engine/file.hpp"
#include "engine/head.hpp"
#include "engine/journal.hpp"
#include "engine/quarantine.hpp"
#include "engine/registry.hpp"
#include "engine/rows_codec.hpp"
#include "engine/tables.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace fleet::engine {

/// One journal entry between its receipt and its completion.
struct PendingEntry {
    Batch batch;
    std::vector<AdminOperation> operations;
    Timestamp received;
    std::string replayed;  ///< bytes behind a replayed batch
    Engine::Completion done;
    BatchResult result;
    std::vector<std::uint32_t>
        positions;            ///< of the batch's records in the caller's; empty = the same
    std::uint64_t bytes = 0;  ///< held against the queue's limit

    std::uint64_t sequence = 0;
    /// Rows by device, groups by shard.
    std::vector<std::uint32_t> order;
    std::array<std::vector<Head::Group>, kShards> groups;
    std::atomic<unsigned> remaining{0};  ///< workers that still have shards of it
    std::mutex mutex;                    ///< of `counts` and `error`
    ApplyResult counts;
    std::optional<Error> error;    ///< the tables are damaged
    std::optional<Error> refused;  ///< an operation could not be done
};

/// The embedded store: journal, head and tables of one directory, and the threads between them.
/// The way of a batch: submit → journal thread (write, fsync, register devices, sort by shard) →
/// one apply worker per shard, in journal order → completion.
class EmbeddedEngine final : public Engine {
  public:
    EmbeddedEngine(EngineOptions options, std::shared_ptr<const Clock> clock,
                   std::shared_ptr<FileSystem> fs);
    ~EmbeddedEngine() override;

    [[nodiscard]] Result<void> start();

    void submit(Batch batch, Completion done) override;
    [[nodiscard]] Result<std::unique_ptr<BulkLoad>> bulk_load() override;
    void count_refused(std::uint64_t records) override { quarantine_->count_refused(records); }
    [[nodiscard]] Result<void> set_retention(const std::string& fleet, int days) override;
    [[nodiscard]] Result<void> register_device(const std::string& id,
                                               const std::string& fleet) override;

    [[nodiscard]] Result<void> move_devices(std::vector<DeviceMove> moves) override;
    [[nodiscard]] Result<void> change_devices(std::vector<model::DeviceChange> changes) override;

    [[nodiscard]] std::vector<std::pair<std::string, int>> fleets() const override {
        return registry_.fleets();
    }
    [[nodiscard]] std::optional<std::uint32_t> fleet_number(std::string_view fleet) const override {
        return registry_.find_fleet(fleet);
    }
    [[nodiscard]] std::string fleet_id(std::uint32_t fleet) const override {
        return registry_.fleet_id(fleet);
    }
    [[nodiscard]] std::optional<DeviceHandle> find_device(std::string_view id) const override;
    [[nodiscard]] DeviceRow device(DeviceHandle handle) const override;
    [[nodiscard]] std::uint32_t fleet_of(DeviceHandle handle) const override {
        return registry_.device(handle).fleet();
    }
    [[nodiscard]] std::shared_ptr<const std::vector<DeviceHandle>> devices_of(
        std::uint32_t fleet) const override {
        return registry_.devices_of(fleet);
    }
    [[nodiscard]] std::shared_ptr<const std::vector<DeviceHandle>> devices_on(
        std::uint32_t fleet, Day day) const override {
        return registry_.devices_on(fleet, day);
    }
    [[nodiscard]] model::Latest latest(DeviceHandle handle) const override {
        return head_->latest(handle);
    }
    [[nodiscard]] Result<model::Latest> latest_at(DeviceHandle handle,
                                                  Timestamp at) const override {
        return head_->latest_at(handle, at);
    }
    [[nodiscard]] Result<model::Rows> rows(DeviceHandle handle, Timestamp from, Timestamp to,
                                           std::size_t limit, bool descending) const override;
    [[nodiscard]] Result<void> column(DeviceHandle handle, model::Field field, Timestamp from,
                                      Timestamp to, const ColumnVisitor& visit) const override;
    [[nodiscard]] Result<model::DayHours> device_day(DeviceHandle handle, Day day) const override;
    [[nodiscard]] Result<model::DayHours> fleet_day(std::uint32_t fleet, Day day) const override {
        return head_->fleet_day(fleet, day);
    }
    [[nodiscard]] std::vector<Day> days_of(DeviceHandle handle) const override {
        return head_->days_of(handle);
    }
    [[nodiscard]] Result<std::vector<model::Trip>> trips(DeviceHandle handle, Timestamp from,
                                                         Timestamp to) const override;
    [[nodiscard]] Result<std::vector<model::Stop>> stops(DeviceHandle handle, Timestamp from,
                                                         Timestamp to) const override;
    [[nodiscard]] Result<AlertPage> alerts(const AlertQuery& query) const override;
    [[nodiscard]] Result<std::uint64_t> unresolved_high(std::uint32_t fleet, Timestamp from,
                                                        Timestamp to) const override;
    [[nodiscard]] Result<AlertStarts> alert_starts(std::uint32_t fleet, Day day) const override;
    [[nodiscard]] Result<std::optional<AlertRow>> alert(const model::AlertId& id) const override;
    [[nodiscard]] Result<void> act_on_alert(const model::AlertId& id, AlertAction action) override;
    [[nodiscard]] Result<std::vector<AlertRow>> waiting_alerts(std::size_t limit) const override {
        return head_->alerts().waiting(limit);
    }
    [[nodiscard]] Result<void> alerts_notified(std::span<const NotifiedAlert> alerts) override;
    [[nodiscard]] std::shared_ptr<const RuleSnapshot> rules() const override {
        return book_.snapshot();
    }
    [[nodiscard]] Result<void> change_rules(std::vector<RuleChange> changes) override;
    [[nodiscard]] Result<std::vector<QuarantineEntry>> quarantine(
        std::uint64_t after, std::size_t limit) const override {
        return quarantine_->list(after, limit);
    }
    [[nodiscard]] Result<std::vector<QuarantineEntry>> newest_quarantined(
        std::size_t limit) const override {
        return quarantine_->newest(limit);
    }
    [[nodiscard]] Result<void> quarantine_remove(std::span<const std::uint64_t> ids) override;
    [[nodiscard]] ChangeFeed* feed() const override { return feed_.get(); }
    void set_listener(std::shared_ptr<ChangeListener> listener) override {
        head_->set_listener(std::move(listener));
    }
    [[nodiscard]] Result<EraseReport> erase(const std::string& device,
                                            std::optional<ErasePeriod> period) override;
    [[nodiscard]] std::vector<Erasure> erasures() const override { return erasures_.all(); }
    [[nodiscard]] Result<EraseReport> repeat_erasures(std::span<const Erasure> erasures) override;
    [[nodiscard]] EngineStats stats() const override;

    [[nodiscard]] Result<void> checkpoint() override;
    [[nodiscard]] Result<void> backup(const std::filesystem::path& to) override;
    [[nodiscard]] Result<void> compact() override;
    [[nodiscard]] Result<VerifyReport> verify(bool rebuild) override;
    [[nodiscard]] Result<void> stop() override;

  private:
    friend class EmbeddedBulkLoad;
    class Listener;
    struct Worker {
        std::mutex mutex;
        std::condition_variable wake;
        std::deque<std::shared_ptr<PendingEntry>> queue;
        bool stop = false;
        std::thread thread;
    };

    [[nodiscard]] std::shared_ptr<JournalListener> make_listener();
    [[nodiscard]] Result<void> lock_directory();
    [[nodiscard]] Result<void> restore();
    [[nodiscard]] Result<void> open_journal();
    [[nodiscard]] std::optional<Error> refusal() const;
    /// Takes out the records of devices that are disabled, or not registered where they have to
    /// be. The positions of those that stay; empty: all do.
    [[nodiscard]] std::vector<std::uint32_t> reject_unwelcome(model::RecordBatch& rows,
                                                              bool auto_register) const;
    void reject_unknown(PendingEntry& entry) const;
    /// On the journal thread (or during replay): registers devices, sorts rows by shard, hands them
    /// to the workers.
    void dispatch(const std::shared_ptr<PendingEntry>& entry);
    [[nodiscard]] Result<void> apply_operations(const PendingEntry& entry);
    [[nodiscard]] Result<void> apply_move(const PendingEntry& entry, const AdminOperation& op);
    void apply_device_changes(const PendingEntry& entry, const AdminOperation& op);
    DeviceHandle intern_device(std::string_view id, std::string_view fleet);
    /// Registers, in order of arrival, what find_all() left absent.
    void register_absent(const Batch& batch, std::vector<std::uint32_t>& devices);
    void group_rows(std::span<const model::Record> records, std::span<const std::uint32_t> devices,
                    std::vector<std::uint32_t>& order,
                    std::array<std::vector<Head::Group>, kShards>& groups);
    void work(unsigned number);
    void finish(const std::shared_ptr<PendingEntry>& entry);
    [[nodiscard]] Result<void> apply_erase(const PendingEntry& entry, const AdminOperation& op);
    /// The part of an erasure that shows: journaled and applied.
    [[nodiscard]] Result<void> run_erase(const std::string& device,
                                         const std::optional<ErasePeriod>& period,
                                         EraseReport& report);
    /// Whether a replayed entry speaks of a device that was erased after it (I7).
    [[nodiscard]] bool outlived(const PendingEntry& entry, std::string_view device) const;
    void drop_outlived(PendingEntry& entry);
    /// Removes what erasures have left in files.
    [[nodiscard]] Result<void> scrub();
    [[nodiscard]] Result<void> run_operations(std::vector<AdminOperation> operations);
    void wait_until_applied();
    /// Newest entry that is applied together with all before it.
    [[nodiscard]] std::uint64_t applied_through();
    [[nodiscard]] Result<void> open_feed();
    void upkeep();
    void watch_disk();
    /// `unavailable` when the disk has no room for `more` bytes of the tables. Under
    /// checkpoint_mutex_, or before the threads start.
    /// checkpoint() with its mutex held.
    [[nodiscard]] Result<void> write_checkpoint();
    [[nodiscard]] Result<void> room_for_tables(std::uint64_t more);
    [[nodiscard]] Result<void> expire();
    void fail_for_good(const Error& error);
    // Silence (embedded_silence.cpp): nothing happens unless options_.watch_offline.
    [[nodiscard]] Result<void> resume_listening();  ///< before the journal is replayed
    [[nodiscard]] Result<void> begin_watch();       ///< after it
    /// Makes the OFFLINE alerts that are due now.
    [[nodiscard]] Result<void> look_for_silence() const;
    [[nodiscard]] std::int64_t notify_from(std::int64_t now_ms) const noexcept;

    EngineOptions options_;
    std::shared_ptr<const Clock> clock_;
    std::shared_ptr<FileSystem> fs_;
    std::unique_ptr<DirectoryLock> lock_;
    Registry registry_;
    std::unique_ptr<Tables> tables_;
    RuleBook book_;
    std::unique_ptr<Head> head_;
    std::unique_ptr<Quarantine> quarantine_;
    ErasureLog erasures_;
    std::mutex scrub_mutex_;
    std::optional<std::uint64_t>
        scrub_behind_;  ///< the journal up to here has to go; under scrub_mutex_
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<EmbeddedFeed> feed_;  ///< nothing unless asked for
    std::vector<std::unique_ptr<Worker>> workers_;

    mutable std::mutex flight_mutex_;
    std::condition_variable flight_changed_;
    std::set<std::uint64_t> in_flight_;  ///< dispatched and not finished
    std::uint64_t dispatched_ = 0;       ///< newest
    std::atomic<std::uint64_t> queued_bytes_{0};

    std::mutex checkpoint_mutex_;
    std::atomic<std::uint64_t> checkpoint_sequence_{0};
    std::uint64_t checkpoint_bytes_ = 0;  ///< journal_->appended_bytes() at the last one
    std::int64_t checkpoint_ns_ = 0;
    std::unique_ptr<Parallel> checkpoint_threads_;

    mutable std::mutex state_mutex_;
    std::string disk_refusal_;      ///< empty: there is room
    std::optional<Error> failure_;  ///< an apply or the journal failed for good
    std::uint64_t disk_free_ = 0;
    bool stopping_ = false;
    bool stopped_ = false;
    std::atomic<bool> bulk_{false};

    mutable std::mutex watch_mutex_;
    mutable std::int64_t looked_ns_ = 0;  ///< monotonic time of the last look
    mutable std::atomic<std::int64_t> looked_ms_{0};
    std::atomic<std::uint64_t> silences_saved_{
        0};  ///< Head::silences_made() at the last checkpoint

    std::mutex upkeep_mutex_;
    std::condition_variable upkeep_wake_;
    bool upkeep_stop_ = false;
    std::thread upkeep_thread_;
};

}  // namespace fleet::engine
