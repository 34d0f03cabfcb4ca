// SPDX-License-Identifier: Apache-2.0
// What lies in the days of a device: records, a metric of them, trips, stops.
#include "fold/hours.hpp"
#include "geo/distance.hpp"
#include "store/cassandra/cassandra_reader.hpp"
#include "store/paging.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace fleet::store {

using cassandra::Answered;
using cassandra::Ask;
using model::Field;

namespace {

/// Rows of one page from the cluster, at most: a page is decoded in one go.
constexpr std::size_t kPageRows = 1'000;
constexpr std::size_t kSeriesPageRows = 5'000;

}  // namespace

Result<std::vector<Day>> CassandraReader::days_of(const std::string& device, Timestamp from,
                                                  Timestamp to) {
    std::vector<Day> days;
    if (from >= to) return days;
    Ask ask{Query::days, reads_->key(Query::days)};
    ask.key.text(device).date(day_of(from).value).date(day_of({to.ms - 1}).value).end_row();
    for (bool more = true; more;) {
        FLEET_TRY(Answered answer, reads_->ask(ask));
        FLEET_TRY_VOID(
            cassandra::each_row(answer.rows.page, [&](cql::RowReader& row) -> Result<void> {
                FLEET_TRY(const Day day, cassandra::day_at(row, 0));
                days.push_back(day);
                return {};
            }));
        more = answer.rows.has_more;
        ask.page_state = std::move(answer.rows.page_state);
    }
    return days;
}

Result<bool> CassandraReader::read_day(Query query, const std::string& device, Day day,
                                       Timestamp from, Timestamp to, std::size_t page_rows,
                                       const TakePage& take) {
    Ask ask{query, reads_->key(query)};
    ask.key.text(device)
        .date(day.value)
        .timestamp(std::max(from, day.begin()).ms)
        .timestamp(std::min(to, day.end()).ms)
        .end_row();
    ask.page_rows = static_cast<std::uint32_t>(page_rows);
    for (bool more = true; more;) {
        FLEET_TRY(Answered answer, reads_->ask(ask));
        FLEET_TRY(const bool go_on, take(answer.rows.page));
        if (!go_on) return false;
        more = answer.rows.has_more;
        ask.page_state = std::move(answer.rows.page_state);
    }
    return true;
}

Result<HistoryPage> CassandraReader::history(const model::FleetScope& scope,
                                             const std::string& device, TimeRange range,
                                             Order order, const PageRequest& page) {
    FLEET_TRY(const DeviceOf found, find_device(scope, device));
    const CursorParams params = CursorParams()
                                    .add(device)
                                    .add(range.from.ms)
                                    .add(range.to.ms)
                                    .add(static_cast<std::int64_t>(order));
    HistoryPage result;
    const bool newest_first = order == Order::newest_first;
    FLEET_TRY(TimeRange kept, kept_range(range, kept_from_of(found.fleet), result.retention_from));
    if (!page.cursor.empty()) {
        FLEET_TRY(const std::string key, decode_cursor(CursorKind::history, params, page.cursor));
        FLEET_TRY(const std::int64_t last, time_of_key(key));
        if (newest_first)
            kept.to = std::min(kept.to, Timestamp{last});
        else
            kept.from = std::max(kept.from, Timestamp{last + 1});
    }
    if (kept.from >= kept.to) return result;
    FLEET_TRY(std::vector<Day> days, days_of(device, kept.from, kept.to));
    if (!newest_first) std::reverse(days.begin(), days.end());
    // One row more than wanted says whether there is a next page.
    const std::size_t wanted = clamped(page.limit) + 1;
    for (const Day day : days) {
        FLEET_TRY(const bool go_on,
                  read_day(newest_first ? Query::rows_newest : Query::rows_oldest, device, day,
                           kept.from, kept.to, std::min(kPageRows, wanted - result.rows.size()),
                           [&](const cql::Page& rows) -> Result<bool> {
                               FLEET_TRY_VOID(cassandra::each_row(rows, [&](cql::RowReader& row) {
                                   return cassandra::decode_row(row, result.rows);
                               }));
                               return result.rows.size() < wanted;
                           }));
        if (!go_on) break;
    }
    if (result.rows.size() >= wanted) {
        result.rows.samples.resize(wanted - 1);
        result.next =
            encode_cursor(CursorKind::history, params, time_key(result.rows.samples.back().ts_ms));
    }
    return result;
}

Result<Series> CassandraReader::series(const model::FleetScope& scope, const std::string& device,
                                       const SeriesRequest& request) {
    FLEET_TRY(const DeviceOf found, find_device(scope, device));
    if (!is_series_metric(request.metric))
        return fail(Code::invalid_argument,
                    std::string(model::info(request.metric).name) + " is no metric of a series");
    Series result;
    result.metric = request.metric;
    FLEET_TRY(const TimeRange kept,
              kept_range(request.range, kept_from_of(found.fleet), result.retention_from));
    FLEET_TRY(const States states, read_states({device}));
    const DeviceInfo info = info_of(found.fleet.id, states.front());
    const TimeRange range = series_range(request.range, kept, info.first_seen, info.last_seen);
    const std::int64_t width_ms = bucket_ms(range, request.points);
    result.bucket_s = width_ms / kMsPerSecond;
    if (range.from >= range.to) return result;
    FLEET_TRY(std::vector<Day> days, days_of(device, range.from, range.to));
    std::reverse(days.begin(), days.end());
    SeriesFold fold(width_ms);
    std::vector<std::int64_t> times;
    std::vector<std::int32_t> values;
    const auto take = [&](const cql::Page& page) -> Result<bool> {
        times.clear();
        values.clear();
        FLEET_TRY_VOID(cassandra::each_row(page, [&](cql::RowReader& row) -> Result<void> {
            FLEET_TRY(const auto value, cassandra::field_at(row, 1, request.metric));
            if (!value) return {};
            FLEET_TRY(const std::int64_t ts, cassandra::time_at(row, 0));
            times.push_back(ts);
            values.push_back(*value);
            return {};
        }));
        fold.add(times, values);
        return true;
    };
    for (const Day day : days)
        FLEET_TRY_VOID(read_day(cassandra::series_query(request.metric), device, day, range.from,
                                range.to, kSeriesPageRows, take));
    result.points = std::move(fold).take();
    return result;
}

