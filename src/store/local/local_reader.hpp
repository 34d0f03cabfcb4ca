// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "store/cursor.hpp"
#include "store/reader.hpp"

#include <memory>
#include <string>

namespace fleet::store {

/// The queries over the embedded engine. Keeps nothing of its own: each call reads what it answers.
/// Thread-safe. Costs: history reads the rows of its page and one more; a series the times and one
/// column of its range; latest and live KPIs touch RAM only, but the first time all alerts of the
/// fleet are read for the critical ones; a day of a fleet reads the fleet's hours and, after a
/// change, the day's alerts; `fleets`, `search` and `kpis_of_day` look at every device that the
/// scope allows. Trips and stops read the device-days from the page's place to the end of the
/// range; a list of alerts reads from its place on until the page is full, whatever the filter
/// leaves out.
class LocalReader final : public FleetReader {
  public:
    /// The clock decides what retention hides. `engine` must be open while the reader is used.
    LocalReader(std::shared_ptr<engine::Engine> engine, std::shared_ptr<const Clock> clock);

    [[nodiscard]] Result<std::vector<FleetInfo>> fleets(const model::FleetScope& scope) override;
    [[nodiscard]] Result<Page<DeviceInfo>> devices(const model::FleetScope& scope,
                                                   const std::string& fleet,
                                                   const PageRequest& page) override;
    [[nodiscard]] Result<DeviceInfo> device(const model::FleetScope& scope,
                                            const std::string& device) override;
    [[nodiscard]] Result<LatestOfDevice> latest(const model::FleetScope& scope,
                                                const std::string& device) override;
    [[nodiscard]] Result<Page<LatestOfDevice>> fleet_latest(const model::FleetScope& scope,
                                                            const std::string& fleet,
                                                            std::optional<Timestamp> at,
                                                            const PageRequest& page) override;
    [[nodiscard]] Result<HistoryPage> history(const model::FleetScope& scope,
                                              const std::string& device, TimeRange range,
                                              Order order, const PageRequest& page) override;
    [[nodiscard]] Result<Series> series(const model::FleetScope& scope, const std::string& device,
                                        const SeriesRequest& request) override;
    Result<ScanPage> scan(const model::FleetScope& scope, const std::string& fleet,
                          const ScanRequest& request, const PageRequest& page) override;
    Result<Page<ScanDay>> scan_days(const model::FleetScope& scope, const std::string& fleet,
                                    const ScanRequest& request, model::Field metric,
                                    const PageRequest& page) override;
    [[nodiscard]] Result<FleetDay> analytics(const model::FleetScope& scope,
                                             const std::string& fleet, Day day) override;
    [[nodiscard]] Result<DaySummary> summary(const model::FleetScope& scope,
                                             const std::string& device, Day day) override;
    [[nodiscard]] Result<Page<model::Trip>> trips(const model::FleetScope& scope,
                                                  const std::string& device, TimeRange range,
                                                  const PageRequest& page) override;
    [[nodiscard]] Result<Page<model::Stop>> stops(const model::FleetScope& scope,
                                                  const std::string& device, TimeRange range,
                                                  const PageRequest& page) override;
    [[nodiscard]] Result<Page<Alert>> alerts(const model::FleetScope& scope,
                                             const std::string& fleet, const AlertFilter& filter,
                                             TimeRange range, const PageRequest& page) override;
    [[nodiscard]] Result<Alert> alert(const model::FleetScope& scope,
                                      const model::AlertId& id) override;
    [[nodiscard]] Result<Kpis> kpis(const model::FleetScope& scope, const std::string& fleet,
                                    Timestamp now, std::int64_t window_ms) override;
    [[nodiscard]] Result<Kpis> kpis_of_day(const model::FleetScope& scope, const std::string& fleet,
                                           Day day) override;
    [[nodiscard]] Result<std::vector<DeviceInfo>> search(const model::FleetScope& scope,
                                                         const std::string& text,
                                                         std::size_t limit) override;

  private:
    std::shared_ptr<engine::Engine> engine_;
    std::shared_ptr<const Clock> clock_;

    struct Found {
        engine::DeviceHandle handle;
        engine::DeviceRow row;
    };
    using Handles = std::shared_ptr<const std::vector<engine::DeviceHandle>>;

    [[nodiscard]] Result<std::uint32_t> find_fleet(const model::FleetScope& scope,
                                                   const std::string& fleet) const;
    [[nodiscard]] Result<Found> find_device(const model::FleetScope& scope,
                                            const std::string& device) const;
    [[nodiscard]] std::optional<Timestamp> kept_from_of(const std::string& fleet) const;
    /// When `day` is no longer kept, the first instant that is.
    [[nodiscard]] std::optional<Timestamp> gone(const std::string& fleet, Day day) const;
    template <class Item, class Read>
    [[nodiscard]] Result<Page<Item>> by_start(const model::FleetScope& scope,
                                              const std::string& device, TimeRange range,
                                              const PageRequest& page, CursorKind kind,
                                              Read read) const;
    /// Names instead of numbers.
    [[nodiscard]] Alert named(engine::AlertRow&& row, const engine::RuleSnapshot& rules) const;
    /// Index of the first device whose id is above `id`.
    [[nodiscard]] std::size_t first_after(const Handles& devices, const std::string& id) const;
};

}  // namespace fleet::store
