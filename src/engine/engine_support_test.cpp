// SPDX-License-Identifier: Apache-2.0
// Not tests themselves: what the engine's tests share, and the naive model that they compare with.
#include "codec/json_writer.hpp"
#include "codec/record_json.hpp"
#include "engine/engine_testing.hpp"
#include "geo/distance.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace fleet::engine::test {

namespace fs = std::filesystem;

TemporaryDirectory::TemporaryDirectory() {
    std::string pattern = (fs::temp_directory_path() / "fleet-engine-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no temporary directory";
    path_ = pattern;
}
TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}
void TemporaryDirectory::copy_to(const fs::path& to) const {
    // Background work (a compaction) may change files under the copy, which a real kill never shows
    // half-done: copy until nothing has moved meanwhile.
    const auto listing = [this] {
        std::string out;
        std::error_code gone;
        for (const auto& file : fs::recursive_directory_iterator(path_, gone))
            out += fmt::format("{} {} {}\n", file.path().string(),
                               file.is_regular_file(gone) ? file.file_size(gone) : 0,
                               file.last_write_time(gone).time_since_epoch().count());
        return out;
    };
    for (int attempt = 0; attempt < 100; ++attempt) {
        const std::string before = listing();
        std::error_code failed;
        fs::remove_all(to);
        fs::copy(path_, to, fs::copy_options::recursive, failed);
        if (!failed && listing() == before) return;
    }
    ADD_FAILURE() << "the directory never stood still";
}

model::Record TestRecord::view() const {
    model::Record r = record;
    r.device = device;
    r.fleet = fleet;
    r.zone = zone;
    r.attributes = attributes;
    return r;
}

