// SPDX-License-Identifier: Apache-2.0
#include "replicate/sender.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <utility>

namespace fleet::replicate {

using cql::ErrorClass;

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

/// Whether the cluster found fault with what was sent, and not with the
/// account, the session or itself.
bool finds_fault(ErrorClass error) noexcept {
    return error == ErrorClass::invalid || error == ErrorClass::syntax;
}

}  // namespace

Sender::Sender(cql::Session& session, const Statements& statements, const std::vector<Rung>& rungs,
               LadderOptions ladder, SenderOptions options, std::shared_ptr<const Clock> clock)
    : session_(session),
      statements_(statements),
      ladder_(rungs, ladder),
      options_(options),
      clock_(std::move(clock)),
      random_(static_cast<unsigned>(options.seed)) {}

Sender::~Sender() { *alive_ = false; }

void Sender::push(Request request) {
    FLEET_CHECK(request.rows.row_count() > 0);
    ++unfinished_;
    unfinished_rows_ += request.rows.row_count();
    auto job = std::make_shared<Job>();
    job->request = std::move(request);
    ready_.push_back(std::move(job));
}

void Sender::pump() {
    const std::int64_t now = clock_->monotonic_ns();
    while (!later_.empty() && later_.begin()->first <= now) {
        ready_.push_back(std::move(later_.begin()->second));
        later_.erase(later_.begin());
    }
    while (!ready_.empty() && in_flight_ < options_.in_flight) {
        const std::size_t rows = ready_.front()->request.rows.row_count();
        if (in_flight_ > 0 && rows_in_flight_ + rows > options_.rows_in_flight) return;
        const std::optional<Rung> rung = ladder_.begin(now);
        if (!rung) return;
        const JobPtr job = std::move(ready_.front());
        ready_.pop_front();
        send(job, *rung);
    }
}

std::optional<std::int64_t> Sender::next_ns() const {
    std::optional<std::int64_t> next;
    if (!later_.empty()) next = later_.begin()->first;
    // What is ready waits for an answer to make room, or for a rung.
    const std::int64_t now = clock_->monotonic_ns();
    if (!ready_.empty()) {
        const std::int64_t retry = ladder_.retry_at(now);
        if (retry > now) next = std::min(next.value_or(retry), retry);
        if (in_flight_ == 0) next = std::min(next.value_or(now), std::max(retry, now));
    }
    return next;
}

void Sender::send(const JobPtr& job, Rung rung) {
    cql::ExecuteOptions how;
    how.consistency = consistency_of(rung);
    how.route = route_of(rung);
    const cql::Statement& statement = statements_.at(job->request.ask);
    if (statement.columns.empty()) how.timestamp_us = job->request.stamp_us;
    how.timeout = std::chrono::milliseconds(options_.timeout_ms);
    how.page_rows = 0;  // questions have small answers
    job->sent_ns = clock_->monotonic_ns();
    const std::size_t rows = job->request.rows.row_count();
    const auto sent =
        session_.execute(statement, job->request.rows, how, {},
                         [this, alive = alive_, job, rung](cql::Answer<cql::Rows> answer) {
                             if (*alive) answered(job, rung, std::move(answer));
                         });
    if (sent) {
        ++stats_.attempts;
        ++in_flight_;
        rows_in_flight_ += rows;
        return;
    }
    // Not accepted: the rung had nothing to do with it.
    static_cast<void>(ladder_.failed(rung, ErrorClass::cancelled, clock_->monotonic_ns()));
    cql::CqlError error{.error = ErrorClass::cancelled, .message = sent.error().message};
    if (sent.error().code == Code::too_large || sent.error().code == Code::invalid_argument) {
        error.error = ErrorClass::invalid;
        refuse(job, error);
    } else {
        later(job, error);
    }
}

void Sender::answered(const JobPtr& job, Rung rung, cql::Answer<cql::Rows> answer) {
    const std::int64_t now = clock_->monotonic_ns();
    --in_flight_;
    rows_in_flight_ -= job->request.rows.row_count();
    if (answer.ok()) {
        ladder_.succeeded(rung, now);
        stats_.last_error.clear();
        stats_.latency_ns.record(
            static_cast<std::uint64_t>(std::max<std::int64_t>(now - job->sent_ns, 0)));
        refusals_[static_cast<std::size_t>(job->request.ask)] = 0;
        return finish(job, {}, answer.value);
    }
    const std::optional<Rung> next = ladder_.failed(rung, answer.error->error, now);
    stats_.last_error = to_error(*answer.error).message;
    if (next) return send(job, *next);
    if (finds_fault(answer.error->error)) return refuse(job, *answer.error);
    later(job, *answer.error);
}

void Sender::later(const JobPtr& job, const cql::CqlError& error) {
    stats_.last_error = to_error(error).message;
    ++stats_.retries;
    std::int64_t longest = options_.first_pause_ms;
    for (unsigned i = 0; i < job->rounds && longest < options_.longest_pause_ms; ++i) longest *= 2;
    longest = std::min(longest, options_.longest_pause_ms);
    ++job->rounds;
    // Jitter: what failed together must not come back together.
    const std::int64_t pause =
        1 + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(longest));
    later_.emplace(clock_->monotonic_ns() + pause * kNsPerMs, job);
}

void Sender::refuse(const JobPtr& job, const cql::CqlError& error) {
    if (job->request.rows.row_count() > 1) return take_apart(job);
    unsigned& refusals = refusals_[static_cast<std::size_t>(job->request.ask)];
    if (refusals >= options_.most_refusals) return later(job, error);
    ++refusals;
    ++stats_.refused;
    std::vector<Refused> refused;
    refused.push_back({job->request.rows, error});
    finish(job, std::move(refused), {});
}

void Sender::take_apart(const JobPtr& job) {
    const std::size_t count = job->request.rows.row_count();
    const auto batch = std::make_shared<Batch>();
    batch->left = count;
    batch->done = std::move(job->request.done);
    unfinished_ += count - 1;
    for (std::size_t i = 0; i < count; ++i) {
        auto one = std::make_shared<Job>();
        one->request.ask = job->request.ask;
        one->request.rows = job->request.rows.row(i);
        one->request.stamp_us = job->request.stamp_us;
        one->part_of = batch;
        ready_.push_back(std::move(one));
    }
}

void Sender::finish(const JobPtr& job, std::vector<Refused> refused, const cql::Rows& rows) {
    const std::size_t count = job->request.rows.row_count();
    --unfinished_;
    unfinished_rows_ -= count;
    ++stats_.requests;
    stats_.rows += count - refused.size();
    if (const auto batch = job->part_of) {
        std::move(refused.begin(), refused.end(), std::back_inserter(batch->refused));
        if (--batch->left == 0 && batch->done) batch->done(batch->refused, {});
        return;
    }
    if (job->request.done) job->request.done(refused, rows);
}

}  // namespace fleet::replicate
