// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/record.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::codec {

/// Which columns an export has.
struct CsvColumns {
    bool fleet = true;  ///< fleet_id
    std::uint32_t fields =
        ~0U;  ///< presence bits of model::Sample: fields, zone and alarm that get a column
    std::vector<std::string> attributes;  ///< a column `attr.NAME` each
};

/// Appends one text cell: quoted when needed (RFC 4180), and neutralised when a spreadsheet would
/// take it for a formula: a text that begins with
/// `=`, `+`, `-`, `@` (or with `'` before one of them) gets a `'` in front, which decoding takes
/// off again. Numbers never pass here.
void append_csv_text(std::string& out, std::string_view text);

/// Header line with its line end, in the order device_id, fleet_id, ts, fields of model/field.hpp,
/// zone, alarm, attributes.
void append_csv_header(std::string& out, const CsvColumns& columns);

/// One line with its line end; absent values are empty cells. Decoding it gives the same row.
/// `scratch` keeps memory between calls.
void append_csv_row(std::string& out, std::string_view device, std::string_view fleet,
                    const model::Sample& sample, const model::TextPool& texts,
                    const CsvColumns& columns, std::vector<model::Attribute>& scratch);

}  // namespace fleet::codec
