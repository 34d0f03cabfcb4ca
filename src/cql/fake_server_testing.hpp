// SPDX-License-Identifier: Apache-2.0
#pragma once

// A node of a cluster of one, as far as a driver asks: protocol 4, system tables with the node
// itself, one keyspace `fleet`. What a test wants to see or to spoil it says in `statements` and
// `on_call`.

#include "cql/big_endian.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace fleet::cql::fake {

// NOLINTBEGIN(readability-identifier-naming): codes of the protocol by its names
enum Opcode : std::uint8_t {
    ERROR = 0x00,
    STARTUP = 0x01,
    READY = 0x02,
    AUTHENTICATE = 0x03,
    OPTIONS = 0x05,
    SUPPORTED = 0x06,
    QUERY = 0x07,
    RESULT = 0x08,
    PREPARE = 0x09,
    EXECUTE = 0x0A,
    REGISTER = 0x0B,
    BATCH = 0x0D,
    AUTH_RESPONSE = 0x0F,
    AUTH_SUCCESS = 0x10,
};
// NOLINTEND(readability-identifier-naming)

/// A value as it came: bytes, or the mark of null (-1) or unset (-2).
struct Value {
    std::int32_t length = -1;
    std::string bytes;
};

/// A QUERY, EXECUTE or BATCH of a test's own statement.
struct Call {
    std::uint8_t opcode = QUERY;
    std::string cql;
    std::vector<std::vector<Value>> rows;
    std::uint16_t consistency = 0;
    int batch_type = -1;
    std::int32_t page_size = 0;
    std::string page_state;
    std::optional<std::uint16_t> serial;
    std::optional<std::int64_t> timestamp;
    bool trace = false;
};

struct Answer {
    enum class Action { send, silence, disconnect };
    Action action = Action::send;
    std::uint8_t opcode = RESULT;
    std::string body;
};

using Column = std::pair<std::string, std::string>;  ///< name, type as CQL writes it

struct Statement {
    std::vector<Column> params;
    std::vector<std::uint16_t> key;
    std::vector<Column> columns;
};

class Writer {
  public:
    template <class T>
    Writer& integer(T value) {
        append_big_endian(out, value);
        return *this;
    }
    Writer& text(std::string_view value) {
        integer(static_cast<std::uint16_t>(value.size()));
        out += value;
        return *this;
    }
    Writer& bytes(std::string_view value) {
        integer(static_cast<std::int32_t>(value.size()));
        out += value;
        return *this;
    }
    Writer& null() { return integer(std::int32_t{-1}); }
    Writer& type(std::string_view name) {
        static const std::map<std::string, std::uint16_t, std::less<>> kCodes = {
            {"ascii", 0x1}, {"bigint", 0x2}, {"blob", 0x3},  {"boolean", 0x4},   {"double", 0x7},
            {"float", 0x8}, {"int", 0x9},    {"uuid", 0xC},  {"timestamp", 0xB}, {"text", 0xD},
            {"inet", 0x10}, {"date", 0x11},  {"list", 0x20}, {"map", 0x21},      {"set", 0x22},
        };
        const auto bracket = name.find('<');
        integer(kCodes.find(name.substr(0, bracket))->second);
        if (bracket == std::string_view::npos) return *this;
        std::string_view inner = name.substr(bracket + 1, name.size() - bracket - 2);
        const auto comma = inner.find(", ");
        type(inner.substr(0, comma));
        return comma == std::string_view::npos ? *this : type(inner.substr(comma + 2));
    }
    Writer& columns(const std::vector<Column>& columns) {
        text("fleet").text("t");
        for (const auto& [name, type_name] : columns) text(name).type(type_name);
        return *this;
    }

    std::string out;
};

inline Answer void_result() { return {.body = Writer().integer(std::int32_t{1}).out}; }
inline Answer silence() { return {.action = Answer::Action::silence, .body = {}}; }
inline Answer disconnect() { return {.action = Answer::Action::disconnect, .body = {}}; }

