// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "store/scan.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace fleet::store {

/// Scans the engine and decodes as little as it can: days whose minima and maxima rule a condition
/// out are left out, then only the columns of the conditions are read, and whole rows only from the
/// first match of a day to its last.
class LocalScan final : public ScanSource {
  public:
    /// `devices` by id.
    LocalScan(const engine::Engine& engine,
              std::shared_ptr<const std::vector<engine::DeviceHandle>> devices);

    Result<std::vector<std::string>> devices_behind(const std::string& device) override;
    Result<std::vector<Day>> days(const std::string& device, TimeRange range) override;
    Result<std::uint64_t> rows(const std::string& device, TimeRange range,
                               const std::vector<ScanCondition>& where, std::size_t limit,
                               model::Rows& out) override;
    Result<std::uint64_t> values(const std::string& device, TimeRange range,
                                 const std::vector<ScanCondition>& where, model::Field metric,
                                 model::MetricStats& out) override;

  private:
    /// Rows of a day, or 0 if its statistics say that none can meet the conditions.
    Result<std::uint64_t> promising(engine::DeviceHandle device, Day day,
                                    const std::vector<ScanCondition>& where) const;
    /// Times of the rows that meet the conditions, at least one, ascending.
    Result<std::vector<std::int64_t>> matches(engine::DeviceHandle device, TimeRange range,
                                              const std::vector<ScanCondition>& where) const;

    const engine::Engine& engine_;
    std::shared_ptr<const std::vector<engine::DeviceHandle>> devices_;
};

}  // namespace fleet::store
