// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/notification.hpp"

#include <string>

namespace fleet::notify {

/// One line: "HIGH OVERSPEED V-7 (fleet north)", "HIGH OFFLINE: 312 vehicles (fleet north)".
[[nodiscard]] std::string subject_of(const model::Notification& notification);
/// Plain text in UTF-8, lines end with \n; names every alert.
[[nodiscard]] std::string text_of(const model::Notification& notification);

}  // namespace fleet::notify
