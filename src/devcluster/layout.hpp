// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::devcluster {

inline constexpr int kNodeCount = 4;
inline constexpr int kStoragePort = 7000;
inline constexpr int kCqlPort = 9042;
inline constexpr std::string_view kKeyspace = "fleet_iot";
/// Smallest and largest heap of a node; below it Cassandra does not start, above it nobody needs.
inline constexpr std::int64_t kMinHeapMib = 192;
inline constexpr std::int64_t kMaxHeapMib = 16'384;

/// What a cluster was made with. Kept in `<dir>/cluster`, so that later commands agree with it.
struct ClusterOptions {
    std::string network = "127.0.0";  ///< first three numbers of the nodes' addresses
    std::int64_t heap_mib = 384;
    bool operator==(const ClusterOptions&) const = default;
};

/// One node as it is configured.
struct NodeSpec {
    int number = 0;          ///< 1–4: what commands call it
    std::string name;        ///< as the compose file names it: cassandra-dc1-node1
    std::string datacentre;  ///< dc1 has nodes 1 and 2, dc2 has 3 and 4
    std::string address;
    std::string token;
    int jmx_port = 0;           ///< on 127.0.0.1
    std::filesystem::path dir;  ///< all that the node writes
};

/// The four nodes of a cluster in `dir`, which must be absolute. Errors: invalid_argument for a
/// network other than 127.0.N with N 0–99 (JMX ports follow N) and for a heap out of range.
[[nodiscard]] Result<std::vector<NodeSpec>> layout(const std::filesystem::path& dir,
                                                   const ClusterOptions& options);

/// The text of `<dir>/cluster` and back. Errors: corrupt.
[[nodiscard]] std::string encode_options(const ClusterOptions& options);
[[nodiscard]] Result<ClusterOptions> decode_options(std::string_view text);

}  // namespace fleet::devcluster
