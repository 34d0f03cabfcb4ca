// SPDX-License-Identifier: Apache-2.0
#include "replicate/tables.hpp"
#include "replicate/fold_tables.hpp"
#include "replicate/registry_tables.hpp"
#include "replicate/tables_testing.hpp"

#include "model/value_text.hpp"

#include <gtest/gtest.h>

#include <random>

namespace fleet::replicate::test {
namespace {

TEST(ReplicateTables, InsertsNameEachColumnOnceAndBindATtlWhereRowsExpire) {
    EXPECT_EQ(insert_cql("fleet_iot", kDays),
              "INSERT INTO fleet_iot.days_by_device (device_id, day, records) VALUES (?, ?, ?) "
              "USING TTL ?");
    EXPECT_EQ(insert_cql("k", kFleets),
              "INSERT INTO k.fleets (registry, fleet_id, retention_days, "
              "buckets) VALUES (?, ?, ?, ?)");
    EXPECT_EQ(insert_types(kDays), (std::vector<std::string_view>{"text", "date", "int", "int"}));
}

TEST(ReplicateTables, DeletionsNameTheKeyOfTheSchemaAndBoundARange) {
    EXPECT_EQ(delete_cql("k", kDay),
              "DELETE FROM k.days_by_device WHERE device_id = ? AND day = ?");
    EXPECT_EQ(delete_types(kDay), (std::vector<std::string_view>{"text", "date"}));
    EXPECT_EQ(delete_cql("k", kTelemetryOfPeriod),
              "DELETE FROM k.telemetry_by_device_day WHERE device_id = ? AND day = ? AND ts >= ? "
              "AND ts < ?");
    EXPECT_EQ(delete_types(kTelemetryOfPeriod),
              (std::vector<std::string_view>{"text", "date", "timestamp", "timestamp"}));
    EXPECT_EQ(delete_cql("k", kAlertsAt),
              "DELETE FROM k.alerts_by_fleet_day WHERE fleet_id = ? AND day = ? AND severity = ? "
              "AND ts = ? AND device_id = ?");
}

TEST(ReplicateTables, ATelemetryRowReadsBackExactly) {
    std::mt19937_64 rng(3);
    for (int round = 0; round < 2'000; ++round) {
        model::TextPool texts;
        model::Sample sample;
        sample.ts_ms = 1'767'225'600'000 + static_cast<std::int64_t>(rng() % 10'000'000'000);
        for (const model::FieldInfo& about : model::kFields)
            if (rng() % 2 == 0)
                sample.set(about.field,
                           static_cast<std::int32_t>(
                               about.min +
                               static_cast<std::int64_t>(
                                   rng() % static_cast<std::uint64_t>(about.max - about.min + 1))));
        const bool zone = rng() % 2 == 0;
        if (zone) {
            sample.zone = texts.intern("depot \"A\"");
            sample.mask |= model::kZoneBit;
        }
        const Absent absent = rng() % 2 == 0 ? Absent::unset : Absent::clear;
        cql::PackedRows rows = rows_for(kTelemetry);
        pack_telemetry(rows, "V-1", "north", sample, texts, absent, 77);
        auto cells = cells_of(rows, kTelemetry);
        EXPECT_EQ(cells["device_id"].bytes, "V-1");
        EXPECT_EQ(cells["fleet_id"].bytes, "north");
        EXPECT_EQ(cells["ts"].integer(), sample.ts_ms);
        EXPECT_EQ(big_endian(cells["day"].bytes),  // days are bound with 2^31 as 1970-01-01
                  0x8000'0000U + day_of({sample.ts_ms}).value);
        EXPECT_EQ(cells["ttl"].integer(), 77);
        EXPECT_EQ(cells["zone"].length, zone ? 9 : absent == Absent::unset ? kUnset : kNull);
        for (const model::FieldInfo& about : model::kFields) {
            const Cell& cell = cells[std::string(about.name)];
            if (!sample.has(about.field)) {
                ASSERT_EQ(cell.length, absent == Absent::unset ? kUnset : kNull) << about.name;
            } else if (about.boolean || about.field == model::Field::satellites) {
                ASSERT_EQ(cell.integer(), sample.value(about.field)) << about.name;
            } else {
                ASSERT_EQ(model::from_real(about.field, cell.real()), sample.value(about.field))
                    << about.name;
            }
        }
    }
}

TEST(ReplicateTables, LatestClearsWhatItsNewestTupleHasNoLonger) {
    model::Latest latest;
    model::TextPool texts;
    model::Sample first;
    first.ts_ms = 1'000;
    first.set(model::Field::speed, 500);
    first.set(model::Field::heading, 9'000);
    model::Sample second;
    second.ts_ms = 2'000;
    second.set(model::Field::speed, 700);
    latest.offer(first, texts);
    latest.offer(second, texts);
    cql::PackedRows rows = rows_for(kLatest);
    pack_latest(rows, "V-1", "north", latest, {.first_ms = 900, .records = 2}, Absent::unset);
    auto cells = cells_of(rows, kLatest);
    EXPECT_EQ(cells["last_ts"].integer(), 2'000);
    EXPECT_EQ(cells["motion_ts"].integer(), 2'000);
    EXPECT_FLOAT_EQ(static_cast<float>(cells["speed_kmh"].real()), 7.0F);
    EXPECT_EQ(cells["heading_deg"].length, kNull);
    EXPECT_EQ(cells["lat"].length, kUnset);  // there never was a position
    EXPECT_EQ(cells["pos_ts"].length, kUnset);
    EXPECT_EQ(cells["first_ts"].integer(), 900);
    EXPECT_EQ(cells["records"].integer(), 2);
    // After an erasure the cluster may hold a group that the device has no longer.
    rows.clear();
    pack_latest(rows, "V-1", "north", latest, {}, Absent::clear);
    cells = cells_of(rows, kLatest);
    EXPECT_EQ(cells["lat"].length, kNull);
    EXPECT_EQ(cells["pos_ts"].length, kNull);
    EXPECT_EQ(cells["first_ts"].length, kNull);
}

TEST(ReplicateTables, AnHourKeepsItsIntegers) {
    model::HourStats stats;
    stats.records = 5;
    stats.active_devices = 2;
    for (const std::int32_t v : {100, 300, 200}) stats.speed.add(v);
    stats.temp.add(-500);
    stats.legs = {1'234'567, 89};
    cql::PackedRows rows = rows_for(kHours);
    pack_hour(rows, "north", Day{20'000}, 23, 15, stats, {7, 8, 9});
    auto cells = cells_of(rows, kHours);
    EXPECT_EQ(cells["hour"].integer(), 23);
    EXPECT_EQ(cells["shard"].integer(), 15);
    EXPECT_EQ(cells["records"].integer(), 5);
    EXPECT_EQ(cells["speed_sum"].integer(), 600);
    EXPECT_EQ(cells["speed_min"].integer(), 100);
    EXPECT_EQ(cells["speed_max"].integer(), 300);
    EXPECT_EQ(cells["battery_max"].integer(), 0);
    EXPECT_EQ(cells["humidity_min"].integer(), 0);
    EXPECT_EQ(cells["temp_min"].integer(), -500);
    EXPECT_EQ(cells["distance_mm"].integer(), 1'234'567);
    EXPECT_EQ(cells["alerts_high"].integer(), 9);
    EXPECT_EQ(cells["alerts_medium"].integer(), 8);
    EXPECT_EQ(cells["alerts_low"].integer(), 7);
}

TEST(ReplicateTables, ARowLivesAsLongAsItsRetentionSays) {
    constexpr std::int64_t kNow = 1'800'000'000'000;
    EXPECT_EQ(ttl_seconds(kNow, 30, kNow), 30 * 86'400);
    EXPECT_EQ(ttl_seconds(kNow - 29 * kMsPerDay, 30, kNow), 86'400);
    EXPECT_EQ(ttl_seconds(kNow - 30 * kMsPerDay + 1'000, 30, kNow), 1);
    EXPECT_EQ(ttl_seconds(kNow - 30 * kMsPerDay + 999, 30, kNow), std::nullopt);  // never 0
    EXPECT_EQ(ttl_seconds(kNow - 31 * kMsPerDay, 30, kNow), std::nullopt);
    EXPECT_EQ(ttl_seconds(0, 0, kNow), kForEverSeconds);
    EXPECT_EQ(ttl_seconds(kNow + 120'000, 30, kNow), 30 * 86'400 + 120);
}

TEST(ReplicateTables, DevicesSpreadEvenlyOverBucketsAndStayThere) {
    EXPECT_EQ(partition_of("north", 0), "north");
    EXPECT_EQ(partition_of("north", 3), "north#3");
    EXPECT_EQ(bucket_of("V-1", 1), 0U);
    EXPECT_EQ(bucket_of("V-1", 0), 0U);
    std::array<int, 8> counts{};
    for (int i = 0; i < 8'000; ++i) ++counts[bucket_of("vehicle-" + std::to_string(i), 8)];
    for (const int count : counts) EXPECT_NEAR(count, 1'000, 150);
    EXPECT_EQ(bucket_of("V-0001", 1'000), 223U);  // a changed hash would lose every row
}

}  // namespace
}  // namespace fleet::replicate::test
