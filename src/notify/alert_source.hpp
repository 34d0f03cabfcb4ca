// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "model/alert.hpp"
#include "model/notification.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fleet::notify {

/// An alert of the store, its names still as numbers.
struct StoredAlert {
    model::AlertId id;
    std::uint32_t fleet = 0;
    std::uint32_t device = 0;
    model::RuleType type{};
    model::AlertRun run;
    bool late = false;
    bool notified = false;  ///< somebody was told
};

struct AlertKey {
    std::uint32_t device = 0;
    model::AlertId id;
};

/// Where alerts come from and where it is kept who was told. Called by one thread.
class AlertSource {
  public:
    virtual ~AlertSource() = default;
    /// Alerts that wait to be notified, at most `limit`.
    [[nodiscard]] virtual Result<std::vector<StoredAlert>> waiting(std::size_t limit) = 0;
    /// Alerts of a fleet and type with from ≤ start ≤ to, whether they wait or not, newest first.
    [[nodiscard]] virtual Result<std::vector<StoredAlert>> between(std::uint32_t fleet,
                                                                   model::RuleType type,
                                                                   std::int64_t from_ms,
                                                                   std::int64_t to_ms) = 0;
    /// They wait no longer. All together; durable on return.
    [[nodiscard]] virtual Result<void> notified(std::span<const AlertKey> alerts) = 0;
    /// With its names.
    [[nodiscard]] virtual model::AlertNotice describe(const StoredAlert& alert) = 0;
    /// Id of a fleet.
    [[nodiscard]] virtual std::string fleet_id(const StoredAlert& alert) = 0;
};

}  // namespace fleet::notify
