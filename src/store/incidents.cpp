// SPDX-License-Identifier: Apache-2.0
#include "store/incidents.hpp"

#include "store/cursor.hpp"
#include "store/paging.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace fleet::store {

namespace {

bool newer(const model::Incident& a, const model::Incident& b) {
    return std::pair(-a.start_ms, a.type) < std::pair(-b.start_ms, b.type);
}

/// Key of a cursor: type, then start.
std::string key_of(const model::Incident& incident) {
    return std::string(1, static_cast<char>(incident.type)) + time_key(incident.start_ms);
}
Result<model::Incident> place_of(std::string_view key) {
    if (key.empty()) return fail(Code::invalid_argument, "the cursor is not one of this list");
    model::Incident place;
    place.type = static_cast<model::RuleType>(key[0]);
    FLEET_TRY(place.start_ms, time_of_key(key.substr(1)));
    return place;
}

/// Alerts that decide which incidents start in the range.
Result<std::vector<model::AlertStart>> deciding_alerts(FleetReader& reader,
                                                       const model::FleetScope& scope,
                                                       const std::string& fleet, TimeRange range,
                                                       std::optional<Timestamp>& retention_from) {
    std::vector<model::AlertStart> starts;
    std::unordered_map<std::string, std::uint32_t> devices;
    const TimeRange wide{Timestamp{0}, Timestamp{range.to.ms + model::kIncidentMs}};
    PageRequest next{kMaxLimit, ""};
    do {
        FLEET_TRY(const Page<Alert> alerts, reader.alerts(scope, fleet, {}, wide, next));
        if (alerts.retention_from && range.from < *alerts.retention_from)
            retention_from = alerts.retention_from;
        for (const Alert& alert : alerts.items) {
            const bool silence =
                !starts.empty() && starts.back().start_ms - alert.start.ms > model::kIncidentMs;
            if (alert.start < range.from && (starts.empty() || silence)) return starts;
            const auto number = static_cast<std::uint32_t>(devices.size());
            starts.push_back({alert.id, alert.type,
                              devices.try_emplace(alert.device, number).first->second,
                              alert.start.ms});
        }
        next.cursor = alerts.next;
    } while (!next.cursor.empty());
    return starts;
}

}  // namespace

Result<Page<model::Incident>> incidents(FleetReader& reader, const model::FleetScope& scope,
                                        const std::string& fleet, TimeRange range,
                                        const PageRequest& page) {
    if (range.from > range.to)
        return fail(Code::invalid_argument, "the range ends before it begins: swap from and to");
    range.to = std::min(range.to, Timestamp{kMaxMs + 1});
    const CursorParams params = CursorParams().add(fleet).add(range.from.ms).add(range.to.ms);
    model::Incident after;
    if (!page.cursor.empty()) {
        FLEET_TRY(const std::string key, decode_cursor(CursorKind::incidents, params, page.cursor));
        FLEET_TRY(after, place_of(key));
    }
    Page<model::Incident> result;
    FLEET_TRY(std::vector<model::AlertStart> starts,
              deciding_alerts(reader, scope, fleet, range, result.retention_from));
    result.items = model::find_incidents(std::move(starts));
    std::erase_if(result.items, [&](const model::Incident& incident) {
        return incident.start_ms < range.from.ms || incident.start_ms >= range.to.ms ||
               (!page.cursor.empty() && !newer(after, incident));
    });
    std::sort(result.items.begin(), result.items.end(), newer);
    if (const std::size_t limit = clamped(page.limit); result.items.size() > limit) {
        result.items.resize(limit);
        result.next = encode_cursor(CursorKind::incidents, params, key_of(result.items.back()));
    }
    return result;
}

}  // namespace fleet::store
