// SPDX-License-Identifier: Apache-2.0
#include "store/cassandra/decode.hpp"

#include "model/field.hpp"
#include "model/rule.hpp"
#include "model/value_text.hpp"
#include "store/cassandra/statements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace fleet::store::cassandra {

using cql::RowReader;
using model::Field;

namespace {

Failure no_value(std::string_view what, std::string_view why) {
    return fail(Code::corrupt, fmt::format("Cassandra holds a row whose {} {}", what, why));
}

Result<double> real_at(const RowReader& row, std::size_t column, std::string_view what) {
    FLEET_TRY(const auto value, row.real64(column));
    if (!value) return no_value(what, "is missing");
    return *value;
}

Result<std::int64_t> bigint_or_zero(const RowReader& row, std::size_t column) {
    FLEET_TRY(const auto value, row.bigint(column));
    return value.value_or(0);
}

Result<std::int32_t> integer_or_zero(const RowReader& row, std::size_t column) {
    FLEET_TRY(const auto value, row.integer(column));
    return value.value_or(0);
}

Result<std::optional<std::int64_t>> time_or_none(const RowReader& row, std::size_t column) {
    FLEET_TRY(const auto time, row.timestamp(column));
    if (!time) return std::optional<std::int64_t>();
    if (*time < 0 || *time > kMaxMs) return no_value("time", "is out of range");
    return time;
}

Result<std::int32_t> degrees(Field field, double value) {
    const auto units = model::from_real(field, value);
    if (!units) return no_value(model::info(field).name, "is out of range");
    return *units;
}

Result<model::GeoPoint> point_at(const RowReader& row, std::size_t column, std::string_view what) {
    FLEET_TRY(const double lat, real_at(row, column, what));
    FLEET_TRY(const double lon, real_at(row, column + 1, what));
    FLEET_TRY(const std::int32_t lat_units, degrees(Field::lat, lat));
    FLEET_TRY(const std::int32_t lon_units, degrees(Field::lon, lon));
    return model::GeoPoint{lat_units, lon_units};
}

template <class Reason>
Result<Reason> reason_at(const RowReader& row, std::size_t column,
                         std::initializer_list<Reason> all) {
    const std::string_view name = row.text(column).value_or(std::string_view());
    for (const Reason reason : all)
        if (name_of(reason) == name) return reason;
    return no_value("reason of a trip", fmt::format("is \"{}\"", name));
}

/// A real value in 10^-decimals; nothing where the cell is null.
Result<std::optional<std::int32_t>> units_at(const RowReader& row, std::size_t column,
                                             int decimals) {
    FLEET_TRY(const auto value, row.real64(column));
    if (!value) return std::optional<std::int32_t>();
    const double units = std::round(*value * std::pow(10.0, decimals));
    if (!(std::abs(units) <= std::numeric_limits<std::int32_t>::max()))
        return no_value("value of an alert", "is out of range");
    return std::optional(static_cast<std::int32_t>(units));
}

Result<std::string> attributes_at(const RowReader& row, std::size_t column) {
    FLEET_TRY(const auto map, row.text_map(column));
    if (!map || map->empty()) return std::string();
    std::vector<model::Attribute> attributes;
    attributes.reserve(map->size());
    for (const auto& [name, text] : *map) {
        const auto attribute = model::parse_value(name, text);
        if (!attribute || name.empty() || name.size() > model::kMaxTextLength ||
            text.size() > model::kMaxAttributeText + 2)
            return no_value(fmt::format("attribute {}", name.substr(0, model::kMaxTextLength)),
                            "is no true, false, number or text in quotation marks");
        attributes.push_back(*attribute);
    }
    if (attributes.size() > model::kMaxAttributes) return no_value("extra", "has too many members");
    return model::encode_attributes(attributes);
}

Result<std::vector<AlertAction>> actions_at(const RowReader& row, std::size_t column) {
    std::vector<AlertAction> out;
    FLEET_TRY(const auto texts, row.texts(column));
    if (texts) {
        constexpr std::size_t kTexts = 4;
        for (std::size_t i = 0; i < texts->size(); i += kTexts) {
            if (texts->size() - i < kTexts) return no_value("actions", "end in the middle of one");
            AlertAction action;
            using Kind = AlertAction::Kind;
            const std::array kinds{Kind::acknowledge, Kind::resolve, Kind::comment};
            const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                           [&](Kind one) { return name_of(one) == (*texts)[i]; });
            const auto at = parse_rfc3339((*texts)[i + 1]);
            if (kind == kinds.end() || !at) return no_value("actions", "hold no action and time");
            action.kind = *kind;
            action.at = *at;
            action.who = (*texts)[i + 2];
            action.text = (*texts)[i + 3];
            out.push_back(std::move(action));
        }
        return out;
    }
    // Written by a program that knows the guide's columns only.
    const auto add = [&](AlertAction::Kind kind, std::size_t who) -> Result<void> {
        FLEET_TRY(const auto at, time_or_none(row, who + 1));
        if (at)
            out.push_back(
                {kind, {*at}, std::string(row.text(who).value_or(std::string_view())), {}});
        return {};
    };
    FLEET_TRY_VOID(add(AlertAction::Kind::acknowledge, column + 1));
    FLEET_TRY_VOID(add(AlertAction::Kind::resolve, column + 3));
    return out;
}

