// SPDX-License-Identifier: Apache-2.0
#include "server/connection.hpp"

#include "server/problem.hpp"
#include "server/upgrade.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

namespace fleet::server {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr std::size_t kReadAhead = 64U << 10;
constexpr std::size_t kWriteSlice = 256U << 10;

using HeadParser = http::request_parser<http::empty_body>;
using BodyParser = http::request_parser<http::string_body>;

Method method_of(http::verb verb) noexcept {
    switch (verb) {
        case http::verb::get: return Method::get;
        case http::verb::head: return Method::head;
        case http::verb::post: return Method::post;
        case http::verb::put: return Method::put;
        case http::verb::patch: return Method::patch;
        case http::verb::delete_: return Method::del;
        case http::verb::options: return Method::options;
        default: return Method::other;
    }
}

/// Our view of a parsed head, or the answer to one that breaks the rules.
Result<RequestHead> read_head(const HeadParser& parser) {
    const auto& message = parser.get();
    RequestHead head;
    head.method = method_of(message.method());
    FLEET_TRY(head.target, parse_target(message.target()));
    const auto hosts = message.equal_range(http::field::host);
    const auto host_count = std::distance(hosts.first, hosts.second);
    if (host_count > 1 || (host_count == 0 && message.version() >= 11))
        return fail(Code::invalid_argument, "a request needs exactly one Host header");
    const auto value = [&](http::field field) { return std::string(message[field]); };
    head.host = value(http::field::host);
    head.origin = value(http::field::origin);
    head.content_type = value(http::field::content_type);
    head.content_encoding = value(http::field::content_encoding);
    head.accept_encoding = value(http::field::accept_encoding);
    head.if_none_match = value(http::field::if_none_match);
    head.chunked = parser.chunked();
    if (const auto length = parser.content_length()) head.content_length = *length;
    head.expects_continue = beast::iequals(message[http::field::expect], "100-continue");
    head.websocket = message.method() == http::verb::get &&
                     http::token_list(message[http::field::connection]).exists("upgrade") &&
                     http::token_list(message[http::field::upgrade]).exists("websocket");
    return head;
}

class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(asio::ip::tcp::socket socket, std::shared_ptr<Site> site, std::shared_ptr<Loop> loop)
        : socket_(std::move(socket)),
          site_(std::move(site)),
          loop_(std::move(loop)),
          limits_(site_->options.limits),
          buffer_(kReadAhead + limits_.header_bytes) {}

    asio::awaitable<void> run();
    /// Ends it now when it waits for a request, else after the answer.
    void finish() {
        finishing_ = true;
        if (idle_) cut();
    }
    /// Lets the current step fail when its time is over; the socket stays open for an answer.
    void expire(std::chrono::steady_clock::time_point now) {
        if (upgraded_ || now < deadline_) return;
        // The deadline stays: a read that ended just before the cancellation may be followed by
        // another.
        timed_out_ = true;
        error_code ignored;
        socket_.cancel(ignored);
    }
    void cut() {
        if (upgraded_) return;  // the live connection owns the socket now
        error_code ignored;
        socket_.close(ignored);
    }

  private:
    enum class Next { again, end, upgraded };

    asio::awaitable<Next> exchange();
    asio::awaitable<bool> first_bytes();
    asio::awaitable<Next> answer_broken(error_code ec);
    asio::awaitable<std::optional<Response>> read_body(BodyParser& parser, bool expects_continue,
                                                       std::uint64_t limit,
                                                       Reservation& reservation);
    asio::awaitable<bool> write(const Response& response, bool head_only, bool keep_alive);
    asio::awaitable<void> linger();

    /// What the peer may take for the next step. Deadlines are looked at now and then by the loop,
    /// which costs nothing on the way of a request.
    void allow(std::int64_t ms) {
        timed_out_ = false;
        deadline_ = std::chrono::steady_clock::now() + milliseconds(ms);
    }
    void allow_for_ever() {
        timed_out_ = false;
        deadline_ = std::chrono::steady_clock::time_point::max();
    }

    asio::ip::tcp::socket socket_;
    std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
    bool timed_out_ = false;  ///< the step failed because of its deadline
    std::shared_ptr<Site> site_;
    std::shared_ptr<Loop> loop_;
    const Limits& limits_;
    beast::flat_buffer buffer_;
    bool idle_ = false;
    bool finishing_ = false;
    bool upgraded_ = false;
};

