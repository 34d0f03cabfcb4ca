// SPDX-License-Identifier: Apache-2.0
// Opening, the registry, and who is in a fleet.
#include "store/cassandra/cassandra_reader.hpp"

#include "model/record.hpp"
#include "replicate/tables.hpp"
#include "store/cassandra/cassandra_cached.hpp"
#include "store/paging.hpp"
#include "store/retention.hpp"
#include "store/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace fleet::store {

using cassandra::Answered;
using cassandra::Ask;
using cassandra::Reads;

namespace {

constexpr std::size_t kFleetsCached = 64;
constexpr std::size_t kDevicesCached = 200'000;
constexpr std::uint32_t kMaxParts = 100'000;
constexpr std::uint32_t kIdPageRows = 5'000;

/// What the calls of this thread found since take_freshness().
thread_local Freshness seen;

Failure no_fleet(const std::string& fleet) { return fail(Code::not_found, "no fleet " + fleet); }
Failure no_device(const std::string& device) {
    return fail(Code::not_found, "no device " + device);
}

Error with_advice(const Error& error, std::string_view query) {
    return error.within(fmt::format(
        "query {} does not fit the schema (apply it with `fleet cassandra schema`)", query));
}

/// Waits for one answer of a session that nothing else dispatches yet.
template <class T>
Result<T> wait_for(cql::Session& session, std::chrono::milliseconds timeout,
                   const std::function<Result<void>(cql::Handler<T>)>& call) {
    const auto answer = std::make_shared<std::optional<cql::Answer<T>>>();
    FLEET_TRY_VOID(call([answer](cql::Answer<T> came) { *answer = std::move(came); }));
    if (!cql::dispatch_until(session, [&] { return answer->has_value(); }, timeout))
        return fail(Code::unavailable, "Cassandra does not answer");
    if ((*answer)->error) return cql::to_error(*(*answer)->error);
    return std::move((*answer)->value);
}

Result<std::vector<cql::Statement>> prepare_all(cql::Session& session, std::string_view keyspace,
                                                std::chrono::milliseconds timeout) {
    const auto specs = cassandra::query_specs(keyspace);
    std::vector<cql::Statement> statements(specs.size());
    for (std::size_t i = 0; i < specs.size(); ++i) {
        const cassandra::QuerySpec& spec = specs[i];
        if (spec.cql.empty()) continue;
        auto prepared =
            wait_for<cql::Statement>(session, timeout, [&](cql::Handler<cql::Statement> handler) {
                return session.prepare(spec.cql, timeout, std::move(handler));
            });
        if (!prepared) {
            const bool refused = prepared.error().code == Code::invalid_argument;
            return refused ? with_advice(prepared.error(), spec.name) : prepared.error();
        }
        statements[i] = std::move(prepared).value();
        if (const auto fits = cql::check_types(statements[i].params, spec.params); !fits)
            return with_advice(fits.error(), spec.name);
        std::vector<std::string_view> types;
        for (const cql::ColumnInfo& column : spec.columns) types.emplace_back(column.type);
        if (const auto fits = cql::check_types(statements[i].columns, types); !fits)
            return with_advice(fits.error(), spec.name);
    }
    return statements;
}

}  // namespace

Result<std::shared_ptr<CassandraReader>> CassandraReader::open(
    std::unique_ptr<cql::Session> session, CassandraOptions options,
    std::shared_ptr<const Clock> clock, std::shared_ptr<const Clock> timer,
    std::chrono::milliseconds timeout) {
    FLEET_TRY(const cql::Topology topology,
              wait_for<cql::Topology>(*session, timeout, [&](cql::Handler<cql::Topology> handler) {
                  return session->topology(options.keyspace, timeout, std::move(handler));
              }));
    FLEET_TRY(const auto rungs,
              replicate::rungs_of(topology.replication, options.home_dc, options.remote_dc));
    FLEET_TRY(auto statements, prepare_all(*session, options.keyspace, timeout));
    auto reads = std::make_unique<Reads>(std::move(session), std::move(statements), rungs,
                                         options.reads, timer);
    return std::shared_ptr<CassandraReader>(new CassandraReader(
        std::move(reads), std::move(options), std::move(clock), std::move(timer)));
}

