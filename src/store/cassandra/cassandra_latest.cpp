// SPDX-License-Identifier: Apache-2.0
// Newest states, now and at a past instant, and figures of a whole fleet.
#include "model/field.hpp"
#include "store/cassandra/cassandra_cached.hpp"
#include "store/paging.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace fleet::store {

using cassandra::Answered;
using cassandra::Ask;
using model::Field;

namespace {

constexpr std::int64_t kAheadMs =
    2 * kMsPerMinute;  // how far a clock may be ahead and count as live
/// Rows of the first page that is read back from an instant, and how pages grow: most groups are in
/// the first rows, some need the whole day.
constexpr std::uint32_t kFirstRows = 16;
constexpr std::uint32_t kMostRows = 1'000;

std::optional<double> mean_in_units(const model::MetricStats& stats) {
    const auto mean = stats.mean();
    if (!mean) return std::nullopt;
    return *mean / 100;  // stored in hundredths
}

/// The state of one device at an instant, while its rows are read backwards.
struct Rewind {
    model::Latest latest;
    std::uint32_t missing = 0;  ///< bit of each group that is still sought
    std::vector<Day> days;      ///< newest first; the first is being read
    std::size_t day = 0;
    std::uint32_t rows = kFirstRows;
    std::string page_state;

    [[nodiscard]] bool done() const { return missing == 0 || day == days.size(); }
};

constexpr std::uint32_t bit_of(std::size_t group) noexcept { return 1U << group; }

/// Takes the tuple of a group from a state whose time of it fits.
void take_group(model::Latest& into, const model::Latest& from, std::size_t group) {
    into.group_ts[group] = from.group_ts[group];
    const std::uint32_t fields = model::group_mask(static_cast<model::Group>(group));
    into.mask |= from.mask & fields;
    for (const model::FieldInfo& f : model::kFields)
        if ((from.mask & fields & model::bit(f.field)) != 0)
            into.values[static_cast<std::size_t>(f.field)] = from.value(f.field);
    if ((fields & from.mask & model::kZoneBit) != 0) into.zone = from.zone;
    if ((fields & from.mask & model::kAlarmBit) != 0) into.alarm = from.alarm;
}

}  // namespace

Result<LatestOfDevice> CassandraReader::latest(const model::FleetScope& scope,
                                               const std::string& device) {
    FLEET_TRY(const DeviceOf found, find_device(scope, device));
    FLEET_TRY(States states, read_states({found.id}));
    return LatestOfDevice{found.id, found.fleet.id, std::move(states.front().row.latest)};
}

Result<std::vector<LatestOfDevice>> CassandraReader::read_fleet(const model::FleetScope& scope,
                                                                const std::string& fleet) {
    FLEET_TRY(const FleetRow row, find_fleet(scope, fleet));
    const std::int64_t begin = timer_->monotonic_ns();
    const bool before = cassandra::Reads::take_remote();
    FLEET_TRY(const Ids ids, read_ids(row, "", 0));
    FLEET_TRY(States states, read_states(ids));
    const bool remote = cassandra::Reads::take_remote();
    if (before || remote) cassandra::Reads::note_remote();
    std::vector<LatestOfDevice> result;
    result.reserve(states.size());
    for (const DeviceState& state : states) result.push_back({state.id, fleet, state.row.latest});
    states_.put(fleet, {std::move(states), begin, remote});
    return result;
}

