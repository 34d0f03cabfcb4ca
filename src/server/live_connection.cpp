// SPDX-License-Identifier: Apache-2.0
#include "server/upgrade.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

namespace fleet::server {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;

constexpr std::string_view kProtocol = "ft.live.1";
constexpr std::size_t kMaxClientMessage = 64U << 10;

/// One viewer. The reader and the writer are two coroutines on one loop; only the writer writes, so
/// it also closes.
class LiveConnection : public std::enable_shared_from_this<LiveConnection> {
  public:
    LiveConnection(beast::tcp_stream stream, std::shared_ptr<Site> site, std::shared_ptr<Loop> loop,
                   std::shared_ptr<live::Hub> hub)
        : socket_(std::move(stream)),
          site_(std::move(site)),
          loop_(std::move(loop)),
          hub_(std::move(hub)),
          woken_(*loop_->io) {}

    asio::awaitable<void> run(http::request<http::empty_body> request, live::Format format);

  private:
    asio::awaitable<bool> accept(http::request<http::empty_body> request);
    asio::awaitable<void> read_messages();
    asio::awaitable<void> write_messages();
    asio::awaitable<void> say_goodbye();
    /// Any thread.
    void wake() {
        if (wake_posted_.exchange(true)) return;
        asio::post(*loop_->io, [self = shared_from_this()] {
            self->wake_posted_ = false;
            self->beat();
        });
    }
    void beat();
    void end(live::Close close) {
        if (!close_) close_ = std::move(close);
        woken_.cancel();
    }
    void cut() {
        error_code ignored;
        beast::get_lowest_layer(socket_).socket().close(ignored);
    }

    websocket::stream<beast::tcp_stream> socket_;
    std::shared_ptr<Site> site_;
    std::shared_ptr<Loop> loop_;
    std::shared_ptr<live::Hub> hub_;
    std::shared_ptr<live::Client> client_;
    asio::steady_timer woken_;  ///< cancelled when there may be something to write
    std::atomic<bool> wake_posted_{false};
    std::optional<live::Close> close_;
    bool writing_ = false;
    bool gone_ = false;  ///< nothing can be said to the peer any more
    beast::flat_buffer incoming_{kMaxClientMessage + 1024};
};

/// The hub's tick: the writer may have work, or the peer may have given up reading.
void LiveConnection::beat() {
    if (!client_) return;
    if (auto verdict = hub_->verdict(*client_)) {
        if (writing_) cut();  // a close frame cannot overtake the message that does not go out
        end(std::move(*verdict));
    }
    woken_.cancel();
}

asio::awaitable<bool> LiveConnection::accept(http::request<http::empty_body> request) {
    websocket::stream_base::timeout timeouts{};
    timeouts.handshake_timeout = std::chrono::seconds(10);
    timeouts.idle_timeout = std::chrono::seconds(60);
    timeouts.keep_alive_pings = true;
    socket_.set_option(timeouts);
    const bool offered =
        http::token_list(request[http::field::sec_websocket_protocol]).exists(kProtocol);
    socket_.set_option(
        websocket::stream_base::decorator([offered](websocket::response_type& response) {
            response.set(http::field::server, "fleet");
            if (offered) response.set(http::field::sec_websocket_protocol, kProtocol);
        }));
    socket_.read_message_max(kMaxClientMessage);
    error_code ec;
    co_await socket_.async_accept(request, asio::redirect_error(asio::use_awaitable, ec));
    site_->metrics.request(RouteId::live, ec ? 400 : 101, 0);
    co_return !ec;
}

asio::awaitable<void> LiveConnection::read_messages() {
    error_code ec;
    while (!close_) {
        co_await socket_.async_read(incoming_, asio::redirect_error(asio::use_awaitable, ec));
        if (ec || close_) break;
        const std::string_view text(static_cast<const char*>(incoming_.cdata().data()),
                                    incoming_.size());
        std::optional<live::Close> refused =
            socket_.got_text() ? hub_->receive(*client_, text)
                               : live::Close{4000, "messages of the client are JSON text"};
        incoming_.clear();
        if (refused) end(std::move(*refused));
        woken_.cancel();  // an answer may wait
    }
    if (ec) {
        gone_ = true;  // also for a message that is too big: Beast has closed with 1009
        end({1006, ""});
    }
}

asio::awaitable<void> LiveConnection::write_messages() {
    error_code ec;
    while (!close_ && !ec) {
        std::optional<live::Outgoing> message = hub_->next(*client_);
        if (!message) {
            woken_.expires_at(asio::steady_timer::time_point::max());
            error_code ignored;  // cancellation is the signal
            co_await woken_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
            continue;
        }
        socket_.binary(message->binary);
        writing_ = true;
        co_await socket_.async_write(asio::buffer(*message->payload),
                                     asio::redirect_error(asio::use_awaitable, ec));
        writing_ = false;
        site_->metrics.live_messages.fetch_add(1, std::memory_order_relaxed);
        site_->metrics.live_bytes.fetch_add(message->payload->size(), std::memory_order_relaxed);
    }
    end({1006, ""});  // no effect when there is a reason already; from here on the reader stops too
    if (!ec && !gone_) co_await say_goodbye();
    cut();
}

asio::awaitable<void> LiveConnection::say_goodbye() {
    websocket::close_reason reason(close_->code);
    reason.reason.assign(close_->reason.substr(0, 120));
    error_code ignored;  // the peer may be gone already
    co_await socket_.async_close(reason, asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> LiveConnection::run(http::request<http::empty_body> request,
                                          live::Format format) {
    const Connections::Key key = loop_->connections.add(
        {[self = shared_from_this()] { self->end({1001, "the server is stopping"}); },
         [self = shared_from_this()] { self->cut(); },
         [](std::chrono::steady_clock::time_point) {}});  // Beast and the hub watch it
    if (co_await accept(std::move(request))) {
        const std::weak_ptr<LiveConnection> weak = weak_from_this();
        Result<std::shared_ptr<live::Client>> client =
            hub_->connect(format, site_->gate.scope(), [weak] {
                if (const auto self = weak.lock()) self->wake();
            });
        if (client) {
            client_ = std::move(client).value();
            asio::co_spawn(
                *loop_->io,
                [](std::shared_ptr<LiveConnection> self) -> asio::awaitable<void> {
                    co_await self->read_messages();
                }(shared_from_this()),
                asio::detached);
            co_await write_messages();
            hub_->disconnect(*client_);
            client_.reset();
        } else {
            close_ = live::Close{1013, client.error().message};
            co_await say_goodbye();
            cut();
        }
    } else {
        cut();
    }
    loop_->connections.remove(key);
}

}  // namespace

asio::awaitable<void> serve_live(asio::ip::tcp::socket socket,
                                 http::request<http::empty_body> request,
                                 std::shared_ptr<Site> site, std::shared_ptr<Loop> loop,
                                 live::Format format) {
    auto hub = site->services()->hub;
    auto connection = std::make_shared<LiveConnection>(
        beast::tcp_stream(std::move(socket)), std::move(site), std::move(loop), std::move(hub));
    co_await connection->run(std::move(request), format);
}

}  // namespace fleet::server
