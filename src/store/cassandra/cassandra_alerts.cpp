// SPDX-License-Identifier: Apache-2.0
#include "replicate/tables.hpp"
#include "store/cassandra/alert_slices.hpp"
#include "store/cassandra/cassandra_reader.hpp"
#include "store/paging.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace fleet::store {

using cassandra::AlertSlices;
using cassandra::Answered;
using cassandra::Ask;
using model::Severity;

namespace {

constexpr std::array kSeverities{Severity::high, Severity::medium, Severity::low};
/// Days whose partitions are read side by side.
constexpr std::int64_t kDaysAtATime = 8;
constexpr std::uint32_t kStatesPageRows = 5'000;
constexpr std::uint32_t kMostPageRows = 1'000;
/// Records may be ahead of this node's clock by the tolerance of the nodes that took them, which
/// is at most a day.
constexpr std::int64_t kAheadMs = 2 * kMsPerDay;

/// Newest first, those of one start by id.
bool behind(const Alert& alert, std::int64_t start_ms, const model::AlertId& id) {
    return std::pair(-alert.start.ms, alert.id) > std::pair(-start_ms, id);
}

/// Place in a list of alerts: start and id of the last one given out.
std::string key_of(const Alert& alert) { return time_key(alert.start.ms) + alert.id.text(); }

struct Place {
    std::int64_t start_ms = 0;
    model::AlertId id;
};
Result<Place> place_of(const std::string& key) {
    constexpr std::size_t kTimeBytes = 8;
    FLEET_TRY(const std::int64_t start, time_of_key(key.substr(0, kTimeBytes)));
    const auto id = model::AlertId::parse(std::string_view(key).substr(kTimeBytes));
    if (!id) return fail(Code::invalid_argument, "the cursor names no alert");
    return Place{start, *id};
}

bool wanted(const Alert& alert, const AlertFilter& filter) {
    return (filter.retracted || !alert.retracted) && (!filter.type || alert.type == *filter.type) &&
           (!filter.state || alert.state == *filter.state) &&
           (!filter.device || alert.device == *filter.device);
}

std::vector<AlertSlices::Slice> slices_of(const std::string& fleet, std::uint32_t parts,
                                          std::int64_t first, std::int64_t last,
                                          const std::optional<Severity>& only) {
    std::vector<AlertSlices::Slice> slices;
    for (std::int64_t day = first; day <= last; ++day)
        for (const Severity severity : kSeverities)
            for (std::uint32_t part = 0; part < parts; ++part)
                if (!only || *only == severity)
                    slices.push_back({replicate::partition_of(fleet, part),
                                      Day{static_cast<std::uint16_t>(day)}, severity});
    return slices;
}

}  // namespace

Result<CassandraReader::DaySpan> CassandraReader::alert_days(const FleetRow& fleet,
                                                             TimeRange range) {
    Timestamp from = range.from;
    const Timestamp to = std::min(range.to, Timestamp{clock_->now().ms + kAheadMs});
    if (fleet.retention_days == 0) {
        // Nothing else says when a fleet that keeps everything began.
        FLEET_TRY(const auto states, states_of(fleet));
        Timestamp first = to;
        for (const DeviceState& state : states->value)
            if (state.row.first_seen) first = std::min(first, *state.row.first_seen);
        from = std::max(from, first);
    }
    if (from >= to) return DaySpan{};
    return DaySpan{from.ms / kMsPerDay, (to.ms - 1) / kMsPerDay};
}

Result<Page<Alert>> CassandraReader::alerts(const model::FleetScope& scope,
                                            const std::string& fleet, const AlertFilter& filter,
                                            TimeRange range, const PageRequest& page) {
    FLEET_TRY(const FleetRow row, find_fleet(scope, fleet));
    if (filter.device) FLEET_TRY_VOID(find_device(scope, *filter.device));
    const CursorParams params = alert_params(fleet, filter, range);
    std::optional<Place> after;
    if (!page.cursor.empty()) {
        FLEET_TRY(const std::string key, decode_cursor(CursorKind::alerts, params, page.cursor));
        FLEET_TRY(after, place_of(key));
    }
    Page<Alert> result;
    FLEET_TRY(TimeRange kept, kept_range(range, kept_from_of(row), result.retention_from));
    if (after) kept.to = std::min(kept.to, Timestamp{after->start_ms + 1});
    if (kept.from >= kept.to) return result;
    FLEET_TRY(const DaySpan days, alert_days(row, kept));
    const std::size_t limit = clamped(page.limit);
    const auto page_rows =
        static_cast<std::uint32_t>(std::min<std::size_t>(limit + 1, kMostPageRows));
    for (std::int64_t last = days.last; last >= days.first; last -= kDaysAtATime) {
        const std::int64_t first = std::max(days.first, last - kDaysAtATime + 1);
        AlertSlices slices(*reads_, fleet,
                           slices_of(fleet, row.parts, first, last, filter.severity), kept,
                           page_rows);
        for (;;) {
            FLEET_TRY(std::vector<Alert> group, slices.next());
            if (group.empty()) break;
            for (Alert& alert : group) {
                if (after && !behind(alert, after->start_ms, after->id)) continue;
                if (!wanted(alert, filter)) continue;
                if (result.items.size() == limit) {
                    result.next =
                        encode_cursor(CursorKind::alerts, params, key_of(result.items.back()));
                    return result;
                }
                result.items.push_back(std::move(alert));
            }
        }
    }
    return result;
}

