// SPDX-License-Identifier: Apache-2.0
#include "codec/decode_options.hpp"

#include "codec/target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace fleet::codec {

namespace {

/// Edit distance (Levenshtein) of two short texts.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

std::string_view without_compression(std::string_view name) noexcept {
    for (const std::string_view ending : {".gz", ".zst", ".zstd"})
        if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
    return name;
}

/// One entry of --map, split at commas that no backslash protects.
std::vector<std::string_view> split_entries(std::string_view text) {
    std::vector<std::string_view> entries;
    std::size_t from = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size() && text[i] == '\\') {
            ++i;
        } else if (i == text.size() || text[i] == ',') {
            entries.push_back(text.substr(from, i - from));
            from = i + 1;
        }
    }
    if (from < text.size()) entries.push_back(text.substr(from));  // ends in a lone backslash
    return entries;
}

std::vector<std::string> split_sources(std::string_view text) {
    std::vector<std::string> sources(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            sources.back().push_back(text[++i]);
        } else if (text[i] == '+') {
            sources.emplace_back();
        } else {
            sources.back().push_back(text[i]);
        }
    }
    return sources;
}

Failure bad_entry(std::string_view entry, std::string_view why) {
    return fail(Code::invalid_argument,
                fmt::format("--map \"{}\": {}; write column=field, such as latitude=lat, "
                            "Date+Time=ts, route=attr:route or note=-",
                            entry, why));
}

Result<ColumnMapping> parse_entry(std::string_view entry) {
    const std::size_t equals = entry.rfind('=');
    if (equals == std::string_view::npos) return bad_entry(entry, "there is no \"=\"");
    ColumnMapping m;
    m.sources = split_sources(entry.substr(0, equals));
    std::string_view target = entry.substr(equals + 1);
    const std::size_t star = target.rfind('*');
    if (star != std::string_view::npos && !target.starts_with("attr:")) {
        m.factor = parse_factor(target.substr(star + 1));
        if (!m.factor)
            return bad_entry(entry, "the factor after \"*\" must be a positive decimal number");
        target = target.substr(0, star);
    }
    m.target = target;
    const auto known = target_of(target);
    if (!known)
        return bad_entry(entry, fmt::format("\"{}\" is no field (nearest: {})", target,
                                            nearest_columns(target)));
    if (m.factor && known->kind != Target::Kind::number)
        return bad_entry(entry, "only a number can have a factor");
    if (m.sources.size() > 1 && known->kind != Target::Kind::time)
        return bad_entry(entry, "only ts can be joined from several columns");
    return m;
}

}  // namespace

Result<Format> parse_format(std::string_view text) {
    if (text == "csv") return Format::csv;
    if (text == "ndjson") return Format::ndjson;
    if (text == "json") return Format::json_array;
    if (text == "influx") return Format::influx;
    return fail(Code::invalid_argument,
                fmt::format("\"{}\" is no format: use csv, ndjson, json or influx", text));
}

std::optional<Format> format_of_name(std::string_view file_name) noexcept {
    const std::string_view name = without_compression(file_name);
    struct Ending {
        std::string_view text;
        Format format;
    };
    static constexpr Ending kEndings[] = {{".csv", Format::csv},         {".tsv", Format::csv},
                                          {".ndjson", Format::ndjson},   {".jsonl", Format::ndjson},
                                          {".json", Format::json_array}, {".lp", Format::influx},
                                          {".influx", Format::influx},   {".line", Format::influx}};
    for (const Ending& e : kEndings)
        if (name.ends_with(e.text)) return e.format;
    return std::nullopt;
}

Format detect_format(std::string_view first_bytes) noexcept {
    if (first_bytes.starts_with("\xEF\xBB\xBF")) first_bytes.remove_prefix(3);
    while (!first_bytes.empty() &&
           std::string_view(" \t\r\n").find(first_bytes.front()) != std::string_view::npos)
        first_bytes.remove_prefix(1);
    if (first_bytes.starts_with('{')) return Format::ndjson;
    if (first_bytes.starts_with('[')) return Format::json_array;
    // A line of the line protocol has a blank and, before it or after it, name=value; a CSV header
    // has no '='.
    const std::string_view line = first_bytes.substr(0, first_bytes.find('\n'));
    const std::size_t blank = line.find(' ');
    if (blank != std::string_view::npos && line.find('=', blank) != std::string_view::npos)
        return Format::influx;
    return Format::csv;
}

Result<SpeedUnit> parse_speed_unit(std::string_view text) {
    if (text == "kmh") return SpeedUnit::kmh;
    if (text == "mph") return SpeedUnit::mph;
    if (text == "mps") return SpeedUnit::mps;
    if (text == "knots") return SpeedUnit::knots;
    return fail(Code::invalid_argument,
                fmt::format("\"{}\" is no speed unit: use kmh, mph, mps or knots", text));
}

Factor factor_of(SpeedUnit unit) noexcept {
    switch (unit) {
        case SpeedUnit::kmh: return {};
        case SpeedUnit::mph: return {1'609'344, -6};
        case SpeedUnit::mps: return {36, -1};
        case SpeedUnit::knots: return {1'852, -3};
    }
    return {};
}

Result<InfluxPrecision> parse_precision(std::string_view text) {
    if (text == "ns") return InfluxPrecision::ns;
    if (text == "us") return InfluxPrecision::us;
    if (text == "ms") return InfluxPrecision::ms;
    if (text == "s") return InfluxPrecision::s;
    return fail(Code::invalid_argument,
                fmt::format("\"{}\" is no precision: use ns, us, ms or s", text));
}

Result<std::vector<ColumnMapping>> parse_column_map(std::string_view text) {
    std::vector<ColumnMapping> map;
    if (text.empty()) return map;
    for (const std::string_view entry : split_entries(text)) {
        FLEET_TRY(ColumnMapping mapping, parse_entry(entry));
        map.push_back(std::move(mapping));
    }
    return map;
}

const std::vector<std::string_view>& known_columns() {
    static const std::vector<std::string_view> kColumns = [] {
        std::vector<std::string_view> columns{"device_id", "fleet_id", "ts"};
        for (const model::FieldInfo& f : model::kFields) columns.push_back(f.name);
        columns.insert(columns.end(), {"zone", "alarm"});
        return columns;
    }();
    return kColumns;
}

std::string nearest_columns(std::string_view name, std::size_t count) {
    std::string lower(name.substr(0, 64));
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    // A column that begins as the name does ("latitude" and "lat") is nearer than any other.
    const auto cost = [&](std::string_view column) {
        const std::string_view stem = column.substr(0, column.find('_'));
        const bool related = lower.size() >= 2 && (lower.find(stem) != std::string::npos ||
                                                   column.find(lower) != std::string_view::npos);
        return distance(lower, column) + (related ? 0 : 100);
    };
    std::vector<std::string_view> columns = known_columns();
    std::stable_sort(columns.begin(), columns.end(),
                     [&](std::string_view a, std::string_view b) { return cost(a) < cost(b); });
    std::string out;
    for (std::size_t i = 0; i < std::min(count, columns.size()); ++i)
        out += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", columns[i]);
    return out;
}

}  // namespace fleet::codec
