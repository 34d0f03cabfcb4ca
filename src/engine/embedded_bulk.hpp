// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/parallel.hpp"
#include "engine/embedded_engine.hpp"

#include <array>
#include <functional>
#include <vector>

namespace fleet::engine {

/// Rows straight into the head, without the journal: both cores resolve, sort and apply, shard by
/// shard. Late rows gather per device and are merged together.
class EmbeddedBulkLoad final : public BulkLoad {
  public:
    explicit EmbeddedBulkLoad(EmbeddedEngine& engine);
    ~EmbeddedBulkLoad() override;

    [[nodiscard]] Result<void> add(Batch& batch) override;
    [[nodiscard]] Result<void> add(std::span<Batch* const> batches) override;
    [[nodiscard]] const BatchResult& totals() const override { return totals_; }
    [[nodiscard]] Result<void> finish() override;

  private:
    struct Sorted {
        std::vector<std::uint32_t> devices;
        std::vector<std::uint32_t> order;
        std::array<std::vector<Head::Group>, kShards> groups;
    };
    [[nodiscard]] Result<void> for_each_shard(
        const std::function<Result<void>(std::uint8_t, ApplyResult&)>& work);
    [[nodiscard]] Result<void> merge();

    EmbeddedEngine& engine_;
    Parallel threads_;
    std::vector<Sorted> sorted_;
    BatchResult totals_;
};

}  // namespace fleet::engine