asio::awaitable<void> Connection::run() {
    Next next = Next::again;
    while (next == Next::again) next = co_await exchange();
    if (next == Next::end) cut();
}

/// Waits for the first byte of a request. False: the peer has gone, or was silent too long.
asio::awaitable<bool> Connection::first_bytes() {
    if (buffer_.size() > 0) co_return true;
    if (finishing_) co_return false;
    idle_ = true;
    error_code ec;
    allow(limits_.idle_timeout_ms);
    const std::size_t n = co_await socket_.async_read_some(
        buffer_.prepare(4096), asio::redirect_error(asio::use_awaitable, ec));
    idle_ = false;
    buffer_.commit(n);
    co_return !ec && n > 0;
}

asio::awaitable<Connection::Next> Connection::exchange() {
    if (!co_await first_bytes()) co_return Next::end;
    const std::int64_t started = site_->clock->monotonic_ns();
    HeadParser head_parser;
    head_parser.header_limit(limits_.header_bytes);
    head_parser.body_limit(boost::none);  // ours is checked below, by route
    error_code ec;
    allow(limits_.header_timeout_ms);
    co_await http::async_read_header(socket_, buffer_, head_parser,
                                     asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return co_await answer_broken(ec);

    Result<RequestHead> head = read_head(head_parser);
    auto admission = std::make_shared<Admission>();
    auto request = std::make_shared<Request>();
    const bool head_only = head_parser.get().method() == http::verb::head;
    bool keep_alive = head_parser.get().keep_alive();
    std::optional<Response> response;
    if (!head) {
        response = problem(head.error());
        response->close = true;
    } else {
        request->head = std::move(head).value();
        *admission = site_->admit(request->head);
        response = std::move(admission->refusal);
    }

    if (!response && admission->route == RouteId::live) {
        const std::string* format = request->head.target.parameter("format");
        const bool json = format != nullptr && *format == "json";
        upgraded_ = true;
        co_await serve_live(std::move(socket_), head_parser.release(), site_, loop_,
                            json ? live::Format::json : live::Format::binary);
        co_return Next::upgraded;
    }

    auto reservation = std::make_shared<Reservation>(site_->ingest_bytes);
    if (!admission->counts_in_flight) *reservation = Reservation();
    const bool has_body = head_parser.chunked() || head_parser.content_length().value_or(0) > 0;
    if (!response && has_body) {
        BodyParser parser(std::move(head_parser));
        response = co_await read_body(parser, request->head.expects_continue, admission->body_limit,
                                      *reservation);
        if (!response)
            request->body = std::make_shared<const std::string>(std::move(parser.get().body()));
    } else if (has_body) {
        keep_alive = false;  // the body of a refused request stays unread
    }
    if (!request->body) request->body = std::make_shared<const std::string>();
    if (!response) {
        allow_for_ever();
        response = co_await site_->handle(loop_->io, request, admission, std::move(reservation));
    }
    reservation.reset();
    request.reset();
    keep_alive = keep_alive && !response->close && !finishing_ && !site_->stopping;
    site_->metrics.request(admission->route, response->status,
                           site_->clock->monotonic_ns() - started);
    const bool written = co_await write(*response, head_only, keep_alive);
    if (!written) co_return Next::end;
    if (keep_alive) co_return Next::again;
    co_await linger();
    co_return Next::end;
}

/// A head that could not be read: an answer where one makes sense, else nothing.
asio::awaitable<Connection::Next> Connection::answer_broken(error_code ec) {
    std::optional<Response> response;
    if (timed_out_) {
        response =
            problem(408, "header_timeout", "the header of the request did not arrive in time");
    } else if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
        response =
            problem(431, "header_too_large", "request line and headers are larger than the limit");
    } else if (ec.category() == make_error_code(http::error::bad_method).category() &&
               ec != http::error::end_of_stream && ec != http::error::partial_message) {
        response = problem(400, "bad_request", "not a valid HTTP/1.1 request: " + ec.message());
    }
    if (!response) co_return Next::end;
    site_->metrics.request(RouteId::none, response->status, 0);
    if (co_await write(*response, false, false)) co_await linger();
    co_return Next::end;
}

