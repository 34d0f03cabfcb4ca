// SPDX-License-Identifier: Apache-2.0
#include "copied_store.hpp"

#include "base/check.hpp"
#include "engine/rule_book.hpp"
#include "replicate/fold_tables.hpp"
#include "replicate/registry_tables.hpp"
#include "store/cassandra/cassandra_reader.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <utility>

namespace fleet::tests {

using namespace std::chrono_literals;
using replicate::Absent;
using replicate::Deletion;
using replicate::Table;

namespace {

constexpr auto kWait = 60s;
constexpr std::size_t kUnderWay = 200;
constexpr std::size_t kBatchRows = 100;
constexpr int kShards = 16;
constexpr std::uint32_t kParts = 3;  // of each fleet, so that reading several is tested too

struct TableKey {
    const Table* table;
    std::size_t partition;  ///< columns
    std::size_t key;        ///< columns, the partition's included
};
/// Every table that is copied.
const std::vector<TableKey>& tables() {
    static const std::vector<TableKey> all{
        {&replicate::kTelemetry, 2, 3}, {&replicate::kLatest, 1, 1},
        {&replicate::kHours, 2, 4},     {&replicate::kDays, 1, 2},
        {&replicate::kTrips, 2, 3},     {&replicate::kStops, 2, 3},
        {&replicate::kAlerts, 3, 8},    {&replicate::kAlertById, 1, 1},
        {&replicate::kDevices, 1, 2},   {&replicate::kFleetByDevice, 1, 2},
        {&replicate::kFleets, 1, 2}};
    return all;
}

std::int32_t length_at(std::string_view bytes) {
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < 4; ++i)
        length = length << 8U | static_cast<unsigned char>(bytes[i]);
    return static_cast<std::int32_t>(length);
}

/// The first cells of a row's bytes, as bytes.
std::string_view head_of(std::string_view bytes, std::size_t cells) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < cells; ++i)
        at += 4 + static_cast<std::size_t>(std::max(length_at(bytes.substr(at)), 0));
    return bytes.substr(0, at);
}

/// Copies cells from bytes; the text at `prefixed` gets a prefix.
std::string_view copy_cells(cql::PackedRows& out, std::string_view bytes, std::size_t cells,
                            std::optional<std::size_t> prefixed, const std::string& prefix) {
    for (std::size_t i = 0; i < cells; ++i) {
        const std::int32_t length = length_at(bytes);
        bytes.remove_prefix(4);
        if (length == -1) {
            out.null();
        } else if (length < 0) {
            out.unset();
        } else {
            const std::string_view value = bytes.substr(0, static_cast<std::size_t>(length));
            bytes.remove_prefix(value.size());
            if (prefixed == i) {
                out.text(prefix + std::string(value));
            } else {
                out.blob(value);
            }
        }
    }
    return bytes;
}

cql::PackedRows with_prefix(const cql::Statement& statement, const cql::PackedRows& rows,
                            const std::string& prefix) {
    if (prefix.empty() || statement.key_params.empty()) return rows;
    cql::PackedRows out(rows.params());
    std::string_view bytes = rows.bytes();
    for (std::size_t i = 0; i < rows.row_count(); ++i) {
        bytes = copy_cells(out, bytes, rows.params(), statement.key_params[0], prefix);
        out.end_row();
    }
    return out;
}

class ApartSession final : public cql::Session {
  public:
    ApartSession(std::shared_ptr<cql::Session> session, std::string prefix)
        : session_(std::move(session)), prefix_(std::move(prefix)) {}

    [[nodiscard]] int event_fd() const noexcept override { return session_->event_fd(); }
    std::size_t dispatch(std::size_t limit) override { return session_->dispatch(limit); }
    [[nodiscard]] std::size_t in_flight() const override { return session_->in_flight(); }
    Result<void> prepare(std::string_view cql, std::chrono::milliseconds timeout,
                         cql::Handler<cql::Statement> handler) override {
        return session_->prepare(cql, timeout, std::move(handler));
    }
    Result<void> execute(const cql::Statement& statement, const cql::PackedRows& rows,
                         const cql::ExecuteOptions& options, std::string_view page_state,
                         cql::Handler<cql::Rows> handler) override {
        return session_->execute(statement, with_prefix(statement, rows, prefix_), options,
                                 page_state, std::move(handler));
    }
    Result<void> change_schema(std::string_view cql, std::chrono::milliseconds timeout,
                               cql::Handler<cql::Done> handler) override {
        return session_->change_schema(cql, timeout, std::move(handler));
    }
    Result<void> topology(std::string_view keyspace, std::chrono::milliseconds timeout,
                          cql::Handler<cql::Topology> handler) override {
        return session_->topology(keyspace, timeout, std::move(handler));
    }
    void close() override { session_->close(); }

