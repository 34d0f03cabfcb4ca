// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "replicate/connect.hpp"
#include "replicate/copier.hpp"

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace fleet::replicate {

struct ReplicatorOptions {
    TargetOptions target;
    CopyOptions copy;
    std::filesystem::path state_file;
    OpenSession open;                     ///< cql::open_session, or a test's
    std::int64_t first_pause_ms = 1'000;  ///< between attempts to connect; doubles up to …
    std::int64_t longest_pause_ms = 30'000;
};

/// How the copy is doing, for health, metrics and reports.
struct ReplicationStatus {
    bool connected = false;
    std::string error;           ///< what is in the way; empty: nothing
    std::uint64_t position = 0;  ///< last journal entry that is in the copy
    std::uint64_t lag = 0;       ///< entries behind it
    bool days_waiting = false;   ///< device-days that are copied whole
    bool idle = false;           ///< everything is in the copy
    bool stale = false;          ///< home may lack what the other datacentre has
    std::vector<RungState> rungs;
    std::uint64_t rows = 0;
    std::uint64_t requests = 0;
    std::uint64_t retries = 0;
    std::uint64_t refused = 0;  ///< rows, among them those that are in the quarantine
    double p50_ms = 0;          ///< of requests that succeeded
    double p95_ms = 0;
    double p99_ms = 0;
};

/// Runs a Copier on a thread of its own for as long as it lives: connects,
/// checks the cluster, copies; after an error it tries again. Writes to the
/// engine never wait for it. Thread-safe.
class Replicator {
  public:
    /// `engine` has a feed, and outlives it.
    Replicator(engine::Engine& engine, ReplicatorOptions options,
               std::shared_ptr<const Clock> clock);
    ~Replicator();
    Replicator(const Replicator&) = delete;
    Replicator& operator=(const Replicator&) = delete;

    /// Connects and checks at once, for who wants to know before it begins.
    /// Errors: those of connect_target(), and of the state file.
    [[nodiscard]] Result<void> connect();
    void start();
    /// Ends the thread; what is under way is copied after the next start. Once,
    /// or by the destructor.
    void stop();

    [[nodiscard]] ReplicationStatus status() const;
    /// Waits until the copy holds the journal up to `sequence`; false: not in
    /// time.
    [[nodiscard]] bool wait_for(std::uint64_t sequence, std::int64_t timeout_ms);
    /// Waits until everything is in the copy; false: not in time.
    [[nodiscard]] bool wait_until_idle(std::int64_t timeout_ms);

  private:
    void run();
    /// One session, until an error or the stop.
    [[nodiscard]] Result<void> copy();
    [[nodiscard]] Result<void> open_target();
    void publish(bool idle);
    void note_error(const Error& error);
    void pause(std::int64_t ms);
    [[nodiscard]] bool stopping() const;

    engine::Engine& engine_;
    ReplicatorOptions options_;
    std::shared_ptr<const Clock> clock_;
    std::optional<CopyState> state_;
    std::optional<Target> target_;
    std::unique_ptr<Copier> copier_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    ReplicationStatus status_;
    std::uint64_t looks_ = 0;  ///< at whether everything is copied
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace fleet::replicate
