// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "devcluster/cql_connection.hpp"
#include "devcluster/migrations.hpp"

#include <cstdint>
#include <deque>
#include <set>
#include <span>
#include <string>

namespace fleet::devcluster {

struct Talk;

/// The version of the schema that a node has.
[[nodiscard]] Result<std::string> schema_version(CqlConnection& node);

/// The nodes that a schema is applied to: statements go to the first, versions are asked of each.
class SchemaNodes final : public SchemaPort {
  public:
    /// Connects to one more node. Errors: those of CqlConnection::connect().
    [[nodiscard]] Result<void> add(const std::string& address, int port);
    /// From now on the versions count that the first node has heard of its peers, too: nodes that
    /// were not added, and one that is down and would miss the change.
    void ask_peers() { ask_peers_ = true; }
    [[nodiscard]] Result<CqlRows> execute(const std::string& statement) override;
    [[nodiscard]] Result<std::set<std::string>> schema_versions() override;

  private:
    std::deque<CqlConnection> connections_;
    bool ask_peers_ = false;
};

/// Applies the migrations that the binary carries. Errors: those of apply_migrations().
[[nodiscard]] Result<MigrationReport> migrate(SchemaPort& nodes, std::int64_t now_ms,
                                              const Talk& talk);

/// The same on a cluster that somebody else runs, at `hosts`: names or IPv4 addresses, each with
/// `:port` or without (9042). Only one such command at a time may run, which nothing here can see
/// to. Errors: invalid_argument for a host that cannot be read or that no name service knows;
/// unavailable when one of the hosts does not answer (nothing is applied then); those of migrate().
[[nodiscard]] Result<MigrationReport> apply_schema_at(std::span<const std::string> hosts,
                                                      std::int64_t now_ms, const Talk& talk);

}  // namespace fleet::devcluster
