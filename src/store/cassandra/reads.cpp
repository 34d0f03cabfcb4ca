// SPDX-License-Identifier: Apache-2.0
#include "store/cassandra/reads.hpp"

#include "base/check.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace fleet::store::cassandra {

using replicate::Rung;

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
/// How often reads that wait for a rung are looked at.
constexpr int kParkedMs = 10;
constexpr int kIdleMs = 1'000;
/// Most attempts of one read.
constexpr int kAttempts = 8;
/// A read that was slow is traced at most once in this time: tracing costs writes.
constexpr std::int64_t kTraceEveryNs = 1'000 * kNsPerMs;
/// What a caller waits beyond the deadline of its read: the session answers by itself at the
/// deadline, and only a fault of the driver lets this pass.
constexpr std::chrono::milliseconds kGrace{2'000};

thread_local bool remote_seen = false;

Error nothing_answers(const std::string& why) {
    return {Code::unavailable, "no consistency level of the Cassandra cluster can be read at now" +
                                   (why.empty() ? std::string() : ": " + why)};
}

/// Values of a key as text: short texts and numbers, as far as they can be told.
std::string text_of(const cql::PackedRows& key, std::span<const std::string_view> types) {
    std::vector<cql::ColumnInfo> columns;
    for (const std::string_view type : types) columns.push_back({"key", std::string(type)});
    cql::RowReader row(cql::Page(columns, key.row_count(), key.bytes(), nullptr));
    std::string out;
    if (auto there = row.next(); !there || !*there) return out;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (!out.empty()) out += ", ";
        if (types[i] == "date") {
            if (const auto day = row.date(i); day && *day)
                out += format_day(Day{static_cast<std::uint16_t>(**day)});
        } else if (types[i] == "timestamp") {
            if (const auto time = row.timestamp(i); time && *time)
                out += format_rfc3339({std::clamp<std::int64_t>(**time, 0, kMaxMs)});
        } else if (const auto text = row.text(i)) {
            out += *text;
        }
    }
    return out;
}

}  // namespace

struct Reads::Operation {
    Ask ask;
    std::function<void(Result<Answered>)> done;
    std::int64_t began_ns = 0;
    std::int64_t deadline_ns = 0;
    Rung rung{};
    int attempts = 0;
    std::string last_error{};
};

/// The reads of one call. The caller waits; answers come from the dispatching thread, also after
/// the caller has given up.
struct Reads::Batch {
    std::mutex mutex;
    std::condition_variable came;
    std::deque<std::pair<std::size_t, Result<Answered>>> done;
};

Reads::Reads(std::unique_ptr<cql::Session> session, std::vector<cql::Statement> statements,
             const std::vector<Rung>& rungs, ReadsOptions options,
             std::shared_ptr<const Clock> timer)
    : session_(std::move(session)),
      statements_(std::move(statements)),
      specs_(query_specs("")),
      options_(options),
      timer_(std::move(timer)),
      last_rung_(rungs.back()),
      ladder_(rungs, options.ladder),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    FLEET_CHECK(wake_fd_ >= 0 && statements_.size() == kQueries && options.parallel > 0);
    thread_ = std::thread([this] { dispatch(); });
}

Reads::~Reads() {
    stop_ = true;
    wake();
    thread_.join();
    session_->close();
    // Handlers of what was cancelled; they fail their reads.
    while (session_->in_flight() > 0 && session_->dispatch() > 0) {
    }
    retry_parked(true);
    ::close(wake_fd_);
}

void Reads::wake() const {
    const std::uint64_t one = 1;
    // A full counter is awake already.
    static_cast<void>(::write(wake_fd_, &one, sizeof one) == 0);
}

bool Reads::take_remote() noexcept { return std::exchange(remote_seen, false); }
void Reads::note_remote() noexcept { remote_seen = true; }

void Reads::dispatch() {
    bool parked = false;
    while (!stop_) {
        std::array<pollfd, 2> events{pollfd{session_->event_fd(), POLLIN, 0},
                                     pollfd{wake_fd_, POLLIN, 0}};
        // An interrupted wait only means one more look.
        static_cast<void>(::poll(events.data(), events.size(), parked ? kParkedMs : kIdleMs));
        std::uint64_t marks = 0;
        static_cast<void>(::read(wake_fd_, &marks, sizeof marks) == 0);
        session_->dispatch();
        retry_parked(false);
        std::vector<std::string> news;
        {
            const std::lock_guard lock(mutex_);
            parked = !parked_.empty();
            news = ladder_.take_events();
        }
        for (const std::string& sentence : news)
            spdlog::warn("reading from Cassandra: {}", sentence);
    }
}

void Reads::begin(Shared operation) {
    {
        const std::lock_guard lock(mutex_);
        const auto rung = ladder_.begin(now_ns());
        if (!rung) {
            const auto states = ladder_.states();
            const bool hopeless = std::all_of(states.begin(), states.end(),
                                              [](const auto& state) { return state.open; });
            if (!hopeless) return park(std::move(operation));
        } else {
            operation->rung = *rung;
        }
        if (!rung) operation->attempts = -1;
    }
    if (operation->attempts < 0) return finish(operation, nothing_answers(operation->last_error));
    send(operation);
}