  private:
    std::shared_ptr<cql::Session> session_;
    std::string prefix_;
};

std::string next_prefix() {
    static int number = 0;
    return fmt::format("{}-{}/", ::getpid(), ++number);
}

std::string key_of(const Table& table, const cql::PackedRows& row) {
    for (const TableKey& known : tables())
        if (known.table == &table) return std::string(head_of(row.bytes(), known.key));
    ADD_FAILURE() << "table " << table.name << " is not copied";
    return {};
}

/// The cells of a key that a deletion takes, from the bytes of the key.
cql::PackedRows deletion_key(const std::string& key, std::size_t cells) {
    cql::PackedRows out(cells);
    copy_cells(out, key, cells, std::nullopt, {});
    out.end_row();
    return out;
}

}  // namespace

std::unique_ptr<cql::Session> connect(const ClusterPlace& place) {
    for (int attempt = 1; attempt <= 5; ++attempt) {
        std::optional<cql::Answer<cql::Done>> connected;
        auto session = cql::open_session(
            {.contact_points = place.hosts,
             .home_dc = place.datacentre,
             .remote_dc = place.remote_datacentre},
            [&](cql::Answer<cql::Done> answer) { connected = std::move(answer); });
        if (!session) {
            ADD_FAILURE() << session.error().message;
            return nullptr;
        }
        // Right after its start a node may still be marked as down.
        if (cql::dispatch_until(
                **session, [&] { return connected.has_value(); }, kWait) &&
            connected->ok())
            return std::move(session).value();
        if (connected && connected->error) fmt::print(stderr, "{}\n", connected->error->message);
    }
    ADD_FAILURE() << "no connection with " << place.hosts;
    return nullptr;
}

std::unique_ptr<cql::Session> apart(std::shared_ptr<cql::Session> session, std::string prefix) {
    return std::make_unique<ApartSession>(std::move(session), std::move(prefix));
}

