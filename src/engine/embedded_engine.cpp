// SPDX-License-Identifier: Apache-2.0
#include "engine/embedded_engine.hpp"

#include "base/check.hpp"
#include "base/fault.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <future>

namespace fleet::engine {

class EmbeddedEngine::Listener final : public JournalListener {
  public:
    explicit Listener(EmbeddedEngine& engine) : engine_(engine) {}
    void group_durable(std::span<JournalEntry> entries) noexcept override {
        FLEET_CRASH_POINT("after_sync");
        for (JournalEntry& entry : entries) {
            const auto pending = std::static_pointer_cast<PendingEntry>(entry.context);
            pending->sequence = entry.sequence;
            engine_.dispatch(pending);
        }
    }
    void group_failed(std::span<JournalEntry> entries, const Error& error) noexcept override {
        for (JournalEntry& entry : entries) {
            const auto pending = std::static_pointer_cast<PendingEntry>(std::move(entry.context));
            engine_.queued_bytes_ -= pending->bytes;
            engine_.quarantine_->count_refused(pending->batch.rows.rows());
            pending->done(fail(error));
        }
    }
    void fatal(const Error& error) noexcept override { engine_.fail_for_good(error); }

  private:
    EmbeddedEngine& engine_;
};

EmbeddedEngine::EmbeddedEngine(EngineOptions options, std::shared_ptr<const Clock> clock,
                               std::shared_ptr<FileSystem> fs)
    : options_(std::move(options)),
      clock_(std::move(clock)),
      fs_(std::move(fs)),
      // A rule counts whole seconds; a started one is waited for.
      book_(static_cast<std::int32_t>((options_.offline_ms + kMsPerSecond - 1) / kMsPerSecond)) {}

std::shared_ptr<JournalListener> EmbeddedEngine::make_listener() {
    return std::make_shared<Listener>(*this);
}

EmbeddedEngine::~EmbeddedEngine() {
    if (const auto stopped = stop(); !stopped)
        spdlog::error("closing the store: {}", stopped.error().message);
}

void EmbeddedEngine::fail_for_good(const Error& error) {
    {
        const std::lock_guard lock(state_mutex_);
        if (failure_) return;
        failure_ = error;
    }
    spdlog::critical("the store stops acknowledging: {}", error.message);
    if (options_.on_fatal) {
        options_.on_fatal(error);
    } else {
        std::_Exit(1);
    }
}

std::optional<Error> EmbeddedEngine::refusal() const {
    const std::lock_guard lock(state_mutex_);
    if (failure_)
        return Error(Code::unavailable, fmt::format("the store has failed: {}", failure_->message));
    if (stopping_) return Error(Code::unavailable, "the store is stopping");
    if (!disk_refusal_.empty()) return Error(Code::unavailable, disk_refusal_);
    return std::nullopt;
}

void EmbeddedEngine::submit(Batch batch, Completion done) {
    const std::uint64_t rows = batch.rows.rows();
    const auto refuse = [&](const Error& error) {
        quarantine_->count_refused(rows);
        done(fail(error));
    };
    if (const auto error = refusal()) return refuse(*error);
    auto pending = std::make_shared<PendingEntry>();
    pending->batch = std::move(batch);
    pending->received = clock_->now();
    constexpr std::int64_t kLookEveryMs = 1'000;
    if (options_.watch_offline && pending->received.ms - looked_ms_ > kLookEveryMs) {
        // The clock has jumped, or nobody looked for long: first what these rows come after.
        if (const auto looked = look_for_silence(); !looked) return refuse(looked.error());
    }
    pending->result.statuses.assign(pending->batch.rows.records.size(), RowStatus::stored);
    if (!pending->batch.auto_register || registry_.any_disabled()) reject_unknown(*pending);
    JournalEntry entry;
    entry.payload = encode_batch(pending->batch, pending->received);
    pending->bytes =
        entry.payload.size() + pending->batch.rows.records.size() * sizeof(model::Record);
    if (queued_bytes_.fetch_add(pending->bytes) + pending->bytes > options_.queue_bytes &&
        pending->bytes < queued_bytes_) {
        queued_bytes_ -= pending->bytes;
        return refuse(Error(Code::overloaded, "the write queue is full"));
    }
    pending->done = std::move(done);
    entry.context = pending;
    if (const auto appended = journal_->append(std::span(&entry, 1)); !appended) {
        queued_bytes_ -= pending->bytes;
        quarantine_->count_refused(rows);
        pending->done(fail(appended.error()));
    }
}

void EmbeddedEngine::group_rows(std::span<const model::Record> records,
                                std::span<const std::uint32_t> devices,
                                std::vector<std::uint32_t>& order,
                                std::array<std::vector<Head::Group>, kShards>& groups) {
    // Counting sort by device, stable: rows of a device stay in their order of arrival.
    const std::size_t count = registry_.device_count();
    thread_local std::vector<std::uint32_t>
        slot_of;  // device → its place in `seen` + 1, 0 between calls
    if (slot_of.size() < count) slot_of.resize(count, 0);
    std::vector<std::uint32_t> seen;
    std::vector<std::uint32_t> sizes;
    for (const std::uint32_t device : devices) {
        if (slot_of[device] == 0) {
            seen.push_back(device);
            sizes.push_back(0);
            slot_of[device] = static_cast<std::uint32_t>(seen.size());
        }
        ++sizes[slot_of[device] - 1];
    }
    std::vector<std::uint32_t> next(seen.size(), 0);
    std::uint32_t at = 0;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        next[i] = at;
        at += sizes[i];
    }
    order.resize(records.size());
    for (std::size_t i = 0; i < devices.size(); ++i)
        order[next[slot_of[devices[i]] - 1]++] = static_cast<std::uint32_t>(i);
    for (auto& list : groups) list.clear();
    for (std::size_t i = 0; i < seen.size(); ++i) {
        slot_of[seen[i]] = 0;
        const DeviceHandle device{seen[i]};
        groups[registry_.device(device).shard].push_back(
            {device, std::span<const std::uint32_t>(order).subspan(next[i] - sizes[i], sizes[i])});
    }
}

