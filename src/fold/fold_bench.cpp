// SPDX-License-Identifier: Apache-2.0
#include "fold/fold.hpp"

#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

namespace fleet::fold {
namespace {

using model::Field;

constexpr Day kDay{20'000};

/// A device-day of one row each 10 s. `pace` is the largest step in 1e-6 degree.
std::vector<model::Sample> device_day(int pace) {
    std::mt19937_64 random(1);
    std::uniform_int_distribution<std::int32_t> step(-pace, pace);
    std::uniform_int_distribution<std::int32_t> metric(-900, 900);
    std::vector<model::Sample> rows(8'640);
    model::GeoPoint at{48'856'697, 2'351'462};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        at = {at.lat + step(random), at.lon + step(random)};
        rows[i].ts_ms = kDay.begin().ms + static_cast<std::int64_t>(i) * 10'000;
        rows[i].set(Field::lat, at.lat);
        rows[i].set(Field::lon, at.lon);
        rows[i].set(Field::speed, metric(random) + 900);
        rows[i].set(Field::battery, 9'000);
        rows[i].set(Field::temp, 2'000 + metric(random));
        rows[i].set(Field::humidity, 5'000);
    }
    return rows;
}

std::vector<RuleVersion> built_ins() {
    std::vector<RuleVersion> versions;
    for (model::Rule& rule : model::built_in_rules()) {
        RuleVersion version;
        version.number = static_cast<std::uint32_t>(versions.size() + 1);
        version.rule = std::move(rule);
        versions.push_back(std::move(version));
    }
    return versions;
}

void fold_day(benchmark::State& state, const RuleSet& rules, int pace) {
    const std::vector<model::Sample> rows = device_day(pace);
    const model::TextPool texts;
    const auto day_rules = rules.for_day("V-1", "north", kDay);
    for (auto _ : state) {
        DeviceState device;
        DayResult result;
        DayFold fold(device, result, *day_rules);
        for (const model::Sample& row : rows) fold.step(row, texts);
        benchmark::DoNotOptimize(result.hours);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows.size()));
}

void moving_with_built_in_rules(benchmark::State& state) {
    fold_day(state, RuleSet(built_ins(), {}), 900);
}
BENCHMARK(moving_with_built_in_rules);

void parked_with_built_in_rules(benchmark::State& state) {
    fold_day(state, RuleSet(built_ins(), {}), 0);
}
BENCHMARK(parked_with_built_in_rules);

/// 10,000 limits of speed that no row reaches.
void moving_with_10k_rules(benchmark::State& state) {
    std::vector<RuleVersion> rules = built_ins();
    for (std::uint32_t i = 0; i < 10'000; ++i) {
        RuleVersion version;
        version.number = 16 + i;
        version.rule = model::default_rule(model::RuleType::threshold);
        version.rule.name = "limit-" + std::to_string(i);
        version.rule.limit = static_cast<std::int32_t>(10'000 + i);
        rules.push_back(std::move(version));
    }
    fold_day(state, RuleSet(std::move(rules), {}), 900);
}
BENCHMARK(moving_with_10k_rules);

/// Circles of 1 km every 2 km; the device crosses some.
void moving_among_1000_zones(benchmark::State& state) {
    std::vector<ZoneVersion> zones;
    for (std::int32_t i = 0; i < 1'000; ++i) {
        ZoneVersion version;
        version.number = static_cast<std::uint32_t>(i + 1);
        version.zone.id = "z" + std::to_string(i);
        version.zone.shape =
            model::Circle{{48'600'000 + i / 32 * 18'000, 2'000'000 + i % 32 * 27'000}, 1'000'000};
        zones.push_back(std::move(version));
    }
    fold_day(state, RuleSet(built_ins(), std::move(zones)), 900);
}
BENCHMARK(moving_among_1000_zones);

/// Rows that come one by one: an object for each.
void one_object_a_row(benchmark::State& state) {
    const RuleSet rules(built_ins(), {});
    const std::vector<model::Sample> rows = device_day(900);
    const model::TextPool texts;
    for (auto _ : state) {
        DeviceState device;
        DayResult result;
        for (const model::Sample& row : rows) {
            const auto day_rules = rules.for_day("V-1", "north", kDay);
            DayFold(device, result, *day_rules).step(row, texts);
        }
        benchmark::DoNotOptimize(result.hours);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows.size()));
}
BENCHMARK(one_object_a_row);

void encode_and_decode_state(benchmark::State& state) {
    const RuleSet rules(built_ins(), {});
    const model::TextPool texts;
    DeviceState device;
    DayResult result;
    DayFold fold(device, result, *rules.for_day("V-1", "north", kDay));
    for (const model::Sample& row : device_day(0)) fold.step(row, texts);
    std::string bytes;
    for (auto _ : state) {
        bytes.clear();
        device.encode(bytes);
        benchmark::DoNotOptimize(DeviceState::decode(bytes));
    }
    state.counters["bytes"] = static_cast<double>(bytes.size());
}
BENCHMARK(encode_and_decode_state);

}  // namespace
}  // namespace fleet::fold

BENCHMARK_MAIN();
