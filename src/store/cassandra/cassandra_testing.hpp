// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cql/session_testing.hpp"
#include "store/cassandra/cassandra_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fleet::store::cassandra {

/// A cluster of a test: answers each query by a function that the test gives, with no rows
/// otherwise.
class FakeCluster {
  public:
    using Reply = std::function<cql::Answer<cql::Rows>(const cql::Asked&)>;

    FakeCluster() : session_(std::make_unique<cql::FakeSession>()), fake_(session_.get()) {
        specs_ = query_specs("ks");
        fake_->topology_answer.replication = {{"dc1", 2}, {"dc2", 2}};
        fake_->answer = [this](const cql::Asked& asked) {
            const auto found = replies_.find(asked.cql);
            return found == replies_.end() ? cql::Answer<cql::Rows>{} : found->second(asked);
        };
    }

    [[nodiscard]] cql::FakeSession& session() { return *fake_; }
    [[nodiscard]] QuerySpec& spec(Query query) { return specs_[index_of(query)]; }
    void on(Query query, Reply reply) { replies_[spec(query).cql] = std::move(reply); }

    /// Rows of a query: `pack` binds the cells of all of them.
    [[nodiscard]] cql::Answer<cql::Rows> rows(Query query,
                                              const std::function<void(cql::PackedRows&)>& pack) {
        cql::PackedRows packed(spec(query).columns.size());
        pack(packed);
        cql::Answer<cql::Rows> answer;
        answer.value.page = cql::page_of(spec(query).columns, packed);
        return answer;
    }

    /// A fleet of so many parts that keeps everything, and the fleet of every device.
    void has_fleet(const std::string& id, int parts = 1, int retention_days = 0) {
        on(Query::fleets, [=, this](const cql::Asked&) {
            return rows(Query::fleets, [&](cql::PackedRows& out) {
                out.text(id).integer(retention_days).integer(parts).end_row();
            });
        });
        on(Query::device_fleet, [=, this](const cql::Asked&) {
            return rows(Query::device_fleet, [&](cql::PackedRows& out) { out.text(id).end_row(); });
        });
    }

    [[nodiscard]] Result<std::shared_ptr<CassandraReader>> try_open(CassandraOptions options = {}) {
        for (const QuerySpec& one : specs_) {
            if (one.cql.empty()) continue;
            std::vector<cql::ColumnInfo> params;
            for (const std::string_view type : one.params)
                params.push_back({"p", std::string(type)});
            fake_->declare(one.cql, std::move(params), one.columns, {0});
        }
        options.keyspace = "ks";
        return CassandraReader::open(std::move(session_), std::move(options), clock, timer);
    }
    [[nodiscard]] std::shared_ptr<CassandraReader> open(const CassandraOptions& options = {}) {
        auto reader = try_open(options);
        EXPECT_TRUE(reader) << reader.error().message;
        return std::move(reader).value();
    }

    /// How often a query was asked.
    [[nodiscard]] std::size_t count(Query query) {
        const auto asked = fake_->asked();
        return static_cast<std::size_t>(
            std::count_if(asked.begin(), asked.end(),
                          [&](const cql::Asked& one) { return one.cql == spec(query).cql; }));
    }
    [[nodiscard]] std::vector<cql::Asked> asked(Query query) {
        std::vector<cql::Asked> out;
        for (cql::Asked& one : fake_->asked())
            if (one.cql == spec(query).cql) out.push_back(std::move(one));
        return out;
    }

    std::shared_ptr<ManualClock> clock =
        std::make_shared<ManualClock>(Timestamp{20'000 * kMsPerDay});
    std::shared_ptr<ManualClock> timer = std::make_shared<ManualClock>(Timestamp{kMsPerDay});

  private:
    std::unique_ptr<cql::FakeSession> session_;
    cql::FakeSession* fake_;
    std::vector<QuerySpec> specs_;
    std::map<std::string, Reply> replies_;
};

/// The first value of a key as text.
[[nodiscard]] inline std::string first_text(const cql::Asked& asked) {
    std::vector<cql::ColumnInfo> columns(asked.rows.params(), {"p", "text"});
    cql::RowReader row(cql::page_of(std::move(columns), asked.rows));
    EXPECT_TRUE(row.next().value());
    return std::string(row.text(0).value());
}

[[nodiscard]] inline cql::Answer<cql::Rows> failure(cql::ErrorClass error) {
    cql::Answer<cql::Rows> answer;
    answer.error = cql::CqlError{.error = error, .message = "by the test"};
    return answer;
}

}  // namespace fleet::store::cassandra