CassandraReader::CassandraReader(std::unique_ptr<Reads> reads, CassandraOptions options,
                                 std::shared_ptr<const Clock> clock,
                                 std::shared_ptr<const Clock> timer)
    : reads_(std::move(reads)),
      options_(std::move(options)),
      clock_(std::move(clock)),
      timer_(std::move(timer)),
      fleet_rows_(std::min(options_.cache_max_age_ms, kMaxCacheAgeMs), 1, timer_),
      device_fleets_(std::min(options_.cache_max_age_ms, kMaxCacheAgeMs), kDevicesCached, timer_),
      ids_(std::min(options_.cache_max_age_ms, kMaxCacheAgeMs), kFleetsCached, timer_),
      states_(std::min(options_.cache_max_age_ms, kMaxCacheAgeMs), kFleetsCached, timer_),
      critical_(std::min(options_.cache_max_age_ms, kMaxCacheAgeMs), kFleetsCached, timer_),
      active_(std::min(options_.cache_max_age_ms, kMaxCacheAgeMs), kFleetsCached, timer_) {}

void CassandraReader::note_age(std::int64_t read_ns, bool remote) const {
    if (read_ns != 0)
        seen.age_ms = std::max(seen.age_ms, (timer_->monotonic_ns() - read_ns) / 1'000'000);
    seen.stale = seen.stale || remote;
}

Freshness CassandraReader::take_freshness() {
    if (Reads::take_remote()) seen.stale = true;
    return std::exchange(seen, Freshness{});
}

CassandraHealth CassandraReader::health() {
    CassandraHealth out;
    if (auto topology = reads_->topology(options_.keyspace)) {
        out.topology = std::move(topology).value();
    } else {
        out.topology_error = topology.error().message;
    }
    out.counts = counts();
    return out;
}

CassandraCounts CassandraReader::counts() const {
    CassandraCounts out;
    out.reads = reads_->state();
    for (const cassandra::CacheCounts& counts :
         {ids_.counts(), states_.counts(), critical_.counts(), active_.counts()}) {
        out.cache_hits += counts.hits;
        out.cache_misses += counts.misses;
    }
    out.cache_max_age_ms = std::min(options_.cache_max_age_ms, kMaxCacheAgeMs);
    return out;
}

Result<std::vector<CassandraReader::FleetRow>> CassandraReader::read_fleets() {
    const auto read = [&]() -> Result<std::vector<FleetRow>> {
        std::vector<FleetRow> rows;
        Ask ask{Query::fleets, reads_->key(Query::fleets)};
        ask.key.text(cassandra::kFleetRegistry).end_row();
        for (bool more = true; more;) {
            FLEET_TRY(Answered answer, reads_->ask(ask));
            FLEET_TRY_VOID(
                cassandra::each_row(answer.rows.page, [&](cql::RowReader& row) -> Result<void> {
                    FleetRow fleet;
                    FLEET_TRY(fleet.id, cassandra::text_at(row, 0));
                    FLEET_TRY(const auto days, row.integer(1));
                    FLEET_TRY(const auto parts, row.integer(2));
                    fleet.retention_days = days.value_or(0);
                    if (parts && (*parts < 0 || static_cast<std::uint32_t>(*parts) > kMaxParts))
                        return fail(Code::corrupt, fmt::format("fleet {} has {} parts in Cassandra",
                                                               fleet.id, *parts));
                    fleet.parts = static_cast<std::uint32_t>(std::max(parts.value_or(1), 1));
                    rows.push_back(std::move(fleet));
                    return {};
                }));
            more = answer.rows.has_more;
            ask.page_state = answer.rows.page_state;
        }
        return rows;
    };
    FLEET_TRY(const auto rows, cached<std::vector<FleetRow>>(fleet_rows_, "", read));
    return rows->value;
}

Result<CassandraReader::FleetRow> CassandraReader::find_fleet(const model::FleetScope& scope,
                                                              const std::string& fleet) {
    // Hidden by the scope and not there at all must read the same (I12).
    if (!model::is_valid_id(fleet) || !scope.allows(fleet)) return no_fleet(fleet);
    FLEET_TRY(const std::vector<FleetRow> rows, read_fleets());
    for (const FleetRow& row : rows)
        if (row.id == fleet) return row;
    return no_fleet(fleet);
}

Result<CassandraReader::DeviceOf> CassandraReader::find_device(const model::FleetScope& scope,
                                                               const std::string& device) {
    if (!model::is_valid_id(device)) return no_device(device);
    FLEET_TRY(
        const auto fleet, cached<std::string>(device_fleets_, device, [&]() -> Result<std::string> {
            Ask ask{Query::device_fleet, reads_->key(Query::device_fleet)};
            ask.key.text(device).end_row();
            FLEET_TRY(const Answered answer, reads_->ask(std::move(ask)));
            std::string id;
            FLEET_TRY_VOID(
                cassandra::each_row(answer.rows.page, [&](cql::RowReader& row) -> Result<void> {
                    FLEET_TRY(id, cassandra::text_at(row, 0));
                    return {};
                }));
            if (id.empty()) return no_device(device);
            return id;
        }));
    if (!scope.allows(fleet->value)) return no_device(device);
    auto row = find_fleet(scope, fleet->value);
    if (!row) return row.error().code == Code::not_found ? no_device(device) : fail(row.error());
    return DeviceOf{device, std::move(row).value()};
}

