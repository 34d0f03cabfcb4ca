// SPDX-License-Identifier: Apache-2.0
#include "app/node.hpp"

#include "app/engine_alerts.hpp"
#include "app/local_engine.hpp"
#include "app/notify_channels.hpp"
#include "app/notify_report.hpp"
#include "app/replicated_port.hpp"
#include "app/replication.hpp"
#include "app/server_options.hpp"
#include "app/time_zones.hpp"
#include "ingest/engine_port.hpp"
#include "live/source.hpp"
#include "store/local/local_control.hpp"
#include "store/local/local_reader.hpp"
#include "store/local/local_upkeep.hpp"

#include <spdlog/spdlog.h>

namespace fleet::app {

namespace {

/// A second engine in the process, to check a backup: with little memory, while the first works.
engine::EngineOptions copy_options(const Config& config) {
    engine::EngineOptions options = engine_options(config);
    options.queue_bytes = 1ULL << 20;
    options.tail_budget_bytes = 16ULL << 20;
    options.apply_threads = 1;
    options.feed = false;
    return options;
}

}  // namespace

Result<std::unique_ptr<Node>> Node::start(const Config& config,
                                          const std::shared_ptr<const Clock>& clock) {
    std::unique_ptr<Node> node(new Node());
    FLEET_TRY(auto channels, notify_channels(config, clock));
    FLEET_TRY(node->server_, server::Server::start(server_options(config), clock));
    FLEET_TRY(node->engine_, open_engine(config, clock, Missing::create, Watch::on));
    node->ingest_ = std::make_shared<ingest::EnginePort>(
        *node->engine_, static_cast<int>(config.integer(Key::retention_days)));
    if (copies_to_cassandra(config)) {
        FLEET_TRY(node->replicator_, start_replication(config, *node->engine_, clock, Unfit::wait));
        if (config.text(Key::replicate_ack) == "replicated")
            node->ingest_ = std::make_shared<ReplicatedPort>(
                node->ingest_,
                [replicator = node->replicator_.get()](std::uint64_t sequence, std::int64_t ms) {
                    return replicator->wait_for(sequence, ms);
                },
                config.integer(Key::write_timeout), clock);
    }
    node->hub_ = live::Hub::create(hub_options(config),
                                   std::make_shared<live::EngineSource>(*node->engine_), clock);
    node->engine_->set_listener(node->hub_);
    server::Services services{
        std::make_shared<store::LocalReader>(node->engine_, clock),
        node->ingest_,
        node->hub_,
        std::make_shared<store::LocalControl>(node->engine_, clock),
        machine_time_zones,
        std::make_shared<store::LocalUpkeep>(node->engine_, clock, config.text(Key::backup_dir),
                                             copy_options(config))};
    if (node->replicator_) {
        // The server is joined before the replicator goes.
        services.more_metrics = [replicator = node->replicator_.get()](std::string& out) {
            append_replication_metrics(replicator->status(), out);
        };
        services.replication_health = [replicator = node->replicator_.get()] {
            return replication_json(replicator->status());
        };
    }
    if (!channels.empty()) {
        node->outbox_ = std::make_unique<notify::Outbox>(
            outbox_options(config, *clock), std::make_shared<EngineAlerts>(*node->engine_),
            std::move(channels), clock);
        // The server is joined before the outbox goes.
        services.more_metrics = [outbox = node->outbox_.get(),
                                 others = std::move(services.more_metrics)](std::string& out) {
            if (others) others(out);
            append_notify_metrics(outbox->stats(), out);
        };
        services.notify_health = [outbox = node->outbox_.get()] {
            return notify_health_json(outbox->stats());
        };
        node->outbox_->start();
    }
    node->server_->set_ready(std::move(services));
    return node;
}

Result<void> Node::stop() {
    if (outbox_) outbox_->request_stop();
    if (server_) {
        server_->request_stop();
        server_->join();
        server_.reset();
    }
    outbox_.reset();
    hub_.reset();
    ingest_.reset();
    replicator_.reset();
    if (!engine_) return {};
    engine_->set_listener(nullptr);
    auto stopped = engine_->stop();
    engine_.reset();
    return stopped;
}

Node::~Node() {
    if (auto stopped = stop(); !stopped)
        spdlog::error("stopping failed: {}", stopped.error().message);
}

}  // namespace fleet::app
