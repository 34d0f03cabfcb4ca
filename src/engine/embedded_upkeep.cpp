// SPDX-License-Identifier: Apache-2.0
// Opening, recovery, checkpoints, retention, verification and closing of the embedded store.
#include "base/check.hpp"
#include "base/fault.hpp"
#include "codec/bytes.hpp"
#include "engine/embedded_engine.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace fleet::engine {

namespace {

/// Version of the directory as a whole. A newer one is refused, never touched.
constexpr int kFormatVersion = 1;
constexpr std::string_view kFormatFile = "FORMAT";
constexpr std::string_view kCheckpointMeta = "checkpoint";
constexpr std::uint64_t kReplayWindowBytes = 64ULL << 20;
/// RocksDB may end the process when a write of its own meets a full disk, so below this it gets no
/// work, whatever the configured reserve is. The journal copes and keeps what the tables lack.
constexpr std::uint64_t kTablesFloorBytes = 32ULL << 20;

Result<std::string> read_small(FileSystem& fs, const std::filesystem::path& path) {
    FLEET_TRY(const auto file, fs.open(path, OpenMode::read));
    std::array<char, 256> buffer{};
    FLEET_TRY(const std::size_t size, file->read_at(0, buffer));
    return std::string(buffer.data(), size);
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::open(EngineOptions options,
                                             std::shared_ptr<const Clock> clock) {
    auto engine =
        std::make_unique<EmbeddedEngine>(std::move(options), std::move(clock), posix_file_system());
    FLEET_TRY_VOID(engine->start());
    return std::unique_ptr<Engine>(std::move(engine));
}

Result<void> EmbeddedEngine::lock_directory() {
    FLEET_TRY_VOID(fs_->create_directories(options_.dir));
    FLEET_TRY(lock_, fs_->lock(options_.dir));
    const auto path = options_.dir / kFormatFile;
    auto found = read_small(*fs_, path);
    if (found) {
        int version = 0;
        const auto [end, error] =
            std::from_chars(found->data(), found->data() + found->size(), version);
        if (error != std::errc() || version < 1)
            return fail(Code::corrupt,
                        fmt::format("{} is not a format file of a data directory", path.string()));
        if (version > kFormatVersion)
            return fail(
                Code::unsupported,
                fmt::format(
                    "{} was written by a newer version (format {}, this program reads up to {}): "
                    "use that version or another --data directory",
                    options_.dir.string(), version, kFormatVersion));
        return {};
    }
    if (found.error().code != Code::not_found) return fail(std::move(found).error());
    const auto temporary = options_.dir / "FORMAT.new";
    {
        FLEET_TRY(const auto file, fs_->open(temporary, OpenMode::create));
        const std::string text = fmt::format("{}\n", kFormatVersion);
        const std::string_view part = text;
        FLEET_TRY_VOID(file->write_at(0, std::span(&part, 1)));
        FLEET_TRY_VOID(file->sync());
    }
    FLEET_TRY_VOID(fs_->rename(temporary, path));
    return fs_->sync_directory(options_.dir);
}

Result<void> EmbeddedEngine::room_for_tables(std::uint64_t more) {
    FLEET_TRY(const std::uint64_t free, fs_->free_bytes(options_.dir));
    if (tables_) tables_->set_background(free >= kTablesFloorBytes);
    if (free >= kTablesFloorBytes + more) return {};
    return fail(Code::unavailable,
                fmt::format("only {} MiB are free on the disk of {}, the tables need {} MiB to be "
                            "written: free some space",
                            free >> 20, options_.dir.string(), (kTablesFloorBytes + more) >> 20));
}

Result<void> EmbeddedEngine::restore() {
    FLEET_TRY_VOID(room_for_tables(0));
    FLEET_TRY(tables_, Tables::open(options_.dir / "tables"));
    FLEET_TRY_VOID(book_.restore(*tables_));
    FLEET_TRY_VOID(erasures_.restore(*tables_));
    head_ = std::make_unique<Head>(registry_, *tables_, options_.tail_budget_bytes);
    quarantine_ = std::make_unique<Quarantine>(*tables_, options_.quarantine_bytes);
    FLEET_TRY_VOID(quarantine_->restore());
    FLEET_TRY_VOID(
        tables_->for_each_fleet([&](std::uint32_t number, std::string_view bytes) -> Result<void> {
            FLEET_TRY(const auto fleet, decode_fleet(bytes));
            if (number != registry_.fleet_count())
                return fail(Code::corrupt, "the fleet rows are not consecutive");
            registry_.restore_fleet(number, fleet.first, fleet.second);
            return {};
        }));
    FLEET_TRY_VOID(head_->restore());
    if (options_.watch_offline) {
        head_->watch_offline();
        FLEET_TRY_VOID(resume_listening());
    }
    head_->set_rules(book_.snapshot());
    if (options_.feed) head_->feed_marks().turn_on();
    FLEET_TRY(const auto bytes, tables_->meta(kCheckpointMeta));
    if (bytes) {
        codec::ByteReader reader(*bytes);
        checkpoint_sequence_ = reader.varint();
        if (!reader.done()) return fail(Code::corrupt, "the checkpoint row is damaged");
    }
    return {};
}

Result<void> EmbeddedEngine::open_journal() {
    JournalOptions options;
    options.dir = options_.dir / "journal";
    options.fs = fs_;
    options.durability = options_.durability == Durability::sync ? JournalDurability::sync
                                                                 : JournalDurability::process;
    options.max_queue_bytes = options_.queue_bytes;
    options.segment_bytes = options_.journal_segment_bytes;
    options.listener = make_listener();
    std::uint64_t entries = 0;
    FLEET_TRY(journal_,
              Journal::open(options, checkpoint_sequence_,
                            [&](std::uint64_t sequence, std::string_view payload) -> Result<void> {
                                const auto entry = std::make_shared<PendingEntry>();
                                entry->replayed = std::string(payload);
                                FLEET_TRY(DecodedEntry decoded, decode_entry(entry->replayed));
                                entry->batch = std::move(decoded.batch);
                                entry->operations = std::move(decoded.operations);
                                entry->received = decoded.received;
                                entry->result.statuses.assign(entry->batch.rows.records.size(),
                                                              RowStatus::stored);
                                entry->sequence = sequence;
                                entry->bytes = payload.size() + entry->batch.rows.records.size() *
                                                                    sizeof(model::Record);
                                {
                                    std::unique_lock lock(flight_mutex_);
                                    flight_changed_.wait(lock, [&] {
                                        return in_flight_.empty() ||
                                               queued_bytes_ < kReplayWindowBytes;
                                    });
                                }
                                queued_bytes_ += entry->bytes;
                                dispatch(entry);
                                ++entries;
                                return {};
                            }));
    wait_until_applied();
    if (entries > 0)
        spdlog::info("recovered {} journal entries after the last checkpoint", entries);
    const std::lock_guard lock(flight_mutex_);
    dispatched_ = std::max(dispatched_, journal_->last_durable());
    return {};
}

std::uint64_t EmbeddedEngine::applied_through() {
    const std::lock_guard flight(flight_mutex_);
    return in_flight_.empty() ? dispatched_ : *in_flight_.begin() - 1;
}

Result<void> EmbeddedEngine::open_feed() {
    FeedMarks& marks = head_->feed_marks();
    FLEET_TRY(const std::uint64_t largest, marks.largest_mark());
    marks.begin_marks_at(largest + 1);
    FLEET_TRY(const auto checkpoint, tables_->meta(kCheckpointMeta));
    FLEET_TRY(feed_, EmbeddedFeed::open({registry_, *head_, *journal_, options_.dir / "journal",
                                         fs_, [this] { return applied_through(); },
                                         options_.feed_backlog_bytes, !checkpoint},
                                        *tables_));
    return {};
}

Result<void> EmbeddedEngine::start() {
    FLEET_TRY_VOID(lock_directory());
    FLEET_TRY_VOID(restore());
    checkpoint_threads_ = std::make_unique<Parallel>(2);
    const unsigned threads = std::clamp(options_.apply_threads, 1U, kShards);
    for (unsigned i = 0; i < threads; ++i) workers_.push_back(std::make_unique<Worker>());
    for (unsigned i = 0; i < threads; ++i)
        workers_[i]->thread = std::thread([this, i] { work(i); });
    FLEET_TRY_VOID(open_journal());
    if (options_.feed) FLEET_TRY_VOID(open_feed());
    {
        const std::lock_guard lock(state_mutex_);
        if (failure_) return fail(*failure_);
    }
    checkpoint_bytes_ = 0;
    checkpoint_ns_ = clock_->monotonic_ns();
    FLEET_TRY_VOID(begin_watch());
    watch_disk();
    upkeep_thread_ = std::thread([this] { upkeep(); });
    return {};
}

void EmbeddedEngine::watch_disk() {
    const auto free = fs_->free_bytes(options_.dir);
    if (free && *free < kTablesFloorBytes) {
        const std::lock_guard lock(checkpoint_mutex_);
        tables_->set_background(false);  // the next checkpoint that has room turns it on again
    }
    const std::lock_guard lock(state_mutex_);
    if (!free) {
        disk_refusal_ = fmt::format("the free space of the data directory is unknown: {}",
                                    free.error().message);
        return;
    }
    disk_free_ = *free;
    const bool was_low = !disk_refusal_.empty();
    disk_refusal_ = *free < options_.disk_reserve_bytes
                        ? fmt::format(
                              "only {} MiB are free on the disk of the data directory, {} MiB are "
                              "kept in reserve: free some space",
                              *free >> 20, options_.disk_reserve_bytes >> 20)
                        : std::string();
    if (was_low && disk_refusal_.empty()) spdlog::info("disk space is back: ingest goes on");
    if (!was_low && !disk_refusal_.empty()) spdlog::error("ingest refused: {}", disk_refusal_);
}

void EmbeddedEngine::upkeep() {
    constexpr auto kTick = std::chrono::milliseconds(200);
    constexpr std::size_t kSettleDevices = 16;  // of a shard, a tick
    constexpr std::int64_t kDiskEvery = 500'000'000;
    constexpr std::int64_t kExpireEvery = 600'000'000'000;
    constexpr std::int64_t kRetryAfter = 10'000'000'000;
    std::int64_t retry_ns = 0;  ///< no checkpoint before, after one that failed
    std::int64_t disk_ns = 0;
    std::int64_t expire_ns = 0;
    while (true) {
        {
            std::unique_lock lock(upkeep_mutex_);
            if (upkeep_wake_.wait_for(lock, kTick, [&] { return upkeep_stop_; })) return;
        }
        const std::int64_t now = clock_->monotonic_ns();
        if (now - disk_ns >= kDiskEvery) {
            disk_ns = now;
            watch_disk();
        }
        if (bulk_) continue;  // a bulk load makes its own checkpoints
        for (std::uint8_t shard = 0; shard < kShards; ++shard)
            if (const auto done = head_->settle_some(shard, kSettleDevices); !done)
                spdlog::error("folding anew: {}", done.error().message);
        if (const auto looked = look_for_silence(); !looked)
            spdlog::error("looking for silent vehicles: {}", looked.error().message);
        const bool much =
            journal_->appended_bytes() - checkpoint_bytes_ >= options_.checkpoint_journal_bytes;
        const bool old = now - checkpoint_ns_ >= options_.checkpoint_interval_ms * 1'000'000 &&
                         (journal_->last_durable() > checkpoint_sequence_ ||
                          head_->silences_made() != silences_saved_);
        if ((much || old) && now >= retry_ns) {
            if (const auto done = checkpoint(); !done) {
                spdlog::error("checkpoint: {}", done.error().message);
                retry_ns = now + kRetryAfter;
            }
        }
        if (erasures_.due() && now >= retry_ns) {
            if (const auto done = scrub(); !done) {
                spdlog::error("removing erased bytes: {}", done.error().message);
                retry_ns = now + kRetryAfter;
            }
        }
        if (expire_ns == 0 || now - expire_ns >= kExpireEvery) {
            expire_ns = now;
            if (const auto done = expire(); !done)
                spdlog::error("retention: {}", done.error().message);
        }
    }
}

Result<void> EmbeddedEngine::expire() {
    const std::int64_t now = clock_->now().ms;
    for (std::uint32_t fleet = 0; fleet < registry_.fleet_count(); ++fleet) {
        const int days = registry_.retention(fleet);
        if (days == 0) continue;
        const std::int64_t keep_from = now - days * kMsPerDay;
        if (keep_from <= 0) continue;
        const auto devices = registry_.devices_of(fleet);
        for (const DeviceHandle device : *devices)
            FLEET_TRY_VOID(head_->expire(device, day_of({keep_from})));
    }
    return {};
}

Result<void> EmbeddedEngine::checkpoint() {
    const std::lock_guard lock(checkpoint_mutex_);
    return write_checkpoint();
}

Result<void> EmbeddedEngine::write_checkpoint() {
    FLEET_TRY_VOID(room_for_tables(2 * head_->dirty_bytes()));
    const std::uint64_t through = applied_through();
    std::uint64_t copied = through;
    if (feed_) {
        FLEET_TRY(copied, feed_->before_checkpoint(through));
    }
    const std::uint64_t bytes = journal_->appended_bytes();
    const std::uint64_t silences = head_->silences_made();
    FLEET_TRY_VOID(quarantine_->write_back());
    {
        Tables::WriteSet set;
        const std::uint64_t version = book_.collect(set);  // never a device without its rules
        FLEET_TRY_VOID(tables_->write(set));
        book_.written(version);
    }
    std::array<std::optional<Error>, kShards> errors;
    checkpoint_threads_->run(kShards, [&](std::size_t shard) {
        if (auto done = head_->write_back(static_cast<std::uint8_t>(shard)); !done)
            errors[shard] = std::move(done).error();
    });
    for (const auto& error : errors)
        if (error) return fail(*error);
    Tables::WriteSet set;
    (void)head_->put_fleets(set);
    std::string value;
    codec::ByteWriter(value).varint(through);
    set.put_meta(kCheckpointMeta, value);
    set.put_meta(kFeedMeta, feed_ ? EmbeddedFeed::encode_position(copied) : std::string());
    erasures_.collect(set);
    FLEET_TRY_VOID(tables_->write(set));
    FLEET_TRY_VOID(tables_->flush());
    FLEET_CRASH_POINT("before_trim");
    checkpoint_sequence_ = through;
    checkpoint_bytes_ = bytes;
    silences_saved_ = silences;
    checkpoint_ns_ = clock_->monotonic_ns();
    if (feed_) feed_->copied(copied);
    FLEET_TRY_VOID(journal_->trim(std::min(through, copied)));
    FLEET_CRASH_POINT("after_trim");
    return {};
}

Result<void> EmbeddedEngine::compact() {
    FLEET_TRY_VOID(checkpoint());
    const std::lock_guard lock(checkpoint_mutex_);
    return tables_->compact();
}

Result<VerifyReport> EmbeddedEngine::verify(bool rebuild) {
    FLEET_TRY_VOID(checkpoint());
    VerifyReport report;
    for (std::uint32_t number = 0; number < registry_.device_count(); ++number) {
        const DeviceHandle device{number};
        const std::uint64_t before = report.rows;
        for (const Day day : head_->days_of(device))
            FLEET_TRY_VOID(head_->verify_day(device, day, rebuild, report));
        const DevicePersistent persistent = head_->device(device);
        if (report.rows - before != persistent.rows && report.difference_count == 0) {
            ++report.difference_count;
            report.differences.push_back(
                fmt::format("device {}: {} rows are stored, its row says {}",
                            registry_.device(device).id, report.rows - before, persistent.rows));
        }
    }
    auto alerts = head_->verify_alerts(rebuild, report);
    if (!alerts && alerts.error().code != Code::corrupt) return fail(std::move(alerts).error());
    if (!alerts) {
        ++report.difference_count;
        ++report.damaged;
        report.differences.push_back("the list of alerts: " + alerts.error().message);
    }
    if (rebuild) FLEET_TRY_VOID(checkpoint());
    return report;
}

Result<void> EmbeddedEngine::stop() {
    {
        const std::lock_guard lock(state_mutex_);
        if (stopped_) return {};
        stopping_ = true;
        stopped_ = true;
    }
    {
        const std::lock_guard lock(upkeep_mutex_);
        upkeep_stop_ = true;
    }
    upkeep_wake_.notify_all();
    if (upkeep_thread_.joinable()) upkeep_thread_.join();
    Result<void> outcome;
    if (journal_) {
        outcome = journal_->stop();
        wait_until_applied();
    }
    for (const auto& worker : workers_) {
        {
            const std::lock_guard lock(worker->mutex);
            worker->stop = true;
        }
        worker->wake.notify_all();
        if (worker->thread.joinable()) worker->thread.join();
    }
    bool sound = journal_ != nullptr && outcome.has_value();
    {
        const std::lock_guard lock(state_mutex_);
        if (failure_) sound = false;
    }
    if (sound) outcome = checkpoint();
    if (sound && !outcome && outcome.error().code == Code::unavailable) {
        spdlog::warn("no checkpoint at the end, the journal keeps all: {}",
                     outcome.error().message);
        outcome = {};
    }
    feed_.reset();
    journal_.reset();
    head_.reset();
    quarantine_.reset();
    tables_.reset();
    lock_.reset();
    return outcome;
}

}  // namespace fleet::engine