inline Answer schema_change() {
    return {
        .body =
            Writer().integer(std::int32_t{5}).text("CREATED").text("KEYSPACE").text("fleet").out};
}

/// Cells are encoded already; nullopt is null.
inline Answer rows(const std::vector<Column>& columns,
                   const std::vector<std::vector<std::optional<std::string>>>& cells,
                   std::string_view page_state = {}) {
    Writer out;
    out.integer(std::int32_t{2}).integer(std::int32_t{page_state.empty() ? 1 : 3});
    out.integer(static_cast<std::int32_t>(columns.size()));
    if (!page_state.empty()) out.bytes(page_state);
    out.columns(columns).integer(static_cast<std::int32_t>(cells.size()));
    for (const auto& row : cells) {
        for (const auto& cell : row) cell ? out.bytes(*cell) : out.null();
    }
    return {.body = std::move(out.out)};
}

/// `details` are what the protocol puts after the message.
inline Answer error(std::int32_t code, std::string_view message, std::string_view details = {}) {
    return {.opcode = ERROR,
            .body = Writer().integer(code).text(message).out + std::string(details)};
}

class Server {
  public:
    std::map<std::string, Statement, std::less<>> statements;
    std::function<Answer(const Call&)> on_call = [](const Call&) { return void_result(); };
    std::string user;  ///< when set, a log-in is asked for
    std::string password;

    Server() {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): as the socket API wants it
        ok_ = ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
              ::listen(listener_, 16) == 0 &&
              ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
        // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
        port_ = ntohs(address.sin_port);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    ~Server() {
        stopping_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        if (acceptor_.joinable()) acceptor_.join();
        {
            const std::scoped_lock lock(mutex_);
            for (const int connection : connections_) ::shutdown(connection, SHUT_RDWR);
        }
        for (auto& thread : threads_) thread.join();
        for (const int connection : connections_) ::close(connection);
        ::close(listener_);
    }

    /// Begins to accept; what a test sets must be set before.
    void start() {
        acceptor_ = std::thread([this] { accept_all(); });
    }

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

    [[nodiscard]] std::vector<Call> calls() const {
        const std::scoped_lock lock(mutex_);
        return calls_;
    }

  private:
    struct Reader {
        std::string_view rest;

        template <class T>
        T integer() {
            if (rest.size() < sizeof(T)) return T{};
            const T value = read_big_endian<T>(rest);
            rest.remove_prefix(sizeof(T));
            return value;
        }
        std::string take(std::size_t length) {
            const std::string bytes(rest.substr(0, length));
            rest.remove_prefix(bytes.size());
            return bytes;
        }
        std::string text() { return take(integer<std::uint16_t>()); }
        std::string long_text() { return take(integer<std::uint32_t>()); }
        Value value() {
            Value value{.length = integer<std::int32_t>(), .bytes = {}};
            if (value.length > 0) value.bytes = take(static_cast<std::size_t>(value.length));
            return value;
        }
        std::vector<Value> values() {
            std::vector<Value> all(integer<std::uint16_t>());
            for (auto& one : all) one = value();
            return all;
        }
    };

    void accept_all() {
        while (!stopping_) {
            const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (connection < 0) continue;
            const std::scoped_lock lock(mutex_);
            connections_.push_back(connection);
            threads_.emplace_back([this, connection] { serve(connection); });
        }
    }

    static bool receive(int connection, char* to, std::size_t length) {
        while (length > 0) {
            const ssize_t got = ::recv(connection, to, length, 0);
            if (got <= 0) return false;
            to += got;
            length -= static_cast<std::size_t>(got);
        }
        return true;
    }

