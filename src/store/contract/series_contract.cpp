// SPDX-License-Identifier: Apache-2.0
// One metric over time in buckets.
#include "store/contract/contract.hpp"

namespace fleet::store::contract {

using model::Field;

namespace {

constexpr TimeRange kEver{Timestamp{0}, Timestamp{kMaxMs + 1}};

Timestamp plus(Timestamp t, std::int64_t ms) { return {t.ms + ms}; }

}  // namespace

TEST_P(ReaderContract, ASeriesHasTheExtremesTheSumAndTheCountOfEachBucket) {
    const Timestamp start = kToday.begin();
    put("north", {record_of("V-1", start, {{Field::speed, 10'00}}),
                  record_of("V-1", plus(start, 59'999), {{Field::speed, 30'01}}),
                  record_of("V-1", plus(start, 20'000), {{Field::speed, 250'00}}),  // late: a spike
                  record_of("V-1", plus(start, 60'000), {{Field::temp, -5'00}}),
                  record_of("V-1", plus(start, 180'000), {{Field::speed, 0}})});
    const TimeRange four{start, plus(start, 4 * kMsPerMinute)};
    const Series series = *reader().series(all_, "V-1", {Field::speed, four, 4});
    EXPECT_EQ(series.bucket_s, 60);
    EXPECT_EQ(series.points, (std::vector<SeriesPoint>{
                                 {start, 10'00, 250'00, 290'01, 3},
                                 {plus(start, 180'000), 0, 0, 0, 1}}));  // the gap stays a gap
    EXPECT_FALSE(series.retention_from);
    const Series cold = *reader().series(all_, "V-1", {Field::temp, four, 1});
    EXPECT_EQ(cold.bucket_s, 5 * 60);
    EXPECT_EQ(cold.points, (std::vector<SeriesPoint>{{start, -5'00, -5'00, -5'00, 1}}));
    EXPECT_TRUE(reader().series(all_, "V-1", {Field::fuel, four, 4})->points.empty());
}

TEST_P(ReaderContract, ASeriesIncludesFromAndExcludesTo) {
    for (const std::int64_t ms : {0, 999, 1'000, 2'000})
        add("north", record_of("V-1", plus(kNow, ms), {{Field::battery, 50'00}}));
    const auto counts = [&](std::int64_t from, std::int64_t to) {
        std::uint64_t count = 0;
        const TimeRange range{plus(kNow, from), plus(kNow, to)};
        const Series series = *reader().series(all_, "V-1", {Field::battery, range, 100});
        for (const SeriesPoint& p : series.points) count += p.count;
        return count;
    };
    EXPECT_EQ(counts(0, 2'000), 3U);
    EXPECT_EQ(counts(999, 2'001), 3U);
    EXPECT_EQ(counts(1, 999), 0U);
    EXPECT_EQ(counts(5, 5), 0U);
    EXPECT_EQ(
        reader().series(all_, "V-1", {Field::battery, {plus(kNow, 1), kNow}, 100}).error().code,
        Code::invalid_argument);
}

TEST_P(ReaderContract, ASeriesWithoutARangeIsAsLongAsTheRecords) {
    const Timestamp start = kToday.begin();
    add("north", record_of("V-1", plus(start, -kMsPerHour), {{Field::odometer, 1}}));
    add("north", record_of("V-1", start, {{Field::odometer, 2}}));
    const Series series = *reader().series(all_, "V-1", {Field::odometer, kEver, 4});
    EXPECT_EQ(series.bucket_s, 1'800);
    ASSERT_EQ(series.points.size(), 2U);
    EXPECT_EQ(series.points[1].t, start);
    EXPECT_EQ(reader().series(all_, "V-1", {Field::odometer, kEver, 0})->bucket_s, 10);
}

TEST_P(ReaderContract, ASeriesOfNothingIsNotFoundEmptyOrNoLongerKept) {
    backend_->register_device("V-1", "north");
    EXPECT_EQ(reader().series(all_, "V-9", {Field::speed, kEver, 0}).error().code, Code::not_found);
    const Series empty = *reader().series(all_, "V-1", {Field::speed, kEver, 0});
    EXPECT_TRUE(empty.points.empty());
    EXPECT_EQ(empty.bucket_s, 1);
    for (const Field field : {Field::lat, Field::heading, Field::charging})
        EXPECT_EQ(reader().series(all_, "V-1", {field, kEver, 0}).error().code,
                  Code::invalid_argument);
    add("north", record_of("V-1", kNow, {{Field::speed, 1}}));
    EXPECT_EQ(reader()
                  .series(model::ScopeForTests::only({"south"}), "V-1", {Field::speed, kEver, 0})
                  .error()
                  .code,
              Code::not_found);
    clock_->set({kNow.ms + 40 * kMsPerDay});
    add("north", record_of("V-1", clock_->now(), {{Field::speed, 2}}));
    const Series gone =
        *reader().series(all_, "V-1", {Field::speed, {kToday.begin(), kToday.end()}, 0});
    EXPECT_TRUE(gone.points.empty());
    const Timestamp kept = Day{static_cast<std::uint16_t>(kToday.value + 10)}.begin();
    EXPECT_EQ(gone.retention_from, kept);
    const Series left = *reader().series(all_, "V-1", {Field::speed, kEver, 0});
    ASSERT_EQ(left.points.size(), 1U);
    EXPECT_EQ(left.points[0].min, 2);
    EXPECT_EQ(left.retention_from, kept);
}

void link_series() {}

}  // namespace fleet::store::contract
