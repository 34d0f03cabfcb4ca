// SPDX-License-Identifier: Apache-2.0
#include "app/settings.hpp"

#include "app/quantity.hpp"
#include "base/check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>

namespace fleet::app {

namespace {

constexpr std::int64_t kKiB = 1LL << 10;
constexpr std::int64_t kMiB = 1LL << 20;
constexpr std::int64_t kGiB = 1LL << 30;
constexpr std::int64_t kTiB = 1LL << 40;
constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kHour = 3'600'000;

constexpr std::array<Setting, kSettingCount> kSettings{{
    {Key::data_dir, "data.dir", Kind::text, "fleet-data", 0, 0, "", false, "FLEET_DATA",
     "Directory that holds everything: journal, tables, quarantine. One process at a time uses "
     "it."},
    {Key::server_listen, "server.listen", Kind::text, "127.0.0.1:8501", 0, 0, "", false, "",
     "Address and port of the dashboard and the API. Port 0 takes any free port."},
    {Key::server_allow_public, "server.allow_public", Kind::boolean, "false", 0, 0, "", false, "",
     "Permits an address that other machines can reach. There are no accounts yet: whoever reaches "
     "it can read and "
     "write everything."},
    {Key::server_host_names, "server.host_names", Kind::list, "", 0, 0, "", false, "",
     "Further names under which the server is reached, for example behind a proxy."},
    {Key::server_threads, "server.threads", Kind::integer, "2", 1, 256, "", false, "",
     "Threads that serve connections."},
    {Key::server_blocking_threads, "server.blocking_threads", Kind::integer, "2", 1, 256, "", false,
     "", "Threads that read from the store."},
    {Key::server_max_connections, "server.max_connections", Kind::integer, "10240", 1, 1'000'000,
     "", false, "", "Connections at a time; more are refused."},
    {Key::server_max_body, "server.max_body", Kind::size, "16MiB", kKiB, kGiB, "", false, "",
     "Largest body of an ingest request, as sent."},
    {Key::server_header_timeout, "server.header_timeout", Kind::duration, "10s", 100, kHour, "",
     false, "", "How long a client may take to send the head of a request."},
    {Key::map_tile_url, "map.tile_url", Kind::text, "", 0, 0, "", false, "",
     "Street tiles for the map, https://host/{z}/{x}/{y}.png; empty = the built-in base map only."},
    {Key::map_attribution, "map.attribution", Kind::text, "", 0, 0, "", false, "",
     "Who made the tiles; shown on the map."},
    {Key::ingest_auto_register, "ingest.auto_register", Kind::choice, "auto", 0, 0,
     "auto|true|false", false, "",
     "Whether unknown devices are registered when they first report. auto = while the server is "
     "bound to loopback."},
    {Key::ingest_default_fleet, "ingest.default_fleet", Kind::text, "default", 0, 0, "", false, "",
     "Fleet of new devices whose records name none."},
    {Key::ingest_future_tolerance, "ingest.future_tolerance", Kind::duration, "2m", 0, 24 * kHour,
     "", false, "",
     "How far ahead of this machine's clock a record may be; beyond it goes to the quarantine as "
     "future_ts."},
    {Key::ingest_max_line, "ingest.max_line", Kind::size, "64KiB", kKiB, 16 * kMiB, "", false, "",
     "Longest line or record; a longer one goes to the quarantine as too_large."},
    {Key::ingest_max_batch, "ingest.max_batch", Kind::integer, "10000", 1, 1'000'000, "", false, "",
     "Most records in one ingest request."},
    {Key::engine_durability, "engine.durability", Kind::choice, "sync", 0, 0, "sync|process", false,
     "",
     "sync: acknowledged records survive a power cut. process: they survive a crash of the process "
     "only."},
    {Key::engine_checkpoint_journal, "engine.checkpoint_journal", Kind::size, "64MiB", kMiB,
     64 * kGiB, "", false, "", "Checkpoint when so much journal has gathered."},
    {Key::engine_checkpoint_interval, "engine.checkpoint_interval", Kind::duration, "30s", kSecond,
     24 * kHour, "", false, "", "Checkpoint when so much time has passed."},
    {Key::engine_disk_reserve, "engine.disk_reserve", Kind::size, "256MiB", 0, 64 * kTiB, "", false,
     "", "Ingest is refused while less than this is free on the disk; reading goes on."},
    {Key::engine_queue, "engine.queue", Kind::size, "64MiB", kMiB, 64 * kGiB, "", false, "",
     "Records taken and not yet applied; over it new ones are refused."},
    {Key::engine_quarantine, "engine.quarantine", Kind::size, "256MiB", kMiB, kTiB, "", false, "",
     "Size of the quarantine; the oldest entries go when it is larger."},
    {Key::engine_tail_budget, "engine.tail_budget", Kind::size, "256MiB", kMiB, kTiB, "", false, "",
     "Memory for rows that are not in a compressed chunk yet."},
    {Key::engine_apply_threads, "engine.apply_threads", Kind::integer, "2", 1, 64, "", false, "",
     "Threads that apply records to the tables."},
    {Key::retention_days, "retention.days", Kind::integer, "30", 0, 36'500, "", false, "",
     "How long a new fleet's records are kept, in days; 0 = for ever."},
    {Key::backup_dir, "backup.dir", Kind::text, "", 0, 0, "", false, "",
     "Directory for backups that are asked for over HTTP, best in the file system of the data "
     "directory; empty = none are made."},
    {Key::live_tick, "live.tick", Kind::duration, "200ms", 20, 60 * kSecond, "", false, "",
     "How often a live view is sent what changed."},
    {Key::live_stale_after, "live.stale_after", Kind::duration, "5m", kSecond, 30 * 24 * kHour, "",
     false, "", "A vehicle without a record for so long is shown as stale."},
    {Key::live_offline_after, "live.offline_after", Kind::duration, "30m", kSecond, 30 * 24 * kHour,
     "", false, "",
     "A vehicle without a record for so long is shown as offline, and raises an alert unless a "
     "rule of "
     "type OFFLINE says otherwise."},
    {Key::write_mode, "write.mode", Kind::choice, "batch", 0, 0, "batch|async", false, "",
     "How load, batch and stream write: batch = one after the other, async = many at a time."},
    {Key::write_batch_size, "write.batch_size", Kind::integer, "100", 1, 100'000, "", false,
     "BATCH_SIZE",
     "Records in one write of stream, and of load over HTTP or with --rate; rows in one batch of "
     "Cassandra, 500 at most."},
    {Key::write_concurrency, "write.concurrency", Kind::integer, "50", 1, 10'000, "", false,
     "ASYNC_CONCURRENCY", "Most writes under way at a time in async mode, to Cassandra too."},
    {Key::write_timeout, "write.timeout", Kind::duration, "30s", 1, 24 * kHour, "", false,
     "WRITE_TIMEOUT", "Deadline of one write over all its attempts."},
    {Key::metrics_interval, "metrics.interval", Kind::duration, "1m", 100, 24 * kHour, "", false,
     "METRICS_INTERVAL", "How often batch, stream and load print their metrics."},
    {Key::cassandra_hosts, "cassandra.hosts", Kind::list, "localhost", 0, 0, "", false,
     "CASSANDRA_HOSTS",
     "Contact points of a Cassandra cluster, host or host:port, separated by commas."},
    {Key::cassandra_keyspace, "cassandra.keyspace", Kind::text, "fleet_iot", 0, 0, "", false,
     "CASSANDRA_KEYSPACE", "Keyspace of the tables."},
    {Key::cassandra_dc, "cassandra.dc", Kind::text, "dc1", 0, 0, "", false, "CASSANDRA_DC",
     "Home datacentre, whose nodes are asked first."},
    {Key::cassandra_username, "cassandra.username", Kind::text, "", 0, 0, "", false, "",
     "User of the cluster; empty = none."},
    {Key::cassandra_password, "cassandra.password", Kind::text, "", 0, 0, "", true, "",
     "Password of that user."},
    {Key::cassandra_dir, "cassandra.dir", Kind::text, "fleet-cassandra", 0, 0, "", false, "",
     "Directory of the development cluster that `fleet cassandra up` starts."},
    {Key::cassandra_jars, "cassandra.jars", Kind::text, "", 0, 0, "", false, "",
     "Directory of Cassandra's jars; empty = fleet/cassandra in the user's cache directory. Maven "
     "fills it."},
    {Key::cassandra_java_home, "cassandra.java_home", Kind::text, "", 0, 0, "", false, "",
     "A Java 17; empty = JAVA_HOME, else one in /usr/lib/jvm or /opt."},
    {Key::cassandra_remote_dc, "cassandra.remote_dc", Kind::text, "", 0, 0, "", false, "",
     "Datacentre that is written to and read from when the home datacentre does not answer; what "
     "is "
     "read may be stale from then on, until it is repaired. empty = none."},
    {Key::cassandra_read_timeout, "cassandra.read_timeout", Kind::duration, "5s", 100, 60 * kSecond,
     "", false, "", "Deadline of one read over all consistency levels that are tried."},
    {Key::cassandra_cache_max_age, "cassandra.cache_max_age", Kind::duration, "5s", 0, 30 * kSecond,
     "", false, "",
     "How old an answer about a whole fleet may be; 0 = each is read from the cluster."},
    {Key::cassandra_slow_query, "cassandra.slow_query", Kind::duration, "500ms", 0, 60 * kSecond,
     "", false, "", "Reads that take longer are traced and listed in health; 0 = none."},
    {Key::cassandra_poll_interval, "cassandra.poll_interval", Kind::duration, "2s", 200,
     30 * kSecond, "", false, "",
     "How often `serve --store cassandra` reads the newest states for live views, at most a tenth "
     "of the time."},
    {Key::store_kind, "store.kind", Kind::choice, "local", 0, 0, "local|cassandra", false, "",
     "Where records are kept: local = in the data directory; cassandra = there, and copied to the "
     "cluster of the settings cassandra.*."},
    {Key::replicate_ack, "replicate.ack", Kind::choice, "local", 0, 0, "local|replicated", false,
     "",
     "When a server acknowledges records that are copied: local = when they are in the journal, "
     "replicated = when a quorum of the cluster has them too."},
    {Key::replicate_flush_interval, "replicate.flush_interval", Kind::duration, "1s", 50,
     60 * kSecond, "", false, "",
     "How often newest states, hours, trips, stops and alerts are written to the cluster."},
    {Key::replicate_max_backlog, "replicate.max_backlog", Kind::size, "1GiB", 16 * kMiB, 64 * kTiB,
     "", false, "",
     "Journal that is kept for the copy; beyond it the days it speaks of are copied whole."},
    {Key::replicate_drain_timeout, "replicate.drain_timeout", Kind::duration, "1m", kSecond,
     24 * kHour, "", false, "",
     "How long load, batch and stream wait at their end for a cluster that takes nothing."},
    {Key::notify_webhook_urls, "notify.webhook_urls", Kind::list, "", 0, 0, "", true, "",
     "Addresses, http or https, that get a POST for each notification (docs/notifications.md); "
     "separated by commas."},
    {Key::notify_webhook_secret, "notify.webhook_secret", Kind::text, "", 0, 0, "", true, "",
     "Key that webhooks are signed with; empty = they are not signed."},
    {Key::notify_smtp_url, "notify.smtp_url", Kind::text, "", 0, 0, "", false, "",
     "Mail server, smtp://host:587 or smtps://host:465; empty = no mail."},
    {Key::notify_smtp_starttls, "notify.smtp_starttls", Kind::choice, "require", 0, 0,
     "require|off", false, "",
     "Encryption of smtp://. off is for a relay on the same machine or network, without user."},
    {Key::notify_smtp_user, "notify.smtp_user", Kind::text, "", 0, 0, "", false, "",
     "User of the mail server; empty = none."},
    {Key::notify_smtp_password, "notify.smtp_password", Kind::text, "", 0, 0, "", true, "",
     "Password of that user."},
    {Key::notify_mail_from, "notify.mail_from", Kind::text, "", 0, 0, "", false, "",
     "Sender of mail, name@example.org."},
    {Key::notify_mail_to, "notify.mail_to", Kind::list, "", 0, 0, "", false, "",
     "Recipients of mail, separated by commas."},
    {Key::notify_min_severity, "notify.min_severity", Kind::choice, "LOW", 0, 0, "LOW|MEDIUM|HIGH",
     false, "", "Alerts below it are not notified, unless they rise to it while they go on."},
    {Key::notify_group_wait, "notify.group_wait", Kind::duration, "65s", 0, kHour, "", false, "",
     "How long an alert waits for others that began with it; with less than 60s one incident may "
     "make several notifications."},
    {Key::notify_max_age, "notify.max_age", Kind::duration, "1d", 60 * kSecond, 30 * 24 * kHour, "",
     false, "", "An alert that started longer ago is not notified."},
    {Key::notify_timeout, "notify.timeout", Kind::duration, "10s", 100, 60 * kSecond, "", false, "",
     "Deadline of one attempt to deliver."},
    {Key::notify_retry_for, "notify.retry_for", Kind::duration, "6h", kSecond, 7 * 24 * kHour, "",
     false, "", "How long a delivery is tried again before it is given up."},
}};

constexpr bool table_is_in_order() {
    for (std::size_t i = 0; i < kSettings.size(); ++i)
        if (static_cast<std::size_t>(kSettings[i].key) != i) return false;
    return true;
}
static_assert(table_is_in_order(), "setting() finds a row by its number");

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t at = text.find(separator);
        std::string_view part = text.substr(0, at);
        while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
        while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
        if (!part.empty()) parts.emplace_back(part);
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::string format_number(const Setting& setting, std::int64_t number) {
    if (setting.kind == Kind::duration) return format_duration_ms(number);
    if (setting.kind == Kind::size) return format_size(number);
    return fmt::format("{}", number);
}

std::string_view kind_name(Kind kind) {
    switch (kind) {
        case Kind::boolean: return "true or false";
        case Kind::integer: return "whole number";
        case Kind::duration: return "duration";
        case Kind::size: return "size";
        case Kind::text: return "text";
        case Kind::list: return "list";
        case Kind::choice: return "choice";
    }
    return "text";
}

Failure not_allowed(const Setting& setting, std::string_view text) {
    const std::string_view shown = setting.secret ? std::string_view("****") : text;
    return fail(Code::invalid_argument, fmt::format("{} = '{}' is not allowed: give {}",
                                                    setting.name, shown, allowed_values(setting)));
}

}  // namespace

std::span<const Setting, kSettingCount> settings() noexcept { return kSettings; }

const Setting& setting(Key key) noexcept { return kSettings[static_cast<std::size_t>(key)]; }

const Setting* find_setting(std::string_view name) noexcept {
    const auto found = std::find_if(kSettings.begin(), kSettings.end(),
                                    [&](const Setting& s) { return s.name == name; });
    return found == kSettings.end() ? nullptr : &*found;
}

std::string environment_name(const Setting& setting) {
    std::string name = "FLEET_";
    for (const char c : setting.name) {
        if (c == '.') {
            name.push_back('_');
        } else {
            name.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
        }
    }
    return name;
}

Result<Value> parse_value(const Setting& setting, std::string_view text) {
    switch (setting.kind) {
        case Kind::boolean:
            if (text == "true" || text == "1" || text == "yes" || text == "on") return Value(true);
            if (text == "false" || text == "0" || text == "no" || text == "off")
                return Value(false);
            return not_allowed(setting, text);
        case Kind::integer:
        case Kind::duration:
        case Kind::size: {
            const auto number = setting.kind == Kind::integer    ? parse_integer(text)
                                : setting.kind == Kind::duration ? parse_duration_ms(text)
                                                                 : parse_size(text);
            if (!number || *number < setting.min || *number > setting.max)
                return not_allowed(setting, text);
            return Value(*number);
        }
        case Kind::choice: {
            const auto choices = split(setting.choices, '|');
            if (std::find(choices.begin(), choices.end(), text) == choices.end())
                return not_allowed(setting, text);
            return Value(std::string(text));
        }
        case Kind::list: {
            auto items = split(text, ',');
            if (items.empty() && !setting.fallback.empty()) return not_allowed(setting, text);
            return Value(std::move(items));
        }
        case Kind::text:
            if (text.empty() && !setting.fallback.empty()) return not_allowed(setting, text);
            return Value(std::string(text));
    }
    return not_allowed(setting, text);
}

std::string format_value(const Setting& setting, const Value& value) {
    if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return format_number(setting, *number);
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    return fmt::format("{}", fmt::join(std::get<std::vector<std::string>>(value), ","));
}

std::string allowed_values(const Setting& setting) {
    switch (setting.kind) {
        case Kind::boolean: return "true or false";
        case Kind::integer:
            return fmt::format("a whole number from {} to {}", setting.min, setting.max);
        case Kind::duration:
            return fmt::format("a duration such as {}, from {} to {}", setting.fallback,
                               format_duration_ms(setting.min), format_duration_ms(setting.max));
        case Kind::size:
            return fmt::format("a size such as {}, from {} to {}", setting.fallback,
                               format_size(setting.min), format_size(setting.max));
        case Kind::choice: return fmt::format("{}", fmt::join(split(setting.choices, '|'), " or "));
        case Kind::list: return "one or more names separated by commas";
        case Kind::text: return setting.fallback.empty() ? "a text" : "a text that is not empty";
    }
    return "a text";
}

std::string settings_as_markdown() {
    std::string out =
        "# Configuration\n\n"
        "Every setting has a default, so no configuration is needed to start. A value comes from, "
        "the later one wins:\n"
        "the default, the TOML file (`--config FILE`, else `fleet.toml` in the data directory), "
        "the environment, a flag of "
        "the command.\n`fleet config show` prints the effective values and where each came from. "
        "An unknown name or a value "
        "that is not allowed\nstops the command with the place and the nearest valid name.\n\n"
        "Durations are written `250ms`, `30s`, `5m`, `12h`, `30d` (a plain number is seconds), "
        "sizes `64MiB`, `512KiB` (a "
        "plain number is bytes).\n";
    std::string_view section;
    for (const Setting& s : kSettings) {
        const std::string_view own = s.name.substr(0, s.name.find('.'));
        if (own != section) {
            section = own;
            out += fmt::format(
                "\n## [{}]\n\n| key | type | default | allowed | environment | meaning |\n"
                "|---|---|---|---|---|---|\n",
                section);
        }
        std::string names = fmt::format("`{}`", environment_name(s));
        if (!s.environment.empty()) names += fmt::format(", `{}`", s.environment);
        out += fmt::format(
            "| `{}` | {} | {} | {} | {} | {}{} |\n", s.name.substr(s.name.find('.') + 1),
            kind_name(s.kind),
            s.fallback.empty() ? std::string("none") : fmt::format("`{}`", s.fallback),
            allowed_values(s), names, s.description, s.secret ? " Secret: never printed." : "");
    }
    return out;
}

}  // namespace fleet::app
