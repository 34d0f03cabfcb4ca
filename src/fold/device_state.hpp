// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "model/alert.hpp"
#include "model/trip.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::fold {

/// Where a device was when.
struct Fix {
    std::int64_t ts_ms = 0;
    model::GeoPoint at;
    bool operator==(const Fix&) const = default;
};

/// What a trip has covered so far.
struct Travel {
    std::int64_t distance_mm = 0;
    std::int64_t gap_mm = 0;
    std::int32_t max_speed = -1;  ///< 0.01 km/h; −1: no point had a speed
    bool operator==(const Travel&) const = default;
};

/// What a run compares: a change of any of it makes another rule of it (docs/fold.md, Validity).
struct Condition {
    model::RuleType type = model::RuleType::overspeed;
    model::Field metric = model::Field::speed;
    bool above = true;
    bool operator==(const Condition&) const = default;
};

/// A run of rows that meet the condition of a rule.
struct Run {
    std::uint32_t rule = 0;
    Condition condition;
    bool alert = false;       ///< it has lasted the minimum duration
    bool suppressed = false;  ///< it began in a cool-down: it is never an alert
    model::Severity severity = model::Severity::low;
    std::int64_t start_ms = 0;
    std::int64_t last_ms = 0;       ///< its last row so far
    std::int64_t cool_down_ms = 0;  ///< of the rule at the last row
    std::int32_t peak = 0;          ///< unused by alarms
    std::int32_t limit = 0;         ///< at the start; unused by alarms
    std::optional<model::GeoPoint> at;
    std::string alarm;
    bool operator==(const Run&) const = default;
};

/// No run and no crossing of this rule (and zone) that begins before `until_ms` is an alert.
struct CoolDown {
    std::uint32_t rule = 0;
    std::uint32_t zone = 0;
    std::int64_t until_ms = 0;
    bool operator==(const CoolDown&) const = default;
};

/// A device inside a zone as a rule sees it, or on its way over the edge. A zone without an entry
/// is one that the device is outside of.
struct Side {
    std::uint32_t zone = 0;
    std::uint32_t rule = 0;
    bool inside = false;
    bool suppressed = false;     ///< the crossing began in a cool-down
    std::optional<Fix> pending;  ///< first point on the other side
    bool operator==(const Side&) const = default;
};

enum class Motion : std::uint8_t { unknown, still, moving };  ///< unknown: no point yet

/// What the fold has to remember of a device's rows before: everything that a later row depends on
/// besides the rules. Two equal states followed by equal rows give equal results, which is how a
/// refold knows where it may stop (I5). Nothing in it depends on the order of arrival.
struct DeviceState {
    Motion motion = Motion::unknown;
    model::TripStart start_reason = model::TripStart::distance;  ///< moving
    Fix last;                                                    ///< the last point
    Fix anchor;                                                  ///< still
    std::int64_t at_anchor_ms = 0;   ///< still: time of the last point at the anchor
    std::int64_t speed_run_ms = -1;  ///< still: first point of the speed run; −1: none
    Fix candidate;        ///< first of the points that may become a stop; still: or the anchor
    Fix departure;        ///< start of the trip; still: of one that would begin with the next point
    Travel travel;        ///< from `departure` to `last`
    Travel to_candidate;  ///< moving: from `departure` to the candidate
    std::vector<Run> runs;                  ///< by rule
    std::vector<CoolDown> cool_downs;       ///< by rule and zone; those that have not passed
    std::vector<std::uint32_t> zone_rules;  ///< rules that saw the last point, ascending
    std::vector<Side> sides;                ///< by zone and rule

    bool operator==(const DeviceState&) const = default;

    [[nodiscard]] bool has_point() const noexcept { return motion != Motion::unknown; }

    /// Appends the state as bytes; equal states have equal bytes. About 40 of them for a parked
    /// device.
    void encode(std::string& out) const;
    /// The whole of `bytes` must be one encoded state; else `corrupt`, or `unsupported` for a later
    /// version. No bytes at all are the state before the first row.
    [[nodiscard]] static Result<DeviceState> decode(std::string_view bytes);

    /// The trip that has not ended, up to the last point (end_reason open); nothing while still, or
    /// while it has only its start.
    [[nodiscard]] std::optional<model::Trip> open_trip() const;
    /// The still period up to the last point at the anchor, if it is a stop already.
    [[nodiscard]] std::optional<model::Stop> open_stop() const;
    /// Appends the runs that are alerts, by rule, without end.
    void open_alerts(std::vector<model::AlertRun>& out) const;
};

}  // namespace fleet::fold
