// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "server/http.hpp"

#include <string_view>

namespace fleet::server {

/// An answer of RFC 9457. `code` is stable and for programs, `detail` is one sentence for a person.
[[nodiscard]] Response problem(unsigned status, std::string_view code, std::string_view detail);

/// The one table from error classes to HTTP. Overloaded and unavailable carry Retry-After.
[[nodiscard]] Response problem(const Error& error);
[[nodiscard]] unsigned status_of(Code code) noexcept;

}  // namespace fleet::server
