// SPDX-License-Identifier: Apache-2.0
#include "fold/trips.hpp"

#include <cstdlib>

namespace fleet::fold {

namespace {

// Bounds that need no haversine. A stored unit of latitude is 0.1112 m, one of longitude no more.
/// Places whose differences of latitude and longitude add up to this are within 48.93 m.
constexpr std::int64_t kSurelyNear = 440;
/// Places that differ by more in latitude are over 51.1 m apart.
constexpr std::int64_t kSurelyNotNear = 460;

std::int64_t lat_apart(const Fix& a, const Fix& b) noexcept {
    return std::abs(std::int64_t{a.at.lat} - b.at.lat);
}

bool surely_near(const Fix& a, const Fix& b) noexcept {
    return lat_apart(a, b) + std::abs(std::int64_t{a.at.lon} - b.at.lon) <= kSurelyNear;
}

/// From an earlier point to p; 0 also for anything that is surely near it.
std::int64_t apart_mm(const DeviceState& state, const Fix& from, const Arrival& p) noexcept {
    if (from.ts_ms == state.last.ts_ms) return p.step_mm;
    return surely_near(from, p.fix) ? 0 : distance_mm(from, p.fix);
}

/// Whether p is within 50 m of the candidate. While driving that is the point before.
bool is_at_candidate(const DeviceState& state, const Arrival& p) noexcept {
    if (state.candidate.ts_ms != state.last.ts_ms &&
        lat_apart(state.candidate, p.fix) > kSurelyNotNear)
        return false;
    return apart_mm(state, state.candidate, p) <= kAtAnchorMm;
}

void travel_to(Travel& travel, const Arrival& p) noexcept {
    travel.distance_mm += p.leg_mm;
    travel.gap_mm += p.gap_mm;
    travel.max_speed = std::max(travel.max_speed, p.speed);
}

/// No trip starts before p.
void set_out(DeviceState& state, const Arrival& p) noexcept {
    state.departure = p.fix;
    state.travel = {0, 0, p.speed};
}

void end_still(const DeviceState& state, DayResult& result) {
    if (is_stop(state)) result.stops.push_back(stop_of(state));
}

void end_trip(const DeviceState& state, DayResult& result, const Fix& end, const Travel& travel,
              model::TripEnd reason) {
    if (end.ts_ms != state.departure.ts_ms)
        result.trips.push_back(trip_of(state, end, travel, reason));
}

/// A still period begins with p as its anchor.
void settle(DeviceState& state, const Arrival& p) noexcept {
    state.motion = Motion::still;
    state.start_reason = model::TripStart::distance;
    state.anchor = state.candidate = p.fix;
    state.at_anchor_ms = p.fix.ts_ms;
    state.to_candidate = Travel{};
    state.speed_run_ms = -1;
    set_out(state, p);
}

/// A still period begins, noticed at p, with the candidate as its anchor.
void settle_at_candidate(DeviceState& state, const Arrival& p) noexcept {
    const Fix candidate = state.candidate;
    settle(state, p);
    state.anchor = state.candidate = candidate;
}

/// A trip goes on, or begins, with p as its candidate.
void consider(DeviceState& state, const Arrival& p) noexcept {
    state.candidate = p.fix;
    state.to_candidate = state.travel;
}

void follow_still(DeviceState& state, DayResult& result, const Arrival& p, bool silence) {
    const std::int64_t away = apart_mm(state, state.anchor, p);
    if (silence && away >= kDepartureMm) {
        end_still(state, result);
        settle(state, p);
        return;
    }
    if (silence) state.speed_run_ms = -1;
    if (p.speed > kMovingSpeed) {
        if (state.speed_run_ms < 0) state.speed_run_ms = p.fix.ts_ms;
    } else if (p.speed >= 0) {
        state.speed_run_ms = -1;
    }
    if (silence || p.new_day)
        set_out(state, p);
    else
        travel_to(state.travel, p);
    const bool far = away >= kDepartureMm;
    if (far || (state.speed_run_ms >= 0 && p.fix.ts_ms - state.speed_run_ms >= kSpeedRunMs)) {
        end_still(state, result);
        state.motion = Motion::moving;
        state.start_reason = far ? model::TripStart::distance : model::TripStart::speed;
        state.anchor = Fix{};
        state.at_anchor_ms = 0;
        state.speed_run_ms = -1;
        consider(state, p);
    } else if (away <= kAtAnchorMm) {
        state.at_anchor_ms = p.fix.ts_ms;
        state.candidate = state.anchor;
        set_out(state, p);
    } else if (p.new_day || !is_at_candidate(state, p)) {
        state.candidate = p.fix;
    } else if (p.fix.ts_ms - state.candidate.ts_ms >= kStopMs) {
        end_still(state, result);
        settle_at_candidate(state, p);
    }
}

void follow_moving(DeviceState& state, DayResult& result, const Arrival& p, bool silence) {
    if (silence) {
        end_trip(state, result, state.last, state.travel, model::TripEnd::silence);
        settle(state, p);
        return;
    }
    if (p.new_day) {
        end_trip(state, result, state.last, state.travel, model::TripEnd::midnight);
        state.start_reason = model::TripStart::midnight;
        set_out(state, p);
        consider(state, p);
        return;
    }
    travel_to(state.travel, p);
    if (!is_at_candidate(state, p)) {
        consider(state, p);
    } else if (p.fix.ts_ms - state.candidate.ts_ms >= kStopMs) {
        end_trip(state, result, state.candidate, state.to_candidate, model::TripEnd::stop);
        settle_at_candidate(state, p);
    }
}

}  // namespace

model::Stop stop_of(const DeviceState& state) noexcept {
    model::Stop stop;
    stop.start_ms = state.anchor.ts_ms;
    stop.end_ms = state.at_anchor_ms;
    stop.at = state.anchor.at;
    return stop;
}

model::Trip trip_of(const DeviceState& state, const Fix& end, const Travel& travel,
                    model::TripEnd reason) noexcept {
    model::Trip trip;
    trip.start_ms = state.departure.ts_ms;
    trip.end_ms = end.ts_ms;
    trip.distance_mm = travel.distance_mm;
    trip.gap_mm = travel.gap_mm;
    if (travel.max_speed >= 0) trip.max_speed = travel.max_speed;
    trip.from = state.departure.at;
    trip.to = end.at;
    trip.start_reason = state.start_reason;
    trip.end_reason = reason;
    return trip;
}

void follow(DeviceState& state, DayResult& result, const Arrival& p) {
    const bool silence = p.fix.ts_ms - state.last.ts_ms > kSilenceMs;
    switch (state.motion) {
        case Motion::unknown: settle(state, p); break;
        case Motion::still: follow_still(state, result, p, silence); break;
        case Motion::moving: follow_moving(state, result, p, silence); break;
    }
    state.last = p.fix;
}

}  // namespace fleet::fold