Result<void> EmbeddedEngine::apply_operations(const PendingEntry& entry) {
    std::vector<RuleChange> changes;
    for (const AdminOperation& op : entry.operations) {
        bool created = false;
        if (op.kind != AdminOperation::Kind::erase && outlived(entry, op.id)) continue;
        switch (op.kind) {
            case AdminOperation::Kind::register_device: intern_device(op.id, op.fleet); break;
            case AdminOperation::Kind::set_retention: {
                const auto days = static_cast<int>(op.days);
                registry_.set_retention(registry_.intern_fleet(op.fleet, days, created), days);
                break;
            }
            case AdminOperation::Kind::remove_quarantined:
                quarantine_->remove(entry.sequence, op.quarantine_id);
                break;
            case AdminOperation::Kind::erase: FLEET_TRY_VOID(apply_erase(entry, op)); break;
            case AdminOperation::Kind::barrier: break;
            case AdminOperation::Kind::move_device: FLEET_TRY_VOID(apply_move(entry, op)); break;
            case AdminOperation::Kind::change_devices: apply_device_changes(entry, op); break;
            case AdminOperation::Kind::change_rule: changes.push_back(op.rule_change); break;
            case AdminOperation::Kind::act_on_alert:
            case AdminOperation::Kind::alert_notified: {
                const auto device = registry_.find(op.id);
                if (!device) break;
                if (auto done =
                        head_->recall_silence(*device, op.alert, notify_from(entry.received.ms));
                    !done)
                    return done;
                if (op.kind == AdminOperation::Kind::alert_notified) {
                    head_->alert_notified(*device, op.alert);
                    break;
                }
                AlertAction action = op.action;
                action.sequence = entry.sequence;
                action.at = entry.received;
                if (auto done = head_->act_on_alert(*device, op.alert, std::move(action)); !done)
                    return done;
                break;
            }
        }
    }
    const auto before = book_.snapshot();
    if (!changes.empty() && book_.apply(changes, entry.received.ms, entry.sequence)) {
        const auto now = book_.snapshot();
        if (!(*before->silence == *now->silence)) head_->silence_rules_since(entry.received.ms);
        head_->set_rules(now);
    }
    return {};
}

