// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#if FLEET_WITH_CASSANDRA

#include <fleet_cql_bridge.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <array>
#include <string_view>
#include <utility>

namespace fleet::cql {
namespace {

constexpr std::uint64_t kNoSession = 0xDEAD;

fcql_slice slice_of(std::string_view text) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes of the same object
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The C interface itself, used wrongly.
class BridgeAbi : public testing::Test {
  protected:
    void SetUp() override {
        config.contact_points = slice_of("127.0.0.1:1");
        config.event_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        config.connect_timeout_ms = 1000;
        config.schema_timeout_ms = 1000;
        config.max_in_flight = 8;
        config.max_batch_rows = 10;
        config.max_batch_bytes = 1000;
        ASSERT_EQ(fcql_open(&config, &session, nullptr, 0), FCQL_OK);
    }
    void TearDown() override {
        EXPECT_EQ(fcql_free(session), FCQL_OK);
        ::close(config.event_fd);
    }

    fcql_config config{};
    std::uint64_t session = 0;
    std::array<fcql_completion, 4> completions{};
    std::size_t count = 0;
};

TEST_F(BridgeAbi, BothSidesAreOfOneVersion) { EXPECT_EQ(fcql_abi_version(), FCQL_ABI_VERSION); }

TEST_F(BridgeAbi, NullPointersAreRefused) {
    EXPECT_EQ(fcql_open(nullptr, &session, nullptr, 0), FCQL_NULL);
    EXPECT_EQ(fcql_open(&config, nullptr, nullptr, 0), FCQL_NULL);
    EXPECT_EQ(fcql_execute(session, nullptr), FCQL_NULL);
    EXPECT_EQ(fcql_poll(session, nullptr, 1, &count), FCQL_NULL);
    EXPECT_EQ(fcql_poll(session, completions.data(), 1, nullptr), FCQL_NULL);
    EXPECT_EQ(fcql_in_flight(session, nullptr), FCQL_NULL);
    EXPECT_EQ(fcql_prepare(session, 1, {nullptr, 5}, 1000), FCQL_NULL);
    EXPECT_EQ(fcql_result_view(nullptr, nullptr), FCQL_NULL);
    fcql_result_free(nullptr);
}

TEST_F(BridgeAbi, AnInventedSessionIsRefusedEverywhere) {
    const fcql_request request{};
    std::uint32_t in_flight = 0;
    EXPECT_EQ(fcql_prepare(kNoSession, 1, slice_of("x"), 1), FCQL_NO_SESSION);
    EXPECT_EQ(fcql_execute(kNoSession, &request), FCQL_NO_SESSION);
    EXPECT_EQ(fcql_schema(kNoSession, 1, slice_of("x"), 1), FCQL_NO_SESSION);
    EXPECT_EQ(fcql_topology(kNoSession, 1, slice_of("x"), 1), FCQL_NO_SESSION);
    EXPECT_EQ(fcql_poll(kNoSession, completions.data(), 1, &count), FCQL_NO_SESSION);
    EXPECT_EQ(fcql_in_flight(kNoSession, &in_flight), FCQL_NO_SESSION);
    EXPECT_EQ(fcql_close(kNoSession), FCQL_NO_SESSION);
    EXPECT_EQ(fcql_free(kNoSession), FCQL_NO_SESSION);
    EXPECT_EQ(fcql_free(0), FCQL_NO_SESSION);
}

TEST_F(BridgeAbi, ClosingAndFreeingTwiceIsHarmless) {
    EXPECT_EQ(fcql_close(session), FCQL_OK);
    EXPECT_EQ(fcql_close(session), FCQL_CLOSED);
    EXPECT_EQ(fcql_prepare(session, 1, slice_of("x"), 1), FCQL_CLOSED);
    ASSERT_EQ(fcql_poll(session, completions.data(), completions.size(), &count), FCQL_OK);
    ASSERT_EQ(count, 1U);
    EXPECT_EQ(completions[0].kind, FCQL_KIND_CONNECT);
    fcql_result_free(completions[0].result);
    EXPECT_EQ(fcql_free(session), FCQL_OK);
    EXPECT_EQ(fcql_free(session), FCQL_NO_SESSION);
    EXPECT_EQ(fcql_poll(session, completions.data(), completions.size(), &count), FCQL_NO_SESSION);
    ASSERT_EQ(fcql_open(&config, &session, nullptr, 0), FCQL_OK);
}

TEST_F(BridgeAbi, FieldsOutOfTheirRangeAreRefused) {
    fcql_request request{};
    EXPECT_EQ(fcql_execute(session, &request), FCQL_BAD_ARGUMENT) << "no row";
    request.row_count = 1;
    request.route = 3;
    EXPECT_EQ(fcql_execute(session, &request), FCQL_BAD_ARGUMENT);
    request.route = FCQL_ROUTE_HOME;
    request.page_rows = 0x8000'0000U;
    EXPECT_EQ(fcql_execute(session, &request), FCQL_BAD_ARGUMENT);
    request.page_rows = 0;
    EXPECT_EQ(fcql_execute(session, &request), FCQL_NO_STATEMENT);
    EXPECT_EQ(fcql_prepare(session, 1, slice_of("\xff"), 1), FCQL_BAD_ARGUMENT);
    EXPECT_EQ(fcql_prepare(session, 1, slice_of("x"), 0), FCQL_BAD_ARGUMENT);
}

TEST_F(BridgeAbi, TheReasonOfARefusedOpenFitsIntoAnyBuffer) {
    config.contact_points = slice_of(" , ");
    std::uint64_t other = 0;
    std::array<char, 8> small{};
    EXPECT_EQ(fcql_open(&config, &other, small.data(), small.size()), FCQL_BAD_CONFIG);
    EXPECT_EQ(std::string_view(small.data()), "no cont");
    EXPECT_EQ(fcql_open(&config, &other, small.data(), 0), FCQL_BAD_CONFIG);
    config.contact_points = slice_of("127.0.0.1:1");
    const int open_fd = std::exchange(config.event_fd, -1);
    EXPECT_EQ(fcql_open(&config, &other, nullptr, 0), FCQL_BAD_CONFIG);
    config.event_fd = open_fd;
    EXPECT_EQ(other, 0U);
}

}  // namespace
}  // namespace fleet::cql

#endif
