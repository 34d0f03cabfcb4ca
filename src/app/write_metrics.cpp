// SPDX-License-Identifier: Apache-2.0
#include "app/write_metrics.hpp"

#include "app/output.hpp"
#include "base/time.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>

namespace fleet::app {

namespace {

rusage usage() {
    rusage u{};
    ::getrusage(RUSAGE_SELF, &u);
    return u;
}

double seconds_of(const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

double per_100k(std::uint64_t bytes, std::uint64_t records) {
    return records == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(records) * 100'000;
}

}  // namespace

double process_cpu_s() {
    const rusage u = usage();
    return seconds_of(u.ru_utime) + seconds_of(u.ru_stime);
}

std::uint64_t process_memory_bytes() {
    unsigned long long total = 0;
    unsigned long long resident = 0;
    std::FILE* const file = std::fopen("/proc/self/statm", "re");
    if (file == nullptr) return 0;
    const int read = std::fscanf(file, "%llu %llu", &total, &resident);
    std::fclose(file);
    return read == 2 ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

std::uint64_t process_disk_bytes() {
    constexpr std::uint64_t kBlock = 512;  // the unit of ru_oublock on Linux
    return static_cast<std::uint64_t>(usage().ru_oublock) * kBlock;
}

WriteMetrics::WriteMetrics() {
    total_.start_ns = interval_.start_ns = SystemClock().monotonic_ns();
    total_.start_cpu_s = interval_.start_cpu_s = process_cpu_s();
}

void WriteMetrics::written(std::uint64_t records, std::uint64_t latency_ns) {
    const std::scoped_lock lock(mutex_);
    for (Counts* counts : {&total_, &interval_}) {
        counts->records += records;
        counts->latency.record(latency_ns);
    }
}

void WriteMetrics::failed(std::uint64_t records) {
    const std::scoped_lock lock(mutex_);
    total_.errors += records;
    interval_.errors += records;
}

WriteMetrics::Snapshot WriteMetrics::snapshot(const Counts& counts) {
    const auto ms = [](double ns) { return ns / 1e6; };
    const auto percentile = [&](double p) {
        return ms(static_cast<double>(counts.latency.percentile(p)));
    };
    Snapshot s;
    s.seconds = static_cast<double>(SystemClock().monotonic_ns() - counts.start_ns) / 1e9;
    s.records = counts.records;
    s.errors = counts.errors;
    s.writes = counts.latency.count();
    s.mean_ms = ms(counts.latency.mean());
    s.p50_ms = percentile(50);
    s.p95_ms = percentile(95);
    s.p99_ms = percentile(99);
    s.max_ms = ms(static_cast<double>(counts.latency.max()));
    s.cpu_s = process_cpu_s() - counts.start_cpu_s;
    s.memory_bytes = process_memory_bytes();
    return s;
}

WriteMetrics::Snapshot WriteMetrics::total() const {
    const std::scoped_lock lock(mutex_);
    return snapshot(total_);
}

WriteMetrics::Snapshot WriteMetrics::interval() {
    const std::scoped_lock lock(mutex_);
    const Snapshot s = snapshot(interval_);
    interval_ = Counts{};
    interval_.start_ns = SystemClock().monotonic_ns();
    interval_.start_cpu_s = process_cpu_s();
    return s;
}

std::string metrics_line(const WriteMetrics::Snapshot& s, const std::optional<WriteCosts>& costs) {
    std::string line = fmt::format(
        "records {}  errors {}  {} rec/s  latency ms: mean {:.2f} p50 {:.2f} p95 {:.2f} p99 {:.2f} "
        "max {:.2f}  cpu {:.2f} s  memory {}",
        grouped(s.records), grouped(s.errors),
        grouped(static_cast<std::uint64_t>(s.records_per_s() + 0.5)), s.mean_ms, s.p50_ms, s.p95_ms,
        s.p99_ms, s.max_ms, s.cpu_s, human_bytes(static_cast<double>(s.memory_bytes)));
    if (costs) {
        if (costs->server_cpu_s) line += fmt::format("  server cpu {:.2f} s", *costs->server_cpu_s);
        line += fmt::format("  written {} a 100,000 records",
                            human_bytes(per_100k(costs->bytes_written, s.records)));
    }
    return line;
}

std::string metrics_json_members(const WriteMetrics::Snapshot& s, const WriteCosts& costs) {
    std::string out;
    codec::JsonWriter json(out);
    json.member_unsigned("records", s.records);
    json.member_unsigned("errors", s.errors);
    json.member_unsigned("writes", s.writes);
    json.member_real("seconds", s.seconds);
    json.member_real("records_per_s", s.records_per_s());
    json.key("latency_ms");
    json.begin_object();
    json.member_real("mean", s.mean_ms);
    json.member_real("p50", s.p50_ms);
    json.member_real("p95", s.p95_ms);
    json.member_real("p99", s.p99_ms);
    json.member_real("max", s.max_ms);
    json.end_object();
    json.member_real("cpu_s", s.cpu_s);
    if (costs.server_cpu_s) {
        json.member_real("server_cpu_s", *costs.server_cpu_s);
    } else {
        json.member_null("server_cpu_s");
    }
    json.member_unsigned("memory_bytes", s.memory_bytes);
    json.member_real("bytes_per_100k_records", per_100k(costs.bytes_written, s.records));
    return out;
}

}  // namespace fleet::app
