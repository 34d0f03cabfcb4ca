// SPDX-License-Identifier: Apache-2.0
#include "engine/alert_table.hpp"

#include "engine/alert_rows.hpp"

#include <algorithm>
#include <utility>

namespace fleet::engine {

AlertState state_of(std::span<const AlertAction> actions) noexcept {
    for (auto a = actions.rbegin(); a != actions.rend(); ++a) {
        if (a->kind == AlertAction::Kind::acknowledge) return AlertState::acknowledged;
        if (a->kind == AlertAction::Kind::resolve) return AlertState::resolved;
    }
    return AlertState::open;
}

AlertTable::AlertTable(Tables& tables, FeedMarks& marks)
    : marks_(marks),
      alerts_(tables, Space::alerts),
      places_(tables, Space::alert_places),
      status_(tables, Space::alert_status),
      outbox_(tables, Space::outbox) {}

Result<std::optional<AlertTable::Status>> AlertTable::status(std::uint32_t device,
                                                             const model::AlertId& id) const {
    FLEET_TRY(const auto bytes, status_.get(status_key(device, id)));
    if (!bytes) return std::optional<Status>();
    FLEET_TRY(Status found, Status::decode(*bytes));
    return std::optional<Status>(std::move(found));
}

void AlertTable::put_status(std::uint32_t device, const model::AlertId& id, const Status& status) {
    status_.put(device, status_key(device, id), status.encode());
}

Result<std::optional<AlertTable::Status>> AlertTable::replaced_by(const Entry& entry) const {
    std::optional<Status> best;
    std::int64_t best_overlap = -1;
    const std::string prefix = device_prefix(entry.device);
    FLEET_TRY_VOID(status_.scan(
        prefix, device_prefix(entry.device + 1),
        [&](std::string_view, std::string_view value) -> Result<bool> {
            FLEET_TRY(Status s, Status::decode(value));
            if (!s.retracted || s.run.rule != entry.run.rule || s.run.zone != entry.run.zone)
                return true;
            const std::int64_t overlap = std::min(end_of(s.run), end_of(entry.run)) -
                                         std::max(s.run.start_ms, entry.run.start_ms);
            if (overlap > best_overlap ||
                (overlap >= 0 && overlap == best_overlap && s.run.start_ms < best->run.start_ms)) {
                best_overlap = overlap;
                best = std::move(s);
            }
            return true;
        }));
    return best;
}

Result<void> AlertTable::add(const Entry& entry, AlertCause cause, std::int64_t notify_from_ms) {
    put(entry);
    FLEET_TRY(std::optional<Status> known, status(entry.device, entry.id));
    FLEET_TRY_VOID(mark(entry.device, entry.fleet, entry.id, entry.run.start_ms,
                        known ? std::optional(known->run.severity) : std::nullopt));
    Status s;
    bool keep = false;
    if (known) {
        s = std::move(*known);
        keep = true;
    } else {
        FLEET_TRY(std::optional<Status> before, replaced_by(entry));
        if (before) {
            s.actions = std::move(before->actions);
            s.notified = before->notified;
            keep = true;
        }
        if (cause == AlertCause::late) s.late = keep = true;
    }
    s.retracted = false;
    if (!s.notified && entry.run.start_ms >= notify_from_ms) {
        s.notified = keep = true;
        outbox_.put(entry.device, id_key(entry.id), encode_run(entry.device, entry.run));
    }
    if (keep) {
        s.fleet = entry.fleet;
        s.run = entry.run;
        put_status(entry.device, entry.id, s);
    }
    count(
        entry.fleet, entry.run.start_ms, entry.id,
        entry.run.severity == model::Severity::high && state_of(s.actions) != AlertState::resolved);
    return {};
}

void AlertTable::put(const Entry& entry) {
    const std::string key = key_of(entry.fleet, entry.run.start_ms, entry.id);
    alerts_.put(entry.device, key, encode_run(entry.device, entry.run));
    places_.put(entry.device, id_key(entry.id), key.substr(0, 12));
}

Result<void> AlertTable::mark(std::uint32_t device, std::uint32_t fleet, const model::AlertId& id,
                              std::int64_t start_ms, std::optional<model::Severity> before) {
    if (!marks_.on()) return {};
    FeedAlert alert;
    alert.device = {device};
    alert.id = id;
    alert.fleet = fleet;
    alert.start_ms = start_ms;
    if (before) alert.severities = static_cast<std::uint8_t>(1U << static_cast<unsigned>(*before));
    return marks_.add_alert(alert);
}

Result<std::set<std::uint32_t>> AlertTable::mark_all() {
    std::vector<Entry> all;
    FLEET_TRY_VOID(for_each([&](const Entry& entry) -> Result<void> {
        all.push_back(entry);
        return {};
    }));
    FLEET_TRY_VOID(
        status_.scan("", "", [&](std::string_view key, std::string_view value) -> Result<bool> {
            FLEET_TRY(Status s, Status::decode(value));
            if (s.retracted)
                all.push_back({get_id(key, 4), s.fleet,
                               static_cast<std::uint32_t>(get_be(key, 0, 4)), std::move(s.run)});
            return true;
        }));
    std::set<std::uint32_t> devices;
    for (const Entry& entry : all) {
        // What a copy has from before is not known.
        for (const model::Severity severity :
             {model::Severity::low, model::Severity::medium, model::Severity::high})
            FLEET_TRY_VOID(mark(entry.device, entry.fleet, entry.id, entry.run.start_ms, severity));
        devices.insert(entry.device);
    }
    return devices;
}

Result<void> AlertTable::change(const Entry& entry) {
    if (marks_.on()) {
        FLEET_TRY(const auto before,
                  alerts_.get(key_of(entry.fleet, entry.run.start_ms, entry.id)));
        std::optional<model::Severity> severity;
        if (before) {
            FLEET_TRY(const auto run, decode_run(*before));
            severity = run.second.severity;
        }
        FLEET_TRY_VOID(mark(entry.device, entry.fleet, entry.id, entry.run.start_ms, severity));
    }
    put(entry);
    bool counts = entry.run.severity == model::Severity::high;
    if (counts) {
        FLEET_TRY(const std::optional<Status> known, status(entry.device, entry.id));
        counts = !known || state_of(known->actions) != AlertState::resolved;
    }
    count(entry.fleet, entry.run.start_ms, entry.id, counts);
    return {};
}

Result<void> AlertTable::remove(const Entry& entry, AlertCause cause) {
    FLEET_TRY_VOID(
        mark(entry.device, entry.fleet, entry.id, entry.run.start_ms, entry.run.severity));
    alerts_.erase(entry.device, key_of(entry.fleet, entry.run.start_ms, entry.id));
    places_.erase(entry.device, id_key(entry.id));
    count(entry.fleet, entry.run.start_ms, entry.id, false);
    FLEET_TRY(std::optional<Status> known, status(entry.device, entry.id));
    FLEET_TRY(const auto waits, outbox_.get(id_key(entry.id)));
    if (waits) outbox_.erase(entry.device, id_key(entry.id));
    if (!known && cause == AlertCause::rules) return {};
    Status s = known ? std::move(*known) : Status();
    if (waits) s.notified = false;  // nobody was told; what replaces it may be
    s.retracted = true;
    s.fleet = entry.fleet;
    s.run = entry.run;
    put_status(entry.device, entry.id, s);
    return {};
}

Result<void> AlertTable::act(std::uint32_t device, const model::AlertId& id, AlertAction action) {
    FLEET_TRY(std::optional<Status> known, status(device, id));
    Status s;
    if (known) {
        s = std::move(*known);
    } else {
        FLEET_TRY(const std::optional<AlertRow> row, find(id));
        if (!row) return fail(Code::not_found, "there is no such alert");
        s.fleet = row->fleet;
        s.run = row->run;
    }
    if (std::any_of(s.actions.begin(), s.actions.end(),
                    [&](const AlertAction& a) { return a.sequence == action.sequence; }))
        return {};
    s.actions.push_back(std::move(action));
    put_status(device, id, s);
    FLEET_TRY_VOID(mark(device, s.fleet, id, s.run.start_ms, s.run.severity));
    if (!s.retracted) {
        // The run of the status is that of its last write; the alert may have grown since.
        FLEET_TRY(const std::optional<AlertRow> row, find(id));
        if (row)
            count(row->fleet, row->run.start_ms, id,
                  row->run.severity == model::Severity::high && row->state != AlertState::resolved);
    }
    return {};
}

void AlertTable::count(std::uint32_t fleet, std::int64_t start_ms, const model::AlertId& id,
                       bool counts) {
    const std::lock_guard lock(counts_mutex_);
    starts_.erase({fleet, start_ms / kMsPerDay});
    const auto known = unresolved_.find(fleet);
    if (known == unresolved_.end()) return;
    if (counts) {
        known->second.emplace(start_ms, id);
    } else {
        known->second.erase({start_ms, id});
    }
}

Result<std::uint64_t> AlertTable::unresolved_high(std::uint32_t fleet, std::int64_t from_ms,
                                                  std::int64_t to_ms) const {
    const std::lock_guard lock(counts_mutex_);
    auto known = unresolved_.find(fleet);
    if (known == unresolved_.end()) {
        Starts starts;
        std::string prefix;
        put_be(prefix, fleet, 4);
        std::string end;
        put_be(end, std::uint64_t{fleet} + 1, 4);
        FLEET_TRY_VOID(alerts_.scan(
            prefix, end, [&](std::string_view key, std::string_view value) -> Result<bool> {
                FLEET_TRY(const auto run, decode_run(value));
                if (run.second.severity != model::Severity::high) return true;
                const model::AlertId id = get_id(key, 12);
                FLEET_TRY(const std::optional<Status> found, status(run.first, id));
                if (!found || state_of(found->actions) != AlertState::resolved)
                    starts.emplace(run.second.start_ms, id);
                return true;
            }));
        known = unresolved_.emplace(fleet, std::move(starts)).first;
    }
    const auto first = known->second.lower_bound({from_ms, model::AlertId()});
    const auto last = known->second.lower_bound({to_ms, model::AlertId()});
    return static_cast<std::uint64_t>(std::distance(first, last));
}

Result<AlertStarts> AlertTable::starts_of_day(std::uint32_t fleet, Day day) const {
    const std::lock_guard lock(counts_mutex_);
    const std::pair<std::uint32_t, std::int64_t> key{fleet, day.value};
    if (const auto known = starts_.find(key); known != starts_.end()) return known->second;
    AlertStarts hours{};
    FLEET_TRY_VOID(
        alerts_.scan(place_of(fleet, day.end().ms - 1), place_of(fleet, day.begin().ms - 1),
                     [&](std::string_view, std::string_view value) -> Result<bool> {
                         FLEET_TRY(const auto run, decode_run(value));
                         const auto hour = static_cast<std::size_t>(hour_of({run.second.start_ms}));
                         ++hours[hour][static_cast<std::size_t>(run.second.severity)];
                         return true;
                     }));
    if (starts_.size() >= kMaxCachedDays) starts_.clear();
    starts_.emplace(key, hours);
    return hours;
}

void AlertTable::notified(std::uint32_t device, const model::AlertId& id) {
    outbox_.erase(device, id_key(id));
}

Result<std::uint64_t> AlertTable::forget(std::uint32_t device, std::uint32_t fleet,
                                         std::int64_t from_ms, std::int64_t before_ms, Forget why) {
    struct Gone {
        std::string key;
        model::AlertId id;
        model::Severity severity;
    };
    std::vector<Gone> gone;
    FLEET_TRY_VOID(alerts_.scan(place_of(fleet, before_ms - 1), place_of(fleet, from_ms - 1),
                                [&](std::string_view key, std::string_view value) -> Result<bool> {
                                    FLEET_TRY(const auto run, decode_run(value));
                                    if (run.first == device)
                                        gone.push_back({std::string(key), get_id(key, 12),
                                                        run.second.severity});
                                    return true;
                                }));
    for (const auto& [key, id, severity] : gone) {
        if (why == Forget::erased) FLEET_TRY_VOID(mark(device, fleet, id, start_of(key), severity));
        alerts_.erase(device, key);
        count(fleet, start_of(key), id, false);
        places_.erase(device, id_key(id));
        outbox_.erase(device, id_key(id));
        status_.erase(device, status_key(device, id));
    }
    std::vector<std::pair<std::string, Status>> retracted;
    FLEET_TRY_VOID(status_.scan(device_prefix(device), device_prefix(device + 1),
                                [&](std::string_view key, std::string_view value) -> Result<bool> {
                                    FLEET_TRY(Status s, Status::decode(value));
                                    if (s.run.start_ms >= from_ms && s.run.start_ms < before_ms)
                                        retracted.emplace_back(key, std::move(s));
                                    return true;
                                }));
    for (auto& [key, s] : retracted) {
        if (why == Forget::erased)
            FLEET_TRY_VOID(mark(device, s.fleet, get_id(key, 4), s.run.start_ms, s.run.severity));
        status_.erase(device, std::move(key));
    }
    return std::uint64_t{gone.size()};
}

Result<void> AlertTable::move(std::uint32_t device, std::uint32_t fleet, std::uint32_t to_fleet,
                              std::int64_t from_ms, std::int64_t before_ms) {
    std::vector<Entry> listed;
    FLEET_TRY_VOID(alerts_.scan(place_of(fleet, before_ms - 1), place_of(fleet, from_ms - 1),
                                [&](std::string_view key, std::string_view value) -> Result<bool> {
                                    FLEET_TRY(auto run, decode_run(value));
                                    if (run.first == device)
                                        listed.push_back({get_id(key, 12), to_fleet, device,
                                                          std::move(run.second)});
                                    return true;
                                }));
    for (const Entry& entry : listed) {
        alerts_.erase(device, key_of(fleet, entry.run.start_ms, entry.id));
        count(fleet, entry.run.start_ms, entry.id, false);
        FLEET_TRY_VOID(change(entry));
    }
    std::vector<std::pair<model::AlertId, Status>> kept;
    FLEET_TRY_VOID(status_.scan(device_prefix(device), device_prefix(device + 1),
                                [&](std::string_view key, std::string_view value) -> Result<bool> {
                                    FLEET_TRY(Status s, Status::decode(value));
                                    if (s.run.start_ms >= from_ms && s.run.start_ms < before_ms)
                                        kept.emplace_back(get_id(key, 4), std::move(s));
                                    return true;
                                }));
    for (auto& [id, s] : kept) {
        s.fleet = to_fleet;
        put_status(device, id, s);
    }
    return {};
}

Result<void> AlertTable::redact(std::uint32_t device, std::int64_t from_ms,
                                std::int64_t before_ms) {
    const auto reaches = [&](const model::AlertRun& run) {
        return run.start_ms < before_ms && end_of(run) >= from_ms;
    };
    std::vector<std::pair<model::AlertId, Status>> kept;
    FLEET_TRY_VOID(status_.scan(device_prefix(device), device_prefix(device + 1),
                                [&](std::string_view key, std::string_view value) -> Result<bool> {
                                    FLEET_TRY(Status s, Status::decode(value));
                                    if (reaches(s.run)) kept.emplace_back(get_id(key, 4), s);
                                    return true;
                                }));
    for (auto& [id, s] : kept) {
        FLEET_TRY(const std::optional<AlertRow> row, find(id));
        FLEET_TRY_VOID(mark(device, s.fleet, id, s.run.start_ms, s.run.severity));
        if (!row || s.retracted) {
            status_.erase(device, status_key(device, id));
            continue;
        }
        s.run = row->run;
        put_status(device, id, s);
    }
    std::vector<model::AlertId> waiting;
    FLEET_TRY_VOID(
        outbox_.scan("", "", [&](std::string_view key, std::string_view value) -> Result<bool> {
            FLEET_TRY(const auto run, decode_run(value));
            if (run.first == device && reaches(run.second)) waiting.push_back(get_id(key, 0));
            return true;
        }));
    for (const model::AlertId& id : waiting) {
        FLEET_TRY(const std::optional<AlertRow> row, find(id));
        if (row) {
            outbox_.put(device, id_key(id), encode_run(device, row->run));
        } else {
            outbox_.erase(device, id_key(id));
        }
    }
    return {};
}

Result<AlertRow> AlertTable::row_of(std::uint32_t fleet, const model::AlertId& id,
                                    std::string_view value) const {
    FLEET_TRY(auto run, decode_run(value));
    AlertRow row;
    row.id = id;
    row.fleet = fleet;
    row.device = {run.first};
    row.run = std::move(run.second);
    FLEET_TRY(std::optional<Status> s, status(run.first, id));
    if (s) {
        row.late = s->late;
        if (s->notified) {
            FLEET_TRY(const auto waits, outbox_.get(id_key(id)));
            row.notified = !waits;
        }
        row.actions = std::move(s->actions);
        row.state = state_of(row.actions);
    }
    return row;
}

Result<AlertPage> AlertTable::list(
    const AlertQuery& query,
    const std::function<model::RuleType(std::uint32_t, std::int64_t)>& type_of) const {
    AlertPage page;
    struct Found {
        std::string key;
        std::string value;
    };
    const auto wanted = [&](const model::AlertRun& run, std::uint32_t device) {
        return (!query.severity || run.severity == *query.severity) &&
               (!query.device || query.device->value == device) &&
               (!query.type || type_of(run.rule, run.start_ms) == *query.type);
    };
    // from ≤ start < to, newest first: keys are inverted.
    std::string from = place_of(query.fleet, query.to.ms - 1);
    const std::string to = place_of(query.fleet, query.from.ms - 1);
    if (!query.after.empty()) {
        // A key of another fleet would open that fleet's list.
        if (query.after.size() != to.size() + 16 || !query.after.starts_with(to.substr(0, 4)))
            return fail(Code::invalid_argument, "`after` is no place in the alerts of this fleet");
        from = std::max(from, query.after + '\0');
    }
    if (from >= to) return page;
    std::vector<AlertRow> retracted;
    if (query.retracted)
        FLEET_TRY_VOID(
            status_.scan("", "", [&](std::string_view key, std::string_view value) -> Result<bool> {
                FLEET_TRY(Status s, Status::decode(value));
                const auto device = static_cast<std::uint32_t>(get_be(key, 0, 4));
                if (!s.retracted || s.fleet != query.fleet || s.run.start_ms < query.from.ms ||
                    s.run.start_ms >= query.to.ms || !wanted(s.run, device))
                    return true;
                AlertRow row = row_of(device, get_id(key, 4), std::move(s));
                if (key_of(row.fleet, row.run.start_ms, row.id) >= from)
                    retracted.push_back(std::move(row));
                return true;
            }));
    const std::size_t limit = query.limit;
    while (page.items.size() <= limit) {
        // In pieces: the status is read outside of the scan, which holds the lock.
        std::vector<Found> found;
        const std::size_t piece = limit + 1 - page.items.size() + 64;
        FLEET_TRY_VOID(alerts_.scan(
            from, to, [&](std::string_view key, std::string_view value) -> Result<bool> {
                found.push_back({std::string(key), std::string(value)});
                return found.size() < piece;
            }));
        for (const Found& f : found) {
            FLEET_TRY(const auto run, decode_run(f.value));
            if (!wanted(run.second, run.first)) continue;
            FLEET_TRY(AlertRow row, row_of(query.fleet, get_id(f.key, 12), f.value));
            if (query.state && row.state != *query.state) continue;
            page.items.push_back(std::move(row));
        }
        if (found.size() < piece) break;
        from = found.back().key + '\0';
    }
    if (!retracted.empty()) {
        for (AlertRow& row : retracted)
            if (!query.state || row.state == *query.state) page.items.push_back(std::move(row));
        std::sort(page.items.begin(), page.items.end(), [](const AlertRow& a, const AlertRow& b) {
            return std::pair(-a.run.start_ms, a.id) < std::pair(-b.run.start_ms, b.id);
        });
    }
    if (page.items.size() > limit) {
        page.items.resize(limit);
        const AlertRow& last = page.items.back();
        page.next = key_of(query.fleet, last.run.start_ms, last.id);
    }
    return page;
}

Result<std::optional<AlertRow>> AlertTable::find(const model::AlertId& id) const {
    FLEET_TRY(const auto place, places_.get(id_key(id)));
    if (!place || place->size() != 12) return std::optional<AlertRow>();
    FLEET_TRY(const auto value, alerts_.get(*place + id_key(id)));
    if (!value) return std::optional<AlertRow>();
    FLEET_TRY(AlertRow row, row_of(static_cast<std::uint32_t>(get_be(*place, 0, 4)), id, *value));
    return std::optional<AlertRow>(std::move(row));
}

AlertRow AlertTable::row_of(std::uint32_t device, const model::AlertId& id, Status&& status) const {
    AlertRow row;
    row.id = id;
    row.fleet = status.fleet;
    row.device = {device};
    row.run = std::move(status.run);
    row.late = status.late;
    row.notified = status.notified;
    row.retracted = true;
    row.actions = std::move(status.actions);
    row.state = state_of(row.actions);
    return row;
}

Result<std::optional<AlertRow>> AlertTable::find_any(std::uint32_t device,
                                                     const model::AlertId& id) const {
    FLEET_TRY(std::optional<AlertRow> listed, find(id));
    if (listed) return listed;
    FLEET_TRY(std::optional<Status> known, status(device, id));
    if (!known || !known->retracted) return std::optional<AlertRow>();
    return std::optional<AlertRow>(row_of(device, id, std::move(*known)));
}

Result<std::vector<AlertRow>> AlertTable::waiting(std::size_t limit) const {
    std::vector<model::AlertId> ids;
    FLEET_TRY_VOID(
        outbox_.scan("", "", [&](std::string_view key, std::string_view) -> Result<bool> {
            ids.push_back(get_id(key, 0));
            return ids.size() < limit;
        }));
    std::vector<AlertRow> rows;
    for (const model::AlertId& id : ids) {
        FLEET_TRY(std::optional<AlertRow> row, find(id));
        if (row) rows.push_back(std::move(*row));
    }
    return rows;
}

Result<void> AlertTable::for_each(const std::function<Result<void>(const Entry&)>& visit) const {
    return alerts_.scan("", "", [&](std::string_view key, std::string_view value) -> Result<bool> {
        FLEET_TRY(auto run, decode_run(value));
        FLEET_TRY_VOID(visit({get_id(key, 12), static_cast<std::uint32_t>(get_be(key, 0, 4)),
                              run.first, std::move(run.second)}));
        return true;
    });
}

void AlertTable::collect(std::uint32_t device, Tables::WriteSet& set) const {
    for (const Overlay* overlay : {&alerts_, &places_, &status_, &outbox_})
        overlay->collect(device, set);
}

void AlertTable::written(std::uint32_t device) {
    for (Overlay* overlay : {&alerts_, &places_, &status_, &outbox_}) overlay->written(device);
}

bool AlertTable::changed(std::uint32_t device) const {
    return alerts_.changed(device) || places_.changed(device) || status_.changed(device) ||
           outbox_.changed(device);
}

}  // namespace fleet::engine
