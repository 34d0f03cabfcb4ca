// SPDX-License-Identifier: Apache-2.0
// Starting and stopping nodes.
#include "base/time.hpp"
#include "devcluster/cluster.hpp"
#include "devcluster/cql_connection.hpp"
#include "devcluster/embedded.hpp"
#include "devcluster/file.hpp"
#include "devcluster/node_files.hpp"
#include "devcluster/ports.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <csignal>

namespace fleet::devcluster {

namespace {

constexpr std::int64_t kUpMs = 240'000;
constexpr std::int64_t kStopMs = 60'000;
constexpr std::int64_t kKillMs = 10'000;
constexpr std::int64_t kPollMs = 250;
/// Beside its heap: direct memory, metaspace, code, thread stacks, as measured.
constexpr std::int64_t kBesideHeapMib = 470;
constexpr std::size_t kMaxText = 64 << 20;

std::int64_t now_ms() { return SystemClock().monotonic_ns() / 1'000'000; }

Failure interrupted() {
    return fail(Code::unavailable,
                "interrupted; nodes that were started go on, `fleet cassandra down` stops them");
}

std::string last_lines(const std::filesystem::path& file) {
    constexpr std::size_t kShown = 1200;
    const auto text = read_small_file(file, kMaxText);
    if (!text) return text.error().message;
    return text->size() <= kShown ? *text : "…" + text->substr(text->size() - kShown);
}

Result<void> check_memory(std::size_t nodes, std::int64_t heap_mib) {
    const auto text = read_small_file("/proc/meminfo", kMaxText);
    const auto available = text ? available_mib(*text) : std::nullopt;
    const std::int64_t wanted = static_cast<std::int64_t>(nodes) * (heap_mib + kBesideHeapMib);
    // A kernel that does not say is no reason not to try.
    if (!available || *available >= wanted) return {};
    return fail(
        Code::unavailable,
        fmt::format("{} nodes with a heap of {} MiB need about {} MiB of memory, {} MiB are "
                    "available; free some, or give them less with --heap ({} MiB at "
                    "least)",
                    nodes, heap_mib, wanted, *available, kMinHeapMib));
}

/// Who holds a port, if it is still held after a while: the kernel closes the sockets of a process
/// a moment after it is seen to have ended.
Result<std::optional<std::string>> lasting_holder(const std::string& address, int port,
                                                  const Talk& talk) {
    constexpr std::int64_t kGraceMs = 5'000;
    constexpr std::int64_t kLookMs = 100;
    std::optional<std::string> holder = port_holder(address, port);
    for (std::int64_t waited = 0; holder && waited < kGraceMs; waited += kLookMs) {
        if (talk.pause(kLookMs)) return interrupted();
        holder = port_holder(address, port);
    }
    return holder;
}

Result<void> check_ports(const NodeSpec& node, const Talk& talk) {
    const std::pair<std::string, int> wanted[] = {
        {node.address, kStoragePort}, {node.address, kCqlPort}, {"127.0.0.1", node.jmx_port}};
    for (const auto& [address, port] : wanted) {
        FLEET_TRY(const auto holder, lasting_holder(address, port, talk));
        if (holder)
            return fail(Code::busy, fmt::format("{}:{} is taken by {}; end it, or put this cluster "
                                                "on another network, for example --network 127.0.1",
                                                address, port, *holder));
    }
    return {};
}

}  // namespace

Result<void> Cluster::start_node(const NodeSpec& node, const std::filesystem::path& java) const {
    std::error_code ignored;
    std::filesystem::remove(archive_in_making(node), ignored);
    const Program program{{java.string(), marker_of(node), "@" + (node.dir / "java.args").string()},
                          {}};
    FLEET_TRY(const ProcessId id, start_detached(program, node.dir / "out.log"));
    if (auto written = write_small_file(node.dir / "pid", encode_process_id(id)); !written) {
        // A node that nobody can find again must not go on.
        FLEET_TRY_VOID(send_signal(id, marker_of(node), SIGKILL));
        return fail(written.error());
    }
    return {};
}

Result<void> Cluster::start(const std::vector<NodeSpec>& missing, const Talk& talk) const {
    FLEET_TRY(const Java java, find_java(place_.java_home));
    FLEET_TRY_VOID(check_memory(missing.size(), options_.heap_mib));
    for (const NodeSpec& node : missing) FLEET_TRY_VOID(check_ports(node, talk));
    FLEET_TRY(const Jars jars,
              provide_jars(jars_directory(place_.jars), java, talk.pause, talk.progress));
    FLEET_TRY_VOID(write_tool_files(dir(), jars));
    FLEET_TRY_VOID(write_small_file(dir() / "java", java.program().string()));
    std::error_code error;
    const bool archived = std::filesystem::exists(jars.class_archive(), error);
    for (const NodeSpec& node : missing) {
        // The first node makes the archive when it ends; the next start of all is faster.
        const ClassArchive archive = archived           ? ClassArchive::use
                                     : node.number == 1 ? ClassArchive::make
                                                        : ClassArchive::none;
        FLEET_TRY_VOID(write_node_files(node, nodes_, options_, jars, archive));
        FLEET_TRY_VOID(write_small_file(node.dir / "class-archive", jars.class_archive().string()));
        FLEET_TRY_VOID(start_node(node, java.program()));
    }
    return {};
}

Result<void> Cluster::await_cql(const Talk& talk) const {
    constexpr std::int64_t kConnectMs = 1'000;
    const std::int64_t end = now_ms() + kUpMs;
    std::vector<NodeSpec> waiting = in_state(ProcessState::running);
    const std::size_t all = waiting.size();
    while (true) {
        for (auto node = waiting.begin(); node != waiting.end();) {
            if (state(*node) == ProcessState::gone)
                return fail(Code::io,
                            fmt::format("node {} ended while it started; {} ends with:\n{}",
                                        node->number, (node->dir / "out.log").string(),
                                        last_lines(node->dir / "out.log")));
            const auto answer = CqlConnection::connect(node->address, kCqlPort, kConnectMs);
            node = answer ? waiting.erase(node) : std::next(node);
        }
        talk.progress(fmt::format("{} of {} nodes answer", all - waiting.size(), all));
        if (waiting.empty()) return {};
        if (now_ms() > end)
            return fail(Code::deadline_exceeded,
                        fmt::format("node {} does not answer on {}:{} after {} s; its log is {}",
                                    waiting.front().number, waiting.front().address, kCqlPort,
                                    kUpMs / 1000, (waiting.front().dir / "system.log").string()));
        if (talk.pause(kPollMs)) return interrupted();
    }
}

Result<void> Cluster::await_ring(int not_from, const Talk& talk) const {
    const std::int64_t end = now_ms() + kUpMs;
    const std::vector<NodeSpec> running = in_state(ProcessState::running);
    const auto observer = std::find_if(running.begin(), running.end(), [&](const NodeSpec& node) {
        return node.number != not_from || running.size() == 1;
    });
    if (observer == running.end()) return fail(Code::unavailable, "no node runs");
    std::string why;
    while (now_ms() < end) {
        const auto run = nodetool(*observer, {"status"}, kStopMs, talk);
        if (!run) return fail(run.error());
        const auto ring = parse_status(run->output);
        std::size_t normal = 0;
        for (const NodeSpec& node : running)
            if (ring && std::any_of(ring->begin(), ring->end(), [&](const RingNode& seen) {
                    return seen.address == node.address && seen.state == "UN";
                }))
                ++normal;
        talk.progress(fmt::format("{} of {} nodes are up and normal", normal, running.size()));
        if (normal == running.size()) return {};
        why = ring ? run->output : run->errors;
        if (talk.pause(kPollMs)) return interrupted();
    }
    return fail(Code::deadline_exceeded,
                fmt::format("the nodes do not all show as UN after {} s:\n{}", kUpMs / 1000, why));
}

Result<UpReport> Cluster::up(const Talk& talk) {
    FLEET_TRY(const auto lock, DirectoryLock::take(dir()));
    const std::int64_t begin = now_ms();
    UpReport report;
    for (const NodeSpec& node : in_state(ProcessState::paused)) {
        FLEET_TRY_VOID(signal(node, SIGCONT));
        report.resumed.push_back(node.number);
    }
    const std::vector<NodeSpec> missing = in_state(ProcessState::gone);
    for (const NodeSpec& node : missing) report.started.push_back(node.number);
    if (!missing.empty()) FLEET_TRY_VOID(start(missing, talk));
    FLEET_TRY_VOID(await_cql(talk));
    FLEET_TRY_VOID(await_ring(0, talk));
    report.ms = now_ms() - begin;
    return report;
}

void Cluster::keep_class_archive(const NodeSpec& node) const {
    std::error_code error;
    const auto made = archive_in_making(node);
    if (!std::filesystem::exists(made, error)) return;
    const auto target = read_small_file(node.dir / "class-archive", 1 << 16);
    if (target) {
        // Only faster starts depend on it: what fails here is tried again by the next cluster.
        const std::filesystem::path fresh = fmt::format("{}.{}", *target, recorded(node)->pid);
        if (std::filesystem::copy_file(made, fresh, error))
            std::filesystem::rename(fresh, *target, error);
    }
    std::filesystem::remove(made, error);
}

Result<DownReport> Cluster::down(const Talk& talk) {
    FLEET_TRY(const auto lock, DirectoryLock::take(dir()));
    std::vector<NodeSpec> there;
    for (const NodeSpec& node : nodes_)
        if (state(node) != ProcessState::gone) there.push_back(node);
    for (const NodeSpec& node : there) {
        // A paused process takes the other signal only after it goes on.
        FLEET_TRY_VOID(signal(node, SIGTERM));
        FLEET_TRY_VOID(signal(node, SIGCONT));
    }
    DownReport report;
    const std::int64_t end = now_ms() + kStopMs;
    for (const NodeSpec& node : there) {
        talk.progress(fmt::format("waiting for node {} to drain and end", node.number));
        FLEET_TRY(const bool ended, stop(node, std::max<std::int64_t>(1, end - now_ms()), talk));
        ++report.stopped;
        if (ended) {
            keep_class_archive(node);
            continue;
        }
        if (auto killed = signal(node, SIGKILL); !killed && killed.error().code != Code::not_found)
            return fail(killed.error());
        FLEET_TRY(const bool gone, stop(node, kKillMs, talk));
        if (!gone)
            return fail(Code::io, fmt::format("node {} is still there after SIGKILL", node.number));
        ++report.killed;
    }
    return report;
}

Result<void> Cluster::restart(int number, const Talk& talk) {
    FLEET_TRY(const NodeSpec* node, node_called(number));
    FLEET_TRY(const auto lock, DirectoryLock::take(dir()));
    if (state(*node) != ProcessState::gone) {
        FLEET_TRY_VOID(signal(*node, SIGTERM));
        FLEET_TRY_VOID(signal(*node, SIGCONT));
        talk.progress(fmt::format("waiting for node {} to drain and end", number));
        FLEET_TRY(const bool ended, stop(*node, kStopMs, talk));
        if (!ended)
            return fail(Code::deadline_exceeded,
                        fmt::format("node {} did not end within {} s; `fleet cassandra kill {}` "
                                    "ends it",
                                    number, kStopMs / 1000, number));
        keep_class_archive(*node);
    }
    FLEET_TRY_VOID(start({*node}, talk));
    FLEET_TRY_VOID(await_cql(talk));
    return await_ring(number, talk);
}

}  // namespace fleet::devcluster
