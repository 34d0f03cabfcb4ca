// SPDX-License-Identifier: Apache-2.0
#include "app/server_options.hpp"

#include "app/cli.hpp"

namespace fleet::app {

namespace {

bool auto_register(const Config& config) {
    const std::string& asked = config.text(Key::ingest_auto_register);
    if (asked != "auto") return asked == "true";
    // Without accounts, whoever reaches a public address could fill the registry.
    const std::string& listen = config.text(Key::server_listen);
    const auto begins = [&](std::string_view host) {
        return listen.substr(0, host.size()) == host;
    };
    return begins("127.") || begins("localhost:") || begins("[::1]:");
}

}  // namespace

server::ServerOptions server_options(const Config& config) {
    server::ServerOptions options;
    options.listen = config.text(Key::server_listen);
    options.allow_public_bind = config.boolean(Key::server_allow_public);
    options.host_names = config.list(Key::server_host_names);
    options.io_threads = static_cast<unsigned>(config.integer(Key::server_threads));
    options.blocking_threads = static_cast<unsigned>(config.integer(Key::server_blocking_threads));
    options.limits.connections =
        static_cast<std::size_t>(config.integer(Key::server_max_connections));
    options.limits.ingest_body_bytes =
        static_cast<std::uint64_t>(config.integer(Key::server_max_body));
    options.limits.header_timeout_ms = config.integer(Key::server_header_timeout);
    options.limits.batch_records = static_cast<std::size_t>(config.integer(Key::ingest_max_batch));
    if (const std::string& tiles = config.text(Key::map_tile_url); !tiles.empty())
        options.map.tile_url = tiles;
    options.map.attribution = config.text(Key::map_attribution);
    options.auto_register = auto_register(config);
    options.default_fleet = config.text(Key::ingest_default_fleet);
    options.stale_ms = config.integer(Key::live_stale_after);
    options.offline_ms = config.integer(Key::live_offline_after);
    options.future_tolerance_ms = config.integer(Key::ingest_future_tolerance);
    options.version = version();
    options.durability = config.text(Key::engine_durability);
    return options;
}

live::HubOptions hub_options(const Config& config) {
    live::HubOptions options;
    options.tick_ms = config.integer(Key::live_tick);
    options.stale_ms = config.integer(Key::live_stale_after);
    options.offline_ms = config.integer(Key::live_offline_after);
    options.future_tolerance_ms = config.integer(Key::ingest_future_tolerance);
    options.version = version();
    return options;
}

}  // namespace fleet::app
