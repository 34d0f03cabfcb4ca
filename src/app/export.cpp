// SPDX-License-Identifier: Apache-2.0
#include "app/commands.hpp"
#include "app/out_file.hpp"
#include "app/output.hpp"
#include "app/read_source.hpp"
#include "base/check.hpp"
#include "codec/json_writer.hpp"
#include "codec/record_csv.hpp"
#include "codec/record_json.hpp"
#include "codec/track_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>

namespace fleet::app {

namespace {

/// Writes the records of one device in one form. start, then every page in ascending order, then
/// end.
class TrackWriter {
  public:
    TrackWriter(OutFile& out, std::string device, std::string fleet)
        : out_(out), device_(std::move(device)), fleet_(std::move(fleet)) {}
    virtual ~TrackWriter() = default;
    virtual Result<void> start() { return {}; }
    virtual Result<void> add(const store::HistoryPage& page) = 0;
    virtual Result<void> end() { return {}; }
    [[nodiscard]] std::uint64_t written() const noexcept { return written_; }
    [[nodiscard]] std::uint64_t without_position() const noexcept { return without_position_; }

  protected:
    OutFile& out_;
    std::string device_;
    std::string fleet_;
    std::string text_;
    std::uint64_t written_ = 0;
    std::uint64_t without_position_ = 0;
};

class CsvTrack final : public TrackWriter {
  public:
    CsvTrack(OutFile& out, std::string device, std::string fleet, codec::CsvColumns columns)
        : TrackWriter(out, std::move(device), std::move(fleet)), columns_(std::move(columns)) {}
    Result<void> start() override {
        codec::append_csv_header(text_, columns_);
        return out_.write(std::exchange(text_, {}));
    }
    Result<void> add(const store::HistoryPage& page) override {
        text_.clear();
        for (const model::Sample& sample : page.rows.samples)
            codec::append_csv_row(text_, device_, fleet_, sample, page.rows.texts, columns_,
                                  scratch_);
        written_ += page.rows.size();
        return out_.write(text_);
    }

  private:
    codec::CsvColumns columns_;
    std::vector<model::Attribute> scratch_;
};

class NdjsonTrack final : public TrackWriter {
  public:
    using TrackWriter::TrackWriter;
    Result<void> add(const store::HistoryPage& page) override {
        text_.clear();
        for (const model::Sample& sample : page.rows.samples) {
            codec::JsonWriter json(text_);
            codec::append_sample(json, device_, fleet_, sample, page.rows.texts);
            text_.push_back('\n');
        }
        written_ += page.rows.size();
        return out_.write(text_);
    }
};

/// GeoJSON or GPX.
class PlacedTrack final : public TrackWriter {
  public:
    PlacedTrack(OutFile& out, const std::string& device, codec::TrackFormat format)
        : TrackWriter(out, device, {}),
          track_(format, device, fmt::format("Fleet Tracing {}", version())) {}
    Result<void> start() override {
        track_.begin(text_);
        return out_.write(std::exchange(text_, {}));
    }
    Result<void> add(const store::HistoryPage& page) override {
        text_.clear();
        track_.add(text_, page.rows.samples, page.rows.texts);
        written_ = track_.written();
        without_position_ = track_.without_position();
        return out_.write(text_);
    }
    Result<void> end() override {
        text_.clear();
        track_.end(text_);
        return out_.write(text_);
    }

  private:
    codec::TrackText track_;
};

/// A CSV header comes before the rows, so what they hold has to be known.
Result<codec::CsvColumns> columns_of(ReadSource& source, const std::string& device,
                                     store::TimeRange range) {
    codec::CsvColumns columns;
    columns.fields = 0;
    std::set<std::string, std::less<>> names;
    std::vector<model::Attribute> attributes;
    FLEET_TRY_VOID(
        source.history(device, range, [&](const store::HistoryPage& page) -> Result<void> {
            for (const model::Sample& sample : page.rows.samples) {
                columns.fields |= sample.mask & ~model::kAttributesBit;
                if (sample.attributes == 0) continue;
                FLEET_CHECK(
                    model::decode_attributes(page.rows.texts.text(sample.attributes), attributes));
                for (const model::Attribute& a : attributes) names.emplace(a.name);
            }
            return {};
        }));
    columns.attributes.assign(names.begin(), names.end());
    return columns;
}

Result<std::unique_ptr<TrackWriter>> make_writer(const std::string& format, OutFile& out,
                                                 ReadSource& source, const std::string& device,
                                                 const std::string& fleet, store::TimeRange range) {
    using Writer = std::unique_ptr<TrackWriter>;
    if (format == "ndjson") return Writer(std::make_unique<NdjsonTrack>(out, device, fleet));
    if (const auto track = codec::track_format(format))
        return Writer(std::make_unique<PlacedTrack>(out, device, *track));
    FLEET_TRY(auto columns, columns_of(source, device, range));
    return Writer(std::make_unique<CsvTrack>(out, device, fleet, std::move(columns)));
}

}  // namespace

Result<ExitCode> run_export(const CommandContext& context) {
    const ReadOptions& options = context.invocation.read;
    const bool json = context.invocation.common.output == Output::json;
    if (json && options.out == "-")
        return fail(Code::invalid_argument,
                    "--json tells what was written, so it needs --out FILE");
    const Timestamp now = SystemClock().now();
    store::TimeRange range{{0}, {kMaxMs}};
    if (!options.from.empty())
        range.from = parse_time_argument(options.from, now).value_or(range.from);
    if (!options.to.empty()) range.to = parse_time_argument(options.to, now).value_or(range.to);

    FLEET_TRY(const auto source, open_read_source(context.config, options));
    FLEET_TRY(const std::string about, source->get("devices/" + options.device));
    const auto document = nlohmann::json::parse(about, nullptr, false);
    if (!document.is_object()) return fail(Code::corrupt, "the server's answer is no device");
    const std::string fleet = document.value("fleet_id", std::string());

    FLEET_TRY(const auto out, OutFile::create(options.out));
    FLEET_TRY(const auto writer,
              make_writer(options.format, *out, *source, options.device, fleet, range));
    FLEET_TRY_VOID(writer->start());
    FLEET_TRY_VOID(source->history(
        options.device, range, [&](const store::HistoryPage& page) { return writer->add(page); }));
    FLEET_TRY_VOID(writer->end());
    FLEET_TRY_VOID(out->finish());
    if (writer->without_position() > 0)
        say(fmt::format("{} records without a position are left out of {}",
                        grouped(writer->without_position()), options.format));
    if (json) {
        std::string text;
        codec::JsonWriter result(text);
        result.begin_object();
        result.member("device_id", options.device);
        result.member("file", options.out);
        result.member("format", options.format);
        result.key("records");
        result.unsigned_integer(writer->written());
        result.end_object();
        print(text + "\n");
    } else if (options.out != "-") {
        say(fmt::format("{}: {} records", options.out, grouped(writer->written())));
    }
    return ExitCode::ok;
}

}  // namespace fleet::app