Result<model::MetricStats> metric_at(const RowReader& row, std::size_t column) {
    model::MetricStats stats;
    FLEET_TRY(stats.sum, bigint_or_zero(row, column));
    FLEET_TRY(stats.min, integer_or_zero(row, column + 1));
    FLEET_TRY(stats.max, integer_or_zero(row, column + 2));
    FLEET_TRY(const std::int64_t count, bigint_or_zero(row, column + 3));
    if (count < 0 || count > std::numeric_limits<std::uint32_t>::max())
        return no_value("count of an hour", "is out of range");
    stats.count = static_cast<std::uint32_t>(count);
    return stats;
}

}  // namespace

Result<void> each_row(const cql::Page& page, const std::function<Result<void>(RowReader&)>& take) {
    RowReader row(page);
    for (;;) {
        FLEET_TRY(const bool there, row.next());
        if (!there) return {};
        FLEET_TRY_VOID(take(row));
    }
}

Result<std::optional<std::int32_t>> field_at(const RowReader& row, std::size_t column,
                                             Field field) {
    const std::string_view type = measure_type(field);
    std::optional<double> value;
    if (type == "boolean") {
        FLEET_TRY(const auto flag, row.boolean(column));
        if (flag) value = *flag ? 1 : 0;
    } else if (type == "int") {
        FLEET_TRY(value, row.integer(column));
    } else if (type == "float") {
        FLEET_TRY(value, row.real(column));
    } else {
        FLEET_TRY(value, row.real64(column));
    }
    if (!value) return std::optional<std::int32_t>();
    const auto units = model::from_real(field, *value);
    if (!units)
        return no_value(model::info(field).name, fmt::format("is {}, out of range", *value));
    return units;
}

Result<std::int64_t> time_at(const RowReader& row, std::size_t column) {
    FLEET_TRY(const auto time, time_or_none(row, column));
    if (!time) return no_value("time", "is missing");
    return *time;
}

Result<std::string> text_at(const RowReader& row, std::size_t column) {
    const auto text = row.text(column);
    if (!text) return no_value("text", "is missing");
    return std::string(*text);
}

Result<Day> day_at(const RowReader& row, std::size_t column) {
    FLEET_TRY(const auto day, row.date(column));
    if (!day || *day < 0 || *day > std::numeric_limits<std::uint16_t>::max())
        return no_value("day", "is missing or out of range");
    return Day{static_cast<std::uint16_t>(*day)};
}

