// SPDX-License-Identifier: Apache-2.0
#include "app/notify_channels.hpp"

#include "app/cli.hpp"
#include "codec/notification_json.hpp"
#include "notify/channels.hpp"
#include "notify/mail.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::app {

namespace {

Failure wrong(const Config& config, Key key, std::string_view what) {
    return fail(Code::invalid_argument,
                fmt::format("{}: {} {}", config.origin(key), setting(key).name, what));
}

/// "host" or "host:port" of scheme://host…; nothing for what is no such address. User and password
/// in it are refused: they would end up in logs.
std::optional<std::string> host_of(std::string_view url, std::string_view scheme) {
    if (!url.starts_with(scheme)) return std::nullopt;
    url.remove_prefix(scheme.size());
    const std::string_view host = url.substr(0, url.find_first_of("/?#"));
    const bool clean = std::all_of(url.begin(), url.end(), [](char c) {
        return c > ' ' && static_cast<unsigned char>(c) < 0x7F;
    });
    if (host.empty() || host.front() == ':' || !clean || host.find('@') != std::string_view::npos)
        return std::nullopt;
    return std::string(host);
}

using Channels = std::vector<std::unique_ptr<notify::Channel>>;

Result<void> add_webhooks(const Config& config, const std::shared_ptr<const Clock>& clock,
                          Channels& channels) {
    const auto& urls = config.list(Key::notify_webhook_urls);
    if (urls.empty() && !config.text(Key::notify_webhook_secret).empty())
        return wrong(config, Key::notify_webhook_secret,
                     "is given without notify.webhook_urls: give the address too, or leave the "
                     "secret out");
    std::map<std::string, int> names;
    for (std::size_t i = 0; i < urls.size(); ++i) {
        auto host = host_of(urls[i], "https://");
        if (!host) host = host_of(urls[i], "http://");
        if (!host)
            return wrong(config, Key::notify_webhook_urls,
                         fmt::format("number {} is no address: give http://HOST[:PORT]/PATH or "
                                     "https://…, without user and password",
                                     i + 1));
        notify::WebhookOptions options;
        options.name = "webhook " + *host;
        if (const int seen = ++names[*host]; seen > 1) options.name += fmt::format(" #{}", seen);
        options.url = urls[i];
        options.secret = config.text(Key::notify_webhook_secret);
        options.agent = fmt::format("fleet/{}", version());
        options.timeout_ms = config.integer(Key::notify_timeout);
        options.body = codec::notification_json;
        channels.push_back(notify::make_webhook(std::move(options), clock));
    }
    return {};
}

Result<void> add_mail(const Config& config, const std::shared_ptr<const Clock>& clock,
                      Channels& channels) {
    const std::string& url = config.text(Key::notify_smtp_url);
    if (url.empty()) {
        for (const Key key : {Key::notify_mail_from, Key::notify_mail_to, Key::notify_smtp_user,
                              Key::notify_smtp_password})
            if (!config.is_default(key))
                return wrong(config, key,
                             "is given without notify.smtp_url: give the mail server too, or leave "
                             "it out");
        return {};
    }
    const bool tls = url.starts_with("smtps://");
    const auto host = host_of(url, tls ? "smtps://" : "smtp://");
    if (!host || url.find('/', url.find("://") + 3) != std::string::npos)
        return wrong(config, Key::notify_smtp_url,
                     "is no mail server: give smtp://HOST:PORT or smtps://HOST:PORT; user and "
                     "password go into notify.smtp_user and notify.smtp_password");
    notify::SmtpOptions options;
    options.name = "mail " + *host;
    options.url = url;
    options.starttls = !tls && config.text(Key::notify_smtp_starttls) == "require";
    options.user = config.text(Key::notify_smtp_user);
    options.password = config.text(Key::notify_smtp_password);
    options.from = config.text(Key::notify_mail_from);
    options.to = config.list(Key::notify_mail_to);
    options.timeout_ms = config.integer(Key::notify_timeout);
    if (options.user.empty() != options.password.empty())
        return wrong(config,
                     options.user.empty() ? Key::notify_smtp_password : Key::notify_smtp_user,
                     "is given alone: notify.smtp_user and notify.smtp_password go together");
    if (!options.user.empty() && !tls && !options.starttls)
        return wrong(config, Key::notify_smtp_starttls,
                     "= off would send the password in clear: give require, or smtps://");
    if (!notify::is_mail_address(options.from))
        return wrong(config, Key::notify_mail_from,
                     fmt::format("= '{}' is no address: mail needs a sender such as "
                                 "fleet@example.org",
                                 options.from));
    if (options.to.empty())
        return wrong(config, Key::notify_mail_to,
                     "is empty: mail needs recipients such as ops@example.org");
    for (const std::string& to : options.to)
        if (!notify::is_mail_address(to))
            return wrong(config, Key::notify_mail_to,
                         fmt::format("has '{}', which is no address: give name@example.org, "
                                     "without display name",
                                     to));
    channels.push_back(notify::make_smtp(std::move(options), clock));
    return {};
}

}  // namespace

Result<Channels> notify_channels(const Config& config, const std::shared_ptr<const Clock>& clock) {
    Channels channels;
    FLEET_TRY_VOID(add_webhooks(config, clock, channels));
    FLEET_TRY_VOID(add_mail(config, clock, channels));
    return channels;
}

notify::OutboxOptions outbox_options(const Config& config, const Clock& clock) {
    notify::OutboxOptions options;
    options.group_wait_ms = config.integer(Key::notify_group_wait);
    options.max_age_ms = config.integer(Key::notify_max_age);
    options.min_severity = model::severity_of(config.text(Key::notify_min_severity)).value();
    options.retry.give_up_ms = config.integer(Key::notify_retry_for);
    options.seed = static_cast<std::uint64_t>(clock.now().ms);
    return options;
}

}  // namespace fleet::app
