// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.hpp"
#include "app/polled_fleets.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "live/hub.hpp"
#include "server/server.hpp"
#include "store/cassandra/cassandra_reader.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace fleet::app {

/// A running server without data of its own: `serve --store cassandra`. Reads what other nodes
/// wrote to the cluster, and takes no records.
class ClusterNode {
  public:
    /// The port is bound first, then the cluster is connected to. Errors: of the address, the port,
    /// the cluster.
    [[nodiscard]] static Result<std::unique_ptr<ClusterNode>> start(
        const Config& config, const std::shared_ptr<const Clock>& clock);
    ~ClusterNode();
    ClusterNode(const ClusterNode&) = delete;
    ClusterNode& operator=(const ClusterNode&) = delete;

    [[nodiscard]] std::string url() const { return server_->url(); }
    [[nodiscard]] std::uint16_t port() const { return server_->port(); }
    /// Finishes requests in flight and closes. Once.
    void stop();

  private:
    ClusterNode() = default;
    /// Asks now and then what the cluster can do, so that health answers without waiting.
    void watch();
    [[nodiscard]] bool stopping() const;

    // In the order in which they are started; stopped in reverse.
    std::unique_ptr<server::Server> server_;
    std::shared_ptr<store::CassandraReader> reader_;
    std::shared_ptr<PolledFleets> fleets_;
    std::shared_ptr<live::Hub> hub_;
    std::string keyspace_;
    std::string home_dc_;
    std::string remote_dc_;

    mutable std::mutex mutex_;
    std::condition_variable stopped_;
    bool stop_ = false;
    std::string health_ = "{}";
    std::thread watcher_;
};

}  // namespace fleet::app
