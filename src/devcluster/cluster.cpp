// SPDX-License-Identifier: Apache-2.0
// Finding a cluster, and its processes.
#include "devcluster/cluster.hpp"

#include "devcluster/file.hpp"
#include "devcluster/node_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

namespace fleet::devcluster {

namespace {

constexpr std::size_t kMaxStateFile = 4096;

Result<std::filesystem::path> absolute_dir(const std::filesystem::path& dir) {
    std::error_code error;
    auto out = std::filesystem::weakly_canonical(std::filesystem::absolute(dir, error), error);
    if (error) return fail(errno_error(dir.string(), error.value()));
    return out;
}

}  // namespace

Result<Cluster> Cluster::open(const Place& place) {
    Place at = place;
    FLEET_TRY(at.dir, absolute_dir(place.dir));
    const auto text = read_small_file(at.dir / "cluster", kMaxStateFile);
    if (!text && text.error().code == Code::not_found)
        return fail(Code::not_found,
                    fmt::format("there is no cluster in {}; `fleet cassandra up` makes one, --dir "
                                "names another place",
                                at.dir.string()));
    if (!text) return fail(text.error());
    auto options = decode_options(*text);
    if (!options) return fail(options.error().within(at.dir.string()));
    FLEET_TRY(auto nodes, layout(at.dir, *options));
    return Cluster(std::move(at), std::move(options).value(), std::move(nodes));
}

Result<Cluster> Cluster::create(const Place& place, const std::optional<std::string>& network,
                                const std::optional<std::int64_t>& heap_mib) {
    auto there = open(place);
    if (!there && there.error().code != Code::not_found) return there;
    if (there) {
        ClusterOptions changed = there->options_;
        // Addresses stand in the data of nodes that have run.
        const bool has_run =
            std::any_of(there->nodes_.begin(), there->nodes_.end(), [](const NodeSpec& node) {
                return read_small_file(node.dir / "pid", kMaxStateFile).has_value();
            });
        if (network && *network != changed.network && has_run)
            return fail(Code::already_exists,
                        fmt::format("the cluster in {} is on network {}; leave --network out, or "
                                    "make another with --dir",
                                    there->dir().string(), changed.network));
        changed.network = network.value_or(changed.network);
        changed.heap_mib = heap_mib.value_or(changed.heap_mib);
        if (changed == there->options_) return there;
        FLEET_TRY(auto nodes, layout(there->dir(), changed));
        FLEET_TRY_VOID(write_small_file(there->dir() / "cluster", encode_options(changed)));
        return Cluster(there->place_, changed, std::move(nodes));
    }
    Place at = place;
    FLEET_TRY(at.dir, absolute_dir(place.dir));
    ClusterOptions options;
    options.network = network.value_or(options.network);
    options.heap_mib = heap_mib.value_or(options.heap_mib);
    FLEET_TRY(auto nodes, layout(at.dir, options));
    FLEET_TRY_VOID(make_directory(at.dir));
    FLEET_TRY_VOID(write_small_file(at.dir / "cluster", encode_options(options)));
    return Cluster(std::move(at), std::move(options), std::move(nodes));
}

std::optional<ProcessId> Cluster::recorded(const NodeSpec& node) const {
    const auto text = read_small_file(node.dir / "pid", kMaxStateFile);
    return text ? decode_process_id(*text) : std::nullopt;
}

ProcessState Cluster::state(const NodeSpec& node) const {
    const auto id = recorded(node);
    return id ? state_of(*id, marker_of(node)) : ProcessState::gone;
}

std::vector<NodeSpec> Cluster::in_state(ProcessState wanted) const {
    std::vector<NodeSpec> out;
    for (const NodeSpec& node : nodes_)
        if (state(node) == wanted) out.push_back(node);
    return out;
}

Result<const NodeSpec*> Cluster::node_called(int number) const {
    if (number < 1 || number > kNodeCount)
        return fail(Code::invalid_argument,
                    fmt::format("there is no node {}; they are 1 to {}", number, kNodeCount));
    return &nodes_[static_cast<std::size_t>(number - 1)];
}

Result<void> Cluster::signal(const NodeSpec& node, int number) const {
    if (const auto id = recorded(node)) {
        FLEET_TRY(const bool there, send_signal(*id, marker_of(node), number));
        if (there) return {};
    }
    return fail(Code::not_found, fmt::format("node {} does not run", node.number));
}

Result<bool> Cluster::stop(const NodeSpec& node, std::int64_t within_ms, const Talk& talk) const {
    const auto id = recorded(node);
    if (!id) return true;
    constexpr std::int64_t kPollMs = 100;
    for (std::int64_t waited = 0; waited < within_ms; waited += kPollMs) {
        reap(id->pid);
        if (state_of(*id, marker_of(node)) == ProcessState::gone) return true;
        if (talk.pause(kPollMs)) return fail(Code::unavailable, "interrupted");
    }
    return false;
}

Result<void> Cluster::kill(int node, const Talk& talk) {
    FLEET_TRY(const NodeSpec* spec, node_called(node));
    FLEET_TRY(const auto lock, DirectoryLock::take(dir()));
    FLEET_TRY_VOID(signal(*spec, SIGKILL));
    constexpr std::int64_t kGoneWithinMs = 10'000;
    FLEET_TRY(const bool gone, stop(*spec, kGoneWithinMs, talk));
    if (!gone) return fail(Code::io, fmt::format("node {} is still there after SIGKILL", node));
    return {};
}

Result<void> Cluster::pause_node(int node) {
    FLEET_TRY(const NodeSpec* spec, node_called(node));
    FLEET_TRY(const auto lock, DirectoryLock::take(dir()));
    return signal(*spec, SIGSTOP);
}

Result<void> Cluster::resume(int node) {
    FLEET_TRY(const NodeSpec* spec, node_called(node));
    FLEET_TRY(const auto lock, DirectoryLock::take(dir()));
    return signal(*spec, SIGCONT);
}

}  // namespace fleet::devcluster
