// SPDX-License-Identifier: Apache-2.0
#include "ingest/generator.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <tuple>

namespace fleet::ingest {
namespace {

constexpr std::uint32_t kMostVehicles = 1'000'000;

struct Range {
    std::string_view name;
    double value;
    double low;
    double high;
};

Result<void> check(const GeneratorOptions& o) {
    const auto bad = [](std::string_view name, std::string_view rule) {
        return fail(Code::invalid_argument, std::string(name) + " must be " + std::string(rule));
    };
    if (o.vehicles < 1 || o.vehicles > kMostVehicles) return bad("vehicles", "1 to 1000000");
    if (o.interval_ms < 1 || o.interval_ms > kMsPerDay) return bad("interval", "1 ms to 1 day");
    if (o.from.ms < 0 || o.to.ms > kMaxMs || o.from >= o.to)
        return bad("from", "before to, both from 1970 to 2149");
    if (o.fleets.empty()) return bad("fleets", "at least one id");
    for (const std::string& fleet : o.fleets)
        if (!model::is_valid_id(fleet))
            return bad("fleets", "ids of 1-64 characters of [A-Za-z0-9._:-], not '" + fleet + "'");
    if (!model::is_valid_id(o.device_prefix + "0000000"))
        return bad("device prefix",
                   "at most 57 characters of [A-Za-z0-9._:-], not '" + o.device_prefix + "'");
    for (const Range& r : {Range{"GPS noise", o.gps_noise_m, 0, 1000},
                           Range{"speed noise", o.speed_noise_kmh, 0, 20},
                           Range{"temperature noise", o.temp_noise_c, 0, 5},
                           Range{"moving share", o.moving_share, 0.05, 0.8},
                           Range{"least moving share", o.least_moving_share, 0.02, 0.8}})
        if (!(r.value >= r.low && r.value <= r.high)) {
            char rule[64];
            std::snprintf(rule, sizeof rule, "%g to %g", r.low, r.high);
            return bad(r.name, rule);
        }
    return {};
}

}  // namespace

std::string_view to_string(AnomalyType type) noexcept {
    static constexpr std::array<std::string_view, 5> kNames{"overspeed", "low_battery", "temp_high",
                                                            "gps_jump", "gap"};
    return kNames[static_cast<std::size_t>(type)];
}

std::string to_json(const Anomaly& a) {
    // Names and ids need no escaping: see model::is_valid_id().
    std::string out = R"({"device":")" + a.device + R"(","type":")" +
                      std::string(to_string(a.type)) + R"(","start":")" + format_rfc3339(a.start) +
                      R"(","end":")" + format_rfc3339(a.end) + R"(","records":)" +
                      std::to_string(a.records);
    char peak[32];
    if (a.type == AnomalyType::gps_jump || a.type == AnomalyType::gap)
        std::snprintf(peak, sizeof peak, "%d", a.peak);
    else
        std::snprintf(peak, sizeof peak, "%d.%02d", a.peak / 100, std::abs(a.peak % 100));
    return out + R"(,"peak":)" + peak + "}";
}

bool VehicleStream::next(model::Record& out) {
    const GeneratorOptions& o = world_->options();
    while (next_ms_ < o.to.ms) {
        const std::int64_t now = next_ms_;
        next_ms_ += o.interval_ms;
        if (vehicle_.report(now, out)) return true;
    }
    return false;
}

Generator::Generator(std::shared_ptr<const World> world)
    : world_(std::move(world)),
      vehicles_(std::make_unique<std::vector<Vehicle>>()),
      round_ms_(world_->options().from.ms) {
    const std::uint32_t count = world_->options().vehicles;
    vehicles_->reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) vehicles_->emplace_back(*world_, i);
}

Result<Generator> Generator::make(GeneratorOptions options) {
    FLEET_TRY_VOID(check(options));
    return Generator(std::make_shared<const World>(std::move(options)));
}

std::optional<Timestamp> Generator::next_time() const noexcept {
    const std::int64_t at = round_ms_ + (*vehicles_)[vehicle_].offset_ms();
    if (at >= world_->options().to.ms) return std::nullopt;
    return Timestamp{at};
}

bool Generator::next(model::Record& out) {
    while (next_time())
        if (report_next(out)) return true;
    return false;
}

bool Generator::report_next(model::Record& out) {
    // Offsets ascend with the vehicle's number and are shorter than the interval, so this is the
    // order of time.
    Vehicle& vehicle = (*vehicles_)[vehicle_];
    const std::int64_t at = round_ms_ + vehicle.offset_ms();
    if (++vehicle_ == vehicles_->size()) {
        vehicle_ = 0;
        round_ms_ += world_->options().interval_ms;
    }
    return vehicle.report(at, out);
}

void Generator::skip_to_after(Timestamp t) noexcept {
    const GeneratorOptions& o = world_->options();
    if (t < o.from) return;
    const std::int64_t round = o.from.ms + (t.ms - o.from.ms) / o.interval_ms * o.interval_ms;
    if (round < round_ms_) return;
    if (round > round_ms_) vehicle_ = 0;
    round_ms_ = round;
    while (round_ms_ + (*vehicles_)[vehicle_].offset_ms() <= t.ms) {
        if (++vehicle_ < vehicles_->size()) continue;
        vehicle_ = 0;
        round_ms_ += o.interval_ms;
    }
}

std::vector<Anomaly> Generator::truth() const {
    std::vector<Anomaly> all;
    for (const Vehicle& vehicle : *vehicles_) {
        std::vector<Anomaly> some = vehicle.anomalies();
        all.insert(all.end(), std::make_move_iterator(some.begin()),
                   std::make_move_iterator(some.end()));
    }
    std::sort(all.begin(), all.end(), [](const Anomaly& a, const Anomaly& b) {
        return std::tie(a.start, a.device, a.type) < std::tie(b.start, b.device, b.type);
    });
    return all;
}

Result<LiveFleet> LiveFleet::make(GeneratorOptions options, Timestamp since) {
    FLEET_TRY(Generator generator, Generator::make(std::move(options)));
    generator.skip_to_after(since);
    return LiveFleet(std::move(generator));
}

std::size_t LiveFleet::due(Timestamp now, std::size_t limit, std::vector<model::Record>& out) {
    std::size_t given = 0;
    while (given < limit) {
        const auto at = generator_.next_time();
        if (!at || *at > now) break;
        model::Record record;
        if (!generator_.report_next(record)) continue;
        out.push_back(record);
        ++given;
    }
    return given;
}

}  // namespace fleet::ingest
