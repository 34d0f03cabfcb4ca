// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "ingest/generator_options.hpp"
#include "ingest/generator_vehicle.hpp"
#include "model/record.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace fleet::ingest {

/// Reports of one made-up vehicle in time order. Single-threaded; streams of different vehicles are
/// independent.
class VehicleStream {
  public:
    VehicleStream(std::shared_ptr<const World> world, std::uint32_t index)
        : world_(std::move(world)),
          vehicle_(*world_, index),
          next_ms_(world_->options().from.ms + vehicle_.offset_ms()) {}

    /// The next report, false at the end. Text of `out` is valid while the stream lives and stays
    /// where it is.
    bool next(model::Record& out);
    /// Anomalies among the reports so far.
    [[nodiscard]] std::vector<Anomaly> anomalies() const { return vehicle_.anomalies(); }

  private:
    std::shared_ptr<const World> world_;
    Vehicle vehicle_;
    std::int64_t next_ms_;
};

/// A made-up fleet that drives over Île-de-France: seeded, deterministic, coherent in time (R10).
/// Vehicles drive the roads of ingest/generator_roads.hpp with limited acceleration, stop at
/// lights, are busier at rush hours than at night, and charge at their depot. Gives the reports of
/// all vehicles in the order of time. Single-threaded.
class Generator {
  public:
    /// invalid_argument with the option's name and what it may be.
    [[nodiscard]] static Result<Generator> make(GeneratorOptions options);

    /// The next report, false at the end. Text of `out` is valid while the generator lives, moved
    /// or not.
    bool next(model::Record& out);
    /// Time of the report that next() would look at: a planted gap may leave it out. Nothing at the
    /// end.
    [[nodiscard]] std::optional<Timestamp> next_time() const noexcept;
    /// Goes on with the first report after `t`, as if all before had been given out (but for the
    /// truth).
    void skip_to_after(Timestamp t) noexcept;

    /// The same reports as those of vehicle `index` (from 0) in next().
    [[nodiscard]] VehicleStream vehicle_stream(std::uint32_t index) const {
        return {world_, index};
    }
    /// Planted anomalies among the reports so far, by start, then device, then type.
    [[nodiscard]] std::vector<Anomaly> truth() const;
    [[nodiscard]] const GeneratorOptions& options() const noexcept { return world_->options(); }
    [[nodiscard]] const std::string& device(std::uint32_t index) const noexcept {
        return (*vehicles_)[index].id();
    }

  private:
    friend class LiveFleet;
    explicit Generator(std::shared_ptr<const World> world);

    /// The report at next_time(), which must be; false if a planted gap leaves it out.
    bool report_next(model::Record& out);

    std::shared_ptr<const World> world_;
    std::unique_ptr<std::vector<Vehicle>>
        vehicles_;           // by pointer, so that text stays valid when the generator moves
    std::int64_t round_ms_;  ///< from + k · interval
    std::uint32_t vehicle_ = 0;
};

/// The same fleet as it goes on now: with the options of a history (same `from`), its vehicles are
/// where that left them. Single-threaded.
class LiveFleet {
  public:
    /// Reports after `since` will be given; its first report costs about 2 ms for each vehicle and
    /// month since options.from. options.to is the end of the fleet.
    [[nodiscard]] static Result<LiveFleet> make(GeneratorOptions options, Timestamp since);

    /// Appends the reports that are due at `now` and were not given before, at most `limit`, in the
    /// order of time. Their text is valid while the fleet lives. Returns how many; `limit` of them
    /// means that there may be more.
    std::size_t due(Timestamp now, std::size_t limit, std::vector<model::Record>& out);
    /// When the next report is due; nothing at the end.
    [[nodiscard]] std::optional<Timestamp> next_due() const noexcept {
        return generator_.next_time();
    }
    [[nodiscard]] std::vector<Anomaly> truth() const { return generator_.truth(); }

  private:
    explicit LiveFleet(Generator generator) : generator_(std::move(generator)) {}
    Generator generator_;
};

}  // namespace fleet::ingest
