// SPDX-License-Identifier: Apache-2.0
#include "model/merge.hpp"
#include "model/stats.hpp"
#include "model/validate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

namespace fleet::model {
namespace {

TEST(Scale, RoundsTheDecimalTextHalfAwayFromZero) {
    EXPECT_EQ(scale(0.285, 2)->rounded, 29);
    EXPECT_EQ(scale(-0.285, 2)->rounded, -29);
    EXPECT_EQ(scale(48.8566969, 6)->rounded, 48'856'697);
    EXPECT_EQ(scale(0.0049, 2)->rounded, 0);
    EXPECT_EQ(scale(0.0049, 2)->above, 1);
    EXPECT_EQ(scale(0.5, 0)->rounded, 1);
    EXPECT_EQ(scale(0.5, 0)->above, -1);
    EXPECT_EQ(scale(300, 2)->rounded, 30'000);
    EXPECT_EQ(scale(1e300, 2)->rounded, 4'000'000'000'000'000'000);
    EXPECT_FALSE(scale(std::numeric_limits<double>::quiet_NaN(), 2));
    EXPECT_FALSE(scale(std::numeric_limits<double>::infinity(), 2));
}

Record record_at(std::int64_t ms) {
    Record r;
    r.device = "d";
    r.ts = {ms};
    return r;
}

TEST(Validate, TheExactValueDecidesNotTheRoundedOne) {
    Record r = record_at(1000);
    Problems p;
    set_field(r, p, Field::speed, *scale(300.001, 2));
    EXPECT_EQ(validate(r, p, {.now = {1000}}), Reason::bad_speed);
    Record ok = record_at(1000);
    Problems none;
    set_field(ok, none, Field::speed, *scale(300.0, 2));
    EXPECT_EQ(validate(ok, none, {.now = {1000}}), std::nullopt);
    Record negative = record_at(1000);
    Problems n;
    set_field(negative, n, Field::speed, *scale(-0.001, 2));
    EXPECT_EQ(validate(negative, n, {.now = {1000}}), Reason::bad_speed);
}

TEST(Validate, NamesTheFirstFailingCheck) {
    Record r = record_at(10'000'000);
    Problems p;
    set_field(r, p, Field::lat, *scale(91.0, 6));
    set_field(r, p, Field::speed, *scale(301.0, 2));
    EXPECT_EQ(validate(r, p, {.now = {10'000'000}}), Reason::bad_latitude);
    EXPECT_EQ(validate(r, p, {.now = {0}}), Reason::future_ts);
    EXPECT_EQ(validate(r, p, {.now = {10'000'000}, .earliest = {10'000'001}}), Reason::too_old);
    Record half = record_at(0);
    Problems hp;
    set_field(half, hp, Field::lon, *scale(2.0, 6));
    EXPECT_EQ(validate(half, hp, {.now = {0}}), Reason::half_position);
    Record island = record_at(0);
    Problems ip;
    set_field(island, ip, Field::lat, *scale(0.0, 6));
    set_field(island, ip, Field::lon, *scale(0.0, 6));
    EXPECT_EQ(validate(island, ip, {.now = {0}}), Reason::null_island);
    Record near = record_at(0);
    Problems np;
    set_field(near, np, Field::lat, *scale(0.0000001, 6));
    set_field(near, np, Field::lon, *scale(0.0, 6));
    EXPECT_EQ(validate(near, np, {.now = {0}}), std::nullopt);
}

TEST(Validate, AcceptsTwoMinutesOfTheFutureAndNoMore) {
    const Problems p;
    EXPECT_EQ(validate(record_at(120'000), p, {.now = {0}}), std::nullopt);
    EXPECT_EQ(validate(record_at(120'001), p, {.now = {0}}), Reason::future_ts);
}

TEST(TextPool, GivesOneNumberToOneText) {
    TextPool pool;
    std::vector<std::uint32_t> ids;
    for (int i = 0; i < 1000; ++i) ids.push_back(pool.intern("text-" + std::to_string(i)));
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(pool.intern("text-" + std::to_string(i)), ids[static_cast<std::size_t>(i)]);
        EXPECT_EQ(pool.text(ids[static_cast<std::size_t>(i)]), "text-" + std::to_string(i));
    }
    EXPECT_EQ(pool.intern(""), 0U);
    EXPECT_EQ(pool.size(), 1000U);
}

/// A random row at one identity, from few values so that equal, extending and conflicting tuples
/// all occur.
Record random_record(std::mt19937& rng, std::vector<Attribute>& attributes) {
    Record r = record_at(5);
    for (std::size_t f = 0; f < kFieldCount; ++f)
        if (rng() % 3 == 0) r.set(static_cast<Field>(f), static_cast<std::int32_t>(rng() % 3));
    static constexpr std::string_view kTexts[] = {"", "a", "b"};
    r.zone = kTexts[rng() % 3];
    r.alarm = kTexts[rng() % 3];
    attributes.clear();
    if (rng() % 2 == 0) attributes.push_back({"x", AttributeValue(static_cast<double>(rng() % 2))});
    if (rng() % 2 == 0)
        attributes.push_back(
            {"y", rng() % 2 == 0 ? AttributeValue(true) : AttributeValue(std::string_view("t"))});
    r.attributes = attributes;
    return r;
}

std::string fingerprint(const Sample& s, const TextPool& texts) {
    std::string out = std::to_string(s.mask);
    for (std::size_t f = 0; f < kFieldCount; ++f) out += "," + std::to_string(s.values[f]);
    for (const std::uint32_t id : {s.zone, s.alarm, s.attributes})
        out += "|" + std::string(texts.text(id));
    return out;
}

TEST(Merge, IsCommutativeAssociativeAndIdempotent) {
    std::mt19937 rng(7);
    for (int round = 0; round < 5000; ++round) {
        std::array<std::vector<Attribute>, 3> attributes;
        std::array<Record, 3> records;
        for (std::size_t i = 0; i < 3; ++i) records[i] = random_record(rng, attributes[i]);
        std::array<int, 4> order{0, 1, 2, 0};
        std::string expected;
        do {
            Rows stored;
            append(stored, records[static_cast<std::size_t>(order[0])]);
            for (std::size_t i = 1; i < order.size(); ++i) {
                Rows incoming;
                append(incoming, records[static_cast<std::size_t>(order[i])]);
                bool changed = false;
                (void)merge(stored.samples[0], stored.texts, incoming.samples[0], incoming.texts,
                            changed);
            }
            const std::string print = fingerprint(stored.samples[0], stored.texts);
            if (expected.empty()) expected = print;
            ASSERT_EQ(print, expected) << "round " << round;
        } while (std::next_permutation(order.begin(), order.end()));
    }
}

TEST(Merge, CallsADifferingTupleAConflictAndAnExtensionADuplicate) {
    const auto outcome = [](auto set_stored, auto set_incoming) {
        Record a = record_at(5);
        Record b = record_at(5);
        set_stored(a);
        set_incoming(b);
        Rows stored;
        Rows incoming;
        append(stored, a);
        append(incoming, b);
        bool changed = false;
        return merge(stored.samples[0], stored.texts, incoming.samples[0], incoming.texts, changed);
    };
    EXPECT_EQ(outcome([](Record& r) { r.set(Field::speed, 5); },
                      [](Record& r) { r.set(Field::speed, 5); }),
              MergeOutcome::duplicate);
    EXPECT_EQ(outcome([](Record& r) { r.set(Field::speed, 5); },
                      [](Record& r) { r.set(Field::speed, 6); }),
              MergeOutcome::conflict);
    EXPECT_EQ(outcome([](Record& r) { r.set(Field::speed, 5); },
                      [](Record& r) {
                          r.set(Field::speed, 5);
                          r.set(Field::heading, 1);
                      }),
              MergeOutcome::duplicate);
    EXPECT_EQ(outcome([](Record& r) { r.set(Field::speed, 5); },
                      [](Record& r) { r.set(Field::battery, 5); }),
              MergeOutcome::duplicate);
    EXPECT_EQ(outcome([](Record& r) { r.set(Field::temp, 5); },
                      [](Record& r) { r.set(Field::humidity, 5); }),
              MergeOutcome::conflict);
}

TEST(Latest, KeepsTheNewestTupleOfEachGroup) {
    Rows rows;
    Record position = record_at(1000);
    position.set(Field::lat, 1);
    position.set(Field::lon, 2);
    Record battery = record_at(2000);
    battery.set(Field::battery, 50);
    append(rows, battery);
    append(rows, position);
    Latest latest;
    for (const Sample& s : rows.samples) latest.offer(s, rows.texts);
    EXPECT_EQ(latest.ts_ms, 2000);
    EXPECT_EQ(latest.ts_of(Group::position), 1000);
    EXPECT_EQ(latest.value(Field::lat), 1);
    EXPECT_EQ(latest.value(Field::battery), 50);
}

}  // namespace
}  // namespace fleet::model
