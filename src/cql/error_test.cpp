// SPDX-License-Identifier: Apache-2.0
#include "cql/error.hpp"

#include <gtest/gtest.h>
#include <set>

namespace fleet::cql {
namespace {

TEST(CqlError, EveryClassHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (std::uint8_t i = 1; i <= static_cast<std::uint8_t>(ErrorClass::internal); ++i) {
        EXPECT_TRUE(names.insert(to_string(static_cast<ErrorClass>(i))).second) << int{i};
    }
    EXPECT_EQ(names.size(), 20U);
}

TEST(CqlError, OnlyWhatWasRefusedBeforeItWasSentIsCertainlyNotWritten) {
    EXPECT_FALSE(may_have_written(ErrorClass::unavailable));
    EXPECT_FALSE(may_have_written(ErrorClass::no_connection));
    EXPECT_TRUE(may_have_written(ErrorClass::write_timeout));
    EXPECT_TRUE(may_have_written(ErrorClass::write_failure));
    EXPECT_TRUE(may_have_written(ErrorClass::client_timeout));
    EXPECT_TRUE(may_have_written(ErrorClass::broken));
    EXPECT_TRUE(may_have_written(ErrorClass::cancelled));
}

TEST(CqlError, TheSentenceSaysWhatIsKnown) {
    CqlError error{.error = ErrorClass::unavailable, .message = "Cannot achieve consistency level"};
    error.consistency = Consistency::local_quorum;
    error.required = 2;
    error.alive = 1;
    error.coordinator = "127.0.0.1:9042";
    error.coordinator_dc = "dc1";
    const Error plain = to_error(error);
    EXPECT_EQ(plain.code, Code::unavailable);
    EXPECT_EQ(plain.message,
              "Cassandra, unavailable: Cannot achieve consistency level (LOCAL_QUORUM, 2 required, "
              "1 alive, "
              "coordinator 127.0.0.1:9042 of dc1)");
    EXPECT_EQ(to_error({.error = ErrorClass::syntax, .message = "line 1"}).message,
              "Cassandra, syntax: line 1");
    EXPECT_EQ(to_error({.error = ErrorClass::authentication, .message = ""}).code,
              Code::unauthenticated);
}

TEST(TraceId, IsWrittenAsCassandraWritesIt) {
    TraceId id{};
    for (std::uint8_t i = 0; i < 16; ++i) id[i] = static_cast<std::uint8_t>(i * 16 + i);
    EXPECT_EQ(to_string(id), "00112233-4455-6677-8899-aabbccddeeff");
}

}  // namespace
}  // namespace fleet::cql
