// SPDX-License-Identifier: Apache-2.0
#include "engine/journal.hpp"

#include "base/fault.hpp"
#include "engine/journal_format.hpp"
#include "engine/journal_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace fleet::engine {

namespace {

class GroupCommitJournal final : public Journal {
  public:
    GroupCommitJournal(JournalOptions options, JournalState state, std::uint64_t last)
        : options_(std::move(options)),
          appended_bytes_(state.replayed_bytes),
          last_durable_(last),
          writer_(options_, std::move(state), last) {
        thread_ = std::thread([this] { run(); });
    }
    GroupCommitJournal(const GroupCommitJournal&) = delete;
    GroupCommitJournal& operator=(const GroupCommitJournal&) = delete;
    ~GroupCommitJournal() override {
        static_cast<void>(stop());
    }  // an error went to the listener already

    Result<void> append(std::span<JournalEntry> entries) override {
        if (entries.empty()) return {};
        std::uint64_t bytes = 0;
        for (const JournalEntry& entry : entries) {
            if (entry.payload.size() > kMaxJournalPayload)
                return fail(Code::too_large,
                            fmt::format("a journal entry of {} bytes is over the limit of {}",
                                        entry.payload.size(), kMaxJournalPayload));
            bytes += journal_format::entry_bytes(entry.payload.size());
        }
        {
            const std::lock_guard lock(mutex_);
            if (error_) return fail(*error_);
            if (stopping_) return fail(Code::unavailable, "the journal is stopping");
            // An empty queue takes anything, or an entry larger than the limit could never be
            // appended.
            if (queued_bytes_ > 0 && queued_bytes_ + bytes > options_.max_queue_bytes)
                return fail(Code::overloaded,
                            fmt::format("the journal's queue is full ({} bytes)", queued_bytes_));
            queued_bytes_ += bytes;
            for (JournalEntry& entry : entries) queue_.push_back(std::move(entry));
        }
        arrived_.notify_one();
        return {};
    }

    Result<void> trim(std::uint64_t through) override { return writer_.trim(through); }
    void roll() override { writer_.roll(); }
    Result<void> discard_spares() override { return writer_.discard_spares(); }
    std::uint64_t bytes() const override { return writer_.bytes(); }
    std::uint64_t segments() const override { return writer_.segments(); }
    std::uint64_t appended_bytes() const override {
        return appended_bytes_.load(std::memory_order_relaxed);
    }
    std::uint64_t queued_bytes() const override {
        const std::lock_guard lock(mutex_);
        return queued_bytes_;
    }
    std::uint64_t last_durable() const override {
        return last_durable_.load(std::memory_order_acquire);
    }
    std::uint64_t syncs() const override { return writer_.syncs(); }
    bool failed() const override {
        const std::lock_guard lock(mutex_);
        return error_.has_value();
    }

    Result<void> stop() override {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        arrived_.notify_one();
        {
            const std::lock_guard lock(join_mutex_);
            if (thread_.joinable()) thread_.join();
        }
        const std::lock_guard lock(mutex_);
        if (error_) return fail(*error_);
        return {};
    }

  private:
    void run() {
        std::vector<JournalEntry> group;
        while (gather(group)) {
            std::uint64_t bytes = 0;
            for (const JournalEntry& entry : group)
                bytes += journal_format::entry_bytes(entry.payload.size());
            commit(group, bytes);
            group.clear();
            const std::lock_guard lock(mutex_);
            queued_bytes_ -= bytes;
        }
        if (!has_failed())
            if (auto closed = writer_.close(); !closed) become_failed(closed.error());
    }

    /// Waits for entries and takes a group of them; false when there will be no more.
    bool gather(std::vector<JournalEntry>& group) {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return false;
        if (options_.window_us > 0)
            arrived_.wait_for(lock, std::chrono::microseconds(options_.window_us), [this] {
                return stopping_ || queued_bytes_ >= options_.window_bytes;
            });
        const std::uint64_t limit = std::min(options_.max_group_bytes, options_.segment_bytes);
        std::uint64_t bytes = 0;
        while (!queue_.empty()) {
            bytes += journal_format::entry_bytes(queue_.front().payload.size());
            if (!group.empty() && bytes > limit) break;
            group.push_back(std::move(queue_.front()));
            queue_.pop_front();
        }
        return true;
    }

