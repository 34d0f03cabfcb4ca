// SPDX-License-Identifier: Apache-2.0
// Decimal texts to stored units: the fast path of plain numbers, and the exact one with a unit.
#include "codec/number.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <random>
#include <string>
#include <vector>

namespace fleet::codec {
namespace {

constexpr std::size_t kCount = 20'000;

std::string numbers() {
    std::mt19937 rng(5);
    std::string out;
    for (std::size_t i = 0; i < kCount; ++i)
        out += fmt::format("{:.2f},", static_cast<double>(rng() % 13'000) / 100);
    return out;
}

void report(benchmark::State& state, std::int64_t sum) {
    state.counters["numbers"] =
        benchmark::Counter(static_cast<double>(kCount) * static_cast<double>(state.iterations()),
                           benchmark::Counter::kIsRate);
    state.counters["checksum"] = static_cast<double>(sum);
}

void plain_numbers(benchmark::State& state) {
    const std::string text = numbers();
    std::int64_t sum = 0;
    for (auto _ : state) {
        sum = 0;
        for (const char* p = text.data(); p < text.data() + text.size(); ++p) {
            model::Scaled value;
            p = parse_plain(p, 2, value);
            sum += value.rounded;
        }
        benchmark::DoNotOptimize(sum);
    }
    report(state, sum);
}

void scaled_numbers_in_mph(benchmark::State& state) {
    const std::string text = numbers();
    std::vector<std::string_view> cells;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t comma = text.find(',', at);
        cells.push_back(std::string_view(text).substr(at, comma - at));
        at = comma + 1;
    }
    std::int64_t sum = 0;
    for (auto _ : state) {
        sum = 0;
        for (const std::string_view cell : cells)
            sum += parse_scaled(cell, 2, {1'609'344, -6})->rounded;
        benchmark::DoNotOptimize(sum);
    }
    report(state, sum);
}

BENCHMARK(plain_numbers);
BENCHMARK(scaled_numbers_in_mph);

}  // namespace
}  // namespace fleet::codec

BENCHMARK_MAIN();
