// SPDX-License-Identifier: Apache-2.0
#include "devcluster/schema_nodes.hpp"

#include "devcluster/cluster.hpp"
#include "devcluster/embedded.hpp"
#include "devcluster/layout.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

namespace fleet::devcluster {

namespace {

constexpr std::int64_t kConnectMs = 5'000;
constexpr std::int64_t kReadMs = 5'000;
constexpr std::int64_t kDdlMs = 60'000;
constexpr int kMaxPort = 65'535;

/// "name:port" into its parts.
Result<std::pair<std::string, int>> host_and_port(const std::string& text) {
    const auto colon = text.find(':');
    std::string name = text.substr(0, colon);
    int port = kCqlPort;
    bool good = !name.empty();
    if (colon != std::string::npos) {
        const char* end = text.data() + text.size();
        const auto [stopped, error] = std::from_chars(text.data() + colon + 1, end, port);
        good = good && error == std::errc{} && stopped == end && port >= 1 && port <= kMaxPort;
    }
    if (!good)
        return fail(Code::invalid_argument,
                    fmt::format("'{}' is no host and no host:port of a Cassandra node", text));
    return std::pair{std::move(name), port};
}

Result<std::string> address_of(const std::string& name) {
    addrinfo wanted{};
    wanted.ai_family = AF_INET;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int why = ::getaddrinfo(name.c_str(), nullptr, &wanted, &found); why != 0)
        return fail(Code::invalid_argument, fmt::format("the host '{}' has no IPv4 address: {}",
                                                        name, ::gai_strerror(why)));
    sockaddr_in first{};
    std::array<char, INET_ADDRSTRLEN> text{};
    // ai_addr is of the family that was asked for.
    first = *reinterpret_cast<const sockaddr_in*>(found->ai_addr);
    ::freeaddrinfo(found);
    if (::inet_ntop(AF_INET, &first.sin_addr, text.data(), text.size()) == nullptr)
        return fail(errno_error(fmt::format("the address of '{}'", name), errno));
    return std::string(text.data());
}

}  // namespace

Result<std::string> schema_version(CqlConnection& node) {
    FLEET_TRY(const CqlRows rows,
              node.query("SELECT schema_version FROM system.local", Consistency::one, kReadMs));
    const auto version = rows.uuid(0, "schema_version");
    if (!version) return fail(Code::corrupt, "system.local has no schema_version");
    return *version;
}

Result<void> SchemaNodes::add(const std::string& address, int port) {
    FLEET_TRY(CqlConnection connection, CqlConnection::connect(address, port, kConnectMs));
    connections_.push_back(std::move(connection));
    return {};
}

Result<CqlRows> SchemaNodes::execute(const std::string& statement) {
    return connections_.front().query(statement, Consistency::quorum, kDdlMs);
}

Result<std::set<std::string>> SchemaNodes::schema_versions() {
    std::set<std::string> versions;
    for (CqlConnection& node : connections_) {
        FLEET_TRY(std::string version, schema_version(node));
        versions.insert(std::move(version));
    }
    if (!ask_peers_) return versions;
    FLEET_TRY(const CqlRows peers,
              connections_.front().query("SELECT schema_version FROM system.peers",
                                         Consistency::one, kReadMs));
    for (std::size_t i = 0; i < peers.rows.size(); ++i)
        if (auto version = peers.uuid(i, "schema_version")) versions.insert(std::move(*version));
    return versions;
}

Result<MigrationReport> migrate(SchemaPort& nodes, std::int64_t now_ms, const Talk& talk) {
    FLEET_TRY(const auto migrations, migrations_of(embedded_files()));
    return apply_migrations(
        nodes, migrations, now_ms, talk.pause,
        [&](const Migration& migration, std::size_t statement) {
            talk.progress(fmt::format("{}: statement {} of {}", migration.name, statement + 1,
                                      migration.statements.size()));
        });
}

Result<MigrationReport> apply_schema_at(std::span<const std::string> hosts, std::int64_t now_ms,
                                        const Talk& talk) {
    SchemaNodes nodes;
    for (const std::string& host : hosts) {
        FLEET_TRY(const auto place, host_and_port(host));
        FLEET_TRY(const std::string address, address_of(place.first));
        if (auto added = nodes.add(address, place.second); !added)
            return fail(Code::unavailable,
                        fmt::format("{} does not answer ({}); the schema is changed only while all "
                                    "nodes are up",
                                    host, added.error().message));
    }
    nodes.ask_peers();
    return migrate(nodes, now_ms, talk);
}

}  // namespace fleet::devcluster
