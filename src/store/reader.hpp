// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/device.hpp"
#include "model/record.hpp"
#include "model/scope.hpp"
#include "model/stats.hpp"
#include "model/trip.hpp"
#include "store/alert.hpp"
#include "store/page.hpp"
#include "store/scan.hpp"
#include "store/series.hpp"
#include "store/time_range.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fleet::store {

/// A device is in a fleet from a UTC day on, until the next one (docs/devices.md, Moves).
struct FleetSince {
    std::string fleet;
    Day from;
    bool operator==(const FleetSince&) const = default;
};

/// A vehicle as the registry knows it.
struct DeviceInfo {
    std::string id;
    std::string fleet;                    ///< now
    std::optional<Timestamp> first_seen;  ///< oldest stored event time
    std::optional<Timestamp> last_seen;   ///< newest stored event time
    std::uint64_t records = 0;            ///< stored rows
    model::DeviceDetails details;
    std::vector<FleetSince> fleets;  ///< by day; the first is from Day{} on, the last holds now
};

struct FleetInfo {
    std::string id;
    std::uint64_t devices = 0;
    std::optional<Timestamp> last_ts;   ///< newest event of any of its devices
    std::optional<int> retention_days;  ///< nothing = unlimited
};

struct LatestOfDevice {
    std::string device;
    std::string fleet;
    model::Latest latest;  ///< ts_ms = −1: registered, no record yet
};

enum class Order { newest_first, oldest_first };

/// History rows of one device; texts of the samples lie in `rows.texts`.
struct HistoryPage {
    model::Rows rows;
    std::string next;
    std::optional<Timestamp> retention_from;  ///< set when the range reaches before what is kept
};

struct DaySummary {
    std::uint64_t records = 0;
    model::MetricStats speed;
    model::LegStats legs;
    std::uint64_t trips = 0;                  ///< that start in the day
    std::uint64_t stops = 0;                  ///< that start in the day
    std::int64_t moving_s = 0;                ///< of these trips together, rounded down
    std::optional<Timestamp> retention_from;  ///< set when the day is no longer kept
};

struct FleetDay {
    model::DayHours hours{};
    /// Alerts that start in each hour, with their present severity; without retracted ones.
    std::array<SeverityCounts, 24> alerts{};
    std::optional<Timestamp> retention_from;
};

struct Kpis {
    std::uint64_t devices = 0;
    std::uint64_t active_devices = 0;     ///< a record in the window
    std::optional<double> avg_speed_kmh;  ///< over active devices that carry the value
    std::optional<double> avg_battery_pct;
    /// HIGH alerts that are neither resolved nor retracted: all that are kept; of a past day, those
    /// that start in it. Nothing: this store does not know.
    std::optional<std::uint64_t> critical_alerts;
    std::optional<Timestamp> retention_from;  ///< set when the day is no longer kept
};

/// How far answers may lag behind what is stored. A store with one copy is never behind.
struct Freshness {
    bool stale = false;       ///< from a copy that may miss the newest writes
    std::int64_t age_ms = 0;  ///< of what was kept from an earlier read
};

/// The queries, whatever is behind them. Every implementation runs the suite in store/contract.
/// Thread-safe; calls block (disk, network) and belong on the blocking pool. Errors:
///  - not_found: the device or fleet does not exist, or the scope does not allow it
///  (indistinguishable, I12);
///  - invalid_argument: a cursor that is not ours, a range with from > to, a field that is no
///  metric;
///  - unavailable: the store cannot answer now.
/// Known but nothing there is success with no items. A range before retention is success, empty,
/// with `retention_from`.
class FleetReader {
  public:
    virtual ~FleetReader() = default;

