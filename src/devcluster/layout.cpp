// SPDX-License-Identifier: Apache-2.0
#include "devcluster/layout.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace fleet::devcluster {

namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// N of 127.0.N.
std::optional<int> network_number(std::string_view network) {
    constexpr std::string_view kBegin = "127.0.";
    if (network.substr(0, kBegin.size()) != kBegin) return std::nullopt;
    const std::string_view digits = network.substr(kBegin.size());
    const auto number = whole_number(digits);
    if (!number || *number < 0 || *number > 99 || fmt::format("{}", *number) != digits)
        return std::nullopt;
    return static_cast<int>(*number);
}

}  // namespace

Result<std::vector<NodeSpec>> layout(const std::filesystem::path& dir,
                                     const ClusterOptions& options) {
    const auto network = network_number(options.network);
    if (!network)
        return fail(Code::invalid_argument,
                    fmt::format("'{}' is no network for the nodes; write 127.0.N with N from 0 to "
                                "99, for example 127.0.1",
                                options.network));
    if (options.heap_mib < kMinHeapMib || options.heap_mib > kMaxHeapMib)
        return fail(Code::invalid_argument,
                    fmt::format("a heap of {} MiB is not possible; from {} MiB to {} MiB is",
                                options.heap_mib, kMinHeapMib, kMaxHeapMib));
    // Evenly spread in each datacentre; the second is moved a little, because tokens are unique.
    static constexpr const char* kTokens[kNodeCount] = {"-9223372036854775808", "0",
                                                        "-9223372036854775708", "100"};
    std::vector<NodeSpec> nodes;
    for (int i = 0; i < kNodeCount; ++i) {
        const int datacentre = i / 2 + 1;
        NodeSpec node;
        node.number = i + 1;
        node.datacentre = fmt::format("dc{}", datacentre);
        node.name = fmt::format("cassandra-dc{}-node{}", datacentre, i % 2 + 1);
        node.address = fmt::format("{}.{}", options.network, i + 1);
        node.token = kTokens[i];
        node.jmx_port = 7000 + 100 * (i + 1) + *network;
        node.dir = dir / fmt::format("node{}", i + 1);
        nodes.push_back(std::move(node));
    }
    return nodes;
}

std::string encode_options(const ClusterOptions& options) {
    return fmt::format("network={}\nheap_mib={}\n", options.network, options.heap_mib);
}

Result<ClusterOptions> decode_options(std::string_view text) {
    constexpr std::string_view kNetwork = "network=";
    constexpr std::string_view kHeap = "\nheap_mib=";
    const auto bad = [] { return fail(Code::corrupt, "the file 'cluster' cannot be read"); };
    const auto heap_at = text.find(kHeap);
    if (text.substr(0, kNetwork.size()) != kNetwork || heap_at == std::string_view::npos ||
        text.back() != '\n')
        return bad();
    ClusterOptions options;
    options.network = text.substr(kNetwork.size(), heap_at - kNetwork.size());
    const auto heap =
        whole_number(text.substr(heap_at + kHeap.size(), text.size() - heap_at - kHeap.size() - 1));
    if (!heap) return bad();
    options.heap_mib = *heap;
    return options;
}

}  // namespace fleet::devcluster
