// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fleet::codec {
class ZoneDatabase;
}
namespace fleet::ingest {
class IngestPort;
}
namespace fleet::live {
class Hub;
}
namespace fleet::store {
class FleetReader;
class FleetControl;
class FleetUpkeep;
}  // namespace fleet::store

namespace fleet::server {

/// Bounds of everything that a peer can make grow (I9). Over them: 408, 411, 413, 431, 429 or 503,
/// never more memory.
struct Limits {
    std::uint64_t ingest_body_bytes = 16ULL << 20;  ///< as sent, compressed or not
    std::uint64_t body_bytes = 1ULL << 20;          ///< of other requests
    std::uint64_t inflated_bytes = 64ULL << 20;     ///< of a gzip or zstd body
    std::uint64_t inflate_ratio = 200;              ///< inflated : compressed, beyond the first MiB
    std::uint64_t ingest_in_flight_bytes =
        128ULL << 20;                        ///< bodies being read, decoded or stored; over it 429
    std::uint32_t header_bytes = 16U << 10;  ///< request line and headers together
    std::size_t batch_records = 10'000;
    std::size_t connections = 10'240;
    std::size_t blocking_queue = 512;  ///< reads waiting for a thread
    std::int64_t header_timeout_ms =
        10'000;  ///< from the first byte of a request to the end of its headers
    std::int64_t body_timeout_ms = 60'000;      ///< for a whole body
    std::int64_t idle_timeout_ms = 60'000;      ///< between requests of a connection
    std::int64_t write_timeout_ms = 30'000;     ///< without progress of the peer
    std::int64_t request_deadline_ms = 30'000;  ///< from the end of the body to the answer
    std::int64_t drain_ms = 10'000;             ///< of request_stop() (I15)
};

/// Tiles of an operator for the dashboard's map; without them it shows its built-in base map only.
struct MapOptions {
    std::optional<std::string>
        tile_url;  ///< https://host/{z}/{x}/{y}.png; its host joins img-src and connect-src
    std::string attribution;
};

struct ServerOptions {
    std::string listen = "127.0.0.1:8501";  ///< host:port, [v6]:port; port 0 = any free one.
                                            ///< `localhost` means both families
    bool allow_public_bind = false;  ///< without it, an address that is not loopback is refused
    /// Further accepted names in Host and Origin, for example behind a proxy.
    std::vector<std::string> host_names{};
    unsigned io_threads = 2;
    unsigned blocking_threads = 2;  ///< for reads, large bodies and the live tick
    Limits limits{};
    MapOptions map{};
    bool auto_register = true;  ///< unknown devices of POST ingest are registered, else quarantined
    std::string default_fleet = "default";
    std::int64_t stale_ms = 5 * kMsPerMinute;  ///< also the window of "active"
    std::int64_t offline_ms = 30 * kMsPerMinute;
    std::int64_t future_tolerance_ms = 2 * kMsPerMinute;
    std::string version = "0.1.0";
    std::string durability = "sync";  ///< shown in health: "sync" or "process"
    std::string store = "local";      ///< shown in health: "local" or "cassandra"
};

/// What the routes stand on. All of it is thread-safe.
struct Services {
    std::shared_ptr<store::FleetReader> reader;
    std::shared_ptr<ingest::IngestPort>
        ingest;                      ///< null: a node that only shows; POST ingest answers 503
    std::shared_ptr<live::Hub> hub;  ///< null: no live socket, it answers 503
    /// Zones, rules and work on alerts; null: their routes answer 503.
    std::shared_ptr<store::FleetControl> control{};
    /// Makes a reader of time zones for one request; empty: as without `control`.
    std::function<codec::ZoneDatabase()> time_zones{};
    /// Erasing and backups; null: their routes answer 503.
    std::shared_ptr<store::FleetUpkeep> upkeep{};
    /// Appends what another part counts to /metrics, in its text format; empty: nothing.
    std::function<void(std::string&)> more_metrics{};
    /// The member `notify` of health, an object in JSON; empty: there is none.
    std::function<std::string()> notify_health{};
    /// The member `replication` of health, likewise.
    std::function<std::string()> replication_health{};
    /// The member `cluster` of health, an object in JSON; must not block. Empty: there is none.
    std::function<std::string()> cluster_health{};
};

/// HTTP, WebSocket and web pages. Listens from start() on, so that health answers while the store
/// still recovers; data routes answer 503 until set_ready(). Thread-safe.
class Server {
  public:
    /// Errors: invalid_argument (address, public bind not allowed), busy (port in use), io.
    [[nodiscard]] static Result<std::unique_ptr<Server>> start(ServerOptions options,
                                                               std::shared_ptr<const Clock> clock);
    virtual ~Server() = default;

    /// Opens the data routes. Once.
    virtual void set_ready(Services services) = 0;
    /// Bound port (the one of the first address).
    [[nodiscard]] virtual std::uint16_t port() const = 0;
    /// For a person, for example http://localhost:8501
    [[nodiscard]] virtual std::string url() const = 0;
    /// Stops accepting; requests in flight finish within Limits::drain_ms, live sockets close with
    /// 1001. Returns at once.
    virtual void request_stop() = 0;
    /// Waits for the end after request_stop(). Then no call into the services is running or will be
    /// made.
    virtual void join() = 0;
};

}  // namespace fleet::server
