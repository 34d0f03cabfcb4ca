// SPDX-License-Identifier: Apache-2.0
#include "model/value_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

namespace fleet::model {

namespace {
constexpr std::array<double, 7> kUnits{1, 10, 100, 1'000, 10'000, 100'000, 1'000'000};

double units_of(Field field) noexcept {
    return kUnits[static_cast<std::size_t>(info(field).decimals)];
}
}  // namespace

double to_real(Field field, std::int32_t stored) noexcept { return stored / units_of(field); }

std::optional<std::int32_t> from_real(Field field, double value) noexcept {
    const double units = std::round(value * units_of(field));
    const FieldInfo& about = info(field);
    if (!(units >= static_cast<double>(about.min) && units <= static_cast<double>(about.max)))
        return std::nullopt;
    return static_cast<std::int32_t>(units);
}

std::string value_text(const Attribute& attribute) {
    if (const bool* flag = std::get_if<bool>(&attribute.value)) return *flag ? "true" : "false";
    if (const double* number = std::get_if<double>(&attribute.value))
        return fmt::format("{}", *number);
    return fmt::format("\"{}\"", std::get<std::string_view>(attribute.value));
}

std::optional<Attribute> parse_value(std::string_view name, std::string_view text) {
    if (text == "true") return Attribute{name, true};
    if (text == "false") return Attribute{name, false};
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        return Attribute{name, text.substr(1, text.size() - 2)};
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
        return std::nullopt;
    return Attribute{name, number};
}

}  // namespace fleet::model
