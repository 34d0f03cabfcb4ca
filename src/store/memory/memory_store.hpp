// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/cursor.hpp"
#include "store/reader.hpp"

#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace fleet::store {

/// What became of an added record.
struct AddOutcome {
    enum class Kind { stored, duplicate, conflict, refused };
    Kind kind = Kind::stored;
    bool late =
        false;  ///< older than the newest row of its device that came before, duplicates included
};

/// The simplest program that answers every query: it keeps rows, and nothing else, and computes
/// each answer from the definitions when asked. It is the measure for the other stores, so it
/// shares no chunk and no cache with them (only the merge of two rows, the distance of two points,
/// the fold of trips, stops and alerts, and the cursor text). Trips, stops and alerts come from one
/// ordered pass over a device's whole history with the built-in rules; nothing here is ever late,
/// retracted or acted on. Slow on purpose; for tests. Thread-safe.
class MemoryStore : public FleetReader {
  public:
    /// `retention_days` of fleets that set_retention() does not name; 0 = unlimited. The clock says
    /// what is kept.
    explicit MemoryStore(std::shared_ptr<const Clock> clock, int retention_days = 30);

    /// Stores a valid record, or merges it with the row of its identity. A device that is new joins
    /// the fleet that the record names, else `default_fleet`; a known one stays where it is.
    AddOutcome add(const model::Record& record, const std::string& default_fleet);
    /// Makes a device or changes what is said about it. Records of a disabled one are refused.
    void change_device(const model::DeviceChange& change);
    /// A known device is in a fleet from a day on, until its next move; the last call of a day
    /// holds.
    void move_device(const std::string& id, const std::string& fleet, Day from);
    /// Adds a device without rows; already_exists if the id is known.
    [[nodiscard]] Result<void> register_device(const std::string& id, const std::string& fleet);
    /// Creates the fleet if needed.
    void set_retention(const std::string& fleet, int days);

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
    struct Row {
        model::Sample sample;
        model::TextPool texts;
    };
    struct Device {
        std::string id;
        std::map<Day, std::string> fleets;  ///< from which day on; the first: Day{}
        std::map<std::int64_t, Row> rows;   ///< by event time
        model::DeviceDetails details;

        [[nodiscard]] const std::string& fleet() const { return fleets.rbegin()->second; }
        [[nodiscard]] const std::string& fleet_at(Day day) const {
            return std::prev(fleets.upper_bound(day))->second;
        }
    };

    std::shared_ptr<const Clock> clock_;
    int retention_days_;
    std::mutex mutex_;
    std::map<std::string, Device> devices_;  ///< by id, in byte order
    std::map<std::string, int> fleets_;      ///< id → retention in days

    /// What an ordered pass over all rows of a device finds, by start.
    struct Found {
        std::vector<model::Trip> trips;
        std::vector<model::Stop> stops;
        std::vector<Alert> alerts;
    };
    [[nodiscard]] static Found fold(const Device& device);
    template <class Item>
    [[nodiscard]] Result<Page<Item>> by_start(const model::FleetScope& scope,
                                              const std::string& device, TimeRange range,
                                              const PageRequest& page, CursorKind kind,
                                              std::vector<Item> Found::* list);
    /// HIGH alerts of a fleet that start in the range.
    [[nodiscard]] std::uint64_t critical(const std::string& fleet, TimeRange range) const;
    [[nodiscard]] Result<void> check_fleet(const model::FleetScope& scope,
                                           const std::string& fleet) const;
    [[nodiscard]] Result<const Device*> find(const model::FleetScope& scope,
                                             const std::string& device) const;
    /// Devices of a fleet now, or on a day.
    [[nodiscard]] std::vector<const Device*> devices_of(const std::string& fleet) const;
    [[nodiscard]] std::vector<const Device*> devices_on(const std::string& fleet, Day day) const;
    /// Alerts of a fleet: those that start on a day on which their device was in it.
    [[nodiscard]] std::vector<Alert> alerts_of(const std::string& fleet) const;
    [[nodiscard]] std::optional<Timestamp> kept_from_of(const std::string& fleet) const;
    [[nodiscard]] static DeviceInfo info_of(const Device& device);
    [[nodiscard]] static model::Latest latest_of(const Device& device, TimeRange range);
    [[nodiscard]] static model::DayHours hours_of(const Device& device, Day day);
    [[nodiscard]] std::optional<Timestamp> gone(const std::string& fleet, Day day) const;
};

}  // namespace fleet::store