std::optional<Timestamp> CassandraReader::kept_from_of(const FleetRow& fleet) const {
    return kept_from(clock_->now(), fleet.retention_days);
}

std::optional<Timestamp> CassandraReader::gone(const FleetRow& fleet, Day day) const {
    const auto kept = kept_from_of(fleet);
    return kept && day.begin() < *kept ? kept : std::nullopt;
}

Result<CassandraReader::Ids> CassandraReader::read_ids(const FleetRow& fleet,
                                                       const std::string& after,
                                                       std::size_t limit) {
    // Every part is read up to the limit: any of them may hold the first ones.
    struct Part {
        Ids ids;
        std::string state;
        bool more = true;
    };
    std::vector<Part> parts(fleet.parts);
    for (;;) {
        std::vector<std::size_t> open;
        for (std::size_t i = 0; i < parts.size(); ++i)
            if (parts[i].more && (limit == 0 || parts[i].ids.size() < limit)) open.push_back(i);
        if (open.empty()) break;
        FLEET_TRY_VOID(reads_->ask_all(
            open.size(),
            [&](std::size_t n) {
                Ask ask{Query::devices, reads_->key(Query::devices)};
                ask.key.text(replicate::partition_of(fleet.id, static_cast<std::uint32_t>(open[n])))
                    .text(after)
                    .end_row();
                ask.page_rows =
                    limit == 0
                        ? kIdPageRows
                        : static_cast<std::uint32_t>(std::min<std::size_t>(limit, kIdPageRows));
                ask.page_state = parts[open[n]].state;
                return ask;
            },
            [&](std::size_t n, Answered answer) -> Result<void> {
                Part& part = parts[open[n]];
                FLEET_TRY_VOID(
                    cassandra::each_row(answer.rows.page, [&](cql::RowReader& row) -> Result<void> {
                        FLEET_TRY(std::string id, cassandra::text_at(row, 0));
                        part.ids.push_back(std::move(id));
                        return {};
                    }));
                part.more = answer.rows.has_more;
                part.state = std::move(answer.rows.page_state);
                return {};
            }));
    }
    Ids all;
    for (Part& part : parts) std::move(part.ids.begin(), part.ids.end(), std::back_inserter(all));
    std::sort(all.begin(), all.end());
    // While the number of parts grows, a device may lie in two of them.
    all.erase(std::unique(all.begin(), all.end()), all.end());
    if (limit != 0 && all.size() > limit) all.resize(limit);
    return all;
}

Result<CassandraReader::States> CassandraReader::read_states(const Ids& ids) {
    States states(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) states[i].id = ids[i];
    FLEET_TRY_VOID(reads_->ask_all(
        ids.size(),
        [&](std::size_t i) {
            Ask ask{Query::latest, reads_->key(Query::latest)};
            ask.key.text(ids[i]).end_row();
            return ask;
        },
        [&](std::size_t i, const Answered& answer) {
            return cassandra::each_row(answer.rows.page, [&](cql::RowReader& row) -> Result<void> {
                FLEET_TRY(states[i].row, cassandra::decode_latest(row));
                return {};
            });
        }));
    return states;
}

Result<std::shared_ptr<const cassandra::Aged<CassandraReader::States>>> CassandraReader::states_of(
    const FleetRow& fleet) {
    return cached<States>(states_, fleet.id, [&]() -> Result<States> {
        FLEET_TRY(const Ids ids, read_ids(fleet, "", 0));
        return read_states(ids);
    });
}

DeviceInfo CassandraReader::info_of(const std::string& fleet, const DeviceState& state) {
    DeviceInfo info;
    info.id = state.id;
    info.fleet = fleet;
    info.records = state.row.records;
    info.first_seen = state.row.first_seen;
    if (state.row.latest.ts_ms >= 0) info.last_seen = Timestamp{state.row.latest.ts_ms};
    return info;
}

Result<std::vector<CassandraReader::Definition>> CassandraReader::definitions(Defined what) {
    const bool zones = what == Defined::zones;
    const Query query = zones ? Query::zones : Query::rules;
    Ask ask{query, reads_->key(query)};
    ask.key.text(zones ? cassandra::kZoneRegistry : cassandra::kRuleRegistry).end_row();
    std::vector<Definition> found;
    const std::int64_t now = clock_->now().ms;
    std::string decided;  // name whose present form was seen: its older ones come behind it
    for (bool more = true; more;) {
        FLEET_TRY(Answered answer, reads_->ask(ask));
        FLEET_TRY_VOID(
            cassandra::each_row(answer.rows.page, [&](cql::RowReader& row) -> Result<void> {
                FLEET_TRY(std::string name, cassandra::text_at(row, 0));
                FLEET_TRY(const std::int64_t from, cassandra::time_at(row, 1));
                if (from > now || name == decided) return {};
                decided = name;
                if (const auto text = row.text(2))
                    found.push_back({std::move(name), std::string(*text)});
                return {};
            }));
        more = answer.rows.has_more;
        ask.page_state = std::move(answer.rows.page_state);
    }
    return found;
}

