// SPDX-License-Identifier: Apache-2.0
#include "app/commands.hpp"
#include "app/notify_channels.hpp"
#include "app/output.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>

namespace fleet::app {

namespace {

/// A new one each time: receivers show the same id once only.
model::Notification test_notification(Timestamp now) {
    model::Notification n;
    n.kind = model::Notification::Kind::test;
    n.type = "TEST";
    n.start_ms = now.ms;
    n.id = model::notification_id(n.kind, n.type, {0, static_cast<std::uint64_t>(now.ms)});
    return n;
}

std::string_view name_of(notify::Outcome::Kind kind) noexcept {
    switch (kind) {
        case notify::Outcome::Kind::accepted: return "accepted";
        case notify::Outcome::Kind::later: return "failed";
        case notify::Outcome::Kind::refused: return "refused";
    }
    return "failed";
}

}  // namespace

Result<ExitCode> run_notify_test(const CommandContext& context) {
    const auto clock = std::make_shared<SystemClock>();
    FLEET_TRY(const auto channels, notify_channels(context.config, clock));
    if (channels.empty())
        return fail(Code::not_found,
                    "no channel is configured: set notify.webhook_urls or notify.smtp_url "
                    "(docs/notifications.md)");
    const model::Notification test = test_notification(clock->now());
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.member("id", test.id);
    json.key("channels");
    json.begin_array();
    Table table({"channel", "outcome", "detail"});
    bool good = true;
    for (const auto& channel : channels) {
        const notify::Outcome outcome = channel->send(test, {});
        good = good && outcome.kind == notify::Outcome::Kind::accepted;
        table.add({channel->name(), std::string(name_of(outcome.kind)), outcome.detail});
        json.begin_object();
        json.member("channel", channel->name());
        json.member("outcome", name_of(outcome.kind));
        if (outcome.detail.empty()) {
            json.member_null("detail");
        } else {
            json.member("detail", outcome.detail);
        }
        json.end_object();
    }
    json.end_array();
    json.end_object();
    print(context.invocation.common.output == Output::json ? out + "\n" : table.text());
    return good ? ExitCode::ok : ExitCode::failed;
}

}  // namespace fleet::app