Result<void> decode_row(const RowReader& row, model::Rows& rows) {
    model::Sample sample;
    FLEET_TRY(sample.ts_ms, time_at(row, kRowTs));
    for (const model::FieldInfo& f : model::kFields) {
        FLEET_TRY(const auto value,
                  field_at(row, kRowMeasures + static_cast<std::size_t>(f.field), f.field));
        if (value) sample.set(f.field, *value);
    }
    if (sample.has(Field::lat) != sample.has(Field::lon))
        return no_value("position", "has one coordinate only");
    const auto text = [&](std::size_t column, std::uint32_t bit, std::uint32_t& id) {
        if (const auto cell = row.text(column)) {
            id = rows.texts.intern(*cell);
            sample.mask |= bit;
        }
    };
    text(kRowZone, model::kZoneBit, sample.zone);
    text(kRowAlarm, model::kAlarmBit, sample.alarm);
    FLEET_TRY(const std::string attributes, attributes_at(row, kRowExtra));
    if (!attributes.empty()) {
        sample.attributes = rows.texts.intern(attributes);
        sample.mask |= model::kAttributesBit;
    }
    rows.samples.push_back(sample);
    return {};
}

Result<LatestRow> decode_latest(const RowReader& row) {
    LatestRow out;
    model::Latest& latest = out.latest;
    FLEET_TRY(latest.ts_ms, time_at(row, kLatestTs));
    FLEET_TRY(const auto first, time_or_none(row, kLatestFirstTs));
    if (first) out.first_seen = Timestamp{*first};
    FLEET_TRY(const std::int64_t records, bigint_or_zero(row, kLatestRecords));
    out.records = static_cast<std::uint64_t>(std::max<std::int64_t>(records, 0));
    for (const model::FieldInfo& f : model::kFields) {
        FLEET_TRY(const auto value,
                  field_at(row, kLatestMeasures + static_cast<std::size_t>(f.field), f.field));
        if (!value) continue;
        latest.values[static_cast<std::size_t>(f.field)] = *value;
        latest.mask |= model::bit(f.field);
    }
    if (const auto zone = row.text(kLatestZone)) {
        latest.zone = *zone;
        latest.mask |= model::kZoneBit;
    }
    if (const auto alarm = row.text(kLatestAlarm)) {
        latest.alarm = *alarm;
        latest.mask |= model::kAlarmBit;
    }
    if (latest.has(Field::lat) != latest.has(Field::lon))
        return no_value("newest position", "has one coordinate only");
    for (std::size_t g = 0; g < model::kGroupCount; ++g) {
        FLEET_TRY(const auto ts, time_or_none(row, kLatestGroups + g));
        if (ts) {
            latest.group_ts[g] = *ts;
        } else if ((latest.mask & model::group_mask(static_cast<model::Group>(g))) != 0) {
            // Written by a program that knows the guide's columns only.
            latest.group_ts[g] = latest.ts_ms;
        }
    }
    return out;
}

Result<model::Trip> decode_trip(const RowReader& row) {
    using model::TripEnd;
    using model::TripStart;
    model::Trip trip;
    FLEET_TRY(trip.start_ms, time_at(row, 0));
    FLEET_TRY(trip.end_ms, time_at(row, 1));
    FLEET_TRY(trip.distance_mm, bigint_or_zero(row, 2));
    FLEET_TRY(trip.gap_mm, bigint_or_zero(row, 3));
    FLEET_TRY(trip.max_speed, field_at(row, 4, Field::speed));
    FLEET_TRY(trip.from, point_at(row, 5, "start of a trip"));
    FLEET_TRY(trip.to, point_at(row, 7, "end of a trip"));
    FLEET_TRY(trip.start_reason,
              reason_at(row, 9, {TripStart::distance, TripStart::speed, TripStart::midnight}));
    FLEET_TRY(
        trip.end_reason,
        reason_at(row, 10, {TripEnd::open, TripEnd::stop, TripEnd::silence, TripEnd::midnight}));
    return trip;
}

Result<model::Stop> decode_stop(const RowReader& row) {
    model::Stop stop;
    FLEET_TRY(stop.start_ms, time_at(row, 0));
    FLEET_TRY(stop.end_ms, time_at(row, 1));
    FLEET_TRY(stop.at, point_at(row, 2, "place of a stop"));
    FLEET_TRY(const auto open, row.boolean(4));
    stop.open = open.value_or(false);
    return stop;
}

