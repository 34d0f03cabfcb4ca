// SPDX-License-Identifier: Apache-2.0
#include "server/listen.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>

namespace fleet::server {

Result<ListenAddress> parse_listen(std::string_view text) {
    namespace ip = boost::asio::ip;
    const auto refuse = [&] {
        return fail(
            Code::invalid_argument,
            fmt::format(
                "listen address '{}' must be like 127.0.0.1:8501, localhost:8501 or [::1]:8501",
                text));
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return refuse();
    std::string_view host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (ec != std::errc() || end != digits.data() + digits.size() || digits.empty())
        return refuse();

    ListenAddress address;
    if (host == "localhost") {
        address.endpoints = {{ip::address_v4::loopback(), port},
                             {ip::address_v6::loopback(), port}};
        address.shown_host = "localhost";
        address.loopback = true;
        return address;
    }
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    boost::system::error_code bad;
    const ip::address parsed = ip::make_address(host, bad);
    if (bad || parsed.is_v6() != bracketed) return refuse();
    address.endpoints = {{parsed, port}};
    address.loopback = parsed.is_loopback();
    address.shown_host = address.loopback ? "localhost"
                         : bracketed      ? fmt::format("[{}]", host)
                                          : std::string(host);
    if (parsed == ip::make_address("::1")) address.shown_host = "[::1]";
    return address;
}

}  // namespace fleet::server
