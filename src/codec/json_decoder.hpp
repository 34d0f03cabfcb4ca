// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "codec/decoder.hpp"

#include <memory>

namespace fleet::codec {

/// Decoder of Format::ndjson and Format::json_array.
[[nodiscard]] Result<std::unique_ptr<Decoder>> make_json_decoder(const DecodeOptions& options);

}  // namespace fleet::codec