    void commit(std::vector<JournalEntry>& group, std::uint64_t bytes) {
        if (has_failed()) {
            refuse(group, *error_);  // only this thread sets error_
            return;
        }
        std::uint64_t sequence = last_durable_.load(std::memory_order_relaxed);
        for (JournalEntry& entry : group) entry.sequence = ++sequence;
        if (FLEET_FAULT("ack_before_sync")) {
            acknowledge_too_early(group, bytes);
            return;
        }
        switch (auto written = writer_.write(group); written.outcome) {
            case JournalWriter::Outcome::durable:
                appended_bytes_.fetch_add(bytes, std::memory_order_relaxed);
                last_durable_.store(sequence, std::memory_order_release);
                acknowledge(group);
                return;
            case JournalWriter::Outcome::undone: refuse(group, *written.error); return;
            case JournalWriter::Outcome::fatal:
                become_failed(*written.error);
                refuse(group, *written.error);
                return;
        }
    }

    void acknowledge(std::vector<JournalEntry>& group) {
        // The listener may move the entries away, so what the completions need is kept apart.
        const std::uint64_t first = group.front().sequence;
        if (options_.listener) options_.listener->group_durable(group);
        for (std::size_t i = 0; i < group.size(); ++i)
            if (group[i].done) group[i].done(first + i);
    }

    void refuse(std::vector<JournalEntry>& group, const Error& error) {
        for (JournalEntry& entry : group) entry.sequence = 0;
        if (options_.listener) options_.listener->group_failed(group, error);
        for (JournalEntry& entry : group)
            if (entry.done) entry.done(fail(error));
    }

    /// The canary's fault: what a server does that acknowledges from memory. Never called in a
    /// normal build.
    void acknowledge_too_early(std::vector<JournalEntry>& group, std::uint64_t bytes) {
        std::vector<JournalEntry> late(group.size());
        for (std::size_t i = 0; i < group.size(); ++i) {
            late[i].payload = group[i].payload;
            late[i].sequence = group[i].sequence;
        }
        last_durable_.store(group.back().sequence, std::memory_order_release);
        acknowledge(group);
        // NOLINT(fleet-banned-call): the fault is that the disk is late
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        auto written = writer_.write(late);
        appended_bytes_.fetch_add(bytes, std::memory_order_relaxed);
        if (written.outcome != JournalWriter::Outcome::durable) become_failed(*written.error);
    }

    [[nodiscard]] bool has_failed() const { return failed(); }

    void become_failed(const Error& error) {
        {
            const std::lock_guard lock(mutex_);
            error_ = error;
        }
        if (options_.listener) options_.listener->fatal(error);
    }

    const JournalOptions options_;
    mutable std::mutex mutex_;  // guards the five below
    std::condition_variable arrived_;
    std::deque<JournalEntry> queue_;
    std::uint64_t queued_bytes_ = 0;
    std::optional<Error> error_;
    bool stopping_ = false;

    std::atomic<std::uint64_t> appended_bytes_;
    std::atomic<std::uint64_t> last_durable_;
    JournalWriter writer_;
    std::mutex join_mutex_;
    std::thread thread_;
};

}  // namespace

Result<void> Journal::append(std::string payload, JournalEntry::Completion done) {
    JournalEntry entry{std::move(payload), nullptr, std::move(done)};
    return append(std::span(&entry, 1));
}

Result<std::unique_ptr<Journal>> Journal::open(JournalOptions options, std::uint64_t replay_after,
                                               const ReplaySink& sink) {
    if (!options.fs) options.fs = posix_file_system();
    // So that tests which crash at a switch or a trim need not write 64 MiB for each.
    if (FLEET_FAULT("small_segments")) options.segment_bytes = 64ULL << 10;
    if (options.window_us > 5'000)
        return fail(Code::invalid_argument,
                    "the journal's group window is over 5,000 microseconds");
    if (options.segment_bytes <= journal_format::kSegmentHeaderBytes)
        return fail(Code::invalid_argument, "a journal segment must be larger than its header");
    FLEET_TRY(JournalState state, recover_journal(options, replay_after, sink));
    const std::uint64_t last =
        std::max(state.segments.empty() ? 0 : state.segments.back().last, replay_after);
    return std::unique_ptr<Journal>(
        std::make_unique<GroupCommitJournal>(std::move(options), std::move(state), last));
}

}  // namespace fleet::engine