    void serve(int connection) {
        std::array<char, 9> header{};
        while (receive(connection, header.data(), header.size())) {
            const bool trace = (static_cast<unsigned char>(header[1]) & 2U) != 0;
            std::string body(read_big_endian<std::uint32_t>({header.data() + 5, 4}), '\0');
            if (!receive(connection, body.data(), body.size())) break;
            Answer answer = answer_to(static_cast<std::uint8_t>(header[4]), Reader{body}, trace);
            if (answer.action == Answer::Action::silence) continue;
            if (answer.action == Answer::Action::disconnect) break;
            const bool traced = trace && answer.opcode == RESULT;
            if (traced) answer.body.insert(0, "0123456789abcdef");
            std::string frame{'\x84', traced ? '\2' : '\0', header[2], header[3],
                              static_cast<char>(answer.opcode)};
            append_big_endian(frame, static_cast<std::uint32_t>(answer.body.size()));
            frame += answer.body;
            if (::send(connection, frame.data(), frame.size(), MSG_NOSIGNAL) < 0) break;
        }
        ::shutdown(connection, SHUT_RDWR);
    }

    Answer answer_to(std::uint8_t opcode, Reader in, bool trace) {
        switch (opcode) {
            case OPTIONS:
                return {.opcode = SUPPORTED,
                        .body = Writer()
                                    .integer(std::uint16_t{1})
                                    .text("CQL_VERSION")
                                    .integer(std::uint16_t{1})
                                    .text("3.4.7")
                                    .out};
            case STARTUP:
                if (user.empty()) return {.opcode = READY, .body = {}};
                return {
                    .opcode = AUTHENTICATE,
                    .body = Writer().text("org.apache.cassandra.auth.PasswordAuthenticator").out};
            case AUTH_RESPONSE: {
                const std::string expected =
                    std::string("\0", 1) + user + std::string("\0", 1) + password;
                if (in.value().bytes != expected)
                    return error(0x0100, "Provided username or password is incorrect");
                return {.opcode = AUTH_SUCCESS, .body = Writer().null().out};
            }
            case REGISTER: return {.opcode = READY, .body = {}};
            case PREPARE: return prepare(in.long_text());
            case QUERY:
            case EXECUTE: {
                const std::string what = opcode == QUERY ? in.long_text() : in.text();
                return execute(opcode, what, in, trace);
            }
            case BATCH: return batch(in, trace);
            default: return error(0x000A, "unknown opcode");
        }
    }

    /// The statement itself serves as its id.
    Answer prepare(const std::string& cql) {
        Statement statement{.params = {}, .key = {}, .columns = columns_of(cql)};
        if (const auto found = statements.find(cql); found != statements.end()) {
            statement = found->second;
        } else if (cql.find("system") == std::string::npos) {
            return error(0x2000, "line 1:0 no viable alternative at input");
        } else if (cql.find("scylla") != std::string::npos) {
            return error(0x2200, "unconfigured table");
        }
        Writer out;
        out.integer(std::int32_t{4}).text(cql).integer(std::int32_t{1});
        out.integer(static_cast<std::int32_t>(statement.params.size()))
            .integer(static_cast<std::int32_t>(statement.key.size()));
        for (const auto param : statement.key) out.integer(param);
        out.columns(statement.params);
        if (statement.columns.empty()) {
            out.integer(std::int32_t{4}).integer(std::int32_t{0});
        } else {
            out.integer(std::int32_t{1})
                .integer(static_cast<std::int32_t>(statement.columns.size()))
                .columns(statement.columns);
        }
        return {.body = std::move(out.out)};
    }

    static void read_options(Reader& in, unsigned flags, Call& call) {
        if ((flags & 0x04U) != 0) call.page_size = in.integer<std::int32_t>();
        if ((flags & 0x08U) != 0) call.page_state = in.value().bytes;
        if ((flags & 0x10U) != 0) call.serial = in.integer<std::uint16_t>();
        if ((flags & 0x20U) != 0) call.timestamp = in.integer<std::int64_t>();
    }

