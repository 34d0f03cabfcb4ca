// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/http.hpp"

#include <string>
#include <utility>

namespace fleet::server {

[[nodiscard]] inline Response json_response(std::string body) {
    Response response;
    response.content_type = "application/json";
    response.body = std::move(body);
    return response;
}

/// A page of a list as CSV; `next` is the cursor of the one behind it, empty at the end.
[[nodiscard]] inline Response csv_response(std::string body, const std::string& next) {
    Response response;
    response.content_type = "text/csv; charset=utf-8; header=present";
    response.body = std::move(body);
    if (!next.empty()) response.with("Fleet-Next-Cursor", next);
    return response;
}

}  // namespace fleet::server
