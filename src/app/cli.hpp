// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.hpp"
#include "app/exit_code.hpp"
#include "base/time.hpp"
#include "model/device.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace fleet::app {

/// How to print what a command found: a table for people, one line of JSON, or CSV. Only where the
/// command offers it.
enum class Output : std::uint8_t { table, json, csv };

/// What every command takes.
struct CommonOptions {
    std::optional<std::filesystem::path> config;
    std::vector<SettingFlag> flags;
    Output output = Output::table;
    bool verbose = false;
};

/// How the text of a file is to be understood.
struct DecodeOptions {
    std::string format = "auto";     ///< csv, ndjson, influx, auto
    std::string map;                 ///< "column=field,…", see codec::parse_column_map
    std::string speed_unit = "kmh";  ///< kmh, mph, mps, knots
    std::string time_zone;           ///< for times without one: "UTC", "+02:00", "Europe/Paris"
    std::string time_format;         ///< strptime style
    bool keep_history = false;       ///< take rows older than the retention
};

struct DemoOptions {
    std::int64_t vehicles = 60;
    bool live = true;
};

struct ServeOptions {
    std::string store = "local";  ///< local, cassandra
};

struct LoadOptions {
    std::vector<std::string> files;  ///< "-" = standard input
    DecodeOptions decode;
    std::optional<std::string> fleet;  ///< of new devices whose row names none
    double rate = 0;                   ///< rows a second, 0 = no limit
    std::optional<std::string> url;
};

struct BatchOptions {
    std::int64_t batches = 50;
    std::int64_t size = 1'000;
    double rate = 1;  ///< batches a second, 0 = no limit
    std::int64_t devices = 50;
    std::string fleet = "default";
    std::string device_prefix = "V-";
    std::uint64_t seed = 1;
    std::optional<std::string> url;
};

struct StreamOptions {
    std::int64_t devices = 10;
    std::int64_t interval_ms = 5'000;
    std::int64_t duration_ms = 600'000;
    std::string fleet = "default";
    std::string device_prefix = "V-";
    std::uint64_t seed = 1;
    std::optional<std::string> url;
};

struct GenerateOptions {
    std::int64_t vehicles = 60;
    std::string from;  ///< see parse_time_argument
    std::string to = "now";
    std::int64_t interval_ms = 30'000;
    std::uint64_t seed = 1;
    std::string fleet;  ///< empty: three fleets
    std::string device_prefix = "V-";
    std::string fields;  ///< "lat,lon,…": what a record carries; empty: all there is
    double moving_share = 0.6;
    bool anomalies = true;
    std::filesystem::path out;
    std::optional<std::filesystem::path> truth;
    bool dirty = false;
};

/// Reading commands run on the data directory, or on a running server.
struct ReadOptions {
    std::optional<std::string> url;
    std::string store = "local";  ///< local, cassandra; only without `url`
    bool trace = false;           ///< history: how the cluster answered
    std::string device;           ///< latest, history, series, trips, stops, alerts, export
    std::string fleet;            ///< latest, analytics, devices, alerts; empty = every fleet
    std::string day;              ///< latest, history, series, analytics, trips, stops, alerts
    std::string at;               ///< latest
    std::string from;             ///< history, series, trips, stops, alerts, export
    std::string to;
    std::int64_t limit = 1'000;
    std::string metric;              ///< series, scan, as in the API
    std::vector<std::string> where;  ///< scan: conditions as in the API
    std::int64_t points = 500;       ///< series: most buckets
    std::string order = "desc";      ///< history
    std::string format = "csv";      ///< export: csv, geojson, gpx, ndjson
    std::string out = "-";           ///< export
    std::string severity;            ///< alerts, as in the API; empty = all
    std::string type;                ///< alerts, likewise
    std::string state;               ///< alerts, likewise
    bool retracted = false;          ///< alerts: also those that late data took back
};

