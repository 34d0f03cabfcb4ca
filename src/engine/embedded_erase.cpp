// SPDX-License-Identifier: Apache-2.0
// Erasures: into the journal, applied in its order, and then out of every file of the directory.
#include "engine/embedded_engine.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace fleet::engine {

bool EmbeddedEngine::outlived(const PendingEntry& entry, std::string_view device) const {
    return !entry.replayed.empty() && head_->erased_through(device) >= entry.sequence;
}

void EmbeddedEngine::drop_outlived(PendingEntry& entry) {
    model::RecordBatch& rows = entry.batch.rows;
    std::vector<model::Record> kept;
    std::vector<std::uint32_t> indexes;
    bool gone = false;  // of the record before
    for (std::size_t i = 0; i < rows.records.size(); ++i) {
        if (i == 0 || rows.records[i].device != rows.records[i - 1].device)
            gone = outlived(entry, rows.records[i].device);
        if (gone) continue;
        kept.push_back(rows.records[i]);
        indexes.push_back(rows.indexes[i]);
    }
    if (kept.size() == rows.records.size()) return;
    rows.records = std::move(kept);
    rows.indexes = std::move(indexes);
}

Result<void> EmbeddedEngine::apply_erase(const PendingEntry& entry, const AdminOperation& op) {
    EraseReport report;
    const auto device = registry_.find(op.id);
    if (device && !outlived(entry, op.id)) {
        FLEET_TRY_VOID(head_->erase(*device, op.period, entry.sequence, report));
        if (!op.period) registry_.erase_device(*device);
    }
    if (!op.period) {
        FLEET_TRY(report.quarantined, quarantine_->erase_naming(entry.sequence, op.id));
    }
    erasures_.add({entry.sequence, entry.received, erased_name(op.id), op.period});
    if (op.report) *op.report = report;
    return {};
}

Result<void> EmbeddedEngine::run_erase(const std::string& device,
                                       const std::optional<ErasePeriod>& period,
                                       EraseReport& report) {
    AdminOperation op;
    op.kind = AdminOperation::Kind::erase;
    op.id = device;
    op.period = period;
    op.report = std::make_shared<EraseReport>();
    const auto done = op.report;
    FLEET_TRY_VOID(run_operations({std::move(op)}));
    report.rows += done->rows;
    report.device_days += done->device_days;
    report.alerts += done->alerts;
    report.quarantined += done->quarantined;
    return {};
}

Result<EraseReport> EmbeddedEngine::erase(const std::string& device,
                                          std::optional<ErasePeriod> period) {
    if (bulk_) return fail(Code::busy, "a bulk load is under way; try again when it has ended");
    if (!registry_.find(device))
        return fail(Code::not_found, fmt::format("there is no device {}", device));
    if (period) {
        if (period->from >= period->to)
            return fail(Code::invalid_argument,
                        fmt::format("from {} is not before to {}", format_rfc3339(period->from),
                                    format_rfc3339(period->to)));
        period->from.ms = std::max<std::int64_t>(period->from.ms, 0);
    }
    EraseReport report;
    FLEET_TRY_VOID(run_erase(device, period, report));
    const auto scrubbed = scrub();
    report.scrubbed = scrubbed.has_value();
    if (!scrubbed)
        spdlog::error("device data was erased, its bytes are still in files: {}",
                      scrubbed.error().message);
    return report;
}

Result<EraseReport> EmbeddedEngine::repeat_erasures(std::span<const Erasure> erasures) {
    if (bulk_) return fail(Code::busy, "a bulk load is under way; try again when it has ended");
    const std::vector<Erasure> own = erasures_.all();
    EraseReport report;
    for (const Erasure& wanted : erasures) {
        if (std::find(own.begin(), own.end(), wanted) != own.end()) continue;
        for (std::uint32_t number = 0; number < registry_.device_count(); ++number) {
            const std::string id = registry_.device({number}).id;
            if (erased_name(id) != wanted.subject || !registry_.find(id)) continue;
            FLEET_TRY_VOID(run_erase(id, wanted.period, report));
            break;
        }
    }
    FLEET_TRY_VOID(scrub());
    report.scrubbed = true;
    return report;
}

Result<void> EmbeddedEngine::scrub() {
    const std::lock_guard one_at_a_time(scrub_mutex_);
    const auto work = erasures_.work();
    if (!work) return {};
    // The entries so far hold what was erased, and the erasure the device's id: a new segment
    // begins behind them, at the latest with the barrier, and once all is in the tables the old
    // ones can go.
    if (!scrub_behind_ || *scrub_behind_ < work->through) {
        journal_->roll();
        AdminOperation barrier;
        barrier.kind = AdminOperation::Kind::barrier;
        FLEET_TRY_VOID(run_operations({std::move(barrier)}));
        scrub_behind_ = journal_->last_durable();
    }
    if (feed_ && feed_->position() < *scrub_behind_)
        return fail(Code::unavailable, "the copy of the store elsewhere was not told of it yet");
    const std::lock_guard lock(checkpoint_mutex_);
    FLEET_TRY_VOID(write_checkpoint());
    FLEET_TRY_VOID(journal_->discard_spares());
    FLEET_TRY_VOID(tables_->scrub(work->first, work->last));
    erasures_.scrubbed(work->through);
    scrub_behind_.reset();
    Tables::WriteSet set;
    erasures_.collect(set);
    FLEET_TRY_VOID(tables_->write(set));
    return tables_->flush();
}

}  // namespace fleet::engine
