// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"
#include "ingest/ingest_port.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace fleet::app {

/// A port that acknowledges what is in the copy too (replicate.ack = replicated): a batch is done
/// when its journal entry is on a quorum of the cluster. When that takes too long, the answer is
/// deadline_exceeded; the batch is in the journal all the same, and sending it again changes
/// nothing (I3). Thread-safe.
class ReplicatedPort final : public ingest::IngestPort {
  public:
    /// Waits until the copy holds the journal up to a sequence; false: not within so many ms.
    using WaitFor = std::function<bool(std::uint64_t sequence, std::int64_t timeout_ms)>;

    ReplicatedPort(std::shared_ptr<ingest::IngestPort> journal, WaitFor wait_for,
                   std::int64_t timeout_ms, std::shared_ptr<const Clock> clock);
    ~ReplicatedPort() override;  ///< those that wait get `unavailable`

    void submit(ingest::Batch batch, Completion done) override;
    void count_refused(std::uint64_t records) override { journal_->count_refused(records); }
    [[nodiscard]] Timestamp earliest(std::string_view fleet, Timestamp now) const override {
        return journal_->earliest(fleet, now);
    }
    [[nodiscard]] ingest::EngineStats stats() const override { return journal_->stats(); }
    [[nodiscard]] Result<std::vector<ingest::QuarantineEntry>> newest_quarantined(
        std::size_t limit) const override {
        return journal_->newest_quarantined(limit);
    }

  private:
    struct Waiting {
        std::int64_t deadline_ns = 0;
        ingest::BatchResult result;
        Completion done;
    };
    /// Shared with completions that come late.
    struct Queue {
        std::mutex mutex;
        std::condition_variable changed;
        std::deque<Waiting> waiting;
        bool stop = false;
    };
    void run();

    std::shared_ptr<ingest::IngestPort> journal_;
    WaitFor wait_for_;
    std::int64_t timeout_ms_;
    std::shared_ptr<const Clock> clock_;
    std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
    std::thread thread_;
};

}  // namespace fleet::app
