// SPDX-License-Identifier: Apache-2.0
#include "server/server.hpp"

#include "base/check.hpp"
#include "live/hub.hpp"
#include "server/connection.hpp"
#include "server/listen.hpp"
#include "server/site.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace fleet::server {

namespace {

using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds kStopPoll{10};
constexpr milliseconds kKeepPause{50};
constexpr milliseconds kAcceptPause{100};

/// Drives the hub, so that neither reads nor sockets delay it.
class Ticker {
  public:
    explicit Ticker(std::shared_ptr<live::Hub> hub)
        : hub_(std::move(hub)), thread_([this] { run(); }) {}
    ~Ticker() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }

  private:
    void run() {
        std::unique_lock lock(mutex_);
        auto next = std::chrono::steady_clock::now();
        while (!stopping_) {
            lock.unlock();
            try {
                hub_->tick();
            } catch (const std::exception& e) {
                spdlog::error("a live tick failed: {}", e.what());
            }
            lock.lock();
            next = std::max(next + milliseconds(hub_->tick_ms()), std::chrono::steady_clock::now());
            changed_.wait_until(lock, next, [this] { return stopping_; });
        }
    }

    std::shared_ptr<live::Hub> hub_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::thread thread_;  ///< last: it uses the rest
};

class SocketServer final : public Server {
  public:
    SocketServer(ServerOptions options, std::shared_ptr<const Clock> clock, ListenAddress address)
        : address_(std::move(address)),
          site_(std::make_shared<Site>(std::move(options), std::move(clock), address_.loopback)) {}
    ~SocketServer() override {
        request_stop();
        join();
    }

    Result<void> open();
    void run();

    void set_ready(Services services) override {
        FLEET_CHECK(services.reader != nullptr);
        const std::lock_guard lock(mutex_);
        FLEET_CHECK(site_->services() == nullptr);
        std::shared_ptr<live::Hub> hub = services.hub;
        site_->set_ready(std::move(services));
        if (hub && !stopped_) ticker_ = std::make_unique<Ticker>(std::move(hub));
    }
    std::uint16_t port() const override { return port_; }
    std::string url() const override {
        return fmt::format("http://{}:{}", address_.shown_host, port_);
    }
    void request_stop() override;
    void join() override;

  private:
    Result<std::shared_ptr<tcp::acceptor>> bind(const tcp::endpoint& endpoint);
    static asio::awaitable<void> accept_loop(SocketServer* self,
                                             std::shared_ptr<tcp::acceptor> acceptor);
    static asio::awaitable<void> keep_loop(std::shared_ptr<Site> site, std::shared_ptr<Loop> loop);

    using WorkGuard = asio::executor_work_guard<asio::io_context::executor_type>;

    const ListenAddress address_;
    std::shared_ptr<Site> site_;
    std::vector<std::shared_ptr<Loop>> loops_;
    std::vector<WorkGuard> guards_;
    std::vector<std::shared_ptr<tcp::acceptor>> acceptors_;  ///< all on the first loop
    std::vector<std::thread> threads_;
    std::unique_ptr<Ticker> ticker_;
    std::uint16_t port_ = 0;
    std::size_t next_loop_ = 0;
    std::mutex mutex_;
    bool stopped_ = false;
};

Result<std::shared_ptr<tcp::acceptor>> SocketServer::bind(const tcp::endpoint& endpoint) {
    auto acceptor = std::make_shared<tcp::acceptor>(*loops_.front()->io);
    error_code ec;
    acceptor->open(endpoint.protocol(), ec);
    if (!ec) acceptor->set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec && endpoint.address().is_v6()) acceptor->set_option(asio::ip::v6_only(true), ec);
    if (!ec) acceptor->bind(endpoint, ec);
    if (!ec) acceptor->listen(tcp::acceptor::max_listen_connections, ec);
    if (!ec) return acceptor;
    const std::string where = fmt::format("{}:{}", endpoint.address().to_string(), endpoint.port());
    if (ec == asio::error::address_in_use)
        return fail(
            Code::busy,
            fmt::format("{} is in use by another program; stop it or listen elsewhere (--listen)",
                        where));
    return fail(Code::io, fmt::format("cannot listen on {}: {}", where, ec.message()));
}

Result<void> SocketServer::open() {
    for (unsigned i = 0; i < std::max(1U, site_->options.io_threads); ++i) {
        // One thread each (the hint), so what lives on a loop needs neither strand nor lock.
        loops_.push_back(std::make_shared<Loop>(Loop{std::make_shared<asio::io_context>(1), {}}));
        guards_.emplace_back(loops_.back()->io->get_executor());
    }
    for (std::size_t i = 0; i < address_.endpoints.size(); ++i) {
        tcp::endpoint endpoint = address_.endpoints[i];
        if (i > 0) endpoint.port(port_);
        auto acceptor = bind(endpoint);
        if (!acceptor && i > 0) {
            spdlog::debug("not listening on a second address: {}", acceptor.error().message);
            continue;
        }
        if (!acceptor) return fail(std::move(acceptor).error());
        if (i == 0) port_ = (*acceptor)->local_endpoint().port();
        acceptors_.push_back(std::move(acceptor).value());
    }
    return {};
}

