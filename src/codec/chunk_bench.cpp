// SPDX-License-Identifier: Apache-2.0
// Size and speed of column chunks on a synthetic fleet, and on CSV files named by FLEET_BENCH_CSV
// (plain text, separated by ':', header device_id,ts,lat,lon,speed_kmh,battery_pct,temp_c).
// Counters: rows_per_s, bytes_per_row, checksum of what was decoded. FLEET_BENCH_COLUMNS=1 prints
// the bytes of each column.
#include "codec/chunk.hpp"

#include "model/validate.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

namespace {

using namespace fleet;
using model::Field;
using model::Rows;
using model::Sample;

constexpr std::int64_t kStart = 20'000 * kMsPerDay;

std::int32_t rounded(double value) { return static_cast<std::int32_t>(std::lround(value)); }

/// One vehicle for one day: trips along straight streets with turns, parked in between. 60 % of the
/// time it moves.
Rows synthetic_day(std::uint64_t seed) {
    constexpr int kInterval = 10;
    std::mt19937_64 rng(seed);
    std::normal_distribution<double> noise;
    std::uniform_real_distribution<double> uniform;
    Rows rows;
    double north = 48.85e6 + 1e5 * noise(rng);
    double east = 2.35e6 + 1e5 * noise(rng);
    double speed = 0;
    double wanted = 50;
    double heading = 6.28 * uniform(rng);
    double battery = 9500;
    double temp = 2000;
    double humidity = 5500;
    bool moving = false;
    double phase_left = 600;
    const std::uint32_t zones[] = {rows.texts.intern("zone_a"), rows.texts.intern("zone_b")};
    for (int t = 0; t < 86'400; t += kInterval) {
        for (int second = 0; second < kInterval; ++second) {
            if (--phase_left <= 0) {
                moving = !moving;
                phase_left = (moving ? 1800 : 1200) * (0.3 + 1.4 * uniform(rng));
            }
            if (uniform(rng) < 1.0 / 40) wanted = 15 + 75 * uniform(rng);
            if (uniform(rng) < 1.0 / 45 && moving)
                heading += (uniform(rng) < 0.5 ? 1 : -1) * (0.3 + 1.3 * uniform(rng));
            const double target = moving ? wanted : 0;
            speed += std::clamp(target - speed, -6.0, 4.0);
            const double metres = speed / 3.6;
            north += metres * std::cos(heading) * 8.993;
            east += metres * std::sin(heading) * 13.67;
            battery -= 0.05 * metres / 10 + 0.001;
        }
        if (battery < 2000) battery = 9500;
        temp += 0.3 * noise(rng);
        humidity += 1.5 * noise(rng);
        const double turns = heading / 6.283185307179586;
        Sample& s = rows.samples.emplace_back();
        s.ts_ms = kStart + t * 1000;
        s.set(Field::lat, rounded(north + 3 * 8.993 * noise(rng)));
        s.set(Field::lon, rounded(east + 3 * 13.67 * noise(rng)));
        s.set(Field::speed, speed < 0.5 ? 0 : std::max(0, rounded(100 * speed + 70 * noise(rng))));
        s.set(Field::heading, rounded(36'000 * (turns - std::floor(turns))));
        s.set(Field::battery, rounded(battery));
        s.set(Field::temp, rounded(temp + 10 * noise(rng)));
        s.set(Field::humidity, rounded(humidity));
        s.zone = zones[t % 40'000 < 20'000 ? 0 : 1];
        s.mask |= model::kZoneBit;
    }
    return rows;
}

const std::vector<Rows>& synthetic_fleet() {
    static const std::vector<Rows> fleet = [] {
        std::vector<Rows> made;
        for (std::uint64_t vehicle = 0; vehicle < 24; ++vehicle)
            made.push_back(synthetic_day(vehicle + 1));
        for (Rows& rows : made)  // the nine fields of the budget: the eight here and the device;
                                 // heading is extra
            for (Sample& s : rows.samples) s.mask &= ~model::bit(Field::heading);
        return made;
    }();
    return fleet;
}
const std::vector<Rows>& synthetic_fleet_with_heading() {
    static const std::vector<Rows> fleet = [] {
        std::vector<Rows> made = synthetic_fleet();
        for (Rows& rows : made)
            for (Sample& s : rows.samples) s.mask |= model::bit(Field::heading);
        return made;
    }();
    return fleet;
}

/// Rows of a file by device and day, sorted and without repeated times.
std::vector<Rows> read_csv(const std::string& path) {
    std::ifstream file(path);
    if (!file) {
        std::fprintf(stderr, "FLEET_BENCH_CSV: cannot read %s\n", path.c_str());
        std::exit(1);
    }
    static constexpr Field kColumnFields[] = {Field::lat, Field::lon, Field::speed, Field::battery,
                                              Field::temp};
    std::map<std::pair<std::string, std::int64_t>, Rows> days;
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::istringstream cells(line);
        std::string device;
        std::string text;
        std::getline(cells, device, ',');
        std::getline(cells, text, ',');
        const auto ts = parse_rfc3339(text);
        if (!ts) continue;
        Sample s;
        s.ts_ms = ts->ms;
        for (const Field field : kColumnFields) {
            if (!std::getline(cells, text, ',') || text.empty()) continue;
            double number = 0;
            std::from_chars(text.data(), text.data() + text.size(), number);
            s.set(field, static_cast<std::int32_t>(
                             model::scale(number, model::info(field).decimals)->rounded));
        }
        days[{device, s.ts_ms / kMsPerDay}].samples.push_back(s);
    }
    std::vector<Rows> out;
    for (auto& [key, rows] : days) {
        const auto earlier = [](const Sample& a, const Sample& b) { return a.ts_ms < b.ts_ms; };
        const auto same = [](const Sample& a, const Sample& b) { return a.ts_ms == b.ts_ms; };
        std::stable_sort(rows.samples.begin(), rows.samples.end(), earlier);
        rows.samples.erase(std::unique(rows.samples.begin(), rows.samples.end(), same),
                           rows.samples.end());
        out.push_back(std::move(rows));
    }
    return out;
}

template <class Use>
void for_each_chunk(const std::vector<Rows>& fleet, std::size_t rows_per_chunk, Use use) {
    for (const Rows& rows : fleet) {
        const std::span<const Sample> all = rows.samples;
        for (std::size_t at = 0; at < all.size(); at += rows_per_chunk)
            use(all.subspan(at, std::min(rows_per_chunk, all.size() - at)), rows.texts);
    }
}

std::size_t row_count(const std::vector<Rows>& fleet) {
    std::size_t count = 0;
    for (const Rows& rows : fleet) count += rows.size();
    return count;
}

std::vector<std::string> encode_all(const std::vector<Rows>& fleet, std::size_t rows_per_chunk) {
    std::vector<std::string> chunks;
    for_each_chunk(fleet, rows_per_chunk, [&](auto rows, const auto& texts) {
        chunks.push_back(codec::encode_chunk(rows, texts));
    });
    return chunks;
}

void report(benchmark::State& state, std::size_t rows, std::size_t bytes) {
    const auto total = static_cast<double>(rows) * static_cast<double>(state.iterations());
    state.counters["rows_per_s"] = benchmark::Counter(total, benchmark::Counter::kIsRate);
    state.counters["ns_per_row"] =
        benchmark::Counter(total * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.counters["bytes_per_row"] = static_cast<double>(bytes) / static_cast<double>(rows);
}

void encode(benchmark::State& state, const std::vector<Rows>& fleet, std::size_t rows_per_chunk) {
    std::string out;
    for (auto _ : state) {
        out.clear();
        for_each_chunk(fleet, rows_per_chunk, [&](auto rows, const auto& texts) {
            codec::encode_chunk(rows, texts, out);
        });
        benchmark::DoNotOptimize(out.data());
    }
    report(state, row_count(fleet), out.size());
}

void decode(benchmark::State& state, const std::vector<Rows>& fleet, std::size_t rows_per_chunk,
            std::uint32_t mask) {
    const std::vector<std::string> chunks = encode_all(fleet, rows_per_chunk);
    std::size_t bytes = 0;
    for (const std::string& chunk : chunks) bytes += chunk.size();
    Rows rows;
    for (auto _ : state)
        for (const std::string& chunk : chunks) {
            rows.clear();
            if (!codec::decode_columns(chunk, mask, rows))
                state.SkipWithError("a chunk does not decode");
            benchmark::DoNotOptimize(rows.samples.data());
        }
    report(state, row_count(fleet), bytes);
    std::uint64_t checksum = 0;
    for (const std::string& chunk : chunks) {
        rows.clear();
        if (!codec::decode_columns(chunk, mask, rows))
            state.SkipWithError("a chunk does not decode");
        for (const Sample& s : rows.samples) {
            checksum = checksum * 31 + static_cast<std::uint64_t>(s.ts_ms);
            for (const std::int32_t value : s.values)
                checksum = checksum * 31 + static_cast<std::uint32_t>(value);
        }
    }
    state.counters["checksum"] = static_cast<double>(checksum & 0xFFFF'FFFF);
}

void decode_speed_column(benchmark::State& state, const std::vector<Rows>& fleet,
                         std::size_t rows_per_chunk) {
    const std::vector<std::string> chunks = encode_all(fleet, rows_per_chunk);
    std::size_t bytes = 0;
    for (const std::string& chunk : chunks) bytes += chunk.size();
    model::ColumnValues values;
    for (auto _ : state)
        for (const std::string& chunk : chunks) {
            values.resize(0);
            if (!codec::decode_column(chunk, Field::speed, values))
                state.SkipWithError("a chunk does not decode");
            benchmark::DoNotOptimize(values.values.data());
        }
    report(state, row_count(fleet), bytes);
}

/// What each column adds: the chunk with it against the chunk without it.
void print_columns(const char* name, const std::vector<Rows>& fleet, std::size_t rows_per_chunk) {
    const auto size = [&](std::uint32_t mask) {
        std::vector<Rows> some = fleet;
        for (Rows& rows : some)
            for (Sample& s : rows.samples) s.mask &= mask;
        std::size_t bytes = 0;
        for (const std::string& chunk : encode_all(some, rows_per_chunk)) bytes += chunk.size();
        return static_cast<double>(bytes) / static_cast<double>(row_count(fleet));
    };
    std::fprintf(stderr, "%s, %zu rows a chunk, bytes a row: time and head %.3f", name,
                 rows_per_chunk, size(0));
    for (const auto& field : model::kFields)
        if (const double bytes = size(model::bit(field.field)) - size(0); bytes > 0)
            std::fprintf(stderr, ", %s %.3f", std::string(field.name).c_str(), bytes);
    std::fprintf(stderr, ", zone %.3f, all %.3f\n", size(model::kZoneBit) - size(0),
                 size(codec::kAllColumns));
}

void add(const std::string& name, const std::vector<Rows>& fleet, std::size_t rows_per_chunk) {
    const std::string suffix = name + "/" + std::to_string(rows_per_chunk);
    benchmark::RegisterBenchmark(
        ("encode/" + suffix).c_str(),
        [&fleet, rows_per_chunk](auto& state) { encode(state, fleet, rows_per_chunk); });
    benchmark::RegisterBenchmark(("decode/" + suffix).c_str(),
                                 [&fleet, rows_per_chunk](auto& state) {
                                     decode(state, fleet, rows_per_chunk, codec::kAllColumns);
                                 });
    benchmark::RegisterBenchmark(("decode_speed_only/" + suffix).c_str(),
                                 [&fleet, rows_per_chunk](auto& state) {
                                     decode(state, fleet, rows_per_chunk, model::bit(Field::speed));
                                 });
    benchmark::RegisterBenchmark(("decode_speed_column/" + suffix).c_str(),
                                 [&fleet, rows_per_chunk](auto& state) {
                                     decode_speed_column(state, fleet, rows_per_chunk);
                                 });
    if (std::getenv("FLEET_BENCH_COLUMNS") != nullptr)
        print_columns(name.c_str(), fleet, rows_per_chunk);
}

}  // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    for (const std::size_t rows : {std::size_t{1024}, std::size_t{128}, std::size_t{4096}}) {
        add("synthetic", synthetic_fleet(), rows);
        add("synthetic_heading", synthetic_fleet_with_heading(), rows);
    }
    std::vector<std::vector<Rows>> files;
    if (const char* paths = std::getenv("FLEET_BENCH_CSV")) {
        std::istringstream list(paths);
        files.reserve(64);  // references to the elements are kept below
        for (std::string path; files.size() < files.capacity() && std::getline(list, path, ':');) {
            files.push_back(read_csv(path));
            add(path.substr(path.rfind('/') + 1), files.back(), 1024);
        }
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
