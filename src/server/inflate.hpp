// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "server/bounds.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace fleet::server {

enum class Encoding : std::uint8_t { identity, gzip, zstd };

/// Of a Content-Encoding header: empty and `identity`, `gzip` (and `x-gzip`), `zstd`; unsupported
/// otherwise.
[[nodiscard]] Result<Encoding> encoding_of(std::string_view header);

struct InflateLimits {
    std::uint64_t bytes = 0;  ///< of the result
    std::uint64_t ratio = 0;  ///< result : input, beyond the first MiB
};

/// Inflates a whole body; several members or frames in a row are joined. Never holds more than the
/// limits allow: a bomb costs one buffer. The reservation grows by the size of the result. Errors:
/// too_large, overloaded (budget spent), invalid_argument (damaged or truncated).
[[nodiscard]] Result<std::string> inflate(Encoding encoding, std::string_view body,
                                          const InflateLimits& limits, Reservation& reservation);

}  // namespace fleet::server
