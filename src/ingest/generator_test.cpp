// SPDX-License-Identifier: Apache-2.0
#include "ingest/generator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

namespace fleet::ingest {
namespace {

using model::Field;

constexpr std::int64_t kWorkday = 20'600 * kMsPerDay;  // 2026-05-27, a Wednesday

/// A record that owns its text.
struct Seen {
    std::string device;
    std::string fleet;
    std::string zone;
    model::Record values;

    std::string print() const {
        std::string out = device + "," + fleet + "," + std::to_string(values.ts.ms) + "," +
                          std::to_string(values.mask);
        for (const std::int32_t v : values.values) out += "," + std::to_string(v);
        return out + "," + zone;
    }
    double metric(Field f) const { return static_cast<double>(values.value(f)); }
};

Seen copy(const model::Record& r) {
    return {std::string(r.device), std::string(r.fleet), std::string(r.zone), r};
}

template <class Source>
std::vector<Seen> all_of(Source& source) {
    std::vector<Seen> out;
    model::Record r;
    while (source.next(r)) out.push_back(copy(r));
    return out;
}

Generator make(const GeneratorOptions& options) {
    auto made = Generator::make(options);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return std::move(made).value();
}

std::map<std::string, std::vector<Seen>> by_device(const std::vector<Seen>& rows) {
    std::map<std::string, std::vector<Seen>> out;
    for (const Seen& s : rows) out[s.device].push_back(s);
    return out;
}

/// Haversine as the fold defines it, m.
double distance_m(const Seen& a, const Seen& b) {
    const auto rad = [](double units) { return units * 1e-6 * 3.14159265358979323846 / 180; };
    const double dlat = rad(b.metric(Field::lat) - a.metric(Field::lat));
    const double dlon = rad(b.metric(Field::lon) - a.metric(Field::lon));
    const double h = std::pow(std::sin(dlat / 2), 2) + std::cos(rad(a.metric(Field::lat))) *
                                                           std::cos(rad(b.metric(Field::lat))) *
                                                           std::pow(std::sin(dlon / 2), 2);
    return 2 * 6'371'008.8 * std::asin(std::sqrt(h));
}
double seconds(const Seen& a, const Seen& b) {
    return static_cast<double>(b.values.ts.ms - a.values.ts.ms) / 1000;
}

GeneratorOptions quiet(std::uint32_t vehicles, std::int64_t interval_ms) {
    return {.vehicles = vehicles,
            .from = {kWorkday},
            .to = {kWorkday + kMsPerDay},
            .interval_ms = interval_ms,
            .gps_noise_m = 0,
            .speed_noise_kmh = 0,
            .temp_noise_c = 0,
            .faults = false};
}

TEST(Generator, GivesTheSameRecordsOnEveryMachine) {
    Generator g =
        make({.vehicles = 20, .from = {kWorkday}, .to = {kWorkday + kMsPerDay}, .seed = 42});
    std::uint64_t hash = 0xCBF2'9CE4'8422'2325U;  // FNV-1a
    for (const Seen& s : all_of(g))
        for (const char c : s.print())
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01B3U;
    for (const Anomaly& a : g.truth())
        for (const char c : to_json(a))
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01B3U;
    // Changes only with the generator itself: files made from a seed are then other files.
    EXPECT_EQ(hash, 18208615551672327605U);
}

TEST(Generator, AnotherSeedIsAnotherFleet) {
    GeneratorOptions o = quiet(3, 60'000);
    Generator a = make(o);
    o.seed = 2;
    Generator b = make(o);
    EXPECT_NE(all_of(a).back().print(), all_of(b).back().print());
}

TEST(Generator, GoesThroughTimeInOrderAndThroughAllVehicles) {
    Generator g = make(quiet(7, 10'000));
    const std::vector<Seen> rows = all_of(g);
    EXPECT_EQ(rows.size(), 7U * 8'640U);
    std::set<std::pair<std::string, std::int64_t>> keys;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i != 0) {
            ASSERT_LE(rows[i - 1].values.ts, rows[i].values.ts);
        }
        ASSERT_GE(rows[i].values.ts.ms, kWorkday);
        ASSERT_LT(rows[i].values.ts.ms, kWorkday + kMsPerDay);
        ASSERT_TRUE(keys.emplace(rows[i].device, rows[i].values.ts.ms).second);
        ASSERT_EQ(rows[i].device, "V-000" + std::to_string(i % 7 + 1));
    }
    EXPECT_EQ(rows[0].fleet, "idf-nord");
    EXPECT_EQ(rows[1].fleet, "idf-sud");
    EXPECT_EQ(rows[2].fleet, "idf-est");
}

TEST(Generator, AVehicleAloneGivesTheSameAsAmongOthers) {
    Generator g =
        make({.vehicles = 5, .from = {kWorkday}, .to = {kWorkday + 2 * kMsPerDay}, .seed = 9});
    const auto together = by_device(all_of(g));
    std::vector<Anomaly> truth;
    for (std::uint32_t v = 0; v < 5; ++v) {
        VehicleStream stream = g.vehicle_stream(v);
        const std::vector<Seen> alone = all_of(stream);
        const std::vector<Seen>& expected = together.at(g.device(v));
        ASSERT_EQ(alone.size(), expected.size());
        for (std::size_t i = 0; i < alone.size(); ++i)
            ASSERT_EQ(alone[i].print(), expected[i].print());
        for (Anomaly& a : stream.anomalies()) truth.push_back(std::move(a));
    }
    std::vector<Anomaly> all = g.truth();
    ASSERT_EQ(truth.size(), all.size());
    EXPECT_TRUE(std::is_permutation(truth.begin(), truth.end(), all.begin()));
}

TEST(Generator, KeepsToTheRangesOfTheGuide) {
    GeneratorOptions o{.vehicles = 20,
                       .from = {kWorkday - 130 * kMsPerDay},
                       .interval_ms = 120'000,
                       .faults = false};
    for (const std::int64_t season : {0, 90, 180}) {
        o.from = {kWorkday + season * kMsPerDay};
        o.to = {o.from.ms + 2 * kMsPerDay};
        Generator g = make(o);
        std::set<std::string> zones;
        for (const Seen& s : all_of(g)) {
            ASSERT_EQ(s.values.mask, bit(Field::lat) | bit(Field::lon) | bit(Field::speed) |
                                         bit(Field::heading) | bit(Field::battery) |
                                         bit(Field::charging) | bit(Field::temp) |
                                         bit(Field::humidity));
            const auto within = [&](Field f, std::int32_t low, std::int32_t high) {
                return s.values.value(f) >= low && s.values.value(f) <= high;
            };
            ASSERT_TRUE(within(Field::lat, 48'100'000, 49'300'000)) << s.print();
            ASSERT_TRUE(within(Field::lon, 1'400'000, 3'600'000)) << s.print();
            ASSERT_TRUE(within(Field::speed, 0, 11'000)) << s.print();
            ASSERT_TRUE(within(Field::heading, 0, 35'999)) << s.print();
            ASSERT_TRUE(within(Field::battery, 2'000, 10'000)) << s.print();
            ASSERT_TRUE(within(Field::temp, 1'500, 3'500)) << s.print();
            ASSERT_TRUE(within(Field::humidity, 2'000, 9'500)) << s.print();
            zones.insert(s.zone);
        }
        EXPECT_EQ(zones, (std::set<std::string>{"zone_a", "zone_b", "zone_c"}));
    }
}

TEST(Generator, SummerIsWarmerThanWinterAndNoonThanNight) {
    const auto mean_temp = [](std::int64_t day, int hour) {
        GeneratorOptions o = quiet(20, 600'000);
        o.from = {day * kMsPerDay + hour * kMsPerHour};
        o.to = {o.from.ms + kMsPerHour};
        Generator g = make(o);
        double sum = 0;
        double count = 0;
        for (const Seen& s : all_of(g)) {
            sum += s.metric(Field::temp);
            ++count;
        }
        return sum / count;
    };
    constexpr std::int64_t kJuly = 20'649;     // 2026-07-15
    constexpr std::int64_t kJanuary = 20'468;  // 2026-01-15
    EXPECT_GT(mean_temp(kJuly, 14), mean_temp(kJanuary, 14) + 500);
    EXPECT_GT(mean_temp(kJuly, 14), mean_temp(kJuly, 2) + 300);
}

TEST(Generator, SpeedAgreesWithTheDistanceDriven) {
    GeneratorOptions o = quiet(12, 1'000);
    o.from = {kWorkday + 6 * kMsPerHour};
    o.to = {kWorkday + 9 * kMsPerHour};
    Generator g = make(o);
    for (const auto& [device, rows] : by_device(all_of(g))) {
        double driven = 0;
        double integral = 0;
        for (std::size_t i = 1; i < rows.size(); ++i) {
            ASSERT_EQ(seconds(rows[i - 1], rows[i]), 1);
            const double leg = distance_m(rows[i - 1], rows[i]);
            const double mean =
                (rows[i - 1].metric(Field::speed) + rows[i].metric(Field::speed)) / 200 / 3.6;
            // A corner, or the moment in which braking ends, within the second.
            ASSERT_NEAR(leg, mean, 4) << rows[i].print();
            driven += leg;
            integral += mean;
        }
        EXPECT_NEAR(driven, integral, integral * 0.005 + 20) << device;
    }
}

TEST(Generator, NothingJumps) {
    Generator g = make(quiet(12, 5'000));
    std::size_t moving = 0;
    for (const auto& [device, rows] : by_device(all_of(g)))
        for (std::size_t i = 1; i < rows.size(); ++i) {
            const Seen& a = rows[i - 1];
            const Seen& b = rows[i];
            const double s = seconds(a, b);
            ASSERT_LT(distance_m(a, b) / s * 3.6, 112) << b.print();
            ASSERT_LE(std::abs(b.metric(Field::speed) - a.metric(Field::speed)), s * 1.6 * 360 + 1)
                << b.print();  // 1.6 m/s²
            ASSERT_LE(std::abs(b.metric(Field::battery) - a.metric(Field::battery)), s * 4)
                << b.print();
            ASSERT_LE(std::abs(b.metric(Field::temp) - a.metric(Field::temp)), 3) << b.print();
            ASSERT_LE(std::abs(b.metric(Field::humidity) - a.metric(Field::humidity)), 6)
                << b.print();
            if (a.metric(Field::speed) > 1'000 && b.metric(Field::speed) > 1'000 &&
                a.values.value(Field::heading) == b.values.value(Field::heading)) {
                // The course that is reported is the one that is driven.
                const double north = b.metric(Field::lat) - a.metric(Field::lat);
                const double east = (b.metric(Field::lon) - a.metric(Field::lon)) *
                                    std::cos(a.metric(Field::lat) * 1e-6 * 3.14159265358979 / 180);
                double course = std::atan2(east, north) * 180 / 3.14159265358979;
                double off = std::abs(course - a.metric(Field::heading) / 100);
                off = std::fmod(off, 360);
                ASSERT_LT(std::min(off, 360 - off), 2) << b.print();
                ++moving;
            }
        }
    EXPECT_GT(moving, 10'000U);
}

TEST(Generator, IsAsBusyAsAskedAndBusierByDay) {
    for (const double share : {0.2, 0.4, 0.6}) {
        GeneratorOptions o{.vehicles = 200,
                           .from = {kWorkday},
                           .to = {kWorkday + 2 * kMsPerDay},
                           .interval_ms = 120'000,
                           .moving_share = share,
                           .faults = false};
        Generator g = make(o);
        double moving = 0;
        double count = 0;
        std::array<double, 24> by_hour{};
        for (const Seen& s : all_of(g)) {
            const bool on = s.values.value(Field::speed) > 0;
            moving += on;
            ++count;
            by_hour[static_cast<std::size_t>(hour_of(s.values.ts))] += on;
        }
        EXPECT_NEAR(moving / count, share, 0.04) << share;
        EXPECT_GT(by_hour[7], 1.5 * by_hour[2]) << share;
    }
}

TEST(Generator, TheTruthIsWhatTheRecordsSay) {
    GeneratorOptions o{.vehicles = 80,
                       .from = {kWorkday},
                       .to = {kWorkday + 2 * kMsPerDay},
                       .interval_ms = 20'000};
    Generator g = make(o);
    const auto rows_of = by_device(all_of(g));
    std::vector<Anomaly> found;
    for (const auto& [device, rows] : rows_of) {
        const auto runs = [&](AnomalyType type, Field field, auto holds, bool highest) {
            std::optional<Anomaly> run;
            for (const Seen& s : rows) {
                const std::int32_t v = s.values.value(field);
                if (!holds(v)) {
                    if (run) found.push_back(*run);
                    run.reset();
                    continue;
                }
                if (!run) run = Anomaly{device, type, s.values.ts, s.values.ts, 0, v};
                run->end = s.values.ts;
                ++run->records;
                run->peak = highest ? std::max(run->peak, v) : std::min(run->peak, v);
            }
            if (run) found.push_back(*run);
        };
        runs(AnomalyType::overspeed, Field::speed, [](std::int32_t v) { return v > 11'000; }, true);
        runs(
            AnomalyType::low_battery, Field::battery, [](std::int32_t v) { return v < 2'000; },
            false);
        runs(AnomalyType::temp_high, Field::temp, [](std::int32_t v) { return v > 4'000; }, true);
        for (std::size_t i = 1; i < rows.size(); ++i) {
            const double s = seconds(rows[i - 1], rows[i]);
            if (s > 3'600)
                found.push_back({device, AnomalyType::gap, rows[i - 1].values.ts, rows[i].values.ts,
                                 0, static_cast<std::int32_t>(s)});
            const bool away = distance_m(rows[i - 1], rows[i]) / s * 3.6 > 300;
            const bool back =
                i + 1 < rows.size() &&
                distance_m(rows[i], rows[i + 1]) / seconds(rows[i], rows[i + 1]) * 3.6 > 300;
            if (away && back)
                found.push_back({device, AnomalyType::gps_jump, rows[i].values.ts,
                                 rows[i + 1].values.ts, 1, 0});
        }
    }
    std::vector<Anomaly> truth = g.truth();
    std::map<AnomalyType, int> counts;
    for (Anomaly& a : truth) {
        ++counts[a.type];
        if (a.type == AnomalyType::gps_jump) {
            EXPECT_GT(a.peak, 40'000);
            a.peak = 0;  // not seen exactly from outside
        }
    }
    EXPECT_EQ(counts.size(), 5U);
    for (const auto& [type, count] : counts) EXPECT_GT(count, 3) << to_string(type);
    const auto order = [](const Anomaly& a, const Anomaly& b) {
        return std::tie(a.start, a.device, a.type) < std::tie(b.start, b.device, b.type);
    };
    std::sort(found.begin(), found.end(), order);
    ASSERT_EQ(found.size(), truth.size());
    for (std::size_t i = 0; i < truth.size(); ++i) EXPECT_EQ(to_json(found[i]), to_json(truth[i]));
}

TEST(Generator, WritesATruthLine) {
    EXPECT_EQ(
        to_json({"V-0007", AnomalyType::overspeed, {kWorkday}, {kWorkday + 60'000}, 3, 13'405}),
        R"({"device":"V-0007","type":"overspeed","start":"2026-05-27T00:00:00.000Z","end":"2026-05-27T00:01:00.000Z","records":3,"peak":134.05})");
    EXPECT_EQ(
        to_json({"V-1", AnomalyType::gap, {0}, {7'200'000}, 0, 7'200}),
        R"({"device":"V-1","type":"gap","start":"1970-01-01T00:00:00.000Z","end":"1970-01-01T02:00:00.000Z","records":0,"peak":7200})");
}

TEST(Generator, SaysWhichOptionIsWrong) {
    const auto message = [](auto change) {
        GeneratorOptions o = quiet(1, 1'000);
        change(o);
        const auto made = Generator::make(o);
        return made ? std::string() : made.error().message;
    };
    EXPECT_EQ(message([](GeneratorOptions&) {}), "");
    EXPECT_EQ(message([](GeneratorOptions& o) { o.vehicles = 0; }),
              "vehicles must be 1 to 1000000");
    EXPECT_EQ(message([](GeneratorOptions& o) { o.to = o.from; }),
              "from must be before to, both from 1970 to 2149");
    EXPECT_EQ(message([](GeneratorOptions& o) { o.interval_ms = 0; }),
              "interval must be 1 ms to 1 day");
    EXPECT_EQ(message([](GeneratorOptions& o) { o.moving_share = std::nan(""); }),
              "moving share must be 0.05 to 0.8");
    EXPECT_EQ(message([](GeneratorOptions& o) { o.fleets = {"a b"}; }),
              "fleets must be ids of 1-64 characters of [A-Za-z0-9._:-], not 'a b'");
    EXPECT_NE(message([](GeneratorOptions& o) { o.device_prefix = "#"; }), "");
}

TEST(LiveFleet, GoesOnWhereTheHistoryEnded) {
    GeneratorOptions o{
        .vehicles = 9, .from = {kWorkday}, .to = {kWorkday + 3 * kMsPerHour}, .interval_ms = 5'000};
    const Timestamp cut{kWorkday + 2 * kMsPerHour + 1'234};
    Generator whole = make(o);
    std::vector<Seen> expected = all_of(whole);
    std::erase_if(expected, [&](const Seen& s) { return s.values.ts <= cut; });

    auto live = LiveFleet::make(o, cut);
    ASSERT_TRUE(live);
    std::vector<Seen> got;
    for (std::int64_t now = cut.ms; now < o.to.ms + 10'000; now += 700) {
        std::vector<model::Record> due;
        while (live->due({now}, 2, due) == 2) {
        }
        for (const model::Record& r : due) {
            ASSERT_LE(r.ts.ms, now);
            got.push_back(copy(r));
        }
        if (const auto next = live->next_due()) {
            ASSERT_GT(next->ms, now);
        }
    }
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i].print(), expected[i].print());
    EXPECT_FALSE(live->next_due());
}

TEST(LiveFleet, SkipsTimeThatNobodySaw) {
    GeneratorOptions o{.vehicles = 4, .from = {kWorkday}, .interval_ms = 10'000, .faults = false};
    auto live = LiveFleet::make(o, {kWorkday + 20 * kMsPerDay});
    ASSERT_TRUE(live);
    std::vector<model::Record> due;
    EXPECT_EQ(live->due({kWorkday + 20 * kMsPerDay + 10'000}, 100, due), 4U);
    EXPECT_EQ(live->due({kWorkday + 20 * kMsPerDay + 10'000}, 100, due), 0U);
}

TEST(Roads, EveryJunctionLeadsToEveryOther) {
    const Roads roads(3);
    const auto count = static_cast<std::uint16_t>(roads.junctions().size());
    EXPECT_GT(count, 200);
    for (std::uint16_t from = 0; from < count; from = static_cast<std::uint16_t>(from + 7))
        for (std::uint16_t to = 0; to < count; ++to) {
            std::uint16_t at = from;
            for (int hops = 0; at != to; ++hops) {
                ASSERT_LT(hops, 400);
                const Link& link = roads.link(roads.next_link(at, to));
                ASSERT_EQ(link.from, at);
                at = link.to;
            }
        }
    for (const Segment& s : roads.segments()) ASSERT_GT(s.length_mm, 10'000);
}

}  // namespace
}  // namespace fleet::ingest
