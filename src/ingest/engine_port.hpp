// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ingest/ingest_port.hpp"

namespace fleet::ingest {

/// The embedded engine as an IngestPort. Thread-safe, like the engine, which must outlive it.
class EnginePort final : public IngestPort {
  public:
    /// `default_retention_days`: of fleets that do not exist yet, 0 = unlimited
    /// (EngineOptions::retention_days).
    EnginePort(engine::Engine& engine, int default_retention_days);

    void submit(Batch batch, Completion done) override;
    void count_refused(std::uint64_t records) override;
    [[nodiscard]] Timestamp earliest(std::string_view fleet, Timestamp now) const override;
    [[nodiscard]] EngineStats stats() const override;
    [[nodiscard]] Result<std::vector<QuarantineEntry>> newest_quarantined(
        std::size_t limit) const override;

  private:
    engine::Engine& engine_;
    int default_retention_days_;
};

}  // namespace fleet::ingest
