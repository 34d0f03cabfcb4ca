// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::engine {

/// Devices are spread over this many shards by a hash of their id, for ever: it is part of the
/// keys.
inline constexpr unsigned kShards = 16;

/// Where the rows of one device and one UTC day lie. Keys begin with the day, so that a day is one
/// contiguous range (analytics scan it, retention drops it); then the shard, so that it can be read
/// in parallel.
struct DayKey {
    Day day;
    std::uint8_t shard = 0;
    std::uint32_t device = 0;
    auto operator<=>(const DayKey&) const = default;
};

/// Tables of small rows whose keys are their owners' business. Names are persisted.
enum class Space : std::uint8_t {
    alerts,         ///< the fold's alerts: fleet, newest first
    alert_places,   ///< id → key in `alerts`
    alert_status,   ///< what depends on arrival and on people: device, id
    outbox,         ///< alerts that wait to be notified: id
    book,           ///< rules and zones
    unsent_days,    ///< device-days that came around the journal: device, day (change feed)
    lost_values,    ///< rows that lost values in a merge: device, time (change feed)
    unsent_alerts,  ///< alerts that changed: device, id (change feed)
};
inline constexpr std::size_t kSpaces = 8;

/// One chunk read from the tables: its first event time within the day (ms) and its bytes.
struct StoredChunk {
    std::uint32_t first_ms = 0;
    std::string bytes;
};

/// The tables of the engine in RocksDB, without RocksDB's own log: what was written is durable
/// after flush(), and a crash leaves a state that holds each WriteSet wholly or not at all, and no
/// set without all earlier ones. Thread-safe.
class Tables {
  public:
    /// Writes that become visible together.
    class WriteSet {
      public:
        WriteSet();
        ~WriteSet();
        WriteSet(WriteSet&&) noexcept;
        WriteSet& operator=(WriteSet&&) noexcept;

        void put_meta(std::string_view name, std::string_view value);
        void put_fleet(std::uint32_t fleet, std::string_view value);
        void put_device(std::uint32_t device, std::string_view value);
        void put_day(const DayKey& key, std::string_view value);
        void put_chunk(const DayKey& key, std::uint32_t first_ms, std::string_view value);
        void erase_chunk(const DayKey& key, std::uint32_t first_ms);
        /// Everything of one device-day.
        void erase_day(const DayKey& key);
        void put_quarantine(std::uint64_t id, std::string_view value);
        void erase_quarantine(std::uint64_t id);
        void put(Space space, std::string_view key, std::string_view value);
        void erase(Space space, std::string_view key);
        [[nodiscard]] bool empty() const noexcept;
        [[nodiscard]] std::size_t bytes() const noexcept;

      private:
        friend class Tables;
        struct Impl;
        std::unique_ptr<Impl> impl_;
    };

    /// A consistent view: reads through it do not see later writes.
    class View {
      public:
        View(View&&) noexcept;
        View& operator=(View&&) noexcept;
        ~View();

      private:
        friend class Tables;
        struct Impl;
        explicit View(std::unique_ptr<Impl> impl);
        std::unique_ptr<Impl> impl_;
    };

    /// Opens or creates the tables in `dir`. Errors: corrupt, io, busy.
    [[nodiscard]] static Result<std::unique_ptr<Tables>> open(const std::filesystem::path& dir);
    ~Tables();

    [[nodiscard]] Result<void> write(WriteSet& set);
    /// Makes all that was written durable.
    [[nodiscard]] Result<void> flush();
    /// Rewrites all files into their final order.
    [[nodiscard]] Result<void> compact();
    /// Rewrites the files that hold days of [first, last] and all small tables, and removes the old
    /// ones: nothing that was erased from there is in any file then, but for what a View holds.
    [[nodiscard]] Result<void> scrub(Day first, Day last);
    /// Makes a copy of what is flushed in the directory `to`, which must not exist; by hard links
    /// where that is possible.
    [[nodiscard]] Result<void> copy_to(const std::filesystem::path& to) const;
    /// Stops or resumes compactions (and flushes) in the background. While stopped, flush() must
    /// not be called: it would wait.
    void set_background(bool on);
    [[nodiscard]] View view() const;

    [[nodiscard]] Result<std::optional<std::string>> meta(std::string_view name) const;
    [[nodiscard]] Result<std::optional<std::string>> day(const DayKey& key) const;
    [[nodiscard]] Result<std::optional<std::string>> chunk(const DayKey& key,
                                                           std::uint32_t first_ms) const;
    /// All chunks of a device-day in time order.
    [[nodiscard]] Result<std::vector<StoredChunk>> chunks(const DayKey& key) const;
    [[nodiscard]] Result<std::vector<StoredChunk>> chunks(const View& view,
                                                          const DayKey& key) const;

    using Visitor = std::function<Result<void>(std::uint32_t number, std::string_view value)>;
    [[nodiscard]] Result<void> for_each_fleet(const Visitor& visit) const;
    [[nodiscard]] Result<void> for_each_device(const Visitor& visit) const;
    /// Device-day rows of one day and shard, by device number.
    [[nodiscard]] Result<void> for_each_day_row(Day day, std::uint8_t shard,
                                                const Visitor& visit) const;

    using QuarantineVisitor =
        std::function<Result<bool>(std::uint64_t id, std::string_view value)>;  ///< false stops
    [[nodiscard]] Result<void> for_each_quarantined(std::uint64_t after,
                                                    const QuarantineVisitor& visit) const;

    [[nodiscard]] Result<std::optional<std::string>> get(Space space, std::string_view key) const;
    using SpaceVisitor = std::function<Result<bool>(std::string_view key,
                                                    std::string_view value)>;  ///< false stops
    /// Rows with from ≤ key < to ("" = no end) in byte order, of the moment of the call.
    [[nodiscard]] Result<void> scan(Space space, std::string_view from, std::string_view to,
                                    const SpaceVisitor& visit) const;

    /// Bytes of the live files.
    [[nodiscard]] std::uint64_t bytes() const;

  private:
    struct Impl;
    explicit Tables(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace fleet::engine
