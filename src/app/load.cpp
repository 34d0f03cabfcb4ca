// SPDX-License-Identifier: Apache-2.0
#include "app/commands.hpp"
#include "app/decode_flags.hpp"
#include "app/load_tally.hpp"
#include "app/local_engine.hpp"
#include "app/output.hpp"
#include "app/replication.hpp"
#include "app/stop_signal.hpp"
#include "app/writer.hpp"
#include "ingest/engine_port.hpp"
#include "ingest/file_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace fleet::app {

namespace {

constexpr std::string_view kCsvType = "text/csv";
constexpr std::string_view kNdjsonType = "application/x-ndjson";
constexpr std::string_view kJsonType = "application/json";
constexpr std::string_view kLineType = "text/plain";

std::string_view content_type(codec::Format format) {
    switch (format) {
        case codec::Format::csv: return kCsvType;
        case codec::Format::ndjson: return kNdjsonType;
        case codec::Format::json_array: return kJsonType;
        case codec::Format::influx: return kLineType;
    }
    return kNdjsonType;
}

/// Shows the first rejected rows of a load; the rest is in the quarantine.
class RejectLog {
  public:
    void show(std::string_view file, const model::RecordBatch& rows, Progress& progress) {
        for (const model::Reject& reject : rows.rejects) {
            if (shown_ == kShown) {
                say("… more rejected rows follow; `fleet quarantine list` shows all of them");
                ++shown_;
            }
            if (shown_ > kShown) return;
            progress.clear();
            say(fmt::format("{}: {} ({})", file, printable(reject.detail),
                            model::to_string(reject.reason)));
            ++shown_;
        }
    }

  private:
    static constexpr int kShown = 10;
    int shown_ = 0;
};

/// One load over all its files.
class Load {
  public:
    Load(const CommandContext& context, DecodePlan plan, StopSignal& stop)
        : context_(context),
          options_(context.invocation.load),
          plan_(std::move(plan)),
          stop_(stop) {}

    Result<ExitCode> run() {
        FLEET_TRY_VOID(check_files());
        const bool json = context_.invocation.common.output == Output::json;
        start_ns_ = clock_->monotonic_ns();
        auto done = options_.url ? over_http() : in_process();
        progress_.clear();
        const double seconds = static_cast<double>(clock_->monotonic_ns() - start_ns_) / 1e9;
        if (!copy_line_.empty()) say(copy_line_);
        if (json) {
            std::string line = tally_.json(seconds);
            if (!copy_json_.empty()) {
                line.pop_back();
                line += R"(,"replication":)" + copy_json_ + "}";
            }
            print(line + "\n");
        } else {
            print(tally_.text(seconds));
        }
        if (!done) {
            // What is wrong with a file or a store is no wrong usage: the result above says what
            // was stored all the same.
            say(fmt::format("fleet: {}", done.error().message));
            say("what was stored before is kept; loading the same files again stores nothing "
                "twice");
            return ExitCode::failed;
        }
        if (stop_.requested()) {
            say("interrupted; what was stored is kept, loading the same files again completes it");
            return ExitCode::interrupted;
        }
        return tally_.rejected > 0 ? ExitCode::some_rejected : ExitCode::ok;
    }

  private:
    ingest::FileLoadOptions file_options(const std::string& path) {
        ingest::FileLoadOptions file;
        file.name = path == "-" ? "standard input" : path;
        file.format = plan_.format;
        file.decode = plan_.options;
        file.default_fleet =
            options_.fleet.value_or(context_.config.text(Key::ingest_default_fleet));
        file.window = [this] { return window(); };
        return file;
    }

    model::TimeWindow window() const {
        model::TimeWindow window;
        window.now = clock_->now();
        window.future_tolerance_ms = context_.config.integer(Key::ingest_future_tolerance);
        if (port_ && !options_.decode.keep_history)
            window.earliest = port_->earliest(options_.fleet.value_or(""), window.now);
        return window;
    }

