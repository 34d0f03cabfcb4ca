// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine.hpp"
#include "store/alert.hpp"

#include <span>
#include <vector>

namespace fleet::store {

// The store's words for states and actions of alerts, and the engine's.

[[nodiscard]] inline AlertState store_state(engine::AlertState state) noexcept {
    switch (state) {
        case engine::AlertState::acknowledged: return AlertState::acknowledged;
        case engine::AlertState::resolved: return AlertState::resolved;
        case engine::AlertState::open: break;
    }
    return AlertState::open;
}

[[nodiscard]] inline engine::AlertState engine_state(AlertState state) noexcept {
    switch (state) {
        case AlertState::acknowledged: return engine::AlertState::acknowledged;
        case AlertState::resolved: return engine::AlertState::resolved;
        case AlertState::open: break;
    }
    return engine::AlertState::open;
}

[[nodiscard]] inline engine::AlertAction::Kind engine_kind(AlertAction::Kind kind) noexcept {
    using Kind = engine::AlertAction::Kind;
    switch (kind) {
        case AlertAction::Kind::acknowledge: return Kind::acknowledge;
        case AlertAction::Kind::resolve: return Kind::resolve;
        case AlertAction::Kind::comment: break;
    }
    return Kind::comment;
}

[[nodiscard]] inline std::vector<AlertAction> store_actions(
    std::span<const engine::AlertAction> actions) {
    using Kind = engine::AlertAction::Kind;
    std::vector<AlertAction> out;
    out.reserve(actions.size());
    for (const engine::AlertAction& action : actions)
        out.push_back({action.kind == Kind::acknowledge ? AlertAction::Kind::acknowledge
                       : action.kind == Kind::resolve   ? AlertAction::Kind::resolve
                                                        : AlertAction::Kind::comment,
                       action.at, action.who, action.text});
    return out;
}

}  // namespace fleet::store
