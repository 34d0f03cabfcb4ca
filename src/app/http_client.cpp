// SPDX-License-Identifier: Apache-2.0
#include "app/http_client.hpp"

#include "base/time.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>

namespace fleet::app {

namespace {

constexpr std::size_t kMaxLine = 16 << 10;
constexpr std::size_t kMaxHeaders = 200;
constexpr std::string_view kWhitespace = " \t";

std::int64_t now_ns() { return SystemClock().monotonic_ns(); }

bool equal_folded(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        const auto lower = [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        };
        return lower(x) == lower(y);
    });
}

std::optional<std::uint64_t> number(std::string_view text, int base) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

Result<HttpAddress> parse_http_address(std::string_view url) {
    constexpr std::string_view kScheme = "http://";
    const auto wrong = [&](std::string_view why) {
        return fail(Code::invalid_argument,
                    fmt::format("'{}' is no address of a server: {}; write http://127.0.0.1:8501",
                                url, why));
    };
    if (url.substr(0, kScheme.size()) != kScheme) return wrong("it does not begin with http://");
    std::string_view rest = url.substr(kScheme.size());
    HttpAddress address;
    if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
        address.base = rest.substr(slash);
        while (!address.base.empty() && address.base.back() == '/') address.base.pop_back();
        rest = rest.substr(0, slash);
    }
    if (rest.find('@') != std::string_view::npos) return wrong("it names a user");
    std::size_t colon = rest.rfind(':');
    if (!rest.empty() && rest.front() == '[') {
        const std::size_t close = rest.find(']');
        if (close == std::string_view::npos) return wrong("the bracket is not closed");
        address.host = rest.substr(1, close - 1);
        colon = close + 1 < rest.size() ? close + 1 : std::string_view::npos;
        if (colon != std::string_view::npos && rest[colon] != ':')
            return wrong("something follows the bracket");
    } else {
        address.host = rest.substr(0, colon);
    }
    if (colon != std::string_view::npos) address.port = rest.substr(colon + 1);
    const auto port = number(address.port, 10);
    if (!port || *port == 0 || *port > 65'535)
        return wrong("the port is no number from 1 to 65535");
    if (address.host.empty()) return wrong("the host is missing");
    return address;
}

void HttpClient::close() noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
    buffer_.clear();
    at_ = 0;
}

Result<void> HttpClient::wait(short events) {
    while (true) {
        const std::int64_t left_ms = (deadline_ns_ - now_ns() + 999'999) / 1'000'000;
        if (left_ms <= 0)
            return fail(Code::deadline_exceeded,
                        fmt::format("{}:{} did not answer within {} s", address_.host,
                                    address_.port, static_cast<double>(timeout_ms_) / 1e3));
        pollfd waiting{fd_, events, 0};
        const int ready =
            ::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left_ms, 60'000)));
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return fail(errno_error("poll", errno));
    }
}

Result<void> HttpClient::connect() {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int code =
            ::getaddrinfo(address_.host.c_str(), address_.port.c_str(), &hints, &found);
        code != 0)
        return fail(Code::unavailable,
                    fmt::format("cannot find {}: {}", address_.host, ::gai_strerror(code)));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    Error last(Code::unavailable, "no address");
    for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
        fd_ = ::socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
        if (fd_ < 0) continue;
        int error = 0;
        if (::connect(fd_, a->ai_addr, a->ai_addrlen) != 0) {
            error = errno;
            if (error == EINPROGRESS) {
                FLEET_TRY_VOID(wait(POLLOUT));
                socklen_t size = sizeof error;
                ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
            }
        }
        if (error == 0) {
            const int on = 1;
            ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            return {};
        }
        last = errno_error(fmt::format("cannot connect to {}:{}", address_.host, address_.port),
                           error);
        close();
    }
    return fail(Code::unavailable, fmt::format("{}; is the server running?", last.message));
}

Result<void> HttpClient::send_bytes(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n >= 0) {
            bytes_sent_ += static_cast<std::uint64_t>(n);
            bytes.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN) {
            FLEET_TRY_VOID(wait(POLLOUT));
        } else if (errno != EINTR) {
            return fail(Code::unavailable, errno_error("the connection was lost", errno).message);
        }
    }
    return {};
}

Result<bool> HttpClient::receive() {
    char piece[64 << 10];
    while (true) {
        const ssize_t n = ::recv(fd_, piece, sizeof piece, 0);
        if (n > 0) {
            if (at_ == buffer_.size()) {
                buffer_.clear();
                at_ = 0;
            }
            buffer_.append(piece, static_cast<std::size_t>(n));
            return true;
        }
        if (n == 0) return false;
        if (errno == EAGAIN) {
            FLEET_TRY_VOID(wait(POLLIN));
        } else if (errno != EINTR) {
            return fail(Code::unavailable, errno_error("the connection was lost", errno).message);
        }
    }
}

Result<std::string> HttpClient::read_line() {
    while (true) {
        const std::size_t end = buffer_.find('\n', at_);
        if (end != std::string::npos) {
            std::string line = buffer_.substr(at_, end - at_);
            at_ = end + 1;
            if (!line.empty() && line.back() == '\r') line.pop_back();
            return line;
        }
        if (buffer_.size() - at_ > kMaxLine)
            return fail(Code::corrupt, "the server's answer has an endless line");
        FLEET_TRY(const bool more, receive());
        if (!more)
            return fail(Code::unavailable, "the server closed the connection before it answered");
    }
}