Writer::Writer(std::unique_ptr<cql::Session> session)
    : session_(std::move(session)), stamp_us_(SystemClock().now().ms * 1'000) {}

const cql::Statement& Writer::prepared(const std::string& cql) {
    const auto known = statements_.find(cql);
    if (known != statements_.end()) return known->second;
    std::optional<cql::Answer<cql::Statement>> answer;
    const auto accepted = session_->prepare(
        cql, kWait, [&](cql::Answer<cql::Statement> came) { answer = std::move(came); });
    FLEET_CHECK(accepted.has_value());
    FLEET_CHECK(cql::dispatch_until(*session_, [&] { return answer.has_value(); }, kWait + 5s));
    EXPECT_FALSE(answer->error) << cql << ": " << answer->error->message;
    return statements_.emplace(cql, std::move(answer->value)).first->second;
}

void Writer::send(const cql::Statement& statement, const cql::PackedRows& rows) {
    FLEET_CHECK(cql::dispatch_until(*session_, [&] { return under_way_ < kUnderWay; }, kWait));
    ++under_way_;
    rows_ += rows.row_count();
    const auto accepted = session_->execute(
        statement, with_prefix(statement, rows, prefix_),
        {.timestamp_us = stamp_us_, .timeout = 20s}, {}, [this](const cql::Answer<cql::Rows>& a) {
            --under_way_;
            if (a.error) ADD_FAILURE() << cql::to_error(*a.error).message;
        });
    if (!accepted) {
        --under_way_;
        ADD_FAILURE() << accepted.error().message;
    }
}

void Writer::finish() {
    const bool all = cql::dispatch_until(*session_, [&] { return under_way_ == 0; }, kWait);
    FLEET_CHECK(all);
}

void Writer::insert(const Table& table, std::vector<cql::PackedRows> rows) {
    ++stamp_us_;
    const cql::Statement& statement = prepared(replicate::insert_cql("fleet_iot", table));
    std::size_t partition_cells = 1;
    for (const TableKey& known : tables())
        if (known.table == &table) partition_cells = known.partition;
    cql::PackedRows batch(statement);
    std::string partition;
    const auto flush = [&] {
        if (batch.row_count() > 0) send(statement, batch);
        batch.clear();
    };
    for (const cql::PackedRows& row : rows) {
        const std::string of(head_of(row.bytes(), partition_cells));
        if (of != partition || batch.row_count() == kBatchRows) flush();
        partition = of;
        copy_cells(batch, row.bytes(), row.params(), std::nullopt, {});
        batch.end_row();
    }
    flush();
    finish();
}

void Writer::remove(const Deletion& deletion, std::vector<cql::PackedRows> keys) {
    ++stamp_us_;
    const cql::Statement& statement = prepared(replicate::delete_cql("fleet_iot", deletion));
    for (const cql::PackedRows& key : keys) send(statement, key);
    finish();
}

CopiedStore::CopiedStore(const ClusterPlace& place, Writer& writer,
                         std::shared_ptr<const Clock> clock)
    : place_(place), writer_(writer), prefix_(next_prefix()), clock_(std::move(clock)) {
    std::string path = (std::filesystem::temp_directory_path() / "fleet-copied-XXXXXX").string();
    FLEET_CHECK(::mkdtemp(path.data()) != nullptr);
    directory_ = path;
    data_ = directory_ / "data";
    open_engine();
    open_reader();
}

CopiedStore::CopiedStore(const ClusterPlace& place, Writer& writer,
                         std::shared_ptr<const Clock> clock, std::filesystem::path data)
    : place_(place), writer_(writer), clock_(std::move(clock)), data_(std::move(data)) {
    open_engine();
    open_reader();
}

void CopiedStore::open_reader() {
    auto session = connect(place_);
    FLEET_CHECK(session != nullptr);
    // Without a cache: the suite writes and reads in turn, faster than answers may age.
    auto reader = store::CassandraReader::open(apart(std::move(session), prefix_),
                                               {.keyspace = place_.keyspace,
                                                .home_dc = place_.datacentre,
                                                .remote_dc = place_.remote_datacentre,
                                                .cache_max_age_ms = 0,
                                                .reads = {.timeout = 20s, .attempt = 10s}},
                                               clock_);
    if (!reader) ADD_FAILURE() << reader.error().message;
    FLEET_CHECK(reader.has_value());
    reader_ = std::move(reader).value();
}

CopiedStore::~CopiedStore() {
    reader_.reset();
    if (engine_) static_cast<void>(engine_->stop());
    engine_.reset();
    if (directory_.empty()) return;
    std::error_code ignored;  // what is left in the temporary folder harms nobody
    std::filesystem::remove_all(directory_, ignored);
}

void CopiedStore::open_engine() {
    engine::EngineOptions options;
    options.dir = data_;
    options.durability = engine::Durability::process;
    options.disk_reserve_bytes = 0;
    auto engine = engine::Engine::open(options, clock_);
    FLEET_CHECK(engine.has_value());
    engine_ = std::move(engine).value();
}

store::FleetReader& CopiedStore::reader() {
    copy();
    return *reader_;
}

store::contract::Added CopiedStore::add(std::span<const model::Record> records) {
    dirty_ = true;
    engine::Batch batch;
    batch.source = "contract";
    for (const model::Record& record : records) {
        batch.rows.indexes.push_back(static_cast<std::uint32_t>(batch.rows.records.size()));
        batch.rows.records.push_back(record);
    }
    store::contract::Added added;
    const auto result = engine_->submit_and_wait(std::move(batch));
    if (!result) {
        ADD_FAILURE() << result.error().message;
        return added;
    }
    using Kind = store::AddOutcome::Kind;
    for (const engine::RowStatus status : result->statuses)
        added.count(status == engine::RowStatus::stored     ? Kind::stored
                    : status == engine::RowStatus::conflict ? Kind::conflict
                                                            : Kind::duplicate);
    added.late = result->late;
    return added;
}

void CopiedStore::register_device(const std::string& id, const std::string& fleet) {
    dirty_ = true;
    const auto done = engine_->register_device(id, fleet);
    EXPECT_TRUE(done) << done.error().message;
}

void CopiedStore::change_device(const model::DeviceChange& change) {
    dirty_ = true;
    const auto done = engine_->change_devices({change});
    EXPECT_TRUE(done) << done.error().message;
}

void CopiedStore::move_device(const std::string& id, const std::string& fleet, Day from) {
    dirty_ = true;
    const auto done = engine_->move_devices({{id, fleet, from}});
    EXPECT_TRUE(done) << done.error().message;
}

void CopiedStore::set_retention(const std::string& fleet, int days) {
    dirty_ = true;
    const auto done = engine_->set_retention(fleet, days);
    EXPECT_TRUE(done) << done.error().message;
}

void CopiedStore::disturb(unsigned dice) {
    if (dice == 2) {
        const auto stopped = engine_->stop();
        EXPECT_TRUE(stopped) << stopped.error().message;
        engine_.reset();
        open_engine();
        return;
    }
    const auto done = dice == 0 ? engine_->checkpoint() : engine_->compact();
    EXPECT_TRUE(done) << done.error().message;
}

namespace {

/// Takes one row that was packed.
template <class Pack>
void want(std::map<std::string, std::map<std::string, cql::PackedRows>>& wanted, const Table& table,
          Pack pack) {
    cql::PackedRows row(table.columns.size() + (table.expires ? 1 : 0));
    pack(row);
    std::string key = key_of(table, row);
    wanted[std::string(table.name)].insert_or_assign(std::move(key), std::move(row));
}

}  // namespace

void CopiedStore::copy_device(engine::DeviceHandle handle, std::map<std::string, Rows>& wanted) {
    const engine::DeviceRow device = engine_->device(handle);
    const model::Latest latest = engine_->latest(handle);
    const auto number = engine_->fleet_number(device.fleet);
    int retention = 0;
    for (const auto& [id, days] : engine_->fleets())
        if (id == device.fleet) retention = days;
    const auto life = [&](std::int64_t ts_ms) {
        return replicate::ttl_seconds(ts_ms, retention, clock_->now().ms);
    };
    want(wanted, replicate::kFleetByDevice, [&](cql::PackedRows& row) {
        replicate::pack_fleet_by_device(row, device.id, 0, device.fleet);
    });
    want(wanted, replicate::kDevices, [&](cql::PackedRows& row) {
        const std::uint32_t part = replicate::bucket_of(device.id, kParts);
        replicate::pack_device(row, replicate::partition_of(device.fleet, part), device.id,
                               device.first_ms, Absent::unset);
    });
    if (latest.ts_ms < 0) return;
    want(wanted, replicate::kLatest, [&](cql::PackedRows& row) {
        replicate::pack_latest(row, device.id, device.fleet, latest,
                               {device.first_ms, device.records}, Absent::unset);
    });
    const auto rows = engine_->rows(handle, {0}, {kMaxMs + 1}, 1'000'000, false);
    ASSERT_TRUE(rows) << rows.error().message;
    std::map<std::uint16_t, std::uint64_t> days;
    for (const model::Sample& sample : rows->samples) {
        ++days[day_of({sample.ts_ms}).value];
        if (const auto ttl = life(sample.ts_ms))
            want(wanted, replicate::kTelemetry, [&](cql::PackedRows& row) {
                // A merge may have taken values away, so what is absent is cleared.
                replicate::pack_telemetry(row, device.id, device.fleet, sample, rows->texts,
                                          Absent::clear, *ttl);
            });
    }
    for (const auto& [day, count] : days)
        if (const auto ttl = life(Day{day}.end().ms))
            want(wanted, replicate::kDays, [&, number_of = count](cql::PackedRows& row) {
                replicate::pack_day(row, device.id, Day{day}, number_of, *ttl);
            });
    const auto trips = engine_->trips(handle, {0}, {kMaxMs + 1});
    const auto stops = engine_->stops(handle, {0}, {kMaxMs + 1});
    ASSERT_TRUE(trips && stops && number);
    for (const model::Trip& trip : *trips)
        if (const auto ttl = life(trip.start_ms))
            want(wanted, replicate::kTrips, [&](cql::PackedRows& row) {
                replicate::pack_trip(row, device.id, trip, Absent::clear, *ttl);
            });
    for (const model::Stop& stop : *stops)
        if (const auto ttl = life(stop.start_ms))
            want(wanted, replicate::kStops,
                 [&](cql::PackedRows& row) { replicate::pack_stop(row, device.id, stop, *ttl); });
}

void CopiedStore::copy_fleet(std::uint32_t number, const std::string& fleet, int retention,
                             std::map<std::string, Rows>& wanted) {
    want(wanted, replicate::kFleets,
         [&](cql::PackedRows& row) { replicate::pack_fleet(row, fleet, retention, kParts); });
    using Hour = std::pair<model::HourStats, replicate::AlertCounts>;
    std::map<std::tuple<std::uint16_t, int, int>, Hour> hours;
    const auto shard_of = [](const std::string& id) {
        return static_cast<int>(replicate::bucket_of(id, kShards));
    };
    for (const engine::DeviceHandle handle : *engine_->devices_of(number)) {
        copy_device(handle, wanted);
        const int shard = shard_of(engine_->device(handle).id);
        for (const Day day : engine_->days_of(handle)) {
            const auto of_day = engine_->device_day(handle, day);
            ASSERT_TRUE(of_day) << of_day.error().message;
            for (int h = 0; h < 24; ++h)
                if (const auto& stats = (*of_day)[static_cast<std::size_t>(h)]; stats.records > 0)
                    hours[{day.value, h, shard}].first.add(stats);
        }
    }
    engine::AlertQuery query;
    query.fleet = number;
    query.to = Timestamp{kMaxMs + 1};
    query.limit = 1'000'000;
    const auto alerts = engine_->alerts(query);
    ASSERT_TRUE(alerts) << alerts.error().message;
    const auto rules = engine_->rules();
    for (const engine::AlertRow& alert : alerts->items) {
        const engine::DeviceRow device = engine_->device(alert.device);
        const Timestamp start{alert.run.start_ms};
        ++hours[{day_of(start).value, hour_of(start), shard_of(device.id)}]
              .second[static_cast<std::size_t>(alert.run.severity)];
        const auto ttl = replicate::ttl_seconds(start.ms, retention, clock_->now().ms);
        if (!ttl) continue;
        const auto names = replicate::names_of(alert, device, *rules, kParts);
        want(wanted, replicate::kAlerts, [&](cql::PackedRows& row) {
            replicate::pack_alert(row, names, alert, Absent::clear, *ttl);
        });
        want(wanted, replicate::kAlertById,
             [&](cql::PackedRows& row) { replicate::pack_alert_by_id(row, names, alert, *ttl); });
    }
    for (const auto& [at, hour] : hours) {
        const auto& [day, h, shard] = at;
        want(wanted, replicate::kHours,
             [&, d = day, n = h, s = shard, &of = hour](cql::PackedRows& row) {
                 replicate::pack_hour(row, fleet, Day{d}, n, s, of.first, of.second);
             });
    }
}

void CopiedStore::copy() {
    if (!dirty_) return;
    dirty_ = false;
    std::map<std::string, Rows> wanted;
    for (const auto& [fleet, days] : engine_->fleets())
        copy_fleet(engine_->fleet_number(fleet).value(), fleet, days, wanted);
    writer_.begin(prefix_);
    const std::vector<std::tuple<const Table*, const Deletion*>> deletions{
        {&replicate::kTrips, &replicate::kTrip},
        {&replicate::kStops, &replicate::kStop},
        {&replicate::kAlerts, &replicate::kAlertsAt},
        {&replicate::kAlertById, &replicate::kPlaceOfAlert}};
    for (const auto& [table, deletion] : deletions) {
        const std::string name(table->name);
        Rows& before = copied_[name];
        const Rows& now = wanted[name];
        std::vector<cql::PackedRows> keys;
        std::set<std::string> heads;
        for (const auto& [key, row] : before) {
            if (now.contains(key)) continue;
            keys.push_back(deletion_key(key, deletion->keys));
            heads.insert(std::string(head_of(key, deletion->keys)));
        }
        if (keys.empty()) continue;
        writer_.remove(*deletion, std::move(keys));
        std::erase_if(before, [&](const auto& entry) {
            return heads.contains(std::string(head_of(entry.first, deletion->keys)));
        });
    }
    for (const TableKey& known : tables()) {
        const std::string name(known.table->name);
        Rows& before = copied_[name];
        std::vector<cql::PackedRows> changed;
        for (auto& [key, row] : wanted[name]) {
            const auto same = before.find(key);
            if (same != before.end() && same->second.bytes() == row.bytes()) continue;
            changed.push_back(row);
            before.insert_or_assign(key, row);
        }
        if (!changed.empty()) writer_.insert(*known.table, std::move(changed));
    }
}

}  // namespace fleet::tests
