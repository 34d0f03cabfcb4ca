// SPDX-License-Identifier: Apache-2.0
#include "cql/bridge_session.hpp"

#if FLEET_WITH_CASSANDRA

#include "base/check.hpp"

#include <fleet_cql_bridge.h>
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <variant>

namespace fleet::cql {
namespace {

constexpr std::uint64_t kConnectTag = 0;

// The classes and routes have the numbers of the header.
static_assert(static_cast<int>(ErrorClass::unavailable) == FCQL_ERR_UNAVAILABLE);
static_assert(static_cast<int>(ErrorClass::client_timeout) == FCQL_ERR_CLIENT_TIMEOUT);
static_assert(static_cast<int>(ErrorClass::syntax) == FCQL_ERR_SYNTAX);
static_assert(static_cast<int>(ErrorClass::schema_agreement) == FCQL_ERR_SCHEMA_AGREEMENT);
static_assert(static_cast<int>(ErrorClass::internal) == FCQL_ERR_INTERNAL);
static_assert(static_cast<int>(Route::remote) == FCQL_ROUTE_REMOTE);

using Pending = std::variant<Handler<Done>, Handler<Statement>, Handler<Rows>, Handler<Topology>>;

fcql_slice slice_of(std::string_view text) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes of the same object
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string_view text_of(const fcql_slice& slice) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes of the same object
    return {reinterpret_cast<const char*>(slice.data), slice.len};
}

std::string string_of(const fcql_slice& slice) { return std::string(text_of(slice)); }

std::uint32_t milliseconds_of(std::chrono::milliseconds time) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(time.count(), 0, 0x7FFF'FFFF));
}

std::vector<ColumnInfo> columns_of(const fcql_column* columns, std::uint32_t count) {
    std::vector<ColumnInfo> infos;
    infos.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i)
        infos.push_back({string_of(columns[i].name), string_of(columns[i].type)});
    return infos;
}

std::optional<int> number_of(std::int32_t number) {
    return number < 0 ? std::nullopt : std::optional<int>(number);
}

Result<void> result_of(fcql_status status) {
    switch (status) {
        case FCQL_OK: return {};
        case FCQL_FULL: return fail(Code::overloaded, "too many requests to Cassandra in flight");
        case FCQL_NO_SESSION:
        case FCQL_CLOSED: return fail(Code::unavailable, "the session with Cassandra is closed");
        case FCQL_NO_STATEMENT:
            return fail(Code::invalid_argument, "the statement was not prepared by this session");
        case FCQL_BAD_ARGUMENT:
            return fail(Code::invalid_argument,
                        "an option out of its range (timeout, route without its datacentre, text)");
        case FCQL_BAD_ROW:
            return fail(Code::invalid_argument,
                        "the values do not fit the statement, or its key is not whole");
        case FCQL_MIXED_PARTITIONS:
            return fail(Code::invalid_argument,
                        "the rows of a batch must lie in one partition, with its key bound");
        case FCQL_TOO_LARGE:
            return fail(Code::too_large, "the batch is over its limit of rows or bytes");
        case FCQL_NULL:
        case FCQL_BAD_CONFIG:
        case FCQL_PANIC: break;
    }
    return fail(Code::internal, fmt::format("the bridge to Cassandra failed with status {}",
                                            static_cast<int>(status)));
}

struct FreeResult {
    void operator()(fcql_result* result) const noexcept { fcql_result_free(result); }
};
using OwnedResult = std::unique_ptr<fcql_result, FreeResult>;

CqlError error_of(const fcql_completion& completion, const fcql_view& view) {
    CqlError error;
    error.error = completion.error <= FCQL_ERR_INTERNAL ? static_cast<ErrorClass>(completion.error)
                                                        : ErrorClass::internal;
    error.message = string_of(view.message);
    if (completion.consistency <= static_cast<std::uint16_t>(Consistency::local_one)) {
        error.consistency = static_cast<Consistency>(completion.consistency);
    }
    error.required = number_of(completion.required);
    error.received = number_of(completion.received);
    error.alive = number_of(completion.alive);
    error.failures = number_of(completion.failures);
    error.data_present = completion.data_present != 0;
    error.write_type = string_of(view.write_type);
    error.coordinator = string_of(view.coordinator);
    error.coordinator_dc = string_of(view.coordinator_dc);
    return error;
}

Done value_of(const Done& /*type*/, const fcql_view& /*view*/, OwnedResult& /*result*/) {
    return {};
}

Statement value_of(const Statement& /*type*/, const fcql_view& view, OwnedResult& /*result*/) {
    return {.id = view.statement,
            .params = columns_of(view.params, view.param_count),
            .columns = columns_of(view.columns, view.column_count),
            .key_params = {view.key_params, view.key_params + view.key_param_count}};
}

