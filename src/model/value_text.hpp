// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/field.hpp"
#include "model/record.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::model {

/// A stored number in the unit of its field's name: 12345 of speed_kmh is 123.45.
[[nodiscard]] double to_real(Field field, std::int32_t stored) noexcept;
/// The stored number nearest to a real one; the inverse of to_real(), also through a float where
/// the field's range fits into 24 bits. Nothing: not finite, or out of the field's range.
[[nodiscard]] std::optional<std::int32_t> from_real(Field field, double value) noexcept;

/// An attribute's value as text that keeps its type: true, false, the shortest form of a number, or
/// text in quotation marks (with nothing escaped: the first and the last character are the marks).
[[nodiscard]] std::string value_text(const Attribute& attribute);
/// The value of such a text, with `name`; views into both. Nothing: it is none.
[[nodiscard]] std::optional<Attribute> parse_value(std::string_view name, std::string_view text);

}  // namespace fleet::model
