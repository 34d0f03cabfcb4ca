// SPDX-License-Identifier: Apache-2.0
#include "cql/session.hpp"

#include "cql/session_testing.hpp"

#include <gtest/gtest.h>

namespace fleet::cql {
namespace {

using namespace std::chrono_literals;

class FakeSessionTest : public testing::Test {
  protected:
    void SetUp() override {
        session.declare("SELECT", {{"device_id", "text"}}, {{"ts", "timestamp"}}, {0});
        session.declare("INSERT", {{"device_id", "text"}}, {}, {0});
        ASSERT_TRUE(session.prepare(
            "SELECT", 1s, [&](Answer<Statement> answer) { select = std::move(answer.value); }));
        ASSERT_EQ(session.dispatch(), 1U);
        key.text("V-1").end_row();
    }

    FakeSession session;
    Statement select;
    PackedRows key{1};
};

TEST_F(FakeSessionTest, PreparesOnlyWhatTheTestDeclares) {
    EXPECT_EQ(select.columns[0].name, "ts");
    std::optional<CqlError> error;
    ASSERT_TRUE(session.prepare("DROP", 1s,
                                [&](const Answer<Statement>& answer) { error = answer.error; }));
    session.dispatch();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->error, ErrorClass::syntax);
}

TEST_F(FakeSessionTest, AnswersAsToldInDispatchOnly) {
    session.answer = [this](const Asked& asked) {
        EXPECT_EQ(asked.cql, "SELECT");
        PackedRows rows(1);
        rows.timestamp(42).end_row();
        Answer<Rows> answer;
        answer.value.page = page_of(select.columns, rows);
        return answer;
    };
    std::optional<std::int64_t> ts;
    ASSERT_TRUE(session.execute(select, key, {.consistency = Consistency::quorum}, "state",
                                [&](const Answer<Rows>& answer) {
                                    RowReader reader(answer.value.page);
                                    ASSERT_TRUE(reader.next().value());
                                    ts = reader.timestamp(0).value();
                                }));
    EXPECT_FALSE(ts);
    EXPECT_TRUE(dispatch_until(session, [&] { return ts.has_value(); }, 5s));
    EXPECT_EQ(ts, 42);
    ASSERT_EQ(session.asked().size(), 1U);
    EXPECT_EQ(session.asked()[0].options.consistency, Consistency::quorum);
    EXPECT_EQ(session.asked()[0].page_state, "state");
    EXPECT_EQ(session.asked()[0].rows.bytes(), key.bytes());
}

TEST_F(FakeSessionTest, HasTheLimitsOfARealOne) {
    session.max_in_flight = 1;
    session.held = true;
    std::optional<ErrorClass> error;
    ASSERT_TRUE(session.execute(select, key, {}, {},
                                [&](const Answer<Rows>& answer) { error = answer.error->error; }));
    EXPECT_EQ(session.execute(select, key, {}, {}, {}).error().code, Code::overloaded);
    EXPECT_FALSE(dispatch_until(session, [&] { return error.has_value(); }, 1ms));
    session.close();
    EXPECT_EQ(session.dispatch(), 1U);
    EXPECT_EQ(error, ErrorClass::cancelled);
    EXPECT_EQ(session.execute(select, key, {}, {}, {}).error().code, Code::unavailable);
    EXPECT_EQ(session.in_flight(), 0U);
}

TEST_F(FakeSessionTest, AHandlerMayAskAgain) {
    int rounds = 0;
    std::function<void(const Answer<Rows>&)> again = [&](const Answer<Rows>& answer) {
        EXPECT_TRUE(answer.ok());
        if (++rounds < 3) {
            EXPECT_TRUE(session.execute(select, key, {}, {}, again));
        }
    };
    ASSERT_TRUE(session.execute(select, key, {}, {}, again));
    EXPECT_TRUE(dispatch_until(session, [&] { return rounds == 3; }, 5s));
    EXPECT_EQ(session.asked().size(), 3U);
}

}  // namespace
}  // namespace fleet::cql
