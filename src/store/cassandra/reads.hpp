// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "cql/session.hpp"
#include "replicate/ladder.hpp"
#include "store/cassandra/statements.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace fleet::store::cassandra {

struct ReadsOptions {
    /// Of one read, over all its attempts.
    std::chrono::milliseconds timeout{5'000};
    /// Of an attempt, where another rung may be tried after it.
    std::chrono::milliseconds attempt{1'500};
    /// Reads that take longer are listed, and asked once more with tracing; 0: none.
    std::chrono::milliseconds slow{0};
    /// Most reads of one call that are under way at a time.
    std::size_t parallel = 256;
    replicate::LadderOptions ladder{};
};

/// One read of one page.
struct Ask {
    Query query{};
    cql::PackedRows key;  ///< one row of values
    std::uint32_t page_rows = 1'000;
    std::string page_state{};
    bool trace = false;
};

struct Answered {
    cql::Rows rows;
    replicate::Rung rung{};
    std::optional<cql::TraceId> trace_id{};
    std::string coordinator{};  ///< ip:port
};

/// A read that took longer than ReadsOptions::slow.
struct SlowRead {
    Timestamp at;
    std::string_view query;
    std::string key;  ///< its values, for a person
    std::chrono::milliseconds took{0};
    std::string coordinator;
    std::optional<cql::TraceId> trace_id;  ///< of the same read, asked again
};
inline constexpr std::size_t kSlowReads = 50;

/// A read with the id under which its coordinator traced it.
struct TracedRead {
    std::string_view query;
    std::string key;
    cql::TraceId id{};
    std::size_t rows = 0;
    replicate::Rung rung{};
};
/// Most of them that are remembered.
inline constexpr std::size_t kTracedReads = 1'000;

struct ReadsState {
    std::vector<replicate::RungState> rungs;
    std::uint64_t asked = 0;
    std::uint64_t failed = 0;
    std::size_t waiting = 0;     ///< for a rung to be free
    bool remote = false;         ///< the newest answer came from the other datacentre
    std::vector<SlowRead> slow;  ///< the last kSlowReads, oldest first
};

/// Reads that block over a session that does not: one thread dispatches the session's answers and
/// moves failed reads up the consistency ladder; callers wait. Thread-safe. Every wait ends: each
/// read has a deadline. A read is repeated on the next rung after any error that another rung may
/// not have.
class Reads {
  public:
    /// `statements` are prepared by this session, by the numbers of their queries.
    Reads(std::unique_ptr<cql::Session> session, std::vector<cql::Statement> statements,
          const std::vector<replicate::Rung>& rungs, ReadsOptions options,
          std::shared_ptr<const Clock> timer);
    /// Cancels what is under way; no call may be running.
    ~Reads();
    Reads(const Reads&) = delete;
    Reads& operator=(const Reads&) = delete;

    [[nodiscard]] cql::PackedRows key(Query query) const {
        return cql::PackedRows(statements_[index_of(query)]);
    }

    /// Errors: unavailable (no rung answers), deadline_exceeded, corrupt.
    [[nodiscard]] Result<Answered> ask(Ask ask);
    /// Asks `count` reads side by side, at most ReadsOptions::parallel at a time. `make` and `take`
    /// run on the caller's thread, `take` in the order of the answers. The first error ends it,
    /// after those under way have come.
    [[nodiscard]] Result<void> ask_all(
        std::size_t count, const std::function<Ask(std::size_t)>& make,
        const std::function<Result<void>(std::size_t, Answered)>& take);

    /// Whether a rung answers now, by one small read that goes nowhere else and that breakers do
    /// not see; how long it took.
    [[nodiscard]] Result<std::chrono::microseconds> probe(replicate::Rung rung);
    /// The topology as the driver sees it now.
    [[nodiscard]] Result<cql::Topology> topology(const std::string& keyspace);
    [[nodiscard]] ReadsState state() const;
    [[nodiscard]] const ReadsOptions& options() const noexcept { return options_; }

    /// From now on every read is traced by its coordinator. Costs writes there: for one look.
    void trace_all() noexcept { trace_all_ = true; }
    /// Reads that were traced since the last call, in the order of their answers.
    [[nodiscard]] std::vector<TracedRead> take_traces();

    /// Whether a read that this thread asked since the last call came from the other datacentre.
    [[nodiscard]] static bool take_remote() noexcept;
    static void note_remote() noexcept;

  private:
    struct Operation;
    struct Batch;
    using Shared = std::shared_ptr<Operation>;

    void begin(Shared operation);
    void send(const Shared& operation);
    void answered(const Shared& operation, cql::Answer<cql::Rows> answer);
    void climb(const Shared& operation, const cql::CqlError& error);
    void park(Shared operation);  ///< with mutex_ held
    void retry_parked(bool all);
    void finish(const Shared& operation, Result<Answered> result);
    void note_slow(const Shared& operation, std::chrono::milliseconds took,
                   const std::string& coordinator);
    void dispatch();
    void wake() const;
    [[nodiscard]] std::int64_t now_ns() const { return timer_->monotonic_ns(); }

    std::unique_ptr<cql::Session> session_;
    const std::vector<cql::Statement> statements_;
    const std::vector<QuerySpec> specs_;
    const ReadsOptions options_;
    std::shared_ptr<const Clock> timer_;
    const replicate::Rung last_rung_;

    mutable std::mutex mutex_;
    replicate::Ladder ladder_;
    std::deque<Shared> parked_;
    std::deque<SlowRead> slow_;
    std::vector<TracedRead> traced_;
    std::int64_t slow_traced_ns_ = 0;
    std::uint64_t asked_ = 0;
    std::uint64_t failed_ = 0;
    bool remote_ = false;

    int wake_fd_;
    std::atomic<bool> stop_{false};
    std::atomic<bool> trace_all_{false};
    std::thread thread_;
};

}  // namespace fleet::store::cassandra
