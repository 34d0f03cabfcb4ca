// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/notification.hpp"

#include <string>

namespace fleet::codec {

/// The body of a webhook (docs/notifications.md): one JSON object.
[[nodiscard]] std::string notification_json(const model::Notification& notification);

}  // namespace fleet::codec
