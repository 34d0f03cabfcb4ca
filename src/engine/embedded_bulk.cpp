// SPDX-License-Identifier: Apache-2.0
#include "engine/embedded_bulk.hpp"

#include <algorithm>

namespace fleet::engine {

namespace {
/// Late rows that gather before they are merged: many meet in one chunk then.
constexpr std::uint64_t kMaxPendingRows = 4'000'000;
/// Encoded chunks in RAM before they go to the tables.
constexpr std::uint64_t kMaxDirtyBytes = 256ULL << 20;
}  // namespace

EmbeddedBulkLoad::EmbeddedBulkLoad(EmbeddedEngine& engine) : engine_(engine), threads_(2) {}

EmbeddedBulkLoad::~EmbeddedBulkLoad() { engine_.bulk_ = false; }

Result<void> EmbeddedBulkLoad::add(Batch& batch) {
    Batch* const one = &batch;
    return add(std::span<Batch* const>(&one, 1));
}

Result<void> EmbeddedBulkLoad::for_each_shard(
    const std::function<Result<void>(std::uint8_t, ApplyResult&)>& work) {
    std::array<ApplyResult, kShards> counts;
    std::array<std::optional<Error>, kShards> errors;
    threads_.run(kShards, [&](std::size_t shard) {
        if (auto done = work(static_cast<std::uint8_t>(shard), counts[shard]); !done)
            errors[shard] = std::move(done).error();
    });
    for (const ApplyResult& c : counts) {
        totals_.stored += c.stored;
        totals_.duplicates += c.duplicates;
        totals_.conflicts += c.conflicts;
        totals_.late += c.late;
    }
    for (const auto& error : errors)
        if (error) return fail(*error);
    return {};
}

Result<void> EmbeddedBulkLoad::add(std::span<Batch* const> batches) {
    if (const auto error = engine_.refusal()) return fail(*error);
    sorted_.resize(std::max(sorted_.size(), batches.size()));
    threads_.run(batches.size(), [&](std::size_t i) {
        if (!batches[i]->auto_register || engine_.registry_.any_disabled())
            (void)engine_.reject_unwelcome(batches[i]->rows, batches[i]->auto_register);
    });
    threads_.run(batches.size(), [&](std::size_t i) {
        engine_.registry_.find_all(batches[i]->rows.records, sorted_[i].devices);
    });
    // Registration in order of arrival, so that numbers do not depend on threads.
    for (std::size_t i = 0; i < batches.size(); ++i)
        engine_.register_absent(*batches[i], sorted_[i].devices);
    threads_.run(batches.size(), [&](std::size_t i) {
        engine_.group_rows(batches[i]->rows.records, sorted_[i].devices, sorted_[i].order,
                           sorted_[i].groups);
    });
    for (Batch* batch : batches)
        engine_.quarantine_->add(0, batch->rows.rows(), batch->rows.rejects, batch->source,
                                 engine_.clock_->now());
    FLEET_TRY_VOID(for_each_shard([&](std::uint8_t shard, ApplyResult& counts) -> Result<void> {
        for (std::size_t i = 0; i < batches.size(); ++i)
            if (!sorted_[i].groups[shard].empty())
                FLEET_TRY_VOID(engine_.head_->apply(shard, sorted_[i].groups[shard],
                                                    batches[i]->rows.records, 0, true, Arrival(),
                                                    counts));
        return {};
    }));
    if (engine_.head_->pending_rows() > kMaxPendingRows) FLEET_TRY_VOID(merge());
    if (engine_.head_->dirty_bytes() > kMaxDirtyBytes) {
        FLEET_TRY_VOID(merge());
        FLEET_TRY_VOID(engine_.checkpoint());
    }
    return {};
}

Result<void> EmbeddedBulkLoad::merge() {
    return for_each_shard([&](std::uint8_t shard, ApplyResult& counts) {
        return engine_.head_->merge_pending(shard, counts);
    });
}

Result<void> EmbeddedBulkLoad::finish() {
    FLEET_TRY_VOID(merge());
    return engine_.checkpoint();
}

Result<std::unique_ptr<BulkLoad>> EmbeddedEngine::bulk_load() {
    if (const auto error = refusal()) return fail(*error);
    if (bulk_.exchange(true)) return fail(Code::busy, "another bulk load is under way");
    return std::unique_ptr<BulkLoad>(std::make_unique<EmbeddedBulkLoad>(*this));
}

}  // namespace fleet::engine
