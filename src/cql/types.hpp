// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::cql {

/// Codes of the native protocol.
enum class Consistency : std::uint16_t {
    any = 0x0,
    one = 0x1,
    two = 0x2,
    three = 0x3,
    quorum = 0x4,
    all = 0x5,
    local_quorum = 0x6,
    each_quorum = 0x7,
    serial = 0x8,
    local_serial = 0x9,
    local_one = 0xA,
};

enum class SerialConsistency : std::uint16_t { serial = 0x8, local_serial = 0x9 };

/// Which nodes may coordinate a request. Replicas of the row come first in each.
enum class Route : std::uint8_t {
    home,    ///< only nodes of the home datacentre; none there: no_connection at once
    any,     ///< home first, then the others. Also at a LOCAL_ level, which then means *their*
             ///< datacentre
    remote,  ///< only nodes of the remote datacentre
};

/// As CQL writes it: LOCAL_QUORUM.
std::string_view to_string(Consistency consistency) noexcept;

/// A bind marker or a column of a result.
struct ColumnInfo {
    std::string name{};
    std::string type{};  ///< as CQL writes it: `text`, `map<text, double>`

    friend bool operator==(const ColumnInfo&, const ColumnInfo&) = default;
};

/// What `Session::prepare` gives. Valid for that session as long as it lives.
struct Statement {
    std::uint32_t id = 0;
    std::vector<ColumnInfo> params{};
    std::vector<ColumnInfo> columns{};  ///< of its rows; empty for writes
    std::vector<std::uint16_t>
        key_params{};  ///< positions in `params` of the whole partition key, else empty
};

using TraceId = std::array<std::uint8_t, 16>;

/// As system_traces writes it: 8-4-4-4-12 hexadecimal digits.
std::string to_string(const TraceId& id);

struct Node {
    std::string host_id{};
    std::string address{};  ///< ip:port
    std::string datacenter{};
    std::string rack{};
    bool connected =
        false;  ///< this session has a connection to it; what other nodes think is in system.peers
};

struct Replication {
    std::string datacenter{};  ///< empty: SimpleStrategy, over all datacentres
    std::uint64_t factor = 0;
};

struct Topology {
    std::string cluster_name{};
    std::string schema_version{};  ///< empty: the nodes differ
    std::vector<Node> nodes{};
    std::vector<Replication> replication{};  ///< of the keyspace that was asked for, by datacentre
};

}  // namespace fleet::cql