Rows value_of(const Rows& /*type*/, const fcql_view& view, OwnedResult& result) {
    return {.page = Page(columns_of(view.columns, view.column_count), view.row_count,
                         text_of(view.page), std::shared_ptr<fcql_result>(std::move(result))),
            .has_more = view.has_more != 0,
            .page_state = string_of(view.page_state)};
}

Topology value_of(const Topology& /*type*/, const fcql_view& view, OwnedResult& /*result*/) {
    Topology topology;
    topology.cluster_name = string_of(view.cluster_name);
    topology.schema_version = string_of(view.schema_version);
    for (std::uint32_t i = 0; i < view.node_count; ++i) {
        const fcql_node& node = view.nodes[i];
        topology.nodes.push_back({.host_id = string_of(node.host_id),
                                  .address = string_of(node.address),
                                  .datacenter = string_of(node.datacenter),
                                  .rack = string_of(node.rack),
                                  .connected = node.connected != 0});
    }
    for (std::uint32_t i = 0; i < view.replication_count; ++i) {
        topology.replication.push_back(
            {string_of(view.replication[i].datacenter), view.replication[i].factor});
    }
    return topology;
}

template <class T>
void answer(const Handler<T>& handler, const fcql_completion& completion) {
    OwnedResult result(completion.result);
    fcql_view view{};
    FLEET_CHECK(fcql_result_view(result.get(), &view) == FCQL_OK);
    Answer<T> answer;
    answer.coordinator = string_of(view.coordinator);
    answer.coordinator_dc = string_of(view.coordinator_dc);
    answer.latency = std::chrono::microseconds(completion.latency_us);
    if (completion.has_trace != 0) {
        std::copy_n(std::begin(completion.trace_id), answer.trace_id.emplace().size(),
                    answer.trace_id->begin());
    }
    if (completion.error == FCQL_ERR_NONE) {
        answer.value = value_of(T{}, view, result);
    } else {
        answer.error = error_of(completion, view);
    }
    result.reset();  // unless a page has taken it
    if (handler) handler(std::move(answer));
}

class BridgeSession final : public Session {
  public:
    explicit BridgeSession(int event_fd) : event_fd_(event_fd) {}
    ~BridgeSession() override {
        // The answers that nobody polled go with the session.
        static_cast<void>(fcql_free(id_));
        static_cast<void>(::close(event_fd_));
    }
    BridgeSession(const BridgeSession&) = delete;
    BridgeSession& operator=(const BridgeSession&) = delete;

    Result<void> open(const ConnectOptions& options, Handler<Done> connected) {
        pending_.emplace(kConnectTag, std::move(connected));
        const fcql_config config{
            .contact_points = slice_of(options.contact_points),
            .home_dc = slice_of(options.home_dc),
            .remote_dc = slice_of(options.remote_dc),
            .user = slice_of(options.user),
            .password = slice_of(options.password),
            .tls_ca_file = slice_of(options.tls_ca_file),
            .event_fd = event_fd_,
            .connect_timeout_ms = milliseconds_of(options.connect_timeout),
            .schema_timeout_ms = milliseconds_of(options.schema_timeout),
            .max_in_flight = options.max_in_flight,
            .max_batch_rows = options.max_batch_rows,
            .max_batch_bytes = options.max_batch_bytes,
            .compression = options.lz4 ? std::uint8_t{1} : std::uint8_t{0},
            .tls_verify_host = options.tls_verify_host ? std::uint8_t{1} : std::uint8_t{0},
            .reserved = {},
        };
        std::array<char, 512> error{};
        const fcql_status status = fcql_open(&config, &id_, error.data(), error.size());
        if (status == FCQL_BAD_CONFIG || status == FCQL_BAD_ARGUMENT) {
            return fail(Code::invalid_argument, fmt::format("Cassandra: {}", error.data()));
        }
        return result_of(status);
    }

    [[nodiscard]] int event_fd() const noexcept override { return event_fd_; }

    std::size_t dispatch(std::size_t limit) override {
        // Take the mark away first: an answer that comes from now on sets it again.
        std::uint64_t marks = 0;
        const ssize_t cleared = ::read(event_fd_, &marks, sizeof marks);
        static_cast<void>(cleared);  // without a mark there may still be answers
        std::array<fcql_completion, kPolled> completions{};
        std::size_t dispatched = 0;
        while (dispatched < limit) {
            std::size_t count = 0;
            const std::size_t wanted = std::min(limit - dispatched, completions.size());
            if (fcql_poll(id_, completions.data(), wanted, &count) != FCQL_OK || count == 0) break;
            for (std::size_t i = 0; i < count; ++i) run(completions[i]);
            dispatched += count;
        }
        return dispatched;
    }

