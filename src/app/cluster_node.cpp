// SPDX-License-Identifier: Apache-2.0
#include "app/cluster_node.hpp"

#include "app/cluster_control.hpp"
#include "app/cluster_reader.hpp"
#include "app/cluster_report.hpp"
#include "app/local_engine.hpp"
#include "app/server_options.hpp"
#include "app/time_zones.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace fleet::app {

namespace {

/// Reads wait for the cluster, not for this machine, so there are more of them than cores.
constexpr unsigned kBlockingThreads = 16;
constexpr std::chrono::seconds kWatchEvery{5};

}  // namespace

Result<std::unique_ptr<ClusterNode>> ClusterNode::start(const Config& config,
                                                        const std::shared_ptr<const Clock>& clock) {
    std::unique_ptr<ClusterNode> node(new ClusterNode());
    server::ServerOptions options = server_options(config);
    options.store = "cassandra";
    options.auto_register = false;
    if (config.is_default(Key::server_blocking_threads))
        options.blocking_threads = kBlockingThreads;
    node->keyspace_ = config.text(Key::cassandra_keyspace);
    node->home_dc_ = config.text(Key::cassandra_dc);
    node->remote_dc_ = config.text(Key::cassandra_remote_dc);
    FLEET_TRY(node->server_, server::Server::start(std::move(options), clock));
    FLEET_TRY(node->reader_, open_cluster_reader(config, clock, Cached::yes));
    node->fleets_ = std::make_shared<PolledFleets>(
        node->reader_, LocalOperator::scope(), config.integer(Key::cassandra_poll_interval), clock);
    node->hub_ = live::Hub::create(hub_options(config), node->fleets_, clock);
    // Ready means that a live view of every fleet can be asked for.
    node->fleets_->poll();
    node->fleets_->start(node->hub_);
    node->watcher_ = std::thread([self = node.get()] { self->watch(); });
    server::Services services{node->reader_, nullptr, node->hub_,
                              std::make_shared<ClusterControl>(node->reader_), machine_time_zones};
    services.cluster_health = [self = node.get()] {
        const std::lock_guard lock(self->mutex_);
        return self->health_;
    };
    services.more_metrics = [self = node.get()](std::string& out) {
        append_cluster_metrics(self->reader_->counts(), self->fleets_->state(), out);
    };
    node->server_->set_ready(std::move(services));
    return node;
}

bool ClusterNode::stopping() const {
    const std::lock_guard lock(mutex_);
    return stop_;
}

void ClusterNode::watch() {
    for (;;) {
        const store::CassandraHealth health = reader_->health();
        std::vector<LevelProbe> levels;
        for (const replicate::RungState& state : health.counts.reads.rungs) {
            if (stopping()) return;
            LevelProbe& probe = levels.emplace_back();
            probe.rung = state.rung;
            if (const auto took = reader_->reads().probe(state.rung)) {
                probe.took = *took;
            } else {
                probe.error = took.error().message;
            }
        }
        std::string text = cluster_health_json({keyspace_, home_dc_, remote_dc_}, health, levels,
                                               fleets_->state());
        std::unique_lock lock(mutex_);
        health_ = std::move(text);
        stopped_.wait_for(lock, kWatchEvery, [&] { return stop_; });
        if (stop_) return;
    }
}

void ClusterNode::stop() {
    if (server_) {
        server_->request_stop();
        server_->join();
        server_.reset();
    }
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    stopped_.notify_all();
    if (watcher_.joinable()) watcher_.join();
    if (fleets_) fleets_->stop();
    hub_.reset();
    fleets_.reset();
    reader_.reset();
}

ClusterNode::~ClusterNode() { stop(); }

}  // namespace fleet::app