void EmbeddedEngine::dispatch(const std::shared_ptr<PendingEntry>& entry) {
    // What people did speaks of what the rows before it have made.
    if (!entry->operations.empty()) wait_until_applied();
    {
        const std::lock_guard lock(flight_mutex_);
        in_flight_.insert(entry->sequence);
        dispatched_ = entry->sequence;
    }
    if (auto done = apply_operations(*entry); !done) entry->refused = std::move(done).error();
    Batch& batch = entry->batch;
    if (entry->operations.empty())
        quarantine_->add(entry->sequence, batch.rows.rows(), batch.rows.rejects, batch.source,
                         entry->received);
    if (!entry->replayed.empty()) drop_outlived(*entry);
    entry->result.sequence = entry->sequence;
    entry->counts.statuses = entry->positions.empty() ? entry->result.statuses.data() : nullptr;
    std::vector<std::uint32_t> devices;
    registry_.find_all(batch.rows.records, devices);
    register_absent(batch, devices);
    group_rows(batch.rows.records, devices, entry->order, entry->groups);
    if (!entry->positions.empty() && !batch.rows.records.empty()) {
        // Statuses of the kept records are gathered apart and put in their places at the end.
        entry->result.statuses.resize(entry->result.statuses.size() + batch.rows.records.size());
        entry->counts.statuses = entry->result.statuses.data() +
                                 (entry->result.statuses.size() - batch.rows.records.size());
    }

    std::vector<unsigned> wanted;
    for (unsigned w = 0; w < workers_.size(); ++w)
        for (std::size_t s = w; s < kShards; s += workers_.size())
            if (!entry->groups[s].empty()) {
                wanted.push_back(w);
                break;
            }
    if (wanted.empty()) return finish(entry);
    entry->remaining = static_cast<unsigned>(wanted.size());
    for (const unsigned w : wanted) {
        {
            const std::lock_guard lock(workers_[w]->mutex);
            workers_[w]->queue.push_back(entry);
        }
        workers_[w]->wake.notify_one();
    }
}

void EmbeddedEngine::work(unsigned number) {
    Worker& worker = *workers_[number];
    while (true) {
        std::shared_ptr<PendingEntry> entry;
        {
            std::unique_lock lock(worker.mutex);
            worker.wake.wait(lock, [&] { return worker.stop || !worker.queue.empty(); });
            if (worker.queue.empty()) return;
            entry = std::move(worker.queue.front());
            worker.queue.pop_front();
        }
        ApplyResult counts;
        counts.statuses = entry->counts.statuses;
        std::optional<Error> error;
        for (std::size_t s = number; s < kShards && !error; s += workers_.size()) {
            if (entry->groups[s].empty()) continue;
            const auto applied =
                head_->apply(static_cast<std::uint8_t>(s), entry->groups[s],
                             entry->batch.rows.records, entry->sequence, false,
                             Arrival{entry->received.ms, notify_from(entry->received.ms)}, counts);
            if (!applied) error = applied.error();
        }
        {
            const std::lock_guard lock(entry->mutex);
            entry->counts.add(counts);
            if (error && !entry->error) entry->error = error;
        }
        if (entry->remaining.fetch_sub(1) == 1) finish(entry);
    }
}

void EmbeddedEngine::finish(const std::shared_ptr<PendingEntry>& entry) {
    if (entry->error) {
        // The entry is in the journal, but the tables that it belongs to are damaged: serving
        // writes on would hide it.
        fail_for_good(
            entry->error->within(fmt::format("applying journal entry {}", entry->sequence)));
    }
    BatchResult& result = entry->result;
    if (!entry->positions.empty()) {
        const std::size_t kept = entry->batch.rows.records.size();
        const std::size_t base = result.statuses.size() - kept;
        for (std::size_t i = 0; i < kept; ++i)
            result.statuses[entry->positions[i]] = result.statuses[base + i];
        result.statuses.resize(base);
    }
    result.stored = entry->counts.stored;
    result.duplicates = entry->counts.duplicates;
    result.conflicts = entry->counts.conflicts;
    result.late = entry->counts.late;
    queued_bytes_ -= entry->bytes;
    FLEET_CRASH_POINT("before_ack");
    if (entry->done) {
        if (entry->error) {
            entry->done(fail(*entry->error));
        } else if (entry->refused) {
            entry->done(fail(*entry->refused));
        } else {
            entry->done(std::move(result));
        }
    }
    {
        const std::lock_guard lock(flight_mutex_);
        in_flight_.erase(entry->sequence);
    }
    flight_changed_.notify_all();
}

