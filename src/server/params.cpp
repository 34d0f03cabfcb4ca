// SPDX-License-Identifier: Apache-2.0
#include "server/params.hpp"

#include "model/field.hpp"
#include "model/record.hpp"
#include "model/rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

namespace fleet::server {

namespace {

Result<Timestamp> time_value(std::string_view name, std::string text) {
    if (const auto day = parse_day(text)) return day->begin();
    // A '+' of a zone offset reads as a blank in a query when it was not percent-encoded.
    if (const std::size_t blank = text.rfind(' '); blank != std::string::npos && blank > 10)
        text[blank] = '+';
    if (const auto time = parse_rfc3339(text)) return *time;
    return fail(
        Code::invalid_argument,
        fmt::format("'{}' must be a time with zone such as 2026-11-25T07:08:09Z, or a date", name));
}

/// A whole number from 1, clamped to `most`; nothing when absent.
Result<std::optional<std::size_t>> count_value(const Target& target, std::string_view name,
                                               std::size_t most) {
    const std::string* text = target.parameter(name);
    if (text == nullptr) return std::optional<std::size_t>();
    std::uint64_t count = 0;
    const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), count);
    if (ec == std::errc::result_out_of_range) count = most;
    const bool whole = ec != std::errc::invalid_argument && end == text->data() + text->size();
    if (!whole || count == 0)
        return fail(Code::invalid_argument,
                    fmt::format("'{}' must be a whole number from 1", name));
    return std::optional(static_cast<std::size_t>(std::min<std::uint64_t>(count, most)));
}

/// The value of a parameter by its name; nothing when absent.
template <class Enum, std::size_t Count>
Result<std::optional<Enum>> choice(const Target& target, std::string_view parameter,
                                   const std::array<Enum, Count>& values) {
    const std::string* text = target.parameter(parameter);
    if (text == nullptr) return std::optional<Enum>();
    std::vector<std::string_view> names;
    for (const Enum value : values) {
        if (name_of(value) == *text) return std::optional(value);
        names.push_back(name_of(value));
    }
    return fail(Code::invalid_argument,
                fmt::format("'{}' must be one of {}", parameter, fmt::join(names, ", ")));
}

}  // namespace

Result<std::optional<Day>> day_parameter(const Target& target) {
    const std::string* text = target.parameter("day");
    if (text == nullptr) return std::optional<Day>();
    if (const auto day = parse_day(*text)) return day;
    return fail(Code::invalid_argument,
                "'day' must be a date such as 2026-11-25 (1970-01-01 to 2149-06-06)");
}

Result<store::TimeRange> range_parameter(const Target& target) {
    const std::string* from = target.parameter("from");
    const std::string* to = target.parameter("to");
    FLEET_TRY(const std::optional<Day> day, day_parameter(target));
    if (day) {
        if (from != nullptr || to != nullptr)
            return fail(Code::invalid_argument, "give either 'day' or 'from' and 'to', not both");
        return store::TimeRange{day->begin(), day->end()};
    }
    store::TimeRange range{Timestamp{0}, Timestamp{kMaxMs + 1}};
    if (from != nullptr) {
        FLEET_TRY(range.from, time_value("from", *from));
    }
    if (to != nullptr) {
        FLEET_TRY(range.to, time_value("to", *to));
    }
    if (range.from > range.to) return fail(Code::invalid_argument, "'from' is after 'to'");
    return range;
}

Result<std::optional<Timestamp>> time_parameter(const Target& target, std::string_view name) {
    const std::string* text = target.parameter(name);
    if (text == nullptr) return std::optional<Timestamp>();
    FLEET_TRY(const Timestamp time, time_value(name, *text));
    return std::optional(time);
}

Result<std::optional<Timestamp>> instant_parameter(const Target& target, Timestamp now) {
    FLEET_TRY(const std::optional<Day> day, day_parameter(target));
    FLEET_TRY(std::optional<Timestamp> at, time_parameter(target, "at"));
    if (day && at) return fail(Code::invalid_argument, "give either 'day' or 'at', not both");
    if (day) at = Timestamp{day->end().ms - 1};
    if (at && *at >= now) at.reset();
    return at;
}

