// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::ingest {

/// What a made-up fleet looks like. Equal options give equal records on every machine.
struct GeneratorOptions {
    std::uint32_t vehicles = 12;        ///< 1 to 1,000,000
    Timestamp from;                     ///< the vehicles' history begins here, each at its depot
    Timestamp to{kMaxMs};               ///< exclusive; a live fleet has no end
    std::int64_t interval_ms = 30'000;  ///< 1 ms to 1 day; the vehicles' reports are spread over it
    std::uint64_t seed = 1;
    std::vector<std::string> fleets{"idf-nord", "idf-sud",
                                    "idf-est"};  ///< vehicles are dealt out in turn
    std::string device_prefix = "V-";
    double gps_noise_m = 3;        ///< σ of each coordinate, 0–1,000
    double speed_noise_kmh = 0.7;  ///< σ while moving, 0–20
    double temp_noise_c = 0.1;     ///< σ, 0–5
    double moving_share =
        0.4;  ///< of the time that vehicles are on their way, mean over a day, 0.05–0.8
    double least_moving_share = 0.02;  ///< the same in the quietest hour of the day, 0.02–0.8
    bool faults = true;    ///< plant anomalies; without them every value is within R10's ranges
    bool heading = true;   ///< report heading_deg
    bool charging = true;  ///< report charging
};

/// What a planted anomaly is. `start` and `end` are times of records that were given out.
enum class AnomalyType : std::uint8_t {
    overspeed,    ///< maximal run of records above 110 km/h; peak: highest speed, 0.01 km/h
    low_battery,  ///< maximal run of records below 20 %; peak: lowest charge, 0.01 %
    temp_high,    ///< maximal run of records above 40 °C; peak: highest temperature, 0.01 °C
    gps_jump,  ///< start: the record far away, end: the one after it; peak: distance from the true
               ///< place, m
    gap,       ///< start and end: the records around two silent hours; peak: its length, s
};
[[nodiscard]] std::string_view to_string(AnomalyType type) noexcept;

struct Anomaly {
    std::string device;
    AnomalyType type{};
    Timestamp start;
    Timestamp end;
    std::uint32_t records = 0;  ///< in the run; 1 for a jump, 0 for a gap
    std::int32_t peak = 0;      ///< unit: see AnomalyType

    bool operator==(const Anomaly&) const = default;
};
/// One line of a truth file, without line end: device, type, start, end, records, peak (in km/h, %,
/// °C, m or s).
[[nodiscard]] std::string to_json(const Anomaly& anomaly);

}  // namespace fleet::ingest
