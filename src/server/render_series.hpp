// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec/json_writer.hpp"
#include "store/series.hpp"

#include <string>

namespace fleet::server {

/// The shape of a series (api/openapi.yaml), as in render.hpp. Pure.
void write_series(codec::JsonWriter& json, const store::Series& series);
/// The columns t, min, max, mean, count.
void write_series_csv(std::string& out, const store::Series& series);

}  // namespace fleet::server