Result<void> add_hour(const RowReader& row, FleetDay& day) {
    FLEET_TRY(const auto number, row.tinyint(0));
    if (!number || *number < 0 || *number > 23) return no_value("hour", "is none of 0 to 23");
    model::HourStats hour;
    FLEET_TRY(const std::int64_t records, bigint_or_zero(row, 1));
    FLEET_TRY(const std::int32_t active, integer_or_zero(row, 2));
    if (records < 0 || active < 0) return no_value("count of an hour", "is negative");
    hour.records = static_cast<std::uint64_t>(records);
    hour.active_devices = static_cast<std::uint32_t>(active);
    FLEET_TRY(hour.speed, metric_at(row, 3));
    FLEET_TRY(hour.battery, metric_at(row, 7));
    FLEET_TRY(hour.temp, metric_at(row, 11));
    FLEET_TRY(hour.humidity, metric_at(row, 15));
    FLEET_TRY(hour.legs.distance_mm, bigint_or_zero(row, 19));
    FLEET_TRY(hour.legs.gap_mm, bigint_or_zero(row, 20));
    const auto at = static_cast<std::size_t>(*number);
    day.hours[at].add(hour);
    const auto count = [&](std::size_t column, std::uint64_t& into) -> Result<void> {
        FLEET_TRY(const std::int32_t alerts, integer_or_zero(row, column));
        if (alerts < 0) return no_value("number of alerts", "is negative");
        into += static_cast<std::uint64_t>(alerts);
        return {};
    };
    FLEET_TRY_VOID(count(21, day.alerts[at].high));
    FLEET_TRY_VOID(count(22, day.alerts[at].medium));
    FLEET_TRY_VOID(count(23, day.alerts[at].low));
    return {};
}

Result<Alert> decode_alert(const RowReader& row, std::string_view fleet, model::Severity severity) {
    Alert alert;
    alert.fleet = fleet;
    alert.severity = severity;
    FLEET_TRY(alert.start.ms, time_at(row, 0));
    FLEET_TRY(alert.device, text_at(row, 1));
    const auto type = model::rule_type_of(row.text(2).value_or(std::string_view()));
    if (!type) return no_value("alert_type", "is none of the types");
    alert.type = *type;
    FLEET_TRY(alert.rule, text_at(row, 3));
    const auto id = model::AlertId::parse(row.text(4).value_or(std::string_view()));
    if (!id) return no_value("alert_id", "is no id");
    alert.id = *id;
    if (const auto state = row.text(5)) {
        const auto known = alert_state_of(*state);
        if (!known) return no_value("state of an alert", "is none of the states");
        alert.state = *known;
    }
    FLEET_TRY(const auto end, time_or_none(row, 6));
    if (end) alert.end = Timestamp{*end};
    FLEET_TRY(const auto decimals, row.tinyint(9));
    alert.decimals = decimals ? *decimals : model::default_rule(*type).decimals();
    if (alert.decimals < 0 || alert.decimals > 6) return no_value("decimals", "is none of 0 to 6");
    FLEET_TRY(alert.peak, units_at(row, 7, alert.decimals));
    FLEET_TRY(alert.limit, units_at(row, 8, alert.decimals));
    if (row.raw(10) && row.raw(11)) {
        FLEET_TRY(alert.at, point_at(row, 10, "position of an alert"));
    }
    alert.zone = row.text(12).value_or(std::string_view());
    alert.alarm = row.text(13).value_or(std::string_view());
    FLEET_TRY(const auto late, row.boolean(14));
    alert.late = late.value_or(false);
    FLEET_TRY(const auto retracted, row.boolean(15));
    alert.retracted = retracted.value_or(false);
    FLEET_TRY(alert.actions, actions_at(row, 16));
    return alert;
}

}  // namespace fleet::store::cassandra
