// SPDX-License-Identifier: Apache-2.0
#include "notify/words.hpp"

#include "base/time.hpp"

#include <fmt/format.h>

#include <iterator>

namespace fleet::notify {

namespace {

using Kind = model::Notification::Kind;

/// `units` × 10^-decimals.
std::string number(std::int64_t units, int decimals) {
    std::int64_t scale = 1;
    for (int i = 0; i < decimals; ++i) scale *= 10;
    const std::int64_t size = units < 0 ? -units : units;
    std::string text = fmt::format("{}{}", units < 0 ? "-" : "", size / scale);
    if (decimals > 0) text += fmt::format(".{:0{}}", size % scale, decimals);
    return text;
}

std::string line_of(const model::AlertNotice& a) {
    std::string out = fmt::format("{} {} since {}", name_of(a.severity), a.device,
                                  format_rfc3339(Timestamp{a.start_ms}));
    const auto to = std::back_inserter(out);
    if (a.end_ms) fmt::format_to(to, " until {}", format_rfc3339(Timestamp{*a.end_ms}));
    if (a.peak) fmt::format_to(to, ", peak {}", number(*a.peak, a.decimals));
    if (a.limit) fmt::format_to(to, ", limit {}", number(*a.limit, a.decimals));
    if (!a.zone.empty()) fmt::format_to(to, ", zone {}", a.zone);
    if (!a.alarm.empty()) fmt::format_to(to, ", alarm {}", a.alarm);
    if (a.at) fmt::format_to(to, ", at {} {}", number(a.at->lat, 6), number(a.at->lon, 6));
    fmt::format_to(to, ", rule {}{}", a.rule, a.late ? ", from late data" : "");
    return out;
}

}  // namespace

std::string subject_of(const model::Notification& n) {
    if (n.kind == Kind::test) return "Fleet: test notification";
    const std::string who = n.kind == Kind::incident || n.alerts.empty()
                                ? fmt::format(": {} vehicles", n.devices)
                                : " " + n.alerts.front().device;
    return fmt::format("{} {}{} (fleet {})", name_of(n.severity), n.type, who, n.fleet);
}

std::string text_of(const model::Notification& n) {
    std::string out = subject_of(n) + "\n\n";
    if (n.kind == Kind::test) {
        out += "This channel works. Nothing has happened.\n";
        return out;
    }
    const auto to = std::back_inserter(out);
    if (n.kind == Kind::incident)
        fmt::format_to(to,
                       "{} alerts of {} vehicles began together, the first at {}. Nothing more is "
                       "sent about alerts that join them.\n\n",
                       n.ids.size(), n.devices, format_rfc3339(Timestamp{n.start_ms}));
    for (const model::AlertNotice& alert : n.alerts) out += line_of(alert) + "\n";
    if (n.ids.size() > n.alerts.size())
        fmt::format_to(to, "and {} more\n", n.ids.size() - n.alerts.size());
    out += "\nAlerts:\n";
    for (const model::AlertId& id : n.ids) out += id.text() + "\n";
    out += "\nNotification " + n.id + "\n";
    return out;
}

}  // namespace fleet::notify