Result<std::vector<model::Latest>> CassandraReader::latest_at(const Ids& ids, Timestamp kept,
                                                              Timestamp at) {
    std::vector<Rewind> rewinds(ids.size());
    FLEET_TRY(const States states, read_states(ids));
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const model::Latest& now = states[i].row.latest;
        for (std::size_t g = 0; g < model::kGroupCount; ++g) {
            const std::int64_t ts = now.group_ts[g];
            // A group whose newest value is old enough was the same then.
            if (ts >= kept.ms && ts <= at.ms) {
                take_group(rewinds[i].latest, now, g);
            } else if (ts > at.ms) {
                rewinds[i].missing |= bit_of(g);
            }
        }
        if (now.ts_ms >= kept.ms && now.ts_ms <= at.ms) {
            rewinds[i].latest.ts_ms = now.ts_ms;
        } else if (now.ts_ms > at.ms) {
            // Also a row without any group tells the time of the newest record.
            rewinds[i].missing |= bit_of(model::kGroupCount);
        }
        if (rewinds[i].missing != 0) open.push_back(i);
    }
    if (kept > at) return std::vector<model::Latest>(ids.size());
    FLEET_TRY_VOID(reads_->ask_all(
        open.size(),
        [&](std::size_t n) {
            Ask ask{Query::days, reads_->key(Query::days)};
            ask.key.text(ids[open[n]]).date(day_of(kept).value).date(day_of(at).value).end_row();
            ask.page_rows = 0;
            return ask;
        },
        [&](std::size_t n, const Answered& answer) {
            return cassandra::each_row(answer.rows.page, [&](cql::RowReader& row) -> Result<void> {
                FLEET_TRY(const Day day, cassandra::day_at(row, 0));
                rewinds[open[n]].days.push_back(day);
                return {};
            });
        }));
    for (;;) {
        std::erase_if(open, [&](std::size_t i) { return rewinds[i].done(); });
        if (open.empty()) break;
        FLEET_TRY_VOID(reads_->ask_all(
            open.size(),
            [&](std::size_t n) {
                const Rewind& rewind = rewinds[open[n]];
                const Day day = rewind.days[rewind.day];
                Ask ask{Query::rows_newest, reads_->key(Query::rows_newest)};
                ask.key.text(ids[open[n]])
                    .date(day.value)
                    .timestamp(std::max(kept, day.begin()).ms)
                    .timestamp(std::min(at.ms + 1, day.end().ms))
                    .end_row();
                ask.page_rows = rewind.rows;
                ask.page_state = rewind.page_state;
                return ask;
            },
            [&](std::size_t n, Answered answer) -> Result<void> {
                Rewind& rewind = rewinds[open[n]];
                model::Rows rows;
                FLEET_TRY_VOID(cassandra::each_row(answer.rows.page, [&](cql::RowReader& row) {
                    return cassandra::decode_row(row, rows);
                }));
                for (const model::Sample& sample : rows.samples) {
                    model::Latest one;
                    one.offer(sample, rows.texts);
                    if (rewind.latest.ts_ms < 0) rewind.latest.ts_ms = sample.ts_ms;
                    rewind.latest.ts_ms = std::max(rewind.latest.ts_ms, sample.ts_ms);
                    rewind.missing &= ~bit_of(model::kGroupCount);
                    for (std::size_t g = 0; g < model::kGroupCount; ++g) {
                        if ((rewind.missing & bit_of(g)) == 0 || one.group_ts[g] < 0) continue;
                        take_group(rewind.latest, one, g);
                        rewind.missing &= ~bit_of(g);
                    }
                    if (rewind.missing == 0) break;
                }
                rewind.rows = std::min(rewind.rows * 4, kMostRows);
                if (answer.rows.has_more) {
                    rewind.page_state = std::move(answer.rows.page_state);
                } else {
                    rewind.page_state.clear();
                    ++rewind.day;
                }
                return {};
            }));
    }
    std::vector<model::Latest> out;
    out.reserve(rewinds.size());
    for (Rewind& rewind : rewinds) out.push_back(std::move(rewind.latest));
    return out;
}

Result<Page<LatestOfDevice>> CassandraReader::fleet_latest(const model::FleetScope& scope,
                                                           const std::string& fleet,
                                                           std::optional<Timestamp> at,
                                                           const PageRequest& page) {
    FLEET_TRY(const FleetRow row, find_fleet(scope, fleet));
    const CursorParams params =
        CursorParams().add(fleet).add(at.has_value() ? 1 : 0).add(at ? at->ms : 0);
    Page<LatestOfDevice> result;
    const auto kept = kept_from_of(row);
    if (at && kept && *at < *kept) result.retention_from = kept;
    if (!at && options_.cache_max_age_ms > 0) {
        std::string after;
        if (!page.cursor.empty()) {
            FLEET_TRY(after, decode_cursor(CursorKind::fleet_latest, params, page.cursor));
        }
        FLEET_TRY(const auto states, states_of(row));
        auto next = std::upper_bound(
            states->value.begin(), states->value.end(), after,
            [](const std::string& key, const DeviceState& state) { return key < state.id; });
        const std::size_t limit = clamped(page.limit);
        for (; next != states->value.end() && result.items.size() < limit; ++next)
            result.items.push_back({next->id, fleet, next->row.latest});
        if (next != states->value.end())
            result.next =
                encode_cursor(CursorKind::fleet_latest, params, result.items.back().device);
        return result;
    }
    FLEET_TRY(const IdPage ids, page_of_ids(row, CursorKind::fleet_latest, params, page));
    std::vector<model::Latest> latest(ids.ids.size());
    if (!at) {
        FLEET_TRY(States states, read_states(ids.ids));
        for (std::size_t i = 0; i < states.size(); ++i) latest[i] = std::move(states[i].row.latest);
    } else if (!result.retention_from && at->ms >= 0) {
        const Timestamp until{std::min(at->ms, kMaxMs)};
        FLEET_TRY(latest, latest_at(ids.ids, kept.value_or(Timestamp{0}), until));
    }
    for (std::size_t i = 0; i < ids.ids.size(); ++i)
        result.items.push_back({ids.ids[i], fleet, std::move(latest[i])});
    if (ids.more) result.next = encode_cursor(CursorKind::fleet_latest, params, ids.ids.back());
    return result;
}