/// Reads the whole body into the parser. The answer when it may not or cannot be had; the
/// connection then ends.
asio::awaitable<std::optional<Response>> Connection::read_body(BodyParser& parser,
                                                               bool expects_continue,
                                                               std::uint64_t limit,
                                                               Reservation& reservation) {
    const auto refuse = [](Response response) {
        response.close = true;
        return std::optional<Response>(std::move(response));
    };
    const auto too_much = [&] {
        return refuse(problem(429, "overloaded",
                              "too many bytes are being taken in right now; send it again later"));
    };
    parser.body_limit(limit);
    parser.eager(true);
    if (!reservation.grow_to(parser.content_length().value_or(0))) co_return too_much();
    error_code ec;
    allow(limits_.body_timeout_ms);
    if (expects_continue) {
        static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        co_await asio::async_write(socket_, asio::buffer(kContinue),
                                   asio::redirect_error(asio::use_awaitable, ec));
    }
    while (!ec && !parser.is_done()) {
        co_await http::async_read_some(socket_, buffer_, parser,
                                       asio::redirect_error(asio::use_awaitable, ec));
        if (!reservation.grow_to(parser.get().body().capacity())) co_return too_much();
    }
    if (!ec) co_return std::nullopt;
    if (ec == http::error::body_limit)
        co_return refuse(
            problem(413, "body_too_large", "the body is larger than the limit of this route"));
    if (timed_out_)
        co_return refuse(
            problem(408, "body_timeout", "the body of the request did not arrive in time"));
    co_return refuse(problem(400, "bad_request", "the body could not be read: " + ec.message()));
}

asio::awaitable<bool> Connection::write(const Response& response, bool head_only, bool keep_alive) {
    const std::string head =
        serialize_head(response, keep_alive, site_->security_headers(response));
    std::string_view content = head_only || response.status == 304 || response.status == 204
                                   ? std::string_view()
                                   : response.content();
    std::string_view first = content.substr(0, kWriteSlice);
    content.remove_prefix(first.size());
    error_code ec;
    allow(limits_.write_timeout_ms);
    const std::array<asio::const_buffer, 2> start{asio::buffer(head), asio::buffer(first)};
    co_await asio::async_write(socket_, start, asio::redirect_error(asio::use_awaitable, ec));
    while (!ec && !content.empty()) {
        first = content.substr(0, kWriteSlice);
        content.remove_prefix(first.size());
        allow(limits_.write_timeout_ms);
        co_await asio::async_write(socket_, asio::buffer(first),
                                   asio::redirect_error(asio::use_awaitable, ec));
    }
    co_return !ec;
}

/// Says goodbye so that the peer can read the answer: closing with unread bytes would send a reset
/// that may overtake it.
asio::awaitable<void> Connection::linger() {
    constexpr std::size_t kMost = 1U << 20;
    error_code ec;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ec);
    std::size_t read = 0;
    allow(1000);
    buffer_.clear();
    while (!ec && read < kMost)
        read += co_await socket_.async_read_some(buffer_.prepare(16U << 10),
                                                 asio::redirect_error(asio::use_awaitable, ec));
}

}  // namespace

asio::awaitable<void> serve_connection(asio::ip::tcp::socket socket, std::shared_ptr<Site> site,
                                       std::shared_ptr<Loop> loop) {
    if (site->stopping) {  // accepted in the last moment: nobody would look after it
        site->metrics.connections.fetch_sub(1, std::memory_order_relaxed);
        co_return;
    }
    error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    auto connection = std::make_shared<Connection>(std::move(socket), site, loop);
    const Connections::Key key = loop->connections.add(
        {[c = connection.get()] { c->finish(); }, [c = connection.get()] { c->cut(); },
         [c = connection.get()](std::chrono::steady_clock::time_point now) { c->expire(now); }});
    // Bad allocation and the like end this connection, not the server.
    try {
        co_await connection->run();
    } catch (const std::exception& e) {
        spdlog::error("a connection ended by a fault: {}", e.what());
        connection->cut();
    }
    site->metrics.connections.fetch_sub(1, std::memory_order_relaxed);
    loop->connections.remove(key);
}

}  // namespace fleet::server
