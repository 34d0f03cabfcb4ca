// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "cql/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::cql {

/// Why a request failed. The consistency ladder decides by it.
enum class ErrorClass : std::uint8_t {
    unavailable = 1,  ///< the coordinator saw too few live replicas: nothing was written
    write_timeout,    ///< too few replicas answered the coordinator in time
    read_timeout,
    write_failure,  ///< a replica refused
    read_failure,
    overloaded,        ///< the coordinator refused
    bootstrapping,     ///< the coordinator is still joining
    client_timeout,    ///< the request's own deadline
    no_connection,     ///< no node of the route is connected: nothing was sent
    broken,            ///< the connection broke while the request was on it
    syntax,            ///< the CQL cannot be read
    invalid,           ///< wrong table, type, value, configuration
    unauthorized,      ///< the account may not do this
    authentication,    ///< the account is not known, or none was given
    already_exists,    ///< a keyspace or table of that name
    schema_agreement,  ///< the statement was applied, but the nodes did not agree in time
    server,            ///< any other error of the server
    protocol,          ///< bytes that are not the protocol
    cancelled,         ///< the session closed
    internal,          ///< a fault of the bridge
};

/// Stable snake_case name, for logs and metrics.
std::string_view to_string(ErrorClass error) noexcept;

struct CqlError {
    ErrorClass error = ErrorClass::internal;
    std::string message{};
    std::optional<Consistency> consistency{};  ///< that could not be met
    // Numbers of replicas, where the server gave them.
    std::optional<int> required{};
    std::optional<int> received{};
    std::optional<int> alive{};
    std::optional<int> failures{};
    bool data_present = false;  ///< read: the replica that was asked for data answered
    std::string write_type{};   ///< Simple, UnloggedBatch, …
    std::string coordinator{};  ///< ip:port; empty when none was asked
    std::string coordinator_dc{};
};

/// Whether a write with this error may have reached a replica. If not, it certainly did not.
bool may_have_written(ErrorClass error) noexcept;

/// The error for those who do not look at classes: code, and a sentence with what is known about
/// it.
Error to_error(const CqlError& error);

}  // namespace fleet::cql
