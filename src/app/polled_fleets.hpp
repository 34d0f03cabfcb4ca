// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "live/source.hpp"
#include "store/cassandra/cassandra_reader.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace fleet::app {

/// How fresh a polled view is.
struct PollState {
    std::optional<std::int64_t> age_ms;  ///< since the last round that succeeded began
    std::int64_t took_ms = 0;            ///< that round
    std::int64_t interval_ms = 0;        ///< until the next one
    std::uint64_t rounds = 0;
    std::string error;   ///< of the last round, empty if it succeeded
    bool stale = false;  ///< it came from the other datacentre
};

/// The newest states of all fleets for live views, read from the cluster again and again by a
/// thread of its own: what changed is announced to a listener. Reading takes at most a tenth of the
/// time, so a large fleet is polled less often. Devices get numbers in the order in which they are
/// first seen. Thread-safe.
class PolledFleets final : public live::Source {
  public:
    PolledFleets(std::shared_ptr<store::CassandraReader> reader, model::FleetScope scope,
                 std::int64_t interval_ms, std::shared_ptr<const Clock> clock);
    ~PolledFleets() override;
    PolledFleets(const PolledFleets&) = delete;
    PolledFleets& operator=(const PolledFleets&) = delete;

    void start(std::shared_ptr<engine::ChangeListener> listener);
    /// Ends the thread; a read that is under way is waited for.
    void stop();
    /// One round now, on the caller's thread.
    void poll();
    [[nodiscard]] PollState state() const;

    [[nodiscard]] std::optional<std::uint32_t> fleet_number(std::string_view fleet) const override;
    [[nodiscard]] std::shared_ptr<const std::vector<live::DeviceHandle>> devices_of(
        std::uint32_t fleet) const override;
    [[nodiscard]] std::uint32_t fleet_of(live::DeviceHandle device) const override;
    [[nodiscard]] std::string id_of(live::DeviceHandle device) const override;
    [[nodiscard]] model::Latest latest(live::DeviceHandle device) const override;
    [[nodiscard]] std::optional<std::uint64_t> critical_alerts(std::uint32_t fleet) const override;

  private:
    struct Device {
        std::string id;
        std::uint32_t fleet = 0;
        model::Latest latest;
    };
    struct Fleet {
        std::string id;
        std::shared_ptr<const std::vector<live::DeviceHandle>> devices =
            std::make_shared<const std::vector<live::DeviceHandle>>();
        std::optional<std::uint64_t> critical;
    };

    [[nodiscard]] Result<void> read_all();
    void take(const std::string& fleet, const std::vector<store::LatestOfDevice>& states,
              std::optional<std::uint64_t> critical);
    void run();

    std::shared_ptr<store::CassandraReader> reader_;
    const model::FleetScope scope_;
    const std::int64_t least_interval_ms_;
    std::shared_ptr<const Clock> clock_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool stop_ = false;
    std::shared_ptr<engine::ChangeListener> listener_;
    std::vector<Device> devices_;  ///< by handle
    std::vector<Fleet> fleets_;    ///< by number
    std::map<std::string, std::uint32_t, std::less<>> device_numbers_;
    std::map<std::string, std::uint32_t, std::less<>> fleet_numbers_;
    PollState state_;
    std::int64_t began_ns_ = 0;
    std::thread thread_;
};

}  // namespace fleet::app
