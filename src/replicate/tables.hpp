// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cql/packed_rows.hpp"
#include "model/record.hpp"
#include "model/stats.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::replicate {

/// A column that is written, in the order in which its values are bound.
struct Column {
    std::string_view name;
    std::string_view type;  ///< as CQL writes it
    bool operator==(const Column&) const = default;
};

/// A table of the cluster (cassandra/init-scripts, docs/cassandra-modeling.md) and what is written
/// to it.
struct Table {
    std::string_view name;
    std::span<const Column> columns;
    bool expires = false;  ///< rows are bound a TTL, behind the columns
};

extern const Table kTelemetry;
extern const Table kLatest;
extern const Table kHours;

/// INSERT of all columns, with a marker for each and one for the TTL.
[[nodiscard]] std::string insert_cql(std::string_view keyspace, const Table& table);
/// Types of its markers, for cql::check_types().
[[nodiscard]] std::vector<std::string_view> insert_types(const Table& table);

/// What a DELETE takes: the rows whose first `keys` columns have the bound values; with `range`
/// those of them where the next column is at least one bound value and below another.
struct Deletion {
    const Table& table;
    std::size_t keys = 1;
    bool range = false;
};
[[nodiscard]] std::string delete_cql(std::string_view keyspace, const Deletion& deletion);
[[nodiscard]] std::vector<std::string_view> delete_types(const Deletion& deletion);

/// What is bound for a value that a row does not have.
enum class Absent : std::uint8_t {
    unset,  ///< leaves what is there: right for a row that had no value before
    clear,  ///< null, a tombstone: for rows that lost values
};

/// Buckets of a fleet: its devices are spread over the partitions `fleet`, `fleet#1`, … by the hash
/// of their id, so that no partition grows with the fleet.
[[nodiscard]] std::string partition_of(std::string_view fleet, std::uint32_t bucket);
[[nodiscard]] std::uint32_t bucket_of(std::string_view device, std::uint32_t buckets) noexcept;

/// Seconds that a row of a time still has to live when it is written at `now_ms`; nothing if it is
/// not kept any more and must not be written (0 would mean for ever). `retention_days` 0: kept
/// without end, as near as the server can say it (kForEverSeconds).
[[nodiscard]] std::optional<std::int32_t> ttl_seconds(std::int64_t ts_ms, int retention_days,
                                                      std::int64_t now_ms) noexcept;
inline constexpr std::int32_t kForEverSeconds = 10 * 365 * 86'400;

/// A row of a device's day.
void pack_telemetry(cql::PackedRows& out, std::string_view device, std::string_view fleet,
                    const model::Sample& sample, const model::TextPool& texts, Absent absent,
                    std::int32_t ttl_s);
/// What is known of all records of a device, beside its newest state.
struct DeviceCounts {
    std::int64_t first_ms = -1;  ///< oldest stored record; −1: none
    std::uint64_t records = 0;   ///< stored
};
/// The newest state of a device. A column group is written whole: its newest tuple may have lost a
/// value that the one before had. `absent` is for groups without any value: `clear` after an
/// erasure.
void pack_latest(cql::PackedRows& out, std::string_view device, std::string_view fleet,
                 const model::Latest& latest, const DeviceCounts& counts, Absent absent);
/// Alerts that start in an hour, by severity (its value is the position).
using AlertCounts = std::array<std::uint64_t, 3>;
/// An hour of a fleet, of the devices of one shard. All zero where an erasure left nothing.
void pack_hour(cql::PackedRows& out, std::string_view fleet, Day day, int hour, int shard,
               const model::HourStats& stats, const AlertCounts& alerts);

}  // namespace fleet::replicate