Result<void> HttpClient::read_exactly(std::size_t count, std::string& to) {
    if (to.size() + count > kMaxReply)
        return fail(Code::too_large, "the server's answer is larger than 256 MiB");
    while (count > 0) {
        const std::size_t n = std::min(count, buffer_.size() - at_);
        to.append(buffer_, at_, n);
        at_ += n;
        count -= n;
        if (count == 0) break;
        FLEET_TRY(const bool more, receive());
        if (!more)
            return fail(Code::unavailable, "the server closed the connection within its answer");
    }
    return {};
}

Result<void> HttpClient::read_chunks(std::string& to) {
    while (true) {
        FLEET_TRY(const std::string line, read_line());
        const auto size = number(std::string_view(line).substr(0, line.find_first_of("; ")), 16);
        if (!size) return fail(Code::corrupt, "the server's answer has a chunk without length");
        if (*size == 0) break;
        FLEET_TRY_VOID(read_exactly(*size, to));
        FLEET_TRY(const std::string end, read_line());
        if (!end.empty())
            return fail(Code::corrupt, "the server's answer has a chunk of another length");
    }
    for (std::size_t i = 0; i < kMaxHeaders; ++i) {
        FLEET_TRY(const std::string trailer, read_line());
        if (trailer.empty()) return {};
    }
    return fail(Code::corrupt, "the server's answer has endless trailers");
}

Result<HttpReply> HttpClient::read_reply() {
    FLEET_TRY(const std::string first, read_line());
    HttpReply reply;
    const auto status =
        first.size() >= 12 ? number(std::string_view(first).substr(9, 3), 10) : std::nullopt;
    if (first.rfind("HTTP/1.", 0) != 0 || !status)
        return fail(Code::corrupt,
                    fmt::format("{}:{} does not speak HTTP", address_.host, address_.port));
    reply.status = static_cast<int>(*status);
    bool chunked = false;
    bool closes = false;
    std::optional<std::uint64_t> length;
    for (std::size_t i = 0;; ++i) {
        if (i == kMaxHeaders) return fail(Code::corrupt, "the server's answer has endless headers");
        FLEET_TRY(const std::string line, read_line());
        if (line.empty()) break;
        const std::string_view text(line);
        const std::size_t colon = text.find(':');
        if (colon == std::string_view::npos)
            return fail(Code::corrupt, "the server's answer has a header without a name");
        const std::string_view name = text.substr(0, colon);
        std::string_view value = text.substr(colon + 1);
        value.remove_prefix(std::min(value.find_first_not_of(kWhitespace), value.size()));
        if (equal_folded(name, "content-length")) length = number(value, 10);
        if (equal_folded(name, "transfer-encoding")) chunked = equal_folded(value, "chunked");
        if (equal_folded(name, "connection")) closes = equal_folded(value, "close");
        if (equal_folded(name, "retry-after"))
            reply.retry_after_s = static_cast<std::int64_t>(number(value, 10).value_or(0));
    }
    const bool bodyless = reply.status == 204 || reply.status == 304;
    if (chunked) {
        FLEET_TRY_VOID(read_chunks(reply.body));
    } else if (length) {
        FLEET_TRY_VOID(read_exactly(*length, reply.body));
    } else if (!bodyless) {
        closes = true;
        while (true) {
            FLEET_TRY_VOID(read_exactly(buffer_.size() - at_, reply.body));
            FLEET_TRY(const bool more, receive());
            if (!more) break;
        }
    }
    if (closes) close();
    return reply;
}

Result<HttpReply> HttpClient::exchange(std::string_view head, std::string_view body, bool& stale) {
    stale = fd_ >= 0;
    if (fd_ < 0) {
        if (auto connected = connect(); !connected) {
            close();
            return fail(std::move(connected).error());
        }
    }
    const std::uint64_t before = bytes_sent_;
    auto sent = send_bytes(head);
    if (sent) sent = send_bytes(body);
    // A server that refuses a body may answer and close before it has read everything: the answer
    // is worth more.
    auto reply = read_reply();
    if (!reply) {
        const bool nothing_came = buffer_.empty();
        close();
        if (!nothing_came || reply.error().code == Code::deadline_exceeded) stale = false;
        if (stale) bytes_sent_ = before;
        return fail(sent ? std::move(reply).error() : std::move(sent).error());
    }
    if (!sent) close();
    return reply;
}

Result<HttpReply> HttpClient::request(std::string_view head, std::string_view body) {
    deadline_ns_ = now_ns() + timeout_ms_ * 1'000'000;
    bool stale = false;
    auto reply = exchange(head, body, stale);
    // The server may have closed the idle connection at the moment we used it. All our requests may
    // be repeated (I3).
    if (!reply && stale) return exchange(head, body, stale);
    return reply;
}

Result<HttpReply> HttpClient::get(std::string_view target) { return send("GET", target, {}, {}); }

Result<HttpReply> HttpClient::post(std::string_view target, std::string_view content_type,
                                   std::string_view body) {
    return send("POST", target, content_type, body);
}

Result<HttpReply> HttpClient::send(std::string_view method, std::string_view target,
                                   std::string_view content_type, std::string_view body) {
    const std::string about =
        content_type.empty()
            ? std::string("Accept: application/json\r\n")
            : fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", content_type, body.size());
    return request(fmt::format("{} {}{} HTTP/1.1\r\nHost: {}:{}\r\n{}\r\n", method, address_.base,
                               target, address_.host, address_.port, about),
                   body);
}

}  // namespace fleet::app
