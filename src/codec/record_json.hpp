// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec/json_writer.hpp"
#include "model/record.hpp"

#include <cstdint>
#include <string_view>

namespace fleet::codec {

/// Presence bits of model::Sample that are written; others are left out as if absent.
inline constexpr std::uint32_t kAllFields = ~0U;

/// Appends a stored row as the history object of design.md §8: device_id, fleet_id (unless empty),
/// ts, then the present fields by their names of §4, extra attributes in an object `attributes`.
/// Absent values are omitted. NDJSON of such objects decodes to the same row.
void append_sample(JsonWriter& json, std::string_view device, std::string_view fleet,
                   const model::Sample& sample, const model::TextPool& texts,
                   std::uint32_t fields = kAllFields);

/// The same members without the braces and the ids: ts, fields, attributes. For shapes that add
/// members of their own.
void append_sample_members(JsonWriter& json, const model::Sample& sample,
                           const model::TextPool& texts, std::uint32_t fields = kAllFields);

}  // namespace fleet::codec
