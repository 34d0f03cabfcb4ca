// SPDX-License-Identifier: Apache-2.0
#include "server/gate.hpp"

#include "server/problem.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fleet::server {

namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool is_ipv4_loopback(std::string_view name) noexcept {
    if (!name.starts_with("127.")) return false;
    int dots = 0;
    int digits = 0;
    for (const char c : name) {
        if (c == '.') {
            if (digits == 0) return false;
            ++dots;
            digits = 0;
        } else if (c < '0' || c > '9' || ++digits > 3) {
            return false;
        }
    }
    return dots == 3 && digits > 0;
}

}  // namespace

std::string host_name(std::string_view host) {
    if (host.starts_with('[')) {
        const std::size_t end = host.find(']');
        return end == std::string_view::npos ? lower(host) : lower(host.substr(1, end - 1));
    }
    return lower(host.substr(0, host.find(':')));
}

bool is_loopback_name(std::string_view name) noexcept {
    return name == "localhost" || name.ends_with(".localhost") || name == "::1" ||
           is_ipv4_loopback(name);
}

Gate::Gate(bool check_host, const std::vector<std::string>& names) : check_host_(check_host) {
    for (const std::string& name : names) names_.push_back(lower(name));
}

bool Gate::is_ours(std::string_view host) const {
    const std::string name = host_name(host);
    return is_loopback_name(name) || std::find(names_.begin(), names_.end(), name) != names_.end();
}

std::optional<Response> Gate::refuse(const RequestHead& head) const {
    if (check_host_ && !is_ours(head.host))
        return problem(
            421, "bad_host",
            "this server listens for its own machine only, and the Host header names another one; "
            "use http://localhost, or list the name in server.host_names");
    if (head.origin.empty() || (is_safe(head.method) && !head.websocket)) return std::nullopt;
    const std::string origin = lower(head.origin);
    const std::string host = lower(head.host);
    if (origin == "http://" + host) return std::nullopt;
    // Behind a proxy that ends TLS the browser's scheme differs from ours; that name has to be
    // configured.
    if (origin == "https://" + host &&
        std::find(names_.begin(), names_.end(), host_name(host)) != names_.end())
        return std::nullopt;
    return problem(403, "bad_origin",
                   "a page of another site may not change anything here or open the live socket");
}

}  // namespace fleet::server