void Reads::send(const Shared& operation) {
    const std::int64_t left_ms = (operation->deadline_ns - now_ns()) / kNsPerMs;
    const Rung rung = operation->rung;
    auto timeout = std::chrono::milliseconds(std::max<std::int64_t>(left_ms, 1));
    if (rung != last_rung_) timeout = std::min(timeout, options_.attempt);
    ++operation->attempts;
    const cql::ExecuteOptions how{.consistency = replicate::consistency_of(rung),
                                  .route = replicate::route_of(rung),
                                  .timeout = timeout,
                                  .page_rows = operation->ask.page_rows,
                                  .trace = operation->ask.trace || trace_all_};
    auto accepted = session_->execute(statements_[index_of(operation->ask.query)],
                                      operation->ask.key, how, operation->ask.page_state,
                                      [this, operation](cql::Answer<cql::Rows> answer) {
                                          answered(operation, std::move(answer));
                                      });
    if (accepted) return;
    const bool full = accepted.error().code == Code::overloaded && !stop_;
    {
        const std::lock_guard lock(mutex_);
        // Says nothing about the rung: it was not asked.
        static_cast<void>(ladder_.failed(rung, cql::ErrorClass::cancelled, now_ns()));
        --operation->attempts;
        if (full) return park(operation);
    }
    finish(operation, std::move(accepted).error());
}

void Reads::answered(const Shared& operation, cql::Answer<cql::Rows> answer) {
    if (answer.error) return climb(operation, *answer.error);
    const Rung rung = operation->rung;
    const auto took = std::chrono::milliseconds((now_ns() - operation->began_ns) / kNsPerMs);
    {
        const std::lock_guard lock(mutex_);
        ladder_.succeeded(rung, now_ns());
        remote_ = rung == Rung::remote;
        // The ladder speaks of writes; what was read there says nothing about home.
        ladder_.repaired();
    }
    if (trace_all_ && answer.trace_id) {
        const QuerySpec& spec = specs_[index_of(operation->ask.query)];
        const std::lock_guard lock(mutex_);
        if (traced_.size() < kTracedReads)
            traced_.push_back({spec.name, text_of(operation->ask.key, spec.params),
                               *answer.trace_id, answer.value.page.row_count(), rung});
    }
    if (options_.slow.count() > 0 && took >= options_.slow && !operation->ask.trace)
        note_slow(operation, took, answer.coordinator);
    finish(operation,
           Answered{std::move(answer.value), rung, answer.trace_id, std::move(answer.coordinator)});
}

void Reads::climb(const Shared& operation, const cql::CqlError& error) {
    const std::int64_t now = now_ns();
    const bool may = replicate::may_climb(error.error);
    const bool more = may && operation->attempts < kAttempts && now < operation->deadline_ns;
    operation->last_error = to_error(error).message;
    {
        const std::lock_guard lock(mutex_);
        const auto next = ladder_.failed(operation->rung, error.error, now);
        if (next && more) {
            operation->rung = *next;
        } else if (next) {
            // The ladder began a request there which will not be made.
            static_cast<void>(ladder_.failed(*next, cql::ErrorClass::cancelled, now));
        }
        if (!(next && more) && more && operation->rung != last_rung_) return park(operation);
        if (!(next && more)) operation->attempts = -1;
    }
    if (operation->attempts > 0) return send(operation);
    Error failure = to_error(error);
    finish(operation, may ? nothing_answers(failure.message) : std::move(failure));
}

void Reads::park(Shared operation) {
    parked_.push_back(std::move(operation));
    wake();
}

void Reads::retry_parked(bool all) {
    std::deque<Shared> waiting;
    {
        const std::lock_guard lock(mutex_);
        waiting.swap(parked_);
    }
    for (Shared& operation : waiting) {
        if (all || now_ns() >= operation->deadline_ns) {
            finish(operation, nothing_answers(operation->last_error));
        } else {
            begin(std::move(operation));
        }
    }
}

void Reads::finish(const Shared& operation, Result<Answered> result) {
    {
        const std::lock_guard lock(mutex_);
        ++asked_;
        if (!result) ++failed_;
    }
    operation->done(std::move(result));
}

void Reads::note_slow(const Shared& operation, std::chrono::milliseconds took,
                      const std::string& coordinator) {
    const QuerySpec& spec = specs_[index_of(operation->ask.query)];
    SlowRead slow{timer_->now(), spec.name,   text_of(operation->ask.key, spec.params),
                  took,          coordinator, {}};
    const Timestamp at = slow.at;
    const std::int64_t now = now_ns();
    {
        const std::lock_guard lock(mutex_);
        slow_.push_back(std::move(slow));
        if (slow_.size() > kSlowReads) slow_.pop_front();
        if (slow_traced_ns_ != 0 && now - slow_traced_ns_ < kTraceEveryNs) return;
        slow_traced_ns_ = now;
    }
    auto again = std::make_shared<Operation>(Operation{operation->ask, {}});
    again->ask.trace = true;
    again->began_ns = now;
    again->deadline_ns = now + options_.timeout.count() * kNsPerMs;
    again->done = [this, at, name = spec.name](const Result<Answered>& answer) {
        if (!answer) return;
        const std::lock_guard lock(mutex_);
        for (SlowRead& one : slow_)
            if (one.at == at && one.query == name) one.trace_id = answer->trace_id;
    };
    begin(std::move(again));
}

