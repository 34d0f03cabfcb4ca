// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/blocking_pool.hpp"
#include "server/bounds.hpp"
#include "server/gate.hpp"
#include "server/handoff.hpp"
#include "server/http.hpp"
#include "server/metrics.hpp"
#include "server/router.hpp"
#include "server/server.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace fleet::server {

/// What is decided after the head of a request, before its body is read.
struct Admission {
    Match match;
    RouteId route = RouteId::none;
    std::optional<Response> refusal;  ///< answer now; the body is not read
    std::uint64_t body_limit = 0;
    bool counts_in_flight = false;  ///< its body comes out of the ingest budget
};

/// Everything behind the sockets: routes, their services, limits and counters. Lives as long as any
/// connection.
class Site {
  public:
    Site(ServerOptions options, std::shared_ptr<const Clock> clock, bool loopback_only);

    void set_ready(Services services);
    /// Null until the store is open.
    [[nodiscard]] std::shared_ptr<const Services> services() const;

    [[nodiscard]] Admission admit(const RequestHead& head);
    /// Answers an admitted request. Errors become problem documents; nothing is thrown out of it.
    [[nodiscard]] asio::awaitable<Response> handle(Io io, std::shared_ptr<const Request> request,
                                                   std::shared_ptr<const Admission> admission,
                                                   std::shared_ptr<Reservation> reservation);
    /// Header lines that an answer gets for its content type.
    [[nodiscard]] std::string_view security_headers(const Response& response) const noexcept;

    const ServerOptions options;
    const std::shared_ptr<const Clock> clock;
    const Gate gate;
    Metrics metrics;
    ByteBudget ingest_bytes;
    std::atomic<bool> stopping{false};    ///< no further requests on open connections
    std::atomic<bool> abandoning{false};  ///< the drain is over: nobody waits for answers any more
    BlockingPool pool;  ///< its tasks use the rest; stopped before anything else goes

  private:
    asio::awaitable<Response> read(Io io, std::shared_ptr<const Request> request,
                                   std::shared_ptr<const Admission> admission);
    [[nodiscard]] Response immediate(const Request& request, const Admission& admission);
    void admit_live(const RequestHead& head, const Services& ready, Admission& admission) const;
    void admit_ingest(const RequestHead& head, const Services& ready, Admission& admission) const;

    std::string page_security_;
    std::string data_security_;
    mutable std::mutex mutex_;
    std::shared_ptr<const Services> services_;
    std::int64_t started_ns_;
};

/// `http://host:port` of a tile URL, for the content security policy. invalid_argument: not
/// http(s), or characters that could end the directive.
[[nodiscard]] Result<std::string> tile_origin(std::string_view tile_url);

}  // namespace fleet::server
