// SPDX-License-Identifier: Apache-2.0
#include "engine/rows_codec.hpp"

#include "codec/bytes.hpp"

#include <fmt/format.h>

#include <bit>
#include <unordered_map>

namespace fleet::engine {

using codec::ByteReader;
using codec::ByteWriter;

namespace {

constexpr std::uint8_t kVersion = 1;
enum EntryKind : std::uint8_t { kRows = 1, kOperations = 2 };
constexpr std::uint32_t kNumericMask = (1U << model::kFieldCount) - 1;

Failure corrupt(std::string_view what) {
    return fail(Code::corrupt, fmt::format("{} is damaged", what));
}

void write_attributes(ByteWriter& w, std::span<const model::Attribute> attributes) {
    w.text(model::encode_attributes(attributes));
}

void write_metric(ByteWriter& w, const model::MetricStats& m) {
    w.varint(m.count);
    if (m.count == 0) return;
    w.svarint(m.sum);
    w.svarint(m.min);
    w.svarint(m.max);
}
void read_metric(ByteReader& r, model::MetricStats& m) {
    m.count = static_cast<std::uint32_t>(r.varint());
    if (m.count == 0) return;
    m.sum = r.svarint();
    m.min = static_cast<std::int32_t>(r.svarint());
    m.max = static_cast<std::int32_t>(r.svarint());
}

}  // namespace

std::string encode_batch(const Batch& batch, Timestamp received) {
    std::string out;
    out.reserve(64 + batch.rows.records.size() * 48);
    ByteWriter w(out);
    w.u8(kVersion);
    w.u8(kRows);
    w.svarint(received.ms);
    w.text(std::string_view(batch.source).substr(0, 256));
    w.text(batch.default_fleet);

    struct Device {
        std::string_view id;
        std::string_view fleet;
    };
    std::vector<Device> devices;
    std::unordered_map<std::string_view, std::uint32_t> index;
    std::vector<std::uint32_t> device_of(batch.rows.records.size());
    for (std::size_t i = 0; i < batch.rows.records.size(); ++i) {
        const model::Record& r = batch.rows.records[i];
        if (i > 0 && r.device == batch.rows.records[i - 1].device) {
            device_of[i] = device_of[i - 1];
        } else {
            const auto [it, fresh] =
                index.try_emplace(r.device, static_cast<std::uint32_t>(devices.size()));
            if (fresh) devices.push_back({r.device, r.fleet});
            device_of[i] = it->second;
        }
        Device& d = devices[device_of[i]];
        if (d.fleet.empty()) d.fleet = r.fleet;
    }
    w.varint(devices.size());
    for (const Device& d : devices) {
        w.text(d.id);
        w.text(d.fleet);
    }
    w.varint(batch.rows.records.size());
    std::int64_t previous = received.ms;
    for (std::size_t i = 0; i < batch.rows.records.size(); ++i) {
        const model::Record& r = batch.rows.records[i];
        std::uint32_t mask = r.mask & kNumericMask;
        if (!r.zone.empty()) mask |= model::kZoneBit;
        if (!r.alarm.empty()) mask |= model::kAlarmBit;
        if (!r.attributes.empty()) mask |= model::kAttributesBit;
        w.varint(device_of[i]);
        w.svarint(r.ts.ms - previous);
        previous = r.ts.ms;
        w.varint(mask);
        for (std::uint32_t bits = mask & kNumericMask; bits != 0; bits &= bits - 1)
            w.svarint(r.values[static_cast<std::size_t>(std::countr_zero(bits))]);
        if (!r.zone.empty()) w.text(r.zone);
        if (!r.alarm.empty()) w.text(r.alarm);
        if (!r.attributes.empty()) write_attributes(w, r.attributes);
    }
    w.varint(batch.rows.rejects.size());
    for (const model::Reject& r : batch.rows.rejects) {
        w.varint(r.index);
        w.text(model::to_string(r.reason));
        w.text(r.detail);
        w.text(r.raw);
    }
    return out;
}

namespace {

/// Bits that say which members of a device change are there; kOn is the value of the last.
enum ChangeBit : std::uint8_t {
    kName = 1,
    kPlate = 2,
    kModel = 4,
    kDriver = 8,
    kSaid = 16,
    kOn = 32
};

void encode_devices(ByteWriter& w, const std::vector<model::DeviceChange>& devices) {
    w.varint(devices.size());
    for (const model::DeviceChange& d : devices) {
        w.text(d.id);
        w.text(d.fleet);
        w.u8(static_cast<std::uint8_t>((d.name ? kName : 0) | (d.plate ? kPlate : 0) |
                                       (d.model ? kModel : 0) | (d.driver ? kDriver : 0) |
                                       (d.enabled ? kSaid : 0) |
                                       (d.enabled.value_or(false) ? kOn : 0)));
        for (const auto* text : {&d.name, &d.plate, &d.model, &d.driver})
            if (*text) w.text(**text);
    }
}

Result<void> decode_devices(ByteReader& r, std::vector<model::DeviceChange>& devices) {
    const std::uint64_t count = r.varint();
    if (count > r.left()) return corrupt("a journal entry");
    devices.reserve(count);
    for (std::uint64_t i = 0; i < count && r.ok(); ++i) {
        model::DeviceChange& d = devices.emplace_back();
        d.id = std::string(r.text());
        d.fleet = std::string(r.text());
        const unsigned bits = r.u8();
        if ((bits & kName) != 0) d.name = std::string(r.text());
        if ((bits & kPlate) != 0) d.plate = std::string(r.text());
        if ((bits & kModel) != 0) d.model = std::string(r.text());
        if ((bits & kDriver) != 0) d.driver = std::string(r.text());
        if ((bits & kSaid) != 0) d.enabled = (bits & kOn) != 0;
    }
    return {};
}

/// The part of an operation that only some kinds have.
std::string encode_change(const AdminOperation& op) {
    std::string out;
    ByteWriter w(out);
    if (op.kind == AdminOperation::Kind::change_rule) {
        const RuleBook::Change& c = op.rule_change;
        w.u8(static_cast<std::uint8_t>(c.kind));
        w.text(c.kind == RuleBook::Change::Kind::put_rule   ? encode_rule(c.rule)
               : c.kind == RuleBook::Change::Kind::put_zone ? encode_zone(c.zone)
                                                            : c.name);
        w.u8(c.recompute_from_ms ? 1 : 0);
        if (c.recompute_from_ms) w.svarint(*c.recompute_from_ms);
    } else if (op.kind == AdminOperation::Kind::act_on_alert ||
               op.kind == AdminOperation::Kind::alert_notified) {
        w.u64(op.alert.high);
        w.u64(op.alert.low);
        w.u8(static_cast<std::uint8_t>(op.action.kind));
        w.text(op.action.who);
        w.text(op.action.text);
    } else if (op.kind == AdminOperation::Kind::erase) {
        w.u8(op.period ? 1 : 0);
        if (op.period) {
            w.svarint(op.period->from.ms);
            w.svarint(op.period->to.ms);
        }
    } else if (op.kind == AdminOperation::Kind::change_devices) {
        encode_devices(w, op.devices);
    }
    return out;
}

Result<void> decode_change(std::string_view bytes, AdminOperation& op) {
    ByteReader r(bytes);
    if (op.kind == AdminOperation::Kind::change_rule) {
        RuleBook::Change& c = op.rule_change;
        const std::uint8_t kind = r.u8();
        if (kind > 3) return corrupt("a journal entry");
        c.kind = static_cast<RuleBook::Change::Kind>(kind);
        const std::string_view what = r.text();
        if (c.kind == RuleBook::Change::Kind::put_rule) {
            FLEET_TRY(c.rule, decode_rule(what));
        } else if (c.kind == RuleBook::Change::Kind::put_zone) {
            FLEET_TRY(c.zone, decode_zone(what));
        } else {
            c.name = std::string(what);
        }
        if (r.u8() != 0) c.recompute_from_ms = r.svarint();
    } else if (op.kind == AdminOperation::Kind::act_on_alert ||
               op.kind == AdminOperation::Kind::alert_notified) {
        op.alert.high = r.u64();
        op.alert.low = r.u64();
        op.action.kind = static_cast<AlertAction::Kind>(r.u8());
        op.action.who = std::string(r.text());
        op.action.text = std::string(r.text());
    } else if (op.kind == AdminOperation::Kind::erase) {
        if (r.u8() != 0) {
            ErasePeriod period;
            period.from.ms = r.svarint();
            period.to.ms = r.svarint();
            op.period = period;
        }
    } else if (op.kind == AdminOperation::Kind::change_devices) {
        FLEET_TRY_VOID(decode_devices(r, op.devices));
    }
    if (!r.done()) return corrupt("a journal entry");
    return {};
}

}  // namespace

std::string encode_operations(const std::vector<AdminOperation>& operations, Timestamp received) {
    std::string out;
    ByteWriter w(out);
    w.u8(kVersion);
    w.u8(kOperations);
    w.svarint(received.ms);
    w.varint(operations.size());
    for (const AdminOperation& op : operations) {
        w.u8(static_cast<std::uint8_t>(op.kind));
        w.text(op.id);
        w.text(op.fleet);
        w.svarint(op.days);
        w.varint(op.quarantine_id);
        w.text(encode_change(op));
    }
    return out;
}

namespace {

Result<void> decode_rows(ByteReader& r, DecodedEntry& entry) {
    Batch& batch = entry.batch;
    batch.source = std::string(r.text());
    batch.default_fleet = std::string(r.text());
    const std::uint64_t device_count = r.varint();
    if (device_count > r.left()) return corrupt("a journal entry");
    std::vector<std::pair<std::string_view, std::string_view>> devices;
    devices.reserve(device_count);
    for (std::uint64_t i = 0; i < device_count; ++i) {
        const std::string_view id = r.text();
        devices.emplace_back(id, r.text());
    }
    const std::uint64_t rows = r.varint();
    if (rows > r.left()) return corrupt("a journal entry");
    batch.rows.records.reserve(rows);
    std::int64_t previous = entry.received.ms;
    std::vector<model::Attribute> attributes;
    for (std::uint64_t i = 0; i < rows && r.ok(); ++i) {
        model::Record record;
        const std::uint64_t device = r.varint();
        if (device >= devices.size()) return corrupt("a journal entry");
        record.device = devices[device].first;
        record.fleet = devices[device].second;
        record.ts.ms = previous + r.svarint();
        previous = record.ts.ms;
        const auto mask = static_cast<std::uint32_t>(r.varint());
        for (std::uint32_t bits = mask & kNumericMask; bits != 0; bits &= bits - 1)
            record.set(static_cast<model::Field>(std::countr_zero(bits)),
                       static_cast<std::int32_t>(r.svarint()));
        if ((mask & model::kZoneBit) != 0) record.zone = r.text();
        if ((mask & model::kAlarmBit) != 0) record.alarm = r.text();
        if ((mask & model::kAttributesBit) != 0) {
            if (!model::decode_attributes(r.text(), attributes)) return corrupt("a journal entry");
            record.attributes = batch.rows.arena.copy(attributes);
        }
        batch.rows.records.push_back(record);
        batch.rows.indexes.push_back(static_cast<std::uint32_t>(i));
    }
    const std::uint64_t rejects = r.varint();
    if (rejects > r.left()) return corrupt("a journal entry");
    for (std::uint64_t i = 0; i < rejects && r.ok(); ++i) {
        model::Reject reject;
        reject.index = static_cast<std::uint32_t>(r.varint());
        const auto reason = model::reason_of(r.text());
        if (!reason) return corrupt("a journal entry");
        reject.reason = *reason;
        reject.detail = std::string(r.text());
        reject.raw = std::string(r.text());
        batch.rows.rejects.push_back(std::move(reject));
    }
    return {};
}

}  // namespace

Result<DecodedEntry> decode_entry(std::string_view bytes) {
    ByteReader r(bytes);
    DecodedEntry entry;
    if (const auto version = r.u8(); version != kVersion)
        return fail(Code::unsupported,
                    fmt::format("a journal entry has version {}, this program reads {}", version,
                                kVersion));
    const std::uint8_t kind = r.u8();
    entry.received.ms = r.svarint();
    if (kind == kRows) {
        FLEET_TRY_VOID(decode_rows(r, entry));
    } else if (kind == kOperations) {
        const std::uint64_t count = r.varint();
        if (count > r.left()) return corrupt("a journal entry");
        for (std::uint64_t i = 0; i < count && r.ok(); ++i) {
            AdminOperation op;
            const std::uint8_t op_kind = r.u8();
            if (op_kind > static_cast<std::uint8_t>(AdminOperation::Kind::move_device))
                return corrupt("a journal entry");
            op.kind = static_cast<AdminOperation::Kind>(op_kind);
            op.id = std::string(r.text());
            op.fleet = std::string(r.text());
            op.days = r.svarint();
            op.quarantine_id = r.varint();
            FLEET_TRY_VOID(decode_change(r.text(), op));
            entry.operations.push_back(std::move(op));
        }
    } else {
        return corrupt("a journal entry");
    }
    if (!r.done()) return corrupt("a journal entry");
    return entry;
}

std::string encode_day_row(const DayRow& row) {
    std::string out;
    ByteWriter w(out);
    w.u8(kVersion);
    std::uint32_t hours = 0;
    for (std::size_t h = 0; h < 24; ++h)
        if (row.result.hours[h].records != 0) hours |= 1U << h;
    w.varint(hours);
    for (std::size_t h = 0; h < 24; ++h) {
        const model::HourStats& hour = row.result.hours[h];
        if (hour.records == 0) continue;
        w.varint(hour.records);
        write_metric(w, hour.speed);
        write_metric(w, hour.battery);
        write_metric(w, hour.temp);
        write_metric(w, hour.humidity);
        w.svarint(hour.legs.distance_mm);
        w.svarint(hour.legs.gap_mm);
    }
    std::string part;
    fold::encode_trips(row.result.trips, part);
    w.text(part);
    part.clear();
    fold::encode_stops(row.result.stops, part);
    w.text(part);
    part.clear();
    fold::encode_alerts(row.result.alerts, part);
    w.text(part);
    part.clear();
    row.state.encode(part);
    w.text(part);
    return out;
}

Result<DayRow> decode_day_row(std::string_view bytes) {
    ByteReader r(bytes);
    DayRow row;
    if (r.u8() != kVersion) return corrupt("a device-day row");
    const std::uint64_t hours = r.varint();
    for (std::size_t h = 0; h < 24; ++h) {
        if ((hours >> h & 1) == 0) continue;
        model::HourStats& hour = row.result.hours[h];
        hour.records = r.varint();
        hour.active_devices = 1;
        read_metric(r, hour.speed);
        read_metric(r, hour.battery);
        read_metric(r, hour.temp);
        read_metric(r, hour.humidity);
        hour.legs.distance_mm = r.svarint();
        hour.legs.gap_mm = r.svarint();
    }
    FLEET_TRY(row.result.trips, fold::decode_trips(r.text()));
    FLEET_TRY(row.result.stops, fold::decode_stops(r.text()));
    FLEET_TRY(row.result.alerts, fold::decode_alerts(r.text()));
    FLEET_TRY(row.state, fold::DeviceState::decode(r.text()));
    if (!r.done()) return corrupt("a device-day row");
    return row;
}

std::string encode_device(const DevicePersistent& d) {
    std::string out;
    ByteWriter w(out);
    w.u8(kVersion);
    w.text(d.id);
    w.varint(d.fleet);
    w.varint(d.applied_sequence);
    w.varint(d.stored);
    w.varint(d.duplicates);
    w.varint(d.conflicts);
    w.varint(d.late);
    w.varint(d.rows);
    w.svarint(d.first_ms);
    w.svarint(d.last_ms);
    w.svarint(d.latest.ts_ms);
    for (const std::int64_t ts : d.latest.group_ts) w.svarint(ts);
    w.varint(d.latest.mask);
    for (std::uint32_t bits = d.latest.mask & kNumericMask; bits != 0; bits &= bits - 1)
        w.svarint(d.latest.values[static_cast<std::size_t>(std::countr_zero(bits))]);
    w.text(d.latest.zone);
    w.text(d.latest.alarm);
    w.varint(d.days.size());
    std::uint16_t previous = 0;
    for (const Day day : d.days) {
        w.varint(static_cast<std::uint64_t>(day.value - previous));
        previous = day.value;
    }
    w.varint(d.rules_epoch);
    w.text(d.base_state);
    w.varint(d.heard_s);
    w.varint(d.silences.all().size());
    for (const Silence& s : d.silences.all()) {
        w.svarint(s.since_ms);
        w.svarint(s.start_ms);
        w.svarint(s.open() ? -1 : s.end_ms);
        w.varint(s.rule);
        w.svarint(s.limit_s);
    }
    w.varint(d.erased);
    w.u8(static_cast<std::uint8_t>((d.details ? 1 : 0) | (d.moves.empty() ? 0 : 2)));
    if (!d.moves.empty()) {
        w.varint(d.moves.size());
        for (const Membership& m : d.moves) {
            w.varint(m.from.value);
            w.varint(m.fleet);
        }
    }
    if (d.details) {
        w.text(d.details->name);
        w.text(d.details->plate);
        w.text(d.details->model);
        w.text(d.details->driver);
        w.u8(d.details->enabled ? 1 : 0);
    }
    return out;
}

Result<DevicePersistent> decode_device(std::string_view bytes) {
    ByteReader r(bytes);
    DevicePersistent d;
    if (r.u8() != kVersion) return corrupt("a device row");
    d.id = std::string(r.text());
    d.fleet = static_cast<std::uint32_t>(r.varint());
    d.applied_sequence = r.varint();
    d.stored = r.varint();
    d.duplicates = r.varint();
    d.conflicts = r.varint();
    d.late = r.varint();
    d.rows = r.varint();
    d.first_ms = r.svarint();
    d.last_ms = r.svarint();
    d.latest.ts_ms = r.svarint();
    for (std::int64_t& ts : d.latest.group_ts) ts = r.svarint();
    d.latest.mask = static_cast<std::uint32_t>(r.varint());
    for (std::uint32_t bits = d.latest.mask & kNumericMask; bits != 0; bits &= bits - 1)
        d.latest.values[static_cast<std::size_t>(std::countr_zero(bits))] =
            static_cast<std::int32_t>(r.svarint());
    d.latest.zone = std::string(r.text());
    d.latest.alarm = std::string(r.text());
    const std::uint64_t days = r.varint();
    if (days > 65'536) return corrupt("a device row");
    std::uint64_t day = 0;
    for (std::uint64_t i = 0; i < days && r.ok(); ++i) {
        day += r.varint();
        if (day > 65'535) return corrupt("a device row");
        d.days.push_back(Day{static_cast<std::uint16_t>(day)});
    }
    d.rules_epoch = r.varint();
    d.base_state = std::string(r.text());
    if (r.ok() && r.left() > 0) {  // rows of earlier versions end here
        d.heard_s = static_cast<std::uint32_t>(r.varint());
        std::vector<Silence> silences;
        const std::uint64_t count = r.varint();
        for (std::uint64_t i = 0; i < count && r.ok(); ++i) {
            Silence& s = silences.emplace_back();
            s.since_ms = r.svarint();
            s.start_ms = r.svarint();
            const std::int64_t end_ms = r.svarint();
            s.end_ms = end_ms < 0 ? kSilent : end_ms;
            s.rule = static_cast<std::uint32_t>(r.varint());
            s.limit_s = static_cast<std::int32_t>(r.svarint());
        }
        d.silences.set(std::move(silences));
    }
    if (r.left() != 0) d.erased = r.varint();
    const unsigned more = r.left() != 0 ? r.u8() : 0U;
    if ((more & 2U) != 0) {
        const std::uint64_t count = r.varint();
        for (std::uint64_t i = 0; i < count && r.ok(); ++i) {
            const std::uint64_t from = r.varint();
            if (from > 65'535) return corrupt("a device row");
            d.moves.push_back(
                {Day{static_cast<std::uint16_t>(from)}, static_cast<std::uint32_t>(r.varint())});
        }
        if (d.moves.empty()) return corrupt("a device row");
    }
    if ((more & 1U) != 0) {
        model::DeviceDetails details;
        details.name = std::string(r.text());
        details.plate = std::string(r.text());
        details.model = std::string(r.text());
        details.driver = std::string(r.text());
        details.enabled = r.u8() != 0;
        d.details = std::make_shared<const model::DeviceDetails>(std::move(details));
    }
    if (!r.done()) return corrupt("a device row");
    return d;
}

std::string encode_fleet(std::string_view id, int retention_days) {
    std::string out;
    ByteWriter w(out);
    w.u8(kVersion);
    w.text(id);
    w.svarint(retention_days);
    return out;
}

Result<std::pair<std::string, int>> decode_fleet(std::string_view bytes) {
    ByteReader r(bytes);
    if (r.u8() != kVersion) return corrupt("a fleet row");
    std::string id(r.text());
    const auto days = static_cast<int>(r.svarint());
    if (!r.done()) return corrupt("a fleet row");
    return std::pair{std::move(id), days};
}

std::string encode_quarantined(const QuarantineEntry& e) {
    std::string out;
    ByteWriter w(out);
    w.u8(kVersion);
    w.svarint(e.received.ms);
    w.text(e.source);
    w.varint(e.index);
    w.text(e.reason);
    w.text(e.detail);
    w.text(e.raw);
    return out;
}

Result<QuarantineEntry> decode_quarantined(std::uint64_t id, std::string_view bytes) {
    ByteReader r(bytes);
    QuarantineEntry e;
    e.id = id;
    if (r.u8() != kVersion) return corrupt("a quarantine entry");
    e.received.ms = r.svarint();
    e.source = std::string(r.text());
    e.index = static_cast<std::uint32_t>(r.varint());
    e.reason = std::string(r.text());
    e.detail = std::string(r.text());
    e.raw = std::string(r.text());
    if (!r.done()) return corrupt("a quarantine entry");
    return e;
}

}  // namespace fleet::engine
