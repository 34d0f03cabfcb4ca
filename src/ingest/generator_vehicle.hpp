// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ingest/generator_options.hpp"
#include "ingest/generator_random.hpp"
#include "ingest/generator_roads.hpp"
#include "model/record.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace fleet::ingest {

/// What all vehicles of a generator share. Immutable, thread-safe.
class World {
  public:
    /// Options must be valid (see Generator::make).
    explicit World(GeneratorOptions options);

    [[nodiscard]] const GeneratorOptions& options() const noexcept { return options_; }
    [[nodiscard]] const Roads& roads() const noexcept { return roads_; }
    /// Where a vehicle of a depot drives to.
    [[nodiscard]] const std::vector<std::uint16_t>& destinations(std::size_t part,
                                                                 std::size_t depot) const {
        return destinations_[part][depot];
    }
    /// Share of vehicles on their way at a local hour, per mille.
    [[nodiscard]] std::int64_t share_pm(int hour) const noexcept {
        return share_pm_[static_cast<std::size_t>(hour)];
    }

    // Noise in thousandths of the stored unit.
    std::int64_t lat_noise = 0;
    std::int64_t lon_noise = 0;
    std::int64_t speed_noise = 0;
    std::int64_t temp_noise = 0;

  private:
    GeneratorOptions options_;
    Roads roads_;
    std::vector<std::vector<std::uint16_t>> destinations_[3];
    std::array<std::int64_t, 24> share_pm_{};
};

/// One made-up vehicle: a sequence of phases (stand, wait, drive with constant acceleration along a
/// straight road), each made from the vehicle's own random numbers when the one before ends. So it
/// does not depend on when it is looked at, nor on other vehicles. Not thread-safe. The world must
/// outlive it.
class Vehicle {
  public:
    Vehicle(const World& world, std::uint32_t index);

    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    /// Its reports are at from + k · interval + this.
    [[nodiscard]] std::int64_t offset_ms() const noexcept { return offset_ms_; }
    /// The report at a time that is after all times asked for before; false where none is sent (a
    /// planted gap). Text of the record points into this vehicle, the world's options and
    /// constants.
    bool report(std::int64_t ts_ms, model::Record& out);
    /// Anomalies that ended, and those that are still running, among the reports so far, by type.
    [[nodiscard]] std::vector<Anomaly> anomalies() const;

  private:
    struct Step {
        std::uint32_t segment = 0;
        std::uint16_t limit = 0;   ///< mm/s
        std::uint16_t exit = 0;    ///< mm/s at its end
        std::uint16_t wait_s = 0;  ///< standing at its end
    };
    struct Motion {
        std::int64_t ms = 0;
        std::int32_t x0 = 0;  ///< mm from the segment's start
        std::int32_t v0 = 0;  ///< mm/s
        std::int32_t a = 0;   ///< mm/s²
    };
    enum class Phase : std::uint8_t { standing, charging, driving };
    /// What is planted into one day; kNever = nothing.
    struct DayFaults {
        std::int64_t overspeed_from = kNever;  ///< the first fast road from then on
        std::int32_t overspeed = 0;            ///< mm/s
        std::int64_t low_from = kNever;
        std::int64_t low_to = kNever;
        std::int32_t low = 0;  ///< 0.01 %
        std::int64_t hot_from = kNever;
        std::int64_t hot_to = kNever;
        std::int32_t hot = 0;  ///< 0.01 °C above the true temperature
        std::int64_t jump_at = kNever;
        Place jump;  ///< relative
        std::int64_t gap_from = kNever;
        std::int64_t gap_to = kNever;
    };
    struct Weather {
        std::int32_t temp = 0;      ///< 0.01 °C
        std::int32_t humidity = 0;  ///< 0.01 %
    };
    struct Run {
        Anomaly anomaly;
        bool open = false;
    };
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

    void next_phase();
    void stand(std::int64_t work_ms);
    void plan_trip();
    void choose_limits();
    void enter_segment();
    void begin(const Motion& motion, Phase phase);
    void plan_faults(std::int64_t day);
    [[nodiscard]] Weather weather_at(std::int64_t slot) const;
    void plant(std::int64_t ts_ms, model::Record& out);
    void watch(AnomalyType type, bool holds, std::int64_t ts_ms, std::int32_t value, bool highest);

    // Looked at by every report.
    std::int64_t phase_end_ = 0;
    std::int64_t phase_start_ = 0;
    Motion motion_;
    Phase phase_ = Phase::standing;
    std::uint32_t segment_ = 0;
    std::int64_t energy_ = 0;  ///< 1e-6 %, at the segment's start, or at the phase's when standing
    std::int64_t weather_slot_ = -1;
    Weather weather_from_;
    Weather weather_to_;
    std::int64_t fault_day_ = -1;
    const World& world_;
    std::uint64_t noise_key_ = 0;
    std::int64_t offset_ms_ = 0;
    std::string id_;
    const std::string* fleet_ = nullptr;

    // Looked at when a phase ends.
    Random random_;
    std::uint64_t key_ = 0;
    std::uint16_t junction_ = 0;  ///< where it stands, or stood last
    std::uint16_t depot_ = 0;
    const std::vector<std::uint16_t>* destinations_ = nullptr;
    std::int32_t pace_ = 100;  ///< the driver's, % of the limit
    std::vector<Step> steps_;
    std::size_t step_ = 0;             ///< in drive
    std::int32_t entry_ = 0;           ///< mm/s at the start of the step
    std::array<Motion, 4> motions_{};  ///< of the step
    std::size_t motion_count_ = 0;
    std::size_t motion_next_ = 0;
    std::int64_t trip_start_ = 0;

    // Looked at where something is planted.
    DayFaults faults_;
    std::array<Run, 5> runs_;
    std::vector<Anomaly> done_;
    std::int64_t last_report_ = -1;
    bool jumped_ = false;
    bool silent_ = false;
};

}  // namespace fleet::ingest
