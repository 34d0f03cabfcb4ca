// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

// One request over the network (libcurl). Certificates are checked with those of the machine,
// redirects are not followed, proxies are those of the environment (http_proxy, no_proxy).
namespace fleet::notify {

struct HttpPost {
    std::string url;  ///< http or https
    std::vector<std::string> headers;
    std::string body;
    std::int64_t timeout_ms = 10'000;
};

struct MailTransfer {
    std::string url;  ///< smtp or smtps
    bool starttls = true;
    std::string user;  ///< empty: none
    std::string password;
    std::string from;
    std::vector<std::string> to;
    bool some_may_fail = false;  ///< recipients that the server refuses are left out
    std::string message;
    std::int64_t timeout_ms = 10'000;
};

struct Reply {
    bool complete = false;  ///< the server's answer to the whole is in `status`
    long status = 0;        ///< last code of HTTP or SMTP; 0: none came
    std::optional<std::int64_t> retry_after_ms;
    std::string error;  ///< why it is not complete
};

/// Both block for `timeout_ms` at most, and end soon after stop is asked for. Thread-safe.
[[nodiscard]] Reply post(const HttpPost& request, const std::stop_token& stop);
[[nodiscard]] Reply send_mail(const MailTransfer& mail, const std::stop_token& stop);

}  // namespace fleet::notify
