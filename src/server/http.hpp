// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/target.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleet::server {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options, other };

[[nodiscard]] std::string_view to_string(Method method) noexcept;
/// GET, HEAD and OPTIONS change nothing.
[[nodiscard]] constexpr bool is_safe(Method method) noexcept {
    return method == Method::get || method == Method::head || method == Method::options;
}

/// What we use of a request's head. Header values are as sent, without surrounding blanks; empty =
/// absent.
struct RequestHead {
    Method method = Method::other;
    Target target;
    std::string host;
    std::string origin;
    std::string content_type;
    std::string content_encoding;
    std::string accept_encoding;
    std::string if_none_match;
    std::optional<std::uint64_t> content_length;
    bool chunked = false;
    bool expects_continue = false;
    bool websocket = false;  ///< asks for an upgrade to WebSocket
};

/// Bytes of a body, shared so that decoded records may go on pointing into them.
using Body = std::shared_ptr<const std::string>;

struct Request {
    RequestHead head;
    Body body;  ///< never null
};

struct Response {
    unsigned status = 200;
    std::string content_type;
    std::string body;
    std::string_view fixed_body;  ///< used when `body` is empty; lives for ever (compiled in)
    std::vector<std::pair<std::string, std::string>> headers;
    bool close = false;  ///< end the connection after it

    [[nodiscard]] std::string_view content() const noexcept {
        return body.empty() ? fixed_body : std::string_view(body);
    }
    Response& with(std::string name, std::string value) {
        headers.emplace_back(std::move(name), std::move(value));
        return *this;
    }
};

/// Reason phrase of a status code.
[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

/// Status line and headers with the final blank line. `security` is appended as it is (lines that
/// end in CRLF).
[[nodiscard]] std::string serialize_head(const Response& response, bool keep_alive,
                                         std::string_view security);

}  // namespace fleet::server
