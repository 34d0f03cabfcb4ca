// SPDX-License-Identifier: Apache-2.0
#include "store/local/local_reader.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

namespace {

using fleet::Timestamp;
using fleet::model::Field;

constexpr int kDevices = 10'000;
constexpr int kRowsOfOne = 2'880;
constexpr std::int64_t kDayMs = 20'527 * fleet::kMsPerDay;

/// 10,000 devices with three rows each, and one with a row each 30 s of a day.
class Store {
  public:
    Store() {
        std::string path = (std::filesystem::temp_directory_path() / "fleet-bench-XXXXXX").string();
        if (::mkdtemp(path.data()) == nullptr) std::abort();
        dir_ = path;
        fleet::engine::EngineOptions options;
        options.dir = dir_;
        clock_->set({kDayMs + fleet::kMsPerDay});
        auto opened = fleet::engine::Engine::open(options, clock_);
        if (!opened) std::abort();
        engine_ = std::move(*opened);
        fleet::engine::Batch batch;
        std::vector<std::string> ids;
        for (int d = 0; d < kDevices; ++d) ids.push_back(fmt::format("V-{:05}", d));
        const auto add = [&](std::string_view id, std::int64_t second) {
            fleet::model::Record record;
            record.device = id;
            record.fleet = "north";
            record.ts = {kDayMs + second * 1'000};
            record.set(Field::lat, 48'850'000 + static_cast<std::int32_t>(second));
            record.set(Field::lon, 2'350'000);
            record.set(Field::speed, static_cast<std::int32_t>(second % 9'000));
            record.set(Field::battery, 8'000);
            batch.rows.indexes.push_back(static_cast<std::uint32_t>(batch.rows.records.size()));
            batch.rows.records.push_back(record);
        };
        for (const std::string& id : ids)
            for (int i = 0; i < 3; ++i) add(id, i * 20'000);
        for (int i = 0; i < kRowsOfOne; ++i) add("one", i * 30);
        if (!engine_->submit_and_wait(std::move(batch)) || !engine_->checkpoint()) std::abort();
        reader_ = std::make_unique<fleet::store::LocalReader>(engine_, clock_);
    }
    ~Store() {
        reader_.reset();
        engine_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(dir_, ignored);
    }
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    fleet::store::LocalReader& reader() { return *reader_; }

  private:
    std::filesystem::path dir_;
    std::shared_ptr<fleet::ManualClock> clock_ = std::make_shared<fleet::ManualClock>(Timestamp{0});
    std::shared_ptr<fleet::engine::Engine> engine_;
    std::unique_ptr<fleet::store::LocalReader> reader_;
};

Store& store() {
    static Store instance;
    return instance;
}

const auto kAll = fleet::model::ScopeForTests::everything();
constexpr fleet::Day kDay{20'527};

template <class Query>
void run(benchmark::State& state, Query query) {
    for (auto _ : state) {
        auto answer = query(store().reader());
        if (!answer) state.SkipWithError(answer.error().message.c_str());
        benchmark::DoNotOptimize(answer);
    }
}

void fleet_latest_of_10000(benchmark::State& state) {
    run(state, [](auto& r) { return r.fleet_latest(kAll, "north", {}, {10'000, {}}); });
}
void fleet_latest_of_10000_in_the_past(benchmark::State& state) {
    run(state, [](auto& r) {
        return r.fleet_latest(kAll, "north", Timestamp{kDayMs + 30'000'000}, {10'000, {}});
    });
}
void kpis_of_10000(benchmark::State& state) {
    run(state, [](auto& r) {
        return r.kpis(kAll, "north", Timestamp{kDayMs + 40'000'000}, fleet::kMsPerHour);
    });
}
void kpis_of_day_of_10000(benchmark::State& state) {
    run(state, [](auto& r) { return r.kpis_of_day(kAll, "north", kDay); });
}
void fleets_with_10000(benchmark::State& state) {
    run(state, [](auto& r) { return r.fleets(kAll); });
}
void search_in_10000(benchmark::State& state) {
    run(state, [](auto& r) { return r.search(kAll, "v-0999", 20); });
}
void analytics_of_10000(benchmark::State& state) {
    run(state, [](auto& r) { return r.analytics(kAll, "north", kDay); });
}
void history_page_of_1000(benchmark::State& state) {
    run(state, [](auto& r) {
        return r.history(kAll, "one", {kDay.begin(), kDay.end()}, fleet::store::Order::newest_first,
                         {1'000, {}});
    });
}
void device_day_of_2880(benchmark::State& state) {
    run(state, [](auto& r) {
        return r.history(kAll, "one", {kDay.begin(), kDay.end()}, fleet::store::Order::newest_first,
                         {2'880, {}});
    });
}

BENCHMARK(fleet_latest_of_10000)->Unit(benchmark::kMicrosecond);
BENCHMARK(fleet_latest_of_10000_in_the_past)->Unit(benchmark::kMicrosecond);
BENCHMARK(kpis_of_10000)->Unit(benchmark::kMicrosecond);
BENCHMARK(kpis_of_day_of_10000)->Unit(benchmark::kMicrosecond);
BENCHMARK(fleets_with_10000)->Unit(benchmark::kMicrosecond);
BENCHMARK(search_in_10000)->Unit(benchmark::kMicrosecond);
BENCHMARK(analytics_of_10000)->Unit(benchmark::kMicrosecond);
BENCHMARK(history_page_of_1000)->Unit(benchmark::kMicrosecond);
BENCHMARK(device_day_of_2880)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
