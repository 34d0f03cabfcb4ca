// SPDX-License-Identifier: Apache-2.0
// Erasures. The engine has forgotten what it erased, so the copy is asked what
// it has.
#include "replicate/copier.hpp"
#include "replicate/fold_tables.hpp"

#include "engine/registry.hpp"

#include <algorithm>

namespace fleet::replicate {

namespace {

/// Days back that are cleared whether or not they are listed; those that are
/// listed are in any case.
constexpr int kDefaultDays = 400;
constexpr std::array kSeverities{model::Severity::low, model::Severity::medium,
                                 model::Severity::high};

}  // namespace

struct Copier::Erasure {
    std::string device;
    std::optional<engine::ErasePeriod> period;
    std::int64_t stamp = 0;  ///< of all deletions: what comes later has later ones
    RoundPtr round;
    std::set<Day> days;
    std::vector<std::string> fleets;
    unsigned unanswered = 2;

    [[nodiscard]] bool touches(Day day) const {
        return !period || (day.end() > period->from && day.begin() < period->to);
    }
};

Result<void> Copier::erase(const engine::FeedEntry::Erased& erased) {
    const auto erasure = std::make_shared<Erasure>();
    erasure->device = erased.device;
    erasure->period = erased.period;
    FLEET_TRY(erasure->stamp, state_.next_stamp());
    erasure->round = open_;
    // Rows may have been written before the list of days was, and alerts of
    // silence begin on days without rows: so every day that is kept is cleared.
    int kept = 0;
    for (const FleetFacts& fleet : fleets_)
        kept = fleet.retention_days == 0 ? std::max(kept, kDefaultDays)
                                         : std::max(kept, fleet.retention_days + 1);
    const auto today = static_cast<int>(day_of(clock_->now()).value);
    for (int day = std::max(0, today - std::max(kept, 1)); day <= today + 1; ++day) {
        const Day one{static_cast<std::uint16_t>(day)};
        if (erasure->touches(one)) erasure->days.insert(one);
    }
    if (const auto handle = engine_.find_device(erased.device); handle && erased.period) {
        Touched& touched = touched_[handle->value];
        touched.clear = true;
        touched.days.insert(erasure->days.begin(), erasure->days.end());
    } else {
        const std::uint8_t shard = engine::shard_of(erased.device);
        for (const FleetFacts& fleet : fleets_)
            for (const Day day : erasure->days) {
                starts_.erase({fleet.number, day});
                hours_[{fleet.number, day, shard}] = true;
            }
    }
    cql::PackedRows key = rows_for(Ask::read_days);
    key.text(erased.device).end_row();
    ask(erasure->round, Ask::read_days, key, [this, erasure](const cql::Rows& rows) {
        cql::RowReader reader(rows.page);
        for (auto more = reader.next(); more && *more; more = reader.next()) {
            const auto day = reader.date(0);
            if (!day || !*day || **day < 0 || **day > kMaxMs / kMsPerDay) continue;
            const Day one{static_cast<std::uint16_t>(**day)};
            if (erasure->touches(one)) erasure->days.insert(one);
        }
        if (--erasure->unanswered == 0) erase_what_was_found(erasure);
    });
    ask(erasure->round, Ask::read_fleets, key, [this, erasure](const cql::Rows& rows) {
        cql::RowReader reader(rows.page);
        for (auto more = reader.next(); more && *more; more = reader.next())
            if (const auto fleet = reader.text(0)) erasure->fleets.emplace_back(*fleet);
        if (--erasure->unanswered == 0) erase_what_was_found(erasure);
    });
    return {};
}

void Copier::erase_what_was_found(const std::shared_ptr<Erasure>& erasure) {
    const RoundPtr& round = erasure->round;
    const std::string& device = erasure->device;
    const std::int64_t stamp = erasure->stamp;
    const auto of_device = [&](Ask what) {
        cql::PackedRows key = rows_for(what);
        key.text(device).end_row();
        send(round, what, std::move(key), stamp);
    };
    const auto of_day = [&](Ask what, Day day) {
        cql::PackedRows key = rows_for(what);
        key.text(device).date(day.value).end_row();
        send(round, what, std::move(key), stamp);
    };
    if (erasure->period) {
        // Days, trips, stops, hours and alerts follow from the rows that are left.
        for (const Day day : erasure->days) {
            if (erasure->period->from <= day.begin() && day.end() <= erasure->period->to) {
                of_day(Ask::delete_telemetry_of_day, day);
                continue;
            }
            cql::PackedRows key = rows_for(Ask::delete_telemetry_of_period);
            key.text(device).date(day.value);
            key.timestamp(erasure->period->from.ms).timestamp(erasure->period->to.ms).end_row();
            send(round, Ask::delete_telemetry_of_period, std::move(key), stamp);
        }
        cql::PackedRows key = rows_for(Ask::delete_alert_states_of_period);
        key.text(device).timestamp(erasure->period->from.ms);
        key.timestamp(erasure->period->to.ms).end_row();
        send(round, Ask::delete_alert_states_of_period, std::move(key), stamp);
        return;
    }
    for (const Day day : erasure->days)
        for (const Ask what :
             {Ask::delete_telemetry_of_day, Ask::delete_trips_of_day, Ask::delete_stops_of_day})
            of_day(what, day);
    for (const Ask what : {Ask::delete_days_of_device, Ask::delete_latest,
                           Ask::delete_fleets_of_device, Ask::delete_alert_states_of_device})
        of_device(what);
    for (const std::string& fleet : erasure->fleets) {
        const FleetFacts* facts = facts_of(fleet);
        const std::string partition =
            partition_of(fleet, bucket_of(device, facts == nullptr ? 1 : facts->buckets));
        cql::PackedRows key = rows_for(Ask::delete_device);
        key.text(partition).text(device).end_row();
        send(round, Ask::delete_device, std::move(key), stamp);
        for (const Day day : erasure->days) {
            if (facts != nullptr) hours_[{facts->number, day, engine::shard_of(device)}] = true;
            for (const model::Severity severity : kSeverities) {
                cql::PackedRows place = rows_for(Ask::read_alert_times);
                place.text(partition).date(day.value).text(model::name_of(severity)).text(device);
                place.end_row();
                ask(round, Ask::read_alert_times, std::move(place),
                    [this, round, stamp, partition, day, severity, device](const cql::Rows& rows) {
                        cql::RowReader reader(rows.page);
                        for (auto more = reader.next(); more && *more; more = reader.next()) {
                            const auto ts = reader.timestamp(0);
                            const auto id = reader.text(1);
                            if (!ts || !*ts || !id) continue;
                            cql::PackedRows alert = rows_for(Ask::delete_alerts_at);
                            alert.text(partition).date(day.value).text(model::name_of(severity));
                            alert.timestamp(**ts).text(device).end_row();
                            send(round, Ask::delete_alerts_at, std::move(alert), stamp);
                            cql::PackedRows by_id = rows_for(Ask::delete_place_of_alert);
                            by_id.text(*id).end_row();
                            send(round, Ask::delete_place_of_alert, std::move(by_id), stamp);
                        }
                    });
            }
        }
    }
}

void Copier::ask(const RoundPtr& round, Ask what, cql::PackedRows key,
                 std::function<void(const cql::Rows&)> then) {
    ++round->pending;
    Request request;
    request.ask = what;
    request.rows = std::move(key);
    request.done = [this, round, what, then = std::move(then)](const std::vector<Refused>& wrong,
                                                               const cql::Rows& rows) {
        then(rows);  // may ask for more, so it comes before the round can end
        --round->pending;
        if (!wrong.empty()) refused(what, wrong);
    };
    sender_.push(std::move(request));
}

}  // namespace fleet::replicate
