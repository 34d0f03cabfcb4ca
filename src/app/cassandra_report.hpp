// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "devcluster/cluster.hpp"

#include <string>
#include <vector>

namespace fleet::app {

// What `fleet cassandra` prints: a table with sentences for people, or one line of JSON.

[[nodiscard]] std::string status_text(const std::vector<devcluster::NodeStatus>& nodes);
[[nodiscard]] std::string status_json(const std::vector<devcluster::NodeStatus>& nodes);
[[nodiscard]] std::string health_text(const devcluster::HealthReport& report);
[[nodiscard]] std::string health_json(const devcluster::HealthReport& report);

}  // namespace fleet::app
