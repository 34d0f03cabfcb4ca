// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cql/session.hpp"
#include "store/cassandra/aged_map.hpp"
#include "store/cassandra/decode.hpp"
#include "store/cassandra/reads.hpp"
#include "store/cursor.hpp"
#include "store/reader.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::store {

struct CassandraOptions {
    std::string keyspace = "fleet_iot";
    std::string home_dc = "dc1";
    std::string remote_dc{};  ///< read from, flagged stale, when home does not answer; empty: never
    /// How old an answer about a whole fleet may be, at most kMaxCacheAge; 0: never old, and never
    /// shared.
    std::int64_t cache_max_age_ms = 5'000;
    cassandra::ReadsOptions reads{};
};
inline constexpr std::int64_t kMaxCacheAgeMs = 30'000;

/// What the reader has done, for health and metrics.
struct CassandraCounts {
    cassandra::ReadsState reads;
    std::uint64_t cache_hits = 0;
    std::uint64_t cache_misses = 0;
    std::int64_t cache_max_age_ms = 0;
};
/// That, and what the driver knows about the cluster.
struct CassandraHealth {
    cql::Topology topology;  ///< empty where it could not be asked
    std::string topology_error;
    CassandraCounts counts;
};

/// The queries over a Cassandra cluster (cassandra/, docs/cassandra-modeling.md), written by the
/// replicator of other nodes. Thread-safe; calls block until the cluster has answered, each read
/// within ReadsOptions::timeout. Reads climb the consistency ladder; take_freshness() tells whether
/// an answer came from the other datacentre or from the cache.
/// Costs, in reads: history, series, trips and stops one for the list of days, and a day with
/// records each; a list of alerts one a day, severity and part of the fleet, eight days at a time;
/// latest and KPIs of a fleet one a device, side by side, unless the cache has them; a past instant
/// a few a device; a day of a fleet one.
class CassandraReader final : public FleetReader {
  public:
    /// Prepares all queries and compares their types with the schema, and computes from the
    /// keyspace's replication which consistencies may be read. `clock` says what is kept; `timer`
    /// measures. Waits at most `timeout`. Errors: invalid_argument (a schema of another version, a
    /// datacentre without replicas), unavailable.
    [[nodiscard]] static Result<std::shared_ptr<CassandraReader>> open(
        std::unique_ptr<cql::Session> session, CassandraOptions options,
        std::shared_ptr<const Clock> clock,
        std::shared_ptr<const Clock> timer = std::make_shared<SystemClock>(),
        std::chrono::milliseconds timeout = std::chrono::milliseconds(30'000));

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
    [[nodiscard]] Freshness take_freshness() override;

    /// Newest states of all devices of a fleet, by id, read now; later answers find them in the
    /// cache. For who follows a fleet.
    [[nodiscard]] Result<std::vector<LatestOfDevice>> read_fleet(const model::FleetScope& scope,
                                                                 const std::string& fleet);
    /// A zone or a rule as it was written down.
    struct Definition {
        std::string name;
        std::string text;  ///< GeoJSON feature, JSON object
    };
    enum class Defined : std::uint8_t { zones, rules };
    /// Those that hold now, by name.
    [[nodiscard]] Result<std::vector<Definition>> definitions(Defined what);
    /// Fleets that the scope allows, without what they hold.
    [[nodiscard]] Result<std::vector<std::string>> fleet_ids(const model::FleetScope& scope);
    /// HIGH alerts that are neither resolved nor retracted; as old as the cache allows.
    [[nodiscard]] Result<std::uint64_t> critical_alerts(const model::FleetScope& scope,
                                                        const std::string& fleet);
    [[nodiscard]] CassandraCounts counts() const;
    /// Asks the driver for its nodes; blocks.
    [[nodiscard]] CassandraHealth health();
    [[nodiscard]] cassandra::Reads& reads() noexcept { return *reads_; }

  private:
    using Query = cassandra::Query;

    /// A row of the registry.
    struct FleetRow {
        std::string id;
        int retention_days = 0;
        std::uint32_t parts = 1;
    };
    struct DeviceOf {
        std::string id;
        FleetRow fleet;
    };
    struct DeviceState {
        std::string id;
        cassandra::LatestRow row;
    };
    using Ids = std::vector<std::string>;
    using States = std::vector<DeviceState>;
    template <class V>
    using Map = cassandra::AgedMap<V>;

    CassandraReader(std::unique_ptr<cassandra::Reads> reads, CassandraOptions options,
                    std::shared_ptr<const Clock> clock, std::shared_ptr<const Clock> timer);

    template <class V>
    [[nodiscard]] Result<std::shared_ptr<const cassandra::Aged<V>>> cached(
        Map<V>& map, const std::string& key, const std::function<Result<V>()>& read);
    void note_age(std::int64_t read_ns, bool remote) const;

    // Registry.
    [[nodiscard]] Result<std::vector<FleetRow>> read_fleets();
    [[nodiscard]] Result<FleetRow> find_fleet(const model::FleetScope& scope,
                                              const std::string& fleet);
    [[nodiscard]] Result<DeviceOf> find_device(const model::FleetScope& scope,
                                               const std::string& device);
    [[nodiscard]] std::optional<Timestamp> kept_from_of(const FleetRow& fleet) const;
    /// When `day` is no longer kept, the first instant that is.
    [[nodiscard]] std::optional<Timestamp> gone(const FleetRow& fleet, Day day) const;
    /// The first `limit` devices above an id (all above "" for 0), by id.
    [[nodiscard]] Result<Ids> read_ids(const FleetRow& fleet, const std::string& after,
                                       std::size_t limit);
    [[nodiscard]] Result<States> read_states(const Ids& ids);
    [[nodiscard]] Result<std::shared_ptr<const cassandra::Aged<States>>> states_of(
        const FleetRow& fleet);
    [[nodiscard]] static DeviceInfo info_of(const std::string& fleet, const DeviceState& state);
    /// Ids of a page behind its cursor, and whether there are more.
    struct IdPage {
        Ids ids;
        bool more = false;
    };
    [[nodiscard]] Result<IdPage> page_of_ids(const FleetRow& fleet, CursorKind kind,
                                             const CursorParams& params, const PageRequest& page);

    // Rows of days.
    /// Days of a device that may hold something of [from, to), newest first.
    [[nodiscard]] Result<std::vector<Day>> days_of(const std::string& device, Timestamp from,
                                                   Timestamp to);
    using TakePage = std::function<Result<bool>(const cql::Page&)>;
    /// Reads the part of a device's day that lies in [from, to), page by page, until `take` says
    /// false.
    [[nodiscard]] Result<bool> read_day(Query query, const std::string& device, Day day,
                                        Timestamp from, Timestamp to, std::size_t page_rows,
                                        const TakePage& take);
    template <class Item>
    [[nodiscard]] Result<Page<Item>> by_start(const model::FleetScope& scope,
                                              const std::string& device, TimeRange range,
                                              const PageRequest& page, CursorKind kind, Query query,
                                              Result<Item> (*decode)(const cql::RowReader&));
    /// States at an instant, in the order of the ids; only what was stored from `kept` on counts.
    [[nodiscard]] Result<std::vector<model::Latest>> latest_at(const Ids& ids, Timestamp kept,
                                                               Timestamp at);
    [[nodiscard]] Result<FleetDay> read_hours(const std::string& fleet, Day day);

    // Alerts.
    struct DaySpan {
        std::int64_t first = 0;  ///< days since 1970
        std::int64_t last = -1;  ///< inclusive; below first: nothing
    };
    /// The days of a range on which a fleet may have alerts.
    [[nodiscard]] Result<DaySpan> alert_days(const FleetRow& fleet, TimeRange range);
    [[nodiscard]] Result<std::uint64_t> critical_of(const FleetRow& fleet);
    [[nodiscard]] Result<std::uint64_t> unresolved_high(const FleetRow& fleet, TimeRange range);

    std::unique_ptr<cassandra::Reads> reads_;
    const CassandraOptions options_;
    std::shared_ptr<const Clock> clock_;
    std::shared_ptr<const Clock> timer_;
    Map<std::vector<FleetRow>> fleet_rows_;
    Map<std::string> device_fleets_;
    Map<Ids> ids_;
    Map<States> states_;
    Map<std::uint64_t> critical_;
    Map<std::uint64_t> active_;  ///< devices of a fleet's day
};

}  // namespace fleet::store
