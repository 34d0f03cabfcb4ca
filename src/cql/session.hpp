// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "cql/error.hpp"
#include "cql/packed_rows.hpp"
#include "cql/page.hpp"
#include "cql/types.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::cql {

struct ConnectOptions {
    std::string contact_points{};  ///< host[:port], comma separated; the port is 9042
    std::string home_dc{};         ///< empty: nodes of all datacentres alike
    std::string remote_dc{};       ///< for Route::remote; empty: there is none
    std::string user{};            ///< empty: no authentication
    std::string password{};
    std::string
        tls_ca_file{};  ///< PEM; empty: no TLS. The nodes' certificates must be signed by it
    bool tls_verify_host = true;                        ///< and name the node's IP address
    bool lz4 = true;                                    ///< compress frames, where the server can
    std::chrono::milliseconds connect_timeout{10'000};  ///< for the whole session to come up
    std::chrono::milliseconds schema_timeout{60'000};   ///< for the nodes to agree after a change
    std::uint32_t max_in_flight =
        512;  ///< requests whose handler has not run; beyond it `overloaded`
    std::uint32_t max_batch_rows = 1'000;
    std::uint32_t max_batch_bytes = 1'048'576;
};

struct ExecuteOptions {
    Consistency consistency = Consistency::local_quorum;
    std::optional<SerialConsistency> serial{};  ///< of the condition, where a statement has one
    Route route = Route::home;
    /// Of what is written, µs since 1970. A `USING TIMESTAMP` in the statement has priority. None:
    /// the server's clock.
    std::optional<std::int64_t> timestamp_us{};
    std::chrono::milliseconds timeout{5'000};  ///< from the call to the answer, at least 1 ms
    std::uint32_t page_rows = 1'000;           ///< of a page; 0: all rows in one answer
    bool idempotent = true;                    ///< running it twice is as good as once
    bool trace = false;  ///< the answer has the id under which the server traced the request
};

/// What comes back for a request. `value` means something only when there is no error.
template <class T>
struct Answer {
    std::optional<CqlError> error{};
    T value{};
    std::string coordinator{};  ///< ip:port of the node that answered; empty where it is not known
    std::string coordinator_dc{};
    std::optional<TraceId> trace_id{};
    std::chrono::microseconds latency{
        0};  ///< from the call to the answer's arrival, not to its handler

    [[nodiscard]] bool ok() const noexcept { return !error.has_value(); }
};

struct Done {};

/// Rows of one request and how to go on: a page that is exactly full may be followed by an empty
/// one.
struct Rows {
    Page page{};
    bool has_more = false;
    std::string page_state{};  ///< opaque bytes for the next `execute`
};

template <class T>
using Handler = std::function<void(Answer<T>)>;

/// A session with a cluster: prepares statements and runs them, without waiting.
///
/// Every accepted call is answered: its handler runs exactly once, from `dispatch()`, on the
/// caller's thread and never inside the call itself. A call that returns an error was not accepted,
/// and its handler never runs. Codes: `overloaded` (too many in flight: wait for an answer),
/// `unavailable` (closed), `invalid_argument` (rows do not fit the statement, or lie in several
/// partitions), `too_large`.
///
/// Statements wait for the connection; calls before it share its fate. There are no retries: the
/// caller has its own ladder. Thread safe, except that `dispatch()` is for one thread at a time. A
/// handler may call the session, but not destroy it.
class Session {
  public:
    Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    /// Closes. Handlers that have not run are dropped: call `close()` and `dispatch()` before to
    /// hear of them.
    virtual ~Session() = default;

    /// Readable while `dispatch()` has something to do; for poll, epoll or Asio. It belongs to the
    /// session.
    [[nodiscard]] virtual int event_fd() const noexcept = 0;
    /// Runs the handlers of at most `limit` answers and returns their number. Never waits.
    virtual std::size_t dispatch(std::size_t limit = 256) = 0;
    /// Requests whose handler has not run.
    [[nodiscard]] virtual std::size_t in_flight() const = 0;

    virtual Result<void> prepare(std::string_view cql, std::chrono::milliseconds timeout,
                                 Handler<Statement> handler) = 0;
    /// One row of values runs the statement once; more rows are an unlogged batch and must lie in
    /// one partition. `page_state` is that of the page before, empty for the first. The rows may be
    /// used again when the call has returned.
    virtual Result<void> execute(const Statement& statement, const PackedRows& rows,
                                 const ExecuteOptions& options, std::string_view page_state,
                                 Handler<Rows> handler) = 0;
    /// One statement without values that changes the schema; the answer comes when the nodes agree
    /// on it. One at a time in a cluster: concurrent changes can diverge.
    virtual Result<void> change_schema(std::string_view cql, std::chrono::milliseconds timeout,
                                       Handler<Done> handler) = 0;
    /// Freshly read. `keyspace` may be empty; an unknown one is `invalid`.
    virtual Result<void> topology(std::string_view keyspace, std::chrono::milliseconds timeout,
                                  Handler<Topology> handler) = 0;

    /// Cancels what is in flight and refuses what comes. Waits for the driver's thread, about a
    /// second at most.
    virtual void close() = 0;
};

/// Dispatches until `finished()` or the time is over; false in the second case. For commands and
/// tests that have nothing else to do.
bool dispatch_until(Session& session, const std::function<bool()>& finished,
                    std::chrono::milliseconds timeout);

}  // namespace fleet::cql
