// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"
#include "notify/channel.hpp"
#include "notify/transfer.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::notify {

struct WebhookOptions {
    std::string name;             ///< see Channel::name()
    std::string url;              ///< http or https; may hold secrets
    std::string secret;           ///< empty: requests are not signed
    std::string agent = "fleet";  ///< User-Agent
    std::int64_t timeout_ms = 10'000;
    /// The body of a notification: JSON.
    std::function<std::string(const model::Notification&)> body;
};
/// POSTs JSON (docs/notifications.md).
[[nodiscard]] std::unique_ptr<Channel> make_webhook(WebhookOptions options,
                                                    std::shared_ptr<const Clock> clock);

struct SmtpOptions {
    std::string name;
    std::string url;  ///< smtp or smtps
    bool starttls = true;
    std::string user;
    std::string password;
    std::string from;
    std::vector<std::string> to;
    std::int64_t timeout_ms = 10'000;
};
/// Sends plain text by mail (docs/notifications.md).
[[nodiscard]] std::unique_ptr<Channel> make_smtp(SmtpOptions options,
                                                 std::shared_ptr<const Clock> clock);

/// What an answer means: 2xx is accepted; 408, 425, 429, 5xx and no answer are worth another
/// attempt; all else is final, redirects too.
[[nodiscard]] Outcome outcome_of_http(const Reply& reply);
/// 5xx is final but for trouble with the login, 530 to 535 and 538; all else is worth another
/// attempt.
[[nodiscard]] Outcome outcome_of_smtp(const Reply& reply);

/// HMAC-SHA-256 with the secret over "timestamp.body", in lower-case hex digits.
[[nodiscard]] std::string signature_of(std::string_view secret, std::string_view timestamp,
                                       std::string_view body);

}  // namespace fleet::notify
