// SPDX-License-Identifier: Apache-2.0
#include "server/health.hpp"

#include "codec/json_writer.hpp"
#include "ingest/ingest_port.hpp"
#include "live/hub.hpp"

#include <algorithm>

namespace fleet::server {

namespace {

void count(codec::JsonWriter& json, std::string_view name, std::uint64_t value) {
    json.key(name);
    json.unsigned_integer(value);
}

void write_stats(codec::JsonWriter& json, const ingest::EngineStats& stats) {
    const auto& a = stats.accounting;
    json.key("accounting");
    json.begin_object();
    count(json, "received", a.received);
    count(json, "stored", a.stored);
    count(json, "duplicates", a.duplicates);
    count(json, "conflicts", a.conflicts);
    count(json, "late", a.late);
    count(json, "quarantined", a.quarantined);
    count(json, "refused", a.refused);
    count(json, "erased", a.erased);
    json.key("quarantined_by_reason");
    json.begin_object();
    for (std::size_t i = 0; i < model::kReasonCount; ++i)
        if (a.quarantined_by_reason[i] != 0)
            count(json, model::to_string(static_cast<model::Reason>(i)),
                  a.quarantined_by_reason[i]);
    json.end_object();
    json.end_object();
    json.key("journal");
    json.begin_object();
    count(json, "bytes", stats.journal_bytes);
    count(json, "segments", stats.journal_segments);
    count(json, "sequence", stats.journal_sequence);
    count(json, "checkpoint_sequence", stats.checkpoint_sequence);
    // Entries that a restart would replay.
    count(json, "lag_entries",
          stats.journal_sequence - std::min(stats.journal_sequence, stats.checkpoint_sequence));
    count(json, "syncs", stats.syncs);
    json.end_object();
    count(json, "devices", stats.devices);
    count(json, "fleets", stats.fleets);
    count(json, "table_bytes", stats.table_bytes);
    count(json, "disk_free_bytes", stats.disk_free_bytes);
    count(json, "disk_reserve_bytes", stats.disk_reserve_bytes);
    count(json, "queue_bytes", stats.queue_bytes);
    count(json, "tail_rows", stats.tail_rows);
}

/// From a decoded batch to its durable answer, since the start. Whoever asks twice can tell what
/// was between.
void write_acks(codec::JsonWriter& json, const Histogram& acks) {
    json.key("ingest_ack");
    json.begin_object();
    json.key("bounds_s");
    json.begin_array();
    for (const double bound : Histogram::kBounds) json.real(bound);
    json.end_array();
    json.key("counts");
    json.begin_array();
    for (const std::uint64_t n : acks.counts()) json.unsigned_integer(n);
    json.end_array();
    json.end_object();
}

}  // namespace

std::string health_json(const ServerOptions& options, const Services* services,
                        const Metrics& metrics, bool stopping, std::int64_t uptime_ms) {
    std::string out;
    codec::JsonWriter json(out);
    const bool writes = services != nullptr && services->ingest != nullptr;
    std::optional<ingest::EngineStats> stats;
    if (writes) stats = services->ingest->stats();
    const bool accepting = stats && stats->accepting && !stopping;
    std::string_view because;
    if (stopping) {
        because = "stopping";
    } else if (services == nullptr) {
        because = "the store is still opening";
    } else if (!writes) {
        because = "this node only shows; records go to another one";
    } else if (!accepting) {
        because = stats->refusing_because;
    }
    json.begin_object();
    json.member("status", stopping               ? "stopping"
                          : services == nullptr  ? "starting"
                          : writes && !accepting ? "degraded"
                                                 : "ok");
    json.member("version", options.version);
    json.member("durability", options.durability);
    json.member("store", options.store);
    json.member_boolean("accepting", accepting);
    if (because.empty()) {
        json.member_null("refusing_because");
    } else {
        json.member("refusing_because", because);
    }
    json.member_fixed("uptime_s", uptime_ms, 3);
    if (stats) {
        write_stats(json, *stats);
        write_acks(json, metrics.ingest_acks());
    }
    count(json, "connections",
          static_cast<std::uint64_t>(std::max<std::int64_t>(0, metrics.connections)));
    if (services != nullptr && services->hub) {
        json.key("live");
        json.begin_object();
        count(json, "clients", services->hub->clients());
        count(json, "messages", metrics.live_messages);
        count(json, "bytes", metrics.live_bytes);
        json.end_object();
    }
    if (services != nullptr && services->replication_health) {
        json.key("replication");
        json.raw(services->replication_health());
    }
    if (services != nullptr && services->notify_health) {
        json.key("notify");
        json.raw(services->notify_health());
    }
    if (services != nullptr && services->cluster_health) {
        json.key("cluster");
        json.raw(services->cluster_health());
    }
    json.end_object();
    return out;
}

std::string config_json(const ServerOptions& options) {
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.key("map");
    json.begin_object();
    if (options.map.tile_url) {
        json.member("tile_url", *options.map.tile_url);
    } else {
        json.member_null("tile_url");
    }
    if (options.map.attribution.empty()) {
        json.member_null("attribution");
    } else {
        json.member("attribution", options.map.attribution);
    }
    json.end_object();
    json.member("version", options.version);
    json.end_object();
    return out;
}

}  // namespace fleet::server
