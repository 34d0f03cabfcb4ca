// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace fleet::server {

/// The text of api/openapi.yaml, compiled in.
[[nodiscard]] std::string_view openapi_yaml() noexcept;

}  // namespace fleet::server
