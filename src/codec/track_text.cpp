// SPDX-License-Identifier: Apache-2.0
#include "codec/track_text.hpp"

#include "base/time.hpp"
#include "codec/json_writer.hpp"
#include "codec/number.hpp"
#include "codec/record_json.hpp"

#include <utility>

namespace fleet::codec {

namespace {

using model::Field;

constexpr std::int64_t kGapMs = 10 * kMsPerMinute;

void append_field(std::string& out, const model::Sample& sample, Field field) {
    append_fixed(out, sample.value(field), model::info(field).decimals);
}

}  // namespace

std::optional<TrackFormat> track_format(std::string_view name) noexcept {
    if (name == "geojson") return TrackFormat::geojson;
    if (name == "gpx") return TrackFormat::gpx;
    return std::nullopt;
}

std::string_view media_type(TrackFormat format) noexcept {
    return format == TrackFormat::gpx ? "application/gpx+xml" : "application/geo+json";
}

TrackText::TrackText(TrackFormat format, std::string device, std::string creator)
    : format_(format), device_(std::move(device)), creator_(std::move(creator)) {}

void TrackText::begin(std::string& out) const {
    if (format_ == TrackFormat::geojson) {
        out += "{\"type\":\"FeatureCollection\",\"features\":[";
        return;
    }
    out += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\" creator=\"";
    out += creator_;
    out += "\" xmlns=\"http://www.topografix.com/GPX/1/1\">\n<trk><name>";
    out += device_;
    out += "</name>\n";
}

void TrackText::add(std::string& out, std::span<const model::Sample> samples,
                    const model::TextPool& texts) {
    for (const model::Sample& sample : samples) {
        if (!sample.has(Field::lat) || !sample.has(Field::lon)) {
            ++without_position_;
            continue;
        }
        if (format_ == TrackFormat::geojson) {
            add_feature(out, sample, texts);
        } else {
            add_trackpoint(out, sample);
        }
        last_ms_ = sample.ts_ms;
        ++written_;
    }
}

void TrackText::end(std::string& out) const {
    if (format_ == TrackFormat::geojson) {
        out += "\n]}\n";
    } else {
        out += written_ == 0 ? "</trk>\n</gpx>\n" : "</trkseg>\n</trk>\n</gpx>\n";
    }
}

void TrackText::add_feature(std::string& out, const model::Sample& sample,
                            const model::TextPool& texts) const {
    out += written_ == 0 ? "\n" : ",\n";
    JsonWriter json(out);
    json.begin_object();
    json.member("type", "Feature");
    json.key("geometry");
    json.begin_object();
    json.member("type", "Point");
    json.key("coordinates");
    json.begin_array();
    json.fixed(sample.value(Field::lon), model::info(Field::lon).decimals);
    json.fixed(sample.value(Field::lat), model::info(Field::lat).decimals);
    if (sample.has(Field::altitude))
        json.fixed(sample.value(Field::altitude), model::info(Field::altitude).decimals);
    json.end_array();
    json.end_object();
    json.key("properties");
    json.begin_object();
    json.member("device_id", device_);
    append_sample_members(json, sample, texts, ~(bit(Field::lat) | bit(Field::lon)));
    json.end_object();
    json.end_object();
}

void TrackText::add_trackpoint(std::string& out, const model::Sample& sample) const {
    if (written_ == 0 || sample.ts_ms - last_ms_ > kGapMs)
        out += written_ == 0 ? "<trkseg>\n" : "</trkseg>\n<trkseg>\n";
    out += "<trkpt lat=\"";
    append_field(out, sample, Field::lat);
    out += "\" lon=\"";
    append_field(out, sample, Field::lon);
    out += "\">";
    if (sample.has(Field::altitude)) {
        out += "<ele>";
        append_field(out, sample, Field::altitude);
        out += "</ele>";
    }
    out += "<time>";
    append_rfc3339(out, Timestamp{sample.ts_ms});
    out += "</time></trkpt>\n";
}

}  // namespace fleet::codec
