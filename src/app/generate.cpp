// SPDX-License-Identifier: Apache-2.0
#include "app/commands.hpp"
#include "app/out_file.hpp"
#include "app/output.hpp"
#include "app/stop_signal.hpp"
#include "codec/decode_options.hpp"
#include "codec/json_writer.hpp"
#include "codec/record_csv.hpp"
#include "codec/record_json.hpp"
#include "ingest/dirty_file.hpp"
#include "ingest/generator.hpp"

#include <fmt/format.h>

namespace fleet::app {

namespace {

using model::Field;

/// Fields that the generator fills, in the order of a file.
constexpr std::uint32_t kGenerated = bit(Field::lat) | bit(Field::lon) | bit(Field::speed) |
                                     bit(Field::heading) | bit(Field::battery) |
                                     bit(Field::charging) | bit(Field::temp) |
                                     bit(Field::humidity) | model::kZoneBit;

struct Columns {
    std::uint32_t fields = kGenerated;
    bool fleet = true;
};

Result<Columns> parse_fields(std::string_view text) {
    if (text.empty()) return Columns{};
    Columns columns{0, false};
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        const std::string_view name = text.substr(0, comma);
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
        const auto field = model::field_of(name);
        if (field && (kGenerated & bit(*field)) != 0) {
            columns.fields |= bit(*field);
        } else if (name == "zone") {
            columns.fields |= model::kZoneBit;
        } else if (name == "fleet_id") {
            columns.fleet = true;
        } else if (name != "device_id" && name != "ts") {
            return fail(Code::invalid_argument,
                        fmt::format("--fields: '{}' is none of the fields that are generated; the "
                                    "nearest known: {}",
                                    name, codec::nearest_columns(name)));
        }
    }
    return columns;
}

/// A record a line, in the form that the file's name asks for.
class RecordFile {
  public:
    RecordFile(OutFile& out, bool ndjson, Columns columns)
        : out_(out), ndjson_(ndjson), columns_(columns) {
        csv_.fleet = columns.fleet;
        csv_.fields = columns.fields;
    }
    Result<void> start() {
        if (!ndjson_) codec::append_csv_header(text_, csv_);
        return flush(0);
    }
    Result<void> add(const model::Record& record) {
        rows_.clear();
        const model::Sample& sample = model::append(rows_, record);
        const std::string_view fleet = columns_.fleet ? record.fleet : std::string_view();
        if (ndjson_) {
            codec::JsonWriter json(text_);
            codec::append_sample(json, record.device, fleet, sample, rows_.texts, columns_.fields);
            text_.push_back('\n');
        } else {
            codec::append_csv_row(text_, record.device, fleet, sample, rows_.texts, csv_, scratch_);
        }
        return flush(kBlock);
    }
    Result<void> end() { return flush(0); }

  private:
    static constexpr std::size_t kBlock = 64 << 10;
    Result<void> flush(std::size_t above) {
        if (text_.size() < above) return {};
        auto done = out_.write(text_);
        text_.clear();
        return done;
    }

