// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/change_feed.hpp"
#include "engine/engine.hpp"
#include "engine/tables.hpp"
#include "replicate/connect.hpp"
#include "replicate/copy_state.hpp"
#include "replicate/registry_tables.hpp"
#include "replicate/sender.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace fleet::replicate {

enum class WriteMode : std::uint8_t {
    batch,  ///< rows of a device's day together, as unlogged batches of one
            ///< partition
    async,  ///< each row by itself, many at a time
};

struct CopyOptions {
    WriteMode mode = WriteMode::batch;
    cql::BatchLimits batch{.rows = 100};
    std::int64_t flush_interval_ms = 1'000;  ///< between writes of what follows from rows
    std::size_t pending_rows = 20'000;       ///< that were read from the engine and are not written
    std::uint64_t read_bytes = 4U << 20;     ///< of the journal at a time
    SenderOptions sender{};
    LadderOptions ladder{};
};

/// Brings the engine's change feed to a cluster (docs/adr/0009-change-feed.md):
/// rows as they are now, and once in a while what follows from them, as
/// absolute values. A position is reported as copied when everything up to it
/// was acknowledged, so after a crash at any point the same is written again,
/// with later stamps. Not thread-safe: one thread calls step().
class Copier {
  public:
    /// `engine` has a feed.
    Copier(engine::Engine& engine, Target& target, CopyState& state, CopyOptions options,
           std::shared_ptr<const Clock> clock);

    /// Does what can be done now, without waiting for the cluster. Errors are of this machine
    /// (disk, stored bytes): another copier has to begin then, behind what was copied.
    [[nodiscard]] Result<void> step();
    /// When step() has something to do even if the session is silent; monotonic
    /// ns.
    [[nodiscard]] std::int64_t next_ns() const;
    /// Everything that is in the engine is in the copy. Folds what waits to be
    /// folded to know it.
    [[nodiscard]] Result<bool> idle();

    [[nodiscard]] Ladder& ladder() noexcept { return sender_.ladder(); }
    [[nodiscard]] const SenderStats& sent() const noexcept { return sender_.stats(); }
    /// Rows that the cluster refused and that are in the quarantine now.
    [[nodiscard]] std::uint64_t quarantined() const noexcept { return quarantined_; }

  private:
    /// What is acknowledged together.
    struct Round {
        std::uint64_t through = 0;  ///< journal entry; 0: none
        std::size_t pending = 0;    ///< requests
        std::vector<engine::FeedDay> days;
        std::vector<engine::FeedAlert> alerts;
        CopyMemory memory;  ///< what is so when it is done …
        bool remember = false;
        std::vector<std::uint32_t> registered;  ///< devices
    };
    using RoundPtr = std::shared_ptr<Round>;

    /// What follows from rows of a device has to be written anew.
    struct Touched {
        std::set<Day> days;
        bool clear = false;  ///< an erasure: the copy may hold what is gone
    };
    /// What the copy of a device is known to hold.
    struct Written {
        std::int64_t start_ms = 0;
        std::uint64_t digest = 0;
        bool operator==(const Written&) const = default;
    };
    using Motion = std::map<Day, std::vector<Written>>;
    struct DeviceCopy {
        bool registered = false;
        std::int64_t first_ms = -2;  ///< −2: not known
        bool complete = false;       ///< days that are not in `trips` and `stops` have none
        bool trips_searched = false;
        bool stops_searched = false;
        Motion trips;  ///< of the newest days
        Motion stops;
    };
    struct HourKey {
        std::uint32_t fleet = 0;
        Day day;
        std::uint8_t shard = 0;
        auto operator<=>(const HourKey&) const = default;
    };
    struct HourCopy {
        model::DayHours hours{};
        std::array<AlertCounts, 24> alerts{};
    };
    using ShardStarts = std::array<std::array<AlertCounts, 24>, engine::kShards>;
    struct FleetFacts {
        std::uint32_t number = 0;
        std::string id;
        int retention_days = 0;
        std::uint32_t buckets = 1;
    };
    /// Rows of one statement on their way into requests of one partition each.
    class Gather;

    // copier.cpp: rounds and rows
    [[nodiscard]] Result<void> begin();
    [[nodiscard]] Result<void> finish_rounds();
    [[nodiscard]] Result<void> take();
    [[nodiscard]] Result<void> take_entries();
    [[nodiscard]] Result<void> take_days();
    [[nodiscard]] Result<void> copy_rows(engine::DeviceHandle device,
                                         std::vector<std::int64_t>& times);
    [[nodiscard]] Result<void> copy_day(engine::DeviceHandle device, Day day, bool replace);
    [[nodiscard]] Result<model::Rows> read(engine::DeviceHandle device, Timestamp from,
                                           Timestamp to);
    [[nodiscard]] Result<void> pack_row(Gather& gather, const engine::DeviceRow& device,
                                        const FleetFacts& fleet, const model::Sample& sample,
                                        const model::TextPool& texts);
    void send(const RoundPtr& round, Ask ask, cql::PackedRows rows, std::int64_t stamp);
    [[nodiscard]] Result<void> send_now(const RoundPtr& round, Ask ask, cql::PackedRows rows);
    void refused(Ask ask, const std::vector<Refused>& rows);
    [[nodiscard]] cql::PackedRows rows_for(Ask ask) const;
    [[nodiscard]] bool known(const engine::DeviceRow& device) const;
    [[nodiscard]] const FleetFacts* facts_of(std::string_view fleet) const;
    void know_fleets();
    [[nodiscard]] std::optional<std::int32_t> ttl(const FleetFacts& fleet,
                                                  std::int64_t ts_ms) const;
    [[nodiscard]] std::int64_t now_ms() const { return clock_->now().ms; }

