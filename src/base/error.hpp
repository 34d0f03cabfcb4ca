// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace fleet {

/// Closed list of failure classes. One table (`server/errors.cpp`, `app/exit_code.hpp`) maps them
/// to HTTP and exit codes.
enum class Code : std::uint8_t {
    invalid_argument,  ///< the caller sent something wrong; retrying the same is useless
    not_found,         ///< the named thing does not exist
    already_exists,    ///< the named thing exists
    out_of_retention,  ///< older than what is kept
    too_large,         ///< over a stated limit
    unsupported,       ///< known, but not offered here (format, encoding, version)
    unauthenticated,
    forbidden,
    overloaded,   ///< a bounded queue is full: retry later
    unavailable,  ///< not now: starting, stopping, disk reserve, no replica
    deadline_exceeded,
    corrupt,   ///< stored bytes fail their checksum or their format
    io,        ///< the operating system refused
    busy,      ///< another process holds the resource
    internal,  ///< a fault of ours
};

/// Stable snake_case name of a code, as in API errors and logs.
std::string_view to_string(Code code) noexcept;

/// What went wrong, where, and what to do: `message` is one sentence for a person.
struct Error {
    Code code = Code::internal;
    std::string message;

    Error(Code c, std::string m) : code(c), message(std::move(m)) {}

    /// The same error with "prefix: " before its message.
    [[nodiscard]] Error within(std::string_view prefix) const;
};

/// An `io` error (or `busy`, `unavailable` for a full disk) from errno, "what: strerror".
Error errno_error(std::string_view what, int errno_value);

}  // namespace fleet