    /// All files are looked at before any is loaded: what can be seen to be wrong stops the load
    /// before it began.
    Result<void> check_files() {
        for (const std::string& path : options_.files) {
            if (path == "-") continue;
            auto checked = [&]() -> Result<void> {
                FLEET_TRY(const auto source, ingest::open_file_source(path));
                return ingest::check_file(*source, file_options(path));
            }();
            if (!checked) {
                const Code code = checked.error().code == Code::invalid_argument
                                      ? Code::corrupt
                                      : checked.error().code;
                return fail(code,
                            fmt::format("{}\nfleet: nothing was loaded", checked.error().message));
            }
        }
        if (std::count(options_.files.begin(), options_.files.end(), "-") > 1)
            return fail(Code::invalid_argument, "standard input (-) can be loaded only once");
        return {};
    }

    ingest::FileLoadHooks hooks(const std::string& name) {
        ingest::FileLoadHooks hooks;
        hooks.stop = [this] { return stop_.requested(); };
        hooks.progress = [this, name](std::uint64_t position, std::optional<std::uint64_t> size,
                                      std::uint64_t rows) {
            const double fraction =
                size && *size > 0 ? static_cast<double>(position) / static_cast<double>(*size) : -1;
            progress_.update(fraction, fmt::format("{}  {} rows", name, grouped(rows)));
        };
        return hooks;
    }

    Result<void> in_process() {
        FLEET_TRY(engine_, open_engine(context_.config, clock_, Missing::create));
        port_ = std::make_unique<ingest::EnginePort>(
            *engine_, static_cast<int>(context_.config.integer(Key::retention_days)));
        if (copies_to_cassandra(context_.config)) {
            FLEET_TRY(replicator_,
                      start_replication(context_.config, *engine_, clock_, Unfit::fail));
        }
        const bool paced =
            options_.rate > 0 || context_.config.origin(Key::write_mode) == "flag --write-mode";
        auto loaded = paced ? through_journal() : in_bulk();
        auto copied = finish_copy();
        auto stopped = engine_->stop();
        if (!loaded) return loaded;
        if (!copied) return copied;
        return stopped;
    }

    /// Waits until what was loaded is in the copy, if there is one.
    Result<void> finish_copy() {
        if (!replicator_) return {};
        Progress progress("copying");
        auto drained = drain_replication(
            *replicator_, context_.config, [&] { return stop_.requested(); },
            [&](std::uint64_t lag) {
                progress.update(-1, fmt::format("{} journal entries are left", grouped(lag)));
            });
        progress.clear();
        const replicate::ReplicationStatus status = replicator_->status();
        copy_line_ =
            replication_line(status, static_cast<double>(clock_->monotonic_ns() - start_ns_) / 1e9);
        copy_json_ = replication_json(status);
        replicator_->stop();
        return drained;
    }

    /// Without the journal, both cores: rows are durable at the end.
    Result<void> in_bulk() {
        FLEET_TRY(const auto bulk, engine_->bulk_load());
        Result<void> loaded;
        for (const std::string& path : options_.files) {
            loaded = one_file(path, [&](std::unique_ptr<ingest::FileSource> source,
                                        const ingest::FileLoadOptions& file) {
                return ingest::load_blocks(
                    std::move(source), file, hooks(file.name),
                    [&](std::span<engine::Batch* const> batches) -> Result<void> {
                        std::vector<std::size_t> rejected;
                        for (const engine::Batch* batch : batches) {
                            FLEET_TRY_VOID(note(file, batch->rows));
                            rejected.push_back(batch->rows.rejects.size());
                        }
                        FLEET_TRY_VOID(bulk->add(batches));
                        for (std::size_t i = 0; i < batches.size(); ++i)
                            count_refused(batches[i]->rows.rejects, rejected[i]);
                        return {};
                    });
            });
            if (!loaded || stop_.requested()) break;
        }
        auto finished = bulk->finish();
        const engine::BatchResult& totals = bulk->totals();
        tally_.stored = totals.stored;
        tally_.duplicates = totals.duplicates;
        tally_.conflicts = totals.conflicts;
        tally_.late = totals.late;
        if (!loaded) return loaded;
        return finished;
    }

