// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fleet::devcluster {

/// A node as the ring sees it.
struct RingNode {
    std::string datacentre;
    std::string state;  ///< U or D (up, down), then N, L, J or M (normal, leaving, joining, moving)
    std::string address;
    std::string load;  ///< as nodetool writes it, "104.36 KiB"; "?" when not known
    std::string owns;  ///< effective, "100.0%"; "?" when no keyspace says
    std::string host_id;
    std::string rack;
};

/// Reads what `nodetool status` prints. Errors: corrupt when no node is in it.
[[nodiscard]] Result<std::vector<RingNode>> parse_status(std::string_view output);

}  // namespace fleet::devcluster