std::vector<TestRecord> random_records(std::uint64_t seed, std::size_t count) {
    std::mt19937_64 rng(seed);
    std::vector<TestRecord> out;
    for (std::size_t i = 0; i < count; ++i) {
        TestRecord t;
        const auto device = rng() % 5;
        t.device = fmt::format("V-{}", device);
        t.fleet = device < 3 ? "north" : "south";
        // Two days; now and then a gap; times on a coarse grid so that identities meet.
        t.record.ts.ms = kStart + static_cast<std::int64_t>(rng() % 2) * kMsPerDay +
                         static_cast<std::int64_t>(rng() % 400) * 7'000 +
                         static_cast<std::int64_t>(rng() % 3) * kMsPerHour;
        using model::Field;
        if (rng() % 4 != 0) {
            t.record.set(Field::lat, static_cast<std::int32_t>(48'850'000 + rng() % 3 * 1'000));
            t.record.set(Field::lon, static_cast<std::int32_t>(2'350'000 + rng() % 3 * 1'000));
        }
        if (rng() % 3 != 0)
            t.record.set(Field::speed, static_cast<std::int32_t>(rng() % 3 * 4'000));
        if (rng() % 3 == 0)
            t.record.set(Field::battery, static_cast<std::int32_t>(rng() % 3 * 3'000));
        if (rng() % 4 == 0)
            t.record.set(Field::temp, static_cast<std::int32_t>(rng() % 3 * 100) - 100);
        if (rng() % 4 == 0)
            t.record.set(Field::humidity, static_cast<std::int32_t>(rng() % 2 * 5'000));
        if (rng() % 3 == 0) t.zone = rng() % 2 == 0 ? "zone_a" : "zone_b";
        if (rng() % 5 == 0) t.attributes.push_back({"rpm", static_cast<double>(rng() % 2)});
        out.push_back(std::move(t));
    }
    return out;
}

Batch batch_of(const std::vector<TestRecord>& records, std::size_t from, std::size_t to) {
    Batch batch;
    batch.source = "test";
    for (std::size_t i = from; i < to; ++i) {
        batch.rows.records.push_back(records[i].view());
        batch.rows.indexes.push_back(static_cast<std::uint32_t>(i - from));
    }
    return batch;
}

std::unique_ptr<Engine> open_engine(const fs::path& dir) {
    EngineOptions options;
    options.dir = dir;
    options.retention_days = 0;
    options.checkpoint_interval_ms = 3'600'000;
    options.disk_reserve_bytes = 0;
    options.tail_budget_bytes = 1;  // the smallest tails: many chunks, many merges
    auto engine = Engine::open(options, std::make_shared<SystemClock>());
    if (!engine) {
        ADD_FAILURE() << engine.error().message;
        return nullptr;
    }
    return std::move(engine).value();
}

namespace {

void append_metric(std::string& out, const model::MetricStats& m) {
    out += fmt::format(" {}:{}:{}:{}", m.count, m.sum, m.count == 0 ? 0 : m.min,
                       m.count == 0 ? 0 : m.max);
}

void append_hours(std::string& out, const model::DayHours& hours) {
    for (std::size_t h = 0; h < 24; ++h) {
        const model::HourStats& s = hours[h];
        if (s.records == 0) continue;
        out += fmt::format("  {:02} {} {}", h, s.records, s.active_devices);
        for (const auto* m : {&s.speed, &s.battery, &s.temp, &s.humidity}) append_metric(out, *m);
        out += fmt::format(" {} {}\n", s.legs.distance_mm, s.legs.gap_mm);
    }
}

void append_latest(std::string& out, const model::Latest& latest) {
    out += fmt::format("  latest {}", latest.ts_ms);
    for (const auto ts : latest.group_ts) out += fmt::format(" {}", ts);
    for (std::size_t f = 0; f < model::kFieldCount; ++f)
        if (latest.has(static_cast<model::Field>(f)))
            out += fmt::format(" {}={}", f, latest.values[f]);
    out += fmt::format(" {}|{}\n", latest.zone, latest.alarm);
}

void append_row(std::string& out, const model::Sample& sample, const model::TextPool& texts) {
    codec::JsonWriter json(out);
    codec::append_sample(json, "", "", sample, texts);
    out += "\n";
}

/// Whether each column of [from, to) is that of the rows; else says which is not.
std::string differing_column(const Engine& engine, DeviceHandle handle, Timestamp from,
                             Timestamp to) {
    const auto rows = engine.rows(handle, from, to, 1'000'000, false);
    if (!rows) return rows.error().message;
    for (const model::FieldInfo& field : model::kFields) {
        std::vector<std::pair<std::int64_t, std::int32_t>> want;
        for (const model::Sample& s : rows->samples)
            if (s.has(field.field)) want.emplace_back(s.ts_ms, s.value(field.field));
        std::vector<std::pair<std::int64_t, std::int32_t>> got;
        const auto read = engine.column(
            handle, field.field, from, to,
            [&](std::span<const std::int64_t> ts_ms, std::span<const std::int32_t> values) {
                for (std::size_t i = 0; i < ts_ms.size(); ++i)
                    got.emplace_back(ts_ms[i], values[i]);
            });
        if (!read) return read.error().message;
        if (got != want) return fmt::format("column {} differs from the rows", field.name);
    }
    return {};
}

}  // namespace

std::string tables_of(Engine& engine) {
    std::string out;
    std::vector<std::pair<std::string, int>> fleets = engine.fleets();
    std::sort(fleets.begin(), fleets.end());
    for (const auto& [fleet, retention] : fleets) {
        const auto number = engine.fleet_number(fleet);
        std::map<std::uint16_t, bool> days;
        const auto members = engine.devices_of(*number);  // keeps the list while it is read
        for (const DeviceHandle handle : *members) {
            const DeviceRow row = engine.device(handle);
            out += fmt::format("{} {} rows {} first {} last {}\n", fleet, row.id, row.records,
                               row.first_ms, row.last_ms);
            append_latest(out, engine.latest(handle));
            const Timestamp middle{(row.first_ms + row.last_ms) / 2};
            for (const auto& [from, to] :
                 {std::pair(Timestamp{0}, Timestamp{kMaxMs + 1}), {middle, Timestamp{row.last_ms}}})
                if (const auto why = differing_column(engine, handle, from, to); !why.empty())
                    return "failed: " + why;
            for (const Day day : engine.days_of(handle)) {
                days[day.value] = true;
                out += fmt::format(" day {}\n", day.value);
                auto rows = engine.rows(handle, day.begin(), day.end(), 1'000'000, false);
                if (!rows) return "failed: " + rows.error().message;
                for (const model::Sample& s : rows->samples) append_row(out, s, rows->texts);
                auto hours = engine.device_day(handle, day);
                if (!hours) return "failed: " + hours.error().message;
                append_hours(out, *hours);
            }
        }
        for (const auto& [day, present] : days) {
            auto hours = engine.fleet_day(*number, Day{day});
            if (!hours) return "failed: " + hours.error().message;
            out += fmt::format("{} day {}\n", fleet, day);
            append_hours(out, *hours);
        }
    }
    return out;
}

std::string expected_tables(const std::vector<TestRecord>& records, std::size_t count) {
    struct Device {
        std::map<std::int64_t, model::Rows> rows;
    };
    std::map<std::string, std::map<std::string, Device>> fleets;
    for (std::size_t i = 0; i < count; ++i) {
        const model::Record record = records[i].view();
        model::Rows& stored = fleets[records[i].fleet][records[i].device].rows[record.ts.ms];
        if (stored.empty()) {
            model::append(stored, record);
            continue;
        }
        model::Rows incoming;
        model::append(incoming, record);
        bool changed = false;
        (void)model::merge(stored.samples[0], stored.texts, incoming.samples[0], incoming.texts,
                           changed);
    }
    std::string out;
    for (auto& [fleet, devices] : fleets) {
        std::map<std::uint16_t, model::DayHours> fleet_days;
        for (auto& [id, device] : devices) {
            out += fmt::format("{} {} rows {} first {} last {}\n", fleet, id, device.rows.size(),
                               device.rows.begin()->first, device.rows.rbegin()->first);
            model::Latest latest;
            for (auto& [ts, row] : device.rows) latest.offer(row.samples[0], row.texts);
            append_latest(out, latest);
            std::map<std::uint16_t, std::vector<const model::Rows*>> days;
            for (auto& [ts, row] : device.rows) days[day_of({ts}).value].push_back(&row);
            for (auto& [day, rows] : days) {
                out += fmt::format(" day {}\n", day);
                model::DayHours hours{};
                const model::Sample* last = nullptr;
                for (const model::Rows* row : rows) {
                    const model::Sample& s = row->samples[0];
                    append_row(out, s, row->texts);
                    model::HourStats& hour = hours[static_cast<std::size_t>(hour_of({s.ts_ms}))];
                    ++hour.records;
                    hour.active_devices = 1;
                    using model::Field;
                    if (s.has(Field::speed)) hour.speed.add(s.value(Field::speed));
                    if (s.has(Field::battery)) hour.battery.add(s.value(Field::battery));
                    if (s.has(Field::temp)) hour.temp.add(s.value(Field::temp));
                    if (s.has(Field::humidity)) hour.humidity.add(s.value(Field::humidity));
                    if (!s.has(Field::lat)) continue;
                    if (last != nullptr) {
                        const std::int64_t mm =
                            geo::leg_mm({last->value(Field::lat), last->value(Field::lon)},
                                        {s.value(Field::lat), s.value(Field::lon)});
                        hour.legs.distance_mm += mm;
                        const double kmh = static_cast<double>(mm) * 3.6 /
                                           static_cast<double>(s.ts_ms - last->ts_ms);
                        if (s.ts_ms - last->ts_ms > 600'000 || kmh > 300) hour.legs.gap_mm += mm;
                    }
                    last = &s;
                }
                append_hours(out, hours);
                for (std::size_t h = 0; h < 24; ++h)
                    if (hours[h].records != 0) fleet_days[day][h].add(hours[h]);
            }
        }
        for (auto& [day, hours] : fleet_days) {
            out += fmt::format("{} day {}\n", fleet, day);
            append_hours(out, hours);
        }
    }
    return out;
}

}  // namespace fleet::engine::test