    // copier_flush.cpp: what follows from rows
    [[nodiscard]] bool flush_due() const;
    /// A fleet is new, or kept for another time than the copy knows.
    [[nodiscard]] bool fleets_differ() const;
    [[nodiscard]] Result<void> begin_flush();
    [[nodiscard]] Result<void> go_on_flushing();
    [[nodiscard]] Result<void> flush_device(engine::DeviceHandle device, const Touched& touched);
    [[nodiscard]] Result<void> flush_hours();
    template <class Item, class Read, class Pack>
    [[nodiscard]] Result<void> flush_motion(const engine::DeviceRow& device,
                                            const FleetFacts& fleet, const Touched& touched,
                                            Motion& motion, bool& searched, bool complete,
                                            Ask insert, Ask remove_day, Ask remove_one, Read read,
                                            Pack pack);
    [[nodiscard]] Result<const ShardStarts*> alert_starts(const FleetFacts& fleet, Day day);

    // copier_alerts.cpp, copier_registry.cpp, copier_erase.cpp
    [[nodiscard]] Result<void> flush_alerts();
    [[nodiscard]] Result<void> flush_fleets();
    [[nodiscard]] Result<void> flush_rules();
    [[nodiscard]] Result<void> flush_versions(const Table& table, Ask insert, Ask remove,
                                              const std::set<std::string>& names,
                                              std::vector<Version> now,
                                              std::optional<std::vector<Version>>& written);
    struct Erasure;
    [[nodiscard]] Result<void> erase(const engine::FeedEntry::Erased& erased);
    void erase_what_was_found(const std::shared_ptr<Erasure>& erasure);
    void ask(const RoundPtr& round, Ask ask, cql::PackedRows key,
             std::function<void(const cql::Rows&)> then);

    engine::Engine& engine_;
    engine::ChangeFeed& feed_;
    Target& target_;
    CopyState& state_;
    CopyOptions options_;
    std::shared_ptr<const Clock> clock_;
    Sender sender_;

    bool begun_ = false;
    bool fresh_ = false;  ///< the copy was empty when we began
    std::vector<FleetFacts> fleets_;
    std::map<std::string, std::uint32_t> buckets_;  ///< by fleet

    std::vector<engine::FeedEntry> entries_;  ///< taken from the feed, not copied yet
    std::set<std::tuple<std::uint32_t, std::uint16_t, std::uint64_t>> days_under_way_;
    std::deque<std::pair<engine::DeviceHandle, Day>> again_;  ///< whose lives have changed
    std::set<std::pair<std::string, int>>
        lengthened_;  ///< fleets whose rows are in `again_`, or were
    RoundPtr open_ = std::make_shared<Round>();
    RoundPtr closing_;  ///< a flush is under way

    std::map<std::uint32_t, Touched> touched_;
    std::map<HourKey, bool> hours_;  ///< to be written; true: also those that are zero
    bool rules_touched_ = true;
    bool folded_ = false;  ///< everything is, since rows came

    std::map<std::uint32_t, Touched> flushing_;
    bool devices_flushed_ = false;
    std::int64_t flushed_ns_ = 0;

    std::unordered_map<std::uint32_t, DeviceCopy> copies_;
    std::map<HourKey, HourCopy> hour_copies_;
    std::map<std::pair<std::uint32_t, Day>, ShardStarts> starts_;
    std::optional<std::vector<Version>> zones_written_;
    std::optional<std::vector<Version>> rules_written_;
    std::uint32_t devices_done_ = 0;  ///< all with smaller numbers are registered in the copy
    std::set<std::uint32_t> registered_beyond_;  ///< others that are
    std::int64_t remembered_ns_ = 0;
    std::uint64_t quarantined_ = 0;
};

/// Rows of one statement; what is full, or of another partition, becomes a
/// request.
class Copier::Gather {
  public:
    Gather(Copier& copier, RoundPtr round, Ask ask);
    /// Rows of another partition than those before are sent first.
    [[nodiscard]] Result<void> begin(std::string partition);
    /// Packs one row: `pack` is called with the rows to append it to, maybe
    /// twice.
    template <class Pack>
    [[nodiscard]] Result<void> add(const Pack& pack) {
        pack(rows_);
        if (rows_.row_count() > 1 && !rows_.within(limits_)) {
            rows_.drop_row();
            FLEET_TRY_VOID(send());
            pack(rows_);
        }
        return {};
    }
    [[nodiscard]] Result<void> send();

  private:
    Copier& copier_;
    RoundPtr round_;
    Ask ask_;
    cql::BatchLimits limits_;
    std::string partition_;
    cql::PackedRows rows_;
};

}  // namespace fleet::replicate