    /// At a stated pace, batch by batch, each durable before it counts.
    Result<void> through_journal() {
        const auto target = make_local_target(*port_);
        return write_pieces(*target);
    }

    Result<void> over_http() {
        if (options_.decode.keep_history)
            return fail(Code::invalid_argument,
                        "--keep-history works on the data directory, not on a running server");
        if (!is_plain(options_.decode))
            return fail(Code::invalid_argument,
                        "--map, --speed-unit, --time-zone and --time-format work on the data "
                        "directory, not on a running server");
        FLEET_TRY(const auto target, make_url_target(*options_.url, lanes(),
                                                     context_.config.integer(Key::write_timeout)));
        tally_.late.reset();
        return write_pieces(*target);
    }

    [[nodiscard]] std::size_t lanes() const {
        return context_.config.text(Key::write_mode) == "async"
                   ? static_cast<std::size_t>(context_.config.integer(Key::write_concurrency))
                   : 1;
    }

    Result<void> write_pieces(WriteTarget& target) {
        WriteMetrics metrics;
        std::optional<Error> failure;
        std::mutex failure_mutex;
        const auto failed = [&] {
            const std::scoped_lock lock(failure_mutex);
            return failure.has_value();
        };
        Result<void> loaded;
        {
            Writer writer(target,
                          {.lanes = lanes(),
                           .places = lanes(),
                           .timeout_ms = context_.config.integer(Key::write_timeout)},
                          metrics, [&](const Payload&, const Result<Written>& result) {
                              const std::scoped_lock lock(failure_mutex);
                              if (result) {
                                  count(*result);
                              } else if (!failure) {
                                  failure = result.error();
                              }
                          });
            std::int64_t next_report_ns = clock_->monotonic_ns() + report_every_ns();
            std::uint64_t pushed = 0;
            for (const std::string& path : options_.files) {
                loaded = one_file(path, [&](std::unique_ptr<ingest::FileSource> source,
                                            const ingest::FileLoadOptions& file) {
                    ingest::FileLoadHooks watch = hooks(file.name);
                    watch.stop = [&] { return stop_.requested() || failed(); };
                    return ingest::load_pieces(
                        std::move(source), file, watch, batch_size(),
                        [&](ingest::Piece piece) -> Result<void> {
                            if (watch.stop()) return {};
                            FLEET_TRY_VOID(note_devices(piece.rows, file.default_fleet));
                            pace(pushed);
                            pushed += piece.rows.rows();
                            writer.push(payload_of(std::move(piece), file, target.wants_body()));
                            if (clock_->monotonic_ns() >= next_report_ns) {
                                next_report_ns += report_every_ns();
                                progress_.clear();
                                say(metrics_line(metrics.interval(), std::nullopt));
                            }
                            return {};
                        });
                });
                if (!loaded || stop_.requested() || failed()) break;
            }
            writer.drain();
        }
        progress_.clear();
        if (metrics.total().writes > 0)
            say(metrics_line(metrics.total(),
                             WriteCosts{target.bytes_written(), target.server_cpu_s()}));
        if (failure) return fail(*failure);
        return loaded;
    }

    [[nodiscard]] std::int64_t report_every_ns() const {
        return context_.config.integer(Key::metrics_interval) * 1'000'000;
    }
    /// A file is not a stream: unless told otherwise, larger writes than those of one.
    [[nodiscard]] std::size_t batch_size() const {
        constexpr std::size_t kOfFile = 1'000;
        if (context_.config.is_default(Key::write_batch_size)) return kOfFile;
        return static_cast<std::size_t>(context_.config.integer(Key::write_batch_size));
    }

    /// Waits until the rows before are due at --rate.
    void pace(std::uint64_t pushed) const {
        if (options_.rate <= 0) return;
        const double due_ns = static_cast<double>(pushed) / options_.rate * 1e9;
        const double passed_ns = static_cast<double>(clock_->monotonic_ns() - start_ns_);
        if (due_ns > passed_ns)
            stop_.wait_for_ms(static_cast<std::int64_t>((due_ns - passed_ns) / 1e6));
    }

