// SPDX-License-Identifier: Apache-2.0
#include "codec/notification_json.hpp"

#include "codec/json_writer.hpp"
#include "model/field.hpp"

namespace fleet::codec {

namespace {

void write_notice(JsonWriter& json, const model::AlertNotice& alert) {
    constexpr int kDegrees = model::info(model::Field::lat).decimals;
    json.begin_object();
    json.member("id", alert.id.text());
    json.member("device_id", alert.device);
    json.member("rule", alert.rule);
    json.member("severity", model::name_of(alert.severity));
    json.member_time("start", Timestamp{alert.start_ms});
    if (alert.end_ms) {
        json.member_time("end", Timestamp{*alert.end_ms});
    } else {
        json.member_null("end");
    }
    json.member_fixed_or_null("peak", alert.peak, alert.decimals);
    json.member_fixed_or_null("limit", alert.limit, alert.decimals);
    json.member_fixed_or_null("lat", alert.at ? std::optional(alert.at->lat) : std::nullopt,
                              kDegrees);
    json.member_fixed_or_null("lon", alert.at ? std::optional(alert.at->lon) : std::nullopt,
                              kDegrees);
    json.member_or_null("zone", alert.zone);
    json.member_or_null("alarm", alert.alarm);
    json.member_boolean("late", alert.late);
    json.end_object();
}

}  // namespace

std::string notification_json(const model::Notification& notification) {
    std::string out;
    out.reserve(512 + notification.ids.size() * 35 + notification.alerts.size() * 320);
    JsonWriter json(out);
    json.begin_object();
    json.member("id", notification.id);
    json.member("kind", model::name_of(notification.kind));
    json.member_or_null("fleet_id", notification.fleet);
    json.member("type", notification.type);
    json.member("severity", model::name_of(notification.severity));
    json.member_time("start", Timestamp{notification.start_ms});
    json.key("devices");
    json.unsigned_integer(notification.devices);
    json.key("alert_ids");
    json.begin_array();
    for (const model::AlertId& id : notification.ids) json.string(id.text());
    json.end_array();
    json.key("alerts");
    json.begin_array();
    for (const model::AlertNotice& alert : notification.alerts) write_notice(json, alert);
    json.end_array();
    json.end_object();
    return out;
}

}  // namespace fleet::codec
