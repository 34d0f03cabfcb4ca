// SPDX-License-Identifier: Apache-2.0
#include "notify/channels.hpp"

#include "base/check.hpp"
#include "notify/mail.hpp"
#include "notify/words.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <utility>

namespace fleet::notify {

namespace {

class Webhook final : public Channel {
  public:
    Webhook(WebhookOptions options, std::shared_ptr<const Clock> clock)
        : options_(std::move(options)), clock_(std::move(clock)) {}

    const std::string& name() const override { return options_.name; }

    Outcome send(const model::Notification& notification, const std::stop_token& stop) override {
        HttpPost request;
        request.url = options_.url;
        request.timeout_ms = options_.timeout_ms;
        request.body = options_.body(notification);
        // The time of the attempt, so that a receiver can tell a replay from a repetition.
        const std::string timestamp = fmt::format("{}", clock_->now().ms / kMsPerSecond);
        request.headers = {"Content-Type: application/json", "User-Agent: " + options_.agent,
                           "Idempotency-Key: " + notification.id,
                           "X-Fleet-Timestamp: " + timestamp};
        if (!options_.secret.empty())
            request.headers.push_back("X-Fleet-Signature: sha256=" +
                                      signature_of(options_.secret, timestamp, request.body));
        return outcome_of_http(post(request, stop));
    }

  private:
    WebhookOptions options_;
    std::shared_ptr<const Clock> clock_;
};

class Smtp final : public Channel {
  public:
    Smtp(SmtpOptions options, std::shared_ptr<const Clock> clock)
        : options_(std::move(options)), clock_(std::move(clock)) {}

    const std::string& name() const override { return options_.name; }

    Outcome send(const model::Notification& notification, const std::stop_token& stop) override {
        MailTransfer mail{
            options_.url,
            options_.starttls,
            options_.user,
            options_.password,
            options_.from,
            options_.to,
            false,
            message_of({notification.id, options_.from, options_.to, subject_of(notification),
                        text_of(notification), clock_->now()}),
            options_.timeout_ms};
        Outcome outcome = outcome_of_smtp(send_mail(mail, stop));
        if (outcome.kind != Outcome::Kind::refused || options_.to.size() == 1) return outcome;
        // One wrong address must not keep it from all others.
        mail.some_may_fail = true;
        Outcome others = outcome_of_smtp(send_mail(mail, stop));
        if (others.kind == Outcome::Kind::accepted)
            others.detail = "not every recipient was accepted: " + outcome.detail;
        return others;
    }

  private:
    SmtpOptions options_;
    std::shared_ptr<const Clock> clock_;
};

}  // namespace

std::unique_ptr<Channel> make_webhook(WebhookOptions options, std::shared_ptr<const Clock> clock) {
    FLEET_CHECK(options.body != nullptr);
    return std::make_unique<Webhook>(std::move(options), std::move(clock));
}

std::unique_ptr<Channel> make_smtp(SmtpOptions options, std::shared_ptr<const Clock> clock) {
    return std::make_unique<Smtp>(std::move(options), std::move(clock));
}

Outcome outcome_of_http(const Reply& reply) {
    // An answer that breaks off after its head was an answer.
    const long status = reply.status;
    if (!reply.complete && (status < 200 || status >= 300))
        return {Outcome::Kind::later, reply.error, reply.retry_after_ms};
    if (status >= 200 && status < 300) return {};
    if (status >= 500 || status == 408 || status == 425 || status == 429)
        return {Outcome::Kind::later, fmt::format("the receiver answered {}", status),
                reply.retry_after_ms};
    if (status >= 300 && status < 400)
        return {Outcome::Kind::refused,
                fmt::format("the receiver answered {}; redirects are not followed: configure the "
                            "address that it names",
                            status),
                {}};
    return {Outcome::Kind::refused, fmt::format("the receiver answered {}", status), {}};
}

Outcome outcome_of_smtp(const Reply& reply) {
    if (reply.complete) return {};
    const bool login = (reply.status >= 530 && reply.status <= 535) || reply.status == 538;
    const bool final = reply.status >= 500 && reply.status < 600 && !login;
    return {final ? Outcome::Kind::refused : Outcome::Kind::later,
            reply.status == 0
                ? reply.error
                : fmt::format("{} (the server answered {})", reply.error, reply.status),
            {}};
}

std::string signature_of(std::string_view secret, std::string_view timestamp,
                         std::string_view body) {
    std::string signed_text(timestamp);
    signed_text += '.';
    signed_text += body;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    const unsigned char* done = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                                     reinterpret_cast<const unsigned char*>(signed_text.data()),
                                     signed_text.size(), digest.data(), &length);
    FLEET_CHECK(done != nullptr);
    std::string hex;
    for (unsigned i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
    return hex;
}

}  // namespace fleet::notify
