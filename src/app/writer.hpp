// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/http_client.hpp"
#include "app/write_metrics.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "codec/decode_options.hpp"
#include "ingest/ingest_port.hpp"
#include "model/batch.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace fleet::app {

/// Records on their way to a store, kept so that a write can be tried again: repeating one changes
/// nothing (I3).
struct Payload {
    std::shared_ptr<const model::RecordBatch>
        rows;  ///< decoded; rejects only where the store keeps the quarantine itself
    std::vector<std::shared_ptr<const void>> owners;  ///< of the text behind `rows` and `body`
    std::string source;
    std::string default_fleet = "default";
    std::string content_type;  ///< of `body`
    std::string body;          ///< for a server; empty where the store is in this process
};

/// What became of a payload.
struct Written {
    std::uint64_t stored = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t conflicts = 0;
    std::optional<std::uint64_t> late;  ///< nothing when the store does not tell
    std::vector<model::Reason> rejected;
};

/// Somewhere to write to. write() blocks until the records are durable or refused; several threads
/// may call it.
class WriteTarget {
  public:
    virtual ~WriteTarget() = default;
    /// overloaded, unavailable, deadline_exceeded: worth another attempt; others are not. `lane` <
    /// the writer's lanes tells threads apart.
    [[nodiscard]] virtual Result<Written> write(const Payload& payload, std::size_t lane,
                                                std::int64_t timeout_ms) = 0;
    /// Bytes that went to disk (store in this process) or over the wire.
    [[nodiscard]] virtual std::uint64_t bytes_written() const = 0;
    /// CPU seconds of a server; nothing when the store is in this process.
    [[nodiscard]] virtual std::optional<double> server_cpu_s() const = 0;
    /// Whether payloads need a body.
    [[nodiscard]] virtual bool wants_body() const noexcept = 0;
};

[[nodiscard]] std::unique_ptr<WriteTarget> make_local_target(ingest::IngestPort& port);
/// `lanes` connections are opened when they are needed.
[[nodiscard]] Result<std::unique_ptr<WriteTarget>> make_url_target(const std::string& url,
                                                                   std::size_t lanes,
                                                                   std::int64_t timeout_ms);

/// Generated or decoded records as NDJSON, one a line.
[[nodiscard]] std::string to_ndjson(const std::vector<model::Record>& records);

struct WriterOptions {
    std::size_t lanes = 1;   ///< writes under way at a time
    std::size_t places = 1;  ///< try_push(): payloads under way and waiting, at least `lanes`
    std::int64_t timeout_ms = 30'000;  ///< of one write over all its attempts
    std::uint64_t seed = 1;            ///< of the jitter between attempts
};

/// Writes payloads on `lanes` threads, tries again with growing pauses (R9), and measures. Bounded.
/// push(), try_push() and drain() are for one thread.
class Writer {
  public:
    /// `done` is called on a writing thread, one at a time, with what became of each payload.
    using Done = std::function<void(const Payload&, const Result<Written>&)>;

    Writer(WriteTarget& target, WriterOptions options, WriteMetrics& metrics, Done done);
    ~Writer();  ///< finishes what was pushed
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// Waits until fewer payloads wait than can be under way.
    void push(Payload payload);
    /// False, at once, when there is no place.
    [[nodiscard]] bool try_push(Payload payload);
    /// Waits until everything pushed is done.
    void drain();

  private:
    void run(std::size_t lane);
    [[nodiscard]] Result<Written> write_with_retries(const Payload& payload, std::size_t lane);

    WriteTarget& target_;
    WriterOptions options_;
    WriteMetrics& metrics_;
    Done done_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Payload> waiting_;
    std::size_t busy_ = 0;
    bool closing_ = false;
    std::mutex done_mutex_;
    std::vector<std::jthread> threads_;  ///< last: they use all of the above
};

}  // namespace fleet::app