Result<store::PageRequest> page_parameter(const Target& target) {
    store::PageRequest page;
    FLEET_TRY(const auto limit, count_value(target, "limit", store::kMaxLimit));
    page.limit = limit.value_or(page.limit);
    if (const std::string* cursor = target.parameter("cursor")) page.cursor = *cursor;
    return page;
}

Result<model::Field> metric_parameter(const Target& target) {
    std::vector<std::string_view> metrics;
    for (const model::FieldInfo& f : model::kFields)
        if (store::is_series_metric(f.field)) metrics.push_back(f.name);
    const std::string* name = target.parameter("metric");
    if (name == nullptr)
        return fail(Code::invalid_argument, fmt::format("'metric' is missing; it must be one of {}",
                                                        fmt::join(metrics, ", ")));
    const auto field = model::field_of(*name);
    if (field && store::is_series_metric(*field)) return *field;
    if (field)
        return fail(Code::invalid_argument,
                    fmt::format("'{}' has no mean, so it is no metric; 'metric' must be one of {}",
                                *name, fmt::join(metrics, ", ")));
    const std::string_view near = nearest(*name, metrics);
    return fail(Code::invalid_argument,
                fmt::format("unknown metric '{}'{}", *name,
                            near.empty() ? fmt::format("; known are: {}", fmt::join(metrics, ", "))
                                         : fmt::format("; did you mean '{}'?", near)));
}

Result<std::size_t> points_parameter(const Target& target) {
    FLEET_TRY(const auto points, count_value(target, "points", store::kMaxPoints));
    return points.value_or(store::kDefaultPoints);
}

Result<store::Order> order_parameter(const Target& target) {
    const std::string* text = target.parameter("order");
    if (text == nullptr || *text == "desc") return store::Order::newest_first;
    if (*text == "asc") return store::Order::oldest_first;
    return fail(Code::invalid_argument, "'order' must be asc or desc");
}

Result<ListFormat> format_parameter(const Target& target) {
    const std::string* text = target.parameter("format");
    if (text == nullptr || *text == "json") return ListFormat::json;
    if (*text == "csv") return ListFormat::csv;
    return fail(Code::invalid_argument, "'format' must be json or csv");
}

Result<std::uint32_t> fields_parameter(const Target& target) {
    const std::string* text = target.parameter("fields");
    if (text == nullptr) return ~0U;
    std::uint32_t mask = 0;
    for (std::string_view rest = *text;;) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        const std::string_view name = rest.substr(0, end);
        if (const auto field = model::field_of(name)) {
            mask |= model::bit(*field);
        } else if (name == "zone") {
            mask |= model::kZoneBit;
        } else if (name == "alarm") {
            mask |= model::kAlarmBit;
        } else if (name == "attributes") {
            mask |= model::kAttributesBit;
        } else if (name != "ts" && name != "device_id") {  // those two are always there
            std::vector<std::string_view> known{"zone", "alarm", "attributes", "ts", "device_id"};
            for (const model::FieldInfo& f : model::kFields) known.push_back(f.name);
            const std::string_view near = nearest(name, known);
            return fail(Code::invalid_argument,
                        fmt::format("unknown field '{}' in 'fields'{}", name,
                                    near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
        }
        if (end == rest.size()) return mask;
        rest.remove_prefix(end + 1);
    }
}

Result<store::AlertFilter> alert_filter(const Target& target) {
    store::AlertFilter filter;
    FLEET_TRY(filter.severity, choice(target, "severity",
                                      std::array{model::Severity::high, model::Severity::medium,
                                                 model::Severity::low}));
    std::array<model::RuleType, model::kRuleTypeCount> types{};
    for (std::size_t i = 0; i < types.size(); ++i) types[i] = static_cast<model::RuleType>(i);
    FLEET_TRY(filter.type, choice(target, "type", types));
    FLEET_TRY(filter.state, choice(target, "state", store::kAlertStates));
    if (const std::string* device = target.parameter("device")) {
        if (!model::is_valid_id(*device))
            return fail(Code::invalid_argument,
                        "'device' must be 1 to 64 characters of A-Z a-z 0-9 . _ : -");
        filter.device = *device;
    }
    if (const std::string* text = target.parameter("retracted")) {
        if (*text != "true" && *text != "false")
            return fail(Code::invalid_argument, "'retracted' must be true or false");
        filter.retracted = *text == "true";
    }
    return filter;
}

}  // namespace fleet::server
