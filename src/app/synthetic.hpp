// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.hpp"
#include "app/write_metrics.hpp"
#include "app/writer.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "replicate/replicator.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace fleet::app {

/// Where generated records are written: the data directory or a server, with a writer, metrics and
/// their reports. One thread.
class SyntheticRun {
  public:
    [[nodiscard]] static Result<std::unique_ptr<SyntheticRun>> open(
        const Config& config, const std::optional<std::string>& url);
    /// On an engine that is open already.
    [[nodiscard]] static std::unique_ptr<SyntheticRun> on(const Config& config,
                                                          ingest::IngestPort& port);
    ~SyntheticRun();

    /// Hands over a batch whose text `owner` keeps alive; waits for a place.
    void push(std::vector<model::Record> records, const std::string& fleet,
              std::shared_ptr<const void> owner);
    /// The same, but never waits: without a place the records are counted as errors.
    void offer(std::vector<model::Record> records, const std::string& fleet,
               std::shared_ptr<const void> owner);
    /// Prints the interval's metrics when METRICS_INTERVAL has passed.
    void report_when_due();
    /// Waits for what is under way, and until it is in the copy if there is one, unless `stop` says
    /// to leave it; closes the store. An error: the store could not be closed.
    [[nodiscard]] Result<void> finish(const std::function<bool()>& stop = [] { return false; });
    /// Why not everything is in the copy, after finish().
    [[nodiscard]] const std::optional<Error>& not_copied() const noexcept { return not_copied_; }
    /// One line about the copy; empty: there is none.
    [[nodiscard]] const std::string& copy_line() const noexcept { return copy_line_; }

    /// Stored, duplicates and so on of what was acknowledged.
    struct Totals {
        std::uint64_t stored = 0;
        std::uint64_t duplicates = 0;
        std::uint64_t conflicts = 0;
        std::uint64_t rejected = 0;
    };
    [[nodiscard]] Totals totals() const;
    /// The first failure of a write, if there was one.
    [[nodiscard]] std::optional<Error> failure() const;
    [[nodiscard]] WriteMetrics::Snapshot metrics() const { return metrics_.total(); }
    /// Of all writes, without the time that a copy was waited for; after finish().
    [[nodiscard]] const WriteMetrics::Snapshot& total() const { return total_; }
    [[nodiscard]] WriteCosts costs() const { return costs_; }
    /// One line of JSON with counts and metrics, after finish().
    [[nodiscard]] std::string json() const;

  private:
    explicit SyntheticRun(const Config& config);
    void start_writer();
    [[nodiscard]] Payload payload(std::vector<model::Record> records, const std::string& fleet,
                                  std::shared_ptr<const void> owner) const;
    void note(const Result<Written>& result);

    const Config& config_;
    std::shared_ptr<engine::Engine> engine_;             ///< null: a server, or somebody else's
    std::unique_ptr<replicate::Replicator> replicator_;  ///< null: nothing is copied
    std::string copy_line_;
    std::string copy_json_;
    std::optional<Error> not_copied_;
    std::int64_t start_ns_ = 0;
    std::unique_ptr<ingest::IngestPort> own_port_;
    std::unique_ptr<WriteTarget> target_;
    WriteMetrics metrics_;
    WriteMetrics::Snapshot total_;
    WriteCosts costs_;
    std::int64_t next_report_ns_ = 0;
    mutable std::mutex mutex_;
    Totals totals_;
    std::optional<Error> failure_;
    std::unique_ptr<Writer> writer_;  ///< last: its threads use all of the above
};

}  // namespace fleet::app
