// SPDX-License-Identifier: Apache-2.0
#include "ingest/engine_port.hpp"

#include <algorithm>
#include <utility>

namespace fleet::ingest {

namespace {
Timestamp start_of_retention(int days, Timestamp now) {
    if (days == 0) return Timestamp{0};
    return Timestamp{std::max<std::int64_t>(0, now.ms - days * kMsPerDay)};
}
}  // namespace

EnginePort::EnginePort(engine::Engine& engine, int default_retention_days)
    : engine_(engine), default_retention_days_(default_retention_days) {}

void EnginePort::submit(Batch batch, Completion done) {
    engine_.submit(std::move(batch), std::move(done));
}

void EnginePort::count_refused(std::uint64_t records) { engine_.count_refused(records); }

Timestamp EnginePort::earliest(std::string_view fleet, Timestamp now) const {
    Timestamp oldest = start_of_retention(default_retention_days_, now);
    for (const auto& [id, days] : engine_.fleets()) {
        if (!fleet.empty() && id != fleet) continue;
        const Timestamp start = start_of_retention(days, now);
        oldest = fleet.empty() ? std::min(oldest, start) : start;
    }
    return oldest;
}

EngineStats EnginePort::stats() const { return engine_.stats(); }

Result<std::vector<QuarantineEntry>> EnginePort::newest_quarantined(std::size_t limit) const {
    return engine_.newest_quarantined(limit);
}

}  // namespace fleet::ingest
