// SPDX-License-Identifier: Apache-2.0
#include "devcluster/migrations.hpp"

#include "devcluster/layout.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace fleet::devcluster {

namespace {

constexpr std::int64_t kAgreementMs = 60'000;
constexpr std::int64_t kAgreementPollMs = 100;

std::string checksum_of(std::string_view bytes) {
    return fmt::format("xxh3:{:016x}", XXH3_64bits(bytes.data(), bytes.size()));
}

struct Recorded {
    std::string name;
    std::string checksum;
};

/// What was applied before; nothing when there is no keyspace or no table yet.
Result<std::map<int, Recorded>> recorded(SchemaPort& port) {
    FLEET_TRY(const CqlRows table,
              port.execute(fmt::format("SELECT table_name FROM system_schema.tables WHERE "
                                       "keyspace_name = '{}' AND table_name = 'schema_migrations'",
                                       kKeyspace)));
    std::map<int, Recorded> out;
    if (table.rows.empty()) return out;
    FLEET_TRY(const CqlRows rows,
              port.execute(fmt::format("SELECT version, name, checksum FROM {}.schema_migrations",
                                       kKeyspace)));
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
        const auto version = rows.integer(i, "version");
        if (!version) return fail(Code::corrupt, "schema_migrations has a row without version");
        out[static_cast<int>(*version)] = {rows.text(i, "name").value_or(""),
                                           rows.text(i, "checksum").value_or("")};
    }
    return out;
}

Result<void> check_recorded(const std::map<int, Recorded>& done,
                            const std::vector<Migration>& migrations) {
    for (const auto& [version, row] : done) {
        const auto same = std::find_if(migrations.begin(), migrations.end(),
                                       [&](const Migration& m) { return m.version == version; });
        if (same == migrations.end())
            return fail(Code::already_exists,
                        fmt::format("the cluster has version {} ({}) of the schema, which this "
                                    "fleet does not know; use the newer one that applied it",
                                    version, row.name));
        if (same->checksum != row.checksum)
            return fail(Code::already_exists,
                        fmt::format("{} was applied with checksum {} and now has {}; a file that "
                                    "was applied must not change: put it back, and write the "
                                    "change as a new migration",
                                    same->name, row.checksum, same->checksum));
    }
    return {};
}

Result<void> wait_for_agreement(SchemaPort& port, const Pause& pause) {
    std::set<std::string> versions;
    for (std::int64_t waited = 0; waited <= kAgreementMs; waited += kAgreementPollMs) {
        FLEET_TRY(versions, port.schema_versions());
        if (versions.size() == 1) return {};
        if (pause(kAgreementPollMs)) return fail(Code::unavailable, "interrupted");
    }
    return fail(Code::deadline_exceeded,
                fmt::format("the nodes have {} versions of the schema after {} s; look at `fleet "
                            "cassandra health` and try again",
                            versions.size(), kAgreementMs / 1000));
}

Result<void> apply(SchemaPort& port, const Migration& migration, std::int64_t now_ms,
                   const Pause& pause,
                   const std::function<void(const Migration&, std::size_t)>& progress) {
    for (std::size_t i = 0; i < migration.statements.size(); ++i) {
        const CqlStatement& statement = migration.statements[i];
        progress(migration, i);
        const auto within = [&](const Error& error) {
            return fail(error.within(fmt::format("{}:{}", migration.name, statement.line)));
        };
        if (auto done = port.execute(statement.text); !done) return within(done.error());
        if (auto agreed = wait_for_agreement(port, pause); !agreed) return within(agreed.error());
    }
    const auto written = port.execute(fmt::format(
        "INSERT INTO {}.schema_migrations (version, name, checksum, applied_at) VALUES ({}, '{}', "
        "'{}', {})",
        kKeyspace, migration.version, migration.name, migration.checksum, now_ms));
    if (written) return {};
    return fail(written.error().within(fmt::format(
        "{} was applied, but that could not be written down; run it again", migration.name)));
}

}  // namespace

Result<std::vector<Migration>> migrations_of(std::span<const EmbeddedFile> files) {
    std::vector<Migration> out;
    for (const EmbeddedFile& file : files) {
        const auto slash = file.path.find('/');
        const std::string_view folder = file.path.substr(0, slash);
        if (folder != "init-scripts" && folder != "migrations") continue;
        const std::string_view name = file.path.substr(slash + 1);
        Migration migration;
        migration.name = name;
        const auto [end, error] =
            std::from_chars(name.data(), name.data() + name.size(), migration.version);
        if (error != std::errc{} || migration.version < 1 || *end != '-' ||
            name.find('\'') != std::string_view::npos)
            return fail(Code::invalid_argument,
                        fmt::format("{}: a migration is called NNN-what-it-does.cql", file.path));
        auto statements = split_cql(file.text);
        if (!statements) return fail(statements.error().within(file.path));
        migration.statements = std::move(statements).value();
        migration.checksum = checksum_of(file.text);
        out.push_back(std::move(migration));
    }
    std::sort(out.begin(), out.end(),
              [](const Migration& a, const Migration& b) { return a.version < b.version; });
    const auto twice = std::adjacent_find(
        out.begin(), out.end(),
        [](const Migration& a, const Migration& b) { return a.version == b.version; });
    if (twice != out.end())
        return fail(Code::invalid_argument, fmt::format("{} and {} have the same number",
                                                        twice->name, std::next(twice)->name));
    return out;
}

Result<MigrationReport> apply_migrations(
    SchemaPort& port, const std::vector<Migration>& migrations, std::int64_t now_ms,
    const Pause& pause, const std::function<void(const Migration&, std::size_t)>& progress) {
    FLEET_TRY_VOID(wait_for_agreement(port, pause));
    FLEET_TRY(const auto done, recorded(port));
    FLEET_TRY_VOID(check_recorded(done, migrations));
    MigrationReport report;
    for (const Migration& migration : migrations) {
        if (done.count(migration.version) != 0) {
            ++report.already;
            continue;
        }
        FLEET_TRY_VOID(apply(port, migration, now_ms, pause, progress));
        report.applied.push_back(migration);
    }
    return report;
}

}  // namespace fleet::devcluster
