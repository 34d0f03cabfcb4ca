// SPDX-License-Identifier: Apache-2.0
#include "server/metrics.hpp"

#include "base/metric_text.hpp"
#include "ingest/ingest_port.hpp"

#include <fmt/format.h>

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace fleet::server {

namespace {

void write_store(std::string& out, const ingest::EngineStats& stats) {
    describe_metric(out, "fleet_records_total", "counter",
                    "Records by outcome since the data directory was made; refused since start");
    const auto& a = stats.accounting;
    const std::pair<std::string_view, std::uint64_t> outcomes[] = {
        {"received", a.received},  {"stored", a.stored}, {"duplicate", a.duplicates},
        {"conflict", a.conflicts}, {"late", a.late},     {"quarantined", a.quarantined},
        {"refused", a.refused}};
    for (const auto& [outcome, value] : outcomes)
        fmt::format_to(std::back_inserter(out), "fleet_records_total{{outcome=\"{}\"}} {}\n",
                       outcome, value);
    append_metric(out, "fleet_erased_rows_total", "counter",
                  "Stored rows that erasures have removed since the data directory was made",
                  a.erased);
    describe_metric(out, "fleet_quarantined_total", "counter", "Quarantined records by reason");
    for (std::size_t i = 0; i < model::kReasonCount; ++i)
        fmt::format_to(std::back_inserter(out), "fleet_quarantined_total{{reason=\"{}\"}} {}\n",
                       model::to_string(static_cast<model::Reason>(i)), a.quarantined_by_reason[i]);
    append_metric(out, "fleet_devices", "gauge", "Registered devices", stats.devices);
    append_metric(out, "fleet_fleets", "gauge", "Fleets", stats.fleets);
    append_metric(out, "fleet_accepting", "gauge", "1 while ingest is accepted",
                  stats.accepting ? 1 : 0);
    append_metric(out, "fleet_journal_bytes", "gauge", "Bytes of the journal on disk",
                  stats.journal_bytes);
    append_metric(out, "fleet_journal_syncs_total", "counter", "Syncs of the journal", stats.syncs);
    append_metric(out, "fleet_journal_sequence", "gauge", "Last durable journal sequence",
                  stats.journal_sequence);
    append_metric(out, "fleet_checkpoint_sequence", "gauge",
                  "Journal sequence of the last checkpoint", stats.checkpoint_sequence);
    append_metric(out, "fleet_table_bytes", "gauge", "Bytes of the tables on disk",
                  stats.table_bytes);
    append_metric(out, "fleet_disk_free_bytes", "gauge",
                  "Free bytes on the disk of the data directory", stats.disk_free_bytes);
    append_metric(out, "fleet_queue_bytes", "gauge", "Bytes submitted and not yet applied",
                  stats.queue_bytes);
    append_metric(out, "fleet_tail_rows", "gauge", "Rows that are not in a chunk yet",
                  stats.tail_rows);
}

std::uint64_t open_files() {
    DIR* dir = opendir("/proc/self/fd");
    if (dir == nullptr) return 0;
    std::uint64_t count = 0;
    while (readdir(dir) != nullptr) ++count;
    closedir(dir);
    return count < 3 ? 0 : count - 3;  // ".", ".." and the directory itself
}

}  // namespace

void Histogram::observe(std::int64_t nanoseconds) noexcept {
    const double seconds = static_cast<double>(nanoseconds) * 1e-9;
    const auto bucket = static_cast<std::size_t>(
        std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin());
    buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_ns_.fetch_add(nanoseconds, std::memory_order_relaxed);
}

std::array<std::uint64_t, Histogram::kBounds.size() + 1> Histogram::counts() const noexcept {
    std::array<std::uint64_t, kBounds.size() + 1> out{};
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = buckets_[i].load(std::memory_order_relaxed);
    return out;
}

void Histogram::write(std::string& out, std::string_view name, std::string_view labels) const {
    const std::string_view comma = labels.empty() ? "" : ",";
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        count += buckets_[i].load(std::memory_order_relaxed);
        const std::string bound = i < kBounds.size() ? fmt::format("{}", kBounds[i]) : "+Inf";
        fmt::format_to(std::back_inserter(out), "{}_bucket{{{}{}le=\"{}\"}} {}\n", name, labels,
                       comma, bound, count);
    }
    const std::string braces = labels.empty() ? "" : fmt::format("{{{}}}", labels);
    fmt::format_to(std::back_inserter(out), "{}_sum{} {}\n", name, braces,
                   static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) * 1e-9);
    fmt::format_to(std::back_inserter(out), "{}_count{} {}\n", name, braces, count);
}

