// SPDX-License-Identifier: Apache-2.0
#include "server/scan_route.hpp"

#include "base/suggest.hpp"
#include "codec/json_writer.hpp"
#include "codec/number.hpp"
#include "codec/record_csv.hpp"
#include "codec/record_json.hpp"
#include "server/params.hpp"
#include "server/problem.hpp"
#include "server/render.hpp"
#include "server/responses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

namespace fleet::server {

namespace {

using codec::JsonWriter;
using store::Compare;

struct Operator {
    std::string_view text;
    Compare compare;
};
/// Longer ones first: `<=` begins with `<`.
constexpr Operator kOperators[] = {{"<=", Compare::at_most},
                                   {">=", Compare::at_least},
                                   {"<", Compare::below},
                                   {">", Compare::above},
                                   {"=", Compare::equal}};

Failure wrong(std::string_view part, std::string_view why) {
    return fail(Code::invalid_argument,
                fmt::format("'where' has '{}': {}; write for example speed_kmh>90,battery_pct<=20",
                            part, why));
}

Result<store::ScanCondition> parse_condition(std::string_view part) {
    const std::size_t at = part.find_first_of("<>=");
    if (at == std::string_view::npos) return wrong(part, "a condition needs one of < <= = >= >");
    const std::string_view name = part.substr(0, at);
    const auto field = model::field_of(name);
    if (!field) {
        std::vector<std::string_view> known;
        for (const model::FieldInfo& f : model::kFields) known.push_back(f.name);
        return wrong(part, fmt::format("no field is called '{}'{}; there are {}", name,
                                       did_you_mean(name, known), fmt::join(known, ", ")));
    }
    const Operator* found = nullptr;
    for (const Operator& op : kOperators)
        if (found == nullptr && part.substr(at).starts_with(op.text)) found = &op;
    const model::FieldInfo& info = model::info(*field);
    std::string_view number = part.substr(at + found->text.size());
    if (info.boolean && number == "true") number = "1";
    if (info.boolean && number == "false") number = "0";
    const auto value = codec::parse_scaled(number, info.decimals);
    if (!value) return wrong(part, fmt::format("'{}' is no number", number));
    if (value->above != 0)
        return wrong(part, fmt::format("{} is stored with {} decimals, so no more can be compared",
                                       info.name, info.decimals));
    if (value->rounded < info.min || value->rounded > info.max)
        return wrong(part, fmt::format("{} is never {}", info.name, number));
    return store::ScanCondition{*field, found->compare, static_cast<std::int32_t>(value->rounded)};
}

Response rows_response(const store::ScanPage& page, std::uint32_t fields, ListFormat format) {
    std::string body;
    std::vector<model::Attribute> scratch;
    if (format == ListFormat::json) {
        JsonWriter json(body);
        json.begin_object();
        json.key("items");
        json.begin_array();
        for (const store::DeviceRows& device : page.devices)
            for (const model::Sample& sample : device.rows.samples)
                codec::append_sample(json, device.device, {}, sample, device.rows.texts, fields);
        end_list(json, page.next, page.retention_from);
        return json_response(std::move(body));
    }
    codec::CsvColumns columns;
    columns.fleet = false;
    columns.fields = fields;
    if ((fields & model::kAttributesBit) != 0) {
        std::set<std::string, std::less<>> names;
        for (const store::DeviceRows& device : page.devices)
            for (const model::Sample& sample : device.rows.samples)
                if (model::decode_attributes(device.rows.texts.text(sample.attributes), scratch))
                    for (const model::Attribute& attribute : scratch) names.emplace(attribute.name);
        columns.attributes.assign(names.begin(), names.end());
    }
    codec::append_csv_header(body, columns);
    for (const store::DeviceRows& device : page.devices)
        for (const model::Sample& sample : device.rows.samples)
            codec::append_csv_row(body, device.device, {}, sample, device.rows.texts, columns,
                                  scratch);
    return csv_response(std::move(body), page.next);
}

double mean_of(const model::MetricStats& values, int decimals) {
    double scale = values.count;
    for (int i = 0; i < decimals; ++i) scale *= 10;
    return static_cast<double>(values.sum) / scale;
}

Response days_response(const store::Page<store::ScanDay>& page, model::Field metric,
                       ListFormat format) {
    const int decimals = model::info(metric).decimals;
    std::string body;
    if (format == ListFormat::json) {
        JsonWriter json(body);
        json.begin_object();
        json.key("items");
        json.begin_array();
        for (const store::ScanDay& day : page.items) {
            json.begin_object();
            json.member("device_id", day.device);
            json.member("day", format_day(day.day));
            json.member_fixed("min", day.values.min, decimals);
            json.member_fixed("max", day.values.max, decimals);
            json.member_real("mean", mean_of(day.values, decimals));
            json.key("count");
            json.unsigned_integer(day.values.count);
            json.end_object();
        }
        end_list(json, page.next, page.retention_from);
        return json_response(std::move(body));
    }
    body = "device_id,day,min,max,mean,count\n";
    for (const store::ScanDay& day : page.items) {
        fmt::format_to(std::back_inserter(body), "{},{},", day.device, format_day(day.day));
        codec::append_fixed(body, day.values.min, decimals);
        body += ',';
        codec::append_fixed(body, day.values.max, decimals);
        body += ',';
        codec::append_real(body, mean_of(day.values, decimals));
        fmt::format_to(std::back_inserter(body), ",{}\n", day.values.count);
    }
    return csv_response(std::move(body), page.next);
}

}  // namespace

Result<std::vector<store::ScanCondition>> parse_where(std::string_view text) {
    std::vector<store::ScanCondition> conditions;
    for (std::string_view rest = text;;) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        FLEET_TRY(conditions.emplace_back(), parse_condition(rest.substr(0, end)));
        if (conditions.size() > store::kMaxConditions)
            return fail(Code::invalid_argument,
                        fmt::format("'where' has more than {} conditions", store::kMaxConditions));
        if (end == rest.size()) return conditions;
        rest.remove_prefix(end + 1);
    }
}

Result<ReadTask> plan_scan(const std::string& fleet, const Target& target,
                           const model::FleetScope& scope) {
    store::ScanRequest request;
    FLEET_TRY(request.range, range_parameter(target));
    if (const std::string* where = target.parameter("where")) {
        FLEET_TRY(request.where, parse_where(*where));
    }
    FLEET_TRY(const store::PageRequest page, page_parameter(target));
    FLEET_TRY(const std::uint32_t fields, fields_parameter(target));
    FLEET_TRY(const ListFormat format, format_parameter(target));
    std::optional<model::Field> metric;
    if (target.parameter("metric") != nullptr) {
        FLEET_TRY(metric, metric_parameter(target));
        if (target.parameter("fields") != nullptr)
            return fail(Code::invalid_argument, "give either 'metric' or 'fields', not both");
    }
    return ReadTask([=](store::FleetReader& reader) {
        if (metric) {
            const auto days = reader.scan_days(scope, fleet, request, *metric, page);
            return days ? days_response(*days, *metric, format) : problem(days.error());
        }
        const auto rows = reader.scan(scope, fleet, request, page);
        return rows ? rows_response(*rows, fields, format) : problem(rows.error());
    });
}

}  // namespace fleet::server
