// SPDX-License-Identifier: Apache-2.0
#include "devcluster/migrations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fleet::devcluster {

namespace {

constexpr EmbeddedFile kFirst{"init-scripts/01-create.cql", "CREATE KEYSPACE a;\nCREATE TABLE b;"};
constexpr EmbeddedFile kSecond{"migrations/002-more.cql", "ALTER TABLE b ADD c;"};
constexpr EmbeddedFile kTenth{"migrations/010-last.cql", "ALTER TABLE b ADD d;"};
constexpr EmbeddedFile kOther{"dev/pom.xml", "<x/>"};

std::string int_cell(int value) { return {'\0', '\0', '\0', static_cast<char>(value)}; }

/// A cluster that remembers what was executed and, when its table is there, what was recorded.
class FakeCluster final : public SchemaPort {
  public:
    Result<CqlRows> execute(const std::string& statement) override {
        if (statement.find("system_schema.tables") != std::string::npos) {
            CqlRows rows;
            rows.columns = {"table_name"};
            if (has_table) rows.rows = {{"schema_migrations"}};
            return rows;
        }
        if (statement.rfind("SELECT version", 0) == 0) return recorded;
        if (statement == failing) return fail(Code::invalid_argument, "no viable alternative");
        executed.push_back(statement);
        disagreements = disagree_after_each;
        return CqlRows{};
    }
    Result<std::set<std::string>> schema_versions() override {
        if (disagreements > 0) {
            --disagreements;
            return std::set<std::string>{"x", "y"};
        }
        return std::set<std::string>{"x"};
    }

    void record(const Migration& migration) {
        has_table = true;
        recorded.rows.push_back({int_cell(migration.version), migration.name, migration.checksum});
    }

    bool has_table = false;
    CqlRows recorded{{"version", "name", "checksum"}, {}};
    std::string failing;
    std::vector<std::string> executed;
    int disagree_after_each = 0;
    int disagreements = 0;
};

struct Run {
    Result<MigrationReport> report;
    int waits;
};

Run run(FakeCluster& cluster, const std::vector<Migration>& migrations) {
    int waits = 0;
    auto report = apply_migrations(
        cluster, migrations, 1234,
        [&](std::int64_t) {
            ++waits;
            return false;
        },
        [](const Migration&, std::size_t) {});
    return {std::move(report), waits};
}

std::vector<Migration> both() {
    const EmbeddedFile files[] = {kSecond, kOther, kFirst};
    auto migrations = migrations_of(files);
    EXPECT_TRUE(migrations);
    return std::move(migrations).value();
}

}  // namespace

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(Migrations, ComeInOrderOfTheirNumbers) {
    const EmbeddedFile files[] = {kTenth, kSecond, kOther, kFirst};
    const auto migrations = migrations_of(files);
    ASSERT_TRUE(migrations);
    ASSERT_EQ(migrations->size(), 3U);
    EXPECT_EQ((*migrations)[0].version, 1);
    EXPECT_EQ((*migrations)[1].name, "002-more.cql");
    EXPECT_EQ((*migrations)[2].version, 10);
    EXPECT_EQ((*migrations)[0].statements.size(), 2U);
    EXPECT_THAT((*migrations)[0].checksum, StartsWith("xxh3:"));
    EXPECT_NE((*migrations)[0].checksum, (*migrations)[1].checksum);
}

TEST(Migrations, NamesWithoutNumberNumbersTwiceAndBrokenFilesAreRefused) {
    for (const EmbeddedFile& file :
         {EmbeddedFile{"migrations/more.cql", "A;"}, EmbeddedFile{"migrations/0-x.cql", "A;"},
          EmbeddedFile{"migrations/2x.cql", "A;"}, EmbeddedFile{"migrations/2-x.cql", "A 'x;"},
          EmbeddedFile{"migrations/2-it's.cql", "A;"},
          EmbeddedFile{"migrations/1-same.cql", "A;"}}) {
        const EmbeddedFile files[] = {kFirst, file};
        const auto migrations = migrations_of(files);
        ASSERT_FALSE(migrations) << file.path;
        EXPECT_EQ(migrations.error().code, Code::invalid_argument);
    }
}

