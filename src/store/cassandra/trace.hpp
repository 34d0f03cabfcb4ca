// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "cql/session.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::store::cassandra {

/// A step of a request on one node.
struct TraceEvent {
    std::chrono::microseconds at{0};  ///< since the node began
    std::string node;                 ///< address
    std::string thread;
    std::string activity;
};

/// What the nodes wrote down of one request.
struct Trace {
    cql::TraceId id{};
    Timestamp started;
    std::chrono::microseconds took{0};
    std::string request;
    std::string coordinator;
    std::string statement;  ///< its CQL, where the coordinator kept it
    std::vector<TraceEvent> events;
};

/// A timeline for a person, a line an event.
[[nodiscard]] std::string as_text(const Trace& trace);

/// An address as Cassandra stores it: 4 or 16 bytes. Anything else as hexadecimal digits.
[[nodiscard]] std::string address_text(std::string_view bytes);

/// Reads system_traces, where nodes keep what they traced for a day. Not thread-safe.
class TraceReader {
  public:
    /// Errors: forbidden (the account may not read system_traces), unavailable.
    [[nodiscard]] static Result<std::unique_ptr<TraceReader>> open(
        std::unique_ptr<cql::Session> session);

    /// Nodes write traces a moment after they answered: waits up to `patience` until it is whole.
    /// Errors: not_found, unavailable.
    [[nodiscard]] Result<Trace> trace(const cql::TraceId& id,
                                      std::chrono::milliseconds patience = std::chrono::seconds(5));
    /// Traced requests that took at least so long, slowest first, at most `limit`; without events.
    [[nodiscard]] Result<std::vector<Trace>> slowest(std::chrono::milliseconds least,
                                                     std::size_t limit);

  private:
    TraceReader() = default;
    [[nodiscard]] Result<cql::Statement> prepare(std::string_view cql,
                                                 std::vector<std::string_view> types);
    [[nodiscard]] Result<cql::Rows> ask(const cql::Statement& statement, const cql::PackedRows& key,
                                        std::string_view page_state);

    std::unique_ptr<cql::Session> session_;
    cql::Statement one_;
    cql::Statement events_;
    cql::Statement all_;
};

}  // namespace fleet::store::cassandra
