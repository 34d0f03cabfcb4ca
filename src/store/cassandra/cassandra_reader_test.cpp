// SPDX-License-Identifier: Apache-2.0
#include "store/cassandra/cassandra_reader.hpp"

#include "store/cassandra/cassandra_testing.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <mutex>

namespace fleet::store {
// It is linked for what tests of readers share; on Cassandra it runs by tests/cluster.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ReaderContract);
}  // namespace fleet::store

namespace fleet::store::cassandra {
namespace {

using model::Field;
using model::Severity;
using testing::ElementsAre;
using testing::HasSubstr;

const model::FleetScope kAll = model::ScopeForTests::everything();
constexpr std::int64_t kNoon = 20'000 * kMsPerDay + 12 * kMsPerHour;

/// A row of Query::latest with a speed, all else absent.
void pack_latest(cql::PackedRows& out, std::int64_t ts_ms, float speed) {
    out.timestamp(ts_ms).timestamp(ts_ms).bigint(1).null().null();
    out.null().timestamp(ts_ms).null().null().null();
    for (const model::FieldInfo& f : model::kFields) {
        if (f.field == Field::speed) {
            out.real(speed);
        } else {
            out.null();
        }
    }
    out.end_row();
}

/// A row of the history with a speed.
void pack_row(cql::PackedRows& out, std::int64_t ts_ms, float speed) {
    out.timestamp(ts_ms).null().null().null();
    for (const model::FieldInfo& f : model::kFields) {
        if (f.field == Field::speed) {
            out.real(speed);
        } else {
            out.null();
        }
    }
    out.end_row();
}

void pack_alert(cql::PackedRows& out, std::int64_t ts_ms, std::uint64_t id,
                const char* state = "OPEN") {
    out.timestamp(ts_ms).text("V-1").text("OVERSPEED").text("overspeed");
    out.text(model::AlertId{0, id}.text()).text(state).null().real64(150).real64(110).tinyint(2);
    out.null().null().null().null().boolean(false).boolean(false).null();
    out.null().null().null().null().null();
    out.end_row();
}

void has_devices(FakeCluster& cluster, const std::vector<std::string>& ids) {
    cluster.on(Query::devices, [&cluster, ids](const cql::Asked&) {
        return cluster.rows(Query::devices, [&](cql::PackedRows& out) {
            for (const std::string& id : ids) out.text(id).end_row();
        });
    });
    cluster.on(Query::latest, [&cluster](const cql::Asked&) {
        return cluster.rows(Query::latest,
                            [](cql::PackedRows& out) { pack_latest(out, kNoon, 12.34F); });
    });
}

TEST(CassandraReader, ASchemaOfAnotherVersionIsRefusedWithTheRemedy) {
    FakeCluster cluster;
    cluster.spec(Query::latest).columns[2].type = "int";
    const auto reader = cluster.try_open();
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().code, Code::invalid_argument);
    EXPECT_THAT(reader.error().message, HasSubstr("query latest does not fit the schema"));
    EXPECT_THAT(reader.error().message, HasSubstr("fleet cassandra schema"));
    EXPECT_THAT(reader.error().message, HasSubstr("records"));
}

TEST(CassandraReader, ADatacentreWithoutReplicasIsRefused) {
    FakeCluster cluster;
    const auto reader = cluster.try_open({.home_dc = "paris"});
    ASSERT_FALSE(reader);
    EXPECT_THAT(reader.error().message, HasSubstr("no replicas in datacentre \"paris\""));
}

TEST(CassandraReader, ARefusedReadClimbsToQuorumAndIsNotStale) {
    FakeCluster cluster;
    cluster.has_fleet("north");
    has_devices(cluster, {"V-1"});
    cluster.on(Query::latest, [&](const cql::Asked& asked) {
        if (asked.options.consistency == cql::Consistency::local_quorum)
            return failure(cql::ErrorClass::unavailable);
        return cluster.rows(Query::latest,
                            [](cql::PackedRows& out) { pack_latest(out, kNoon, 12.34F); });
    });
    const auto reader = cluster.open({.remote_dc = "dc2"});
    const auto latest = reader->latest(kAll, "V-1");
    ASSERT_TRUE(latest) << latest.error().message;
    EXPECT_EQ(latest->latest.value(Field::speed), 12'34);
    const auto asked = cluster.asked(Query::latest);
    ASSERT_EQ(asked.size(), 2U);
    EXPECT_EQ(asked[0].options.route, cql::Route::home);
    EXPECT_EQ(asked[1].options.consistency, cql::Consistency::quorum);
    EXPECT_EQ(asked[1].options.route, cql::Route::any);
    EXPECT_FALSE(reader->take_freshness().stale);
}

TEST(CassandraReader, WhatTheOtherDatacentreAnswersIsStale) {
    FakeCluster cluster;
    cluster.has_fleet("north");
    cluster.on(Query::latest, [&](const cql::Asked& asked) {
        if (asked.options.route != cql::Route::remote)
            return failure(cql::ErrorClass::no_connection);
        return cluster.rows(Query::latest,
                            [](cql::PackedRows& out) { pack_latest(out, kNoon, 1); });
    });
    const auto reader = cluster.open({.remote_dc = "dc2"});
    ASSERT_TRUE(reader->latest(kAll, "V-1"));
    EXPECT_TRUE(reader->take_freshness().stale);
    EXPECT_FALSE(reader->take_freshness().stale);
    EXPECT_TRUE(reader->reads().state().remote);
}

TEST(CassandraReader, WhenNothingAnswersTheErrorSaysSoAndWhy) {
    FakeCluster cluster;
    cluster.has_fleet("north");
    cluster.on(Query::latest,
               [](const cql::Asked&) { return failure(cql::ErrorClass::unavailable); });
    const auto reader = cluster.open();
    const auto latest = reader->latest(kAll, "V-1");
    ASSERT_FALSE(latest);
    EXPECT_EQ(latest.error().code, Code::unavailable);
    EXPECT_THAT(latest.error().message, HasSubstr("no consistency level"));
    EXPECT_THAT(latest.error().message, HasSubstr("by the test"));
}

TEST(CassandraReader, AWrongStatementIsNotTriedAgain) {
    FakeCluster cluster;
    cluster.has_fleet("north");
    cluster.on(Query::latest, [](const cql::Asked&) { return failure(cql::ErrorClass::invalid); });
    const auto reader = cluster.open();
    EXPECT_FALSE(reader->latest(kAll, "V-1"));
    EXPECT_EQ(cluster.count(Query::latest), 1U);
}

TEST(CassandraReader, CellsThatAreNoValuesAreErrors) {
    // Cassandra stores a value of no bytes where a client sends one.
    const std::vector<std::pair<const char*, std::function<void(cql::PackedRows&)>>> cases{
        {"of no bytes", [](cql::PackedRows& out) { out.blob(""); }},
        {"too short", [](cql::PackedRows& out) { out.blob("abc"); }},
        {"too long", [](cql::PackedRows& out) { out.blob("abcdefghi"); }},
        {"out of range", [](cql::PackedRows& out) { out.real(1e9F); }},
        {"not a number", [](cql::PackedRows& out) { out.real(std::nanf("")); }}};
    for (const auto& [name, cell] : cases) {
        FakeCluster cluster;
        cluster.has_fleet("north");
        cluster.on(Query::latest, [&, bind = cell](const cql::Asked&) {
            return cluster.rows(Query::latest, [&](cql::PackedRows& out) {
                out.timestamp(kNoon).null().null().null().null();
                for (std::size_t g = 0; g < model::kGroupCount; ++g) out.timestamp(kNoon);
                for (const model::FieldInfo& f : model::kFields) {
                    if (f.field == Field::speed) {
                        bind(out);
                    } else {
                        out.null();
                    }
                }
                out.end_row();
            });
        });
        const auto reader = cluster.open();
        const auto latest = reader->latest(kAll, "V-1");
        ASSERT_FALSE(latest) << name;
        EXPECT_EQ(latest.error().code, Code::corrupt) << name;
        EXPECT_THAT(latest.error().message, HasSubstr("speed_kmh")) << name;
    }
}

TEST(CassandraReader, APageThatEndsEarlyIsAnError) {
    FakeCluster cluster;
    cluster.has_fleet("north");
    cluster.on(Query::latest, [&](const cql::Asked&) {
        cql::Answer<cql::Rows> answer;
        auto bytes = std::make_shared<const std::string>(
            "\0\0\0\x08"
            "abc",
            7);
        answer.value.page = cql::Page(cluster.spec(Query::latest).columns, 1, *bytes, bytes);
        return answer;
    });
    EXPECT_EQ(cluster.open()->latest(kAll, "V-1").error().code, Code::corrupt);
}

TEST(CassandraReader, TheLatestOfAFleetIsReadOnceWhileItIsYoung) {
    FakeCluster cluster;
    cluster.has_fleet("north", 1, 30);
    has_devices(cluster, {"V-1", "V-2"});
    const auto reader = cluster.open({.cache_max_age_ms = 5'000});
    ASSERT_EQ(reader->fleet_latest(kAll, "north", {}, {})->items.size(), 2U);
    EXPECT_EQ(reader->take_freshness().age_ms, 0);
    cluster.timer->advance_ms(4'000);
    ASSERT_EQ(reader->fleet_latest(kAll, "north", {}, {1, {}})->items.size(), 1U);
    EXPECT_EQ(reader->take_freshness().age_ms, 4'000);
    EXPECT_EQ(reader->kpis(kAll, "north", {kNoon}, 1)->devices, 2U);
    EXPECT_EQ(cluster.count(Query::latest), 2U);
    cluster.timer->advance_ms(1'001);
    ASSERT_TRUE(reader->fleet_latest(kAll, "north", {}, {}));
    EXPECT_EQ(cluster.count(Query::latest), 4U);
    const CassandraCounts counts = reader->counts();
    EXPECT_EQ(counts.cache_hits, 2U);
    EXPECT_EQ(counts.cache_max_age_ms, 5'000);
}

TEST(CassandraReader, TheCacheCanBeOffAndIsNeverOlderThanHalfAMinute) {
    FakeCluster off;
    off.has_fleet("north");
    has_devices(off, {"V-1", "V-2"});
    const auto reader = off.open({.cache_max_age_ms = 0});
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(reader->fleet_latest(kAll, "north", {}, {}));
    EXPECT_EQ(off.count(Query::latest), 6U);
    EXPECT_EQ(reader->counts().cache_hits, 0U);

    FakeCluster old;
    old.has_fleet("north");
    has_devices(old, {"V-1"});
    const auto slow = old.open({.cache_max_age_ms = 3'600'000});
    ASSERT_TRUE(slow->fleet_latest(kAll, "north", {}, {}));
    old.timer->advance_ms(kMaxCacheAgeMs + 1);
    ASSERT_TRUE(slow->fleet_latest(kAll, "north", {}, {}));
    EXPECT_EQ(old.count(Query::latest), 2U);
}

TEST(CassandraReader, ManyDevicesAreReadSideBySideWithinTheBound) {
    FakeCluster cluster;
    cluster.has_fleet("north");
    std::vector<std::string> ids;
    for (int i = 0; i < 40; ++i) ids.push_back(fmt::format("V-{:02}", i));
    has_devices(cluster, ids);
    std::atomic<std::size_t> most{0};
    cluster.on(Query::latest, [&](const cql::Asked&) {
        most = std::max(most.load(), cluster.session().in_flight() + 1);
        return cluster.rows(Query::latest,
                            [](cql::PackedRows& out) { pack_latest(out, kNoon, 1); });
    });
    const auto reader = cluster.open({.reads = {.parallel = 8}});
    EXPECT_EQ(reader->fleet_latest(kAll, "north", {}, {})->items.size(), 40U);
    EXPECT_LE(most.load(), 8U);
}

TEST(CassandraReader, AFullSessionIsWaitedFor) {
    FakeCluster cluster;
    cluster.has_fleet("north");
    std::vector<std::string> ids;
    for (int i = 0; i < 40; ++i) ids.push_back(fmt::format("V-{:02}", i));
    has_devices(cluster, ids);
    cluster.session().max_in_flight = 3;
    const auto reader = cluster.open({.reads = {.parallel = 64}});
    EXPECT_EQ(reader->fleet_latest(kAll, "north", {}, {})->items.size(), 40U);
}

TEST(CassandraReader, PartsOfALargeFleetAreOneListById) {
    FakeCluster cluster;
    cluster.has_fleet("north", 3);
    has_devices(cluster, {});
    cluster.on(Query::devices, [&](const cql::Asked& asked) {
        const std::string part = first_text(asked);
        return cluster.rows(Query::devices, [&](cql::PackedRows& out) {
            const auto add = [&](const char* id) { out.text(id).end_row(); };
            if (part == "north") add("b"), add("e");
            if (part == "north#1") add("a");
            if (part == "north#2") add("c"), add("d");
        });
    });
    const auto reader = cluster.open();
    const auto page = reader->devices(kAll, "north", {4, {}});
    ASSERT_TRUE(page);
    std::string ids;
    for (const DeviceInfo& info : page->items) ids += info.id;
    EXPECT_EQ(ids, "abcd");
    EXPECT_NE(page->next, "");
}

TEST(CassandraReader, HistoryAsksForItsRangeAndNoMoreThanItNeeds) {
    FakeCluster cluster;
    cluster.has_fleet("north");
    cluster.on(Query::days, [&](const cql::Asked&) {
        return cluster.rows(Query::days, [](cql::PackedRows& out) {
            out.date(20'000).end_row();
            out.date(19'990).end_row();
        });
    });
    cluster.on(Query::rows_newest, [&](const cql::Asked&) {
        auto answer = cluster.rows(Query::rows_newest, [](cql::PackedRows& out) {
            for (int i = 0; i < 3; ++i) pack_row(out, kNoon - i, 1);
        });
        answer.value.has_more = true;
        answer.value.page_state = "more";
        return answer;
    });
    const auto reader = cluster.open();
    const auto page = reader->history(kAll, "V-1", {{kNoon - 20 * kMsPerDay}, {kNoon + 1}},
                                      Order::newest_first, {2, {}});
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_EQ(page->rows.size(), 2U);
    const auto asked = cluster.asked(Query::rows_newest);
    ASSERT_EQ(asked.size(), 1U);  // neither its next page nor the day before
    EXPECT_EQ(asked[0].options.page_rows, 3U);
    cql::RowReader key(cql::page_of(
        {{"device", "text"}, {"day", "date"}, {"from", "timestamp"}, {"to", "timestamp"}},
        asked[0].rows));
    ASSERT_TRUE(*key.next());
    EXPECT_EQ(*key.date(1).value(), 20'000);
    EXPECT_EQ(*key.timestamp(2).value(), 20'000 * kMsPerDay);
    EXPECT_EQ(*key.timestamp(3).value(), kNoon + 1);
    // The cursor goes on before the last row, whatever came behind it since.
    ASSERT_TRUE(reader->history(kAll, "V-1", {{kNoon - 20 * kMsPerDay}, {kNoon + 1}},
                                Order::newest_first, {2, page->next}));
    cql::RowReader next(cql::page_of(
        {{"device", "text"}, {"day", "date"}, {"from", "timestamp"}, {"to", "timestamp"}},
        cluster.asked(Query::rows_newest)[1].rows));
    ASSERT_TRUE(*next.next());
    EXPECT_EQ(*next.timestamp(3).value(), kNoon - 1);
}

/// Answers a slice of alerts in pages of two.
struct Slices {
    FakeCluster& cluster;
    std::map<std::string, std::vector<std::pair<std::int64_t, std::uint64_t>>> alerts;

    cql::Answer<cql::Rows> operator()(const cql::Asked& asked) const {
        cql::RowReader key(cql::page_of({{"fleet", "text"},
                                         {"day", "date"},
                                         {"severity", "text"},
                                         {"from", "timestamp"},
                                         {"to", "timestamp"}},
                                        asked.rows));
        EXPECT_TRUE(key.next().value());
        const std::string name =
            fmt::format("{} {}", *key.text(2), key.date(1).value().value() - 20'000);
        const auto found = alerts.find(name);
        const std::int64_t to = key.timestamp(4).value().value();
        std::vector<std::pair<std::int64_t, std::uint64_t>> rows;
        if (found != alerts.end())
            for (const auto& one : found->second)
                if (one.first < to) rows.push_back(one);
        const std::size_t from = asked.page_state.empty() ? 0 : std::stoul(asked.page_state);
        const std::size_t end = std::min(rows.size(), from + 2);
        auto answer = cluster.rows(Query::alerts, [&](cql::PackedRows& out) {
            for (std::size_t i = from; i < end; ++i) pack_alert(out, rows[i].first, rows[i].second);
        });
        // A page that is exactly full says that there may be more.
        answer.value.has_more = end - from == 2;
        answer.value.page_state = std::to_string(end);
        return answer;
    }
};

TEST(CassandraReader, AlertsOfAllSeveritiesAreMergedByTimeThenById) {
    FakeCluster cluster;
    cluster.has_fleet("north", 1, 30);
    cluster.on(Query::alerts,
               Slices{cluster,
                      {{"HIGH 0", {{kNoon + 9, 1}, {kNoon + 5, 9}, {kNoon + 5, 7}, {kNoon + 5, 8}}},
                       {"MEDIUM 0", {{kNoon + 5, 2}, {kNoon + 4, 3}}},
                       {"LOW 0", {{kNoon + 10, 4}}},
                       {"LOW -1", {{kNoon - kMsPerDay, 5}}}}});
    const auto reader = cluster.open();
    std::string ids;
    std::string cursor;
    int pages = 0;
    do {
        const auto page = reader->alerts(kAll, "north", {}, {{0}, {kMaxMs}}, {2, cursor});
        ASSERT_TRUE(page) << page.error().message;
        for (const Alert& alert : page->items) ids += fmt::format("{} ", alert.id.low);
        cursor = page->next;
        ASSERT_LE(++pages, 9);
    } while (!cursor.empty());
    EXPECT_EQ(ids, "4 1 2 7 8 9 3 5 ");
}

TEST(CassandraReader, OneSeverityReadsNoOther) {
    FakeCluster cluster;
    cluster.has_fleet("north", 1, 30);
    const auto reader = cluster.open();
    AlertFilter filter;
    filter.severity = Severity::high;
    const TimeRange day{{20'000 * kMsPerDay}, {20'001 * kMsPerDay}};
    ASSERT_TRUE(reader->alerts(kAll, "north", filter, day, {}));
    EXPECT_EQ(cluster.count(Query::alerts), 1U);
    ASSERT_TRUE(reader->alerts(kAll, "north", {}, day, {}));
    EXPECT_EQ(cluster.count(Query::alerts), 4U);
}

TEST(CassandraReader, AnAlertBetweenTwoSeveritiesIsListedOnceWithTheHigher) {
    FakeCluster cluster;
    cluster.has_fleet("north", 1, 30);
    cluster.on(Query::alerts,
               Slices{cluster, {{"HIGH 0", {{kNoon, 1}}}, {"MEDIUM 0", {{kNoon, 1}}}}});
    const auto page = cluster.open()->alerts(kAll, "north", {}, {{0}, {kMaxMs}}, {});
    ASSERT_EQ(page->items.size(), 1U);
    EXPECT_EQ(page->items[0].severity, Severity::high);
}

TEST(CassandraReader, ShardsOfAnHourAreAddedUp) {
    FakeCluster cluster;
    cluster.has_fleet("north");
    cluster.on(Query::hours, [&](const cql::Asked&) {
        return cluster.rows(Query::hours, [](cql::PackedRows& out) {
            for (const int shard : {1, 2}) {
                out.tinyint(7).bigint(10 * shard).integer(shard);
                out.bigint(100 * shard).integer(-shard).integer(50 * shard).bigint(3);
                for (int metric = 0; metric < 3; ++metric)
                    out.null().null().null().null();  // no vehicle carries it
                out.bigint(5).bigint(1).integer(shard).null().integer(0).end_row();
            }
        });
    });
    const FleetDay day = *cluster.open()->analytics(kAll, "north", Day{20'000});
    EXPECT_EQ(day.hours[7].records, 30U);
    EXPECT_EQ(day.hours[7].active_devices, 3U);
    EXPECT_EQ(day.hours[7].speed, (model::MetricStats{300, -2, 100, 6}));
    EXPECT_EQ(day.hours[7].battery, model::MetricStats{});
    EXPECT_EQ(day.hours[7].legs, (model::LegStats{10, 2}));
    EXPECT_EQ(day.alerts[7], (SeverityCounts{3, 0, 0}));
    EXPECT_EQ(day.hours[8], model::HourStats{});
}

TEST(CassandraReader, ASlowReadIsListedAndTracedOnce) {
    FakeCluster cluster;
    cluster.has_fleet("north");
    std::mutex mutex;
    std::condition_variable traced;
    bool done = false;
    cluster.on(Query::latest, [&](const cql::Asked& asked) {
        auto answer =
            cluster.rows(Query::latest, [](cql::PackedRows& out) { pack_latest(out, kNoon, 1); });
        if (asked.options.trace) {
            answer.trace_id = cql::TraceId{1, 2, 3};
            const std::lock_guard lock(mutex);
            done = true;
            traced.notify_one();
        } else {
            cluster.timer->advance_ms(700);
        }
        return answer;
    });
    const auto reader = cluster.open({.reads = {.slow = std::chrono::milliseconds(500)}});
    ASSERT_TRUE(reader->latest(kAll, "V-1"));
    {
        std::unique_lock lock(mutex);
        traced.wait(lock, [&] { return done; });
    }
    // The trace's answer is noted by the dispatching thread, before it answers anything later.
    ASSERT_TRUE(reader->device(kAll, "V-1"));
    const ReadsState state = reader->reads().state();
    ASSERT_GE(state.slow.size(), 1U);
    EXPECT_EQ(state.slow[0].query, "latest");
    EXPECT_EQ(state.slow[0].key, "V-1");
    EXPECT_EQ(state.slow[0].took.count(), 700);
    EXPECT_EQ(state.slow[0].trace_id, (cql::TraceId{1, 2, 3}));
}

TEST(CassandraReader, OnlyTheFormOfAZoneThatHoldsNowIsGiven) {
    FakeCluster cluster;
    const std::int64_t now = cluster.clock->now().ms;
    cluster.on(Query::zones, [&](const cql::Asked&) {
        return cluster.rows(Query::zones, [&](cql::PackedRows& out) {
            const auto form = [&](const char* id, std::int64_t from, const char* text) {
                out.text(id).timestamp(from);
                if (text == nullptr) {
                    out.null();
                } else {
                    out.text(text);
                }
                out.end_row();
            };
            form("depot", now + 1, "later");
            form("depot", now, "now");
            form("depot", 0, "before");
            form("harbour", now - 5, nullptr);  // removed
            form("harbour", 0, "before");
        });
    });
    const auto found = cluster.open()->definitions(CassandraReader::Defined::zones);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().name, "depot");
    EXPECT_EQ(found->front().text, "now");
}

TEST(CassandraReader, AScopeHidesFleetsDevicesAndAlerts) {
    FakeCluster cluster;
    cluster.has_fleet("north");
    const auto reader = cluster.open();
    const auto south = model::ScopeForTests::only({"south"});
    EXPECT_EQ(reader->device(south, "V-1").error().code, Code::not_found);
    EXPECT_EQ(reader->devices(south, "north", {}).error().code, Code::not_found);
    EXPECT_TRUE(reader->fleets(south)->empty());
    // A name that no device can have is not asked for.
    EXPECT_EQ(reader->device(kAll, "north#1").error().code, Code::not_found);
    EXPECT_EQ(reader->devices(kAll, "", {}).error().code, Code::not_found);
}

}  // namespace
}  // namespace fleet::store::cassandra
