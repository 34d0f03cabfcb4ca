// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/alert.hpp"
#include "notify/alert_source.hpp"

#include <functional>
#include <vector>

namespace fleet::notify {

/// Alerts that are told of together.
struct AlertGroup {
    bool incident = false;
    std::vector<StoredAlert> members;  ///< by start, then id; of an incident those told before too
    std::vector<AlertKey> waiting;     ///< those that are told of by this
};

struct Groups {
    std::vector<AlertGroup> told;
    /// Alerts of an incident that people were told of before: they belong to it and make nothing
    /// new.
    std::vector<AlertKey> joined;
};

/// Folds alerts of one fleet and type into incidents (model/incident.hpp) and single alerts.
/// `alerts`: those that wait and those that people were told of, from a silence on, in any order;
/// alerts that nobody is ever told of do not make an incident. `due`: it has waited long enough.
/// An incident is told of when one of its alerts is due, with all that wait.
[[nodiscard]] Groups group_alerts(std::vector<StoredAlert> alerts,
                                  const std::function<bool(const model::AlertId&)>& due);

}  // namespace fleet::notify
