// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fleet::engine {

/// What one journal entry touched. Values are asked from the engine: what is there now is what a
/// copy must hold in the end, whichever entry made it.
struct FeedEntry {
    struct Row {
        DeviceHandle device;
        std::int64_t ts_ms = 0;
    };
    struct Erased {
        std::string device;                 ///< its id: a whole device is no longer known
        std::optional<ErasePeriod> period;  ///< nothing: everything of it
    };
    std::uint64_t sequence = 0;
    Timestamp received;
    std::vector<Row> rows;              ///< in the order of the batch; stored, merged or again
    std::vector<DeviceHandle> devices;  ///< registered, changed or moved by an operation
    std::vector<Erased> erased;         ///< before the rows of later entries are written
    bool rules = false;                 ///< rules or zones changed
};

/// A device-day to be copied whole: it was loaded around the journal, or the journal gave up its
/// entries.
struct FeedDay {
    DeviceHandle device;
    Day day;
    std::uint64_t mark = 0;  ///< tells a later mark of the same day apart
    /// The copy may hold rows and values of the day that are gone: nobody noted what changed.
    bool replace = false;
};

/// An alert that is other than a copy may have it: new, changed, acted upon, taken back, gone.
struct FeedAlert {
    DeviceHandle device;
    model::AlertId id;
    std::uint32_t fleet = 0;
    std::int64_t start_ms = 0;
    /// Those under which the copy may have it, a bit each (1 << severity). None: it is new there.
    std::uint8_t severities = 0;
    std::uint64_t mark = 0;  ///< tells a later mark of the same alert apart
};

/// What a copy of the store elsewhere has to be told, in journal order, over restarts and crashes:
/// the journal keeps what has not been copied, up to a limit; beyond it, and for what came around
/// the journal, whole device-days are named. Telling twice does no harm, since values are absolute.
/// Thread-safe; made for one caller.
class ChangeFeed {
  public:
    virtual ~ChangeFeed() = default;

    /// Entries behind the last one that was given out, or after a restart behind the last one that
    /// was copied; about `max_bytes` of them, at least one if there is one. All of them are
    /// applied. Empty: nothing new. Errors: corrupt, io.
    [[nodiscard]] virtual Result<std::vector<FeedEntry>> next(std::uint64_t max_bytes) = 0;
    /// next() begins again behind the last entry that was copied: its caller has lost what it had.
    virtual void begin_again() = 0;
    /// Everything up to this entry is in the copy. Durable with the next checkpoint; until then a
    /// crash gives entries again.
    virtual void copied(std::uint64_t sequence) = 0;
    /// Sequence of the last entry that was copied.
    [[nodiscard]] virtual std::uint64_t position() const = 0;
    /// Acknowledged entries that are not copied yet.
    [[nodiscard]] virtual std::uint64_t lag() const = 0;

    /// Device-days to be copied whole, at most `limit`, by device and day.
    [[nodiscard]] virtual Result<std::vector<FeedDay>> days(std::size_t limit) const = 0;
    /// The day was read and copied after days() named it. No effect if it was marked again since.
    [[nodiscard]] virtual Result<void> day_copied(const FeedDay& day) = 0;

    /// Alerts to be copied, at most `limit`, by device. Rows that wait to be folded make theirs
    /// when they are.
    [[nodiscard]] virtual Result<std::vector<FeedAlert>> alerts(std::size_t limit) const = 0;
    /// As it is now, a retracted one too. Nothing: it is gone.
    [[nodiscard]] virtual Result<std::optional<AlertRow>> alert(const FeedAlert& alert) const = 0;
    /// It was read and copied after alerts() named it. No effect if it was marked again since.
    [[nodiscard]] virtual Result<void> alert_copied(const FeedAlert& alert) = 0;

    /// Hours of a fleet's day over the devices of one shard (engine/registry.hpp, shard_of()).
    [[nodiscard]] virtual Result<model::DayHours> hours(std::uint32_t fleet, Day day,
                                                        std::uint8_t shard) const = 0;

    /// Whether values of this row went away when another record of its time won: then a copy may
    /// hold values that the row has no longer.
    [[nodiscard]] virtual Result<bool> lost_values(DeviceHandle device,
                                                   std::int64_t ts_ms) const = 0;
};

}  // namespace fleet::engine
