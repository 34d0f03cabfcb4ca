// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/check.hpp"
#include "cql/session_testing.hpp"
#include "engine/change_feed.hpp"
#include "engine/engine.hpp"
#include "engine/registry.hpp"
#include "replicate/fold_tables.hpp"
#include "replicate/registry_tables.hpp"
#include "replicate/statements.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleet::replicate::test {

inline constexpr std::string_view kKeyspace = "k";

/// A directory of its own, gone with the object.
class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "fleet-copy-XXXXXX").string();
        FLEET_CHECK(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// Tables as Cassandra keeps them: of each cell the newest by stamp, deletions
/// by prefix and range of the key; a deletion wins over what has its stamp.
/// Shared by the sessions of a test.
class FakeCluster {
  public:
    using Cells = std::vector<std::optional<std::string>>;  ///< nothing: null
    struct Bound {
        bool set = false;
        std::optional<std::string> value;
    };

    FakeCluster() : asks_(asks_of(kKeyspace)) {}

    /// Cells of each bound row.
    static std::vector<std::vector<Bound>> cells_of(const cql::PackedRows& rows) {
        std::vector<std::vector<Bound>> out;
        std::string_view bytes = rows.bytes();
        const auto length_of = [&] {
            std::uint32_t length = 0;
            for (const char c : bytes.substr(0, 4))
                length = length << 8 | static_cast<unsigned char>(c);
            bytes.remove_prefix(4);
            return static_cast<std::int32_t>(length);
        };
        for (std::size_t row = 0; row < rows.row_count(); ++row) {
            std::vector<Bound>& cells = out.emplace_back();
            for (std::size_t i = 0; i < rows.params(); ++i) {
                const std::int32_t length = length_of();
                Bound& cell = cells.emplace_back();
                cell.set = length != -2;
                if (length < 0) continue;
                cell.value = std::string(bytes.substr(0, static_cast<std::size_t>(length)));
                bytes.remove_prefix(static_cast<std::size_t>(length));
            }
        }
        return out;
    }

    [[nodiscard]] const AskInfo& info_of(std::string_view cql) const {
        for (const AskInfo& ask : asks_)
            if (ask.cql == cql) return ask;
        FLEET_CHECK(false);
        return asks_.front();
    }

    cql::Answer<cql::Rows> run(const cql::Asked& asked) {
        const AskInfo& ask = info_of(asked.cql);
        const auto rows = cells_of(asked.rows);
        if (asked.cql.starts_with("SELECT")) return read(ask, rows.at(0));
        FLEET_CHECK(asked.options.timestamp_us.has_value());
        for (const auto& row : rows) write(ask, row, *asked.options.timestamp_us, asked.cql);
        return {};
    }

    /// Everything that can be read, as text: by table and key, with the cells
    /// that have a value.
    [[nodiscard]] std::string text(std::string_view only = {}) const {
        std::string out;
        for (const auto& [name, table] : tables_) {
            if (!only.empty() && name != only) continue;
            for (const auto& [key, row] : table.rows) {
                const std::int64_t dead = deleted_through(table, key);
                std::string line;
                for (const auto& [column, cell] : row.cells)
                    if (cell.stamp > dead && cell.value)
                        line += ' ' + column + '=' + readable(*cell.value);
                if (row.stamp <= dead && line.empty()) continue;
                // An hour without anything is as good as none.
                if (name == kHours.name &&
                    line.find_first_not_of(" =0abcdefghijklmnopqrstuvwxyz_") == std::string::npos)
                    continue;
                out += name;
                for (const std::string& part : key) out += ' ' + readable(part);
                out += line + '\n';
            }
        }
        return out;
    }

    std::size_t tombstones = 0;  ///< cells that were cleared, and deletions

  private:
    using Key = std::vector<std::string>;
    struct Cell {
        std::int64_t stamp = -1;
        std::optional<std::string> value;
    };
    struct Row {
        std::int64_t stamp = -1;  ///< of its existence
        std::map<std::string, Cell> cells;
    };
    struct Gone {
        Key prefix;
        std::string from;  ///< of the part behind the prefix, if there is a range
        std::string to;
        std::int64_t stamp = 0;
    };
    struct Table {
        std::map<Key, Row> rows;
        std::vector<Gone> gone;
    };

    static std::size_t keys_of(std::string_view table) {
        static const std::map<std::string_view, std::size_t> keys{{"telemetry_by_device_day", 3},
                                                                  {"latest_telemetry_by_device", 1},
                                                                  {"fleet_analytics_by_day", 4},
                                                                  {"days_by_device", 2},
                                                                  {"trips_by_device_day", 3},
                                                                  {"stops_by_device_day", 3},
                                                                  {"alerts_by_fleet_day", 8},
                                                                  {"alert_by_id", 1},
                                                                  {"alert_states_by_device", 4},
                                                                  {"devices_by_fleet", 2},
                                                                  {"fleet_by_device", 2},
                                                                  {"fleets", 2},
                                                                  {"zones", 3},
                                                                  {"rules", 3}};
        return keys.at(table);
    }
    static const replicate::Table& columns_of(std::string_view table) {
        for (const replicate::Table* known :
             {&kTelemetry, &kLatest, &kHours, &kDays, &kTrips, &kStops, &kAlerts, &kAlertById,
              &kAlertStates, &kDevices, &kFleetByDevice, &kFleets, &kZones, &kRules})
            if (known->name == table) return *known;
        FLEET_CHECK(false);
        return kTelemetry;
    }
    static std::string readable(std::string_view bytes) {
        static constexpr std::string_view kDigits = "0123456789ABCDEF";
        std::string out;
        for (const char c : bytes) {
            if (c > ' ' && c < 127 && c != '\\') {
                out.push_back(c);
                continue;
            }
            if (c == 0 && bytes.find_first_not_of('\0') == std::string_view::npos) {
                out.push_back('0');
                continue;
            }
            out += '\\';
            out += kDigits[static_cast<unsigned char>(c) >> 4];
            out += kDigits[static_cast<unsigned char>(c) & 15];
        }
        return out;
    }
    static std::int64_t deleted_through(const Table& table, const Key& key) {
        std::int64_t stamp = -1;
        for (const Gone& gone : table.gone) {
            if (!std::equal(gone.prefix.begin(), gone.prefix.end(), key.begin())) continue;
            const bool inside = gone.to.empty() || (key[gone.prefix.size()] >= gone.from &&
                                                    key[gone.prefix.size()] < gone.to);
            if (inside) stamp = std::max(stamp, gone.stamp);
        }
        return stamp;
    }

    void write(const AskInfo& ask, const std::vector<Bound>& bound, std::int64_t stamp,
               std::string_view cql) {
        Table& table = tables_[std::string(ask.table)];
        const std::size_t keys = keys_of(ask.table);
        if (cql.starts_with("DELETE")) {
            ++tombstones;
            Gone gone;
            gone.stamp = stamp;
            const bool range = cql.find(">=") != std::string_view::npos;
            const std::size_t prefix = bound.size() - (range ? 2 : 0);
            for (std::size_t i = 0; i < prefix; ++i) gone.prefix.push_back(bound[i].value.value());
            if (range) {
                gone.from = bound[prefix].value.value();
                gone.to = bound[prefix + 1].value.value();
            }
            table.gone.push_back(std::move(gone));
            return;
        }
        const replicate::Table& columns = columns_of(ask.table);
        Key key;
        for (std::size_t i = 0; i < keys; ++i) key.push_back(bound[i].value.value());
        if (columns.expires) {  // never 0, which is for ever
            const std::string ttl = bound.at(columns.columns.size()).value.value();
            EXPECT_NE(ttl, std::string(4, '\0'));
            EXPECT_EQ(ttl[0] & 0x80, 0);
        }
        Row& row = table.rows[key];
        row.stamp = std::max(row.stamp, stamp);
        for (std::size_t i = keys; i < columns.columns.size(); ++i) {
            if (!bound[i].set) continue;
            if (!bound[i].value) ++tombstones;
            Cell& cell = row.cells[std::string(columns.columns[i].name)];
            // On a tie a cleared cell wins, then the larger value.
            const bool wins =
                stamp > cell.stamp || (stamp == cell.stamp && cell.value &&
                                       (!bound[i].value || *bound[i].value > *cell.value));
            if (wins) cell = {stamp, bound[i].value};
        }
    }

    cql::Answer<cql::Rows> read(const AskInfo& ask, const std::vector<Bound>& bound) {
        const Table& table = tables_[std::string(ask.table)];
        std::vector<cql::ColumnInfo> columns;
        for (const std::string_view type : ask.columns)
            columns.push_back({"c" + std::to_string(columns.size()), std::string(type)});
        cql::PackedRows rows(columns.size());
        for (const auto& [key, row] : table.rows) {
            if (row.stamp <= deleted_through(table, key)) continue;
            const auto matches = [&](std::size_t part, std::size_t marker) {
                return key[part] == bound[marker].value.value();
            };
            if (ask.ask == Ask::read_days && matches(0, 0)) {
                rows.blob(key[1]).end_row();
            } else if (ask.ask == Ask::read_fleets && matches(0, 0)) {
                rows.blob(row.cells.at("fleet_id").value.value()).end_row();
            } else if (ask.ask == Ask::read_alert_times && matches(0, 0) && matches(1, 1) &&
                       matches(2, 2) && matches(4, 3)) {
                rows.blob(key[3]).blob(key[7]).end_row();
            }
        }
        cql::Answer<cql::Rows> answer;
        answer.value.page = cql::page_of(columns, rows);
        return answer;
    }

    std::vector<AskInfo> asks_;
    std::map<std::string, Table> tables_;
};

/// A session with the statements of the replicator, on a cluster that may be
/// shared.
inline std::unique_ptr<cql::FakeSession> session_on(const std::shared_ptr<FakeCluster>& cluster) {
    auto session = std::make_unique<cql::FakeSession>();
    for (const AskInfo& ask : asks_of(kKeyspace)) {
        const auto infos = [](const std::vector<std::string_view>& types) {
            std::vector<cql::ColumnInfo> out;
            for (const std::string_view type : types)
                out.push_back({"c" + std::to_string(out.size()), std::string(type)});
            return out;
        };
        session->declare(ask.cql, infos(ask.binds), infos(ask.columns));
    }
    session->topology_answer.cluster_name = "test";
    session->topology_answer.schema_version = "1";
    session->topology_answer.nodes = {{"1", "127.0.0.1:9042", "dc1", "r1", true},
                                      {"2", "127.0.0.3:9042", "dc2", "r1", true}};
    session->topology_answer.replication = {{"dc1", 2}, {"dc2", 2}};
    session->max_in_flight = 100'000;
    session->answer = [cluster](const cql::Asked& asked) { return cluster->run(asked); };
    return session;
}

/// What the cluster has to hold of an engine: everything, written once, in one
/// piece.
inline std::string expected_text(engine::Engine& engine, std::string_view only = {}) {
    FakeCluster cluster;
    const auto write = [&](Ask ask, const auto& pack) {
        const AskInfo info = asks_of(kKeyspace)[static_cast<std::size_t>(ask)];
        cql::PackedRows rows(info.binds.size());
        pack(rows);
        cluster.run({info.cql, rows, {.timestamp_us = 1}, {}});
    };
    constexpr std::int32_t kTtl = 1;
    const auto rules = engine.rules();
    for (const auto& [fleet, retention] : engine.fleets()) {
        const std::uint32_t number = *engine.fleet_number(fleet);
        write(Ask::fleets, [&](auto& rows) { pack_fleet(rows, fleet, retention, 1); });
        std::set<Day> days;
        std::map<std::tuple<Day, std::uint8_t, std::size_t>, AlertCounts> starts;
        engine::AlertQuery query;
        query.fleet = number;
        query.to = {kMaxMs};
        query.retracted = true;
        query.limit = 1'000'000;
        const auto alerts = engine.alerts(query);
        FLEET_CHECK(alerts.has_value());
        for (const engine::AlertRow& alert : alerts->items) {
            const engine::DeviceRow device = engine.device(alert.device);
            const AlertNames names = names_of(alert, device, *rules, 1);
            const Day day = day_of({alert.run.start_ms});
            days.insert(day);
            write(Ask::alerts,
                  [&](auto& rows) { pack_alert(rows, names, alert, Absent::unset, kTtl); });
            if (!alert.actions.empty())
                write(Ask::alert_states,
                      [&](auto& rows) { pack_alert_state(rows, names, alert, Absent::unset); });
            if (alert.retracted) continue;
            write(Ask::alert_by_id,
                  [&](auto& rows) { pack_alert_by_id(rows, names, alert, kTtl); });
            ++starts[{day, engine::shard_of(device.id),
                      static_cast<std::size_t>(hour_of({alert.run.start_ms}))}]
                    [static_cast<std::size_t>(alert.run.severity)];
        }
        const auto members = engine.devices_of(number);
        for (const engine::DeviceHandle handle : *members) {
            const engine::DeviceRow device = engine.device(handle);
            write(Ask::devices, [&](auto& rows) {
                pack_device(rows, fleet, device.id, device.first_ms, Absent::unset);
            });
            write(Ask::fleet_by_device,
                  [&](auto& rows) { pack_fleet_by_device(rows, device.id, 0, fleet); });
            const model::Latest latest = engine.latest(handle);
            if (latest.ts_ms >= 0)
                write(Ask::latest, [&](auto& rows) {
                    pack_latest(rows, device.id, fleet, latest, {device.first_ms, device.records},
                                Absent::unset);
                });
            for (const Day day : engine.days_of(handle)) {
                days.insert(day);
                const auto rows_of_day =
                    engine.rows(handle, day.begin(), day.end(), 1'000'000, false);
                FLEET_CHECK(rows_of_day.has_value());
                for (const model::Sample& sample : rows_of_day->samples)
                    write(Ask::telemetry, [&](auto& rows) {
                        pack_telemetry(rows, device.id, fleet, sample, rows_of_day->texts,
                                       Absent::unset, kTtl);
                    });
                write(Ask::days, [&](auto& rows) {
                    pack_day(rows, device.id, day, rows_of_day->size(), kTtl);
                });
            }
            const auto trips = engine.trips(handle, {0}, {kMaxMs});
            const auto stops = engine.stops(handle, {0}, {kMaxMs});
            FLEET_CHECK(trips.has_value() && stops.has_value());
            for (const model::Trip& trip : *trips)
                write(Ask::trips,
                      [&](auto& rows) { pack_trip(rows, device.id, trip, Absent::unset, kTtl); });
            for (const model::Stop& stop : *stops)
                write(Ask::stops, [&](auto& rows) { pack_stop(rows, device.id, stop, kTtl); });
        }
        for (const Day day : days)
            for (std::uint8_t shard = 0; shard < engine::kShards; ++shard) {
                const auto hours = engine.feed()->hours(number, day, shard);
                FLEET_CHECK(hours.has_value());
                for (std::size_t hour = 0; hour < 24; ++hour)
                    write(Ask::hours, [&](auto& rows) {
                        pack_hour(rows, fleet, day, static_cast<int>(hour), shard, (*hours)[hour],
                                  starts[{day, shard, hour}]);
                    });
            }
    }
    for (const Version& version : rule_versions(*rules))
        write(Ask::rules, [&](auto& rows) { pack_version(rows, kRules, version); });
    for (const Version& version : zone_versions(*rules))
        write(Ask::zones, [&](auto& rows) { pack_version(rows, kZones, version); });
    return cluster.text(only);
}

}  // namespace fleet::replicate::test
