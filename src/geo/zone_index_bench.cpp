// SPDX-License-Identifier: Apache-2.0
#include "geo/zone_index.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace {

using fleet::model::Circle;
using fleet::model::Corridor;
using fleet::model::GeoPoint;
using fleet::model::Polygons;
using fleet::model::Ring;
using fleet::model::Shape;

constexpr double kTwoPi = 6.283185307179586;

/// A round area with an edge like a coast, radius in stored units: from vertex to vertex it moves
/// by about as much inwards or outwards as it goes on.
Polygons blob(GeoPoint centre, double radius, int vertices, std::mt19937_64& rng) {
    std::uniform_real_distribution<double> ragged(-kTwoPi / vertices, kTwoPi / vertices);
    Ring ring;
    double r = radius;
    for (int i = 0; i < vertices; ++i) {
        const double angle = kTwoPi * i / vertices;
        r = std::clamp(r + radius * ragged(rng), radius * 0.7, radius * 1.3);
        ring.push_back({static_cast<std::int32_t>(centre.lat + r * std::sin(angle)),
                        static_cast<std::int32_t>(centre.lon + r * std::cos(angle))});
    }
    return {{ring}};
}

/// Depots, customers and roads of a country of 10° × 10°.
std::vector<Shape> country(int zones, std::mt19937_64& rng) {
    std::uniform_int_distribution<std::int32_t> place(0, 9'999'999);
    std::vector<Shape> shapes;
    for (int i = 0; i < zones; ++i) {
        const GeoPoint at{42'000'000 + place(rng), -2'000'000 + place(rng)};
        if (i % 10 == 0) {
            shapes.emplace_back(Circle{at, 2'000'000});
        } else if (i % 10 == 1) {
            Corridor road{{at}, 50'000};
            for (int p = 0; p < 50; ++p)
                road.line.push_back({road.line.back().lat + place(rng) / 4'000,
                                     road.line.back().lon + place(rng) / 4'000});
            shapes.emplace_back(road);
        } else {
            shapes.emplace_back(blob(at, 60'000, 30, rng));
        }
    }
    return shapes;
}

fleet::geo::ZoneIndex index_of(const std::vector<Shape>& shapes) {
    std::vector<const Shape*> pointers;
    for (const Shape& shape : shapes) pointers.push_back(&shape);
    return fleet::geo::ZoneIndex(pointers);
}

void look_up(benchmark::State& state, const fleet::geo::ZoneIndex& index,
             const std::vector<GeoPoint>& places) {
    std::vector<std::uint32_t> zones;
    std::size_t next = 0;
    std::int64_t found = 0;
    for (auto _ : state) {
        index.containing(places[next], zones);
        found += static_cast<std::int64_t>(zones.size());
        next = next + 1 == places.size() ? 0 : next + 1;
    }
    benchmark::DoNotOptimize(found);
    state.SetItemsProcessed(state.iterations());
    state.counters["zones_per_place"] =
        static_cast<double>(found) / static_cast<double>(state.iterations());
}

void places_anywhere(benchmark::State& state) {
    std::mt19937_64 rng(1);
    const auto index = index_of(country(static_cast<int>(state.range(0)), rng));
    std::uniform_int_distribution<std::int32_t> place(0, 9'999'999);
    std::vector<GeoPoint> places;
    for (int i = 0; i < 1 << 16; ++i)
        places.push_back({42'000'000 + place(rng), -2'000'000 + place(rng)});
    look_up(state, index, places);
}
BENCHMARK(places_anywhere)->Arg(100)->Arg(10'000);

void places_on_a_track(benchmark::State& state) {
    std::mt19937_64 rng(2);
    const auto index = index_of(country(static_cast<int>(state.range(0)), rng));
    std::uniform_int_distribution<std::int32_t> step(-100, 300);
    std::vector<GeoPoint> places{{43'000'000, -1'000'000}};
    while (places.size() < 1 << 15)
        places.push_back({places.back().lat + step(rng), places.back().lon + step(rng)});
    look_up(state, index, places);
}
BENCHMARK(places_on_a_track)->Arg(10'000);

void places_in_one_large_polygon(benchmark::State& state) {
    std::mt19937_64 rng(3);
    const GeoPoint centre{47'000'000, 3'000'000};
    const std::vector<Shape> shapes{blob(centre, 1'000'000, static_cast<int>(state.range(0)), rng)};
    const auto index = index_of(shapes);
    std::uniform_int_distribution<std::int32_t> step(-1'000'000, 1'000'000);
    std::vector<GeoPoint> places;
    for (int i = 0; i < 1 << 16; ++i)
        places.push_back({centre.lat + step(rng), centre.lon + step(rng)});
    look_up(state, index, places);
}
BENCHMARK(places_in_one_large_polygon)->Arg(5'000)->Arg(100'000);

void distance_to_a_large_polygon(benchmark::State& state) {
    std::mt19937_64 rng(4);
    const GeoPoint centre{47'000'000, 3'000'000};
    const std::vector<Shape> shapes{blob(centre, 1'000'000, static_cast<int>(state.range(0)), rng)};
    const auto index = index_of(shapes);
    std::uniform_int_distribution<std::int32_t> step(-1'500'000, 1'500'000);
    double sum = 0;
    for (auto _ : state)
        sum += index.distance_m(0, {centre.lat + step(rng), centre.lon + step(rng)});
    benchmark::DoNotOptimize(sum);
}
BENCHMARK(distance_to_a_large_polygon)->Arg(5'000);

void building_the_index(benchmark::State& state) {
    std::mt19937_64 rng(5);
    const auto shapes = country(static_cast<int>(state.range(0)), rng);
    for (auto _ : state) benchmark::DoNotOptimize(index_of(shapes).size());
}
BENCHMARK(building_the_index)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