struct QuarantineOptions {
    std::vector<std::uint64_t> ids;  ///< show, redrive
    bool all = false;                ///< redrive
    std::uint64_t after = 0;         ///< list
    std::int64_t limit = 100;        ///< list
    std::string header;              ///< redrive: header of CSV rows that came without one
    DecodeOptions decode;            ///< redrive
    std::string fleet = "default";   ///< redrive
};

/// Zones and rules, of the data directory or of a running server.
struct ControlOptions {
    std::optional<std::string> url;
    std::string file;       ///< import; locate: the points; "-" = standard input
    std::string name;       ///< remove
    std::string recompute;  ///< see parse_time_argument; empty: a change holds from now
};

/// Devices, of the data directory or of a running server.
struct DeviceOptions {
    std::optional<std::string> url;
    model::DeviceChange change;  ///< add, set
    std::string file;            ///< import; "-" = standard input
    std::string from;            ///< move: a UTC day; empty: today
};

/// The development cluster of Apache Cassandra.
struct CassandraOptions {
    std::optional<std::string> network;    ///< up; "127.0.1"
    std::optional<std::int64_t> heap_mib;  ///< up; of a node
    bool given_cluster = false;            ///< schema; at cassandra.hosts, else that of `up`
    std::int64_t node = 0;                 ///< kill, restart, pause, resume
    std::int64_t least_ms = 0;             ///< slow
    std::int64_t limit = 10;               ///< slow
};

struct VerifyOptions {
    bool rebuild = false;
};

struct BackupOptions {
    std::string path;  ///< backup: where to, with `url` a name or nothing; restore: where from
    std::optional<std::string> url;          ///< backup
    std::optional<std::string> erasures_of;  ///< restore: a data directory
};

struct EraseOptions {
    std::optional<std::string> url;
    std::string device;
    std::string from;  ///< see parse_time_argument; both empty: the whole device
    std::string to;
    bool yes = false;  ///< do not ask
};

enum class Command : std::uint8_t {
    demo,
    serve,
    load,
    batch,
    stream,
    generate,
    devices,
    devices_add,
    devices_set,
    devices_import,
    devices_move,
    latest,
    history,
    series,
    scan,
    analytics,
    trips,
    stops,
    alerts,
    export_track,
    quarantine_list,
    quarantine_show,
    quarantine_redrive,
    zone_import,
    zone_list,
    zone_locate,
    zone_remove,
    rule_import,
    rule_list,
    rule_remove,
    verify,
    erase,
    backup,
    restore,
    notify_test,
    config_show,
    cassandra_up,
    cassandra_down,
    cassandra_status,
    cassandra_health,
    cassandra_schema,
    cassandra_kill,
    cassandra_restart,
    cassandra_pause,
    cassandra_resume,
    cassandra_repair,
    cassandra_slow,
};

/// A command line that was understood. Only the options of `command` mean something.
struct Invocation {
    Command command = Command::serve;
    CommonOptions common;
    DemoOptions demo;
    ServeOptions serve;
    LoadOptions load;
    BatchOptions batch;
    StreamOptions stream;
    GenerateOptions generate;
    ReadOptions read;
    QuarantineOptions quarantine;
    ControlOptions control;
    DeviceOptions devices;
    CassandraOptions cassandra;
    VerifyOptions verify;
    BackupOptions backup;
    EraseOptions erase;
    bool config_markdown = false;  ///< config show: the table of settings instead
};

/// What to print instead when there is nothing to run: help, version (exit 0, on stdout) or a usage
/// error (exit 2, on stderr).
struct CliAnswer {
    ExitCode code = ExitCode::ok;
    std::string text;
};

/// Reads the arguments after the program's name. Pure.
[[nodiscard]] std::variant<Invocation, CliAnswer> parse_command_line(
    std::vector<std::string> arguments);

/// "2026-11-25T10:00:00Z", "2026-11-25" (its start in UTC), "now", "now-24h". Nothing when it is
/// none of these.
[[nodiscard]] std::optional<Timestamp> parse_time_argument(std::string_view text, Timestamp now);

/// "0.1.0"
[[nodiscard]] std::string_view version() noexcept;

}  // namespace fleet::app
