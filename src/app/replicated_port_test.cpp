// SPDX-License-Identifier: Apache-2.0
#include "app/replicated_port.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace fleet::app {
namespace {

/// A journal that takes everything at once.
class Journal final : public ingest::IngestPort {
  public:
    void submit(ingest::Batch, Completion done) override {
        if (refuse) return done(fail(Code::overloaded, "full"));
        ingest::BatchResult result;
        result.sequence = ++sequence;
        done(result);
    }
    void count_refused(std::uint64_t) override {}
    [[nodiscard]] Timestamp earliest(std::string_view, Timestamp now) const override { return now; }
    [[nodiscard]] ingest::EngineStats stats() const override { return {}; }
    [[nodiscard]] Result<std::vector<ingest::QuarantineEntry>> newest_quarantined(
        std::size_t) const override {
        return std::vector<ingest::QuarantineEntry>();
    }
    std::uint64_t sequence = 0;
    bool refuse = false;
};

class ReplicatedPortTest : public ::testing::Test {
  protected:
    std::unique_ptr<ReplicatedPort> make(std::int64_t timeout_ms = 60'000) {
        return std::make_unique<ReplicatedPort>(
            journal_,
            [this](std::uint64_t sequence, std::int64_t) {
                const std::uint64_t now = copied_.load();
                if (now < sequence) std::this_thread::yield();
                return now >= sequence;
            },
            timeout_ms, std::make_shared<SystemClock>());
    }
    static std::future<Result<ingest::BatchResult>> submit(ReplicatedPort& port) {
        auto promise = std::make_shared<std::promise<Result<ingest::BatchResult>>>();
        auto future = promise->get_future();
        port.submit({}, [promise](Result<ingest::BatchResult> result) {
            promise->set_value(std::move(result));
        });
        return future;
    }
    std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
    std::atomic<std::uint64_t> copied_{0};
};

TEST_F(ReplicatedPortTest, AcknowledgesWhatIsInTheCopyAndNothingBefore) {
    const auto port = make();
    auto first = submit(*port);
    auto second = submit(*port);
    EXPECT_EQ(first.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
    copied_ = 1;
    EXPECT_EQ(first.get()->sequence, 1U);
    EXPECT_EQ(second.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
    copied_ = 2;
    EXPECT_EQ(second.get()->sequence, 2U);
}

TEST_F(ReplicatedPortTest, SaysWhatBecameOfABatchThatTheClusterDidNotTakeInTime) {
    const auto port = make(1);
    const auto late = submit(*port).get();
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::deadline_exceeded);
    EXPECT_NE(late.error().message.find("in the journal"), std::string::npos);
}

TEST_F(ReplicatedPortTest, ARefusalOfTheJournalComesAtOnceAndAStopLeavesNobodyWaiting) {
    auto port = make();
    journal_->refuse = true;
    EXPECT_EQ(submit(*port).get().error().code, Code::overloaded);
    journal_->refuse = false;
    auto waiting = submit(*port);
    port.reset();
    EXPECT_EQ(waiting.get().error().code, Code::unavailable);
}

}  // namespace
}  // namespace fleet::app
