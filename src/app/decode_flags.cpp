// SPDX-License-Identifier: Apache-2.0
#include "app/decode_flags.hpp"

#include "codec/time_zone.hpp"
#include "codec/timestamp.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace fleet::app {

namespace {

Result<codec::TimeZone> read_time_zone(const std::string& text) {
    auto fixed = codec::parse_fixed_zone(text);
    if (fixed) return std::move(fixed).value();
    const auto unknown = [&](std::string_view why) {
        return fail(
            Code::invalid_argument,
            fmt::format("--time-zone '{}' {}; write UTC, +02:00 or a name such as Europe/Paris",
                        text, why));
    };
    if (!codec::is_zone_name(text)) return unknown("is no time zone");
    const char* const set = std::getenv("TZDIR");
    const std::string path =
        fmt::format("{}/{}", set != nullptr ? set : "/usr/share/zoneinfo", text);
    std::ifstream in(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    if (!in || bytes.str().empty())
        return unknown(fmt::format("is not in this machine's zone database ({})", path));
    auto rules = codec::parse_tzif(bytes.str());
    if (!rules) return unknown(fmt::format("cannot be read: {}", rules.error().message));
    return codec::TimeZone(std::move(rules).value());
}

}  // namespace

Result<DecodePlan> plan_decoding(const DecodeOptions& flags, const Config& config) {
    DecodePlan plan;
    if (flags.format != "auto") {
        FLEET_TRY(plan.format, codec::parse_format(flags.format));
    }
    if (!flags.map.empty()) {
        auto map = codec::parse_column_map(flags.map);
        if (!map) return fail(map.error().within("--map"));
        plan.options.map = std::move(map).value();
    }
    FLEET_TRY(plan.options.speed_unit, codec::parse_speed_unit(flags.speed_unit));
    if (!flags.time_zone.empty()) {
        FLEET_TRY(plan.options.time_zone, read_time_zone(flags.time_zone));
    }
    if (!flags.time_format.empty()) {
        const auto parser = codec::TimeParser::make(flags.time_format, plan.options.time_zone);
        if (!parser) return fail(parser.error().within("--time-format"));
        plan.options.time_format = flags.time_format;
    }
    plan.options.max_line = static_cast<std::size_t>(config.integer(Key::ingest_max_line));
    return plan;
}

bool is_plain(const DecodeOptions& flags) {
    return flags.map.empty() && flags.speed_unit == "kmh" && flags.time_zone.empty() &&
           flags.time_format.empty();
}

}  // namespace fleet::app
