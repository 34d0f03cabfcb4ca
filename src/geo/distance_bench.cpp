// SPDX-License-Identifier: Apache-2.0
#include "geo/distance.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <vector>

namespace {

void leg_mm_of_neighbours(benchmark::State& state) {
    std::mt19937_64 random(1);
    std::uniform_int_distribution<std::int32_t> step(-3'000, 3'000);
    std::vector<fleet::geo::Point> track{{48'856'697, 2'351'462}};
    while (track.size() < 4'096)
        track.push_back({track.back().lat + step(random), track.back().lon + step(random)});
    std::int64_t sum = 0;
    for (auto _ : state)
        for (std::size_t i = 1; i < track.size(); ++i)
            sum += fleet::geo::leg_mm(track[i - 1], track[i]);
    benchmark::DoNotOptimize(sum);
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(track.size() - 1));
}
BENCHMARK(leg_mm_of_neighbours);

}  // namespace

BENCHMARK_MAIN();