TEST(Migrations, FilesOfTheBinaryAreValid) {
    const auto migrations = migrations_of(embedded_files());
    ASSERT_TRUE(migrations) << migrations.error().message;
    ASSERT_FALSE(migrations->empty());
    EXPECT_EQ(migrations->front().name, "01-create-schema.cql");
    int tables = 0;
    for (const CqlStatement& statement : migrations->front().statements) {
        EXPECT_THAT(statement.text, HasSubstr("IF NOT EXISTS")) << "line " << statement.line;
        if (statement.text.rfind("CREATE TABLE", 0) == 0) ++tables;
    }
    EXPECT_GE(tables, 6);
}

TEST(Migrations, FreshClusterGetsEveryStatementInOrderThenTheRecord) {
    FakeCluster cluster;
    const auto [report, waits] = run(cluster, both());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_THAT(cluster.executed,
                ElementsAre("CREATE KEYSPACE a", "CREATE TABLE b",
                            StartsWith("INSERT INTO fleet_iot.schema_migrations (version, name, "
                                       "checksum, applied_at) VALUES (1, '01-create.cql', 'xxh3:"),
                            "ALTER TABLE b ADD c", HasSubstr("VALUES (2, '002-more.cql', ")));
    EXPECT_THAT(cluster.executed[2], HasSubstr(", 1234)"));
    EXPECT_EQ(report->applied.size(), 2U);
    EXPECT_EQ(waits, 0);
}

TEST(Migrations, WhatIsRecordedIsNotAppliedAgain) {
    FakeCluster cluster;
    const auto migrations = both();
    cluster.record(migrations[0]);
    const auto first = run(cluster, migrations);
    ASSERT_TRUE(first.report);
    EXPECT_EQ(first.report->already, 1);
    EXPECT_EQ(cluster.executed.front(), "ALTER TABLE b ADD c");
    cluster.record(migrations[1]);
    cluster.executed.clear();
    const auto second = run(cluster, migrations);
    ASSERT_TRUE(second.report);
    EXPECT_EQ(second.report->already, 2);
    EXPECT_THAT(cluster.executed, IsEmpty());
}

TEST(Migrations, ChangedFileIsRefusedBeforeAnythingIsApplied) {
    FakeCluster cluster;
    auto migrations = both();
    cluster.record(migrations[0]);
    migrations[0].checksum = "xxh3:0000000000000000";
    const auto [report, waits] = run(cluster, migrations);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::already_exists);
    EXPECT_THAT(report.error().message, HasSubstr("01-create.cql was applied with checksum"));
    EXPECT_THAT(cluster.executed, IsEmpty());
}

TEST(Migrations, ClusterOfANewerVersionIsLeftAlone) {
    FakeCluster cluster;
    auto migrations = both();
    for (const Migration& migration : migrations) cluster.record(migration);
    migrations.pop_back();
    const auto [report, waits] = run(cluster, migrations);
    ASSERT_FALSE(report);
    EXPECT_THAT(report.error().message, HasSubstr("does not know"));
    EXPECT_THAT(cluster.executed, IsEmpty());
}

TEST(Migrations, FailureNamesFileAndLineAndIsNotRecorded) {
    FakeCluster cluster;
    cluster.failing = "CREATE TABLE b";
    const auto [report, waits] = run(cluster, both());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().message, "01-create.cql:2: no viable alternative");
    EXPECT_THAT(cluster.executed, ElementsAre("CREATE KEYSPACE a"));
}

TEST(Migrations, WaitsForAgreementAfterEachStatementButNotForEver) {
    FakeCluster cluster;
    cluster.disagree_after_each = 3;
    const auto good = run(cluster, both());
    ASSERT_TRUE(good.report);
    EXPECT_EQ(good.waits, 9) << "three statements, three disagreements after each";
    FakeCluster split;
    split.disagree_after_each = 1'000'000;
    const auto bad = run(split, both());
    ASSERT_FALSE(bad.report);
    EXPECT_EQ(bad.report.error().code, Code::deadline_exceeded);
    EXPECT_THAT(split.executed, ElementsAre("CREATE KEYSPACE a"));
}

}  // namespace fleet::devcluster
