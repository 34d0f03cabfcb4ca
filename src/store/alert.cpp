// SPDX-License-Identifier: Apache-2.0
#include "store/alert.hpp"

namespace fleet::store {

namespace {

constexpr std::array<std::string_view, 3> kStateNames{"OPEN", "ACKNOWLEDGED", "RESOLVED"};
constexpr std::array<std::string_view, 3> kActionNames{"acknowledge", "resolve", "comment"};

}  // namespace

std::string_view name_of(AlertState state) noexcept {
    return kStateNames[static_cast<std::size_t>(state)];
}

std::optional<AlertState> alert_state_of(std::string_view name) noexcept {
    for (const AlertState state : kAlertStates)
        if (name_of(state) == name) return state;
    return std::nullopt;
}

std::string_view name_of(AlertAction::Kind kind) noexcept {
    return kActionNames[static_cast<std::size_t>(kind)];
}

}  // namespace fleet::store