template <class Item>
Result<Page<Item>> CassandraReader::by_start(const model::FleetScope& scope,
                                             const std::string& device, TimeRange range,
                                             const PageRequest& page, CursorKind kind, Query query,
                                             Result<Item> (*decode)(const cql::RowReader&)) {
    FLEET_TRY(const DeviceOf found, find_device(scope, device));
    const CursorParams params = CursorParams().add(device).add(range.from.ms).add(range.to.ms);
    Page<Item> result;
    FLEET_TRY(TimeRange kept, kept_range(range, kept_from_of(found.fleet), result.retention_from));
    if (!page.cursor.empty()) {
        FLEET_TRY(const std::string key, decode_cursor(kind, params, page.cursor));
        FLEET_TRY(const std::int64_t last, time_of_key(key));
        kept.from = std::max(kept.from, Timestamp{last + 1});
    }
    if (kept.from >= kept.to) return result;
    // They start at records, so days without records have none.
    FLEET_TRY(std::vector<Day> days, days_of(device, kept.from, kept.to));
    std::reverse(days.begin(), days.end());
    const std::size_t wanted = clamped(page.limit) + 1;
    for (const Day day : days) {
        FLEET_TRY(const bool go_on,
                  read_day(query, device, day, kept.from, kept.to,
                           std::min(kPageRows, wanted - result.items.size()),
                           [&](const cql::Page& rows) -> Result<bool> {
                               FLEET_TRY_VOID(cassandra::each_row(
                                   rows, [&](cql::RowReader& row) -> Result<void> {
                                       FLEET_TRY(Item item, decode(row));
                                       result.items.push_back(std::move(item));
                                       return {};
                                   }));
                               return result.items.size() < wanted;
                           }));
        if (!go_on) break;
    }
    if (result.items.size() >= wanted) {
        result.items.resize(wanted - 1);
        result.next = encode_cursor(kind, params, time_key(result.items.back().start_ms));
    }
    return result;
}

Result<Page<model::Trip>> CassandraReader::trips(const model::FleetScope& scope,
                                                 const std::string& device, TimeRange range,
                                                 const PageRequest& page) {
    return by_start<model::Trip>(scope, device, range, page, CursorKind::trips, Query::trips,
                                 cassandra::decode_trip);
}

Result<Page<model::Stop>> CassandraReader::stops(const model::FleetScope& scope,
                                                 const std::string& device, TimeRange range,
                                                 const PageRequest& page) {
    return by_start<model::Stop>(scope, device, range, page, CursorKind::stops, Query::stops,
                                 cassandra::decode_stop);
}

// The cluster keeps hours of fleets, not of devices: a day is folded from its positions and speeds.
Result<DaySummary> CassandraReader::summary(const model::FleetScope& scope,
                                            const std::string& device, Day day) {
    FLEET_TRY(const DeviceOf found, find_device(scope, device));
    DaySummary result;
    result.retention_from = gone(found.fleet, day);
    if (result.retention_from) return result;
    std::optional<std::pair<std::int64_t, model::GeoPoint>> last;
    const auto take = [&](const cql::Page& page) -> Result<bool> {
        FLEET_TRY_VOID(cassandra::each_row(page, [&](cql::RowReader& row) -> Result<void> {
            FLEET_TRY(const std::int64_t ts, cassandra::time_at(row, 0));
            FLEET_TRY(const auto lat, cassandra::field_at(row, 1, Field::lat));
            FLEET_TRY(const auto lon, cassandra::field_at(row, 2, Field::lon));
            FLEET_TRY(const auto speed, cassandra::field_at(row, 3, Field::speed));
            ++result.records;
            if (speed) result.speed.add(*speed);
            if (!lat || !lon) return {};
            const model::GeoPoint point{*lat, *lon};
            if (last) {
                const std::int64_t mm = geo::leg_mm(last->second, point);
                result.legs.distance_mm += mm;
                if (fold::is_gap(mm, ts - last->first)) result.legs.gap_mm += mm;
            }
            last = {ts, point};
            return {};
        }));
        return true;
    };
    FLEET_TRY_VOID(
        read_day(Query::motion, device, day, day.begin(), day.end(), kSeriesPageRows, take));
    std::int64_t moving_ms = 0;
    FLEET_TRY_VOID(read_day(
        Query::trips, device, day, day.begin(), day.end(), kPageRows,
        [&](const cql::Page& page) -> Result<bool> {
            FLEET_TRY_VOID(cassandra::each_row(page, [&](cql::RowReader& row) -> Result<void> {
                FLEET_TRY(const model::Trip trip, cassandra::decode_trip(row));
                ++result.trips;
                moving_ms += trip.end_ms - trip.start_ms;
                return {};
            }));
            return true;
        }));
    FLEET_TRY_VOID(read_day(Query::stops, device, day, day.begin(), day.end(), kPageRows,
                            [&](const cql::Page& page) -> Result<bool> {
                                result.stops += page.row_count();
                                return true;
                            }));
    result.moving_s = moving_ms / kMsPerSecond;
    return result;
}

}  // namespace fleet::store