    OutFile& out_;
    bool ndjson_;
    Columns columns_;
    codec::CsvColumns csv_;
    std::string text_;
    model::Rows rows_;
    std::vector<model::Attribute> scratch_;
};

Result<void> write_truth(const std::filesystem::path& path,
                         const std::vector<ingest::Anomaly>& truth) {
    FLEET_TRY(const auto out, OutFile::create(path));
    for (const ingest::Anomaly& anomaly : truth)
        FLEET_TRY_VOID(out->write(ingest::to_json(anomaly) + "\n"));
    return out->finish();
}

bool is_ndjson(std::filesystem::path path) {
    if (path.extension() == ".gz" || path.extension() == ".zst") path = path.stem();
    return path.extension() == ".ndjson" || path.extension() == ".jsonl";
}

ingest::GeneratorOptions generator_options(const GenerateOptions& options, Timestamp from,
                                           Timestamp to) {
    ingest::GeneratorOptions wanted;
    wanted.vehicles = static_cast<std::uint32_t>(options.vehicles);
    wanted.from = from;
    wanted.to = to;
    wanted.interval_ms = options.interval_ms;
    wanted.seed = options.seed;
    if (!options.fleet.empty()) wanted.fleets = {options.fleet};
    wanted.device_prefix = options.device_prefix;
    wanted.moving_share = options.moving_share;
    wanted.faults = options.anomalies;
    return wanted;
}

void report(const CommandContext& context, std::uint64_t records, std::int64_t vehicles,
            std::string_view extra, std::uint64_t extra_count) {
    const std::string file = context.invocation.generate.out.string();
    if (context.invocation.common.output != Output::json) {
        say(fmt::format("{}: {} records of {} vehicles, {} {}", file, grouped(records),
                        grouped(static_cast<std::uint64_t>(vehicles)), grouped(extra_count),
                        extra));
        return;
    }
    std::string text;
    codec::JsonWriter result(text);
    result.begin_object();
    result.member("file", file);
    result.key("records");
    result.unsigned_integer(records);
    result.member_integer("vehicles", vehicles);
    result.key(extra);
    result.unsigned_integer(extra_count);
    result.end_object();
    print(text + "\n");
}

/// A file with faults of every kind; its truth is what loading it once must count.
Result<ExitCode> generate_dirty(const CommandContext& context, Timestamp from, Timestamp to) {
    const GenerateOptions& options = context.invocation.generate;
    constexpr std::int64_t kMaxDevices = 1'000;
    constexpr std::int64_t kMaxRows = 10'000'000;
    constexpr std::int64_t kMinRetention = 21;
    const std::int64_t rows = (to.ms - from.ms) / options.interval_ms * options.vehicles;
    if (options.vehicles > kMaxDevices || rows < 1 || rows > kMaxRows)
        return fail(
            Code::invalid_argument,
            fmt::format(
                "--dirty makes 1 to {} rows of at most {} vehicles, not {} of {}; change --from, "
                "--interval or --vehicles",
                kMaxRows, kMaxDevices, rows, options.vehicles));
    if (is_ndjson(options.out))
        return fail(Code::invalid_argument,
                    "--dirty makes CSV; give --out a name that ends in .csv, .csv.gz or .csv.zst");
    const std::int64_t retention = context.config.integer(Key::retention_days);
    if (retention != 0 && retention < kMinRetention)
        return fail(Code::invalid_argument,
                    fmt::format("--dirty needs retention.days of {} or more, or 0", kMinRetention));
    ingest::DirtyFileOptions wanted;
    wanted.now = to;
    wanted.seed = options.seed;
    wanted.devices = static_cast<std::uint32_t>(options.vehicles);
    wanted.rows = static_cast<std::uint32_t>(rows);
    wanted.retention_days = static_cast<int>(retention);
    const ingest::DirtyFile dirty = ingest::make_dirty_file(wanted);
    FLEET_TRY(const auto out, OutFile::create(options.out));
    FLEET_TRY_VOID(out->write(dirty.csv));
    FLEET_TRY_VOID(out->finish());
    if (options.truth) {
        FLEET_TRY(const auto truth, OutFile::create(*options.truth));
        FLEET_TRY_VOID(truth->write(to_json(dirty.truth) + "\n"));
        FLEET_TRY_VOID(truth->finish());
    }
    report(context, dirty.truth.read, options.vehicles, "rejected", dirty.truth.rejected);
    return ExitCode::ok;
}

}  // namespace

Result<ExitCode> run_generate(const CommandContext& context) {
    const GenerateOptions& options = context.invocation.generate;
    const bool json = context.invocation.common.output == Output::json;
    if (json && options.out == "-")
        return fail(Code::invalid_argument,
                    "--json tells what was written, so it needs --out FILE");
    const Timestamp now = SystemClock().now();
    const Timestamp from = parse_time_argument(options.from, now).value_or(now);
    const Timestamp to = parse_time_argument(options.to, now).value_or(now);
    if (from >= to)
        return fail(Code::invalid_argument, fmt::format("--from {} is not before --to {}",
                                                        format_rfc3339(from), format_rfc3339(to)));
    if (options.dirty) return generate_dirty(context, from, to);
    FLEET_TRY(const Columns columns, parse_fields(options.fields));
    FLEET_TRY(auto generator, ingest::Generator::make(generator_options(options, from, to)));

    const StopSignal stop;
    FLEET_TRY(const auto out, OutFile::create(options.out));
    RecordFile file(*out, is_ndjson(options.out), columns);
    FLEET_TRY_VOID(file.start());
    Progress progress("generating");
    std::uint64_t records = 0;
    model::Record record;
    constexpr std::uint64_t kLookEvery = 10'000;
    while (generator.next(record)) {
        FLEET_TRY_VOID(file.add(record));
        if (++records % kLookEvery != 0) continue;
        if (stop.requested()) {
            progress.clear();
            say("interrupted; no file was written");
            return ExitCode::interrupted;
        }
        progress.update(
            static_cast<double>(record.ts.ms - from.ms) / static_cast<double>(to.ms - from.ms),
            grouped(records) + " records");
    }
    progress.clear();
    FLEET_TRY_VOID(file.end());
    FLEET_TRY_VOID(out->finish());
    const std::vector<ingest::Anomaly> truth = generator.truth();
    if (options.truth) FLEET_TRY_VOID(write_truth(*options.truth, truth));

    report(context, records, options.vehicles, "anomalies", truth.size());
    return ExitCode::ok;
}

}  // namespace fleet::app
