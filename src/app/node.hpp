// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "engine/engine.hpp"
#include "ingest/ingest_port.hpp"
#include "live/hub.hpp"
#include "notify/outbox.hpp"
#include "replicate/replicator.hpp"
#include "server/server.hpp"

#include <memory>
#include <string>

namespace fleet::app {

/// A running server on the embedded engine: `serve` and `demo`. The port is bound first, so that
/// health answers while the store recovers; data routes open once it has.
class Node {
  public:
    /// Errors: of the address, the port, the data directory.
    [[nodiscard]] static Result<std::unique_ptr<Node>> start(
        const Config& config, const std::shared_ptr<const Clock>& clock);
    ~Node();  ///< stop(), whose error can only be logged then
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    [[nodiscard]] engine::Engine& engine() noexcept { return *engine_; }
    [[nodiscard]] ingest::IngestPort& ingest() noexcept { return *ingest_; }
    [[nodiscard]] std::string url() const { return server_->url(); }
    [[nodiscard]] std::uint16_t port() const { return server_->port(); }
    /// Refuses new requests, finishes those in flight, drains the engine, closes (I15). Once.
    [[nodiscard]] Result<void> stop();

  private:
    Node() = default;

    // In the order in which they are started; stopped in reverse.
    std::unique_ptr<server::Server> server_;
    std::shared_ptr<engine::Engine> engine_;
    std::unique_ptr<replicate::Replicator> replicator_;  ///< null: nothing is copied
    std::shared_ptr<ingest::IngestPort> ingest_;
    std::shared_ptr<live::Hub> hub_;
    std::unique_ptr<notify::Outbox> outbox_;  ///< null: no channel is configured
};

}  // namespace fleet::app
