// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/alert.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::model {

/// An alert as a notification tells of it.
struct AlertNotice {
    AlertId id;
    std::string device;
    std::string rule;
    Severity severity = Severity::low;
    std::int64_t start_ms = 0;
    std::optional<std::int64_t> end_ms;  ///< nothing: it goes on
    std::optional<std::int32_t> peak;    ///< in 10^-decimals of the metric's unit
    std::optional<std::int32_t> limit;
    int decimals = 2;
    std::optional<GeoPoint> at;  ///< position at the start
    std::string zone;            ///< empty: none
    std::string alarm;           ///< text of a device's alarm; else empty
    bool late = false;           ///< late data made or moved it
};

/// What people are told at once: an alert, an incident with all its alerts, or a test.
struct Notification {
    enum class Kind : std::uint8_t { alert, incident, test };
    /// Alerts that are described; of the others only the id is told.
    static constexpr std::size_t kMaxNotices = 100;

    std::string id;  ///< stable: the same again is the same notification
    Kind kind = Kind::alert;
    std::string fleet;
    std::string type;                   ///< name of the rule's type; of a test TEST
    Severity severity = Severity::low;  ///< the highest of its alerts
    std::int64_t start_ms = 0;          ///< of its first alert
    std::size_t devices = 0;            ///< distinct ones
    std::vector<AlertId> ids;           ///< of all its alerts, by start, then id
    std::vector<AlertNotice> alerts;    ///< the first of them, at most kMaxNotices
};

/// "alert", "incident", "test".
[[nodiscard]] std::string_view name_of(Notification::Kind kind) noexcept;
/// 32 lower-case hex digits, made from kind, type and the first alert.
[[nodiscard]] std::string notification_id(Notification::Kind kind, std::string_view type,
                                          const AlertId& first);

}  // namespace fleet::model
