// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"
#include "model/alert.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleet::store {

/// What people made of an alert; whether the vehicle still does it is its `end`.
enum class AlertState : std::uint8_t { open, acknowledged, resolved };
inline constexpr std::array kAlertStates{AlertState::open, AlertState::acknowledged,
                                         AlertState::resolved};

/// "OPEN", "ACKNOWLEDGED", "RESOLVED"; nothing for another name.
[[nodiscard]] std::string_view name_of(AlertState state) noexcept;
[[nodiscard]] std::optional<AlertState> alert_state_of(std::string_view name) noexcept;

/// What someone did with an alert.
struct AlertAction {
    enum class Kind : std::uint8_t { acknowledge, resolve, comment } kind{};
    Timestamp at;
    std::string who;
    std::string text;
    bool operator==(const AlertAction&) const = default;
};

/// "acknowledge", "resolve", "comment".
[[nodiscard]] std::string_view name_of(AlertAction::Kind kind) noexcept;

/// An alert with its names. Definitions: docs/fold.md, Rules and alerts.
struct Alert {
    model::AlertId id;
    std::string fleet;
    std::string device;
    std::string rule;
    model::RuleType type = model::RuleType::overspeed;
    model::Severity severity = model::Severity::low;
    AlertState state = AlertState::open;
    Timestamp start;
    std::optional<Timestamp> end;      ///< nothing: it goes on
    std::optional<std::int32_t> peak;  ///< in 10^-decimals of the metric's unit
    std::optional<std::int32_t> limit;
    int decimals = 2;
    std::optional<model::GeoPoint> at;  ///< position at the start
    std::string zone;                   ///< id; empty: none
    std::string alarm;                  ///< text of a DEVICE_ALARM; else empty
    bool late = false;                  ///< late data made or moved it
    bool retracted = false;             ///< late data took it back
    std::vector<AlertAction> actions;   ///< oldest first
    bool operator==(const Alert&) const = default;
};

/// Which alerts of a fleet are wanted; what is not set is no condition.
struct AlertFilter {
    std::optional<model::Severity> severity;
    std::optional<model::RuleType> type;
    std::optional<AlertState> state;
    std::optional<std::string> device;
    bool retracted = false;  ///< retracted ones too
};

/// Numbers of alerts by severity.
struct SeverityCounts {
    std::uint64_t high = 0;
    std::uint64_t medium = 0;
    std::uint64_t low = 0;
    void count(model::Severity severity) noexcept {
        ++(severity == model::Severity::high     ? high
           : severity == model::Severity::medium ? medium
                                                 : low);
    }
    bool operator==(const SeverityCounts&) const = default;
};

}  // namespace fleet::store
