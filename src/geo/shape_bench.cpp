// SPDX-License-Identifier: Apache-2.0
#include "geo/shape.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace {

using fleet::model::Polygons;
using fleet::model::Ring;

void check(benchmark::State& state, const Ring& ring) {
    const fleet::model::Shape shape = Polygons{{ring}};
    for (auto _ : state) {
        const auto checked = fleet::geo::check_shape(shape);
        if (!checked) state.SkipWithError(checked.error().message.c_str());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(ring.size()));
}

/// A ring like a coast.
void checking_a_coast(benchmark::State& state) {
    std::mt19937_64 rng(1);
    const auto vertices = static_cast<int>(state.range(0));
    const double step = 6.283185307179586 / vertices;
    std::uniform_real_distribution<double> ragged(-step, step);
    Ring ring;
    double r = 1;
    for (int i = 0; i < vertices; ++i) {
        r = std::clamp(r + ragged(rng), 0.7, 1.3);
        ring.push_back({static_cast<std::int32_t>(8'000'000 * r * std::sin(step * i)),
                        static_cast<std::int32_t>(8'000'000 * r * std::cos(step * i))});
    }
    check(state, ring);
}
BENCHMARK(checking_a_coast)
    ->Arg(5'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);

/// A ring with long thin teeth: every edge is near many others.
void checking_a_comb(benchmark::State& state) {
    Ring ring;
    for (std::int32_t i = 0; i < state.range(0) / 2; ++i) {
        ring.push_back({0, 100 * i});
        ring.push_back({1'000'000, 100 * i + 50});
    }
    ring.push_back({-1'000, 50 * static_cast<std::int32_t>(state.range(0))});
    ring.push_back({-1'000, 0});
    check(state, ring);
}
BENCHMARK(checking_a_comb)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
