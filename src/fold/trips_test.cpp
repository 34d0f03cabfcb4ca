// SPDX-License-Identifier: Apache-2.0
// Each sentence of docs/fold.md, Trips and stops.
#include "fold/trips.hpp"

#include "fold/fold_testing.hpp"
#include "fold/hours.hpp"

#include <gtest/gtest.h>

namespace fleet::fold::testing {
namespace {

using model::Stop;
using model::Trip;
using model::TripEnd;
using model::TripStart;

Outcome fold(const History& history) { return fold_all(history, rule_set({})); }

Stop stop(std::int64_t start, std::int64_t end, GeoPoint at, bool open = false) {
    return {start, end, at, open};
}

/// Leaves home at `start` northwards, 100 m each 10 s at 36 km/h, `count` points after that at
/// home.
GeoPoint drive(History& history, std::int64_t start, GeoPoint from, int count) {
    GeoPoint at = from;
    for (int i = 1; i <= count; ++i) {
        at = north(at, 100);
        history.point(start + i * 10 * kSecond, at, 36);
    }
    return at;
}

std::int64_t length(const model::Rows& rows, std::size_t first, std::size_t last) {
    std::int64_t mm = 0;
    for (std::size_t i = first; i < last; ++i) {
        const auto& a = rows.samples[i];
        const auto& b = rows.samples[i + 1];
        mm += apart_mm({a.value(Field::lat), a.value(Field::lon)},
                       {b.value(Field::lat), b.value(Field::lon)});
    }
    return mm;
}

TEST(Trips, TheFirstPointIsStill) {
    History h;
    h.point(kNoon, kHome, 90);
    const Outcome out = fold(h);
    EXPECT_EQ(out.state.motion, Motion::still);
    EXPECT_TRUE(out.trips().empty());
    EXPECT_TRUE(out.stops().empty());
}

TEST(Trips, MovingBeginsAtExactly200Metres) {
    for (const std::int64_t mm : {199'999, 200'000}) {
        const GeoPoint away = exactly(kHome, mm);
        History h;
        h.point(kNoon, kHome).point(kNoon + kMinute, away);
        const Outcome out = fold(h);
        ASSERT_EQ(out.trips().size(), mm == 200'000 ? 1U : 0U) << mm;
        if (mm == 199'999) continue;
        const Trip trip = out.trips()[0];
        EXPECT_EQ(trip.start_reason, TripStart::distance);
        EXPECT_EQ(trip.end_reason, TripEnd::open);
        EXPECT_EQ(trip.start_ms, kNoon);
        EXPECT_EQ(trip.end_ms, kNoon + kMinute);
        EXPECT_EQ(trip.from, kHome);
        EXPECT_EQ(trip.to, away);
        EXPECT_EQ(trip.distance_mm, mm);
        EXPECT_FALSE(trip.max_speed);
    }
}

TEST(Trips, MovingBeginsAfterExactly60SecondsOfSpeed) {
    for (const std::int64_t last : {59'999, 60'000}) {
        History h;
        h.point(kNoon, kHome, 0);
        h.point(kNoon + 10 * kSecond, kHome, 5.01);
        h.point(kNoon + 10 * kSecond + last, north(kHome, 60), 7);
        const Outcome out = fold(h);
        ASSERT_EQ(out.trips().size(), last == 60'000 ? 1U : 0U);
        if (last == 59'999) continue;
        const Trip trip = out.trips()[0];
        EXPECT_EQ(trip.start_reason, TripStart::speed);
        EXPECT_EQ(trip.start_ms, kNoon + 10 * kSecond);  // the last point within 50 m before it
        EXPECT_EQ(trip.max_speed, 700);
    }
}

TEST(Trips, DistanceIsAskedBeforeSpeed) {
    History h;
    h.point(kNoon, kHome, 0).point(kNoon + kSecond, kHome, 50);
    h.point(kNoon + 90 * kSecond, north(kHome, 900), 50);
    EXPECT_EQ(fold(h).trips()[0].start_reason, TripStart::distance);
}

TEST(Trips, FiveKmhIsNoSpeedRunAndEndsOne) {
    History slow;
    slow.point(kNoon, kHome, 0);
    for (int i = 1; i < 20; ++i) slow.point(kNoon + i * 10 * kSecond, kHome, 5);
    EXPECT_TRUE(fold(slow).trips().empty());

    History broken;
    broken.point(kNoon, kHome, 0).point(kNoon + 10 * kSecond, kHome, 20);
    broken.point(kNoon + 40 * kSecond, kHome, 5).point(kNoon + 50 * kSecond, kHome, 20);
    broken.point(kNoon + 100 * kSecond, kHome, 20);
    EXPECT_TRUE(fold(broken).trips().empty());  // 50 s since the run began anew
    broken.point(kNoon + 110 * kSecond, kHome, 20);
    EXPECT_EQ(fold(broken).state.motion, Motion::moving);
}

TEST(Trips, APointWithoutSpeedNeitherEndsNorBeginsASpeedRun) {
    History h;
    h.point(kNoon, kHome, 0).point(kNoon + kSecond, kHome, 20);
    h.point(kNoon + 30 * kSecond, kHome);
    h.point(kNoon + 61 * kSecond, kHome);  // the run lasts from its first point to this one
    EXPECT_EQ(fold(h).state.motion, Motion::moving);

    History never;
    for (int i = 0; i < 20; ++i) never.point(kNoon + i * kMinute, kHome);
    EXPECT_EQ(fold(never).state.motion, Motion::still);
}

TEST(Trips, TheFirstPointBeginsNoSpeedRun) {
    History h;
    h.point(kNoon, kHome, 20).point(kNoon + kMinute, kHome, 20);
    EXPECT_EQ(fold(h).state.motion, Motion::still);
    h.point(kNoon + 2 * kMinute, kHome, 20);
    EXPECT_EQ(fold(h).state.motion, Motion::moving);
}

TEST(Trips, TheStartIsBackDatedToTheLastPointWithin50Metres) {
    const GeoPoint edge = exactly(kHome, 50'000);
    const GeoPoint beyond = exactly(kHome, 50'001);
    History h;
    h.point(kNoon, kHome).point(kNoon + 200 * kSecond, edge, 3);
    h.point(kNoon + 210 * kSecond, beyond, 9).point(kNoon + 220 * kSecond, north(kHome, 120), 9);
    h.point(kNoon + 230 * kSecond, north(kHome, 300), 40);
    const Outcome out = fold(h);
    ASSERT_EQ(out.trips().size(), 1U);
    EXPECT_EQ(out.trips()[0].start_ms, kNoon + 200 * kSecond);
    EXPECT_EQ(out.trips()[0].from, edge);
    EXPECT_EQ(out.trips()[0].distance_mm, length(h.rows(), 1, 4));
    EXPECT_EQ(out.trips()[0].max_speed, 4'000);
    EXPECT_EQ(out.stops(), (std::vector{stop(kNoon, kNoon + 200 * kSecond, kHome)}));
}

TEST(Trips, ThePointAtWhichMovingIsNoticedIsNotItsStart) {
    History h;  // moving by speed, though the point is at the anchor
    h.point(kNoon, kHome, 0).point(kNoon + kSecond, kHome, 20);
    h.point(kNoon + 61 * kSecond, north(kHome, 10), 20);
    const Trip trip = fold(h).trips().at(0);
    EXPECT_EQ(trip.start_ms, kNoon + kSecond);
    EXPECT_EQ(trip.end_ms, kNoon + 61 * kSecond);
}

TEST(Trips, MaximumSpeedCountsStartAndEnd) {
    History h;
    h.point(kNoon, kHome, 99).point(kNoon + 10 * kSecond, north(kHome, 300), 20);
    EXPECT_EQ(fold(h).trips().at(0).max_speed, 9'900);
    h.point(kNoon + 20 * kSecond, north(kHome, 600), 120);
    EXPECT_EQ(fold(h).trips().at(0).max_speed, 12'000);
}

TEST(Stops, LastAtLeast180SecondsFromTheAnchorToTheLastPointThere) {
    for (const std::int64_t last : {179'999, 180'000}) {
        History h;
        h.point(kNoon, kHome).point(kNoon + last, north(kHome, 20));
        h.point(kNoon + last + kMinute, north(kHome, 100));  // not at the anchor any more
        const Outcome open = fold(h);
        EXPECT_EQ(open.stops(), last == 180'000
                                    ? (std::vector{stop(kNoon, kNoon + last, kHome, true)})
                                    : std::vector<Stop>{});
        h.point(kNoon + last + 2 * kMinute, north(kHome, 400));
        EXPECT_EQ(fold(h).stops(), last == 180'000 ? (std::vector{stop(kNoon, kNoon + last, kHome)})
                                                   : std::vector<Stop>{});
    }
}

TEST(Trips, EndBackDatedAtTheCandidateAfterExactly180SecondsWithin50Metres) {
    for (const std::int64_t wait : {179'999, 180'000}) {
        History h;
        h.point(kNoon, kHome, 0);
        const GeoPoint there = drive(h, kNoon, kHome, 10);
        const std::int64_t arrival = kNoon + 100 * kSecond;
        h.point(arrival + 60 * kSecond, north(there, 30), 80);  // beyond the end: not its speed
        h.point(arrival + wait, exactly(there, 50'000), 0);
        const Outcome out = fold(h);
        ASSERT_EQ(out.trips().size(), 1U);
        const Trip trip = out.trips()[0];
        if (wait == 179'999) {
            EXPECT_EQ(trip.end_reason, TripEnd::open);
            EXPECT_TRUE(out.stops().empty());
            continue;
        }
        EXPECT_EQ(trip.end_reason, TripEnd::stop);
        EXPECT_EQ(trip.end_ms, arrival);
        EXPECT_EQ(trip.to, there);
        EXPECT_EQ(trip.distance_mm, length(h.rows(), 0, 10));
        EXPECT_EQ(trip.gap_mm, 0);
        EXPECT_EQ(trip.max_speed, 3'600);
        // The candidate is the anchor, the present point the last one there.
        EXPECT_EQ(out.stops(), (std::vector{stop(arrival, arrival + wait, there, true)}));
    }
}

TEST(Trips, APointBeyond50MetresOfTheCandidateIsTheNextCandidate) {
    History h;
    h.point(kNoon, kHome, 0);
    const GeoPoint there = drive(h, kNoon, kHome, 10);
    const GeoPoint next = exactly(there, 50'001);
    const std::int64_t moved = kNoon + 200 * kSecond;
    h.point(moved, next, 1);
    h.point(moved + 179 * kSecond, next, 0);
    EXPECT_EQ(fold(h).trips().at(0).end_reason, TripEnd::open);
    h.point(moved + 180 * kSecond, next, 0);
    const Trip trip = fold(h).trips().at(0);
    EXPECT_EQ(trip.end_ms, moved);
    EXPECT_EQ(trip.to, next);
    EXPECT_EQ(trip.distance_mm, length(h.rows(), 0, 11));
}

TEST(Trips, WhenMovingBeginsItsPointIsTheCandidate) {
    History h;
    h.point(kNoon, kHome, 0).point(kNoon + 10 * kSecond, north(kHome, 300), 90);
    h.point(kNoon + 190 * kSecond, north(kHome, 310), 0);
    const Trip trip = fold(h).trips().at(0);
    EXPECT_EQ(trip.end_reason, TripEnd::stop);
    EXPECT_EQ(trip.end_ms, kNoon + 10 * kSecond);
}

TEST(Trips, EndAfterASilenceOfMoreThanOneHour) {
    for (const std::int64_t pause : {kHour, kHour + 1}) {
        History h;
        h.point(kMidnight + 100, kHome, 0);
        const GeoPoint there = drive(h, kMidnight + 100, kHome, 10);
        const std::int64_t last = kMidnight + 100 + 100 * kSecond;
        h.point(last + pause, north(there, 5'000), 40);
        const Outcome out = fold(h);
        ASSERT_EQ(out.trips().size(), 1U);
        if (pause == kHour) {
            EXPECT_EQ(out.trips()[0].end_reason, TripEnd::open);
            EXPECT_GT(out.trips()[0].gap_mm, 4'900'000);
            continue;
        }
        EXPECT_EQ(out.trips()[0].end_reason, TripEnd::silence);
        EXPECT_EQ(out.trips()[0].end_ms, last);
        EXPECT_EQ(out.trips()[0].gap_mm, 0);
        EXPECT_EQ(out.state.motion, Motion::still);
        EXPECT_EQ(out.state.anchor.at, north(there, 5'000));
    }
}

TEST(Trips, ASilenceWhileStillMovesTheAnchorFrom200MetresOn) {
    for (const std::int64_t mm : {199'999, 200'000}) {
        const GeoPoint away = exactly(kHome, mm);
        History h;
        h.point(kMidnight, kHome).point(kMidnight + 10 * kMinute, kHome);
        h.point(kMidnight + 10 * kMinute + kHour + 1, away, 50);
        const Outcome out = fold(h);
        EXPECT_TRUE(out.trips().empty());  // nobody saw how it got there
        EXPECT_EQ(out.state.anchor.at, mm == 200'000 ? away : kHome);
        EXPECT_EQ(out.stops(),
                  (std::vector{stop(kMidnight, kMidnight + 10 * kMinute, kHome, mm == 199'999)}));
    }
    // Without a silence it is a trip.
    History h;
    h.point(kMidnight, kHome).point(kMidnight + kHour, north(kHome, 250));
    EXPECT_EQ(fold(h).trips().size(), 1U);
}

TEST(Trips, ASilenceForgetsTheSpeedRun) {
    History h;
    h.point(kNoon, kHome, 0).point(kNoon + kSecond, kHome, 20);
    h.point(kNoon + 2 * kSecond + kHour, kHome, 20);
    EXPECT_EQ(fold(h).state.motion, Motion::still);
    h.point(kNoon + 62 * kSecond + kHour, kHome, 20);
    EXPECT_EQ(fold(h).state.motion, Motion::moving);
}

TEST(Trips, AreCutAtMidnight) {
    History h;
    h.point(kMidnight - 60 * kSecond, kHome, 0);
    drive(h, kMidnight - 60 * kSecond, kHome, 10);  // points 0 … 5 yesterday, 6 … 10 today
    const Outcome out = fold(h);
    ASSERT_EQ(out.trips().size(), 2U);
    const Trip before = out.trips()[0];
    const Trip after = out.trips()[1];
    EXPECT_EQ(before.end_reason, TripEnd::midnight);
    EXPECT_EQ(before.end_ms, kMidnight - 10 * kSecond);
    EXPECT_EQ(before.distance_mm, length(h.rows(), 0, 5));
    EXPECT_EQ(after.start_reason, TripStart::midnight);
    EXPECT_EQ(after.start_ms, kMidnight);
    EXPECT_EQ(after.distance_mm, length(h.rows(), 6, 10));  // no leg over midnight
    EXPECT_EQ(after.end_reason, TripEnd::open);
    // It was today's rows that ended it.
    EXPECT_TRUE(out.days.at(Day{19'999}).trips.empty());
    EXPECT_EQ(out.days.at(kDay).trips, (std::vector{before}));
}

TEST(Trips, MidnightMakesTheCandidate) {
    History h;
    h.point(kMidnight - 60 * kSecond, kHome, 0);
    const GeoPoint there = drive(h, kMidnight - 60 * kSecond, kHome, 5);
    // The candidate of yesterday is 190 s away, that of today only 170 s.
    h.point(kMidnight + 10 * kSecond, there, 0).point(kMidnight + 180 * kSecond, there, 0);
    EXPECT_EQ(fold(h).state.motion, Motion::moving);
    h.point(kMidnight + 190 * kSecond, there, 0);
    const Outcome out = fold(h);
    EXPECT_EQ(out.state.motion, Motion::still);
    // Today's trip would end where it starts: it is not reported.
    ASSERT_EQ(out.trips().size(), 1U);
    EXPECT_EQ(out.trips()[0].end_reason, TripEnd::midnight);
    EXPECT_EQ(
        out.stops(),
        (std::vector{stop(kMidnight + 10 * kSecond, kMidnight + 190 * kSecond, there, true)}));
}

TEST(Trips, ASilenceOverMidnightIsASilence) {
    History h;
    h.point(kMidnight - 40 * kMinute, kHome, 0);
    const GeoPoint there = drive(h, kMidnight - 40 * kMinute, kHome, 10);
    h.point(kMidnight + 30 * kMinute, there, 0);
    const Outcome out = fold(h);
    ASSERT_EQ(out.trips().size(), 1U);
    EXPECT_EQ(out.trips()[0].end_reason, TripEnd::silence);
    EXPECT_EQ(out.state.motion, Motion::still);
}

TEST(Trips, ThatEndAtTheirStartAreNotReported) {
    History h;
    h.point(kMidnight - 60 * kSecond, kHome, 0);
    const GeoPoint there = drive(h, kMidnight - 60 * kSecond, kHome, 6);  // one point today
    EXPECT_EQ(fold(h).trips().size(), 1U);                                // nor as an open one
    h.point(kMidnight + 2 * kHour, there, 0);
    EXPECT_EQ(fold(h).trips().size(), 1U);
}

TEST(Stops, RunOnOverMidnight) {
    History h;
    for (int i = -10; i <= 10; ++i) h.point(kMidnight + i * kMinute, kHome, 0);
    const GeoPoint there = north(kHome, 500);
    h.point(kMidnight + 11 * kMinute, there, 50);
    const Outcome out = fold(h);
    EXPECT_EQ(out.days.at(kDay).stops,
              (std::vector{stop(kMidnight - 10 * kMinute, kMidnight + 10 * kMinute, kHome)}));
    EXPECT_TRUE(out.days.at(Day{19'999}).stops.empty());
    EXPECT_EQ(out.trips().at(0).start_ms, kMidnight + 10 * kMinute);
}

TEST(Trips, DoNotStartBeforeTheDayInWhichMovingBegins) {
    History h;
    h.point(kMidnight - 240 * kSecond, kHome, 0).point(kMidnight - 20 * kSecond, kHome, 0);
    h.point(kMidnight - 10 * kSecond, north(kHome, 100), 36);
    History at_once = h;
    h.point(kMidnight, north(kHome, 150), 44).point(kMidnight + 10 * kSecond, north(kHome, 180), 3);
    h.point(kMidnight + 20 * kSecond, north(kHome, 300), 36);
    const Outcome out = fold(h);
    ASSERT_EQ(out.trips().size(), 1U);
    const Trip trip = out.trips()[0];
    EXPECT_EQ(trip.start_ms, kMidnight);  // the first point of the day
    EXPECT_EQ(trip.from, north(kHome, 150));
    EXPECT_EQ(trip.start_reason, TripStart::distance);
    EXPECT_EQ(trip.distance_mm, length(h.rows(), 3, 5));
    EXPECT_EQ(trip.max_speed, 4'400);  // its own; not the legs and speeds of yesterday
    // The stop ends at the last point at the anchor all the same.
    EXPECT_EQ(out.stops(),
              (std::vector{stop(kMidnight - 240 * kSecond, kMidnight - 20 * kSecond, kHome)}));

    // The first point of the day may be the one at which moving begins.
    at_once.point(kMidnight, north(kHome, 300), 36);
    EXPECT_EQ(fold(at_once).state.motion, Motion::moving);
    EXPECT_TRUE(fold(at_once).trips().empty());  // it has only its start
    at_once.point(kMidnight + 10 * kSecond, north(kHome, 500), 36);
    EXPECT_EQ(fold(at_once).trips().at(0).start_ms, kMidnight);
    EXPECT_EQ(fold(at_once).trips().at(0).distance_mm, length(at_once.rows(), 3, 4));
}

TEST(Trips, StartAtTheLastPointAtTheAnchorThoughItIsNotTheFirstOfTheDay) {
    History h;
    h.point(kMidnight - kMinute, kHome, 0).point(kMidnight, north(kHome, 100), 0);
    h.point(kMidnight + kMinute, north(kHome, 10), 0);
    h.point(kMidnight + 2 * kMinute, north(kHome, 300), 40);
    EXPECT_EQ(fold(h).trips().at(0).start_ms, kMidnight + kMinute);
}

TEST(Trips, DoNotStartBeforeASilence) {
    for (const std::int64_t pause : {kHour, kHour + 1}) {
        History h;
        h.point(kMidnight, kHome, 0).point(kMidnight + 10 * kMinute, kHome, 70);
        const std::int64_t back = kMidnight + 10 * kMinute + pause;
        h.point(back, north(kHome, 150), 0).point(back + kMinute, north(kHome, 300), 40);
        const Outcome out = fold(h);
        ASSERT_EQ(out.trips().size(), 1U);
        const Trip trip = out.trips()[0];
        EXPECT_EQ(trip.start_ms, pause == kHour ? kMidnight + 10 * kMinute : back);
        EXPECT_EQ(trip.distance_mm, length(h.rows(), pause == kHour ? 1 : 2, 3));
        EXPECT_EQ(trip.max_speed, pause == kHour ? 7'000 : 4'000);
        EXPECT_EQ(out.stops(), (std::vector{stop(kMidnight, kMidnight + 10 * kMinute, kHome)}));
    }
}

/// At home for 10 min, then seen aside at the times and places given, in seconds and metres.
struct Aside {
    std::int64_t s;
    GeoPoint at;
};
History stand_aside(const std::vector<Aside>& points, std::int64_t home = kNoon) {
    History h;
    h.point(home - 10 * kMinute, kHome, 0).point(home, kHome, 0);
    for (const Aside& p : points) h.point(home + p.s * kSecond, p.at, 0);
    return h;
}
const Stop kAtHome{kNoon - 10 * kMinute, kNoon, kHome, false};

TEST(Stops, ShiftAfter180SecondsWithin50MetresOffTheAnchor) {
    const GeoPoint aside = exactly(kHome, 50'001);
    for (const std::int64_t wait : {179, 180}) {
        const History h = stand_aside({{60, aside}, {60 + wait, exactly(aside, 50'000)}});
        const Outcome out = fold(h);
        EXPECT_TRUE(out.trips().empty());
        if (wait == 179) {
            EXPECT_EQ(out.stops().size(), 1U);
            EXPECT_EQ(out.state.anchor.at, kHome);
            continue;
        }
        EXPECT_EQ(
            out.stops(),
            (std::vector{kAtHome, stop(kNoon + 60 * kSecond, kNoon + 240 * kSecond, aside, true)}));
    }
}

TEST(Stops, AtTheAnchorDoNotShift) {
    const GeoPoint edge = exactly(kHome, 50'000);
    EXPECT_EQ(fold(stand_aside({{60, edge}, {600, edge}})).stops().size(), 1U);
    // A point at the anchor forgets the candidate.
    const GeoPoint aside = north(kHome, 60);
    const History h = stand_aside({{60, aside}, {200, edge}, {240, aside}, {419, aside}});
    EXPECT_EQ(fold(h).stops(),
              (std::vector{stop(kAtHome.start_ms, kNoon + 200 * kSecond, kHome, true)}));
    EXPECT_EQ(fold(stand_aside({{60, aside}, {200, edge}, {240, aside}, {420, aside}})).stops(),
              (std::vector{stop(kAtHome.start_ms, kNoon + 200 * kSecond, kHome),
                           stop(kNoon + 240 * kSecond, kNoon + 420 * kSecond, aside, true)}));
}

TEST(Stops, ShiftToTheFirstPointWithin50Metres) {
    const GeoPoint aside = north(kHome, 60);
    const GeoPoint next = exactly(aside, 50'001);
    const History early = stand_aside({{60, aside}, {100, next}, {279, next}});
    EXPECT_EQ(fold(early).stops().size(), 1U);
    EXPECT_EQ(
        fold(stand_aside({{60, aside}, {100, next}, {280, next}})).stops(),
        (std::vector{kAtHome, stop(kNoon + 100 * kSecond, kNoon + 280 * kSecond, next, true)}));
}

TEST(Stops, AShiftMovesTheAnchor) {
    const GeoPoint aside = north(kHome, 150);
    History h = stand_aside({{60, aside}, {240, aside}});
    h.point(kNoon + 300 * kSecond, north(kHome, 340), 0);  // 340 m from home, 190 m from there
    EXPECT_EQ(fold(h).state.motion, Motion::still);
    h.point(kNoon + 310 * kSecond, north(kHome, 360), 40);
    const Outcome out = fold(h);
    ASSERT_EQ(out.trips().size(), 1U);
    EXPECT_EQ(out.trips()[0].start_ms, kNoon + 240 * kSecond);  // not back over the standing
    EXPECT_EQ(out.trips()[0].from, aside);
    EXPECT_EQ(out.stops(),
              (std::vector{kAtHome, stop(kNoon + 60 * kSecond, kNoon + 240 * kSecond, aside)}));
}

TEST(Stops, MovingIsAskedBeforeAShift) {
    const GeoPoint aside = exactly(kHome, 199'999);
    History far = stand_aside({{60, aside}, {240, north(kHome, 210)}});
    EXPECT_EQ(fold(far).trips().at(0).start_ms, kNoon);
    History fast = stand_aside({{60, aside}});
    fast.point(kNoon + 180 * kSecond, aside, 6).point(kNoon + 240 * kSecond, aside, 6);
    EXPECT_EQ(fold(fast).trips().at(0).start_reason, TripStart::speed);
}

TEST(Stops, AShiftForgetsTheSpeedRun) {
    const GeoPoint aside = north(kHome, 100);
    History h = stand_aside({{60, aside}});
    h.point(kNoon + 200 * kSecond, aside, 6).point(kNoon + 240 * kSecond, aside, 6);
    EXPECT_EQ(fold(h).stops().size(), 2U);
    h.point(kNoon + 270 * kSecond, aside, 6).point(kNoon + 329 * kSecond, aside, 6);
    EXPECT_EQ(fold(h).state.motion, Motion::still);
    h.point(kNoon + 330 * kSecond, aside, 6);
    EXPECT_EQ(fold(h).state.motion, Motion::moving);
}

TEST(Stops, AShiftOfAShortStillPeriodReportsTheNewOneOnly) {
    History h;
    h.point(kNoon, kHome, 0).point(kNoon + kMinute, north(kHome, 100), 0);
    h.point(kNoon + 10 * kMinute, north(kHome, 100), 0);
    EXPECT_EQ(fold(h).stops(),
              (std::vector{stop(kNoon + kMinute, kNoon + 10 * kMinute, north(kHome, 100), true)}));
}

TEST(Stops, AShiftStartsInTheDayInWhichItIsNoticed) {
    const GeoPoint aside = north(kHome, 100);
    History h = stand_aside({{60, aside}, {130, aside}, {309, aside}}, kMidnight - 2 * kMinute);
    EXPECT_EQ(fold(h).stops().size(), 1U);
    h.point(kMidnight + 190 * kSecond, aside, 0);
    EXPECT_EQ(
        fold(h).stops(),
        (std::vector{stop(kMidnight - 12 * kMinute, kMidnight - 2 * kMinute, kHome),
                     stop(kMidnight + 10 * kSecond, kMidnight + 190 * kSecond, aside, true)}));
}

TEST(Stops, ASilenceAsideIsStandingThere) {
    const GeoPoint aside = north(kHome, 100);
    const Outcome out = fold(stand_aside({{60, aside}, {3 * 3'600, north(kHome, 110)}}));
    EXPECT_EQ(out.stops(),
              (std::vector{kAtHome, stop(kNoon + kMinute, kNoon + 3 * kHour, aside, true)}));
}

TEST(Trips, GapsAreKeptApart) {
    History h;
    h.point(kNoon, kHome, 0).point(kNoon + 10 * kSecond, north(kHome, 250), 90);
    h.point(kNoon + 20 * kSecond, north(kHome, 500), 90);
    h.point(kNoon + 20 * kSecond + kGapMs + 1, north(kHome, 800), 90);
    const Trip trip = fold(h).trips().at(0);
    EXPECT_EQ(trip.gap_mm, length(h.rows(), 2, 3));
    EXPECT_EQ(trip.distance_mm, length(h.rows(), 0, 3));
}

TEST(Trips, RowsWithoutPositionDoNotCount) {
    History with;
    History without;
    for (int i = 0; i < 30; ++i) {
        const std::int64_t at = kNoon + i * 10 * kSecond;
        const GeoPoint place = north(kHome, 60.0 * i);
        with.point(at, place, 21).speed(at + 5 * kSecond, 200);
        without.point(at, place, 21);
    }
    EXPECT_EQ(fold(with).trips(), fold(without).trips());
    EXPECT_EQ(fold(with).trips().at(0).max_speed, 2'100);
}

}  // namespace
}  // namespace fleet::fold::testing
