// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "devcluster/cql_frame.hpp"
#include "devcluster/cql_script.hpp"
#include "devcluster/embedded.hpp"
#include "devcluster/process.hpp"

#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace fleet::devcluster {

/// What the runner asks of a cluster.
class SchemaPort {
  public:
    virtual ~SchemaPort() = default;
    /// Runs one statement. Errors: those of the server and of the connection.
    [[nodiscard]] virtual Result<CqlRows> execute(const std::string& statement) = 0;
    /// The versions of the schema that the nodes have: one when they agree.
    [[nodiscard]] virtual Result<std::set<std::string>> schema_versions() = 0;
};

/// A numbered file of statements.
struct Migration {
    int version = 0;
    std::string name;      ///< of the file
    std::string checksum;  ///< of its bytes
    std::vector<CqlStatement> statements;
};

/// The files of `init-scripts/` and `migrations/` in order of their numbers. Errors:
/// invalid_argument for a name without number, a number that is there twice, a file that cannot be
/// split.
[[nodiscard]] Result<std::vector<Migration>> migrations_of(std::span<const EmbeddedFile> files);

struct MigrationReport {
    std::vector<Migration> applied;
    int already = 0;  ///< were applied before
};

/// Applies what `schema_migrations` does not name, statement by statement, waiting after each until
/// the nodes agree on the schema; then writes version and checksum. Errors: already_exists when a
/// file that was applied has changed since, or one is recorded that is not among `migrations`
/// (nothing is applied then); deadline_exceeded when the nodes do not agree within 60 s; those of
/// the port, with file and line. What failed is applied again from its first statement next time.
/// `now_ms` is written as applied_at.
[[nodiscard]] Result<MigrationReport> apply_migrations(
    SchemaPort& port, const std::vector<Migration>& migrations, std::int64_t now_ms,
    const Pause& pause, const std::function<void(const Migration&, std::size_t)>& progress);

}  // namespace fleet::devcluster
