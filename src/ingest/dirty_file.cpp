// SPDX-License-Identifier: Apache-2.0
#include "ingest/dirty_file.hpp"

#include "base/check.hpp"
#include "ingest/generator.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace fleet::ingest {
namespace {

using model::Reason;

/// Columns of the file.
enum Column : std::size_t {
    kDevice,
    kFleet,
    kTime,
    kLat,
    kLon,
    kAltitude,
    kAccuracy,
    kSatellites,
    kSpeed,
    kHeading,
    kBattery,
    kCharging,
    kFuel,
    kTemp,
    kHumidity,
    kIgnition,
    kOdometer,
    kZone,
    kAlarm,
    kDriver,
    kColumns,
};
constexpr std::array<std::string_view, kColumns> kNames{
    "device_id",   "fleet_id",    "ts",         "lat",       "lon",
    "altitude_m",  "accuracy_m",  "satellites", "speed_kmh", "heading_deg",
    "battery_pct", "charging",    "fuel_pct",   "temp_c",    "humidity_pct",
    "ignition",    "odometer_km", "zone",       "alarm",     "attr.driver"};

/// One row: what it says, as text. `cells` may be more or fewer than the columns where that is the
/// fault.
struct Row {
    std::vector<std::string> cells;
    std::int64_t ts_ms = 0;
};

std::string decimal(std::int64_t value, int decimals) {
    std::string digits = std::to_string(value < 0 ? -value : value);
    if (digits.size() <= static_cast<std::size_t>(decimals))
        digits.insert(0, static_cast<std::size_t>(decimals) + 1 - digits.size(), '0');
    if (decimals > 0) digits.insert(digits.size() - static_cast<std::size_t>(decimals), ".");
    return (value < 0 ? "-" : "") + digits;
}

/// The same instant, written in one of the forms that need no setting.
std::string time_text(std::int64_t ms, std::uint32_t form) {
    std::string text = format_rfc3339({ms});
    switch (form) {
        case 1: return std::to_string(ms);  // epoch ms
        case 2: {                           // another zone
            text = format_rfc3339({ms + kMsPerHour});
            return text.substr(0, text.size() - 1) + "+01:00";
        }
        case 3: text[10] = ' '; return text;
        case 4:
            if (ms % kMsPerSecond == 0) return std::to_string(ms / kMsPerSecond);  // epoch s
            return text;
        default: return text;
    }
}

/// A fault in a cell: what to write, and what it is called.
struct CellFault {
    Reason reason;
    Column column;
    std::string_view text;
};
/// In the order of the checks, so of two in a row the first is named.
constexpr CellFault kCellFaults[] = {
    {Reason::bad_timestamp, kTime, "2026-13-01T00:00:00Z"},
    {Reason::bad_timestamp, kTime, "2026-02-30T12:00:00Z"},
    {Reason::bad_timestamp, kTime, "2026-05-01T25:00:00Z"},
    {Reason::bad_timestamp, kTime, "2026-05-01T12:00:00"},
    {Reason::bad_timestamp, kTime, "yesterday"},
    {Reason::bad_timestamp, kTime, ""},
    {Reason::bad_latitude, kLat, "90.000001"},
    {Reason::bad_latitude, kLat, "-91"},
    {Reason::bad_latitude, kLat, "nan"},
    {Reason::bad_latitude, kLat, "1e309"},
    {Reason::bad_latitude, kLat, "48°51"},
    {Reason::bad_longitude, kLon, "180.5"},
    {Reason::bad_longitude, kLon, "-180.000001"},
    {Reason::bad_longitude, kLon, "east"},
    {Reason::bad_speed, kSpeed, "300.01"},
    {Reason::bad_speed, kSpeed, "410"},
    {Reason::bad_speed, kSpeed, "-1"},
    {Reason::bad_speed, kSpeed, "inf"},
    {Reason::bad_speed, kSpeed, "fast"},
    {Reason::bad_battery, kBattery, "100.01"},
    {Reason::bad_battery, kBattery, "-0.5"},
    {Reason::bad_battery, kBattery, "full"},
    {Reason::bad_fuel, kFuel, "101"},
    {Reason::bad_fuel, kFuel, "-1e3"},
    {Reason::bad_humidity, kHumidity, "150"},
    {Reason::bad_humidity, kHumidity, "wet"},
    {Reason::bad_temp, kTemp, "100.01"},
    {Reason::bad_temp, kTemp, "-60.01"},
    {Reason::bad_temp, kTemp, "NaN"},
    {Reason::bad_heading, kHeading, "360.5"},
    {Reason::bad_heading, kHeading, "-1"},
    {Reason::bad_heading, kHeading, "N"},
    {Reason::bad_altitude, kAltitude, "100001"},
    {Reason::bad_altitude, kAltitude, "high"},
    {Reason::bad_accuracy, kAccuracy, "-1"},
    {Reason::bad_satellites, kSatellites, "256"},
    {Reason::bad_satellites, kSatellites, "-1"},
    {Reason::bad_charging, kCharging, "maybe"},
    {Reason::bad_charging, kCharging, "2"},
    {Reason::bad_ignition, kIgnition, "on fire"},
    {Reason::bad_odometer, kOdometer, "-1"},
    {Reason::bad_odometer, kOdometer, "20000001"},
};
/// Faults of another shape, see plant().
enum class Shape {
    few_cells,
    many_cells,
    stray_quote,
    no_device,
    bad_device,
    long_label,
    long_line,
    bad_utf8,
    future,
    too_old,
    no_lon,
    no_lat,
    null_island,
    long_attribute,
    large_attribute,
    unknown_device
};
constexpr Shape kShapes[] = {
    Shape::few_cells,   Shape::many_cells,     Shape::stray_quote,     Shape::no_device,
    Shape::bad_device,  Shape::long_label,     Shape::long_line,       Shape::bad_utf8,
    Shape::future,      Shape::too_old,        Shape::no_lon,          Shape::no_lat,
    Shape::null_island, Shape::long_attribute, Shape::large_attribute, Shape::unknown_device};

class Maker {
  public:
    explicit Maker(const DirtyFileOptions& options)
        : options_(options), random_(mix(options.seed, 7)) {}

