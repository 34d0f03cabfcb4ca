// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cql/types.hpp"
#include "model/field.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::store::cassandra {

/// Every question that the reader asks the cluster. The numbers index query_specs(). Purpose,
/// partitions and cost of each: docs/cassandra-modeling.md.
enum class Query : std::uint8_t {
    fleets,        ///< all fleets
    device_fleet,  ///< fleet of a device
    devices,       ///< devices of a part of a fleet, above an id
    latest,        ///< newest state of a device
    days,          ///< days of a device that hold records, newest first
    day,           ///< whether a day of a device holds records
    rows_newest,   ///< records of a part of a device's day, newest first
    rows_oldest,   ///< the same, oldest first
    motion,        ///< position and speed of the same, oldest first
    trips,         ///< trips of a device that start in a part of a day
    stops,         ///< stops of a device that start in a part of a day
    hours,         ///< hours of a fleet's day, by shard
    alerts,        ///< alerts of a part of a fleet, a day and a severity, newest first
    alert_states,  ///< the same, only what became of each
    alert_key,     ///< where an alert lies
    alert,         ///< one alert
    zones,         ///< all forms of all zones
    rules,         ///< all forms of all rules
    series,        ///< the first of kFieldCount: one field of a part of a device's day, oldest
                   ///< first. Only those of series metrics are there
};
inline constexpr std::size_t kQueries =
    static_cast<std::size_t>(Query::series) + model::kFieldCount;

[[nodiscard]] constexpr std::size_t index_of(Query query) noexcept {
    return static_cast<std::size_t>(query);
}
/// The query of a metric's series.
[[nodiscard]] constexpr Query series_query(model::Field field) noexcept {
    return static_cast<Query>(index_of(Query::series) + static_cast<std::size_t>(field));
}

struct QuerySpec {
    std::string_view name;  ///< stable, for metrics and logs
    std::string cql;        ///< empty: there is no such query (a field that is no metric)
    std::vector<std::string_view> params{};  ///< types of the values that are bound
    std::vector<cql::ColumnInfo> columns{};  ///< of the rows that come
};

/// The queries over a keyspace, by their numbers.
[[nodiscard]] std::vector<QuerySpec> query_specs(std::string_view keyspace);

/// Columns of a row of the history and of the latest state that hold numeric fields, in this order.
[[nodiscard]] std::string_view measure_type(model::Field field) noexcept;

/// Values of the partition key of the registry.
inline constexpr std::string_view kFleetRegistry = "fleets";
inline constexpr std::string_view kZoneRegistry = "zones";
inline constexpr std::string_view kRuleRegistry = "rules";

// Positions in the columns of the queries.

/// latest
inline constexpr std::size_t kLatestTs = 0;
inline constexpr std::size_t kLatestFirstTs = 1;
inline constexpr std::size_t kLatestRecords = 2;
inline constexpr std::size_t kLatestZone = 3;
inline constexpr std::size_t kLatestAlarm = 4;
inline constexpr std::size_t kLatestGroups = 5;  ///< kGroupCount times
inline constexpr std::size_t kLatestMeasures = kLatestGroups + model::kGroupCount;
/// rows_newest, rows_oldest
inline constexpr std::size_t kRowTs = 0;
inline constexpr std::size_t kRowZone = 1;
inline constexpr std::size_t kRowAlarm = 2;
inline constexpr std::size_t kRowExtra = 3;
inline constexpr std::size_t kRowMeasures = 4;

}  // namespace fleet::store::cassandra
