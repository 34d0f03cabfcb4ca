// SPDX-License-Identifier: Apache-2.0
#include "ingest/generator_vehicle.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

namespace fleet::ingest {
namespace {

using model::Field;

constexpr std::int32_t kmh(std::int32_t v) noexcept { return v * 10'000 / 36; }  // mm/s

constexpr std::int64_t kLocalOffsetMs =
    kMsPerHour;  // French winter time, all year: only daily habits follow it
constexpr std::int64_t kFull = 100'000'000;  // 1e-6 %
constexpr std::int64_t kEmptiest = 20'000'000;
constexpr std::int64_t kChargeBelow = 45'000'000;
constexpr std::int64_t kChargePerMs = 33;       // 2 % a minute
constexpr std::int64_t kMmPerMicroPercent = 5;  // 0.2 % a kilometre
constexpr std::int32_t kAcceleration = 1'200;   // mm/s²
constexpr std::int32_t kBraking = 1'500;
constexpr std::int32_t kFastestHonest = kmh(109);
constexpr std::int32_t kFastRoad = kmh(90);
constexpr std::int32_t kOverspeed = 11'000;  // stored units: strictly above is an anomaly
constexpr std::int32_t kLowBattery = 2'000;
constexpr std::int32_t kHot = 4'000;
constexpr std::int64_t kWeatherSlotMs = 10 * kMsPerMinute;
constexpr std::int64_t kDestinationRadiusMm = 22'000'000;
constexpr std::size_t kMaxSteps = 4'096;

constexpr std::string_view kZones[] = {"zone_a", "zone_b", "zone_c"};

/// How busy a local hour is, 100 = the mean.
constexpr std::array<std::int64_t, 24> kBusy{22,  16,  11,  16,  32,  63,  105, 157,
                                             168, 136, 126, 126, 115, 126, 136, 136,
                                             157, 168, 157, 126, 84,  63,  42,  32};
/// How much of the limit the traffic of a local hour allows, %.
constexpr std::array<std::int32_t, 24> kFlow{103, 103, 103, 103, 103, 100, 94,  78,
                                             72,  84,  92,  94,  92,  94,  94,  90,
                                             80,  70,  74,  86,  95,  100, 102, 103};

int local_hour(std::int64_t ms) noexcept { return hour_of({ms + kLocalOffsetMs}); }

/// A rounded wave of the given period: 1000 in the middle, −1000 half a period away.
constexpr std::int64_t wave(std::int64_t at, std::int64_t period) noexcept {
    const std::int64_t half = period / 2;
    const std::int64_t phase = ((at % period) + period + period / 4) % period;
    const std::int64_t u = phase % half;
    const std::int64_t arch =
        4 * (u / 1000) * ((half - u) / 1000) / ((half / 1000) * (half / 1000) / 1000);
    return phase < half ? arch : -arch;
}

std::int32_t corner_speed(std::int32_t course_a, std::int32_t course_b) noexcept {
    std::int32_t turn = std::abs(course_a - course_b);
    turn = std::min(turn, 36'000 - turn);
    return turn < 1'500    ? kmh(200)
           : turn < 3'000  ? kmh(70)
           : turn < 6'000  ? kmh(40)
           : turn < 10'000 ? kmh(22)
                           : kmh(10);
}

std::int32_t noise(std::uint64_t bits, std::int64_t sigma_thousandths) noexcept {
    const std::int32_t n = gaussian(bits, sigma_thousandths);
    return (n + (n < 0 ? -500 : 500)) / 1000;
}

std::int64_t thousandths(double v) noexcept { return std::llround(v * 1000); }

}  // namespace

World::World(GeneratorOptions options) : options_(std::move(options)), roads_(options_.seed) {
    constexpr double kUnitsPerMetre = 1000 / 111.195;  // 1e-6° of latitude
    constexpr double kCosine = 0.658;                  // at Paris
    lat_noise = thousandths(options_.gps_noise_m * kUnitsPerMetre);
    lon_noise = thousandths(options_.gps_noise_m * kUnitsPerMetre / kCosine);
    speed_noise = thousandths(options_.speed_noise_kmh * 100);
    temp_noise = thousandths(options_.temp_noise_c * 100);
    // A vehicle on its way waits at lights now and then; and busy hours cannot be busier than full,
    // so the others make up for them: the gain is raised until the mean is right.
    constexpr std::int64_t kWayPerMoving = 112;  // %
    const std::int64_t wanted = thousandths(options_.moving_share) * kWayPerMoving / 100;
    const std::int64_t least = thousandths(options_.least_moving_share);
    for (std::int64_t gain = 10; gain <= 5'000; gain += 10) {
        for (std::size_t hour = 0; hour < share_pm_.size(); ++hour)
            share_pm_[hour] = std::clamp<std::int64_t>(gain * kBusy[hour] / 100, least, 960);
        if (std::accumulate(share_pm_.begin(), share_pm_.end(), std::int64_t{0}) >= wanted * 24)
            break;
    }
    for (std::size_t part = 0; part < 3; ++part)
        for (const std::uint16_t depot : roads_.depots(part))
            destinations_[part].push_back(roads_.around(depot, kDestinationRadiusMm));
}

Vehicle::Vehicle(const World& world, std::uint32_t index) : world_(world), random_(0) {
    const GeneratorOptions& o = world.options();
    key_ = mix(mix(o.seed, 1), index);
    noise_key_ = mix(key_, 2);
    random_ = Random(mix(key_, 3));

    std::string number = std::to_string(index + 1);
    const std::size_t digits = std::max<std::size_t>(4, std::to_string(o.vehicles).size());
    id_ = o.device_prefix + std::string(digits - std::min(digits, number.size()), '0') + number;
    fleet_ = &o.fleets[index % o.fleets.size()];
    const std::int64_t spread = o.interval_ms * index / o.vehicles;
    offset_ms_ = o.interval_ms >= kMsPerSecond ? spread / kMsPerSecond * kMsPerSecond : spread;

    const std::size_t part = index % 3;
    const std::size_t depot =
        random_.below(static_cast<std::uint32_t>(world.roads().depots(part).size()));
    depot_ = world.roads().depots(part)[depot];
    destinations_ = &world.destinations(part, depot);
    junction_ = depot_;
    pace_ = random_.between(88, 103);
    energy_ = random_.between(60, 98) * std::int64_t{1'000'000};

    // Day has begun for those that are on their way at this hour; the others stand for a while.
    phase_end_ = o.from.ms;
    segment_ =
        world.roads().link(world.roads().next_link(depot_, destinations_->front())).first_segment;
    const bool on_its_way = random_.between(1, 1000) <= world.share_pm(local_hour(o.from.ms));
    if (!on_its_way) stand(random_.between(1, 40) * kMsPerMinute);
}

void Vehicle::begin(const Motion& motion, Phase phase) {
    motion_ = motion;
    phase_ = phase;
    phase_start_ = phase_end_;
    phase_end_ += motion.ms;
}

void Vehicle::next_phase() {
    if (phase_ != Phase::driving) {
        if (phase_ == Phase::charging)
            energy_ = std::min(kFull, energy_ + (phase_end_ - phase_start_) * kChargePerMs);
        plan_trip();
        enter_segment();
    } else if (motion_next_ == motion_count_) {
        energy_ = std::max(kEmptiest, energy_ - world_.roads().segments()[segment_].length_mm /
                                                    kMmPerMicroPercent);
        if (++step_ == steps_.size()) {
            stand((phase_end_ - trip_start_) * random_.between(30, 170) / 100);
            return;
        }
        enter_segment();
    }
    begin(motions_[motion_next_++], Phase::driving);
}

/// Stands until the work that a trip's rest is worth has been waited for: an hour with a share s of
/// vehicles on their way gives (1 − s) / s of standing for each hour of driving.
void Vehicle::stand(std::int64_t work_ms) {
    std::int64_t standing = 0;
    constexpr int kMostHours = 48;
    for (int hours = 0; work_ms > 0 && hours < kMostHours; ++hours) {
        const std::int64_t now = phase_end_ + standing;
        const std::int64_t share = world_.share_pm(local_hour(now));
        const std::int64_t needed = work_ms * (1000 - share) / share;
        const std::int64_t until_next_hour = kMsPerHour - now % kMsPerHour;
        const std::int64_t taken = std::min(needed, until_next_hour);
        standing += taken;
        work_ms -= taken == needed ? work_ms : taken * share / (1000 - share);
    }
    const bool at_depot = junction_ == depot_;
    standing = std::max(standing, kMsPerMinute);
    if (at_depot) standing = std::max(standing, (95 * kFull / 100 - energy_) / kChargePerMs);
    // It stands where its last segment ended, and faces the same way.
    const std::int32_t x = steps_.empty() ? 0 : world_.roads().segments()[segment_].length_mm;
    begin({.ms = standing, .x0 = x}, at_depot ? Phase::charging : Phase::standing);
}

void Vehicle::plan_trip() {
    const Roads& roads = world_.roads();
    std::uint16_t to = depot_;
    if (energy_ >= kChargeBelow || junction_ == depot_) {
        const auto size = static_cast<std::uint32_t>(destinations_->size());
        to = (*destinations_)[random_.below(size)];
        if (to == junction_) to = junction_ == depot_ ? destinations_->front() : depot_;
    }
    steps_.clear();
    while (junction_ != to && steps_.size() < kMaxSteps) {
        const Link& link = roads.link(roads.next_link(junction_, to));
        for (std::uint32_t i = 0; i < link.segments; ++i)
            steps_.push_back({.segment = link.first_segment + i});
        junction_ = link.to;
        // Some lights are red.
        if (roads.in_town(junction_) && random_.one_in(5))
            steps_.back().wait_s = static_cast<std::uint16_t>(random_.between(8, 50));
    }
    step_ = 0;
    entry_ = 0;
    trip_start_ = phase_end_;
    choose_limits();
}

void Vehicle::choose_limits() {
    const auto segments = world_.roads().segments();
    const std::int32_t flow = kFlow[static_cast<std::size_t>(local_hour(phase_end_))];
    for (Step& step : steps_)
        step.limit = static_cast<std::uint16_t>(
            std::min(segments[step.segment].limit_mm_s * flow / 100 * pace_ / 100, kFastestHonest));
    if (world_.options().faults) {
        plan_faults(phase_end_ / kMsPerDay);
        if (phase_end_ >= faults_.overspeed_from) {
            const auto fast = [&](const Step& s) {
                return segments[s.segment].limit_mm_s >= kFastRoad;
            };
            auto from = std::find_if(steps_.begin(), steps_.end(), fast);
            const auto to = std::find_if_not(from, steps_.end(), fast);
            if (from != to) faults_.overspeed_from = kNever;
            for (; from != to; ++from) from->limit = static_cast<std::uint16_t>(faults_.overspeed);
        }
    }
    // Backwards: how fast a step may end so that the rest can be braked for.
    steps_.back().exit = 0;
    for (std::size_t i = steps_.size() - 1; i-- > 0;) {
        Step& step = steps_[i];
        const Step& next = steps_[i + 1];
        if (step.wait_s != 0) {
            step.exit = 0;
            continue;
        }
        const std::int64_t brake =
            whole_sqrt(std::int64_t{next.exit} * next.exit +
                       std::int64_t{2} * kBraking * segments[next.segment].length_mm);
        const std::int32_t corner =
            corner_speed(segments[step.segment].course, segments[next.segment].course);
        step.exit = static_cast<std::uint16_t>(
            std::min<std::int64_t>({brake, corner, step.limit, next.limit}));
    }
}

/// Accelerate, cruise, brake, wait.
void Vehicle::enter_segment() {
    Step& step = steps_[step_];
    segment_ = step.segment;
    const std::int64_t length = world_.roads().segments()[segment_].length_mm;
    const std::int64_t entry = entry_;
    const std::int64_t reachable = whole_sqrt(entry * entry + 2 * kAcceleration * length);
    step.exit = static_cast<std::uint16_t>(std::min<std::int64_t>(step.exit, reachable));
    const std::int64_t exit = step.exit;
    const std::int64_t meeting =
        whole_sqrt((2LL * kAcceleration * kBraking * length + kBraking * entry * entry +
                    kAcceleration * exit * exit) /
                   (kAcceleration + kBraking));
    const std::int64_t top =
        std::max({std::min<std::int64_t>(step.limit, meeting), entry, exit, std::int64_t{1}});
    const std::int64_t speeding_up = (top * top - entry * entry) / (2 * kAcceleration);
    const std::int64_t braking = (top * top - exit * exit) / (2 * kBraking);
    const std::int64_t cruising = std::max<std::int64_t>(0, length - speeding_up - braking);
    motion_count_ = 0;
    motion_next_ = 0;
    const auto add = [&](std::int64_t ms, std::int64_t x, std::int64_t v, std::int32_t a) {
        if (ms > 0)
            motions_[motion_count_++] = {ms, static_cast<std::int32_t>(x),
                                         static_cast<std::int32_t>(v), a};
    };
    add((top - entry) * 1000 / kAcceleration, 0, entry, kAcceleration);
    add(cruising * 1000 / top, speeding_up, top, 0);
    add((top - exit) * 1000 / kBraking, length - braking, top, -kBraking);
    add(step.wait_s * kMsPerSecond, length, 0, 0);
    if (motion_count_ == 0) add(1, 0, entry, 0);
    entry_ = step.exit;
}

Vehicle::Weather Vehicle::weather_at(std::int64_t slot) const {
    constexpr std::int64_t kYear = 365 * kMsPerDay;
    const std::int64_t ms = slot * kWeatherSlotMs;
    const std::int64_t season = wave(ms - 197 * kMsPerDay, kYear);  // warmest in the middle of July
    const std::int64_t daytime = wave(ms + kLocalOffsetMs - 15 * kMsPerHour, kMsPerDay);
    Random own(mix(key_, 4));
    const std::int32_t temp_offset = own.between(-120, 120);
    const std::int32_t humidity_offset = own.between(-700, 700);
    Random now(mix(mix(key_, 5), static_cast<std::uint64_t>(slot)));
    Weather w;
    w.temp = static_cast<std::int32_t>(2'400 + season * 450 / 1000 + daytime * 350 / 1000) +
             temp_offset + now.between(-40, 40);
    w.humidity = static_cast<std::int32_t>(6'000 - season * 700 / 1000 - daytime * 1'300 / 1000) +
                 humidity_offset + now.between(-150, 150);
    return w;
}

bool Vehicle::report(std::int64_t ts_ms, model::Record& out) {
    while (ts_ms >= phase_end_) next_phase();

    const Segment& road = world_.roads().segments()[segment_];
    const std::int64_t dt = ts_ms - phase_start_;
    const std::int64_t x = std::clamp<std::int64_t>(
        motion_.x0 + (motion_.v0 * dt + motion_.a * dt / 1000 * dt / 2) / 1000, 0, road.length_mm);
    const std::int64_t v = motion_.v0 + motion_.a * dt / 1000;
    std::int64_t energy = energy_;
    if (phase_ == Phase::driving) energy -= x / kMmPerMicroPercent;
    if (phase_ == Phase::charging) energy += dt * kChargePerMs;
    energy = std::clamp(energy, kEmptiest, kFull);

    const std::int64_t slot = ts_ms / kWeatherSlotMs;
    if (slot != weather_slot_) {
        weather_from_ = slot == weather_slot_ + 1 ? weather_to_ : weather_at(slot);
        weather_to_ = weather_at(slot + 1);
        weather_slot_ = slot;
    }
    const std::int64_t since = ts_ms % kWeatherSlotMs;
    const auto between = [since](std::int32_t from, std::int32_t to) {
        return static_cast<std::int32_t>(from + (to - from) * since / kWeatherSlotMs);
    };

    const std::uint64_t bits = mix(noise_key_, static_cast<std::uint64_t>(ts_ms));
    const auto lat = static_cast<std::int32_t>(road.from.lat +
                                               (road.to.lat - road.from.lat) * x / road.length_mm);
    const auto lon = static_cast<std::int32_t>(road.from.lon +
                                               (road.to.lon - road.from.lon) * x / road.length_mm);
    std::int32_t speed = 0;
    if (v > 0) {
        const auto honest = static_cast<std::int32_t>(v * 36 / 100);
        speed = std::max(0, honest + noise(mix(bits, 2), world_.speed_noise));
        if (honest <= kOverspeed) speed = std::min(speed, kOverspeed);
    }

    const GeneratorOptions& o = world_.options();
    out = {};
    out.device = id_;
    out.fleet = *fleet_;
    out.ts = {ts_ms};
    out.set(Field::lat, lat + noise(mix(bits, 0), world_.lat_noise));
    out.set(Field::lon, lon + noise(mix(bits, 1), world_.lon_noise));
    out.set(Field::speed, speed);
    if (o.heading) out.set(Field::heading, road.course);
    out.set(Field::battery, static_cast<std::int32_t>(energy / 10'000));
    if (o.charging) out.set(Field::charging, phase_ == Phase::charging && energy < kFull ? 1 : 0);
    out.set(Field::temp, std::clamp(between(weather_from_.temp, weather_to_.temp) +
                                        noise(mix(bits, 3), world_.temp_noise),
                                    1'500, 3'500));
    out.set(Field::humidity,
            std::clamp(between(weather_from_.humidity, weather_to_.humidity), 2'000, 9'500));
    out.zone = kZones[x * 2 < road.length_mm ? road.from_zone : road.to_zone];
    if (!o.faults) return true;

    plan_faults(ts_ms / kMsPerDay);
    plant(ts_ms, out);
    if (!silent_) last_report_ = ts_ms;
    return !silent_;
}

// ---- planted anomalies
// ---------------------------------------------------------------------------------------------

void Vehicle::plan_faults(std::int64_t day) {
    if (day == fault_day_) return;
    fault_day_ = day;
    faults_ = {};
    Random r(mix(mix(key_, 6), static_cast<std::uint64_t>(day)));
    const auto minute = [&](int from_hour, int to_hour) {
        return day * kMsPerDay + r.between(from_hour * 60, to_hour * 60 - 1) * kMsPerMinute;
    };
    if (r.one_in(3)) {
        faults_.overspeed_from = minute(6, 19);
        faults_.overspeed = kmh(r.between(118, 152));
    }
    if (r.one_in(6)) {
        faults_.low_from = minute(9, 17);
        faults_.low_to = faults_.low_from + r.between(40, 100) * kMsPerMinute;
        faults_.low = r.between(400, 1'700);
    }
    if (r.one_in(8)) {
        faults_.hot_from = minute(5, 21);
        faults_.hot_to = faults_.hot_from + r.between(10, 30) * kMsPerMinute;
        faults_.hot = r.between(2'800, 5'000);
    }
    if (r.one_in(8)) {
        faults_.jump_at = minute(7, 18);
        faults_.jump = {r.between(500'000, 800'000) * (r.one_in(2) ? 1 : -1),
                        r.between(-600'000, 600'000)};
    }
    if (r.one_in(10)) {
        faults_.gap_from = minute(19, 21);
        faults_.gap_to = faults_.gap_from + 2 * kMsPerHour;
    }
}

void Vehicle::plant(std::int64_t ts_ms, model::Record& out) {
    const bool was_silent = silent_;
    silent_ = ts_ms >= faults_.gap_from && ts_ms < faults_.gap_to && last_report_ >= 0;
    if (silent_) return;
    if (was_silent)
        done_.push_back({id_,
                         AnomalyType::gap,
                         {last_report_},
                         {ts_ms},
                         0,
                         static_cast<std::int32_t>((ts_ms - last_report_) / kMsPerSecond)});
    if (jumped_) {
        done_.back().end = {ts_ms};
        jumped_ = false;
    }
    if (ts_ms >= faults_.jump_at) {
        faults_.jump_at = kNever;
        if (last_report_ >= 0) {
            const Place there{out.value(Field::lat), out.value(Field::lon)};
            const Place away{there.lat + faults_.jump.lat, there.lon + faults_.jump.lon};
            out.set(Field::lat, away.lat);
            out.set(Field::lon, away.lon);
            done_.push_back({id_,
                             AnomalyType::gps_jump,
                             {ts_ms},
                             {ts_ms},
                             1,
                             static_cast<std::int32_t>(ground_mm(there, away) / 1000)});
            jumped_ = true;
        }
    }
    // Both grow to their peak and fall back to the true value, so that nothing but the position
    // ever jumps.
    const auto height = [ts_ms](std::int64_t from, std::int64_t to) {
        const std::int64_t third = (to - from) / 3;
        return std::clamp<std::int64_t>(std::min(ts_ms - from, to - ts_ms) * 1000 / third, 0, 1000);
    };
    if (ts_ms >= faults_.low_from && ts_ms < faults_.low_to) {
        const std::int32_t honest = out.value(Field::battery);
        const auto lowered = static_cast<std::int32_t>(
            honest - (honest - faults_.low) * height(faults_.low_from, faults_.low_to) / 1000);
        out.set(Field::battery, std::min(honest, lowered));
    }
    if (ts_ms >= faults_.hot_from && ts_ms < faults_.hot_to)
        out.set(Field::temp,
                out.value(Field::temp) +
                    static_cast<std::int32_t>(faults_.hot *
                                              height(faults_.hot_from, faults_.hot_to) / 1000));
    watch(AnomalyType::overspeed, out.value(Field::speed) > kOverspeed, ts_ms,
          out.value(Field::speed), true);
    watch(AnomalyType::low_battery, out.value(Field::battery) < kLowBattery, ts_ms,
          out.value(Field::battery), false);
    watch(AnomalyType::temp_high, out.value(Field::temp) > kHot, ts_ms, out.value(Field::temp),
          true);
}

void Vehicle::watch(AnomalyType type, bool holds, std::int64_t ts_ms, std::int32_t value,
                    bool highest) {
    Run& run = runs_[static_cast<std::size_t>(type)];
    if (!holds) {
        if (run.open) done_.push_back(run.anomaly);
        run.open = false;
        return;
    }
    if (!run.open) run.anomaly = {id_, type, {ts_ms}, {ts_ms}, 0, value};
    run.open = true;
    run.anomaly.end = {ts_ms};
    ++run.anomaly.records;
    run.anomaly.peak =
        highest ? std::max(run.anomaly.peak, value) : std::min(run.anomaly.peak, value);
}

std::vector<Anomaly> Vehicle::anomalies() const {
    std::vector<Anomaly> all = done_;
    for (const Run& run : runs_)
        if (run.open) all.push_back(run.anomaly);
    return all;
}

}  // namespace fleet::ingest