    DirtyFile make() {
        file_.csv = "\xEF\xBB\xBF";
        for (std::size_t c = 0; c < kColumns; ++c)
            file_.csv += (c == 0 ? "" : ",") + std::string(kNames[c]);
        end_line();

        // All good rows lie within the last weeks, inside any retention.
        const std::int64_t rounds = options_.rows / options_.devices + 1;
        const std::int64_t interval =
            std::clamp<std::int64_t>(20 * kMsPerDay / rounds, 1, 30 * kMsPerSecond);
        GeneratorOptions fleet;
        fleet.vehicles = options_.devices;
        fleet.seed = options_.seed;
        fleet.faults = false;
        fleet.to = {options_.now.ms - kMsPerHour};
        fleet.from = {fleet.to.ms - rounds * interval};
        fleet.interval_ms = interval;
        auto generator = Generator::make(fleet);
        FLEET_CHECK(generator.has_value());
        for (std::uint32_t i = 0; i < options_.devices; ++i)
            file_.devices.push_back(generator->device(i));

        model::Record record;
        std::uint32_t good = 0;
        while (good < options_.rows && generator->next(record)) {
            good_row(record);
            ++good;
            if (random_.one_in(12)) plant_next_fault(record);
            write_due();
        }
        while (planted_ < std::size(kCellFaults) + std::size(kShapes)) plant_next_fault(record);
        while (!later_.empty()) write_due(true);
        file_.truth.devices = newest_.size();
        return std::move(file_);
    }

  private:
    /// What a row that waits will be when it comes.
    enum class Kind { stored, duplicate, conflict };