Result<std::vector<std::string>> CassandraReader::fleet_ids(const model::FleetScope& scope) {
    FLEET_TRY(const std::vector<FleetRow> rows, read_fleets());
    std::vector<std::string> ids;
    for (const FleetRow& row : rows)
        if (scope.allows(row.id)) ids.push_back(row.id);
    return ids;
}

Result<std::vector<FleetInfo>> CassandraReader::fleets(const model::FleetScope& scope) {
    FLEET_TRY(const std::vector<FleetRow> rows, read_fleets());
    std::vector<FleetInfo> result;
    for (const FleetRow& row : rows) {
        if (!scope.allows(row.id)) continue;
        FleetInfo& info = result.emplace_back();
        info.id = row.id;
        if (row.retention_days > 0) info.retention_days = row.retention_days;
        FLEET_TRY(const auto states, states_of(row));
        info.devices = states->value.size();
        std::int64_t last = -1;
        for (const DeviceState& state : states->value)
            last = std::max(last, state.row.latest.ts_ms);
        if (last >= 0) info.last_ts = Timestamp{last};
    }
    std::sort(result.begin(), result.end(),
              [](const FleetInfo& a, const FleetInfo& b) { return a.id < b.id; });
    return result;
}

Result<CassandraReader::IdPage> CassandraReader::page_of_ids(const FleetRow& fleet, CursorKind kind,
                                                             const CursorParams& params,
                                                             const PageRequest& page) {
    std::string after;
    if (!page.cursor.empty()) {
        FLEET_TRY(after, decode_cursor(kind, params, page.cursor));
    }
    const std::size_t limit = clamped(page.limit);
    IdPage result;
    FLEET_TRY(result.ids, read_ids(fleet, after, limit + 1));
    result.more = result.ids.size() > limit;
    if (result.more) result.ids.resize(limit);
    return result;
}

Result<Page<DeviceInfo>> CassandraReader::devices(const model::FleetScope& scope,
                                                  const std::string& fleet,
                                                  const PageRequest& page) {
    FLEET_TRY(const FleetRow row, find_fleet(scope, fleet));
    const CursorParams params = CursorParams().add(fleet);
    FLEET_TRY(const IdPage ids, page_of_ids(row, CursorKind::devices, params, page));
    FLEET_TRY(const States states, read_states(ids.ids));
    Page<DeviceInfo> result;
    for (const DeviceState& state : states) result.items.push_back(info_of(fleet, state));
    if (ids.more) result.next = encode_cursor(CursorKind::devices, params, ids.ids.back());
    return result;
}

Result<DeviceInfo> CassandraReader::device(const model::FleetScope& scope,
                                           const std::string& device) {
    FLEET_TRY(const DeviceOf found, find_device(scope, device));
    FLEET_TRY(const States states, read_states({found.id}));
    return info_of(found.fleet.id, states.front());
}

Result<std::vector<DeviceInfo>> CassandraReader::search(const model::FleetScope& scope,
                                                        const std::string& text,
                                                        std::size_t limit) {
    const std::size_t most = clamped(limit);
    FLEET_TRY(const std::vector<FleetRow> rows, read_fleets());
    std::vector<std::pair<std::string, std::string>> found;  // device, fleet
    for (const FleetRow& row : rows) {
        if (!scope.allows(row.id)) continue;
        FLEET_TRY(const auto ids, cached<Ids>(ids_, row.id, [&] { return read_ids(row, "", 0); }));
        // Each fleet's first hits in id order are enough to hold the first hits of all.
        std::size_t hits = 0;
        for (const std::string& id : ids->value) {
            if (hits == most) break;
            if (!contains_folded(id, text)) continue;
            found.emplace_back(id, row.id);
            ++hits;
        }
    }
    std::sort(found.begin(), found.end());
    if (found.size() > most) found.resize(most);
    Ids ids;
    for (const auto& [id, fleet] : found) ids.push_back(id);
    FLEET_TRY(const States states, read_states(ids));
    std::vector<DeviceInfo> result;
    for (std::size_t i = 0; i < states.size(); ++i)
        result.push_back(info_of(found[i].second, states[i]));
    return result;
}

}  // namespace fleet::store
