// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/device.hpp"
#include "model/rule.hpp"
#include "model/scope.hpp"
#include "model/zone.hpp"
#include "store/alert.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::store {

/// What an import did. What is there already with the same content is unchanged and makes no
/// version of its own.
struct ChangeCounts {
    std::uint64_t created = 0;
    std::uint64_t changed = 0;
    std::uint64_t unchanged = 0;
};

/// What became of an alert after it was found.
struct AlertStatus {
    std::string fleet;
    std::string device;
    AlertState state = AlertState::open;
    std::vector<AlertAction> actions;  ///< oldest first
};

/// Most bytes of an action's text and of a name, and most actions of an alert.
inline constexpr std::size_t kMaxActionText = 2'000;
inline constexpr std::size_t kMaxActionWho = 128;
inline constexpr std::size_t kMaxActions = 1'000;

/// Shapes can be large: what one page of zones may hold, give or take the last zone.
inline constexpr std::size_t kPageVertices = 1'000'000;

struct ZonePage {
    std::vector<model::Zone> zones;
    bool more = false;  ///< there are others above the last
};

/// What a change of devices may meet.
enum class Expect : std::uint8_t {
    any,      ///< makes what is not there, changes what is
    absent,   ///< all are new, else already_exists
    present,  ///< all are there, else not_found
};

/// A device goes to a fleet, from the begin of a UTC day on until its next move (docs/devices.md).
struct DeviceMove {
    std::string device;
    std::string fleet;
    std::optional<Day> from;  ///< nothing: today
};

/// Vertices of a shape; 1 for a circle.
[[nodiscard]] std::size_t vertices_of(const model::Shape& shape) noexcept;

/// What operators change: zones, rules, devices and what becomes of alerts. Definitions:
/// docs/fold.md, Validity, and docs/devices.md. Thread-safe; changes are durable on return. Rules
/// and zones hold for all fleets, so who may change them is decided before these calls; devices and
/// alerts have a scope.
class FleetControl {
  public:
    using Since = std::optional<Timestamp>;

    virtual ~FleetControl() = default;

    /// Rules that hold now, by name, built-in ones that have not stepped back too.
    [[nodiscard]] virtual Result<std::vector<model::Rule>> rules() const = 0;
    [[nodiscard]] virtual Result<std::optional<model::Rule>> rule(
        const std::string& name) const = 0;
    /// Zones that hold now with ids above `after`, by id: at most `limit`, and none after those
    /// that reach kPageVertices together.
    [[nodiscard]] virtual Result<ZonePage> zones(const std::string& after,
                                                 std::size_t limit) const = 0;
    [[nodiscard]] virtual Result<std::optional<model::Zone>> zone(const std::string& id) const = 0;

    /// Takes all or none; others stay. New ones hold always, changes from `since`, else from now.
    /// invalid_argument: `since` lies in the future, a rule names a zone that is not there, there
    /// would be too many.
    [[nodiscard]] virtual Result<ChangeCounts> put_rules(std::vector<model::Rule> rules,
                                                         Since since) = 0;
    [[nodiscard]] virtual Result<ChangeCounts> put_zones(std::vector<model::Zone> zones,
                                                         Since since) = 0;
    /// not_found; invalid_argument: rules name the zone, the message lists them.
    [[nodiscard]] virtual Result<void> remove_rule(const std::string& name, Since since) = 0;
    [[nodiscard]] virtual Result<void> remove_zone(const std::string& id, Since since) = 0;

    /// Registers devices and changes what is said about them: all or none. not_found: a device or
    /// a fleet that the scope does not allow, or as `expect` says. already_exists: likewise.
    /// invalid_argument: a member is wrong, a device is named twice or is in another fleet than the
    /// change says.
    [[nodiscard]] virtual Result<ChangeCounts> put_devices(const model::FleetScope& scope,
                                                           std::vector<model::DeviceChange> changes,
                                                           Expect expect) = 0;

    /// Moves a device to a fleet, which is made if it is not there. not_found: a device or a fleet
    /// that the scope does not allow. invalid_argument: the fleet's id, or the day lies in the
    /// future.
    [[nodiscard]] virtual Result<void> move_device(const model::FleetScope& scope,
                                                   const DeviceMove& move) = 0;

    /// Notes what an operator does with an alert, now, and returns what its state is then.
    /// not_found: no alert of the scope has this id, or it was retracted. invalid_argument: a text
    /// or name is too long, a comment has no text, the alert has kMaxActions.
    [[nodiscard]] virtual Result<AlertStatus> act_on_alert(const model::FleetScope& scope,
                                                           const model::AlertId& id,
                                                           AlertAction action) = 0;
};

/// All zones that hold now, page by page.
[[nodiscard]] Result<std::vector<model::Zone>> all_zones(const FleetControl& control);
/// Names of the rules that name a zone.
[[nodiscard]] std::vector<std::string> rules_naming(const std::vector<model::Rule>& rules,
                                                    std::string_view zone);
/// The sentence that refuses the removal of a zone.
[[nodiscard]] std::string zone_in_use(std::string_view zone, const std::vector<std::string>& rules);

}  // namespace fleet::store
