// SPDX-License-Identifier: Apache-2.0
#include "model/stats.hpp"

namespace fleet::model {

void Latest::offer(const Sample& row, const TextPool& texts) {
    ts_ms = std::max(ts_ms, row.ts_ms);
    for (std::size_t g = 0; g < kGroupCount; ++g) {
        const std::uint32_t bits = group_mask(static_cast<Group>(g));
        if ((row.mask & bits) == 0 || row.ts_ms < group_ts[g]) continue;
        group_ts[g] = row.ts_ms;
        mask = (mask & ~bits) | (row.mask & bits);
        for (std::size_t f = 0; f < kFieldCount; ++f)
            if (kFields[f].group == static_cast<Group>(g))
                values[f] = (row.mask >> f & 1U) != 0 ? row.values[f] : 0;
        if (static_cast<Group>(g) == Group::vehicle) {
            zone.assign(texts.text(row.zone));
            alarm.assign(texts.text(row.alarm));
        }
    }
}

}  // namespace fleet::model
