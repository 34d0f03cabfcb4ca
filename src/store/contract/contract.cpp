// SPDX-License-Identifier: Apache-2.0
#include "store/contract/contract.hpp"

#include <fmt/format.h>

namespace fleet::store::contract {

namespace {

std::string text_of(const model::MetricStats& s) {
    return fmt::format("[sum {} min {} max {} count {}]", s.sum, s.min, s.max, s.count);
}

std::string text_of(const model::LegStats& s) {
    return fmt::format("[{} mm, gap {} mm]", s.distance_mm, s.gap_mm);
}

std::string fields_of(std::uint32_t mask,
                      const std::array<std::int32_t, model::kFieldCount>& values) {
    std::string out;
    for (const model::FieldInfo& f : model::kFields)
        if ((mask & model::bit(f.field)) != 0)
            out += fmt::format(" {}={}", f.name, values[static_cast<std::size_t>(f.field)]);
    return out;
}

std::string number(const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : "none";
}

}  // namespace

void Added::count(AddOutcome::Kind kind) {
    using Kind = AddOutcome::Kind;
    ++(kind == Kind::stored     ? stored
       : kind == Kind::conflict ? conflicts
       : kind == Kind::refused  ? refused
                                : duplicates);
    kinds.push_back(kind);
}

ReaderContract::ReaderContract() : backend_(GetParam().make(clock_)) {}

AddOutcome::Kind ReaderContract::add(const std::string& fleet, model::Record record) {
    record.fleet = fleet;
    const Added added = backend_->add({&record, 1});
    EXPECT_EQ(added.stored + added.duplicates + added.conflicts + added.refused, 1U);
    return added.stored > 0      ? AddOutcome::Kind::stored
           : added.refused > 0   ? AddOutcome::Kind::refused
           : added.conflicts > 0 ? AddOutcome::Kind::conflict
                                 : AddOutcome::Kind::duplicate;
}

void ReaderContract::put(const std::string& fleet, std::vector<model::Record> records) {
    for (model::Record& record : records) record.fleet = fleet;
    backend_->add(records);
}

std::vector<Alert> ReaderContract::alerts_of(const std::string& fleet, const AlertFilter& filter) {
    auto page = reader().alerts(all_, fleet, filter, {Timestamp{0}, Timestamp{kMaxMs}}, {});
    EXPECT_TRUE(page) << page.error().message;
    return page ? std::move(page->items) : std::vector<Alert>();
}

std::string kind_name(const testing::TestParamInfo<BackendKind>& info) { return info.param.name; }

model::Record record_of(std::string_view device, Timestamp ts,
                        std::initializer_list<std::pair<model::Field, std::int32_t>> fields) {
    model::Record record;
    record.device = device;
    record.ts = ts;
    for (const auto& [field, value] : fields) record.set(field, value);
    return record;
}

std::string text_of(const model::Rows& rows) {
    std::string out;
    for (const model::Sample& s : rows.samples) {
        out += fmt::format("{} mask={:x}{}", s.ts_ms, s.mask, fields_of(s.mask, s.values));
        out +=
            fmt::format(" zone='{}' alarm='{}'", rows.texts.text(s.zone), rows.texts.text(s.alarm));
        std::vector<model::Attribute> attributes;
        if (!model::decode_attributes(rows.texts.text(s.attributes), attributes))
            out += " attributes broken";
        for (const model::Attribute& a : attributes) {
            out += fmt::format(" {}:", a.name);
            if (const bool* flag = std::get_if<bool>(&a.value)) out += *flag ? "true" : "false";
            if (const double* n = std::get_if<double>(&a.value)) out += fmt::format("{}", *n);
            if (const auto* text = std::get_if<std::string_view>(&a.value))
                out += fmt::format("'{}'", *text);
        }
        out += '\n';
    }
    return out;
}

std::string text_of(const model::Latest& latest) {
    std::string out = fmt::format("ts {} groups", latest.ts_ms);
    for (const std::int64_t ts : latest.group_ts) out += fmt::format(" {}", ts);
    return out + fields_of(latest.mask, latest.values) +
           fmt::format(" mask={:x} zone='{}' alarm='{}'", latest.mask, latest.zone, latest.alarm);
}

std::string text_of(const std::optional<Timestamp>& time) {
    return time ? format_rfc3339(*time) : "none";
}

std::string text_of(const DeviceInfo& info) {
    const model::DeviceDetails& d = info.details;
    const std::string said = d == model::DeviceDetails()
                                 ? ""
                                 : fmt::format(", '{}' '{}' '{}' '{}'{}", d.name, d.plate, d.model,
                                               d.driver, d.enabled ? "" : " disabled");
    std::string moves;
    for (std::size_t i = 1; i < info.fleets.size(); ++i)
        moves += fmt::format(" to {} on {}", info.fleets[i].fleet, format_day(info.fleets[i].from));
    return fmt::format("{} of {}: {} records from {} to {}{}{}", info.id, info.fleet, info.records,
                       text_of(info.first_seen), text_of(info.last_seen), said, moves);
}

std::string text_of(const LatestOfDevice& latest) {
    return fmt::format("{} of {}: {}", latest.device, latest.fleet, text_of(latest.latest));
}

std::string text_of(const DaySummary& summary) {
    return fmt::format("{} records, speed {}, legs {}, {} trips {} stops {} s moving, retention {}",
                       summary.records, text_of(summary.speed), text_of(summary.legs),
                       summary.trips, summary.stops, summary.moving_s,
                       text_of(summary.retention_from));
}

std::string text_of(const FleetDay& day) {
    std::string out = fmt::format("retention {}\n", text_of(day.retention_from));
    for (std::size_t h = 0; h < day.hours.size(); ++h) {
        const model::HourStats& hour = day.hours[h];
        const SeverityCounts& alerts = day.alerts[h];
        if (hour == model::HourStats{} && alerts == SeverityCounts{}) continue;
        out += fmt::format(
            "{:02}h {} records of {}, speed {} battery {} temp {} humidity {} legs {} alerts {} {} "
            "{}\n",
            h, hour.records, hour.active_devices, text_of(hour.speed), text_of(hour.battery),
            text_of(hour.temp), text_of(hour.humidity), text_of(hour.legs), alerts.high,
            alerts.medium, alerts.low);
    }
    return out;
}

std::string text_of(const Series& series) {
    std::string out = fmt::format("{} by {} s, kept from {}:", model::info(series.metric).name,
                                  series.bucket_s, text_of(series.retention_from));
    for (const SeriesPoint& p : series.points)
        out += fmt::format(" {}: {}–{} sum {} of {};", p.t.ms, p.min, p.max, p.sum, p.count);
    return out + '\n';
}

std::string text_of(const Kpis& kpis) {
    return fmt::format("{} of {} active, speed {}, battery {}, critical {}, retention {}",
                       kpis.active_devices, kpis.devices, number(kpis.avg_speed_kmh),
                       number(kpis.avg_battery_pct),
                       kpis.critical_alerts ? fmt::format("{}", *kpis.critical_alerts) : "none",
                       text_of(kpis.retention_from));
}

std::string text_of(const model::Trip& trip) {
    return fmt::format("trip {}–{} {} mm gap {} max {} {},{} to {},{} {} {}", trip.start_ms,
                       trip.end_ms, trip.distance_mm, trip.gap_mm, trip.max_speed.value_or(-1),
                       trip.from.lat, trip.from.lon, trip.to.lat, trip.to.lon,
                       name_of(trip.start_reason), name_of(trip.end_reason));
}

std::string text_of(const model::Stop& stop) {
    return fmt::format("stop {}–{} {},{}{}", stop.start_ms, stop.end_ms, stop.at.lat, stop.at.lon,
                       stop.open ? " open" : "");
}

std::string text_of(const Alert& alert) {
    const auto units = [](const std::optional<std::int32_t>& value) {
        return value ? fmt::format("{}", *value) : "none";
    };
    return fmt::format(
        "alert {} {} {} {} {} {} {} {}–{} peak {} limit {} e-{} at {} zone '{}' '{}'",
        alert.id.text(), alert.fleet, alert.device, alert.rule, name_of(alert.type),
        name_of(alert.severity), name_of(alert.state), text_of(std::optional(alert.start)),
        text_of(alert.end), units(alert.peak), units(alert.limit), alert.decimals,
        alert.at ? fmt::format("{},{}", alert.at->lat, alert.at->lon) : "none", alert.zone,
        alert.alarm);
}

std::string text_of(const std::vector<FleetInfo>& fleets) {
    std::string out;
    for (const FleetInfo& f : fleets)
        out +=
            fmt::format("{}: {} devices, last {}, keeps {}\n", f.id, f.devices, text_of(f.last_ts),
                        f.retention_days ? fmt::format("{} days", *f.retention_days) : "all");
    return out;
}

}  // namespace fleet::store::contract
