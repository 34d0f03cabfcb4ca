// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"
#include "codec/json_writer.hpp"
#include "model/age.hpp"
#include "store/reader.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fleet::server {

/// The shapes of design.md §8, shared by the API and the command line. JSON functions append one
/// value; CSV functions append a header and rows, RFC 4180 with LF. Pure.

using model::AgeLimits;
/// moving (over 5 km/h), stopped, stale, offline.
[[nodiscard]] std::string_view state_of(const model::Latest& latest, Timestamp at,
                                        const AgeLimits& limits) noexcept;

/// Ends the array of items of a list, and the list: `next` (empty: null) and, if there is one,
/// `retention_from`.
void end_list(codec::JsonWriter& json, std::string_view next,
              std::optional<Timestamp> retention_from);

void write_fleet(codec::JsonWriter& json, const store::FleetInfo& fleet);
void write_device(codec::JsonWriter& json, const store::DeviceInfo& device);
/// `at`: the instant of the question, for age and state.
void write_latest(codec::JsonWriter& json, const store::LatestOfDevice& device, Timestamp at,
                  const AgeLimits& limits);
void write_kpis(codec::JsonWriter& json, std::string_view fleet, Timestamp as_of,
                const store::Kpis& kpis);
void write_analytics(codec::JsonWriter& json, std::string_view fleet, Day day,
                     const store::FleetDay& content);
void write_summary(codec::JsonWriter& json, std::string_view device, Day day,
                   const store::DaySummary& summary);
/// `fields`: presence bits of model::Sample that are shown.
void write_history(codec::JsonWriter& json, std::string_view device, const store::HistoryPage& page,
                   std::uint32_t fields);

void write_fleets_csv(std::string& out, std::span<const store::FleetInfo> fleets);
void write_devices_csv(std::string& out, std::span<const store::DeviceInfo> devices);
void write_latest_csv(std::string& out, std::span<const store::LatestOfDevice> devices,
                      Timestamp at, const AgeLimits& limits);
void write_analytics_csv(std::string& out, std::string_view fleet, Day day,
                         const store::FleetDay& content);
void write_history_csv(std::string& out, std::string_view device, const store::HistoryPage& page,
                       std::uint32_t fields);

}  // namespace fleet::server
