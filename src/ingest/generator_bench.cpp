// SPDX-License-Identifier: Apache-2.0
// Speed of the generator: in the order of time over a fleet, and vehicle by vehicle.
#include "ingest/generator.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace fleet;

ingest::GeneratorOptions options(std::uint32_t vehicles) {
    return {.vehicles = vehicles,
            .from = {1'750'000'000'000},
            .to = {1'750'000'000'000 + kMsPerDay},
            .interval_ms = 10'000,
            .moving_share = 0.6};
}

void report(benchmark::State& state, std::uint64_t rows, std::uint64_t checksum) {
    state.counters["rows_per_s"] =
        benchmark::Counter(static_cast<double>(rows), benchmark::Counter::kIsRate);
    state.counters["checksum"] = static_cast<double>(checksum & 0xFFFF'FFFF);
}

void in_order_of_time(benchmark::State& state) {
    auto generator = ingest::Generator::make(options(static_cast<std::uint32_t>(state.range(0))));
    std::uint64_t rows = 0;
    std::uint64_t checksum = 0;
    model::Record record;
    for (auto _ : state)
        for (int i = 0; i < 10'000; ++i) {
            if (!generator->next(record)) {
                generator =
                    ingest::Generator::make(options(static_cast<std::uint32_t>(state.range(0))));
                continue;
            }
            ++rows;
            checksum = checksum * 31 + static_cast<std::uint32_t>(record.value(model::Field::lat));
        }
    report(state, rows, checksum);
}
BENCHMARK(in_order_of_time)->Arg(60)->Arg(2'000)->Arg(50'000)->MinTime(1.0);

void vehicle_by_vehicle(benchmark::State& state) {
    const auto generator = ingest::Generator::make(options(2'000));
    std::uint64_t rows = 0;
    std::uint64_t checksum = 0;
    std::uint32_t vehicle = 0;
    model::Record record;
    for (auto _ : state) {
        ingest::VehicleStream stream = generator->vehicle_stream(vehicle++ % 2'000);
        while (stream.next(record)) {
            ++rows;
            checksum = checksum * 31 + static_cast<std::uint32_t>(record.value(model::Field::lat));
        }
    }
    report(state, rows, checksum);
}
BENCHMARK(vehicle_by_vehicle);

void make_fleet(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(ingest::Generator::make(options(60)));
}
BENCHMARK(make_fleet)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
