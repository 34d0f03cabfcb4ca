// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>

namespace fleet::app {

/// All bytes of a file that is taken as a whole; `-` is standard input. Errors: not_found, io,
/// too_large beyond `max_bytes`; the message names the file.
[[nodiscard]] Result<std::string> read_text_file(const std::string& path, std::size_t max_bytes);

}  // namespace fleet::app
