// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec/json_writer.hpp"
#include "model/incident.hpp"
#include "store/reader.hpp"

#include <span>
#include <string>
#include <string_view>

namespace fleet::server {

/// The shapes of trips, stops and alerts (api/openapi.yaml), as in render.hpp. Pure.

/// Device and start, unique and the same for ever: `V-1@2026-11-25T07:08:09.123Z`.
[[nodiscard]] std::string trip_id(std::string_view device, const model::Trip& trip);

void write_trip(codec::JsonWriter& json, std::string_view device, const model::Trip& trip);
void write_stop(codec::JsonWriter& json, std::string_view device, const model::Stop& stop);
/// As in lists: without what people did.
void write_alert(codec::JsonWriter& json, const store::Alert& alert);
/// The member `actions`: what people did.
void write_actions(codec::JsonWriter& json, std::span<const store::AlertAction> actions);
/// With `actions`.
void write_alert_detail(codec::JsonWriter& json, const store::Alert& alert);

void write_incident(codec::JsonWriter& json, std::string_view fleet,
                    const model::Incident& incident);

void write_trips_csv(std::string& out, std::string_view device, std::span<const model::Trip> trips);
void write_stops_csv(std::string& out, std::string_view device, std::span<const model::Stop> stops);
void write_alerts_csv(std::string& out, std::span<const store::Alert> alerts);
/// `alert_ids` joined by `|`.
void write_incidents_csv(std::string& out, std::string_view fleet,
                         std::span<const model::Incident> incidents);

}  // namespace fleet::server
