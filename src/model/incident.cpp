// SPDX-License-Identifier: Apache-2.0
#include "model/incident.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace fleet::model {

namespace {

/// Incidents of alerts of one type, sorted by start.
void find_of_type(std::span<const AlertStart> alerts, std::vector<Incident>& out) {
    std::unordered_map<std::uint32_t, std::size_t> in_window;  // alerts by device
    std::size_t end = 0;
    for (std::size_t first = 0; first < alerts.size();) {
        for (; end < alerts.size() && alerts[end].start_ms - alerts[first].start_ms <= kIncidentMs;
             ++end)
            ++in_window[alerts[end].device];
        if (in_window.size() < kIncidentDevices) {
            const auto left = in_window.find(alerts[first++].device);
            if (--left->second == 0) in_window.erase(left);
            continue;
        }
        Incident incident{alerts[first].type, alerts[first].start_ms, in_window.size(), {}};
        for (; first < end; ++first) incident.ids.push_back(alerts[first].id);
        out.push_back(std::move(incident));
        in_window.clear();
    }
}

}  // namespace

std::vector<Incident> find_incidents(std::vector<AlertStart> alerts) {
    std::sort(alerts.begin(), alerts.end(), [](const AlertStart& a, const AlertStart& b) {
        return std::tie(a.type, a.start_ms, a.id) < std::tie(b.type, b.start_ms, b.id);
    });
    std::vector<Incident> out;
    const std::span<const AlertStart> all = alerts;
    for (std::size_t begin = 0; begin < all.size();) {
        std::size_t end = begin;
        while (end < all.size() && all[end].type == all[begin].type) ++end;
        find_of_type(all.subspan(begin, end - begin), out);
        begin = end;
    }
    std::sort(out.begin(), out.end(), [](const Incident& a, const Incident& b) {
        return std::tie(a.start_ms, a.type) < std::tie(b.start_ms, b.type);
    });
    return out;
}

}  // namespace fleet::model
