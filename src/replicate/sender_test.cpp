// SPDX-License-Identifier: Apache-2.0
#include "replicate/sender.hpp"

#include "replicate/copier_testing.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace fleet::replicate::test {
namespace {

using cql::ErrorClass;

class SenderTest : public ::testing::Test {
  protected:
    SenderTest() {
        auto statements = Statements::prepare(*session_, kKeyspace, std::chrono::seconds(1));
        EXPECT_TRUE(statements) << (statements ? "" : statements.error().message);
        statements_ = std::move(*statements);
    }

    Sender make(SenderOptions options = {}) {
        return {*session_, statements_, {Rung::local_quorum, Rung::quorum, Rung::remote},
                {},        options,     clock_};
    }
    /// Days of a device, as one request.
    Request days(const std::vector<std::uint16_t>& numbers, std::int64_t stamp = 7) {
        Request request;
        request.ask = Ask::days;
        request.rows = cql::PackedRows(statements_.at(Ask::days));
        for (const std::uint16_t number : numbers)
            pack_day(request.rows, "V-1", Day{number}, number, 60);
        request.stamp_us = stamp;
        request.done = [this](const std::vector<Refused>& refused, const cql::Rows&) {
            ++done_;
            refused_ += refused.size();
        };
        return request;
    }
    void run(Sender& sender, int steps = 1) {
        for (int i = 0; i < steps; ++i) {
            sender.pump();
            session_->dispatch();
        }
    }
    static cql::Answer<cql::Rows> failing(ErrorClass error) {
        cql::Answer<cql::Rows> answer;
        answer.error = cql::CqlError{.error = error, .message = "no"};
        return answer;
    }

    std::shared_ptr<FakeCluster> cluster_ = std::make_shared<FakeCluster>();
    std::unique_ptr<cql::FakeSession> session_ = session_on(cluster_);
    std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>(Timestamp{1'000'000});
    Statements statements_;
    int done_ = 0;
    std::size_t refused_ = 0;
};

TEST_F(SenderTest, ARequestThatFailsClimbsAndKeepsItsStampOnEveryRungAndRetry) {
    int failures = 4;
    session_->answer = [&](const cql::Asked& asked) {
        return failures-- > 0 ? failing(ErrorClass::write_timeout) : cluster_->run(asked);
    };
    Sender sender = make();
    sender.push(days({1}, 42));
    run(sender, 5);
    EXPECT_EQ(done_, 0);
    ASSERT_EQ(session_->asked().size(), 3U);  // all rungs; then it waits
    EXPECT_EQ(session_->asked()[0].options.consistency, cql::Consistency::local_quorum);
    EXPECT_EQ(session_->asked()[1].options.consistency, cql::Consistency::quorum);
    EXPECT_EQ(session_->asked()[2].options.route, cql::Route::remote);
    ASSERT_TRUE(sender.next_ns().has_value());
    EXPECT_GT(*sender.next_ns(), clock_->monotonic_ns());
    clock_->advance_ms(60'000);
    run(sender, 5);
    EXPECT_EQ(done_, 1);
    EXPECT_EQ(sender.unfinished(), 0U);
    for (const cql::Asked& asked : session_->asked()) {
        EXPECT_EQ(asked.options.timestamp_us, 42);
        EXPECT_EQ(asked.rows.bytes(), session_->asked()[0].rows.bytes());
    }
}

TEST_F(SenderTest, ARefusedRowIsFoundInItsBatchAndItsNeighboursAreWritten) {
    session_->answer = [&](const cql::Asked& asked) {
        cql::PackedRows wrong(4);
        pack_day(wrong, "V-1", Day{2}, 2, 60);
        if (asked.rows.bytes().find(wrong.bytes()) != std::string_view::npos)
            return failing(ErrorClass::invalid);
        return cluster_->run(asked);
    };
    Sender sender = make();
    sender.push(days({1, 2, 3}));
    run(sender, 3);
    EXPECT_EQ(done_, 1);
    EXPECT_EQ(refused_, 1U);
    EXPECT_EQ(sender.unfinished(), 0U);
    EXPECT_EQ(sender.unfinished_rows(), 0U);
    const std::string text = cluster_->text();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
    EXPECT_EQ(sender.stats().refused, 1U);
}

TEST_F(SenderTest, WhenEverythingIsRefusedItIsNotTheRowsThatAreWrong) {
    session_->answer = [&](const cql::Asked&) { return failing(ErrorClass::invalid); };
    Sender sender = make({.most_refusals = 5});
    for (std::uint16_t day = 1; day <= 20; ++day) sender.push(days({day}));
    run(sender, 20);
    EXPECT_EQ(done_, 5);
    EXPECT_EQ(sender.unfinished(),
              15U);  // they wait until someone brings the table back
    session_->answer = [&](const cql::Asked& asked) { return cluster_->run(asked); };
    for (int i = 0; i < 20; ++i) {
        clock_->advance_ms(10'000);
        run(sender, 3);
    }
    EXPECT_EQ(done_, 20);
    EXPECT_EQ(refused_, 5U);
}

TEST_F(SenderTest, AnAccountThatMayNoLongerWriteLosesNothing) {
    bool allowed = false;
    session_->answer = [&](const cql::Asked& asked) {
        return allowed ? cluster_->run(asked) : failing(ErrorClass::unauthorized);
    };
    Sender sender = make();
    sender.push(days({1}));
    run(sender, 3);
    EXPECT_EQ(done_, 0);
    EXPECT_NE(sender.stats().last_error, "");
    allowed = true;
    clock_->advance_ms(60'000);
    run(sender, 3);
    EXPECT_EQ(done_, 1);
    EXPECT_EQ(refused_, 0U);
    EXPECT_EQ(sender.stats().last_error, "");
}

TEST_F(SenderTest, RequestsAndRowsInFlightAreBounded) {
    session_->held = true;
    Sender sender = make({.in_flight = 4, .rows_in_flight = 10});
    for (std::uint16_t day = 1; day <= 10; ++day) sender.push(days({day}));
    run(sender, 3);
    EXPECT_EQ(session_->in_flight(), 4U);
    EXPECT_EQ(sender.waiting(), 6U);
    session_->held = false;
    run(sender, 5);
    EXPECT_EQ(done_, 10);
    session_->held = true;
    for (std::uint16_t at = 0; at < 3; ++at) sender.push(days({1, 2, 3, 4}));
    run(sender, 3);
    EXPECT_EQ(session_->in_flight(), 2U);  // the third would be twelve rows
    session_->held = false;
    run(sender, 5);
    EXPECT_EQ(done_, 13);
}

TEST_F(SenderTest, WhileARungIsLeftOutRequestsBeginAtTheNext) {
    session_->answer = [&](const cql::Asked& asked) {
        return asked.options.consistency == cql::Consistency::local_quorum
                   ? failing(ErrorClass::unavailable)
                   : cluster_->run(asked);
    };
    Sender sender = make();
    for (std::uint16_t day = 1; day <= 8; ++day) {
        sender.push(days({day}));
        run(sender, 3);
    }
    EXPECT_EQ(done_, 8);
    EXPECT_TRUE(sender.ladder().states()[0].open);
    EXPECT_EQ(sender.ladder().states()[0].failed, 3U);
    EXPECT_EQ(sender.ladder().states()[1].succeeded, 8U);
}

}  // namespace
}  // namespace fleet::replicate::test