std::vector<TracedRead> Reads::take_traces() {
    const std::lock_guard lock(mutex_);
    return std::exchange(traced_, {});
}

Result<Answered> Reads::ask(Ask ask) {
    std::optional<Answered> out;
    FLEET_TRY_VOID(ask_all(
        1, [&](std::size_t) { return std::move(ask); },
        [&](std::size_t, Answered answer) -> Result<void> {
            out = std::move(answer);
            return {};
        }));
    return std::move(*out);
}

Result<void> Reads::ask_all(std::size_t count, const std::function<Ask(std::size_t)>& make,
                            const std::function<Result<void>(std::size_t, Answered)>& take) {
    const auto batch = std::make_shared<Batch>();
    std::optional<Error> error;
    std::size_t next = 0;
    std::size_t under_way = 0;
    const auto until_ns = [&] { return now_ns() + (options_.timeout + kGrace).count() * kNsPerMs; };
    std::int64_t give_up_ns = until_ns();
    while (under_way > 0 || (next < count && !error)) {
        while (next < count && under_way < options_.parallel && !error) {
            auto operation = std::make_shared<Operation>(Operation{make(next), {}});
            operation->began_ns = now_ns();
            operation->deadline_ns = operation->began_ns + options_.timeout.count() * kNsPerMs;
            operation->done = [batch, index = next](Result<Answered> result) {
                const std::lock_guard lock(batch->mutex);
                batch->done.emplace_back(index, std::move(result));
                batch->came.notify_one();
            };
            ++next;
            ++under_way;
            begin(std::move(operation));
        }
        std::deque<std::pair<std::size_t, Result<Answered>>> came;
        {
            std::unique_lock lock(batch->mutex);
            batch->came.wait_for(lock, std::chrono::milliseconds(200),
                                 [&] { return !batch->done.empty(); });
            came.swap(batch->done);
        }
        if (came.empty()) {
            if (now_ns() < give_up_ns) continue;
            return fail(Code::deadline_exceeded, "Cassandra did not answer in time");
        }
        give_up_ns = until_ns();
        for (auto& [index, result] : came) {
            --under_way;
            if (error) continue;
            if (!result) {
                error = std::move(result).error();
                continue;
            }
            if (result->rung == Rung::remote) note_remote();
            if (auto taken = take(index, std::move(result).value()); !taken)
                error = std::move(taken).error();
        }
    }
    if (error) return std::move(*error);
    return {};
}

namespace {

/// Where an answer lands that a caller waits for; it may come when nobody waits any more.
template <class T>
struct Slot {
    std::mutex mutex;
    std::condition_variable came;
    std::optional<cql::Answer<T>> answer;
};

template <class T>
cql::Handler<T> into(const std::shared_ptr<Slot<T>>& slot) {
    return [slot](cql::Answer<T> answer) {
        const std::lock_guard lock(slot->mutex);
        slot->answer = std::move(answer);
        slot->came.notify_one();
    };
}

template <class T>
Result<cql::Answer<T>> wait_for(Slot<T>& slot, std::chrono::milliseconds timeout) {
    std::unique_lock lock(slot.mutex);
    if (!slot.came.wait_for(lock, timeout, [&] { return slot.answer.has_value(); }))
        return fail(Code::deadline_exceeded, "Cassandra did not answer in time");
    if (slot.answer->error) return to_error(*slot.answer->error);
    return std::move(*slot.answer);
}

}  // namespace

Result<std::chrono::microseconds> Reads::probe(Rung rung) {
    const auto slot = std::make_shared<Slot<cql::Rows>>();
    cql::PackedRows fleets = key(Query::fleets);
    fleets.text(kFleetRegistry).end_row();
    FLEET_TRY_VOID(session_->execute(statements_[index_of(Query::fleets)], fleets,
                                     {.consistency = replicate::consistency_of(rung),
                                      .route = replicate::route_of(rung),
                                      .timeout = options_.attempt,
                                      .page_rows = 1},
                                     {}, into(slot)));
    FLEET_TRY(const auto answer, wait_for(*slot, options_.attempt + kGrace));
    return answer.latency;
}

Result<cql::Topology> Reads::topology(const std::string& keyspace) {
    const auto slot = std::make_shared<Slot<cql::Topology>>();
    FLEET_TRY_VOID(session_->topology(keyspace, options_.timeout, into(slot)));
    FLEET_TRY(auto answer, wait_for(*slot, options_.timeout + kGrace));
    return std::move(answer.value);
}

ReadsState Reads::state() const {
    const std::lock_guard lock(mutex_);
    return {ladder_.states(), asked_,  failed_,
            parked_.size(),   remote_, std::vector<SlowRead>(slow_.begin(), slow_.end())};
}

}  // namespace fleet::store::cassandra
