// SPDX-License-Identifier: Apache-2.0
#include "fold/day_fold.hpp"

#include <benchmark/benchmark.h>

#include <random>
#include <vector>

namespace {

using fleet::model::Field;

/// A device-day of one row each 10 s, as in the loading experiment.
void refold_device_day(benchmark::State& state) {
    std::mt19937_64 random(1);
    std::uniform_int_distribution<std::int32_t> step(-900, 900);
    std::vector<fleet::model::Sample> rows(8'640);
    fleet::geo::Point at{48'856'697, 2'351'462};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        at = {at.lat + step(random), at.lon + step(random)};
        rows[i].ts_ms = static_cast<std::int64_t>(i) * 10'000;
        rows[i].set(Field::lat, at.lat);
        rows[i].set(Field::lon, at.lon);
        rows[i].set(Field::speed, step(random) + 900);
        rows[i].set(Field::battery, 9'000);
        rows[i].set(Field::temp, 2'000 + step(random));
        rows[i].set(Field::humidity, 5'000);
    }
    for (auto _ : state) benchmark::DoNotOptimize(fleet::fold::refold(rows));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows.size()));
}
BENCHMARK(refold_device_day);

}  // namespace

BENCHMARK_MAIN();
