// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/histogram.hpp"
#include "base/time.hpp"
#include "cql/session.hpp"
#include "replicate/ladder.hpp"
#include "replicate/statements.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace fleet::replicate {

/// A row that the cluster will never take.
struct Refused {
    cql::PackedRows row;
    cql::CqlError error;
};

/// One request: rows of one partition to be written with one stamp, or a
/// question.
struct Request {
    Ask ask{};
    cql::PackedRows rows{0};
    std::int64_t stamp_us = 0;  ///< of every attempt; unused by questions
    /// Called once, from dispatch() or pump(), when all rows are written but
    /// those that were refused: a batch is taken apart to find them. Want of
    /// nodes is no refusal; the request waits.
    std::function<void(const std::vector<Refused>& refused, const cql::Rows& answer)> done;
};

struct SenderOptions {
    std::size_t in_flight = 50;          ///< requests
    std::size_t rows_in_flight = 4'000;  ///< so that a slow cluster answers within its time-outs
    std::int64_t timeout_ms = 5'000;     ///< of one attempt
    std::int64_t first_pause_ms = 50;    ///< behind the last rung; doubles up to …
    std::int64_t longest_pause_ms = 5'000;
    /// Refusals of one statement in a row after which it is not the rows that are
    /// wrong: they wait.
    unsigned most_refusals = 100;
    std::uint64_t seed = 1;  ///< of the pauses' jitter
};

struct SenderStats {
    std::uint64_t requests = 0;  ///< that were done
    std::uint64_t rows = 0;      ///< written by them
    std::uint64_t attempts = 0;
    std::uint64_t retries = 0;  ///< after all rungs had failed
    std::uint64_t refused = 0;  ///< rows
    Histogram latency_ns;       ///< of attempts that succeeded
    std::string last_error;     ///< empty: the last answer was none
};

/// Sends requests up the ladder, again and again until they are done, bounded
/// in flight. The order between requests is open: their stamps decide. Not
/// thread-safe; `session` is dispatched by the caller, and outlives it.
class Sender {
  public:
    Sender(cql::Session& session, const Statements& statements, const std::vector<Rung>& rungs,
           LadderOptions ladder, SenderOptions options, std::shared_ptr<const Clock> clock);
    ~Sender();
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    void push(Request request);
    /// Sends what may be sent now.
    void pump();
    /// Requests that are not done, and their rows.
    [[nodiscard]] std::size_t unfinished() const noexcept { return unfinished_; }
    [[nodiscard]] std::size_t unfinished_rows() const noexcept { return unfinished_rows_; }
    /// Requests that were not sent yet, or wait for another attempt.
    [[nodiscard]] std::size_t waiting() const noexcept { return ready_.size() + later_.size(); }
    /// When pump() has something to do even if no answer comes, on the monotonic
    /// clock; nothing: never.
    [[nodiscard]] std::optional<std::int64_t> next_ns() const;

    [[nodiscard]] Ladder& ladder() noexcept { return ladder_; }
    [[nodiscard]] const SenderStats& stats() const noexcept { return stats_; }

  private:
    /// A batch that was taken apart: its rows are jobs of their own.
    struct Batch {
        std::size_t left = 0;
        std::vector<Refused> refused;
        decltype(Request::done) done;
    };
    struct Job {
        Request request;
        std::shared_ptr<Batch> part_of;
        unsigned rounds = 0;  ///< how often all rungs have failed
        std::int64_t sent_ns = 0;
    };
    using JobPtr = std::shared_ptr<Job>;

    void send(const JobPtr& job, Rung rung);
    void answered(const JobPtr& job, Rung rung, cql::Answer<cql::Rows> answer);
    void later(const JobPtr& job, const cql::CqlError& error);
    void refuse(const JobPtr& job, const cql::CqlError& error);
    void finish(const JobPtr& job, std::vector<Refused> refused, const cql::Rows& rows);
    void take_apart(const JobPtr& job);

    cql::Session& session_;
    const Statements& statements_;
    Ladder ladder_;
    SenderOptions options_;
    std::shared_ptr<const Clock> clock_;
    std::minstd_rand random_;
    std::deque<JobPtr> ready_;
    std::multimap<std::int64_t, JobPtr> later_;  ///< by monotonic time
    std::size_t in_flight_ = 0;
    std::size_t rows_in_flight_ = 0;
    std::size_t unfinished_ = 0;
    std::size_t unfinished_rows_ = 0;
    std::array<unsigned, kAsks> refusals_{};  ///< since the last success
    SenderStats stats_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace fleet::replicate