void SocketServer::run() {
    for (const auto& acceptor : acceptors_)
        asio::co_spawn(*loops_.front()->io, accept_loop(this, acceptor), asio::detached);
    for (const std::shared_ptr<Loop>& loop : loops_) {
        asio::co_spawn(*loop->io, keep_loop(site_, loop), asio::detached);
        threads_.emplace_back([loop] { loop->io->run(); });
    }
}

/// `self` outlives it: join() waits for the loop to end.
asio::awaitable<void> SocketServer::accept_loop(SocketServer* self,
                                                std::shared_ptr<tcp::acceptor> acceptor) {
    static constexpr std::string_view kFull =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 2\r\nConnection: "
        "close\r\n\r\n";
    Site& site = *self->site_;
    asio::steady_timer pause(*self->loops_.front()->io);
    while (acceptor->is_open()) {
        const std::shared_ptr<Loop> loop = self->loops_[self->next_loop_++ % self->loops_.size()];
        error_code ec;
        tcp::socket socket(*loop->io);
        co_await acceptor->async_accept(socket, asio::redirect_error(asio::use_awaitable, ec));
        if (ec == asio::error::operation_aborted) break;
        if (ec) {
            // Out of descriptors, or the peer went away: neither may spin here.
            if (ec != asio::error::connection_aborted)
                spdlog::warn("cannot accept a connection: {}", ec.message());
            pause.expires_after(kAcceptPause);
            co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
            continue;
        }
        if (site.metrics.connections.load(std::memory_order_relaxed) >=
            static_cast<std::int64_t>(site.options.limits.connections)) {
            site.metrics.connections_refused.fetch_add(1, std::memory_order_relaxed);
            socket.non_blocking(true, ec);
            socket.send(asio::buffer(kFull), 0, ec);  // best effort: the peer's buffer is empty
            continue;
        }
        site.metrics.connections.fetch_add(1, std::memory_order_relaxed);
        asio::co_spawn(*loop->io, serve_connection(std::move(socket), self->site_, loop),
                       asio::detached);
    }
}

void SocketServer::request_stop() {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    site_->stopping = true;
    if (loops_.empty()) return;
    asio::post(*loops_.front()->io, [acceptors = acceptors_] {
        for (const auto& acceptor : acceptors) {
            error_code ignored;
            acceptor->close(ignored);
        }
    });
    guards_.clear();
}

/// Holds connections to their deadlines; after a stop waits for them to end, first politely.
asio::awaitable<void> SocketServer::keep_loop(std::shared_ptr<Site> site,
                                              std::shared_ptr<Loop> loop) {
    asio::steady_timer timer(*loop->io);
    std::optional<std::chrono::steady_clock::time_point> drain_end;
    for (;;) {
        const auto now = std::chrono::steady_clock::now();
        loop->connections.expire_all(now);
        if (site->stopping) {
            if (loop->connections.empty()) co_return;
            if (!drain_end) drain_end = now + milliseconds(site->options.limits.drain_ms);
            if (now >= *drain_end) {
                site->abandoning = true;
                loop->connections.abort_all();
            } else {
                loop->connections.finish_all();
            }
        }
        error_code ignored;
        timer.expires_after(site->stopping ? kStopPoll : kKeepPause);
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

void SocketServer::join() {
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
    {
        const std::lock_guard lock(mutex_);
        ticker_.reset();
    }
    site_->pool.stop();
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options,
                                              std::shared_ptr<const Clock> clock) {
    FLEET_TRY(ListenAddress address, parse_listen(options.listen));
    if (!address.loopback && !options.allow_public_bind)
        return fail(Code::invalid_argument,
                    fmt::format("'{}' can be reached from other machines, and this version has no "
                                "accounts yet: anyone could "
                                "read and write. Listen on 127.0.0.1, or set "
                                "server.allow_public_bind when something in "
                                "front of it checks who comes in",
                                options.listen));
    if (options.map.tile_url) FLEET_TRY_VOID(tile_origin(*options.map.tile_url));
    auto server =
        std::make_unique<SocketServer>(std::move(options), std::move(clock), std::move(address));
    FLEET_TRY_VOID(server->open());
    server->run();
    return std::unique_ptr<Server>(std::move(server));
}

}  // namespace fleet::server