    /// Fleets that the scope allows, by id.
    [[nodiscard]] virtual Result<std::vector<FleetInfo>> fleets(const model::FleetScope& scope) = 0;
    /// Devices of a fleet, by id in byte order.
    [[nodiscard]] virtual Result<Page<DeviceInfo>> devices(const model::FleetScope& scope,
                                                           const std::string& fleet,
                                                           const PageRequest& page) = 0;
    [[nodiscard]] virtual Result<DeviceInfo> device(const model::FleetScope& scope,
                                                    const std::string& device) = 0;
    [[nodiscard]] virtual Result<LatestOfDevice> latest(const model::FleetScope& scope,
                                                        const std::string& device) = 0;
    /// Latest of all devices of a fleet, by id in byte order. `at`: the state at that instant (rows
    /// ≤ at) of the devices of that day instead of now.
    [[nodiscard]] virtual Result<Page<LatestOfDevice>> fleet_latest(const model::FleetScope& scope,
                                                                    const std::string& fleet,
                                                                    std::optional<Timestamp> at,
                                                                    const PageRequest& page) = 0;
    [[nodiscard]] virtual Result<HistoryPage> history(const model::FleetScope& scope,
                                                      const std::string& device, TimeRange range,
                                                      Order order, const PageRequest& page) = 0;
    /// One metric of a device in buckets of equal width.
    [[nodiscard]] virtual Result<Series> series(const model::FleetScope& scope,
                                                const std::string& device,
                                                const SeriesRequest& request) = 0;
    /// Rows of the devices that are in a fleet now that meet conditions, by device and time. A
    /// store that can leave out what cannot meet them overrides this; by itself it reads the
    /// histories.
    [[nodiscard]] virtual Result<ScanPage> scan(const model::FleetScope& scope,
                                                const std::string& fleet,
                                                const ScanRequest& request,
                                                const PageRequest& page);
    /// What such rows say of one metric, for each device-day that has any; by device and day.
    [[nodiscard]] virtual Result<Page<ScanDay>> scan_days(const model::FleetScope& scope,
                                                          const std::string& fleet,
                                                          const ScanRequest& request,
                                                          model::Field metric,
                                                          const PageRequest& page);
    [[nodiscard]] virtual Result<FleetDay> analytics(const model::FleetScope& scope,
                                                     const std::string& fleet, Day day) = 0;
    [[nodiscard]] virtual Result<DaySummary> summary(const model::FleetScope& scope,
                                                     const std::string& device, Day day) = 0;
    /// Trips (stops) that start in the range, oldest first; the last may be open. Definitions:
    /// docs/fold.md.
    [[nodiscard]] virtual Result<Page<model::Trip>> trips(const model::FleetScope& scope,
                                                          const std::string& device,
                                                          TimeRange range,
                                                          const PageRequest& page) = 0;
    [[nodiscard]] virtual Result<Page<model::Stop>> stops(const model::FleetScope& scope,
                                                          const std::string& device,
                                                          TimeRange range,
                                                          const PageRequest& page) = 0;
    /// Alerts that start in the range, newest first, those of one start by id. not_found: no such
    /// fleet, or filter.device is no device that the scope allows.
    [[nodiscard]] virtual Result<Page<Alert>> alerts(const model::FleetScope& scope,
                                                     const std::string& fleet,
                                                     const AlertFilter& filter, TimeRange range,
                                                     const PageRequest& page) = 0;
    /// One alert that is not retracted, with what people did to it. not_found: also when it began
    /// before what is kept.
    [[nodiscard]] virtual Result<Alert> alert(const model::FleetScope& scope,
                                              const model::AlertId& id) = 0;
    /// Live: active = newest record within [now − window_ms, now + 2 min], means over the active
    /// devices' latest.
    [[nodiscard]] virtual Result<Kpis> kpis(const model::FleetScope& scope,
                                            const std::string& fleet, Timestamp now,
                                            std::int64_t window_ms) = 0;
    /// A past day: active = a record during the day; means over all records of the day.
    [[nodiscard]] virtual Result<Kpis> kpis_of_day(const model::FleetScope& scope,
                                                   const std::string& fleet, Day day) = 0;
    /// Devices whose id, name or plate contains `text` (ASCII case folded), by id, at most `limit`.
    [[nodiscard]] virtual Result<std::vector<DeviceInfo>> search(const model::FleetScope& scope,
                                                                 const std::string& text,
                                                                 std::size_t limit) = 0;
    /// The worst of the answers that this thread got since it last asked.
    [[nodiscard]] virtual Freshness take_freshness() { return {}; }
};

}  // namespace fleet::store