    void good_row(const model::Record& record) {
        const Row row = full_row(record);
        Row first = row;
        const std::uint32_t fate = random_.below(20);
        if (random_.one_in(25)) drop(first, {kLat, kLon, kAltitude, kAccuracy, kSatellites});
        switch (fate) {
            case 0: wait(std::move(first), Kind::stored); return;  // comes late
            case 1:  // again, as it is or written otherwise
                write(first, Kind::stored);
                wait(random_.one_in(2) ? first : rewritten(first), Kind::duplicate);
                return;
            case 2: {  // the second has less, or the first had
                Row less = first;
                drop(less, {kTemp, kHumidity, kSpeed, kHeading});
                if (random_.one_in(2)) std::swap(first, less);
                write(first, Kind::stored);
                wait(std::move(less), Kind::duplicate);
                return;
            }
            case 3: {  // the same time, something else
                Row other = first;
                switch (random_.below(3)) {
                    case 0:
                        other.cells[kSpeed] = decimal(13'000 + random_.between(0, 1'000), 2);
                        break;
                    case 1: other.cells[kBattery] = decimal(random_.between(100, 1'900), 2); break;
                    default: other.cells[kTemp] = decimal(random_.between(-2'000, 1'400), 2); break;
                }
                write(first, Kind::stored);
                wait(std::move(other), Kind::conflict);
                return;
            }
            default: write(first, Kind::stored);
        }
    }

    /// All cells of a record; what the generator does not make is made up here.
    Row full_row(const model::Record& r) {
        using model::Field;
        Row row;
        row.ts_ms = r.ts.ms;
        row.cells.resize(kColumns);
        const auto put = [&](Column column, Field field) {
            row.cells[column] = decimal(r.value(field), model::info(field).decimals);
        };
        row.cells[kDevice] = r.device;
        row.cells[kFleet] = r.fleet;
        row.cells[kTime] = time_text(r.ts.ms, random_.below(20));
        put(kLat, Field::lat);
        put(kLon, Field::lon);
        row.cells[kAltitude] = decimal(random_.between(300, 1'500), 1);
        row.cells[kAccuracy] = decimal(random_.between(10, 90), 1);
        row.cells[kSatellites] = std::to_string(random_.between(5, 14));
        put(kSpeed, Field::speed);
        put(kHeading, Field::heading);
        put(kBattery, Field::battery);
        row.cells[kCharging] = r.value(Field::charging) == 1 ? "true" : "false";
        row.cells[kFuel] = decimal(random_.between(0, 10'000), 2);
        put(kTemp, Field::temp);
        put(kHumidity, Field::humidity);
        row.cells[kIgnition] = r.value(Field::speed) > 0 ? "1" : "0";
        row.cells[kOdometer] = decimal(1'000'000 + (r.ts.ms / 1'000) % 1'000'000, 2);
        row.cells[kZone] = random_.one_in(10) ? "\"" + std::string(r.zone) + ", \"\"near\"\"\""
                                              : std::string(r.zone);
        if (random_.one_in(40)) row.cells[kAlarm] = "sos";
        row.cells[kDriver] = random_.one_in(3) ? "" : "Zoé " + std::to_string(random_.below(9));
        return row;
    }

    Row rewritten(Row row) {
        row.cells[kTime] = time_text(row.ts_ms, 1 + random_.below(4));
        row.cells[kCharging] = row.cells[kCharging] == "true" ? "1" : "0";
        for (const Column c : {kLat, kSpeed, kTemp})
            if (!row.cells[c].empty()) row.cells[c] += "00";
        row.cells[kFleet] = "\"" + row.cells[kFleet] + "\"";
        return row;
    }

    static void drop(Row& row, std::initializer_list<Column> columns) {
        for (const Column c : columns) row.cells[c].clear();
    }

    // ---- faults ----

    /// Each fault in turn, so that all occur.
    void plant_next_fault(const model::Record& record) {
        Row row = full_row(record);
        const std::size_t faults = std::size(kCellFaults) + std::size(kShapes);
        const std::size_t i = planted_ % faults;
        const bool first_round = planted_++ < faults;
        if (i >= std::size(kCellFaults))
            return plant(kShapes[i - std::size(kCellFaults)], std::move(row), first_round);
        const CellFault& fault = kCellFaults[i];
        row.cells[fault.column] = fault.text;
        if (random_.one_in(3)) {
            const CellFault& second =
                kCellFaults[i +
                            random_.below(static_cast<std::uint32_t>(std::size(kCellFaults) - i))];
            if (second.column != fault.column) row.cells[second.column] = second.text;
        }
        reject(row, fault.reason);
    }

    void plant(Shape shape, Row row, bool first_round) {
        std::vector<std::string>& cells = row.cells;
        switch (shape) {
            case Shape::few_cells: cells.pop_back(); return reject(row, Reason::bad_syntax);
            case Shape::many_cells:
                cells.emplace_back("one too many");
                return reject(row, Reason::bad_syntax);
            case Shape::stray_quote:
                cells[kAlarm] = "\"so\"s";
                return reject(row, Reason::bad_syntax);
            case Shape::no_device: cells[kDevice].clear(); return reject(row, Reason::bad_syntax);
            case Shape::bad_device:
                cells[kDevice] = "no id";
                return reject(row, Reason::bad_syntax);
            case Shape::long_label:
                cells[kZone] = std::string(65, 'z');
                return reject(row, Reason::too_large);
            case Shape::long_line:  // once: it is as long as a thousand others
                if (!first_round) return;
                cells[kDriver] = std::string(70'000, 'x');
                return reject(row, Reason::too_large);
            case Shape::bad_utf8: cells[kZone] = "zone_\xFF"; return reject(row, Reason::bad_utf8);
            case Shape::future:
                cells[kTime] = format_rfc3339({options_.now.ms + 400 * kMsPerDay});
                return reject(row, Reason::future_ts);
            case Shape::too_old:
                if (options_.retention_days == 0) return;
                cells[kTime] =
                    format_rfc3339({options_.now.ms - (options_.retention_days + 2) * kMsPerDay});
                return reject(row, Reason::too_old);
            case Shape::no_lon: cells[kLon].clear(); return reject(row, Reason::half_position);
            case Shape::no_lat: cells[kLat].clear(); return reject(row, Reason::half_position);
            case Shape::null_island:
                cells[kLat] = "0.0";
                cells[kLon] = "-0";
                return reject(row, Reason::null_island);
            case Shape::long_attribute:
                cells[kDriver] = std::string(257, 'd');
                return reject(row, Reason::bad_attribute);
            case Shape::large_attribute:
                cells[kDriver] = "1e999";
                return reject(row, Reason::bad_attribute);
            case Shape::unknown_device:
                if (!options_.unknown_devices) return;
                cells[kDevice] = "unknown-" + std::to_string(random_.below(3));
                return reject(row, Reason::unknown_device);
        }
    }

    // ---- writing, and what it counts ----

    void reject(const Row& row, Reason reason) {
        ++file_.truth.read;
        ++file_.truth.rejected;
        ++file_.truth.rejected_by_reason[static_cast<std::size_t>(reason)];
        append(row);
    }

    void write(const Row& row, Kind kind) {
        DirtyTruth& t = file_.truth;
        ++t.read;
        ++(kind == Kind::stored ? t.stored : kind == Kind::duplicate ? t.duplicates : t.conflicts);
        const auto [newest, is_first] = newest_.try_emplace(row.cells[kDevice], row.ts_ms);
        if (row.ts_ms < newest->second) ++t.late;
        newest->second = std::max(newest->second, row.ts_ms);
        append(row);
    }

    void append(const Row& row) {
        bool first = true;
        for (const std::string& cell : row.cells) {
            if (!first) file_.csv += ',';
            file_.csv += cell;
            first = false;
        }
        end_line();
    }
    void end_line() { file_.csv += options_.crlf ? "\r\n" : "\n"; }

    void wait(Row row, Kind kind) { later_.push_back({std::move(row), kind, random_.below(60)}); }

    /// Writes the rows whose turn it is.
    void write_due(bool all = false) {
        for (std::size_t i = 0; i < later_.size();) {
            if (!all && later_[i].rows_to_go-- > 0) {
                ++i;
                continue;
            }
            write(later_[i].row, later_[i].kind);
            later_.erase(later_.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }

    struct Waiting {
        Row row;
        Kind kind;
        std::uint32_t rows_to_go;
    };

    const DirtyFileOptions& options_;
    Random random_;
    DirtyFile file_;
    std::map<std::string, std::int64_t> newest_;  ///< by device
    std::vector<Waiting> later_;
    std::size_t planted_ = 0;
};

}  // namespace

DirtyFile make_dirty_file(const DirtyFileOptions& options) {
    FLEET_CHECK(options.devices >= 1 && options.devices <= 1'000);
    FLEET_CHECK(options.rows >= 1 && options.rows <= 10'000'000);
    FLEET_CHECK(options.retention_days == 0 || options.retention_days > 20);
    FLEET_CHECK(options.now.ms > (options.retention_days + 31) * kMsPerDay);
    return Maker(options).make();
}

std::string to_json(const DirtyTruth& t) {
    std::string reasons;
    for (std::size_t i = 0; i < model::kReasonCount; ++i) {
        if (t.rejected_by_reason[i] == 0) continue;
        reasons += (reasons.empty() ? "\"" : ",\"") +
                   std::string(model::to_string(static_cast<Reason>(i))) +
                   "\":" + std::to_string(t.rejected_by_reason[i]);
    }
    return "{\"read\":" + std::to_string(t.read) + ",\"stored\":" + std::to_string(t.stored) +
           ",\"duplicates\":" + std::to_string(t.duplicates) +
           ",\"conflicts\":" + std::to_string(t.conflicts) + ",\"late\":" + std::to_string(t.late) +
           ",\"rejected\":" + std::to_string(t.rejected) + ",\"rejected_by_reason\":{" + reasons +
           "},\"devices\":" + std::to_string(t.devices) + "}";
}

}  // namespace fleet::ingest
