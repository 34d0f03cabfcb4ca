// SPDX-License-Identifier: Apache-2.0
/// Appends a second and the wait for an acknowledgement, on the disk of TMPDIR (or /tmp).
/// Waiters are threads that append 512 bytes and wait, as a connection does. Beside the rate: p50
/// and p99 of the wait in microseconds, appends that shared one sync, and user + system CPU in
/// microseconds per append.

#include "engine/journal.hpp"

#include <benchmark/benchmark.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace fleet::engine {
namespace {

using Clock = std::chrono::steady_clock;

double cpu_us() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/// A directory that goes with its object.
class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string name =
            (std::filesystem::temp_directory_path() / "fleet_journal_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;  // what stays in a temporary directory harms nobody
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// One append and its wait; the wait in microseconds.
double append_and_wait(Journal& journal, const std::string& payload) {
    std::mutex mutex;
    std::condition_variable arrived;
    bool done = false;
    const Clock::time_point start = Clock::now();
    const auto queued = journal.append(payload, [&](const Result<std::uint64_t>& result) {
        if (!result) std::abort();
        const std::lock_guard lock(mutex);
        done = true;
        arrived.notify_one();
    });
    if (!queued) std::abort();
    std::unique_lock lock(mutex);
    arrived.wait(lock, [&] { return done; });
    return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

double percentile(std::vector<double>& values, double share) {
    const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at),
                     values.end());
    return values[at];
}

/// Arguments: waiters, appends of each, recycled segments (1) or a growing file (0), window in
/// microseconds.
void append_and_sync(benchmark::State& state) {
    const auto waiters = static_cast<std::size_t>(state.range(0));
    const auto each = static_cast<std::size_t>(state.range(1));
    const bool recycled = state.range(2) != 0;
    const std::string payload(512, 'x');
    std::vector<double> waits;
    std::uint64_t syncs = 0;
    double cpu = 0;
    for (auto _ : state) {
        const TemporaryDirectory dir;
        JournalOptions options;
        options.dir = dir.path();
        options.segment_bytes = 4ULL << 20;
        options.window_us = static_cast<std::uint32_t>(state.range(3));
        if (!recycled) options.fill_bytes = 0;
        auto journal =
            Journal::open(options, 0, [](auto, auto) -> Result<void> { return {}; }).value();
        // Three segments' worth, trimmed, so that the measured appends reuse segments.
        for (int i = 0; recycled && i < 14; ++i)
            append_and_wait(*journal, std::string(1 << 20, 'y'));
        if (!journal->trim(journal->last_durable())) std::abort();
        const std::uint64_t syncs_before = journal->syncs();
        const double cpu_before = cpu_us();
        std::vector<std::vector<double>> each_waits(waiters);
        const Clock::time_point start = Clock::now();
        {
            std::vector<std::jthread> threads;
            for (std::size_t t = 0; t < waiters; ++t)
                threads.emplace_back([&, t] {
                    for (std::size_t i = 0; i < each; ++i)
                        each_waits[t].push_back(append_and_wait(*journal, payload));
                });
        }
        state.SetIterationTime(std::chrono::duration<double>(Clock::now() - start).count());
        cpu += cpu_us() - cpu_before;
        syncs += journal->syncs() - syncs_before;
        for (const auto& list : each_waits) waits.insert(waits.end(), list.begin(), list.end());
    }
    const auto appends = static_cast<double>(waits.size());
    state.SetItemsProcessed(static_cast<std::int64_t>(waits.size()));
    state.counters["p50_us"] = percentile(waits, 0.50);
    state.counters["p99_us"] = percentile(waits, 0.99);
    state.counters["syncs"] = static_cast<double>(syncs);
    state.counters["per_sync"] = appends / static_cast<double>(std::max<std::uint64_t>(syncs, 1));
    state.counters["cpu_us"] = cpu / appends;
}
BENCHMARK(append_and_sync)
    ->ArgNames({"waiters", "each", "recycled", "window_us"})
    ->Args({1, 2'000, 0, 0})
    ->Args({1, 2'000, 1, 0})
    ->Args({64, 500, 0, 0})
    ->Args({64, 500, 1, 0})
    ->Args({64, 500, 1, 500})
    ->Iterations(3)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

/// The alternative of docs/adr/0005-journal.md: the same load on the log of RocksDB, which has a
/// group commit of its own. Arguments: waiters, appends of each.
void rocksdb_log(benchmark::State& state) {
    const auto waiters = static_cast<std::size_t>(state.range(0));
    const auto each = static_cast<std::size_t>(state.range(1));
    const std::string payload(512, 'x');
    std::vector<double> waits;
    double cpu = 0;
    for (auto _ : state) {
        const TemporaryDirectory dir;
        rocksdb::Options options;
        options.create_if_missing = true;
        options.recycle_log_file_num = 2;
        rocksdb::DB* opened = nullptr;
        if (!rocksdb::DB::Open(options, dir.path().string(), &opened).ok()) std::abort();
        const std::unique_ptr<rocksdb::DB> db(opened);
        rocksdb::WriteOptions write;
        write.sync = true;
        const double cpu_before = cpu_us();
        std::vector<std::vector<double>> each_waits(waiters);
        const Clock::time_point start = Clock::now();
        {
            std::vector<std::jthread> threads;
            for (std::size_t t = 0; t < waiters; ++t)
                threads.emplace_back([&, t] {
                    for (std::size_t i = 0; i < each; ++i) {
                        const Clock::time_point begin = Clock::now();
                        const std::string key = std::to_string(t * each + i);
                        if (!db->Put(write, key, payload).ok()) std::abort();
                        each_waits[t].push_back(
                            std::chrono::duration<double, std::micro>(Clock::now() - begin)
                                .count());
                    }
                });
        }
        state.SetIterationTime(std::chrono::duration<double>(Clock::now() - start).count());
        cpu += cpu_us() - cpu_before;
        for (const auto& list : each_waits) waits.insert(waits.end(), list.begin(), list.end());
    }
    const auto appends = static_cast<double>(waits.size());
    state.SetItemsProcessed(static_cast<std::int64_t>(waits.size()));
    state.counters["p50_us"] = percentile(waits, 0.50);
    state.counters["p99_us"] = percentile(waits, 0.99);
    state.counters["cpu_us"] = cpu / appends;
}
BENCHMARK(rocksdb_log)
    ->ArgNames({"waiters", "each"})
    ->Args({1, 2'000})
    ->Args({64, 500})
    ->Iterations(3)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

/// Reading a journal back: bytes a second, of entries of 64 KiB.
void replay(benchmark::State& state) {
    const TemporaryDirectory dir;
    JournalOptions options;
    options.dir = dir.path();
    const std::uint64_t bytes = 256ULL << 20;
    {
        auto journal =
            Journal::open(options, 0, [](auto, auto) -> Result<void> { return {}; }).value();
        for (std::uint64_t i = 0; i < bytes >> 20; ++i) {
            std::vector<JournalEntry> entries(16);
            for (JournalEntry& entry : entries)
                entry.payload.assign(64 << 10, static_cast<char>(i));
            if (!journal->append(entries)) std::abort();
            append_and_wait(*journal, "");
        }
    }
    for (auto _ : state) {
        std::uint64_t entries = 0;
        auto journal = Journal::open(options, 0, [&](auto, auto) -> Result<void> {
            ++entries;
            return {};
        });
        if (!journal || entries != 17 * (bytes >> 20)) std::abort();
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes) *
                            static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(replay)->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace
}  // namespace fleet::engine

BENCHMARK_MAIN();