    Payload payload_of(ingest::Piece piece, const ingest::FileLoadOptions& file, bool with_body) {
        Payload payload;
        payload.source = "file:" + file.name;
        payload.default_fleet = file.default_fleet;
        reject_log_.show(file.name, piece.rows, progress_);
        tally_.read += piece.rows.rows();
        if (with_body) {
            payload.content_type = content_type(piece.format);
            payload.body.reserve(piece.header.size() + piece.bytes.size());
            payload.body.append(piece.header).append(piece.bytes);
        }
        payload.owners = std::move(piece.owners);
        payload.rows = std::make_shared<const model::RecordBatch>(std::move(piece.rows));
        return payload;
    }

    /// On a writing thread, one at a time.
    void count(const Written& written) {
        tally_.stored += written.stored;
        tally_.duplicates += written.duplicates;
        tally_.conflicts += written.conflicts;
        if (tally_.late && written.late) *tally_.late += *written.late;
        for (const model::Reason reason : written.rejected) tally_.reject(reason);
    }

    template <class Body>
    Result<void> one_file(const std::string& path, Body body) {
        FLEET_TRY(auto source, ingest::open_file_source(path));
        const ingest::FileLoadOptions file = file_options(path);
        const std::uint64_t before = tally_.read;
        FLEET_TRY(const ingest::FileExtent extent, body(std::move(source), file));
        if (extent.rows == 0 && tally_.read == before && !stop_.requested()) {
            progress_.clear();
            say(fmt::format("{}: has {}no rows", file.name,
                            extent.format == codec::Format::csv ? "a header and " : ""));
        }
        return {};
    }

    /// Counts a batch of a bulk load before it is added, and keeps the history of its fleets if
    /// that is asked for.
    Result<void> note(const ingest::FileLoadOptions& file, const model::RecordBatch& rows) {
        tally_.read += rows.rows();
        for (const model::Reject& reject : rows.rejects) tally_.reject(reject.reason);
        reject_log_.show(file.name, rows, progress_);
        return note_devices(rows, file.default_fleet);
    }

    /// Counts the rejects from `first` on: what the store did not take of a batch.
    void count_refused(std::span<const model::Reject> rejects, std::size_t first) {
        for (const model::Reject& reject : rejects.subspan(first)) tally_.reject(reject.reason);
    }

    /// Notes the devices, and with --keep-history makes their fleets keep everything before they
    /// get it.
    Result<void> note_devices(const model::RecordBatch& rows, const std::string& default_fleet) {
        for (const model::Record& record : rows.records) {
            const bool is_new = tally_.devices.insert(record.device);
            if (!options_.decode.keep_history || (!is_new && record.fleet == last_kept_)) continue;
            if (!is_new && record.fleet.empty()) continue;
            std::string fleet(record.fleet);
            if (fleet.empty()) {
                const auto handle = engine_->find_device(record.device);
                fleet = handle ? engine_->device(*handle).fleet : default_fleet;
            }
            last_kept_ = fleet;
            if (kept_.insert(fleet).second) FLEET_TRY_VOID(engine_->set_retention(fleet, 0));
        }
        return {};
    }

    const CommandContext& context_;
    const LoadOptions& options_;
    DecodePlan plan_;
    StopSignal& stop_;
    std::shared_ptr<const Clock> clock_ = std::make_shared<SystemClock>();
    std::shared_ptr<engine::Engine> engine_;
    std::unique_ptr<replicate::Replicator> replicator_;  ///< null: nothing is copied
    std::string copy_line_;
    std::string copy_json_;
    std::unique_ptr<ingest::IngestPort> port_;
    std::int64_t start_ns_ = 0;
    LoadTally tally_;
    RejectLog reject_log_;
    Progress progress_{"loading"};
    std::set<std::string> kept_;
    std::string last_kept_;
};

}  // namespace

Result<ExitCode> run_load(const CommandContext& context) {
    FLEET_TRY(DecodePlan plan, plan_decoding(context.invocation.load.decode, context.config));
    StopSignal stop;
    return Load(context, std::move(plan), stop).run();
}

}  // namespace fleet::app
