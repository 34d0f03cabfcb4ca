// SPDX-License-Identifier: Apache-2.0
// Rows a second of each text format, one thread, nine-field rows. `checksum` is over what was
// decoded, so no run can skip work.
#include "codec/csv.hpp"
#include "codec/decoder.hpp"
#include "codec/json_writer.hpp"
#include "codec/record_json.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <random>
#include <string>

namespace fleet::codec {
namespace {

constexpr int kRows = 50'000;
constexpr std::int64_t kStartMs = 1'764'028'800'000;

struct Row {
    std::string device;
    Timestamp ts;
    int lat, lon, speed, battery, temp, humidity;  // stored units
    const char* zone;
};

std::vector<Row> make_rows() {
    std::mt19937 rng(11);
    std::vector<Row> rows;
    const auto between = [&](int low, int high) {
        return low + static_cast<int>(rng() % static_cast<unsigned>(high - low));
    };
    static constexpr const char* kZones[] = {"zone_a", "zone_b", "zone_c"};
    for (int i = 0; i < kRows; ++i)
        rows.push_back({fmt::format("vehicle-{:05}", i % 2000),
                        {kStartMs + i / 2000 * 10'000 + between(0, 1000)},
                        between(48'100'000, 49'200'000),
                        between(1'400'000, 3'500'000),
                        between(0, 13'000),
                        between(2'000, 10'000),
                        between(1'500, 3'500),
                        between(2'000, 9'500),
                        kZones[rng() % 3]});
    return rows;
}

void append(std::string& out, std::int64_t units, int decimals) {
    append_fixed(out, units, decimals);
}

std::string csv_text() {
    std::string out = "device_id,ts,lat,lon,speed_kmh,battery_pct,temp_c,humidity_pct,zone\n";
    for (const Row& r : make_rows()) {
        out += r.device + ",";
        append_rfc3339(out, r.ts);
        for (const auto& [units, decimals] : {std::pair{r.lat, 6},
                                              {r.lon, 6},
                                              {r.speed, 2},
                                              {r.battery, 2},
                                              {r.temp, 2},
                                              {r.humidity, 2}}) {
            out += ",";
            append(out, units, decimals);
        }
        out += fmt::format(",{}\n", r.zone);
    }
    return out;
}

std::string json_text(bool array) {
    std::string out;
    if (array) out += "[";
    bool first = true;
    for (const Row& r : make_rows()) {
        if (array && !first) out += ",";
        first = false;
        JsonWriter json(out);
        json.begin_object();
        json.member("device_id", r.device);
        json.member_time("ts", r.ts);
        json.member_fixed("lat", r.lat, 6);
        json.member_fixed("lon", r.lon, 6);
        json.member_fixed("speed_kmh", r.speed, 2);
        json.member_fixed("battery_pct", r.battery, 2);
        json.member_fixed("temp_c", r.temp, 2);
        json.member_fixed("humidity_pct", r.humidity, 2);
        json.member("zone", r.zone);
        json.end_object();
        if (!array) out += "\n";
    }
    if (array) out += "]";
    return out;
}

std::string influx_text() {
    std::string out;
    for (const Row& r : make_rows()) {
        out += "telemetry,device_id=" + r.device + ",zone=" + r.zone + " ";
        const char* comma = "";
        for (const auto& [name, units, decimals] : {std::tuple{"lat", r.lat, 6},
                                                    {"lon", r.lon, 6},
                                                    {"speed_kmh", r.speed, 2},
                                                    {"battery_pct", r.battery, 2},
                                                    {"temp_c", r.temp, 2},
                                                    {"humidity_pct", r.humidity, 2}}) {
            out += fmt::format("{}{}=", comma, name);
            append(out, units, decimals);
            comma = ",";
        }
        out += fmt::format(" {}000000\n", r.ts.ms);
    }
    return out;
}

std::uint64_t checksum(const model::RecordBatch& batch) {
    std::uint64_t sum = 0;
    for (const model::Record& r : batch.records) {
        std::uint64_t h =
            static_cast<std::uint64_t>(r.ts.ms) * 31 + r.mask + r.device.size() + r.zone.size();
        for (const std::int32_t v : r.values) h = h * 1'000'003 + static_cast<std::uint32_t>(v);
        sum += h;
    }
    return sum % 1'000'000'007;
}

void report(benchmark::State& state, std::uint64_t rows, std::uint64_t rejects, std::uint64_t sum,
            std::size_t bytes) {
    state.counters["rows"] =
        benchmark::Counter(static_cast<double>(rows), benchmark::Counter::kIsRate);
    state.counters["rejects"] = static_cast<double>(rejects);
    state.counters["checksum"] = static_cast<double>(sum);
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

void run(benchmark::State& state, Format format, const std::string& text) {
    DecodeOptions options;
    options.format = format;
    options.window.now = {kStartMs + kMsPerDay};
    model::RecordBatch batch;
    std::uint64_t rows = 0;
    for (auto _ : state) {
        auto decoder = make_decoder(options);
        batch.clear();
        std::size_t at = 0;
        while (at < text.size()) {  // as a loader does: blocks, each into an empty batch
            const std::string_view block = std::string_view(text).substr(at, 256 << 10);
            std::size_t consumed = 0;
            if (!(*decoder)->decode(block, at + block.size() == text.size(), batch, consumed) ||
                consumed == 0) {
                state.SkipWithError("the text does not decode");
                return;
            }
            at += consumed;
            rows += batch.rows();
            benchmark::DoNotOptimize(batch.records.data());
            batch.clear();
        }
    }
    batch.clear();
    auto decoder = decode_all(options, text, batch);
    report(state, rows, decoder ? batch.rejects.size() : 1, checksum(batch), text.size());
}

void csv(benchmark::State& state) {
    static const std::string text = csv_text();
    run(state, Format::csv, text);
}
void ndjson(benchmark::State& state) {
    static const std::string text = json_text(false);
    run(state, Format::ndjson, text);
}
void json_array(benchmark::State& state) {
    static const std::string text = json_text(true);
    run(state, Format::json_array, text);
}
void influx(benchmark::State& state) {
    static const std::string text = influx_text();
    run(state, Format::influx, text);
}

void csv_extent_of_range(benchmark::State& state) {
    static const std::string text = csv_text();
    DecodeOptions options;
    const auto header = read_csv_header(text, true, options);
    const std::string_view rows = std::string_view(text).substr((*header)->bytes);
    std::uint64_t total = 0;
    for (auto _ : state) total += csv_extent((*header)->schema, rows).rows;
    report(state, total, 0, total / static_cast<std::uint64_t>(state.iterations()), rows.size());
}

void history_json(benchmark::State& state) {
    model::Rows rows;
    static const std::string text = csv_text();
    DecodeOptions options;
    options.window.now = {kStartMs + kMsPerDay};
    model::RecordBatch batch;
    const auto decoder = decode_all(options, text, batch);
    for (const model::Record& r : batch.records) model::append(rows, r);
    std::string out;
    std::uint64_t count = 0;
    for (auto _ : state) {
        out.clear();
        JsonWriter json(out);
        for (const model::Sample& s : rows.samples)
            append_sample(json, "vehicle-00001", "default", s, rows.texts);
        count += rows.size();
    }
    report(state, count, decoder ? 0 : 1, out.size(), out.size());
}

BENCHMARK(csv);
BENCHMARK(ndjson);
BENCHMARK(json_array);
BENCHMARK(influx);
BENCHMARK(csv_extent_of_range);
BENCHMARK(history_json);

}  // namespace
}  // namespace fleet::codec

BENCHMARK_MAIN();
