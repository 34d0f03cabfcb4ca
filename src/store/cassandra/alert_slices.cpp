// SPDX-License-Identifier: Apache-2.0
#include "store/cassandra/alert_slices.hpp"

#include "store/cassandra/decode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace fleet::store::cassandra {

namespace {
/// Alerts that begin in one millisecond are gathered before they are given out.
constexpr std::size_t kMostOfOneStart = 100'000;
}  // namespace

AlertSlices::AlertSlices(Reads& reads, std::string fleet, std::vector<Slice> slices,
                         TimeRange range, std::uint32_t page_rows)
    : reads_(reads), fleet_(std::move(fleet)), range_(range), page_rows_(page_rows) {
    for (Slice& slice : slices) {
        cursors_.emplace_back();
        cursors_.back().slice = std::move(slice);
    }
}

Result<void> AlertSlices::fill() {
    std::vector<Cursor*> empty;
    for (Cursor& cursor : cursors_)
        if (cursor.alerts.empty() && cursor.more) empty.push_back(&cursor);
    if (empty.empty()) return {};
    return reads_.ask_all(
        empty.size(),
        [&](std::size_t i) {
            const Cursor& cursor = *empty[i];
            Ask ask{Query::alerts, reads_.key(Query::alerts)};
            ask.key.text(cursor.slice.partition)
                .date(cursor.slice.day.value)
                .text(name_of(cursor.slice.severity))
                .timestamp(std::max(range_.from, cursor.slice.day.begin()).ms)
                .timestamp(std::min(range_.to, cursor.slice.day.end()).ms)
                .end_row();
            ask.page_rows = page_rows_;
            ask.page_state = cursor.page_state;
            return ask;
        },
        [&](std::size_t i, Answered answer) -> Result<void> {
            Cursor& cursor = *empty[i];
            cursor.more = answer.rows.has_more;
            cursor.page_state = std::move(answer.rows.page_state);
            return each_row(answer.rows.page, [&](cql::RowReader& row) -> Result<void> {
                FLEET_TRY(Alert alert, decode_alert(row, fleet_, cursor.slice.severity));
                cursor.alerts.push_back(std::move(alert));
                return {};
            });
        });
}

Result<std::vector<Alert>> AlertSlices::next() {
    std::vector<Alert> group;
    std::int64_t start = -1;
    for (;;) {
        // A page that was full may be followed by an empty one, so a partition may stay empty.
        for (;;) {
            FLEET_TRY_VOID(fill());
            if (std::none_of(cursors_.begin(), cursors_.end(), [](const Cursor& cursor) {
                    return cursor.alerts.empty() && cursor.more;
                }))
                break;
        }
        std::int64_t newest = -1;
        for (const Cursor& cursor : cursors_)
            if (!cursor.alerts.empty()) newest = std::max(newest, cursor.alerts.front().start.ms);
        // Alerts of one start may go on over the end of a page: look again until there are none.
        if (newest < 0 || (start >= 0 && newest != start)) break;
        start = newest;
        for (Cursor& cursor : cursors_) {
            while (!cursor.alerts.empty() && cursor.alerts.front().start.ms == start) {
                group.push_back(std::move(cursor.alerts.front()));
                cursor.alerts.pop_front();
            }
        }
        if (group.size() > kMostOfOneStart)
            return fail(Code::too_large,
                        fmt::format("more than {} alerts begin at {}: ask for one severity or an "
                                    "earlier range",
                                    kMostOfOneStart, format_rfc3339({start})));
    }
    std::sort(group.begin(), group.end(), [](const Alert& a, const Alert& b) {
        return std::pair(a.id, -static_cast<int>(a.severity)) <
               std::pair(b.id, -static_cast<int>(b.severity));
    });
    group.erase(std::unique(group.begin(), group.end(),
                            [](const Alert& a, const Alert& b) { return a.id == b.id; }),
                group.end());
    return group;
}

}  // namespace fleet::store::cassandra
