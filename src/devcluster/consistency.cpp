// SPDX-License-Identifier: Apache-2.0
#include "devcluster/consistency.hpp"

#include <algorithm>

namespace fleet::devcluster {

namespace {

int quorum_of(int replicas) { return replicas / 2 + 1; }

/// Replicas that answer for the row that the down nodes hit worst.
int live_replicas(const DatacentreState& dc) {
    return std::max(0, std::min(dc.replicas, dc.nodes) - (dc.nodes - dc.live));
}

}  // namespace

std::vector<LevelsHeld> levels_held(const std::vector<DatacentreState>& datacentres) {
    int replicas = 0;
    int live = 0;
    bool each = true;
    for (const DatacentreState& dc : datacentres) {
        replicas += dc.replicas;
        live += live_replicas(dc);
        // A datacentre without replicas has no quorum to wait for.
        each = each && (dc.replicas == 0 || live_replicas(dc) >= quorum_of(dc.replicas));
    }
    std::vector<LevelsHeld> held;
    for (const DatacentreState& dc : datacentres) {
        const bool coordinator = dc.live > 0;
        LevelsHeld levels;
        levels.datacentre = dc.name;
        levels.local_one = coordinator && live_replicas(dc) >= 1;
        levels.local_quorum =
            coordinator && dc.replicas > 0 && live_replicas(dc) >= quorum_of(dc.replicas);
        levels.quorum = coordinator && replicas > 0 && live >= quorum_of(replicas);
        levels.each_quorum = coordinator && replicas > 0 && each;
        levels.all = coordinator && replicas > 0 && live == replicas;
        held.push_back(std::move(levels));
    }
    return held;
}

bool local_quorum_meets_quorum(const std::vector<DatacentreState>& datacentres,
                               const std::string& home) {
    int all = 0;
    int local = 0;
    for (const DatacentreState& dc : datacentres) {
        all += dc.replicas;
        if (dc.name == home) local = dc.replicas;
    }
    return local > 0 && quorum_of(local) + quorum_of(all) > all;
}

}  // namespace fleet::devcluster
