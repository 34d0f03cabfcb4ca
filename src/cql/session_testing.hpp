// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/check.hpp"
#include "cql/session.hpp"

#include <sys/eventfd.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace fleet::cql {

/// An `execute` as it was asked for.
struct Asked {
    std::string cql;
    PackedRows rows;
    ExecuteOptions options;
    std::string page_state;
};

/// A page from rows that are packed as values; what is unset reads as null.
inline Page page_of(std::vector<ColumnInfo> columns, const PackedRows& rows) {
    auto bytes = std::make_shared<const std::string>(rows.bytes());
    const std::string_view view = *bytes;
    return {std::move(columns), rows.row_count(), view, std::move(bytes)};
}

/// A session without a cluster, for tests of those who use one: statements are as the test declares
/// them, answers as its function gives them, and both are kept. Answers wait for `dispatch()`, in
/// the order of the calls, unless the test holds them back. Calls and dispatch() may come from two
/// threads, as with every session; what the test sets and reads must be ordered by itself.
class FakeSession final : public Session {
  public:
    /// What an `execute` is answered with; an empty answer by default.
    std::function<Answer<Rows>(const Asked&)> answer = [](const Asked&) { return Answer<Rows>{}; };
    Topology topology_answer;
    std::size_t max_in_flight = 512;
    /// While set, `dispatch()` gives no answers: the cluster hangs.
    bool held = false;

    FakeSession() : event_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        FLEET_CHECK(event_fd_ >= 0);
    }
    ~FakeSession() override { ::close(event_fd_); }
    FakeSession(const FakeSession&) = delete;
    FakeSession& operator=(const FakeSession&) = delete;

    /// `prepare` of another statement is a syntax error.
    void declare(std::string_view cql, std::vector<ColumnInfo> params,
                 std::vector<ColumnInfo> columns = {}, std::vector<std::uint16_t> key_params = {}) {
        const auto id = static_cast<std::uint32_t>(declared_.size() + 1);
        declared_.emplace_back(
            cql, Statement{id, std::move(params), std::move(columns), std::move(key_params)});
    }

    /// Every `execute` that was accepted, in order.
    [[nodiscard]] std::vector<Asked> asked() const {
        const std::lock_guard lock(mutex_);
        return asked_;
    }
    [[nodiscard]] const std::vector<std::string>& schema_changes() const { return schema_changes_; }

    [[nodiscard]] int event_fd() const noexcept override { return event_fd_; }
    [[nodiscard]] std::size_t in_flight() const override {
        const std::lock_guard lock(mutex_);
        return waiting_.size();
    }

    std::size_t dispatch(std::size_t limit = 256) override {
        std::uint64_t marks = 0;
        const ssize_t cleared = ::read(event_fd_, &marks, sizeof marks);
        static_cast<void>(cleared);
        if (held && !closed_) return 0;
        // Only those that waited at the beginning: a handler that asks again must not keep us here.
        const std::size_t count = std::min(limit, in_flight());
        for (std::size_t i = 0; i < count; ++i) {
            std::function<void()> run;
            {
                const std::lock_guard lock(mutex_);
                run = std::move(waiting_.front());
                waiting_.pop_front();
            }
            run();
        }
        if (in_flight() > 0) mark();
        return count;
    }

    Result<void> prepare(std::string_view cql, std::chrono::milliseconds /*timeout*/,
                         Handler<Statement> handler) override {
        const auto found = std::find_if(declared_.begin(), declared_.end(),
                                        [&](const auto& one) { return one.first == cql; });
        Answer<Statement> reply;
        if (found == declared_.end()) {
            reply.error = CqlError{.error = ErrorClass::syntax,
                                   .message = "not declared by the test: " + std::string(cql)};
        } else {
            reply.value = found->second;
        }
        return wait(std::move(handler), [reply] { return reply; });
    }

    Result<void> execute(const Statement& statement, const PackedRows& rows,
                         const ExecuteOptions& options, std::string_view page_state,
                         Handler<Rows> handler) override {
        if (statement.id == 0 || statement.id > declared_.size()) {
            return fail(Code::invalid_argument, "the statement was not prepared by this session");
        }
        if (rows.row_count() == 0 || rows.params() != statement.params.size()) {
            return fail(Code::invalid_argument, "the values do not fit the statement");
        }
        const Asked asked{declared_[statement.id - 1].first, rows, options,
                          std::string(page_state)};
        return wait(std::move(handler), [this, asked] { return answer(asked); }, &asked);
    }

    Result<void> change_schema(std::string_view cql, std::chrono::milliseconds /*timeout*/,
                               Handler<Done> handler) override {
        FLEET_TRY_VOID(wait(std::move(handler), [] { return Answer<Done>{}; }));
        schema_changes_.emplace_back(cql);
        return {};
    }

    Result<void> topology(std::string_view /*keyspace*/, std::chrono::milliseconds /*timeout*/,
                          Handler<Topology> handler) override {
        return wait(std::move(handler), [this] {
            Answer<Topology> reply;
            reply.value = topology_answer;
            return reply;
        });
    }

    void close() override { closed_ = true; }

  private:
    /// `asked` is noted before its handler can run on another thread, and ask the next thing.
    template <class T, class Make>
    Result<void> wait(Handler<T> handler, Make make, const Asked* asked = nullptr) {
        if (closed_) return fail(Code::unavailable, "the session with Cassandra is closed");
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= max_in_flight)
            return fail(Code::overloaded, "too many requests to Cassandra in flight");
        if (asked != nullptr) asked_.push_back(*asked);
        waiting_.emplace_back([this, handler = std::move(handler), make = std::move(make)] {
            Answer<T> reply;
            if (closed_) {
                reply.error =
                    CqlError{.error = ErrorClass::cancelled, .message = "the session was closed"};
            } else {
                reply = make();
            }
            if (handler) handler(std::move(reply));
        });
        mark();
        return {};
    }

    void mark() const {
        const std::uint64_t one = 1;
        FLEET_CHECK(::write(event_fd_, &one, sizeof one) == sizeof one);
    }

    int event_fd_;
    std::atomic<bool> closed_{false};
    mutable std::mutex mutex_;
    std::vector<std::pair<std::string, Statement>> declared_;
    std::deque<std::function<void()>> waiting_;
    std::vector<Asked> asked_;
    std::vector<std::string> schema_changes_;
};

}  // namespace fleet::cql
