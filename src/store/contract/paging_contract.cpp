// SPDX-License-Identifier: Apache-2.0
#include "store/contract/contract.hpp"

#include <fmt/format.h>

namespace fleet::store::contract {

using model::Field;

namespace {

constexpr TimeRange kEver{Timestamp{0}, Timestamp{kMaxMs}};

PageRequest page_of(std::size_t limit, std::string cursor = {}) {
    return {limit, std::move(cursor)};
}

}  // namespace

TEST_P(ReaderContract, HistoryPagesHoldEachRowOnceInBothOrders) {
    for (int i = 0; i < 25; ++i) add("north", record_of("V-1", {kNow.ms + i * 1'000}));
    for (const Order order : {Order::newest_first, Order::oldest_first}) {
        for (const std::size_t limit : {1U, 5U, 24U, 25U, 26U}) {
            std::vector<std::int64_t> seen;
            std::string cursor;
            std::size_t pages = 0;
            do {
                const auto page =
                    *reader().history(all_, "V-1", kEver, order, page_of(limit, cursor));
                ASSERT_LE(page.rows.size(), limit);
                ASSERT_FALSE(page.rows.empty());
                for (const model::Sample& s : page.rows.samples)
                    seen.push_back((s.ts_ms - kNow.ms) / 1'000);
                cursor = page.next;
                ASSERT_LE(++pages, 25U);
            } while (!cursor.empty());
            ASSERT_EQ(seen.size(), 25U);
            EXPECT_EQ(pages, (25 + limit - 1) / limit);  // no empty page at the end
            for (std::size_t i = 0; i < 25; ++i)
                EXPECT_EQ(seen[i],
                          static_cast<std::int64_t>(order == Order::oldest_first ? i : 24 - i));
        }
    }
}

TEST_P(ReaderContract, HistoryCursorsSurviveInsertsOnEitherSide) {
    for (const Order order : {Order::newest_first, Order::oldest_first}) {
        const std::string device = order == Order::newest_first ? "V-1" : "V-2";
        const auto insert = [&](std::int64_t second) {
            add("north", record_of(device, {kNow.ms + second * 1'000}));
        };
        for (const int second : {0, 10, 20, 30, 40, 50}) insert(second);
        const bool newest = order == Order::newest_first;
        const auto first = *reader().history(all_, device, kEver, order, page_of(3));
        ASSERT_EQ(first.rows.size(), 3U);
        const std::int64_t last = newest ? 30 : 20;
        ASSERT_EQ(first.rows.samples[2].ts_ms, kNow.ms + last * 1'000);
        // Behind the cursor, at it, and ahead of it; then the store rearranges itself.
        insert(newest ? 45 : 5);
        add("north", record_of(device, {kNow.ms + last * 1'000}, {{Field::speed, 1}}));
        insert(newest ? 15 : 35);
        insert(newest ? -10 : 60);
        backend_->disturb(newest ? 0 : 2);
        std::vector<std::int64_t> rest;
        std::string cursor = first.next;
        while (!cursor.empty()) {
            const auto page = *reader().history(all_, device, kEver, order, page_of(2, cursor));
            for (const model::Sample& s : page.rows.samples)
                rest.push_back((s.ts_ms - kNow.ms) / 1'000);
            cursor = page.next;
            ASSERT_LE(rest.size(), 20U);
        }
        EXPECT_EQ(rest, newest ? (std::vector<std::int64_t>{20, 15, 10, 0, -10})
                               : (std::vector<std::int64_t>{30, 35, 40, 50, 60}));
    }
}

TEST_P(ReaderContract, LimitsHaveADefaultAndAMaximum) {
    std::vector<model::Record> records;
    for (int i = 0; i < 10'001; ++i) {
        records.push_back(record_of("V-1", {kNow.ms + i}));
        records.back().fleet = "north";
    }
    backend_->add(records);
    const auto size_of = [&](std::size_t limit) {
        const auto page =
            *reader().history(all_, "V-1", kEver, Order::newest_first, page_of(limit));
        EXPECT_NE(page.next, "");
        return page.rows.size();
    };
    EXPECT_EQ(size_of(0), kDefaultLimit);
    EXPECT_EQ(size_of(7), 7U);
    EXPECT_EQ(size_of(kMaxLimit), kMaxLimit);
    EXPECT_EQ(size_of(kMaxLimit + 1), kMaxLimit);
    EXPECT_EQ(size_of(static_cast<std::size_t>(-1)), kMaxLimit);
}

TEST_P(ReaderContract, DevicePagesSurviveRegistrations) {
    for (const char* id : {"b", "d", "f", "h"}) add("north", record_of(id, kNow));
    add("south", record_of("c", kNow));
    const auto devices = *reader().devices(all_, "north", page_of(2));
    const auto latest = *reader().fleet_latest(all_, "north", {}, page_of(2));
    const auto at = *reader().fleet_latest(all_, "north", kNow, page_of(2));
    for (const char* id : {"a", "d0", "e", "z"}) add("north", record_of(id, kNow));
    const auto rest_of = [&](auto next, const std::string& start) {
        std::string out;
        std::string cursor = start;
        for (int i = 0; i < 10 && !cursor.empty(); ++i) {
            const auto page = next(page_of(2, cursor));
            for (const auto& item : page->items) {
                if constexpr (requires { item.device; })
                    out += item.device + " ";
                else
                    out += item.id + " ";
            }
            cursor = page->next;
        }
        return out;
    };
    EXPECT_EQ(rest_of([&](const PageRequest& p) { return reader().devices(all_, "north", p); },
                      devices.next),
              "d0 e f h z ");
    EXPECT_EQ(
        rest_of([&](const PageRequest& p) { return reader().fleet_latest(all_, "north", {}, p); },
                latest.next),
        "d0 e f h z ");
    EXPECT_EQ(
        rest_of([&](const PageRequest& p) { return reader().fleet_latest(all_, "north", kNow, p); },
                at.next),
        "d0 e f h z ");
    EXPECT_EQ(reader().devices(all_, "north", page_of(8))->next, "");
    EXPECT_NE(reader().devices(all_, "north", page_of(7))->next, "");
}

TEST_P(ReaderContract, CursorsOfOtherListsAndNonsenseAreRefused) {
    for (int i = 0; i < 5; ++i) {
        add("north", record_of("V-1", {kNow.ms + i}));
        add("north", record_of(fmt::format("W-{}", i), {kNow.ms + i}));
        add("south", record_of(fmt::format("X-{}", i), {kNow.ms + i}));
    }
    const std::string history =
        reader().history(all_, "V-1", kEver, Order::newest_first, page_of(2))->next;
    const std::string devices = reader().devices(all_, "north", page_of(2))->next;
    const std::string latest = reader().fleet_latest(all_, "north", {}, page_of(2))->next;
    const std::string past = reader().fleet_latest(all_, "north", kNow, page_of(2))->next;
    for (const std::string& cursor : {history, devices, latest, past}) {
        ASSERT_NE(cursor, "");
        EXPECT_EQ(cursor.find_first_not_of(
                      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                  std::string::npos);
    }
    const auto history_code = [&](const std::string& device, TimeRange range, Order order,
                                  const std::string& cursor) {
        const auto result = reader().history(all_, device, range, order, page_of(2, cursor));
        return result ? "ok" : to_string(result.error().code);
    };
    EXPECT_EQ(history_code("V-1", kEver, Order::newest_first, history), "ok");
    EXPECT_EQ(history_code("V-1", kEver, Order::oldest_first, history), "invalid_argument");
    EXPECT_EQ(history_code("W-1", kEver, Order::newest_first, history), "invalid_argument");
    EXPECT_EQ(history_code("V-1", {kNow, {kMaxMs}}, Order::newest_first, history),
              "invalid_argument");
    for (const std::string& cursor :
         {devices, latest, past, std::string("nonsense"), std::string("A"), history + "A",
          history.substr(1), std::string("é"), std::string(1'000'000, 'A')})
        EXPECT_EQ(history_code("V-1", kEver, Order::newest_first, cursor), "invalid_argument")
            << cursor.substr(0, 80);
    EXPECT_FALSE(reader().devices(all_, "south", page_of(2, devices)));
    EXPECT_FALSE(reader().devices(all_, "north", page_of(2, latest)));
    EXPECT_FALSE(reader().fleet_latest(all_, "north", {}, page_of(2, past)));
    EXPECT_FALSE(reader().fleet_latest(all_, "north", Timestamp{kNow.ms + 1}, page_of(2, past)));
    EXPECT_TRUE(
        reader().fleet_latest(all_, "north", kNow, page_of(3, past)));  // the page size may change
}

void link_paging() {}

}  // namespace fleet::store::contract
