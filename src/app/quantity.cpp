// SPDX-License-Identifier: Apache-2.0
#include "app/quantity.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace fleet::app {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t factor;
};

constexpr std::int64_t kYearMs = 366LL * 86'400'000;
constexpr std::array<Unit, 5> kDurations{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 13> kSizes{{
    {"GiB", 1LL << 30},
    {"MiB", 1LL << 20},
    {"KiB", 1LL << 10},
    {"TiB", 1LL << 40},
    {"B", 1},
    {"GB", 1'000'000'000},
    {"MB", 1'000'000},
    {"kB", 1'000},
    {"KB", 1'000},
    {"G", 1LL << 30},
    {"M", 1LL << 20},
    {"K", 1LL << 10},
    {"k", 1LL << 10},
}};

/// Number and unit of "12.5ms"; nothing when the number is missing or negative.
std::optional<std::pair<double, std::string_view>> split(std::string_view text) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc() || !std::isfinite(number) || std::signbit(number)) return std::nullopt;
    return std::pair{number, text.substr(static_cast<std::size_t>(end - text.data()))};
}

template <std::size_t N>
std::optional<std::int64_t> factor_of(const std::array<Unit, N>& units, std::string_view name) {
    for (const Unit& unit : units)
        if (unit.name == name) return unit.factor;
    return std::nullopt;
}

std::optional<std::int64_t> scaled(double number, std::int64_t factor, std::int64_t limit) {
    const double value = std::round(number * static_cast<double>(factor));
    if (value > static_cast<double>(limit)) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

}  // namespace

std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
    const auto parts = split(text);
    if (!parts) return std::nullopt;
    const auto factor = parts->second.empty() ? std::optional<std::int64_t>(1'000)
                                              : factor_of(kDurations, parts->second);
    if (!factor) return std::nullopt;
    return scaled(parts->first, *factor, 100 * kYearMs);
}

std::string format_duration_ms(std::int64_t ms) {
    if (ms == 0) return "0s";
    for (const Unit& unit : kDurations)
        if (ms % unit.factor == 0) return fmt::format("{}{}", ms / unit.factor, unit.name);
    return fmt::format("{}ms", ms);
}

std::optional<std::int64_t> parse_size(std::string_view text) {
    const auto parts = split(text);
    if (!parts) return std::nullopt;
    const auto factor =
        parts->second.empty() ? std::optional<std::int64_t>(1) : factor_of(kSizes, parts->second);
    if (!factor) return std::nullopt;
    return scaled(parts->first, *factor, 1LL << 60);
}

std::string format_size(std::int64_t bytes) {
    for (std::size_t i = 0; i < 3; ++i)
        if (bytes != 0 && bytes % kSizes[i].factor == 0)
            return fmt::format("{}{}", bytes / kSizes[i].factor, kSizes[i].name);
    return fmt::format("{}", bytes);
}

std::optional<double> parse_rate(std::string_view text) {
    const auto parts = split(text);
    if (!parts) return std::nullopt;
    if (parts->second.empty() || parts->second == "/s") return parts->first;
    if (parts->second == "/m") return parts->first / 60;
    if (parts->second == "/h") return parts->first / 3'600;
    return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool between =
            i > 0 && i + 1 < text.size() && text[i - 1] != '_' && text[i - 1] != '-';
        if (text[i] == '_' && between) continue;
        digits.push_back(text[i]);
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

}  // namespace fleet::app