    Answer execute(std::uint8_t opcode, const std::string& cql, Reader in, bool trace) {
        if (cql.find("FROM system") != std::string::npos && !statements.contains(cql))
            return system_rows(cql);
        Call call;
        call.opcode = opcode;
        call.cql = cql;
        call.trace = trace;
        call.consistency = in.integer<std::uint16_t>();
        const unsigned flags = in.integer<std::uint8_t>();
        if ((flags & 0x01U) != 0) call.rows.push_back(in.values());
        read_options(in, flags, call);
        return told(call);
    }

    Answer batch(Reader in, bool trace) {
        Call call;
        call.opcode = BATCH;
        call.trace = trace;
        call.batch_type = in.integer<std::uint8_t>();
        const auto count = in.integer<std::uint16_t>();
        for (int i = 0; i < count; ++i) {
            const bool prepared = in.integer<std::uint8_t>() == 1;
            call.cql = prepared ? in.text() : in.long_text();
            call.rows.push_back(in.values());
        }
        call.consistency = in.integer<std::uint16_t>();
        read_options(in, in.integer<std::uint8_t>(), call);
        return told(call);
    }

    Answer told(const Call& call) {
        {
            const std::scoped_lock lock(mutex_);
            calls_.push_back(call);
        }
        return on_call(call);
    }

    static std::vector<Column> columns_of(std::string_view cql) {
        static const std::map<std::string, std::string, std::less<>> kTypes = {
            {"host_id", "uuid"},
            {"rpc_address", "inet"},
            {"tokens", "set<text>"},
            {"schema_version", "uuid"},
            {"replication", "map<text, text>"},
            {"durable_writes", "boolean"},
            {"field_names", "list<text>"},
            {"field_types", "list<text>"},
            {"position", "int"},
        };
        std::vector<Column> columns;
        const auto from = cql.find(" FROM ");
        if (!cql.starts_with("SELECT ") || from == std::string_view::npos) return columns;
        std::string_view names = cql.substr(7, from - 7);
        while (!names.empty()) {
            const auto comma = names.find(", ");
            const std::string name(names.substr(0, comma));
            const auto type = kTypes.find(name);
            columns.emplace_back(name, type == kTypes.end() ? "text" : type->second);
            names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 2);
        }
        return columns;
    }

    Answer system_rows(const std::string& cql) const {
        const bool local = cql.find("system.local") != std::string::npos;
        const bool keyspaces = cql.find("system_schema.keyspaces") != std::string::npos;
        if (cql.find("scylla") != std::string::npos) return error(0x2200, "unconfigured table");
        const auto columns = columns_of(cql);
        if (!local && !keyspaces) return rows(columns, {});
        const std::string token = Writer().integer(std::int32_t{1}).bytes("0").out;
        const std::string replication =
            Writer()
                .integer(std::int32_t{2})
                .bytes("class")
                .bytes("org.apache.cassandra.locator.NetworkTopologyStrategy")
                .bytes("dc1")
                .bytes("1")
                .out;
        const std::map<std::string, std::string, std::less<>> values = {
            {"host_id", std::string(16, '\7')},
            {"rpc_address", "\x7f" + std::string(2, '\0') + "\1"},
            {"data_center", "dc1"},
            {"rack", "r1"},
            {"tokens", token},
            {"cluster_name", "fake"},
            {"schema_version", std::string(16, '\x11')},
            {"keyspace_name", "fleet"},
            {"replication", replication},
            {"durable_writes", "\1"},
        };
        std::vector<std::optional<std::string>> row;
        for (const auto& [name, type] : columns) row.emplace_back(values.at(name));
        return rows(columns, {row});
    }

    int listener_ = -1;
    std::uint16_t port_ = 0;
    bool ok_ = false;
    std::atomic<bool> stopping_ = false;
    std::thread acceptor_;
    mutable std::mutex mutex_;
    std::vector<int> connections_;
    std::vector<std::thread> threads_;
    std::vector<Call> calls_;
};

}  // namespace fleet::cql::fake
