// SPDX-License-Identifier: Apache-2.0
// What is wrong with a cluster is said in one sentence that says what to do.
#include "replicate/connect.hpp"

#include "replicate/copier_testing.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace fleet::replicate::test {
namespace {

using cql::ErrorClass;

/// The error of a connection to a cluster that `spoil` makes unfit; empty: there was none.
Error error_of(const std::function<void(cql::FakeSession&)>& spoil,
               std::optional<ErrorClass> refused = std::nullopt, std::string home_dc = "dc1",
               std::string remote_dc = "dc2") {
    const auto open =
        [&](const cql::ConnectOptions&,
            cql::Handler<cql::Done> connected) -> Result<std::unique_ptr<cql::Session>> {
        auto session = session_on(std::make_shared<FakeCluster>());
        spoil(*session);
        cql::Answer<cql::Done> answer;
        if (refused) answer.error = cql::CqlError{.error = *refused, .message = "refused"};
        connected(std::move(answer));
        return std::unique_ptr<cql::Session>(std::move(session));
    };
    const auto target = connect_target({.connect = {.contact_points = "10.0.0.1",
                                                    .home_dc = std::move(home_dc),
                                                    .remote_dc = std::move(remote_dc),
                                                    .user = "ada"},
                                        .keyspace = std::string(kKeyspace)},
                                       open);
    return target ? Error(Code::internal, "") : target.error();
}

const auto kFit = [](cql::FakeSession&) {};

TEST(Connect, AFitClusterOffersTheRungsOfItsReplication) {
    const auto open =
        [](const cql::ConnectOptions&,
           cql::Handler<cql::Done> connected) -> Result<std::unique_ptr<cql::Session>> {
        auto session = session_on(std::make_shared<FakeCluster>());
        session->topology_answer.replication = {{"dc1", 3}, {"dc2", 3}};
        connected({});
        return std::unique_ptr<cql::Session>(std::move(session));
    };
    const auto target =
        connect_target({.connect = {.contact_points = "h", .home_dc = "dc1", .remote_dc = "dc2"},
                        .keyspace = std::string(kKeyspace)},
                       open);
    ASSERT_TRUE(target) << target.error().message;
    EXPECT_EQ(target->rungs, (std::vector<Rung>{Rung::local_quorum, Rung::remote}));
    ASSERT_EQ(target->remarks.size(), 1U);  // that QUORUM is left out is worth a word
    EXPECT_NE(target->remarks[0].find("3 × dc1, 3 × dc2"), std::string::npos);
}

TEST(Connect, SaysWhichSettingIsWrong) {
    const auto expect = [](const Error& error, Code code, std::string_view word) {
        EXPECT_EQ(error.code, code) << error.message;
        EXPECT_NE(error.message.find(word), std::string::npos) << error.message;
    };
    expect(error_of(kFit, ErrorClass::no_connection), Code::unavailable, "cassandra.hosts");
    expect(error_of(kFit, ErrorClass::authentication), Code::invalid_argument,
           "the account \"ada\": set cassandra.username and cassandra.password");
    expect(error_of(kFit, std::nullopt, "dc9"), Code::invalid_argument,
           "\"dc9\" (it has dc1, dc2): set cassandra.dc");
    expect(error_of(kFit, std::nullopt, "dc1", "dc9"), Code::invalid_argument,
           "cassandra.remote_dc");
    expect(error_of([](cql::FakeSession& session) {
               session.topology_answer.replication = {{"dc2", 2}};
           }),
           Code::invalid_argument, "no replicas in datacentre \"dc1\"");
}

TEST(Connect, ATableThatIsMissingOrOfAnotherVersionNamesItselfAndTheCommand) {
    const auto open =
        [](const cql::ConnectOptions&,
           cql::Handler<cql::Done> connected) -> Result<std::unique_ptr<cql::Session>> {
        auto session = std::make_unique<cql::FakeSession>();  // knows no statement
        session->topology_answer.nodes = {{"1", "a", "dc1", "r", true}};
        session->topology_answer.replication = {{"dc1", 2}};
        connected({});
        return std::unique_ptr<cql::Session>(std::move(session));
    };
    const auto target = connect_target(
        {.connect = {.contact_points = "h", .home_dc = "dc1"}, .keyspace = std::string(kKeyspace)},
        open);
    ASSERT_FALSE(target);
    EXPECT_EQ(target.error().code, Code::invalid_argument);
    EXPECT_NE(target.error().message.find("telemetry_by_device_day"), std::string::npos);
    EXPECT_NE(target.error().message.find("fleet cassandra schema"), std::string::npos);
}

}  // namespace
}  // namespace fleet::replicate::test
