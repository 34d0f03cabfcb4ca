// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "devcluster/cql_frame.hpp"

#include <cstdint>
#include <string>

namespace fleet::devcluster {

/// One connection to one node, one query at a time. Not thread-safe. After an error of the
/// connection (io, corrupt, deadline_exceeded of our own) it is of no further use.
class CqlConnection {
  public:
    /// Errors: unavailable when nobody listens, deadline_exceeded, corrupt, unauthenticated.
    [[nodiscard]] static Result<CqlConnection> connect(const std::string& address, int port,
                                                       std::int64_t deadline_ms);
    ~CqlConnection();
    CqlConnection(CqlConnection&& other) noexcept;
    CqlConnection& operator=(CqlConnection&&) = delete;

    /// Errors: those of decode_answer(), io, deadline_exceeded.
    [[nodiscard]] Result<CqlRows> query(const std::string& statement, Consistency consistency,
                                        std::int64_t deadline_ms);

  private:
    CqlConnection(int fd, std::string peer) : fd_(fd), peer_(std::move(peer)) {}
    Result<CqlRows> exchange(const std::string& frame, std::int64_t deadline_ms);
    Result<void> move_bytes(bool sending, char* bytes, std::size_t count,
                            std::int64_t end_ns) const;

    int fd_ = -1;
    std::string peer_;
};

}  // namespace fleet::devcluster
