// SPDX-License-Identifier: Apache-2.0
// Scans of a fleet for records that meet conditions.
#include "store/contract/contract.hpp"

#include <random>

namespace fleet::store::contract {

using model::Field;

namespace {

constexpr TimeRange kEver{Timestamp{0}, Timestamp{kMaxMs + 1}};

Timestamp plus(Timestamp t, std::int64_t ms) { return {t.ms + ms}; }

/// Device and offset from `start` in ms of each row that was found.
std::vector<std::pair<std::string, std::int64_t>> places(const ScanPage& page, Timestamp start) {
    std::vector<std::pair<std::string, std::int64_t>> result;
    for (const DeviceRows& device : page.devices)
        for (const model::Sample& sample : device.rows.samples)
            result.emplace_back(device.device, sample.ts_ms - start.ms);
    return result;
}

using Places = std::vector<std::pair<std::string, std::int64_t>>;

}  // namespace

TEST_P(ReaderContract, AScanHasTheRowsThatMeetEveryCondition) {
    const Timestamp start = kToday.begin();
    put("north",
        {record_of("V-2", start, {{Field::speed, 90'00}, {Field::battery, 10'00}}),
         record_of("V-2", plus(start, 1), {{Field::speed, 90'01}, {Field::battery, 9'99}}),
         record_of("V-2", plus(start, 2), {{Field::speed, 120'00}}),
         record_of("V-1", plus(start, -1), {{Field::speed, 95'00}, {Field::battery, 5'00}}),
         record_of("V-1", plus(start, 3), {{Field::battery, 5'00}})});
    put("south", {record_of("V-3", start, {{Field::speed, 200'00}, {Field::battery, 1'00}})});
    const ScanCondition fast{Field::speed, Compare::above, 90'00};
    const ScanCondition empty{Field::battery, Compare::below, 10'00};
    const auto found = [&](std::vector<ScanCondition> where, TimeRange range = kEver) {
        return places(*reader().scan(all_, "north", {range, std::move(where)}, {}), start);
    };
    EXPECT_EQ(found({fast}), (Places{{"V-1", -1}, {"V-2", 1}, {"V-2", 2}}));
    EXPECT_EQ(found({fast, empty}), (Places{{"V-1", -1}, {"V-2", 1}}));
    EXPECT_EQ(found({{Field::speed, Compare::equal, 90'00}}), (Places{{"V-2", 0}}));
    EXPECT_EQ(found({{Field::speed, Compare::at_least, 120'00}}), (Places{{"V-2", 2}}));
    EXPECT_EQ(found({{Field::battery, Compare::at_most, 5'00}}), (Places{{"V-1", -1}, {"V-1", 3}}));
    EXPECT_EQ(found({{Field::fuel, Compare::at_least, 0}}), Places{});
    EXPECT_EQ(found({}, {start, plus(start, 2)}), (Places{{"V-2", 0}, {"V-2", 1}}));
    EXPECT_EQ(found({fast}, {plus(start, -1), plus(start, 2)}), (Places{{"V-1", -1}, {"V-2", 1}}));
    EXPECT_EQ(found({fast}, {start, start}), Places{});
}

TEST_P(ReaderContract, AScanByDayHasWhatTheMatchesSayOfTheMetric) {
    const Timestamp start = kToday.begin();
    put("north", {record_of("V-1", plus(start, -1), {{Field::speed, 10'00}, {Field::temp, -3'00}}),
                  record_of("V-1", start, {{Field::speed, 50'00}, {Field::temp, 20'00}}),
                  record_of("V-1", plus(start, 1), {{Field::speed, 70'00}, {Field::temp, 10'50}}),
                  record_of("V-1", plus(start, 2), {{Field::speed, 70'00}}),
                  record_of("V-2", start, {{Field::temp, 30'00}})});
    const auto days = [&](std::vector<ScanCondition> where, Field metric) {
        return reader().scan_days(all_, "north", {kEver, std::move(where)}, metric, {})->items;
    };
    const Day yesterday = day_of(plus(start, -1));
    EXPECT_EQ(days({{Field::speed, Compare::at_least, 50'00}}, Field::temp),
              (std::vector<ScanDay>{{"V-1", kToday, {30'50, 10'50, 20'00, 2}}}));
    EXPECT_EQ(days({}, Field::temp),
              (std::vector<ScanDay>{{"V-1", yesterday, {-3'00, -3'00, -3'00, 1}},
                                    {"V-1", kToday, {30'50, 10'50, 20'00, 2}},
                                    {"V-2", kToday, {30'00, 30'00, 30'00, 1}}}));
    EXPECT_EQ(days({{Field::speed, Compare::below, 60'00}}, Field::speed),
              (std::vector<ScanDay>{{"V-1", yesterday, {10'00, 10'00, 10'00, 1}},
                                    {"V-1", kToday, {50'00, 50'00, 50'00, 1}}}));
}

TEST_P(ReaderContract, PagesOfAScanMakeTheWholeWhateverTheirSize) {
    std::mt19937 random(7);
    std::vector<model::Record> records;
    const std::string ids[] = {"V-1", "V-2", "V-3", "V-4"};
    for (const std::string& id : ids)
        for (int i = 0; i < 40; ++i)
            records.push_back(
                record_of(id, plus(kToday.begin(), (i - 20) * kMsPerHour),
                          {{Field::speed, static_cast<std::int32_t>(random() % 100) * 100}}));
    put("north", records);
    backend_->disturb(3);
    const ScanRequest request{kEver, {{Field::speed, Compare::above, 50'00}}};
    const Places whole = places(*reader().scan(all_, "north", request, {}), kToday.begin());
    ASSERT_GT(whole.size(), 40U);
    for (const std::size_t limit : {1U, 3U, 7U, 100U}) {
        Places joined;
        PageRequest page{limit, {}};
        do {
            const ScanPage part = *reader().scan(all_, "north", request, page);
            EXPECT_LE(part.rows(), limit);
            for (auto& place : places(part, kToday.begin())) joined.push_back(std::move(place));
            page.cursor = part.next;
        } while (!page.cursor.empty());
        EXPECT_EQ(joined, whole) << limit;
    }
    std::vector<ScanDay> days;
    PageRequest page{2, {}};
    do {
        const auto part = *reader().scan_days(all_, "north", request, Field::speed, page);
        days.insert(days.end(), part.items.begin(), part.items.end());
        page.cursor = part.next;
    } while (!page.cursor.empty());
    EXPECT_EQ(days, reader().scan_days(all_, "north", request, Field::speed, {})->items);
    EXPECT_GE(days.size(), 8U);
}

TEST_P(ReaderContract, AScanRefusesWhatItCannotAnswer) {
    put("north", {record_of("V-1", kNow, {{Field::speed, 1}})});
    const ScanRequest every{kEver, {}};
    EXPECT_EQ(reader().scan(all_, "nowhere", every, {}).error().code, Code::not_found);
    EXPECT_EQ(reader().scan_days(all_, "nowhere", every, Field::speed, {}).error().code,
              Code::not_found);
    EXPECT_EQ(reader().scan(all_, "north", {{kNow, plus(kNow, -1)}, {}}, {}).error().code,
              Code::invalid_argument);
    EXPECT_EQ(reader().scan_days(all_, "north", every, Field::lat, {}).error().code,
              Code::invalid_argument);
    EXPECT_EQ(reader().scan(all_, "north", every, {10, "x"}).error().code, Code::invalid_argument);
    const ScanRequest many{kEver, std::vector<ScanCondition>(kMaxConditions + 1)};
    EXPECT_EQ(reader().scan(all_, "north", many, {}).error().code, Code::invalid_argument);
    backend_->set_retention("north", 1);
    EXPECT_EQ(reader().scan(all_, "north", every, {})->retention_from,
              Timestamp{(kToday.value - 1) * kMsPerDay});
}

void link_scan() {}

}  // namespace fleet::store::contract
