// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "notify/outbox.hpp"

#include <string>

namespace fleet::app {

/// Appends the counters of notifications in the text format of Prometheus.
void append_notify_metrics(const notify::OutboxStats& stats, std::string& out);
/// The member `notify` of health.
[[nodiscard]] std::string notify_health_json(const notify::OutboxStats& stats);

}  // namespace fleet::app
