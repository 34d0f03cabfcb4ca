// SPDX-License-Identifier: Apache-2.0
// Between the HTTP and the WebSocket connection; includes Beast, so no other file may include it.
#pragma once

#include "live/hub.hpp"
#include "server/connection.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

namespace fleet::server {

/// Accepts the WebSocket handshake of `request` and moves messages between the hub and the peer
/// until the end.
asio::awaitable<void> serve_live(
    asio::ip::tcp::socket socket,
    boost::beast::http::request<boost::beast::http::empty_body> request, std::shared_ptr<Site> site,
    std::shared_ptr<Loop> loop, live::Format format);

}  // namespace fleet::server
