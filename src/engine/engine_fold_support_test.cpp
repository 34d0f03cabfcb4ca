// SPDX-License-Identifier: Apache-2.0
#include "engine/engine_fold_testing.hpp"
#include "engine/rule_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>

namespace fleet::engine::test {

std::vector<TestRecord> drives(std::uint64_t seed, std::size_t count) {
    std::mt19937_64 rng(seed);
    std::vector<TestRecord> out;
    for (int device = 0; device < 3; ++device) {
        // From the last hour of a day on, so that midnight finds them on the way and in alerts.
        std::int64_t ts = kBegin + 11 * kMsPerHour + static_cast<std::int64_t>(rng() % 3'600'000);
        std::int32_t lat = 48'850'000;
        std::int32_t lon = 2'350'000;
        bool driving = false;
        for (std::size_t i = 0; i < count / 3; ++i) {
            if (rng() % 12 == 0) driving = !driving;
            ts += rng() % 40 == 0 ? 4'000'000 + static_cast<std::int64_t>(rng() % 40'000'000)
                                  : 20'000 + static_cast<std::int64_t>(rng() % 60'000);
            TestRecord r;
            r.device = fmt::format("V-{}", device);
            r.fleet = device == 0 ? "south" : "north";
            r.record.ts.ms = ts;
            if (driving) {
                lat += static_cast<std::int32_t>(rng() % 9'000) - 4'000;
                lon += static_cast<std::int32_t>(rng() % 9'000) - 4'000;
            }
            if (rng() % 10 != 0) {
                r.record.set(model::Field::lat, lat);
                r.record.set(model::Field::lon, lon);
            }
            if (rng() % 8 != 0)
                r.record.set(model::Field::speed,
                             driving ? static_cast<std::int32_t>(rng() % 15'000) : 0);
            if (rng() % 3 == 0)
                r.record.set(model::Field::battery, static_cast<std::int32_t>(rng() % 4'000));
            out.push_back(r);
            if (rng() % 25 != 0) continue;
            r.record.set(model::Field::speed, static_cast<std::int32_t>(rng() % 15'000));
            r.record.set(model::Field::lat, lat + 400);
            r.record.set(model::Field::lon, lon);
            out.push_back(r);
        }
    }
    std::sort(out.begin(), out.end(), [](const TestRecord& a, const TestRecord& b) {
        return a.record.ts.ms < b.record.ts.ms;
    });
    return out;
}

model::Zone square(const std::string& id, std::int32_t lat, std::int32_t lon, std::int32_t half) {
    model::Zone zone;
    zone.id = id;
    zone.shape = model::Polygons{{{{lat - half, lon - half},
                                   {lat - half, lon + half},
                                   {lat + half, lon + half},
                                   {lat + half, lon - half}}}};
    return zone;
}

RuleChange put(model::Zone zone) {
    RuleChange change;
    change.kind = RuleChange::Kind::put_zone;
    change.zone = std::move(zone);
    return change;
}
RuleChange put(const std::string& name, model::RuleType type, std::int32_t limit,
               std::int64_t min_duration_ms, std::int32_t hysteresis) {
    RuleChange change;
    change.kind = RuleChange::Kind::put_rule;
    change.rule = model::default_rule(type);
    change.rule.name = name;
    change.rule.limit = limit;
    change.rule.min_duration_ms = min_duration_ms;
    change.rule.hysteresis = hysteresis;
    change.rule.cool_down_ms = 0;
    return change;
}
RuleChange removal(const std::string& name) {
    RuleChange change;
    change.kind = RuleChange::Kind::remove_rule;
    change.name = name;
    return change;
}

std::vector<RuleChange> rules() {
    return {put(square("centre", 48'850'000, 2'350'000, 3'000)),
            put(square("wide", 48'852'000, 2'351'000, 9'000)),
            put("fast", model::RuleType::overspeed, 9'000),
            put("fast-for-long", model::RuleType::overspeed, 5'000, 60'000, 1'000),
            put("low", model::RuleType::low_battery, 2'000),
            put("in", model::RuleType::zone_enter, 0),
            put("out", model::RuleType::zone_exit, 0, 90'000)};
}

std::vector<RuleChange> random_rules(std::uint64_t seed) {
    std::mt19937_64 rng(seed ^ 0x5EED);
    const auto up_to = [&](std::int32_t most) {
        return static_cast<std::int32_t>(rng() % static_cast<std::uint64_t>(most + 1));
    };
    std::vector<RuleChange> changes = rules();
    const std::size_t zones = rng() % 6;
    for (std::size_t i = 0; i < zones; ++i)
        changes.push_back(put(square(fmt::format("zone-{}", i), 48'850'000 + up_to(40'000) - 20'000,
                                     2'350'000 + up_to(40'000) - 20'000, 500 + up_to(12'000))));
    changes.push_back(put("random-fast", model::RuleType::overspeed, 2'000 + up_to(10'000),
                          up_to(3) * 45'000, up_to(1'500)));
    changes.back().rule.cool_down_ms = up_to(2) * 120'000;
    changes.push_back(put("random-low", model::RuleType::low_battery, 500 + up_to(3'000),
                          up_to(2) * 60'000, up_to(300)));
    changes.push_back(put("random-in", model::RuleType::zone_enter, 0, up_to(2) * 60'000));
    if (rng() % 2 == 0) changes.back().rule.fleets = {"north"};
    return changes;
}

std::vector<DeviceMove> random_moves(std::uint64_t seed, const std::vector<TestRecord>& records) {
    std::mt19937_64 rng(seed ^ 0xF1EE7);
    static constexpr std::array<const char*, 3> kFleets{"north", "south", "reserve"};
    std::vector<DeviceMove> moves;
    for (std::uint64_t left = rng() % 7; left > 0; --left) {
        const TestRecord& record = records[rng() % records.size()];
        const auto day = static_cast<std::uint16_t>(day_of(record.record.ts).value + rng() % 3 - 1);
        moves.push_back({record.device, kFleets[rng() % kFleets.size()], Day{day}});
    }
    return moves;
}

std::string memberships_of(Engine& engine) {
    std::set<Day> days;
    auto fleets = engine.fleets();
    std::sort(fleets.begin(), fleets.end());
    for (const auto& [fleet, retention] : fleets) {
        const auto members = engine.devices_of(*engine.fleet_number(fleet));
        for (const DeviceHandle device : *members)
            for (const Day day : engine.days_of(device)) days.insert(day);
    }
    std::string out;
    for (const auto& [fleet, retention] : fleets) {
        const std::uint32_t number = *engine.fleet_number(fleet);
        for (const Day day : days) {
            const auto members = engine.devices_on(number, day);
            if (members->empty()) continue;  // that there is such a fleet says nothing
            out += fmt::format("{} {}:", fleet, format_day(day));
            for (const DeviceHandle device : *members) out += " " + engine.device(device).id;
            const auto hours = engine.fleet_day(number, day);
            if (!hours) return hours.error().message;
            for (const model::HourStats& hour : *hours)
                if (hour.records != 0)
                    out += fmt::format(" {}/{}/{}", hour.records, hour.active_devices,
                                       hour.legs.distance_mm);
            out += '\n';
        }
    }
    return out;
}

std::string found(Engine& engine, bool status) {
    std::string out;
    std::set<std::string> ids;
    const auto snapshot = engine.rules();
    auto fleets = engine.fleets();
    std::sort(fleets.begin(), fleets.end());
    for (const auto& [fleet, days] : fleets) {
        const std::uint32_t number = *engine.fleet_number(fleet);
        const auto handles = engine.devices_of(number);
        for (const DeviceHandle device : *handles) {
            const auto trips = engine.trips(device, {0}, kForEverTs);
            const auto stops = engine.stops(device, {0}, kForEverTs);
            if (!trips || !stops) return "error";
            out += engine.device(device).id + '\n';
            for (const model::Trip& t : *trips)
                out +=
                    fmt::format("trip {} {} {} {} {} {}\n", t.start_ms, t.end_ms, t.distance_mm,
                                t.gap_mm, t.max_speed.value_or(-1), model::name_of(t.end_reason));
            for (const model::Stop& s : *stops)
                out += fmt::format("stop {} {} {}\n", s.start_ms, s.end_ms, s.open);
        }
        AlertQuery query;
        query.fleet = number;
        query.from = {0};
        query.to = kForEverTs;
        query.limit = 7;
        std::uint64_t critical = 0;
        std::uint64_t critical_later = 0;
        const Timestamp later{kBegin + 8 * kMsPerHour};
        const Day second_day = day_of({kBegin + kMsPerDay});
        AlertStarts starts{};
        for (int pages = 0; pages < 1'000; ++pages) {
            const auto page = engine.alerts(query);
            if (!page) return page.error().message;
            for (const AlertRow& a : page->items) {
                EXPECT_TRUE(ids.insert(a.id.text()).second) << "two alerts are " << a.id.text();
                out +=
                    fmt::format("{} {} {} {} {} {} {} {}", a.id.text(), engine.device(a.device).id,
                                snapshot->rule_name(a.run.rule), snapshot->zone_id(a.run.zone),
                                a.run.start_ms, a.run.end_ms.value_or(-1), a.run.peak.value_or(-1),
                                model::name_of(a.run.severity));
                if (status) out += fmt::format(" late {} actions {}", a.late, a.actions.size());
                out += '\n';
                const Timestamp start{a.run.start_ms};
                if (day_of(start) == second_day)
                    ++starts[static_cast<std::size_t>(hour_of(start))]
                            [static_cast<std::size_t>(a.run.severity)];
                if (a.run.severity != model::Severity::high || a.state == AlertState::resolved)
                    continue;
                ++critical;
                critical_later += a.run.start_ms >= later.ms ? 1 : 0;
            }
            query.after = page->next;
            if (query.after.empty()) break;
        }
        EXPECT_EQ(engine.unresolved_high(number, {0}, kForEverTs).value(), critical);
        EXPECT_EQ(engine.unresolved_high(number, later, kForEverTs).value(), critical_later);
        EXPECT_EQ(engine.alert_starts(number, second_day).value(), starts);
    }
    return out;
}

void feed(Engine& engine, const std::vector<TestRecord>& records) {
    ASSERT_TRUE(engine.submit_and_wait(batch_of(records, 0, records.size())));
}

}  // namespace fleet::engine::test