Result<FleetDay> CassandraReader::read_hours(const std::string& fleet, Day day) {
    FleetDay result;
    Ask ask{Query::hours, reads_->key(Query::hours)};
    ask.key.text(fleet).date(day.value).end_row();
    for (bool more = true; more;) {
        FLEET_TRY(Answered answer, reads_->ask(ask));
        FLEET_TRY_VOID(cassandra::each_row(answer.rows.page, [&](cql::RowReader& row) {
            return cassandra::add_hour(row, result);
        }));
        more = answer.rows.has_more;
        ask.page_state = std::move(answer.rows.page_state);
    }
    return result;
}

Result<FleetDay> CassandraReader::analytics(const model::FleetScope& scope,
                                            const std::string& fleet, Day day) {
    FLEET_TRY(const FleetRow row, find_fleet(scope, fleet));
    if (const auto kept = gone(row, day)) {
        FleetDay result;
        result.retention_from = kept;
        return result;
    }
    return read_hours(fleet, day);
}

Result<std::uint64_t> CassandraReader::critical_of(const FleetRow& fleet) {
    FLEET_TRY(const auto critical,
              cached<std::uint64_t>(critical_, fleet.id, [&]() -> Result<std::uint64_t> {
                  return unresolved_high(
                      fleet, {kept_from_of(fleet).value_or(Timestamp{0}), Timestamp{kMaxMs + 1}});
              }));
    return critical->value;
}

Result<std::uint64_t> CassandraReader::critical_alerts(const model::FleetScope& scope,
                                                       const std::string& fleet) {
    FLEET_TRY(const FleetRow row, find_fleet(scope, fleet));
    return critical_of(row);
}

Result<Kpis> CassandraReader::kpis(const model::FleetScope& scope, const std::string& fleet,
                                   Timestamp now, std::int64_t window_ms) {
    FLEET_TRY(const FleetRow row, find_fleet(scope, fleet));
    FLEET_TRY(const auto states, states_of(row));
    Kpis result;
    result.devices = states->value.size();
    model::MetricStats speed;
    model::MetricStats battery;
    for (const DeviceState& state : states->value) {
        const model::Latest& latest = state.row.latest;
        if (latest.ts_ms < 0 || latest.ts_ms < now.ms - window_ms ||
            latest.ts_ms > now.ms + kAheadMs)
            continue;
        ++result.active_devices;
        if (latest.has(Field::speed)) speed.add(latest.value(Field::speed));
        if (latest.has(Field::battery)) battery.add(latest.value(Field::battery));
    }
    result.avg_speed_kmh = mean_in_units(speed);
    result.avg_battery_pct = mean_in_units(battery);
    FLEET_TRY(result.critical_alerts, critical_of(row));
    return result;
}

Result<Kpis> CassandraReader::kpis_of_day(const model::FleetScope& scope, const std::string& fleet,
                                          Day day) {
    FLEET_TRY(const FleetRow row, find_fleet(scope, fleet));
    FLEET_TRY(const auto ids, cached<Ids>(ids_, fleet, [&] { return read_ids(row, "", 0); }));
    Kpis result;
    result.devices = ids->value.size();
    result.retention_from = gone(row, day);
    if (result.retention_from) return result;
    FLEET_TRY(const auto active,
              cached<std::uint64_t>(
                  active_, fmt::format("{} {}", fleet, day.value), [&]() -> Result<std::uint64_t> {
                      std::uint64_t count = 0;
                      FLEET_TRY_VOID(reads_->ask_all(
                          ids->value.size(),
                          [&](std::size_t i) {
                              Ask ask{Query::day, reads_->key(Query::day)};
                              ask.key.text(ids->value[i]).date(day.value).end_row();
                              return ask;
                          },
                          [&](std::size_t, const Answered& answer) -> Result<void> {
                              count += answer.rows.page.row_count();
                              return {};
                          }));
                      return count;
                  }));
    result.active_devices = active->value;
    FLEET_TRY(const FleetDay hours, read_hours(fleet, day));
    model::MetricStats speed;
    model::MetricStats battery;
    for (const model::HourStats& hour : hours.hours) {
        speed.add(hour.speed);
        battery.add(hour.battery);
    }
    result.avg_speed_kmh = mean_in_units(speed);
    result.avg_battery_pct = mean_in_units(battery);
    FLEET_TRY(result.critical_alerts, unresolved_high(row, {day.begin(), day.end()}));
    return result;
}

}  // namespace fleet::store
