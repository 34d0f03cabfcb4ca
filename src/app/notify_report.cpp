// SPDX-License-Identifier: Apache-2.0
#include "app/notify_report.hpp"

#include "base/metric_text.hpp"
#include "codec/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace fleet::app {

namespace {

/// Names of channels come from the configuration: a quote ends no label.
std::string label(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

void by_channel(std::string& out, const notify::OutboxStats& stats, std::string_view name,
                std::string_view help, std::uint64_t notify::ChannelStats::* count) {
    describe_metric(out, name, "counter", help);
    for (const notify::ChannelStats& c : stats.channels)
        fmt::format_to(std::back_inserter(out), "{}{{channel=\"{}\"}} {}\n", name, label(c.name),
                       c.*count);
}

}  // namespace

void append_notify_metrics(const notify::OutboxStats& stats, std::string& out) {
    using notify::ChannelStats;
    by_channel(out, stats, "fleet_notify_sent_total", "Notifications that a channel accepted",
               &ChannelStats::sent);
    by_channel(out, stats, "fleet_notify_failed_total",
               "Notifications that a channel refused, or that were given up",
               &ChannelStats::failed);
    by_channel(out, stats, "fleet_notify_retries_total", "Attempts that are made again",
               &ChannelStats::retries);
    const auto to = std::back_inserter(out);
    describe_metric(out, "fleet_notify_waiting_alerts", "gauge",
                    "Alerts that nobody was told of yet, at the last look");
    fmt::format_to(to, "fleet_notify_waiting_alerts {}\n", stats.waiting);
    describe_metric(out, "fleet_notify_undelivered", "gauge",
                    "Notifications that some channel has not taken yet");
    fmt::format_to(to, "fleet_notify_undelivered {}\n", stats.undelivered);
    describe_metric(
        out, "fleet_notify_silent_alerts_total", "counter",
        "Alerts that nobody is told of: part of an incident that was told of, too old, or "
        "below the severity");
    fmt::format_to(to, "fleet_notify_silent_alerts_total{{reason=\"incident\"}} {}\n",
                   stats.joined);
    fmt::format_to(to, "fleet_notify_silent_alerts_total{{reason=\"age\"}} {}\n", stats.expired);
    fmt::format_to(to, "fleet_notify_silent_alerts_total{{reason=\"severity\"}} {}\n", stats.below);
}

std::string notify_health_json(const notify::OutboxStats& stats) {
    const bool good =
        stats.last_error.empty() &&
        std::all_of(stats.channels.begin(), stats.channels.end(),
                    [](const notify::ChannelStats& c) { return c.last_error.empty(); });
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object();
    json.member("status", good ? "ok" : "degraded");
    json.member_unsigned("waiting_alerts", stats.waiting);
    json.member_unsigned("undelivered", stats.undelivered);
    json.key("channels");
    json.begin_array();
    for (const notify::ChannelStats& c : stats.channels) {
        json.begin_object();
        json.member("channel", c.name);
        json.member_unsigned("sent", c.sent);
        json.member_unsigned("failed", c.failed);
        json.member_unsigned("retries", c.retries);
        if (c.last_error.empty()) {
            json.member_null("last_error");
        } else {
            json.member("last_error", c.last_error);
        }
        json.end_object();
    }
    json.end_array();
    json.end_object();
    return out;
}

}  // namespace fleet::app