void EmbeddedEngine::wait_until_applied() {
    std::unique_lock lock(flight_mutex_);
    flight_changed_.wait(lock, [&] { return in_flight_.empty(); });
}

Result<void> EmbeddedEngine::run_operations(std::vector<AdminOperation> operations) {
    if (const auto error = refusal()) return fail(*error);
    auto pending = std::make_shared<PendingEntry>();
    pending->operations = std::move(operations);
    pending->received = clock_->now();
    std::promise<Result<void>> promise;
    auto future = promise.get_future();
    pending->done = [&promise](Result<BatchResult> result) {
        if (result) {
            promise.set_value({});
        } else {
            promise.set_value(fail(std::move(result).error()));
        }
    };
    JournalEntry entry;
    entry.payload = encode_operations(pending->operations, pending->received);
    entry.context = pending;
    FLEET_TRY_VOID(journal_->append(std::span(&entry, 1)));
    return future.get();
}

Result<void> EmbeddedEngine::set_retention(const std::string& fleet, int days) {
    if (!model::is_valid_id(fleet))
        return fail(Code::invalid_argument, fmt::format("\"{}\" is no fleet id", fleet));
    if (days < 0 || days > 36'500)
        return fail(Code::invalid_argument,
                    fmt::format("retention of {} days: 0 (unlimited) to 36500", days));
    AdminOperation op;
    op.kind = AdminOperation::Kind::set_retention;
    op.fleet = fleet;
    op.days = days;
    return run_operations({std::move(op)});
}

Result<std::vector<model::Trip>> EmbeddedEngine::trips(DeviceHandle handle, Timestamp from,
                                                       Timestamp to) const {
    return head_->trips(handle, from, to);
}

Result<std::vector<model::Stop>> EmbeddedEngine::stops(DeviceHandle handle, Timestamp from,
                                                       Timestamp to) const {
    return head_->stops(handle, from, to);
}

Result<AlertPage> EmbeddedEngine::alerts(const AlertQuery& query) const {
    FLEET_TRY_VOID(look_for_silence());
    FLEET_TRY_VOID(head_->settle_fleet(query.fleet));
    const auto rules = book_.snapshot();
    return head_->alerts().list(query, [&](std::uint32_t number, std::int64_t ts_ms) {
        const model::Rule* rule = rules->rule_at(number, ts_ms);
        return rule != nullptr ? rule->type : rules->rule_type(number);
    });
}

Result<std::uint64_t> EmbeddedEngine::unresolved_high(std::uint32_t fleet, Timestamp from,
                                                      Timestamp to) const {
    FLEET_TRY_VOID(look_for_silence());
    FLEET_TRY_VOID(head_->settle_fleet(fleet));
    return head_->alerts().unresolved_high(fleet, from.ms, to.ms);
}

Result<AlertStarts> EmbeddedEngine::alert_starts(std::uint32_t fleet, Day day) const {
    FLEET_TRY_VOID(look_for_silence());
    FLEET_TRY_VOID(head_->settle_fleet(fleet));
    return head_->alerts().starts_of_day(fleet, day);
}

Result<std::optional<AlertRow>> EmbeddedEngine::alert(const model::AlertId& id) const {
    return head_->alerts().find(id);
}

Result<void> EmbeddedEngine::act_on_alert(const model::AlertId& id, AlertAction action) {
    FLEET_TRY(const std::optional<AlertRow> row, alert(id));
    if (!row) return fail(Code::not_found, fmt::format("there is no alert {}", id.text()));
    AdminOperation op;
    op.kind = AdminOperation::Kind::act_on_alert;
    op.id = registry_.device(row->device).id;
    op.alert = id;
    op.action = std::move(action);
    return run_operations({std::move(op)});
}

Result<void> EmbeddedEngine::alerts_notified(std::span<const NotifiedAlert> alerts) {
    if (alerts.empty()) return {};
    std::vector<AdminOperation> operations(alerts.size());
    for (std::size_t i = 0; i < alerts.size(); ++i) {
        operations[i].kind = AdminOperation::Kind::alert_notified;
        operations[i].id = registry_.device(alerts[i].device).id;
        operations[i].alert = alerts[i].id;
    }
    return run_operations(std::move(operations));
}

Result<void> EmbeddedEngine::change_rules(std::vector<RuleChange> changes) {
    if (changes.empty()) return {};
    FLEET_TRY_VOID(book_.check(changes));
    std::vector<AdminOperation> operations(changes.size());
    for (std::size_t i = 0; i < changes.size(); ++i) {
        operations[i].kind = AdminOperation::Kind::change_rule;
        operations[i].rule_change = std::move(changes[i]);
    }
    return run_operations(std::move(operations));
}

Result<void> EmbeddedEngine::quarantine_remove(std::span<const std::uint64_t> ids) {
    std::vector<AdminOperation> operations;
    for (const std::uint64_t id : ids) {
        AdminOperation op;
        op.kind = AdminOperation::Kind::remove_quarantined;
        op.quarantine_id = id;
        operations.push_back(std::move(op));
    }
    if (operations.empty()) return {};
    return run_operations(std::move(operations));
}

Result<model::DayHours> EmbeddedEngine::device_day(DeviceHandle handle, Day day) const {
    FLEET_TRY(const DayRow row, head_->day_row(handle, day));
    return row.result.hours;
}

Result<model::Rows> EmbeddedEngine::rows(DeviceHandle handle, Timestamp from, Timestamp to,
                                         std::size_t limit, bool descending) const {
    model::Rows out;
    if (from >= to || limit == 0) return out;
    std::vector<Day> days = head_->days_of(handle);
    std::erase_if(days, [&](Day d) { return d.end() <= from || d.begin() >= to; });
    if (descending) std::reverse(days.begin(), days.end());
    for (const Day day : days) {
        FLEET_TRY(model::Rows part, head_->day_rows(handle, day, std::max(from, day.begin()),
                                                    std::min(to, day.end())));
        const std::size_t take = std::min(part.size(), limit - out.size());
        for (std::size_t i = 0; i < take; ++i) {
            const model::Sample& s = part.samples[descending ? part.size() - 1 - i : i];
            out.samples.push_back(model::translate(s, part.texts, out.texts));
        }
        if (out.size() == limit) break;
    }
    return out;
}

Result<void> EmbeddedEngine::column(DeviceHandle handle, model::Field field, Timestamp from,
                                    Timestamp to, const ColumnVisitor& visit) const {
    for (const Day day : head_->days_of(handle)) {
        if (day.end() <= from || day.begin() >= to) continue;
        FLEET_TRY_VOID(head_->day_column(handle, field, day, std::max(from, day.begin()),
                                         std::min(to, day.end()), visit));
    }
    return {};
}

EngineStats EmbeddedEngine::stats() const {
    EngineStats s;
    s.accounting = head_->accounting();
    quarantine_->account(s.accounting);
    s.devices = registry_.device_count() - registry_.erased_count();
    s.fleets = registry_.fleet_count();
    s.journal_bytes = journal_->bytes();
    s.journal_segments = journal_->segments();
    s.journal_sequence = journal_->last_durable();
    s.checkpoint_sequence = checkpoint_sequence_;
    s.table_bytes = tables_->bytes();
    s.queue_bytes = queued_bytes_;
    s.syncs = journal_->syncs();
    s.tail_rows = head_->tail_rows();
    s.disk_reserve_bytes = options_.disk_reserve_bytes;
    const auto error = refusal();
    s.accepting = !error;
    if (error) s.refusing_because = error->message;
    const std::lock_guard lock(state_mutex_);
    s.disk_free_bytes = disk_free_;
    return s;
}

Result<BatchResult> Engine::submit_and_wait(Batch batch) {
    std::promise<Result<BatchResult>> promise;
    auto future = promise.get_future();
    submit(std::move(batch),
           [&promise](Result<BatchResult> result) { promise.set_value(std::move(result)); });
    return future.get();
}

}  // namespace fleet::engine
