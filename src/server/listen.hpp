// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace fleet::server {

/// Where to listen.
struct ListenAddress {
    std::vector<boost::asio::ip::tcp::endpoint>
        endpoints;           ///< all but the first are optional (localhost over IPv6)
    std::string shown_host;  ///< for a URL
    bool loopback = false;
};

/// `127.0.0.1:8501`, `[::1]:8501`, `localhost:8501`, `0.0.0.0:8501`. Names other than localhost are
/// not resolved.
[[nodiscard]] Result<ListenAddress> parse_listen(std::string_view text);

}  // namespace fleet::server
