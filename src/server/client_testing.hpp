// SPDX-License-Identifier: Apache-2.0
// A blocking client for tests: raw bytes, HTTP answers, WebSocket frames. Every wait ends after
// kPatience.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace fleet::server::testing {

inline constexpr int kPatienceMs = 10'000;

struct HttpAnswer {
    int status = 0;
    std::multimap<std::string, std::string> headers;  ///< names in lower case
    std::string body;

    [[nodiscard]] std::string header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string() : found->second;
    }
};

/// A connected TCP socket. Throws std::runtime_error on time-outs, which fails the test.
class Connection {
  public:
    explicit Connection(std::uint16_t port)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("connect failed");
    }
    ~Connection() { ::close(fd_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// False when the peer has closed.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    /// More bytes into the buffer; false at the end of the stream.
    bool receive_some() {
        pollfd p{fd_, POLLIN, 0};
        if (::poll(&p, 1, kPatienceMs) != 1) throw std::runtime_error("nothing came in time");
        char chunk[65'536];
        const ssize_t n = ::recv(fd_, chunk, sizeof chunk, 0);
        if (n > 0) buffer_.append(chunk, static_cast<std::size_t>(n));
        return n > 0;
    }
    std::string take(std::size_t bytes) {
        while (buffer_.size() < bytes)
            if (!receive_some())
                throw std::runtime_error("the peer closed in the middle: " + buffer_);
        std::string out = buffer_.substr(0, bytes);
        buffer_.erase(0, bytes);
        return out;
    }
    /// Whether the peer closes without sending more.
    bool at_end() { return buffer_.empty() && !receive_some(); }

    HttpAnswer read_answer(bool head_only = false) {
        std::size_t end = 0;
        while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
            if (!receive_some())
                throw std::runtime_error("the peer closed before its answer: " + buffer_);
        HttpAnswer answer;
        const std::string head = take(end + 4);
        answer.status = std::stoi(head.substr(9, 3));
        for (std::size_t at = head.find("\r\n") + 2; at < head.size() - 2;) {
            const std::size_t line_end = head.find("\r\n", at);
            const std::string line = head.substr(at, line_end - at);
            const std::size_t colon = line.find(": ");
            std::string name = line.substr(0, colon);
            std::transform(name.begin(), name.end(), name.begin(),
                           [](unsigned char c) { return std::tolower(c); });
            answer.headers.emplace(std::move(name), line.substr(colon + 2));
            at = line_end + 2;
        }
        const std::string length = answer.header("content-length");
        if (!head_only && !length.empty()) answer.body = take(std::stoul(length));
        return answer;
    }
    [[nodiscard]] int fd() const noexcept { return fd_; }

  private:
    int fd_;
    std::string buffer_;
};

inline std::string request_text(std::string_view method, std::string_view target,
                                std::string_view headers = "", std::string_view body = "") {
    std::string out(method);
    out.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n").append(headers);
    if (!body.empty() || method == "POST")
        out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    return out.append("\r\n").append(body);
}

/// One request on a connection of its own. `headers` are whole lines.
inline HttpAnswer fetch(std::uint16_t port, std::string_view method, std::string_view target,
                        std::string_view headers = "", std::string_view body = "") {
    Connection connection(port);
    connection.send(request_text(method, target, headers, body));
    return connection.read_answer(method == "HEAD");
}

/// A WebSocket peer that masks its frames as it must and answers nothing by itself.
class WebSocket {
  public:
    struct Message {
        unsigned opcode = 0;  ///< 1 text, 2 binary, 8 close
        std::string payload;
        [[nodiscard]] unsigned close_code() const {
            return payload.size() < 2 ? 0U
                                      : static_cast<unsigned char>(payload[0]) * 256U +
                                            static_cast<unsigned char>(payload[1]);
        }
    };

    explicit WebSocket(std::uint16_t port, std::string_view target = "/api/v1/live",
                       std::string_view headers = "")
        : connection_(port) {
        std::string text = "GET ";
        text.append(target).append(
            " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
        text.append("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
        text.append(headers).append("\r\n");
        connection_.send(text);
        handshake = connection_.read_answer(true);
    }
    void send(std::string_view payload, unsigned opcode = 1) {
        std::string frame(1, static_cast<char>(0x80U | opcode));
        if (payload.size() < 126) {
            frame += static_cast<char>(0x80U | payload.size());
        } else if (payload.size() < 65'536) {
            frame += static_cast<char>(0x80U | 126U);
            frame += static_cast<char>(payload.size() >> 8);
            frame += static_cast<char>(payload.size() & 0xFF);
        } else {
            frame += static_cast<char>(0x80U | 127U);
            for (int shift = 56; shift >= 0; shift -= 8)
                frame += static_cast<char>(payload.size() >> shift & 0xFF);
        }
        frame.append(4, '\0');  // mask of zeros
        connection_.send(frame.append(payload));
    }
    Message receive() {
        for (;;) {
            const std::string head = connection_.take(2);
            std::size_t length = static_cast<unsigned char>(head[1]) & 0x7FU;
            if (length >= 126) {
                std::size_t wide = 0;
                for (const char c : connection_.take(length == 126 ? 2 : 8))
                    wide = wide << 8 | static_cast<unsigned char>(c);
                length = wide;
            }
            Message message{static_cast<unsigned char>(head[0]) & 0xFU, connection_.take(length)};
            if (message.opcode != 9) return message;  // pings of the server are not of interest
        }
    }
    /// Next message that begins with `prefix`; others are dropped.
    std::string expect(std::string_view prefix) {
        for (int i = 0; i < 1'000; ++i) {
            Message message = receive();
            if (message.opcode == 8)
                throw std::runtime_error("closed: " + message.payload.substr(2));
            if (message.payload.starts_with(prefix)) return std::move(message.payload);
        }
        throw std::runtime_error("never came: " + std::string(prefix));
    }
    Connection& connection() { return connection_; }

    HttpAnswer handshake;

  private:
    Connection connection_;
};

}  // namespace fleet::server::testing
