// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "model/alert.hpp"
#include "model/stats.hpp"
#include "model/trip.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::fold {

/// Everything that folding the rows of one device-day yields. Equal inputs give equal results.
/// What is still open at the end is in the DeviceState, and in the result of the day that ends it.
struct DayResult {
    model::DayHours hours{};
    /// Ended while these rows were folded, in order of start. A trip of yesterday that is cut at
    /// midnight is in today's result.
    std::vector<model::Trip> trips;
    /// Likewise; may have begun on an earlier day.
    std::vector<model::Stop> stops;
    /// Alerts that ended while these rows were folded, and crossings, by (start, rule, zone).
    std::vector<model::AlertRun> alerts;
    bool operator==(const DayResult&) const = default;
};

/// Compact bytes of the lists, appended to `out`; equal lists have equal bytes. An empty list has
/// one byte. Format: docs in day_result.cpp.
void encode_trips(std::span<const model::Trip> trips, std::string& out);
void encode_stops(std::span<const model::Stop> stops, std::string& out);
void encode_alerts(std::span<const model::AlertRun> alerts, std::string& out);

/// The whole of `bytes` must be one encoded list; else `corrupt`, or `unsupported` for a later
/// version. No bytes at all are an empty list.
[[nodiscard]] Result<std::vector<model::Trip>> decode_trips(std::string_view bytes);
[[nodiscard]] Result<std::vector<model::Stop>> decode_stops(std::string_view bytes);
[[nodiscard]] Result<std::vector<model::AlertRun>> decode_alerts(std::string_view bytes);

}  // namespace fleet::fold
