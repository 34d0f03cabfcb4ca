// SPDX-License-Identifier: Apache-2.0
#include "server/problem.hpp"

#include "codec/json_writer.hpp"

namespace fleet::server {

unsigned status_of(Code code) noexcept {
    switch (code) {
        case Code::invalid_argument: return 400;
        case Code::not_found: return 404;
        case Code::already_exists: return 409;
        case Code::out_of_retention: return 410;
        case Code::too_large: return 413;
        case Code::unsupported: return 415;
        case Code::unauthenticated: return 401;
        case Code::forbidden: return 403;
        case Code::overloaded: return 429;
        case Code::unavailable: return 503;
        case Code::deadline_exceeded: return 504;
        case Code::busy: return 503;
        case Code::corrupt:
        case Code::io:
        case Code::internal: return 500;
    }
    return 500;
}

Response problem(unsigned status, std::string_view code, std::string_view detail) {
    Response response;
    response.status = status;
    response.content_type = "application/problem+json";
    codec::JsonWriter json(response.body);
    json.begin_object();
    json.member("type", "about:blank");
    json.member("title", reason_phrase(status));
    json.member_integer("status", status);
    json.member("code", code);
    json.member("detail", detail);
    json.end_object();
    response.with("Cache-Control", "no-store");
    if (status == 429) response.with("Retry-After", "1");
    if (status == 503) response.with("Retry-After", "2");
    return response;
}

Response problem(const Error& error) {
    return problem(status_of(error.code), to_string(error.code), error.message);
}

}  // namespace fleet::server
