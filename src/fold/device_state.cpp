// SPDX-License-Identifier: Apache-2.0
// Persisted form of the state: version u8, flags u8, then varints. Times and places are differences
// to those before them.
#include "fold/device_state.hpp"

#include "base/time.hpp"
#include "fold/trips.hpp"
#include "fold/varint.hpp"

namespace fleet::fold {

namespace {

/// Version 1 was that of the hours alone; 2 knew no candidate of a still device.
constexpr std::uint8_t kVersion = 3;

// Bits 0–1 of the flags are the motion, 2–3 the reason of the trip's start.
constexpr unsigned kSpeedRun = 1U << 4;
constexpr unsigned kRuns = 1U << 5;
constexpr unsigned kZones = 1U << 6;
constexpr unsigned kCandidate = 1U << 7;  // still, and it is not the anchor

constexpr unsigned kAlert = 1U << 2;  // after the severity
constexpr unsigned kSuppressed = 1U << 3;
constexpr unsigned kAbove = 1U << 4;
constexpr unsigned kPlace = 1U << 5;

constexpr unsigned kInside = 1U << 0;
constexpr unsigned kSideSuppressed = 1U << 1;
constexpr unsigned kPending = 1U << 2;

void put_place(std::string& out, model::GeoPoint at, model::GeoPoint before) {
    put_svarint(out, std::int64_t{at.lat} - before.lat);
    put_svarint(out, std::int64_t{at.lon} - before.lon);
}

void put_fix(std::string& out, const Fix& fix, const Fix& before) {
    put_svarint(out, fix.ts_ms - before.ts_ms);
    put_place(out, fix.at, before.at);
}

void put_travel(std::string& out, const Travel& travel) {
    put_svarint(out, travel.distance_mm);
    put_svarint(out, travel.gap_mm);
    put_svarint(out, travel.max_speed);
}

/// A still device of which some point off the anchor may become the next stop.
bool may_shift(const DeviceState& state) {
    return state.motion == Motion::still && state.candidate != state.anchor;
}

void put_motion(std::string& out, const DeviceState& state) {
    put_fix(out, state.last, Fix{});
    if (state.motion == Motion::moving) {
        put_fix(out, state.candidate, state.last);
        put_fix(out, state.departure, state.candidate);
        put_travel(out, state.to_candidate);
    } else {
        put_fix(out, state.anchor, state.last);
        put_fix(out, state.departure, state.anchor);
        put_svarint(out, state.at_anchor_ms - state.departure.ts_ms);
        if (may_shift(state)) put_fix(out, state.candidate, state.last);
    }
    put_travel(out, state.travel);
}

void put_run(std::string& out, const Run& run, const Fix& last) {
    put_varint(out, run.rule);
    out.push_back(static_cast<char>(run.condition.type));
    out.push_back(static_cast<char>(run.condition.metric));
    out.push_back(static_cast<char>(static_cast<unsigned>(run.severity) | (run.alert ? kAlert : 0) |
                                    (run.suppressed ? kSuppressed : 0) |
                                    (run.condition.above ? kAbove : 0) | (run.at ? kPlace : 0)));
    put_svarint(out, run.start_ms - last.ts_ms);
    put_svarint(out, run.last_ms - run.start_ms);
    put_svarint(out, run.cool_down_ms);
    put_svarint(out, run.peak);
    put_svarint(out, run.limit);
    if (run.at) put_place(out, *run.at, last.at);
    put_text(out, run.alarm);
}

model::GeoPoint get_place(VarintReader& r, model::GeoPoint before) {
    model::GeoPoint at;
    at.lat = r.narrow<std::int32_t>(std::int64_t{before.lat} +
                                    r.narrow<std::int32_t>(r.signed_number()));
    at.lon = r.narrow<std::int32_t>(std::int64_t{before.lon} +
                                    r.narrow<std::int32_t>(r.signed_number()));
    return at;
}

/// A time near another. Both lie in [−kMaxMs, kMaxMs], so their sums cannot overflow.
std::int64_t get_time(VarintReader& r, std::int64_t before) {
    const std::int64_t difference = r.signed_number();
    if (difference < -kMaxMs || difference > kMaxMs) return r.stop();
    const std::int64_t time = before + difference;
    return time < 0 || time > kMaxMs ? r.stop() : time;
}

Fix get_fix(VarintReader& r, const Fix& before) {
    Fix fix;
    fix.ts_ms = get_time(r, before.ts_ms);
    fix.at = get_place(r, before.at);
    return fix;
}

Travel get_travel(VarintReader& r) {
    Travel travel;
    travel.distance_mm = r.signed_number();
    travel.gap_mm = r.signed_number();
    travel.max_speed = r.narrow<std::int32_t>(r.signed_number());
    return travel;
}

void get_motion(VarintReader& r, DeviceState& state, bool has_candidate) {
    state.last = get_fix(r, Fix{});
    if (state.motion == Motion::moving) {
        state.candidate = get_fix(r, state.last);
        state.departure = get_fix(r, state.candidate);
        state.to_candidate = get_travel(r);
    } else {
        state.anchor = get_fix(r, state.last);
        state.departure = get_fix(r, state.anchor);
        state.at_anchor_ms = get_time(r, state.departure.ts_ms);
        state.candidate = has_candidate ? get_fix(r, state.last) : state.anchor;
    }
    state.travel = get_travel(r);
}

std::uint32_t get_id(VarintReader& r) {
    return r.narrow<std::uint32_t>(static_cast<std::int64_t>(r.number()));
}

Run get_run(VarintReader& r, const Fix& last) {
    Run run;
    run.rule = get_id(r);
    const std::uint8_t type = r.byte();
    const std::uint8_t metric = r.byte();
    const unsigned flags = r.byte();
    if (type >= model::kRuleTypeCount || metric >= model::kFieldCount || (flags & 3) > 2 ||
        flags >= 2 * kPlace)
        r.stop();
    run.condition = {static_cast<model::RuleType>(type), static_cast<model::Field>(metric),
                     (flags & kAbove) != 0};
    run.severity = static_cast<model::Severity>(flags & 3);
    run.alert = (flags & kAlert) != 0;
    run.suppressed = (flags & kSuppressed) != 0;
    run.start_ms = get_time(r, last.ts_ms);
    run.last_ms = get_time(r, run.start_ms);
    run.cool_down_ms = r.signed_number();
    run.peak = r.narrow<std::int32_t>(r.signed_number());
    run.limit = r.narrow<std::int32_t>(r.signed_number());
    if ((flags & kPlace) != 0) run.at = get_place(r, last.at);
    run.alarm = std::string(r.text());
    return run;
}

void put_zones(std::string& out, const DeviceState& state) {
    put_varint(out, state.zone_rules.size());
    std::uint32_t before = 0;
    for (const std::uint32_t rule : state.zone_rules) {
        put_varint(out, rule - before);
        before = rule;
    }
    put_varint(out, state.sides.size());
    before = 0;
    for (const Side& side : state.sides) {
        put_varint(out, side.zone - before);
        before = side.zone;
        put_varint(out, side.rule);
        out.push_back(static_cast<char>((side.inside ? kInside : 0) |
                                        (side.suppressed ? kSideSuppressed : 0) |
                                        (side.pending ? kPending : 0)));
        if (side.pending) put_fix(out, *side.pending, state.last);
    }
}

void get_zones(VarintReader& r, DeviceState& state) {
    std::uint32_t before = 0;
    for (std::size_t left = r.count(); left > 0 && r.ok(); --left) {
        before = r.narrow<std::uint32_t>(std::int64_t{before} + get_id(r));
        state.zone_rules.push_back(before);
    }
    before = 0;
    for (std::size_t left = r.count(); left > 0 && r.ok(); --left) {
        Side side;
        before = side.zone = r.narrow<std::uint32_t>(std::int64_t{before} + get_id(r));
        side.rule = get_id(r);
        const unsigned flags = r.byte();
        if (flags >= 2 * kPending) r.stop();
        side.inside = (flags & kInside) != 0;
        side.suppressed = (flags & kSideSuppressed) != 0;
        if ((flags & kPending) != 0) side.pending = get_fix(r, state.last);
        state.sides.push_back(side);
    }
}

void get_runs(VarintReader& r, DeviceState& state) {
    for (std::size_t left = r.count(); left > 0 && r.ok(); --left)
        state.runs.push_back(get_run(r, state.last));
    for (std::size_t left = r.count(); left > 0 && r.ok(); --left) {
        CoolDown cool;
        cool.rule = get_id(r);
        cool.zone = get_id(r);
        cool.until_ms = r.signed_number();
        state.cool_downs.push_back(cool);
    }
}

}  // namespace

void DeviceState::encode(std::string& out) const {
    const bool any_runs = !runs.empty() || !cool_downs.empty();
    const bool any_zones = !zone_rules.empty() || !sides.empty();
    out.push_back(static_cast<char>(kVersion));
    out.push_back(
        static_cast<char>(static_cast<unsigned>(motion) | static_cast<unsigned>(start_reason) << 2 |
                          (speed_run_ms >= 0 ? kSpeedRun : 0) | (any_runs ? kRuns : 0) |
                          (any_zones ? kZones : 0) | (may_shift(*this) ? kCandidate : 0)));
    if (has_point()) put_motion(out, *this);
    if (speed_run_ms >= 0) put_svarint(out, speed_run_ms - last.ts_ms);
    if (any_runs) {
        put_varint(out, runs.size());
        for (const Run& run : runs) put_run(out, run, last);
        put_varint(out, cool_downs.size());
        for (const CoolDown& cool : cool_downs) {
            put_varint(out, cool.rule);
            put_varint(out, cool.zone);
            put_svarint(out, cool.until_ms);
        }
    }
    if (any_zones) put_zones(out, *this);
}

Result<DeviceState> DeviceState::decode(std::string_view bytes) {
    DeviceState state;
    if (bytes.empty()) return state;
    VarintReader r(bytes);
    const std::uint8_t version = r.byte();
    if (version > kVersion)
        return fail(Code::unsupported,
                    "the fold state of a device was written by a later version of the program");
    const unsigned flags = r.byte();
    if (version != kVersion || (flags & 3) > 2 || (flags >> 2 & 3) > 2) r.stop();
    state.motion = static_cast<Motion>(flags & 3);
    state.start_reason = static_cast<model::TripStart>(flags >> 2 & 3);
    if (state.has_point()) get_motion(r, state, (flags & kCandidate) != 0);
    if ((flags & kSpeedRun) != 0) state.speed_run_ms = get_time(r, state.last.ts_ms);
    if ((flags & kRuns) != 0) get_runs(r, state);
    if ((flags & kZones) != 0) get_zones(r, state);
    // One state has one form: what the writer would not write is damage, whatever it reads as.
    std::string again;
    if (r.done()) state.encode(again);
    if (again != bytes) return fail(Code::corrupt, "the fold state of a device is damaged");
    return state;
}

std::optional<model::Trip> DeviceState::open_trip() const {
    if (motion != Motion::moving || last.ts_ms == departure.ts_ms) return std::nullopt;
    return trip_of(*this, last, travel, model::TripEnd::open);
}

std::optional<model::Stop> DeviceState::open_stop() const {
    if (motion != Motion::still || !is_stop(*this)) return std::nullopt;
    model::Stop stop = stop_of(*this);
    stop.open = true;
    return stop;
}

void DeviceState::open_alerts(std::vector<model::AlertRun>& out) const {
    for (const Run& run : runs)
        if (run.alert) out.push_back(alert_of(run));
}

}  // namespace fleet::fold
