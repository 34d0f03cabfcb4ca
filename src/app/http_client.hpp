// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fleet::app {

/// "http://host:port[/base]" in its parts.
struct HttpAddress {
    std::string host;
    std::string port = "80";
    std::string base;  ///< path before every target, without a slash at its end
};
/// invalid_argument for https, other schemes and nonsense.
[[nodiscard]] Result<HttpAddress> parse_http_address(std::string_view url);

struct HttpReply {
    int status = 0;
    std::int64_t retry_after_s = 0;  ///< of Retry-After, 0 = none
    std::string body;
};

/// One HTTP/1.1 connection to one server, kept open between requests. Blocking; every request has a
/// deadline. Plain http, bodies with a length or chunked, at most kMaxReply. Not thread-safe: one
/// for each thread.
class HttpClient {
  public:
    static constexpr std::size_t kMaxReply = 256U << 20;

    HttpClient(HttpAddress address, std::int64_t timeout_ms)
        : address_(std::move(address)), timeout_ms_(timeout_ms) {}
    ~HttpClient() { close(); }
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// Errors: unavailable (no connection, or lost before an answer), deadline_exceeded, corrupt
    /// (no HTTP), too_large. Any status is a success here. A connection that the server closed
    /// between requests is opened anew, once.
    [[nodiscard]] Result<HttpReply> get(std::string_view target);
    [[nodiscard]] Result<HttpReply> post(std::string_view target, std::string_view content_type,
                                         std::string_view body);
    /// Any method; without a content type there is no body.
    [[nodiscard]] Result<HttpReply> send(std::string_view method, std::string_view target,
                                         std::string_view content_type, std::string_view body);
    /// Of the requests to come.
    void set_timeout_ms(std::int64_t timeout_ms) noexcept { timeout_ms_ = timeout_ms; }
    [[nodiscard]] std::uint64_t bytes_sent() const noexcept { return bytes_sent_; }

  private:
    [[nodiscard]] Result<HttpReply> request(std::string_view head, std::string_view body);
    [[nodiscard]] Result<HttpReply> exchange(std::string_view head, std::string_view body,
                                             bool& stale);
    [[nodiscard]] Result<void> connect();
    [[nodiscard]] Result<void> send_bytes(std::string_view bytes);
    /// Receives some more into buffer_; false at the end of the connection.
    [[nodiscard]] Result<bool> receive();
    [[nodiscard]] Result<HttpReply> read_reply();
    [[nodiscard]] Result<std::string> read_line();
    [[nodiscard]] Result<void> read_exactly(std::size_t count, std::string& to);
    [[nodiscard]] Result<void> read_chunks(std::string& to);
    /// Waits for the socket; deadline_exceeded when the request's time is over.
    [[nodiscard]] Result<void> wait(short events);
    void close() noexcept;

    HttpAddress address_;
    std::int64_t timeout_ms_;
    std::int64_t deadline_ns_ = 0;
    int fd_ = -1;
    std::string buffer_;
    std::size_t at_ = 0;  ///< read position in buffer_
    std::uint64_t bytes_sent_ = 0;
};

}  // namespace fleet::app