Result<Alert> CassandraReader::alert(const model::FleetScope& scope, const model::AlertId& id) {
    const auto nothing = [&] { return fail(Code::not_found, "no alert " + id.text()); };
    Ask where{Query::alert_key, reads_->key(Query::alert_key)};
    where.key.text(id.text()).end_row();
    FLEET_TRY(const Answered key, reads_->ask(std::move(where)));
    std::optional<Ask> ask;
    std::string fleet;
    Severity severity{};
    FLEET_TRY_VOID(cassandra::each_row(key.rows.page, [&](cql::RowReader& row) -> Result<void> {
        FLEET_TRY(const std::string partition, cassandra::text_at(row, 0));
        FLEET_TRY(const Day day, cassandra::day_at(row, 1));
        FLEET_TRY(const std::string name, cassandra::text_at(row, 2));
        FLEET_TRY(const std::int64_t start, cassandra::time_at(row, 3));
        const auto known = model::severity_of(name);
        if (!known) return fail(Code::corrupt, "Cassandra holds an alert of severity " + name);
        severity = *known;
        fleet = partition.substr(0, partition.find('#'));
        ask.emplace(Ask{Query::alert, reads_->key(Query::alert)});
        ask->key.text(partition).date(day.value).text(name).timestamp(start);
        for (const std::size_t column : {4U, 5U, 6U}) {
            FLEET_TRY(const std::string text, cassandra::text_at(row, column));
            ask->key.text(text);
        }
        ask->key.text(id.text()).end_row();
        return {};
    }));
    if (!ask || !scope.allows(fleet)) return nothing();
    auto of = find_fleet(scope, fleet);
    if (!of) return of.error().code == Code::not_found ? nothing() : fail(of.error());
    FLEET_TRY(const Answered answer, reads_->ask(std::move(*ask)));
    std::optional<Alert> found;
    FLEET_TRY_VOID(cassandra::each_row(answer.rows.page, [&](cql::RowReader& row) -> Result<void> {
        FLEET_TRY(found, cassandra::decode_alert(row, fleet, severity));
        return {};
    }));
    if (!found || found->retracted) return nothing();
    if (const auto kept = kept_from_of(*of); kept && found->start < *kept) return nothing();
    return std::move(*found);
}

Result<std::uint64_t> CassandraReader::unresolved_high(const FleetRow& fleet, TimeRange range) {
    FLEET_TRY(const DaySpan days, alert_days(fleet, range));
    struct Part {
        AlertSlices::Slice slice;
        std::string page_state;
        bool more = true;
    };
    std::vector<Part> parts;
    for (AlertSlices::Slice& slice :
         slices_of(fleet.id, fleet.parts, days.first, days.last, Severity::high))
        parts.push_back({std::move(slice), {}, true});
    std::uint64_t count = 0;
    for (;;) {
        std::vector<Part*> open;
        for (Part& part : parts)
            if (part.more) open.push_back(&part);
        if (open.empty()) return count;
        FLEET_TRY_VOID(reads_->ask_all(
            open.size(),
            [&](std::size_t i) {
                const AlertSlices::Slice& slice = open[i]->slice;
                Ask ask{Query::alert_states, reads_->key(Query::alert_states)};
                ask.key.text(slice.partition)
                    .date(slice.day.value)
                    .text(name_of(slice.severity))
                    .timestamp(std::max(range.from, slice.day.begin()).ms)
                    .timestamp(std::min(range.to, slice.day.end()).ms)
                    .end_row();
                ask.page_rows = kStatesPageRows;
                ask.page_state = open[i]->page_state;
                return ask;
            },
            [&](std::size_t i, Answered answer) -> Result<void> {
                open[i]->more = answer.rows.has_more;
                open[i]->page_state = std::move(answer.rows.page_state);
                return cassandra::each_row(
                    answer.rows.page, [&](cql::RowReader& row) -> Result<void> {
                        FLEET_TRY(const auto retracted, row.boolean(2));
                        count += !retracted.value_or(false) &&
                                 row.text(1) != name_of(AlertState::resolved);
                        return {};
                    });
            }));
    }
}

}  // namespace fleet::store
