// SPDX-License-Identifier: Apache-2.0
#include "notify/grouping.hpp"

#include "model/incident.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_set>

namespace fleet::notify {

Groups group_alerts(std::vector<StoredAlert> alerts,
                    const std::function<bool(const model::AlertId&)>& due) {
    std::sort(alerts.begin(), alerts.end(), [](const StoredAlert& a, const StoredAlert& b) {
        return std::tie(a.run.start_ms, a.id) < std::tie(b.run.start_ms, b.id);
    });
    std::vector<model::AlertStart> starts;
    starts.reserve(alerts.size());
    for (const StoredAlert& a : alerts) starts.push_back({a.id, a.type, a.device, a.run.start_ms});

    Groups groups;
    std::set<model::AlertId> in_incident;
    for (const model::Incident& incident : model::find_incidents(std::move(starts))) {
        AlertGroup group{true, {}, {}};
        std::unordered_set<std::uint32_t> told;
        bool now = false;
        // Both are in the same order.
        auto next = alerts.begin();
        for (const model::AlertId& id : incident.ids) {
            next =
                std::find_if(next, alerts.end(), [&](const StoredAlert& a) { return a.id == id; });
            in_incident.insert(id);
            if (next->notified) {
                told.insert(next->device);
            } else {
                group.waiting.push_back({next->device, id});
                now = now || due(id);
            }
            group.members.push_back(*next);
        }
        if (told.size() >= model::kIncidentDevices) {
            groups.joined.insert(groups.joined.end(), group.waiting.begin(), group.waiting.end());
        } else if (now) {
            groups.told.push_back(std::move(group));
        }
    }
    for (StoredAlert& a : alerts) {
        if (a.notified || in_incident.contains(a.id) || !due(a.id)) continue;
        const AlertKey key{a.device, a.id};
        groups.told.push_back({false, {std::move(a)}, {key}});
    }
    return groups;
}

}  // namespace fleet::notify
