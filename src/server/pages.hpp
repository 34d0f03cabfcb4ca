// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/http.hpp"

namespace fleet::server {

/// A compiled-in file, the page of the dashboard for its known addresses, or a small 404 page. GET
/// and HEAD only.
[[nodiscard]] Response page_response(const RequestHead& head);

}  // namespace fleet::server
