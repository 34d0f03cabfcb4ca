// SPDX-License-Identifier: Apache-2.0
#include "server/render_series.hpp"

#include <fmt/format.h>

#include <iterator>

namespace fleet::server {

namespace {

/// In the unit of the metric's name. The sum is exact; it is rounded once here, and to 6 decimals
/// when it is written.
double mean_of(const store::SeriesPoint& point, int decimals) {
    double scale = static_cast<double>(point.count);
    for (int i = 0; i < decimals; ++i) scale *= 10;
    return static_cast<double>(point.sum) / scale;
}

}  // namespace

void write_series(codec::JsonWriter& json, const store::Series& series) {
    const model::FieldInfo& metric = model::info(series.metric);
    json.begin_object();
    json.member("metric", metric.name);
    json.member_integer("bucket_s", series.bucket_s);
    json.key("points");
    json.begin_array();
    for (const store::SeriesPoint& point : series.points) {
        json.begin_object();
        json.member_time("t", point.t);
        json.member_fixed("min", point.min, metric.decimals);
        json.member_fixed("max", point.max, metric.decimals);
        json.member_real("mean", mean_of(point, metric.decimals));
        json.key("count");
        json.unsigned_integer(point.count);
        json.end_object();
    }
    json.end_array();
    if (series.retention_from) json.member_time("retention_from", *series.retention_from);
    json.end_object();
}

void write_series_csv(std::string& out, const store::Series& series) {
    const int decimals = model::info(series.metric).decimals;
    out += "t,min,max,mean,count\n";
    for (const store::SeriesPoint& point : series.points) {
        append_rfc3339(out, point.t);
        out += ',';
        codec::append_fixed(out, point.min, decimals);
        out += ',';
        codec::append_fixed(out, point.max, decimals);
        out += ',';
        codec::append_real(out, mean_of(point, decimals));
        fmt::format_to(std::back_inserter(out), ",{}\n", point.count);
    }
}

}  // namespace fleet::server
