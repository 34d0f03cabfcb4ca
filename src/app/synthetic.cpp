// SPDX-License-Identifier: Apache-2.0
#include "app/synthetic.hpp"

#include "app/local_engine.hpp"
#include "app/output.hpp"
#include "app/replication.hpp"
#include "codec/json_writer.hpp"
#include "ingest/engine_port.hpp"

#include <fmt/format.h>

namespace fleet::app {

namespace {

std::size_t lanes_of(const Config& config) {
    return config.text(Key::write_mode) == "async"
               ? static_cast<std::size_t>(config.integer(Key::write_concurrency))
               : 1;
}

}  // namespace

SyntheticRun::SyntheticRun(const Config& config) : config_(config) {
    start_ns_ = SystemClock().monotonic_ns();
    next_report_ns_ = start_ns_ + config_.integer(Key::metrics_interval) * 1'000'000;
}

SyntheticRun::~SyntheticRun() = default;

Result<std::unique_ptr<SyntheticRun>> SyntheticRun::open(const Config& config,
                                                         const std::optional<std::string>& url) {
    std::unique_ptr<SyntheticRun> run(new SyntheticRun(config));
    if (url) {
        FLEET_TRY(run->target_,
                  make_url_target(*url, lanes_of(config), config.integer(Key::write_timeout)));
    } else {
        const auto clock = std::make_shared<SystemClock>();
        FLEET_TRY(run->engine_, open_engine(config, clock, Missing::create));
        if (copies_to_cassandra(config)) {
            FLEET_TRY(run->replicator_,
                      start_replication(config, *run->engine_, clock, Unfit::fail));
        }
        run->own_port_ = std::make_unique<ingest::EnginePort>(
            *run->engine_, static_cast<int>(config.integer(Key::retention_days)));
        run->target_ = make_local_target(*run->own_port_);
    }
    run->start_writer();
    return run;
}

std::unique_ptr<SyntheticRun> SyntheticRun::on(const Config& config, ingest::IngestPort& port) {
    std::unique_ptr<SyntheticRun> run(new SyntheticRun(config));
    run->target_ = make_local_target(port);
    run->start_writer();
    return run;
}

void SyntheticRun::start_writer() {
    const WriterOptions options{
        .lanes = lanes_of(config_),
        .places = static_cast<std::size_t>(config_.integer(Key::write_concurrency)),
        .timeout_ms = config_.integer(Key::write_timeout)};
    writer_ = std::make_unique<Writer>(
        *target_, options, metrics_,
        [this](const Payload&, const Result<Written>& result) { note(result); });
}

void SyntheticRun::note(const Result<Written>& result) {
    const std::scoped_lock lock(mutex_);
    if (!result) {
        if (!failure_) failure_ = result.error();
        return;
    }
    totals_.stored += result->stored;
    totals_.duplicates += result->duplicates;
    totals_.conflicts += result->conflicts;
    totals_.rejected += result->rejected.size();
}

Payload SyntheticRun::payload(std::vector<model::Record> records, const std::string& fleet,
                              std::shared_ptr<const void> owner) const {
    Payload payload;
    payload.source = "generator";
    payload.default_fleet = fleet;
    if (target_->wants_body()) {
        payload.content_type = "application/x-ndjson";
        payload.body = to_ndjson(records);
    }
    auto rows = std::make_shared<model::RecordBatch>();
    rows->indexes.reserve(records.size());
    for (std::uint32_t i = 0; i < records.size(); ++i) rows->indexes.push_back(i);
    rows->records = std::move(records);
    payload.rows = std::move(rows);
    payload.owners.push_back(std::move(owner));
    return payload;
}

void SyntheticRun::push(std::vector<model::Record> records, const std::string& fleet,
                        std::shared_ptr<const void> owner) {
    writer_->push(payload(std::move(records), fleet, std::move(owner)));
}

void SyntheticRun::offer(std::vector<model::Record> records, const std::string& fleet,
                         std::shared_ptr<const void> owner) {
    const std::size_t count = records.size();
    if (writer_->try_push(payload(std::move(records), fleet, std::move(owner)))) return;
    metrics_.failed(count);
    const std::scoped_lock lock(mutex_);
    if (!failure_)
        failure_ = Error(Code::overloaded,
                         "writes took longer than the stream's interval; give --write-mode async "
                         "or a larger ASYNC_CONCURRENCY");
}

void SyntheticRun::report_when_due() {
    const std::int64_t now = SystemClock().monotonic_ns();
    if (now < next_report_ns_) return;
    const std::int64_t every = config_.integer(Key::metrics_interval) * 1'000'000;
    next_report_ns_ += (1 + (now - next_report_ns_) / every) * every;
    say(metrics_line(metrics_.interval(), std::nullopt));
}

Result<void> SyntheticRun::finish(const std::function<bool()>& stop) {
    writer_->drain();
    total_ = metrics_.total();  // before the copy is waited for
    if (replicator_) {
        Progress progress("copying");
        const auto drained = drain_replication(*replicator_, config_, stop, [&](std::uint64_t lag) {
            progress.update(-1, fmt::format("{} journal entries are left", grouped(lag)));
        });
        progress.clear();
        if (!drained) not_copied_ = drained.error();
        const replicate::ReplicationStatus status = replicator_->status();
        const double seconds = static_cast<double>(SystemClock().monotonic_ns() - start_ns_) / 1e9;
        copy_line_ = replication_line(status, seconds);
        copy_json_ = replication_json(status);
        replicator_->stop();
    }
    Result<void> stopped;
    if (engine_)
        stopped = engine_->stop();  // its last checkpoint belongs to the bytes that were written
    costs_ = {target_->bytes_written(), target_->server_cpu_s()};
    return stopped;
}

SyntheticRun::Totals SyntheticRun::totals() const {
    const std::scoped_lock lock(mutex_);
    return totals_;
}

std::optional<Error> SyntheticRun::failure() const {
    const std::scoped_lock lock(mutex_);
    return failure_;
}

std::string SyntheticRun::json() const {
    const Totals t = totals();
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.member_unsigned("stored", t.stored);
    json.member_unsigned("duplicates", t.duplicates);
    json.member_unsigned("conflicts", t.conflicts);
    json.member_unsigned("rejected", t.rejected);
    json.end_object();
    out.pop_back();
    out += "," + metrics_json_members(total_, costs_);
    if (!copy_json_.empty()) out += R"(,"replication":)" + copy_json_;
    return out + "}";
}

}  // namespace fleet::app
