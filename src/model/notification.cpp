// SPDX-License-Identifier: Apache-2.0
#include "model/notification.hpp"

namespace fleet::model {

std::string_view name_of(Notification::Kind kind) noexcept {
    switch (kind) {
        case Notification::Kind::alert: return "alert";
        case Notification::Kind::incident: return "incident";
        case Notification::Kind::test: return "test";
    }
    return "alert";
}

std::string notification_id(Notification::Kind kind, std::string_view type, const AlertId& first) {
    // The same hash as of alerts; "notification" keeps the two apart.
    return alert_id("notification", first.text(), type, static_cast<std::int64_t>(kind)).text();
}

}  // namespace fleet::model
