// SPDX-License-Identifier: Apache-2.0
#include "devcluster/cql_connection.hpp"

#include "base/time.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace fleet::devcluster {

namespace {

std::int64_t deadline_in(std::int64_t ms) { return SystemClock().monotonic_ns() + ms * 1'000'000; }

/// Waits until the socket can be used; false when the time is over.
bool wait_for(int fd, short events, std::int64_t end_ns) {
    while (true) {
        const std::int64_t left_ms = (end_ns - SystemClock().monotonic_ns()) / 1'000'000;
        if (left_ms < 0) return false;
        pollfd poll_for{fd, events, 0};
        const int ready =
            ::poll(&poll_for, 1, static_cast<int>(std::min<std::int64_t>(left_ms + 1, 1000)));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR)
            return true;  // the next call on the socket says what it is
    }
}

}  // namespace

CqlConnection::~CqlConnection() {
    if (fd_ >= 0) ::close(fd_);
}

CqlConnection::CqlConnection(CqlConnection&& other) noexcept
    : fd_(other.fd_), peer_(std::move(other.peer_)) {
    other.fd_ = -1;
}

Result<CqlConnection> CqlConnection::connect(const std::string& address, int port,
                                             std::int64_t deadline_ms) {
    const std::int64_t end_ns = deadline_in(deadline_ms);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1)
        return fail(Code::invalid_argument, fmt::format("'{}' is no IPv4 address", address));
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail(errno_error("cannot make a socket", errno));
    CqlConnection connection(fd, fmt::format("{}:{}", address, port));
    const auto refused = [&](int why) {
        return fail(Code::unavailable, errno_error(connection.peer_, why).message);
    };
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
        if (errno != EINPROGRESS) return refused(errno);
        if (!wait_for(fd, POLLOUT, end_ns))
            return fail(Code::deadline_exceeded,
                        fmt::format("{} does not answer", connection.peer_));
        int why = 0;
        socklen_t size = sizeof(why);
        if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size) != 0) why = errno;
        if (why != 0) return refused(why);
    }
    const std::int64_t left_ms = (end_ns - SystemClock().monotonic_ns()) / 1'000'000;
    FLEET_TRY_VOID(connection.exchange(startup_frame(), std::max<std::int64_t>(0, left_ms)));
    return connection;
}

Result<CqlRows> CqlConnection::query(const std::string& statement, Consistency consistency,
                                     std::int64_t deadline_ms) {
    return exchange(query_frame(statement, consistency), deadline_ms);
}

Result<void> CqlConnection::move_bytes(bool sending, char* bytes, std::size_t count,
                                       std::int64_t end_ns) const {
    while (count > 0) {
        if (!wait_for(fd_, sending ? POLLOUT : POLLIN, end_ns))
            return fail(Code::deadline_exceeded, fmt::format("{} does not answer", peer_));
        const ssize_t moved =
            sending ? ::send(fd_, bytes, count, MSG_NOSIGNAL) : ::recv(fd_, bytes, count, 0);
        if (moved < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (moved < 0) return fail(errno_error(peer_, errno));
        if (moved == 0) return fail(Code::io, fmt::format("{} closed the connection", peer_));
        bytes += moved;
        count -= static_cast<std::size_t>(moved);
    }
    return {};
}

Result<CqlRows> CqlConnection::exchange(const std::string& frame, std::int64_t deadline_ms) {
    const std::int64_t end_ns = deadline_in(deadline_ms);
    std::string request = frame;
    FLEET_TRY_VOID(move_bytes(true, request.data(), request.size(), end_ns));
    std::array<char, kFrameHeaderBytes> head{};
    FLEET_TRY_VOID(move_bytes(false, head.data(), head.size(), end_ns));
    FLEET_TRY(const FrameHeader header, decode_header({head.data(), head.size()}));
    std::string body(header.body_bytes, '\0');
    FLEET_TRY_VOID(move_bytes(false, body.data(), body.size(), end_ns));
    return decode_answer(header, body);
}

}  // namespace fleet::devcluster
