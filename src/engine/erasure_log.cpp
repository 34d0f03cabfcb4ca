// SPDX-License-Identifier: Apache-2.0
#include "engine/erasure_log.hpp"

#include "codec/bytes.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace fleet::engine {

namespace {

constexpr std::string_view kMetaName = "erasures";
constexpr std::uint8_t kVersion = 1;

/// The day of a time, or the nearest one that can be stored.
Day stored_day(std::int64_t ts_ms) {
    constexpr std::int64_t kLast = std::numeric_limits<std::uint16_t>::max();
    return Day{static_cast<std::uint16_t>(std::clamp<std::int64_t>(ts_ms / kMsPerDay, 0, kLast))};
}

}  // namespace

Result<void> ErasureLog::restore(const Tables& tables) {
    FLEET_TRY(const auto bytes, tables.meta(kMetaName));
    if (!bytes) return {};
    codec::ByteReader r(*bytes);
    const auto damaged = [] { return fail(Code::corrupt, "the list of erasures is damaged"); };
    if (r.u8() != kVersion) return damaged();
    const std::lock_guard lock(mutex_);
    scrubbed_through_ = r.varint();
    const std::uint64_t count = r.varint();
    for (std::uint64_t i = 0; i < count && r.ok(); ++i) {
        Erasure e;
        e.sequence = r.varint();
        e.at.ms = r.svarint();
        e.subject = std::string(r.text());
        if (r.u8() != 0) {
            ErasePeriod period;
            period.from.ms = r.svarint();
            period.to.ms = r.svarint();
            e.period = period;
        }
        erasures_.push_back(std::move(e));
    }
    if (!r.done()) return damaged();
    return {};
}

void ErasureLog::add(Erasure erasure) {
    const std::lock_guard lock(mutex_);
    // Several of one entry have one sequence.
    if (!erasures_.empty() &&
        (erasures_.back().sequence > erasure.sequence ||
         std::find(erasures_.begin(), erasures_.end(), erasure) != erasures_.end()))
        return;
    erasures_.push_back(std::move(erasure));
}

std::vector<Erasure> ErasureLog::all() const {
    const std::lock_guard lock(mutex_);
    return erasures_;
}

bool ErasureLog::due_locked() const {
    return !erasures_.empty() && erasures_.back().sequence > scrubbed_through_;
}

bool ErasureLog::due() const {
    const std::lock_guard lock(mutex_);
    return due_locked();
}

std::optional<ErasureLog::Work> ErasureLog::work() const {
    const std::lock_guard lock(mutex_);
    if (!due_locked()) return std::nullopt;
    Work work{erasures_.back().sequence, stored_day(std::numeric_limits<std::int64_t>::max()),
              Day{0}};
    for (const Erasure& e : erasures_) {
        if (e.sequence <= scrubbed_through_) continue;
        work.first = std::min(work.first, e.period ? stored_day(e.period->from.ms) : Day{0});
        work.last = std::max(
            work.last,
            stored_day(e.period ? e.period->to.ms - 1 : std::numeric_limits<std::int64_t>::max()));
    }
    return work;
}

void ErasureLog::scrubbed(std::uint64_t through) {
    const std::lock_guard lock(mutex_);
    scrubbed_through_ = std::max(scrubbed_through_, through);
}

void ErasureLog::collect(Tables::WriteSet& set) const {
    const std::lock_guard lock(mutex_);
    if (erasures_.empty()) return;
    std::string out;
    codec::ByteWriter w(out);
    w.u8(kVersion);
    w.varint(scrubbed_through_);
    w.varint(erasures_.size());
    for (const Erasure& e : erasures_) {
        w.varint(e.sequence);
        w.svarint(e.at.ms);
        w.text(e.subject);
        w.u8(e.period ? 1 : 0);
        if (e.period) {
            w.svarint(e.period->from.ms);
            w.svarint(e.period->to.ms);
        }
    }
    set.put_meta(kMetaName, out);
}

}  // namespace fleet::engine
