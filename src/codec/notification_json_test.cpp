// SPDX-License-Identifier: Apache-2.0
#include "codec/notification_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace fleet::codec {
namespace {

TEST(NotificationJson, HoldsWhatTheDocumentSays) {
    model::Notification n;
    n.id = "0123";
    n.kind = model::Notification::Kind::incident;
    n.fleet = "north";
    n.type = "OVERSPEED";
    n.severity = model::Severity::high;
    n.start_ms = 1'767'225'600'000;
    n.devices = 2;
    n.ids = {{1, 2}, {3, 4}};
    model::AlertNotice notice;
    notice.id = {1, 2};
    notice.device = "V-\"1";
    notice.rule = "overspeed";
    notice.start_ms = n.start_ms;
    notice.peak = 13'105;
    notice.limit = 11'000;
    notice.at = model::GeoPoint{48'850'000, -2'350'000};
    n.alerts = {notice};
    const auto json = nlohmann::json::parse(notification_json(n));
    EXPECT_EQ(json, nlohmann::json::parse(R"({
        "id": "0123", "kind": "incident", "fleet_id": "north", "type": "OVERSPEED",
        "severity": "HIGH", "start": "2026-01-01T00:00:00.000Z", "devices": 2,
        "alert_ids": ["00000000000000010000000000000002", "00000000000000030000000000000004"],
        "alerts": [{"id": "00000000000000010000000000000002", "device_id": "V-\"1",
            "rule": "overspeed", "severity": "LOW", "start": "2026-01-01T00:00:00.000Z",
            "end": null, "peak": 131.05, "limit": 110, "lat": 48.85, "lon": -2.35, "zone": null,
            "alarm": null, "late": false}]})"));
}

TEST(NotificationJson, AnIdTellsKindTypeAndFirstAlertApart) {
    using Kind = model::Notification::Kind;
    const std::string id = model::notification_id(Kind::alert, "OVERSPEED", {1, 2});
    EXPECT_EQ(id, model::notification_id(Kind::alert, "OVERSPEED", {1, 2}));
    EXPECT_EQ(id.size(), 32U);
    EXPECT_NE(id, model::notification_id(Kind::incident, "OVERSPEED", {1, 2}));
    EXPECT_NE(id, model::notification_id(Kind::alert, "OFFLINE", {1, 2}));
    EXPECT_NE(id, model::notification_id(Kind::alert, "OVERSPEED", {1, 3}));
}

}  // namespace
}  // namespace fleet::codec
