// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace fleet::devcluster {

/// One datacentre of a keyspace.
struct DatacentreState {
    std::string name;
    int replicas = 0;  ///< of every row in this datacentre
    int nodes = 0;
    int live = 0;  ///< nodes that answer; ≤ nodes
};

/// What a client in a datacentre can do for *every* row. A client needs a live node of its own
/// datacentre to ask.
struct LevelsHeld {
    std::string datacentre;
    bool local_one = false;
    bool local_quorum = false;
    bool quorum = false;
    bool each_quorum = false;
    bool all = false;
};

/// The levels that hold in each datacentre. Worst case over rows: nodes that are down are replicas
/// of the same row where they can be. Pure.
[[nodiscard]] std::vector<LevelsHeld> levels_held(const std::vector<DatacentreState>& datacentres);

/// Whether each LOCAL_QUORUM of `home` and each QUORUM share a replica, so that a read sees the
/// write before it whichever of the two either took (true for 2 + 2, false for 3 + 3).
[[nodiscard]] bool local_quorum_meets_quorum(const std::vector<DatacentreState>& datacentres,
                                             const std::string& home);

}  // namespace fleet::devcluster
