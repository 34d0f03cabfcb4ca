// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "engine/feed_marks.hpp"
#include "engine/overlay.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace fleet::engine {

/// Why a device's alerts are brought up to date.
enum class AlertCause : std::uint8_t {
    in_order,  ///< the newest rows came
    late,      ///< rows came late, or twice with other content
    rules,     ///< rules or zones changed
};

/// The alerts of all devices as the fold has them, by fleet and newest first, and beside them what
/// depends on arrival and on people (docs/fold.md; I5, I14): late, retracted, actions, what waits
/// to be notified. The fold's part of a device is changed by the holder of its shard's lock only.
/// Thread-safe.
class AlertTable {
  public:
    /// Tells `marks` what changes.
    AlertTable(Tables& tables, FeedMarks& marks);

    /// An alert of the fold with its names resolved.
    struct Entry {
        model::AlertId id;
        std::uint32_t fleet = 0;
        std::uint32_t device = 0;
        model::AlertRun run;
    };
    /// A new alert. It inherits the status of a retracted one that it replaces (I14). It waits to
    /// be notified if it starts at `notify_from_ms` or later and neither it nor what it replaces
    /// was notified.
    [[nodiscard]] Result<void> add(const Entry& entry, AlertCause cause,
                                   std::int64_t notify_from_ms);
    [[nodiscard]] Result<void> change(const Entry& entry);
    /// An alert that the fold no longer has. It stays listed as retracted if late data took it back
    /// or someone acted on it.
    [[nodiscard]] Result<void> remove(const Entry& entry, AlertCause cause);
    /// The alerts of a device with from ≤ start < `before_ms` go from the list of one fleet to that
    /// of another, with all that is kept about them.
    [[nodiscard]] Result<void> move(std::uint32_t device, std::uint32_t fleet,
                                    std::uint32_t to_fleet, std::int64_t from_ms,
                                    std::int64_t before_ms);
    /// What someone did; no effect if an action of this sequence is there already (I7). not_found:
    /// no such alert, retracted or not.
    [[nodiscard]] Result<void> act(std::uint32_t device, const model::AlertId& id,
                                   AlertAction action);
    void notified(std::uint32_t device, const model::AlertId& id);
    /// Why everything of a period is forgotten. What expires does so in a copy by itself.
    enum class Forget : std::uint8_t { expired, erased };
    /// Everything of a device with from ≤ start < `before_ms`; the number of alerts that were
    /// listed.
    [[nodiscard]] Result<std::uint64_t> forget(std::uint32_t device, std::uint32_t fleet,
                                               std::int64_t from_ms, std::int64_t before_ms,
                                               Forget why);
    /// After rows of [from, before) were erased and the fold has followed: what is kept about
    /// alerts that began before and reach into it says nothing of those rows any more.
    [[nodiscard]] Result<void> redact(std::uint32_t device, std::int64_t from_ms,
                                      std::int64_t before_ms);

    /// `type_of`: type of a rule, by its number, at a time.
    [[nodiscard]] Result<AlertPage> list(
        const AlertQuery& query,
        const std::function<model::RuleType(std::uint32_t, std::int64_t)>& type_of) const;
    [[nodiscard]] Result<std::optional<AlertRow>> find(const model::AlertId& id) const;
    /// By its device and id, a retracted one too.
    [[nodiscard]] Result<std::optional<AlertRow>> find_any(std::uint32_t device,
                                                           const model::AlertId& id) const;
    /// Marks every alert for the change feed, retracted ones too; returns their devices.
    [[nodiscard]] Result<std::set<std::uint32_t>> mark_all();
    /// HIGH alerts of a fleet with from ≤ start < to that nobody resolved. The first question about
    /// a fleet reads all its alerts; from then on they are kept in RAM (about 80 bytes each).
    [[nodiscard]] Result<std::uint64_t> unresolved_high(std::uint32_t fleet, std::int64_t from_ms,
                                                        std::int64_t to_ms) const;
    /// Alerts that wait to be notified, at most `limit`.
    [[nodiscard]] Result<std::vector<AlertRow>> waiting(std::size_t limit) const;

    /// Every alert that the fold has, by fleet and newest first. `visit` must not call the table.
    [[nodiscard]] Result<void> for_each(
        const std::function<Result<void>(const Entry&)>& visit) const;
    /// Alerts of a fleet that start in each hour of a day; kept until an alert of the day changes.
    [[nodiscard]] Result<AlertStarts> starts_of_day(std::uint32_t fleet, Day day) const;

    /// Adds a device's changes to its set; written() once the set is in the tables.
    void collect(std::uint32_t device, Tables::WriteSet& set) const;
    void written(std::uint32_t device);
    [[nodiscard]] bool changed(std::uint32_t device) const;

  private:
    struct Status;
    [[nodiscard]] Result<std::optional<Status>> status(std::uint32_t device,
                                                       const model::AlertId& id) const;
    [[nodiscard]] Result<std::optional<Status>> replaced_by(const Entry& entry) const;
    void put(const Entry& entry);
    /// An alert is about to change, or has: the copy may have it under `before`.
    [[nodiscard]] Result<void> mark(std::uint32_t device, std::uint32_t fleet,
                                    const model::AlertId& id, std::int64_t start_ms,
                                    std::optional<model::Severity> before);
    [[nodiscard]] AlertRow row_of(std::uint32_t device, const model::AlertId& id,
                                  Status&& status) const;
    void put_status(std::uint32_t device, const model::AlertId& id, const Status& status);
    [[nodiscard]] Result<AlertRow> row_of(std::uint32_t fleet, const model::AlertId& id,
                                          std::string_view value) const;

    /// An alert was written: whether it counts as unresolved and HIGH from now on.
    void count(std::uint32_t fleet, std::int64_t start_ms, const model::AlertId& id, bool counts);

    /// By fleet, those that count; a fleet (a day) that nobody asked for is not in it. Locked
    /// before the overlays. Who changes an alert writes it first and calls count() then, so that a
    /// fleet that is being read meanwhile ends up right.
    using Starts = std::set<std::pair<std::int64_t, model::AlertId>>;
    mutable std::mutex counts_mutex_;
    mutable std::unordered_map<std::uint32_t, Starts> unresolved_;
    static constexpr std::size_t kMaxCachedDays = 2'048;  // 600 B each
    mutable std::map<std::pair<std::uint32_t, std::int64_t>, AlertStarts> starts_;

    FeedMarks& marks_;
    Overlay alerts_;
    Overlay places_;
    Overlay status_;
    Overlay outbox_;
};

}  // namespace fleet::engine