    [[nodiscard]] std::size_t in_flight() const override {
        const std::scoped_lock lock(mutex_);
        return pending_.size();
    }

    Result<void> prepare(std::string_view cql, std::chrono::milliseconds timeout,
                         Handler<Statement> handler) override {
        return submit(std::move(handler), [&](std::uint64_t tag) {
            return fcql_prepare(id_, tag, slice_of(cql), milliseconds_of(timeout));
        });
    }

    Result<void> execute(const Statement& statement, const PackedRows& rows,
                         const ExecuteOptions& options, std::string_view page_state,
                         Handler<Rows> handler) override {
        fcql_request request{
            .tag = 0,
            .rows = slice_of(rows.bytes()),
            .page_state = slice_of(page_state),
            .timestamp_us = options.timestamp_us.value_or(FCQL_NO_TIMESTAMP),
            .statement = statement.id,
            .row_count =
                static_cast<std::uint32_t>(std::min<std::size_t>(rows.row_count(), 0xFFFF'FFFF)),
            .timeout_ms = milliseconds_of(options.timeout),
            .page_rows = options.page_rows,
            .consistency = static_cast<std::uint16_t>(options.consistency),
            .serial = options.serial ? static_cast<std::uint16_t>(*options.serial)
                                     : std::uint16_t{FCQL_NO_SERIAL},
            .route = static_cast<std::uint8_t>(options.route),
            .flags = static_cast<std::uint8_t>((options.idempotent ? FCQL_IDEMPOTENT : 0) |
                                               (options.trace ? FCQL_TRACE : 0)),
            .reserved = {},
        };
        return submit(std::move(handler), [&](std::uint64_t tag) {
            request.tag = tag;
            return fcql_execute(id_, &request);
        });
    }

    Result<void> change_schema(std::string_view cql, std::chrono::milliseconds timeout,
                               Handler<Done> handler) override {
        return submit(std::move(handler), [&](std::uint64_t tag) {
            return fcql_schema(id_, tag, slice_of(cql), milliseconds_of(timeout));
        });
    }

    Result<void> topology(std::string_view keyspace, std::chrono::milliseconds timeout,
                          Handler<Topology> handler) override {
        return submit(std::move(handler), [&](std::uint64_t tag) {
            return fcql_topology(id_, tag, slice_of(keyspace), milliseconds_of(timeout));
        });
    }

    void close() override { static_cast<void>(fcql_close(id_)); }

  private:
    static constexpr std::size_t kPolled = 64;

    template <class T, class Call>
    Result<void> submit(Handler<T> handler, Call call) {
        const std::uint64_t tag = ++last_tag_;
        {
            // Before the call: the answer may be there before the call returns.
            const std::scoped_lock lock(mutex_);
            pending_.emplace(tag, std::move(handler));
        }
        const fcql_status status = call(tag);
        if (status != FCQL_OK) {
            const std::scoped_lock lock(mutex_);
            pending_.erase(tag);
        }
        return result_of(status);
    }

    void run(const fcql_completion& completion) {
        Pending handler;
        {
            const std::scoped_lock lock(mutex_);
            auto node = pending_.extract(completion.tag);
            FLEET_CHECK(!node.empty());
            handler = std::move(node.mapped());
        }
        std::visit([&](const auto& one) { answer(one, completion); }, handler);
    }

    int event_fd_;
    std::uint64_t id_ = 0;
    std::atomic<std::uint64_t> last_tag_ = kConnectTag;
    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, Pending> pending_;
};

}  // namespace

Result<std::unique_ptr<Session>> open_session(const ConnectOptions& options,
                                              Handler<Done> connected) {
    FLEET_CHECK(fcql_abi_version() == FCQL_ABI_VERSION);
    const int event_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event_fd < 0) return errno_error("eventfd", errno);
    auto session = std::make_unique<BridgeSession>(event_fd);
    FLEET_TRY_VOID(session->open(options, std::move(connected)));
    return std::unique_ptr<Session>(std::move(session));
}

}  // namespace fleet::cql

#else

namespace fleet::cql {

Result<std::unique_ptr<Session>> open_session(const ConnectOptions& /*options*/,
                                              Handler<Done> /*connected*/) {
    return fail(Code::unsupported,
                "this binary was built without Cassandra: install cargo 1.88 or newer and build "
                "with FLEET_WITH_CASSANDRA=ON");
}

}  // namespace fleet::cql

#endif