void Metrics::request(RouteId route, unsigned status, std::int64_t nanoseconds) noexcept {
    const auto known = std::find(kStatuses.begin(), kStatuses.end() - 1, status);
    const auto r = static_cast<std::size_t>(route);
    requests_[r][static_cast<std::size_t>(known - kStatuses.begin())].fetch_add(
        1, std::memory_order_relaxed);
    seconds_[r].observe(nanoseconds);
}

std::string Metrics::page(const ingest::IngestPort* port, std::size_t live_clients,
                          std::uint64_t ingest_bytes_in_flight, std::string_view version) const {
    std::string out;
    describe_metric(out, "fleet_build_info", "gauge", "Version of the program, always 1");
    fmt::format_to(std::back_inserter(out), "fleet_build_info{{version=\"{}\"}} 1\n", version);
    append_metric(out, "fleet_ready", "gauge", "1 when the store is open", port != nullptr ? 1 : 0);
    if (port != nullptr) write_store(out, port->stats());

    describe_metric(out, "fleet_http_requests_total", "counter",
                    "Answered requests by route and status");
    for (std::size_t r = 0; r < kRouteCount; ++r)
        for (std::size_t s = 0; s < kStatuses.size(); ++s)
            if (const std::uint64_t count = requests_[r][s].load(std::memory_order_relaxed);
                count != 0)
                fmt::format_to(
                    std::back_inserter(out),
                    "fleet_http_requests_total{{route=\"{}\",code=\"{}\"}} {}\n",
                    name_of(static_cast<RouteId>(r)),
                    kStatuses[s] == 0 ? std::string("other") : std::to_string(kStatuses[s]), count);
    describe_metric(out, "fleet_http_request_seconds", "histogram",
                    "From the first byte of a request to its answer");
    for (std::size_t r = 0; r < kRouteCount; ++r)
        seconds_[r].write(out, "fleet_http_request_seconds",
                          fmt::format("route=\"{}\"", name_of(static_cast<RouteId>(r))));
    describe_metric(out, "fleet_ingest_ack_seconds", "histogram",
                    "From a decoded batch to its durable answer");
    ingest_ack_.write(out, "fleet_ingest_ack_seconds", "");
    append_metric(out, "fleet_http_connections", "gauge", "Open connections, live ones included",
                  connections.load());
    append_metric(out, "fleet_http_connections_refused_total", "counter",
                  "Connections over the limit", connections_refused.load());
    append_metric(out, "fleet_ingest_in_flight_bytes", "gauge",
                  "Bodies being read, decoded or stored", ingest_bytes_in_flight);
    append_metric(out, "fleet_live_clients", "gauge", "Viewers on the live socket", live_clients);
    append_metric(out, "fleet_live_messages_total", "counter", "Messages sent to viewers",
                  live_messages.load());
    append_metric(out, "fleet_live_bytes_total", "counter", "Bytes sent to viewers",
                  live_bytes.load());
    append_process_metrics(out);
    return out;
}

void append_process_metrics(std::string& out) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    append_metric(out, "process_cpu_seconds_total", "counter", "User and system CPU time",
                  seconds(usage.ru_utime) + seconds(usage.ru_stime));
    std::uint64_t pages = 0;
    std::uint64_t resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    const auto page_size = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    append_metric(out, "process_virtual_memory_bytes", "gauge", "Virtual memory",
                  pages * page_size);
    append_metric(out, "process_resident_memory_bytes", "gauge", "Resident memory",
                  resident * page_size);
    append_metric(out, "process_open_fds", "gauge", "Open file descriptors", open_files());
}

}  // namespace fleet::server
