// SPDX-License-Identifier: Apache-2.0
#include "app/writer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>

namespace fleet::app {
namespace {

/// Answers by a script: a number of refusals first, then success; may be held back.
class ScriptedTarget final : public WriteTarget {
  public:
    std::atomic<int> refusals{0};
    Code refusal = Code::overloaded;
    std::atomic<int> attempts{0};
    bool held = false;
    std::counting_semaphore<64> release{0};

    Result<Written> write(const Payload& payload, std::size_t, std::int64_t) override {
        ++attempts;
        if (held) release.acquire();
        if (refusals.fetch_sub(1) > 0) return fail(refusal, "not now");
        return Written{payload.rows->rows(), 0, 0, 0, {}};
    }
    [[nodiscard]] std::uint64_t bytes_written() const override { return 0; }
    [[nodiscard]] std::optional<double> server_cpu_s() const override { return std::nullopt; }
    [[nodiscard]] bool wants_body() const noexcept override { return false; }
};

Payload payload_of(std::size_t records) {
    auto rows = std::make_shared<model::RecordBatch>();
    rows->records.resize(records);
    rows->indexes.resize(records);
    Payload payload;
    payload.rows = std::move(rows);
    return payload;
}

TEST(Writer, TriesAgainWhileTheStoreIsBusy) {
    ScriptedTarget target;
    target.refusals = 3;
    WriteMetrics metrics;
    std::uint64_t stored = 0;
    {
        Writer writer(target, {.timeout_ms = 60'000}, metrics,
                      [&](const Payload&, const Result<Written>& result) {
                          stored += result ? result->stored : 0;
                      });
        writer.push(payload_of(5));
        writer.drain();
    }
    EXPECT_EQ(target.attempts, 4);
    EXPECT_EQ(stored, 5U);
    EXPECT_EQ(metrics.total().records, 5U);
    EXPECT_EQ(metrics.total().errors, 0U);
}

TEST(Writer, GivesUpAtItsDeadlineAndAtOnceForWhatIsWrong) {
    for (const auto& [code, most] :
         {std::pair{Code::unavailable, 1'000}, std::pair{Code::invalid_argument, 1}}) {
        ScriptedTarget target;
        target.refusals = 1'000'000;
        target.refusal = code;
        WriteMetrics metrics;
        std::optional<Error> error;
        {
            Writer writer(target, {.timeout_ms = 100}, metrics,
                          [&](const Payload&, const Result<Written>& result) {
                              if (!result) error = result.error();
                          });
            writer.push(payload_of(5));
            writer.drain();
        }
        ASSERT_TRUE(error);
        EXPECT_EQ(error->code, code);
        EXPECT_LE(target.attempts, most);
        EXPECT_EQ(metrics.total().errors, 5U);
    }
}

TEST(Writer, NeverHoldsMoreThanItsPlaces) {
    ScriptedTarget target;
    target.held = true;
    WriteMetrics metrics;
    Writer writer(target, {.lanes = 2, .places = 4}, metrics,
                  [](const Payload&, const Result<Written>&) {});
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(writer.try_push(payload_of(1)));
    EXPECT_FALSE(writer.try_push(payload_of(1)));
    target.release.release(4);
    writer.drain();
    EXPECT_EQ(metrics.total().records, 4U);
}

TEST(HttpAddress, TakesHttpAddressesAndNothingElse) {
    const auto plain = parse_http_address("http://localhost:8501/");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->host, "localhost");
    EXPECT_EQ(plain->port, "8501");
    EXPECT_EQ(plain->base, "");
    const auto v6 = parse_http_address("http://[::1]:80/fleet/");
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->host, "::1");
    EXPECT_EQ(v6->base, "/fleet");
    for (const char* url : {"https://x", "x:1", "http://", "http://x:0", "http://x:99999",
                            "http://a@b", "http://[::1", "http://[::1]x"})
        EXPECT_FALSE(parse_http_address(url)) << url;
}

}  // namespace
}  // namespace fleet::app
