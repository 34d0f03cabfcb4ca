// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fleet::app {

/// Every setting. The numbers index settings() and mean nothing else.
enum class Key : std::uint8_t {
    data_dir,
    server_listen,
    server_allow_public,
    server_host_names,
    server_threads,
    server_blocking_threads,
    server_max_connections,
    server_max_body,
    server_header_timeout,
    map_tile_url,
    map_attribution,
    ingest_auto_register,
    ingest_default_fleet,
    ingest_future_tolerance,
    ingest_max_line,
    ingest_max_batch,
    engine_durability,
    engine_checkpoint_journal,
    engine_checkpoint_interval,
    engine_disk_reserve,
    engine_queue,
    engine_quarantine,
    engine_tail_budget,
    engine_apply_threads,
    retention_days,
    backup_dir,
    live_tick,
    live_stale_after,
    live_offline_after,
    write_mode,
    write_batch_size,
    write_concurrency,
    write_timeout,
    metrics_interval,
    cassandra_hosts,
    cassandra_keyspace,
    cassandra_dc,
    cassandra_username,
    cassandra_password,
    cassandra_dir,
    cassandra_jars,
    cassandra_java_home,
    cassandra_remote_dc,
    cassandra_read_timeout,
    cassandra_cache_max_age,
    cassandra_slow_query,
    cassandra_poll_interval,
    store_kind,
    replicate_ack,
    replicate_flush_interval,
    replicate_max_backlog,
    replicate_drain_timeout,
    notify_webhook_urls,
    notify_webhook_secret,
    notify_smtp_url,
    notify_smtp_starttls,
    notify_smtp_user,
    notify_smtp_password,
    notify_mail_from,
    notify_mail_to,
    notify_min_severity,
    notify_group_wait,
    notify_max_age,
    notify_timeout,
    notify_retry_for,
};
inline constexpr std::size_t kSettingCount = 65;

/// How the text of a value is read: duration in ms, size in bytes.
enum class Kind : std::uint8_t { boolean, integer, duration, size, text, list, choice };

/// boolean · integer, duration (ms), size (bytes) · text, choice · list
using Value = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

/// One row of the table that drives parsing, validation, `fleet config show` and
/// docs/configuration.md.
struct Setting {
    Key key;
    std::string_view name;  ///< "section.key", as in the TOML file
    Kind kind;
    std::string_view fallback;  ///< default, as a person writes it
    std::int64_t min;           ///< of integer, duration and size
    std::int64_t max;
    std::string_view choices;      ///< of choice: "sync|process"
    bool secret;                   ///< never printed
    std::string_view environment;  ///< an additional environment name (BATCH_SIZE, …), or empty
    std::string_view description;
};

[[nodiscard]] std::span<const Setting, kSettingCount> settings() noexcept;
[[nodiscard]] const Setting& setting(Key key) noexcept;
[[nodiscard]] const Setting* find_setting(std::string_view name) noexcept;

/// `FLEET_WRITE_BATCH_SIZE` for `write.batch_size`; FLEET_DATA for data.dir.
[[nodiscard]] std::string environment_name(const Setting& setting);

/// Reads a value from text. invalid_argument with what is allowed when it is not one.
[[nodiscard]] Result<Value> parse_value(const Setting& setting, std::string_view text);
/// The text that parse_value reads back.
[[nodiscard]] std::string format_value(const Setting& setting, const Value& value);
/// "1 to 100000", "sync or process", "true or false": for messages and documents.
[[nodiscard]] std::string allowed_values(const Setting& setting);

/// The table of all settings as Markdown: the content of docs/configuration.md.
[[nodiscard]] std::string settings_as_markdown();

}  // namespace fleet::app
